"""Framing: however the bytes come, the same messages come out."""

from __future__ import annotations

import contextlib

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from cardamom.engines.iso8583.framing import LARGEST, Frames, FramingError
from cardamom.engines.iso8583.profile import Framing

RULES = pytest.mark.parametrize(
    "rule",
    [
        Framing(),
        Framing(length="ascii4"),
        Framing(tpdu="6000010000", header="603100000000"),
        Framing(length="ascii4", tpdu="6000010000"),
    ],
    ids=["binary2", "ascii4", "tpdu-header", "ascii4-tpdu"],
)


def test_the_bytes_of_a_frame() -> None:
    assert Frames(Framing()).wrap(b"0800") == b"\x00\x040800"
    assert Frames(Framing(length="ascii4")).wrap(b"0800") == b"00040800"
    with_tpdu = Framing(tpdu="6000010000", header="603100000000")
    assert Frames(with_tpdu).wrap(b"\x08\x00").hex() == "000d60000100006031000000000800"


@RULES
@given(
    messages=st.lists(st.binary(min_size=1, max_size=80), max_size=6),
    cuts=st.lists(st.integers(1, 40), min_size=1, max_size=40),
)
@settings(deadline=None, max_examples=100)
def test_messages_survive_any_cutting(
    rule: Framing, messages: list[bytes], cuts: list[int]
) -> None:
    frames = Frames(rule)
    stream = b"".join(frames.wrap(m) for m in messages)
    found: list[bytes] = []
    at = 0
    for size in cuts:
        found += frames.feed(stream[at : at + size])
        at += size
    found += frames.feed(stream[at:])
    assert found == messages


@RULES
@given(data=st.lists(st.binary(max_size=64), max_size=8))
@settings(deadline=None, max_examples=200)
def test_only_framing_error_escapes(rule: Framing, data: list[bytes]) -> None:
    frames = Frames(rule)
    with contextlib.suppress(FramingError):
        for part in data:
            frames.feed(part)


@pytest.mark.parametrize(
    ("rule", "data"),
    [
        (Framing(), b"\x00\x00"),
        (Framing(), b"\xff\xff"),
        (Framing(length="ascii4"), b"12x4"),
        (Framing(length="ascii4"), b"9999"),
        (Framing(length="ascii4"), "١٢٣٤".encode()[:4]),
        (Framing(tpdu="6000010000"), b"\x00\x05"),
    ],
)
def test_an_absurd_length_ends_the_link(rule: Framing, data: bytes) -> None:
    with pytest.raises(FramingError):
        Frames(rule).feed(data)


def test_a_message_too_long_is_not_framed() -> None:
    with pytest.raises(FramingError):
        Frames(Framing()).wrap(bytes(LARGEST + 1))
