"""The chip's host frames against vectors built by hand, and against noise."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from cardamom.simulator.pn532.frames import ACK, MOST, NACK, Command, Inbox, Sign, answer, pack
from support.pn532 import host_frame


def test_published_frames() -> None:
    """GetFirmwareVersion and its answer, ACK and NACK (UM0701-02, 6.2.1 and 7.2.2)."""
    inbox = Inbox()
    assert inbox.feed(bytes.fromhex("0000FF02FED4022A00")) == [Command(0x02, b"", 1, 9)]
    assert answer(0x02, bytes.fromhex("32010607")).hex() == "0000ff06fad50332010607e800"
    assert inbox.feed(bytes.fromhex("0000FF00FF00 0000FFFF0000")) == [Sign.ACK, Sign.NACK]
    assert ACK.hex() == "0000ff00ff00"
    assert NACK.hex() == "0000ffff0000"


def test_a_long_body_goes_in_an_extended_frame() -> None:
    body = bytes((0xD4, 0)) + bytes(MOST - 2)
    framed = pack(body)
    assert framed[:8].hex() == "0000ffffff0109f6"
    assert Inbox().feed(framed) == [Command(0, body[2:], 1, len(framed))]


@given(st.lists(st.binary(min_size=1, max_size=80), min_size=1, max_size=4), st.data())
def test_frames_come_whole_however_the_line_cuts_them(
    bodies: list[bytes], data: st.DataObject
) -> None:
    line = b"".join(host_frame("D4" + body.hex()) for body in bodies)
    inbox = Inbox()
    got: list[object] = []
    while line:
        cut = data.draw(st.integers(1, len(line)))
        got += inbox.feed(line[:cut])
        line = line[cut:]
    assert [item.data for item in got if isinstance(item, Command)] == [b[1:] for b in bodies]


@given(st.binary(max_size=200), st.binary(min_size=1, max_size=20))
def test_after_noise_a_frame_is_found_again(noise: bytes, body: bytes) -> None:
    inbox = Inbox()
    inbox.feed(noise)
    inbox.feed(bytes(2 * MOST))
    found = inbox.feed(host_frame("D4" + body.hex()))
    assert any(isinstance(c, Command) and c.data == body[1:] for c in found)


def test_a_spoilt_frame_is_passed_over() -> None:
    sound = host_frame("D44A0100")
    for at in range(3, len(sound) - 1):
        spoilt = sound[:at] + bytes((sound[at] ^ 0x10,)) + sound[at + 1 :]
        found = Inbox().feed(spoilt + bytes(2 * MOST) + sound)
        assert [c for c in found if isinstance(c, Command)][-1].data == b"\x01\x00"
        assert sum(isinstance(c, Command) for c in found) == 1
