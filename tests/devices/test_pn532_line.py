"""The serial line to a PN532: frames in whatever pieces they come."""

from __future__ import annotations

import errno
import os
import threading
import tty
from collections.abc import Iterator

import pytest

from cardamom.devices.pn532_line import ACK, Line
from support.pn532 import host_frame

ANSWER = host_frame("D50332010607")
LONG = b"\0\0\xff\xff\xff\x01\x02\xfd" + b"\xd5" + bytes(257) + b"\x2b\0"
"""An extended frame (UM0701-02, 6.2.1.2) of 258 bytes."""
SOON_MS = 50


class Ends:
    """`line`, and what a chip says on the other end of it."""

    def __init__(self) -> None:
        self.chip, self._slave = os.openpty()
        tty.setraw(self._slave)
        self.line = Line(os.ttyname(self._slave))

    def says(self, data: bytes) -> None:
        os.write(self.chip, data)

    def close(self) -> None:
        self.line.close()
        os.close(self._slave)
        os.close(self.chip)


@pytest.fixture
def ends() -> Iterator[Ends]:
    ends = Ends()
    yield ends
    ends.close()


@pytest.mark.parametrize("frame", [ACK, ANSWER, LONG], ids=["ack", "normal", "extended"])
def test_frames_that_come_at_once_are_told_apart(ends: Ends, frame: bytes) -> None:
    ends.says(ACK + frame + ANSWER)
    assert [ends.line.read(1000) for _ in range(3)] == [ACK, frame, ANSWER]


@pytest.mark.parametrize("at", [1, 5, 6, 8, 9, 100])
def test_a_frame_in_two_pieces_is_one(ends: Ends, at: int) -> None:
    ends.says(LONG[:at])
    rest = threading.Timer(0.02, lambda: ends.says(LONG[at:] + ACK))
    rest.start()
    assert ends.line.read(1000) == LONG
    assert ends.line.read(1000) == ACK
    rest.join()


def test_silence_and_half_a_frame(ends: Ends) -> None:
    with pytest.raises(OSError, match="timed out") as silence:
        ends.line.read(SOON_MS)
    assert silence.value.errno == errno.ETIMEDOUT
    ends.says(ANSWER[:7])
    assert ends.line.read(SOON_MS) == ANSWER[:7], "whoever reads it tells that it is none"
    ends.says(ANSWER)
    assert ends.line.read(1000) == ANSWER, "and nothing of it is left"


def test_what_was_not_read_answers_nothing_that_is_sent_later(ends: Ends) -> None:
    ends.says(ACK + ANSWER)
    assert ends.line.read(1000) == ACK
    ends.says(LONG)
    ends.line.write(ACK)
    assert os.read(ends.chip, 100) == ACK
    ends.says(ANSWER)
    assert ends.line.read(1000) == ANSWER


def test_a_port_that_is_gone(ends: Ends) -> None:
    ends.line.close()
    ends.line.open(ends.line.port, 230400)
    assert ends.line.baudrate == 230400
    spare = os.open(os.devnull, os.O_RDWR)
    os.dup2(spare, ends.chip)  # the other end hangs up
    os.close(spare)
    with pytest.raises(OSError, match="error") as gone:
        ends.line.read(1000)
    assert gone.value.errno == errno.EIO
