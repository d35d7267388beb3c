"""Messages written to Type 2 tags: what stands there at each moment, and what is refused."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cardamom.engines.ndef import NdefError
from cardamom.engines.ndef_tags import read_type_2, write_type_2
from cardamom.simulator.pn532.tags import type_2

UID = bytes.fromhex("04112233445566")


def write(memory: bytearray, message: bytes, most: int | None = None) -> int:
    """How many pages were written, at most `most`."""
    steps = write_type_2(message)
    written = 0
    try:
        step = next(steps)
        while written != most:
            if isinstance(step, int):
                step = steps.send(bytes(memory[step * 4 : step * 4 + 16]))
                continue
            page, data = step
            memory[page * 4 : page * 4 + 4] = data
            written += 1
            step = steps.send(b"")
    except StopIteration:
        pass
    return written


def read(memory: bytearray) -> bytes | None:
    steps = read_type_2()
    page = next(steps)
    try:
        while True:
            page = steps.send(bytes(memory[page * 4 : page * 4 + 16].ljust(16, b"\0")))
    except StopIteration as end:
        message: bytes = end.value
        return message
    except NdefError:
        return None


@given(st.binary(min_size=1, max_size=141), st.binary(min_size=1, max_size=141))
def test_what_is_written_is_read_over_whatever_was_there(old: bytes, new: bytes) -> None:
    memory = bytearray(type_2(UID, old).memory)
    write(memory, new)
    assert read(memory) == new


@given(st.binary(min_size=9, max_size=60), st.binary(min_size=9, max_size=60), st.data())
def test_a_tag_torn_away_has_the_new_message_or_none(
    old: bytes, new: bytes, data: st.DataObject
) -> None:
    whole = write(bytearray(type_2(UID, old).memory), new)
    memory = bytearray(type_2(UID, old).memory)
    cut = data.draw(st.integers(1, whole))
    write(memory, new, cut)
    assert read(memory) == (new if cut == whole else None)


@pytest.mark.parametrize(
    ("capability", "size"),
    [("00000000", 9), ("E110120F", 9), ("E1100600", 100), ("E1101200", 255)],
    ids=["unformatted", "locked", "small", "long"],
)
def test_nothing_is_written_where_it_cannot_stand(capability: str, size: int) -> None:
    memory = bytearray(type_2(UID, b"old").memory)
    memory[12:16] = bytes.fromhex(capability)
    before = bytes(memory)
    with pytest.raises(NdefError):
        write(memory, bytes(size))
    assert bytes(memory) == before
