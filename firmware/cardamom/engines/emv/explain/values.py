"""What single chip values say, in words."""

from __future__ import annotations

from collections.abc import Callable
from typing import Final

from cardamom.engines.emv.cvm_list import parse as parse_cvm_list
from cardamom.engines.emv.explain.issuer import application_data
from cardamom.engines.emv.records import parse_afl
from cardamom.engines.emv.store import DataError
from cardamom.texts import chip_codes as codes
from cardamom.texts.chip_bits import Coded
from cardamom.texts.chip_codes import w
from cardamom.values.merchant import Language
from cardamom.values.money import BY_NUMBER

Reader = Callable[[bytes, Language], list[str]]

_RFU: Final = w("reserved", "保留")
_UNKNOWN: Final = w("unknown code", "未知代码")
_THEN_NEXT: Final = w("else the next rule", "否则下一规则")
_THEN_FAIL: Final = w("else fail", "否则失败")
_NO_BIT: Final = w("no bit is set", "没有置位")


def nothing(_: bytes, __: Language) -> list[str]:
    return []


def length_words(size: int, least: int, most: int, language: Language) -> str:
    """A length outside the dictionary's."""
    wanted = str(least) if least == most else f"{least}-{most}"
    if language is Language.ZH:
        return f"长度 {size} 字节，应为 {wanted}"
    return f"wrong length: {size} bytes, {wanted} expected"


def bytes_words(size: int, language: Language) -> str:
    """A number of bytes."""
    if language is Language.ZH:
        return f"{size} 字节"
    return f"{size} byte" if size == 1 else f"{size} bytes"


def bits(coded: Coded, raw: bytes, language: Language) -> list[str]:
    """Each bit that is set, as `byte.bit name`; nothing where the length is another."""
    if len(raw) != coded.size:
        return []
    names = {
        (byte, bit): (zh if language is Language.ZH else en) for byte, bit, en, zh in coded.rows
    }
    found = [
        f"{byte}.{bit} {names.get((byte, bit), _RFU[language])}"
        for byte, value in enumerate(raw, start=1)
        for bit in range(8, 0, -1)
        if value >> (bit - 1) & 1
    ]
    return found or [_NO_BIT[language]]


def cvm_rule(code: int, condition: int, language: Language) -> str:
    """One rule of the CVM list."""
    method = codes.CVM_METHODS.get(code & 0x3F, _UNKNOWN)[language]
    when = codes.CVM_CONDITIONS.get(condition, _UNKNOWN)[language]
    go_on = _THEN_NEXT if code & 0x40 else _THEN_FAIL
    return f"{code:02X}{condition:02X} {method}, {when}; {go_on[language]}"


def _cvm_list(raw: bytes, language: Language) -> list[str]:
    try:
        found = parse_cvm_list(raw)
    except DataError as e:
        return [str(e)]
    rules = [cvm_rule(rule.code, rule.condition, language) for rule in found.rules]
    return [f"X = {found.x}, Y = {found.y}", *rules]


def _cvm_results(raw: bytes, language: Language) -> list[str]:
    if len(raw) != 3:
        return []
    method = codes.CVM_METHODS.get(raw[0] & 0x3F, _UNKNOWN)[language]
    when = codes.CVM_CONDITIONS.get(raw[1], _UNKNOWN)[language]
    result = codes.CVM_RESULTS.get(raw[2], _UNKNOWN)[language]
    return [f"{method}, {when}: {result}"]


def _cryptogram(raw: bytes, language: Language) -> list[str]:
    if len(raw) != 1:
        return []
    cid = raw[0]
    says = [codes.CRYPTOGRAMS.get(cid & 0xC0, _RFU)[language]]
    if cid & 0x08:
        says.append(codes.ADVICE[language])
    if reason := codes.AAC_REASONS.get(cid & 0x07):
        says.append(reason[language])
    return says


def _file_locator(raw: bytes, language: Language) -> list[str]:
    try:
        records = parse_afl(raw)
    except DataError as e:
        return [str(e)]
    signed = w("signed", "参与签名")[language]
    record = w("record", "记录")[language]
    return [
        f"SFI {r.sfi} {record} {r.number}" + (f", {signed}" if r.signed else "") for r in records
    ]


def _terminal_type(raw: bytes, language: Language) -> list[str]:
    if len(raw) != 1:
        return []
    kind = codes.TERMINAL_TYPES.get(raw[0] & 0x0F, _UNKNOWN)[language]
    return [f"{kind}; {codes.OPERATORS.get(raw[0] >> 4, _UNKNOWN)[language]}"]


def _response_code(raw: bytes, language: Language) -> list[str]:
    text = raw.decode("ascii", "replace")
    words = codes.RESPONSE_CODES.get(text)
    return [f'"{text}"' + (f" {words[language]}" if words else "")]


def _transaction_type(raw: bytes, language: Language) -> list[str]:
    known = codes.TRANSACTION_TYPES.get(raw[0]) if len(raw) == 1 else None
    return [known[language]] if known else []


def _amount(raw: bytes, _: Language) -> list[str]:
    digits = raw.hex()
    return [f"{int(digits)}"] if digits.isdecimal() else []


def _number(raw: bytes, _: Language) -> list[str]:
    return [str(int.from_bytes(raw))] if raw else []


def _date(raw: bytes, _: Language) -> list[str]:
    digits = raw.hex()
    if len(digits) != 6 or not digits.isdecimal():
        return []
    return [f"20{digits[:2]}-{digits[2:4]}-{digits[4:]}"]


def _time(raw: bytes, _: Language) -> list[str]:
    digits = raw.hex()
    if len(digits) != 6 or not digits.isdecimal():
        return []
    return [f"{digits[:2]}:{digits[2:4]}:{digits[4:]}"]


def _currency(raw: bytes, _: Language) -> list[str]:
    known = BY_NUMBER.get(raw.hex()[1:])
    return [known.code] if known else []


def _script_results(raw: bytes, language: Language) -> list[str]:
    if len(raw) % 5:
        return []
    says = []
    for at in range(0, len(raw), 5):
        result, number = raw[at] >> 4, raw[at] & 0x0F
        text = codes.SCRIPT_RESULTS.get(result, _UNKNOWN)[language]
        which = f" {number}" if result == 1 else ""
        says.append(f"{raw[at + 1 : at + 5].hex().upper()}: {text}{which}")
    return says


def _priority(raw: bytes, language: Language) -> list[str]:
    if len(raw) != 1:
        return []
    confirm = w("; the customer must confirm", "；须持卡人确认")[language] if raw[0] & 0x80 else ""
    return [f"{raw[0] & 0x0F}{confirm}"]


READERS: Final[dict[int, Reader]] = {
    0x5F24: _date,
    0x5F25: _date,
    0x5F2A: _currency,
    0x87: _priority,
    0x8A: _response_code,
    0x8E: _cvm_list,
    0x94: _file_locator,
    0x9A: _date,
    0x9C: _transaction_type,
    0x9F02: _amount,
    0x9F03: _amount,
    0x9F10: application_data,
    0x9F13: _number,
    0x9F14: _number,
    0x9F17: _number,
    0x9F21: _time,
    0x9F23: _number,
    0x9F27: _cryptogram,
    0x9F34: _cvm_results,
    0x9F35: _terminal_type,
    0x9F36: _number,
    0x9F42: _currency,
    0x9F5B: _script_results,
}
