"""Messages read from Type 4 and Type 2 tags: exact exchanges, round trips, noise."""

from __future__ import annotations

from collections.abc import Callable, Generator
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cardamom.engines.apdu import Reply, parse_reply
from cardamom.engines.ndef import NdefError
from cardamom.engines.ndef_tags import read_type_2, read_type_4
from cardamom.simulator.pn532.tags import Type4Tag, type_2

URI = bytes.fromhex("D1010855016E66632E636F6D")


def serve(steps: Generator[Any, Any, bytes], answer: Callable[[Any], Any]) -> bytes:
    try:
        step = next(steps)
        while True:
            step = steps.send(answer(step))
    except StopIteration as end:
        result: bytes = end.value
        return result


def page_of(memory: bytes) -> Callable[[int], bytes]:
    return lambda page: memory[page * 4 : page * 4 + 16].ljust(16, b"\0")


def test_a_type_4_tag_command_by_command() -> None:
    """The exchange that libnfc's nfc-emulate-forum-tag4 logs of a reader, but for the message."""
    script = [
        ("00A4040007D276000085010100", "9000"),
        ("00A4000C02E103", "9000"),
        ("00B000000F", "000F20003B00340406E104003200FF9000"),
        ("00A4000C02E104", "9000"),
        ("00B0000002", "000C9000"),
        ("00B000020C", URI.hex() + "9000"),
    ]
    left = iter(script)

    def answer(sent: bytes) -> Reply:
        want, said = next(left)
        assert sent.hex().upper() == want
        return parse_reply(bytes.fromhex(said))

    assert serve(read_type_4(), answer) == URI
    assert next(left, None) is None


@given(st.binary(min_size=1, max_size=700), st.integers(15, 255))
def test_whatever_a_type_4_tag_holds(message: bytes, longest: int) -> None:
    tag = Type4Tag(message, longest=longest)
    assert serve(read_type_4(), lambda sent: parse_reply(tag.process(sent))) == message


@given(st.binary(min_size=1, max_size=400))
def test_whatever_a_type_2_tag_holds(message: bytes) -> None:
    tag = type_2(bytes(7), message, size=504)
    assert serve(read_type_2(), page_of(tag.memory)) == message


def test_a_type_2_tag_with_its_lock_bytes_and_fillers_before() -> None:
    """NFC Forum Type 2 Tag, 2.3: NULL, Lock Control and Memory Control TLVs are passed over."""
    area = bytes.fromhex("00 0103A00C34 0203A0FF44 030C") + URI + b"\xfe"
    memory = bytes(12) + bytes.fromhex("E1103E00") + area.ljust(496, b"\0")
    assert serve(read_type_2(), page_of(memory)) == URI


@pytest.mark.parametrize(
    "area", ["FE", "0300FE", "", "0106" + "00" * 200, "03FF0100" + "AA" * 10, "E1"]
)
def test_a_type_2_tag_without_a_message(area: str) -> None:
    memory = bytes(12) + bytes.fromhex("E1100600") + bytes.fromhex(area)[:48].ljust(48, b"\0")
    with pytest.raises(NdefError):
        serve(read_type_2(), page_of(memory))


@pytest.mark.parametrize("capability", ["00000000", "E1200600", "00100600"])
def test_a_type_2_tag_that_is_none(capability: str) -> None:
    memory = bytes(12) + bytes.fromhex(capability) + bytes(48)
    with pytest.raises(NdefError):
        serve(read_type_2(), page_of(memory))


@given(st.lists(st.binary(min_size=2, max_size=20), max_size=12))
def test_noise_from_a_type_4_tag(answers: list[bytes]) -> None:
    left = iter(answers)

    def answer(_: bytes) -> Reply:
        said = next(left, b"\x6a\x82")
        return parse_reply(said[:-2] + b"\x90\x00" if len(said) % 3 else said)

    with pytest.raises(NdefError):
        serve(read_type_4(), answer)


@given(st.binary(max_size=200))
def test_noise_from_a_type_2_tag(memory: bytes) -> None:
    for whole in (memory, bytes(12) + b"\xe1\x10\x10\x00" + memory):
        try:
            serve(read_type_2(), page_of(whole))
        except NdefError:
            continue
