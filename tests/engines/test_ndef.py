"""NDEF messages against published ones and against noise."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cardamom.engines.ndef import NdefError, NdefRecord, Tnf, parse_message


def test_a_published_uri() -> None:
    """NFC Forum, URI Record Type Definition 1.0, A.1: http://www.nfc.com."""
    message = bytes.fromhex("D1010855016E66632E636F6D")
    assert parse_message(message) == [NdefRecord(Tnf.WELL_KNOWN, b"U", b"\x01nfc.com")]


def test_chunks_are_put_together() -> None:
    """NDEF 1.0, 2.3.3: the type is in the first chunk alone."""
    message = bytes.fromhex("B2 03 02 612F62 4142") + bytes.fromhex("36 00 01 43")
    message += bytes.fromhex("56 00 02 4445")
    assert parse_message(message) == [NdefRecord(Tnf.MEDIA, b"a/b", b"ABCDE")]


def test_a_long_record_with_an_id_and_an_empty_one() -> None:
    message = bytes.fromhex("8C 01 00000003 02 58 6964 010203") + bytes.fromhex("50 00 00")
    assert parse_message(message) == [
        NdefRecord(Tnf.EXTERNAL, b"X", b"\1\2\3", b"id"),
        NdefRecord(Tnf.EMPTY, b"", b""),
    ]


@pytest.mark.parametrize(
    "bad",
    [
        "",
        "D1",
        "D101",
        "D1010855016E66632E636F",  # cut short
        "D1010855016E66632E636F6D00",  # more than one message
        "51010055",  # no beginning
        "91010055",  # no end
        "91010055D1010055",  # two beginnings
        "D7010055",  # a type format kept for later
        "D6000155",  # a chunk without a first
        "F1010055",  # ends within a record
        "B1010055D1010055",  # a record where a chunk belongs
        "B101005556010058",  # a later chunk with a type
        "D000015A",  # an empty record with a payload
        "C101FFFFFFFF55",  # longer than anything
    ],
)
def test_what_is_no_message(bad: str) -> None:
    with pytest.raises(NdefError):
        parse_message(bytes.fromhex(bad))


@given(st.binary(max_size=60))
def test_nothing_but_its_own_error_escapes(data: bytes) -> None:
    for form in (data, b"\xd1" + data, b"\x91" + data):
        try:
            parse_message(form)
        except NdefError:
            continue
