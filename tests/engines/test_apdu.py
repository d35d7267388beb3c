from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from cardamom.engines.apdu import ApduError, Reply, command, parse_command, parse_reply


@pytest.mark.parametrize(
    ("data", "le", "text"),
    [
        (b"", None, "00A40400"),
        (b"", 0, "00A4040000"),
        (b"", 256, "00A4040000"),
        (b"\xa0", None, "00A4040001A0"),
        (b"\xa0\x01", 16, "00A4040002A00110"),
    ],
)
def test_the_four_cases(data: bytes, le: int | None, text: str) -> None:
    """ISO/IEC 7816-4, 5.1: cases 1 to 4 of a short command."""
    assert command(0x00, 0xA4, 0x04, 0x00, data, le).hex().upper() == text


@pytest.mark.parametrize(
    ("data", "le", "text"),
    [
        (b"", None, "00A40400"),
        (b"", 0, "00A40400000000"),
        (b"", 65536, "00A40400000000"),
        (b"", 300, "00A4040000012C"),
        (b"\xa0", None, "00A40400000001A0"),
        (b"\xa0\x01", 16, "00A40400000002A0010010"),
    ],
)
def test_the_four_extended_cases(data: bytes, le: int | None, text: str) -> None:
    made = command(0x00, 0xA4, 0x04, 0x00, data, le, extended=True)
    assert made.hex().upper() == text
    parts = parse_command(made)
    asked = None if le is None else le or 65536
    assert (parts.header, parts.data, parts.answer) == (bytes.fromhex("00A40400"), data, asked)


@given(st.binary(max_size=400), st.none() | st.integers(1, 65536), st.booleans())
@settings(deadline=None)
def test_a_command_comes_apart_as_it_was_made(data: bytes, le: int | None, extended: bool) -> None:
    if not extended and (len(data) > 255 or (le or 0) > 256):
        with pytest.raises(ApduError):
            command(0x80, 0xAE, 0x90, 0x00, data, le)
        return
    made = command(0x80, 0xAE, 0x90, 0x00, data, le, extended=extended)
    parts = parse_command(made)
    assert (parts.header.hex(), parts.data, parts.answer) == ("80ae9000", data, le)


@given(st.binary(max_size=40))
@settings(deadline=None)
def test_any_command_is_one_or_an_error(raw: bytes) -> None:
    try:
        parts = parse_command(raw)
    except ApduError:
        return
    assert len(parts.header) == 4
    assert parts.answer is None or 1 <= parts.answer <= 65536


@pytest.mark.parametrize("le", [-1, 257])
def test_lengths_that_a_short_command_has_not(le: int) -> None:
    with pytest.raises(ApduError):
        command(0, 0, 0, 0, le=le)


def test_too_much_data() -> None:
    assert len(command(0, 0, 0, 0, bytes(255), 0)) == 261
    with pytest.raises(ApduError):
        command(0, 0, 0, 0, bytes(256))


@given(st.binary(max_size=300))
@settings(deadline=None)
def test_any_reply(raw: bytes) -> None:
    if len(raw) < 2:
        with pytest.raises(ApduError):
            parse_reply(raw)
        return
    reply = parse_reply(raw, 7)
    assert reply.data + reply.sw.to_bytes(2) == raw
    assert reply.took_us == 7
    assert reply.ok == (raw[-2:] == b"\x90\x00")


def test_data_do_not_print() -> None:
    assert repr(Reply(b"4761739001010119", 0x9000, 5)) == "Reply(sw=36864, took_us=5)"
