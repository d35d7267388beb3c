from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from cardamom.engines.apdu import ApduError, Reply, command, parse_reply


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
