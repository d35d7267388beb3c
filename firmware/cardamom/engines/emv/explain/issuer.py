"""Issuer application data, tag 9F10: its form told from its bytes, its verification results named.

Forms: Common Core Definitions (EMV 4.4 Book 3, C9), Visa and UnionPay, Mastercard M/Chip. All else
is the issuer's own affair.
"""

from __future__ import annotations

from typing import Final

from cardamom.texts.chip_bits import Coded
from cardamom.texts.chip_codes import w
from cardamom.texts.chip_results import CCD, MASTERCARD, VISA
from cardamom.values.merchant import Language

_M_CHIP_SIZES: Final = (18, 20, 26, 28)
_ALGORITHMS: Final = {0x01: "3DES", 0x04: "SM4"}


def application_data(raw: bytes, language: Language) -> list[str]:
    """Form, key index, version, and what the card did and found. Empty for an unknown form."""
    if len(raw) == 32 and raw[0] == 0x0F and raw[16] == 0x0F and raw[1] & 0xF0 == 0xA0:
        return [
            f"Common Core Definitions, CCI {raw[1]:02X}, {_key(raw[2], language)}",
            *_results(CCD, raw[3:8], language),
            f"{w('PIN tries left', '剩余密码次数')[language]}: {raw[4] >> 4}",
            f"{w('script commands done', '已执行脚本命令')[language]}: {raw[6] >> 4}",
        ]
    if len(raw) >= 7 and raw[0] in (0x06, 0x07) and raw[3] == 0x03:
        return _visa(raw, language)
    if len(raw) in _M_CHIP_SIZES and raw[1] & 0xF0 == 0x10 and not raw[1] & 0x0A:
        return [
            f"Mastercard M/Chip, CVN {raw[1]:02X}, {_key(raw[0], language)}",
            *_results(MASTERCARD, raw[2:8], language),
            f"{w('script counter', '脚本计数')[language]}: {raw[4] >> 4}",
            f"{w('PIN tries left', '剩余密码次数')[language]}: {raw[4] & 0x0F}",
        ]
    return []


def _visa(raw: bytes, language: Language) -> list[str]:
    """Also UnionPay's, which is one byte longer: the algorithm."""
    scheme = "Visa" if raw[0] == 0x06 else "UnionPay"
    says = [
        f"{scheme}, CVN {raw[2]} ({raw[2]:02X}), {_key(raw[1], language)}",
        *_results(VISA, raw[4:7], language),
        f"{w('script commands done', '已执行脚本命令')[language]}: {raw[6] >> 4}",
    ]
    if raw[0] == 0x07 and len(raw) > 7:
        known = _ALGORITHMS.get(raw[7], f"{raw[7]:02X}")
        says.append(f"{w('algorithm', '算法')[language]}: {known}")
    return says


def _key(index: int, language: Language) -> str:
    return f"{w('key index', '密钥索引')[language]} {index:02X}"


def _results(coded: Coded, raw: bytes, language: Language) -> list[str]:
    """The cryptograms of bits 8-5, then each named bit."""
    first, second = raw[0] >> 4 & 3, raw[0] >> 6
    not_asked = w("not asked for", "未请求")[language]
    names = (
        w("first GENERATE AC", "第一次 GENERATE AC"),
        w("second GENERATE AC", "第二次 GENERATE AC"),
    )
    says = [
        f"{names[0][language]}: {('AAC', 'TC', 'ARQC', '?')[first]}",
        f"{names[1][language]}: {('AAC', 'TC', not_asked, '?')[second]}",
    ]
    for byte, bit, en, zh in coded.rows:
        if raw[byte - 1] >> (bit - 1) & 1:
            says.append(f"CVR {byte}.{bit} {zh if language is Language.ZH else en}")
    return says
