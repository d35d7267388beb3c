"""Published vectors: what our keys compute is what everybody's compute."""

from __future__ import annotations

import contextlib
import hashlib

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from cardamom.engines.keys.blocks import MAC_KEY, PIN_KEY, KeyBlockError, unwrap, wrap
from cardamom.engines.keys.mac import retail_mac
from cardamom.engines.keys.pin_block import PinBlockError, format_0, read_format_0
from cardamom.engines.keys.session import SessionKeys, read_session_keys, write_session_keys
from cardamom.engines.keys.tdes import check_value
from cardamom.values.secret import Key, Pan, Pin, PinBlock

PIN_X9_24 = Key(bytes.fromhex("042666B49184CF5C68DE9628D0397B36"))
MAC_X9_24 = Key(bytes.fromhex("042666B4918430A368DE9628D03984C9"))
"""PIN and MAC request keys of ANSI X9.24-1:2009, Annex A.4, KSN FFFF9876543210E00001."""
MASTER = Key(bytes.fromhex("DD7515F2BFC17F85CE48F3CA25CB21F6"))
"""Key block protection key of ASC X9 TR-31:2018, A.7.2."""


def test_format_0_block_of_x9_24() -> None:
    block = format_0(Pin(b"1234"), Pan("4012345678909"), PIN_X9_24)
    assert block.reveal().hex().upper() == "1B9C1845EB993A7A"


def test_retail_mac_of_x9_24() -> None:
    mac = retail_mac(MAC_X9_24, b"4012345678909D987")
    assert mac.hex().upper() == "9CCC78173FC4FB64"


def test_the_mac_of_nothing_is_the_mac_of_one_block_of_zeros() -> None:
    assert retail_mac(MAC_X9_24, b"") == retail_mac(MAC_X9_24, bytes(8))


@pytest.mark.parametrize(
    ("key", "expected"),
    [
        # NIST SP 800-67: zeros under 0123456789ABCDEFFEDCBA9876543210
        ("0123456789ABCDEFFEDCBA9876543210", "08D7B4"),
    ],
)
def test_check_value(key: str, expected: str) -> None:
    assert check_value(Key(bytes.fromhex(key))) == expected


def test_tr31_version_b_block_of_the_standard() -> None:
    """TR-31:2018, A.7.2."""
    block = "B0080P0TE00E000094B420079CC80BA3461F86FE26EFC4A3B8E4FA4C5F5341176EED7B727B8A248E"
    key = unwrap(MASTER, block, PIN_KEY)
    assert key.reveal().hex().upper() == "3F419E1CB7079442AA37474C2EFBF8B8"
    for wrong in (block[:-1] + "0", block.replace("P0", "M3"), block[:40], "", "B" * 80):
        with pytest.raises(KeyBlockError):
            unwrap(MASTER, wrong, PIN_KEY)


def test_a_key_block_serves_only_its_use() -> None:
    block = wrap(MASTER, MAC_X9_24, MAC_KEY)
    assert unwrap(MASTER, block, MAC_KEY) == MAC_X9_24
    with pytest.raises(KeyBlockError, match="expected P0"):
        unwrap(MASTER, block, PIN_KEY)


def test_session_keys_round_trip() -> None:
    field = write_session_keys(SessionKeys(PIN_X9_24, MAC_X9_24), MASTER)
    assert read_session_keys(field, MASTER) == SessionKeys(PIN_X9_24, MAC_X9_24)
    assert read_session_keys("", MASTER) == SessionKeys()


@given(st.text(max_size=200))
@settings(deadline=None, max_examples=200)
def test_only_its_own_error_leaves_field_62(text: str) -> None:
    for field in (text, f"PK{len(text):03d}{text}"):
        with contextlib.suppress(KeyBlockError):
            read_session_keys(field, MASTER)


@given(
    st.from_regex(r"[0-9]{4,12}", fullmatch=True), st.from_regex(r"[0-9]{13,19}", fullmatch=True)
)
@settings(deadline=None, max_examples=100)
def test_format_0_round_trip(pin: str, pan: str) -> None:
    block = format_0(Pin(pin.encode()), Pan(pan), PIN_X9_24)
    assert read_format_0(block, Pan(pan), PIN_X9_24) == Pin(pin.encode())


@given(st.binary(max_size=24))
@settings(deadline=None, max_examples=200)
def test_only_its_own_error_leaves_a_pin_block(block: bytes) -> None:
    with contextlib.suppress(PinBlockError):
        read_format_0(PinBlock(block), Pan("4012345678909"), PIN_X9_24)


def test_a_short_card_number_has_no_format_0_block() -> None:
    with pytest.raises(PinBlockError):
        format_0(Pin(b"1234"), Pan("62220200"), PIN_X9_24)


def test_keys_do_not_print() -> None:
    keys = SessionKeys(PIN_X9_24, MAC_X9_24)
    digest = hashlib.sha256(PIN_X9_24.reveal()).hexdigest()
    assert "0426" not in repr(keys)
    assert digest not in repr(keys)


def test_tr31_version_d_block_of_the_standard_holds_an_aes_key() -> None:
    protector = Key(
        bytes.fromhex("88E1AB2A2E3DD38C1FA039A536500CC8A87AB9D62DC92C01058FA79F44657DE6")
    )
    block = (
        "D0112P0AE00E0000B82679114F470F540165EDFBF7E250FCEA43F810D215F8D207E2E417C07156A2"
        "7E8E31DA05F7425509593D03A457DC34"
    )  # TR-31:2018, A.7.4
    assert unwrap(protector, block, PIN_KEY).reveal().hex().upper() == (
        "3F419E1CB7079442AA37474C2EFBF8B8"
    )


def test_an_aes_master_key_makes_version_d_blocks() -> None:
    protector = Key(bytes(range(32)))
    block = wrap(protector, PIN_X9_24, PIN_KEY)
    assert block.startswith("D")
    assert unwrap(protector, block, PIN_KEY) == PIN_X9_24
