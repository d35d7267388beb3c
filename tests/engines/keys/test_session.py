"""Session keys in field 62."""

from __future__ import annotations

import contextlib

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from cardamom.engines.keys.blocks import KeyBlockError, wrap
from cardamom.engines.keys.mac import cmac_aes, retail_mac, unionpay_mac
from cardamom.engines.keys.session import (
    SessionKeys,
    read_session_keys,
    read_unionpay_keys,
    write_session_keys,
    write_unionpay_keys,
)
from cardamom.engines.keys.working import NoKeyError, Scheme
from cardamom.values.secret import Key, Pan, Pin

PIN_KEY = Key(bytes.fromhex("042666B49184CF5C68DE9628D0397B36"))
MAC_KEY = Key(bytes.fromhex("042666B4918430A368DE9628D03984C9"))
KEYS = SessionKeys(PIN_KEY, MAC_KEY)
MASTER = Key(bytes.fromhex("DD7515F2BFC17F85CE48F3CA25CB21F6"))
MASTER_AES = Key(bytes(range(32)))

# a sign-on answer worked through at code456.com/article/3026509.html
UNIONPAY_MASTER = Key(bytes.fromhex("CA5D92598DCA48CE8A4C76361A9269E9"))
UNIONPAY_FIELD = bytes.fromhex(
    "6701EAD6A9AD51E51AA406E2C27FCFA98D0A74B8B651F9E9BACE9AE10000000000000000AB7153CA"
)
UNIONPAY_KEYS = SessionKeys(
    Key(bytes.fromhex("807A23AD32B36D457AE91FDF927570EA")), Key(bytes.fromhex("5BB5C72CD00B7338"))
)


@pytest.mark.parametrize("scheme", [Scheme.X9_19, Scheme.UNIONPAY, Scheme.CMAC])
def test_session_keys_come_back(scheme: Scheme) -> None:
    master = MASTER_AES if scheme is Scheme.CMAC else MASTER
    for keys in (KEYS, SessionKeys(PIN_KEY), SessionKeys(mac=MAC_KEY), SessionKeys()):
        field = write_session_keys(keys, master, scheme)
        assert read_session_keys(field, master, scheme) == keys


def test_keys_of_one_scheme_are_not_another_s() -> None:
    schemes = (Scheme.X9_19, Scheme.UNIONPAY, Scheme.CMAC)
    for scheme in schemes:
        field = write_session_keys(KEYS, MASTER_AES, scheme)
        for other in schemes:
            if other is not scheme:
                with pytest.raises(KeyBlockError, match="expected"):
                    read_session_keys(field, MASTER_AES, other)


def test_triple_length_keys_are_refused() -> None:
    block = wrap(Key(bytes(range(24))), Key(bytes(range(1, 25))), "P0")
    with pytest.raises(KeyBlockError, match="double-length"):
        read_session_keys(f"PK{len(block):03d}{block}", Key(bytes(range(24))))


@given(st.text(max_size=200))
@settings(deadline=None, max_examples=200)
def test_only_its_own_error_leaves_field_62(text: str) -> None:
    for field in (text, f"PK{len(text):03d}{text}"):
        with contextlib.suppress(KeyBlockError):
            read_session_keys(field, MASTER)


def test_unionpay_s_keys_worked_through() -> None:
    assert read_unionpay_keys(UNIONPAY_FIELD, UNIONPAY_MASTER) == UNIONPAY_KEYS
    assert write_unionpay_keys(UNIONPAY_KEYS, UNIONPAY_MASTER) == UNIONPAY_FIELD


def test_unionpay_s_double_length_mac_key_and_a_track_key_behind() -> None:
    field = write_unionpay_keys(KEYS, UNIONPAY_MASTER)
    assert read_unionpay_keys(field, UNIONPAY_MASTER) == KEYS
    assert read_unionpay_keys(field + bytes(20), UNIONPAY_MASTER) == KEYS
    with pytest.raises(KeyBlockError, match="a PIN key and a MAC key"):
        write_unionpay_keys(SessionKeys(PIN_KEY), UNIONPAY_MASTER)


@pytest.mark.parametrize(
    ("at", "name"), [(0, "PIN"), (15, "PIN"), (19, "PIN"), (20, "MAC"), (39, "MAC")]
)
def test_unionpay_s_keys_take_effect_only_with_their_check_value(at: int, name: str) -> None:
    field = bytearray(UNIONPAY_FIELD)
    field[at] ^= 0x10
    with pytest.raises(KeyBlockError, match=f"check value of the {name} key"):
        read_unionpay_keys(bytes(field), UNIONPAY_MASTER)


@given(st.binary(max_size=70))
def test_only_its_own_error_leaves_unionpay_s_field_62(field: bytes) -> None:
    with contextlib.suppress(KeyBlockError):
        read_unionpay_keys(field, UNIONPAY_MASTER)


def test_working_keys_of_a_session() -> None:
    data, pin, pan = b"4012345678909D987", Pin(b"1234"), Pan("4012345678909")
    for scheme, mac in (
        (Scheme.X9_19, retail_mac),
        (Scheme.UNIONPAY, unionpay_mac),
        (Scheme.CMAC, cmac_aes),
    ):
        keys = KEYS.working(scheme)
        assert keys.scheme is scheme
        assert not scheme.dukpt
        assert keys.mac(data) == keys.answer_mac(data) == mac(MAC_KEY, data)[:8]
        block = keys.pin_block(pin, pan)
        assert len(block.reveal()) == (16 if scheme is Scheme.CMAC else 8)
        assert keys.read_pin(block, pan) == pin
    assert KEYS.working().pin_block(pin, pan).reveal().hex().upper() == "1B9C1845EB993A7A"


def test_a_key_that_the_host_did_not_give_is_named() -> None:
    keys = SessionKeys().working()
    pin, pan = Pin(b"1234"), Pan("4012345678909")
    with pytest.raises(NoKeyError, match="no PIN key"):
        keys.pin_block(pin, pan)
    with pytest.raises(NoKeyError, match="no PIN key"):
        keys.read_pin(KEYS.working().pin_block(pin, pan), pan)
    for mac in (keys.mac, keys.answer_mac):
        with pytest.raises(NoKeyError, match="no MAC key"):
            mac(b"")


def test_keys_do_not_print() -> None:
    for keys in (KEYS, KEYS.working(), UNIONPAY_KEYS):
        assert "0426" not in repr(keys)
        assert "807A" not in repr(keys).upper()
