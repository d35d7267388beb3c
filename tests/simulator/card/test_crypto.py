"""The card's cryptography against published vectors and against pyemv."""

from __future__ import annotations

import pyemv
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from cardamom.simulator.card import crypto
from cardamom.values.secret import Key

pytestmark = pytest.mark.filterwarnings("ignore:.*TripleDES:Warning")

KEYS = st.binary(min_size=16, max_size=16)
BLOCKS = st.binary(min_size=8, max_size=8)


def test_card_key_of_published_vectors() -> None:
    """pyemv's documentation (kd.derive_icc_mk_a)."""
    master = Key(bytes.fromhex("0123456789ABCDEFFEDCBA9876543210"))
    assert crypto.card_key(master, "99012345678901234", 45).reveal() == bytes.fromhex(
        "67F8292358083E5EA7AB7FDA58D53B6B"
    )
    assert crypto.card_key(master, "12345678901234567", 1).reveal() == bytes.fromhex(
        "73AD54688CEF2934B0979857E3C719F1"
    )


def test_session_key_of_a_published_vector() -> None:
    """pyemv's documentation (kd.derive_common_sk)."""
    card_key = Key(bytes.fromhex("0123456789ABCDEFFEDCBA9876543210"))
    expected = bytes.fromhex("E9FB384AF807B940FEDCEA613461B0C4")
    assert crypto.cryptogram_key(card_key, 0x001C).reveal() == expected


def test_arqc_and_arpc_of_a_published_vector() -> None:
    """jPOS, JCESecurityModuleTest: option A, common session key, padding with 80, method 1."""
    master = Key(bytes.fromhex("12345678" * 4))
    data = bytes.fromhex(
        "000000010000 000000001000 0840 0000001080 0840 980704 00 11111111 5800 3456 A08003242000"
    )
    key = crypto.cryptogram_key(crypto.card_key(master, "1234567890123456", 0), 0x3456)
    arqc = crypto.mac(key, data)
    assert arqc == bytes.fromhex("55BE45DD2C9E0CBF")
    assert crypto.arpc(key, arqc, bytes.fromhex("0012")) == bytes.fromhex("01BAE8DE6A0DE9E0")


@settings(deadline=None, max_examples=40)
@given(KEYS, BLOCKS, st.binary(max_size=80), st.integers(10**12, 10**19 - 1), st.integers(0, 99))
def test_agrees_with_pyemv(
    material: bytes, block: bytes, message: bytes, pan: int, psn: int
) -> None:
    key = Key(material)
    assert crypto.card_key(key, str(pan), psn).reveal() == pyemv.kd.derive_icc_mk_a(
        material, str(pan), f"{psn:02d}"
    )
    assert crypto.session_key(key, block).reveal() == pyemv.kd.derive_common_sk(material, block)
    assert crypto.mac(key, message) == pyemv.ac.generate_ac(material, message)
    assert crypto.arpc(key, block, b"00") == pyemv.ac.generate_arpc_1(material, block, b"00")
