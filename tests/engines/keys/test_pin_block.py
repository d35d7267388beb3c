"""PIN blocks of formats 0 and 4, both ways."""

from __future__ import annotations

import contextlib

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from cardamom.engines.keys.pin_block import (
    PinBlockError,
    format_0,
    format_4,
    read_format_0,
    read_format_4,
)
from cardamom.values.secret import Key, Pan, Pin, PinBlock

# PIN key of ANSI X9.24-1:2009, A.4, key serial number FFFF9876543210E00001
PIN_X9_24 = Key(bytes.fromhex("042666B49184CF5C68DE9628D0397B36"))
PIN_AES = Key(bytes.fromhex("AF8CB133A78F8DC2D1359F18527593FB"))
"""PIN key of ANSI X9.24-3:2017, Annex B, counter 1; its block: test_dukpt_aes.py."""

PINS = st.from_regex(r"[0-9]{4,12}", fullmatch=True).map(lambda digits: Pin(digits.encode()))
LONG_PANS = st.from_regex(r"[0-9]{13,19}", fullmatch=True).map(Pan)
PANS = st.from_regex(r"[0-9]{8,19}", fullmatch=True).map(Pan)


def test_format_0_block_of_x9_24() -> None:
    block = format_0(Pin(b"1234"), Pan("4012345678909"), PIN_X9_24)
    assert block.reveal().hex().upper() == "1B9C1845EB993A7A"


def test_a_format_4_block_that_others_made() -> None:
    """github.com/knovichikhin/psec, psec/pinblock.py: the example of decipher_pinblock_iso_4."""
    key = Key(bytes.fromhex("00112233445566778899AABBCCDDEEFF"))
    block = PinBlock(bytes.fromhex("E4BE5B623AF7E006AC319E5B93544564"))
    pan = Pan("1234567890" + "123456")
    assert read_format_4(block, pan, key) == Pin(b"1234")


@given(PINS, LONG_PANS)
@settings(deadline=None, max_examples=100)
def test_format_0_round_trip(pin: Pin, pan: Pan) -> None:
    block = format_0(pin, pan, PIN_X9_24)
    assert len(block.reveal()) == 8
    assert read_format_0(block, pan, PIN_X9_24) == pin


@given(PINS, PANS)
@settings(deadline=None, max_examples=100)
def test_format_4_round_trip(pin: Pin, pan: Pan) -> None:
    block, again = format_4(pin, pan, PIN_AES), format_4(pin, pan, PIN_AES)
    assert len(block.reveal()) == 16
    assert block != again, "the fill is random"
    assert read_format_4(block, pan, PIN_AES) == pin
    assert read_format_4(again, pan, PIN_AES) == pin


@given(PINS, LONG_PANS, LONG_PANS)
@settings(deadline=None, max_examples=100)
def test_a_format_4_block_is_bound_to_its_card(pin: Pin, pan: Pan, other: Pan) -> None:
    found = None
    with contextlib.suppress(PinBlockError):
        found = read_format_4(format_4(pin, pan, PIN_AES, bytes(8)), other, PIN_AES)
    assert (found == pin) == (pan == other)


@given(st.binary(max_size=40))
@settings(deadline=None, max_examples=200)
def test_only_its_own_error_leaves_a_pin_block(block: bytes) -> None:
    with contextlib.suppress(PinBlockError):
        read_format_0(PinBlock(block), Pan("4012345678909"), PIN_X9_24)
    with contextlib.suppress(PinBlockError):
        read_format_4(PinBlock(block), Pan("4012345678909"), PIN_AES)


def test_a_short_card_number_has_no_format_0_block() -> None:
    with pytest.raises(PinBlockError):
        format_0(Pin(b"1234"), Pan("62220200"), PIN_X9_24)
