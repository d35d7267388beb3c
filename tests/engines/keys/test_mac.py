"""MACs against published figures."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cardamom.engines.keys.mac import cmac_aes, cmac_tdes, retail_mac, unionpay_mac
from cardamom.values.secret import Key

# NIST SP 800-38B, Annex D, as BouncyCastle's CMacTest (AES) and PyCryptodome's
# SelfTest/Hash/test_CMAC.py (TDES) give them
MESSAGE = bytes.fromhex(
    "6BC1BEE22E409F96E93D7E117393172AAE2D8A571E03AC9C9EB76FAC45AF8E51"
    "30C81C46A35CE411E5FBC1191A0A52EFF69F2445DF4F9B17AD2B417BE66C3710"
)
AES = {
    "2B7E151628AED2A6ABF7158809CF4F3C": {
        0: "BB1D6929E95937287FA37D129B756746",
        16: "070A16B46B4D4144F79BDD9DD04A287C",
        40: "DFA66747DE9AE63030CA32611497C827",
        64: "51F0BEBF7E3B9D92FC49741779363CFE",
    },
    "8E73B0F7DA0E6452C810F32B809079E562F8EAD2522C6B7B": {
        0: "D17DDF46ADAACDE531CAC483DE7A9367",
        16: "9E99A7BF31E710900662F65E617C5184",
        40: "8A1DE5BE2EB31AAD089A82E6EE908B0E",
        64: "A1D5DF0EED790F794D77589659F39A11",
    },
    "603DEB1015CA71BE2B73AEF0857D77811F352C073B6108D72D9810A30914DFF4": {
        0: "028962F61B7BF89EFC6B551F4667D983",
        16: "28A7023F452E8F82BD4BF28D8C37C35C",
        40: "AAF3D8F1DE5640C232F5B169B9C911E6",
        64: "E1992190549F6ED5696A2C056C315410",
    },
}
TDES = {
    "8AA83BF8CBDA10620BC1BF19FBB6CD58BC313D4A371CA8B5": {
        0: "B7A688E122FFAF95",
        8: "8E8F293136283797",
        20: "743DDBE0CE2DC2ED",
        32: "33E6B1092400EAE5",
    },
    "4CF15134A2850DD58A3D10BA80570D38": {
        0: "BD2EBF9A3BA00361",
        8: "4FF2AB813C53CE83",
        20: "62DD1B471902BD4E",
        32: "31B1E431DABC4EB8",
    },
}

# MAC request key of ANSI X9.24-1:2009, A.4, key serial number FFFF9876543210E00001
MAC_X9_24 = Key(bytes.fromhex("042666B4918430A368DE9628D03984C9"))


def key(digits: str) -> Key:
    return Key(bytes.fromhex(digits))


@pytest.mark.parametrize("digits", AES)
def test_cmac_with_aes(digits: str) -> None:
    for size, code in AES[digits].items():
        assert cmac_aes(key(digits), MESSAGE[:size]).hex().upper() == code


@pytest.mark.parametrize("digits", TDES)
def test_cmac_with_tdes(digits: str) -> None:
    for size, code in TDES[digits].items():
        assert cmac_tdes(key(digits), MESSAGE[:size]).hex().upper() == code


def test_retail_mac_of_x9_24() -> None:
    mac = retail_mac(MAC_X9_24, b"4012345678909D987")
    assert mac.hex().upper() == "9CCC78173FC4FB64"


def test_the_mac_of_nothing_is_the_mac_of_one_block_of_zeros() -> None:
    assert retail_mac(MAC_X9_24, b"") == retail_mac(MAC_X9_24, bytes(8))


def test_unionpay_mac_step_by_step() -> None:
    """github.com/solo123/pgate, test/integration/pos_mac_test.rb: blocks added B9F9B96AA4FDB57F,
    first half enciphered 9FDE90A34CF73B2E, second half added DEEAD6E70EC20C68, enciphered
    E267B6E21913D339."""
    data = bytes.fromhex("1234567890ABCDEFABCDEF1234567890")
    assert unionpay_mac(key("2222222222222222"), data) == b"E267B6E2"


def test_unionpay_mac_of_a_double_length_key() -> None:
    """The same file; it keeps four characters alone."""
    data = bytes.fromhex("20160913201609132016091320160913")
    assert unionpay_mac(key("AB73C9416D41E936E82AAC11053BCEDD"), data)[:4] == b"3027"


@given(st.binary(max_size=64))
def test_unionpay_fills_the_last_block_with_zeros(data: bytes) -> None:
    code = unionpay_mac(MAC_X9_24, data)
    assert code == unionpay_mac(MAC_X9_24, data.ljust(-(-len(data) // 8) * 8, b"\0"))
    assert len(code) == 8
    assert set(code) <= set(b"0123456789ABCDEF")
