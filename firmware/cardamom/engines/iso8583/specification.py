"""A profile as pyiso8583 wants it."""

from __future__ import annotations

from typing import Any

from cardamom.engines.iso8583.profile import Encoding, FieldRule, Profile

DIGITS = {"fixed": 0, "LL": 2, "LLL": 3}
"""Decimal digits of a length (ISO 8583:1987, 3.1)."""


def specification(profile: Profile) -> dict[str, dict[str, Any]]:
    """Every part and field; what the profile does not name has no room for a value."""
    encoding = profile.encoding
    bitmap = "ascii" if encoding.bitmap == "hex" else "b"
    spec: dict[str, dict[str, Any]] = {
        "h": _plain("ascii", 0, "header"),
        "t": _plain("ascii" if encoding.mti == "ascii" else "b", 4, "message type"),
        "p": _plain(bitmap, 16, "primary bitmap"),
        "1": _plain(bitmap, 16, "secondary bitmap"),
    }
    for key, size in (("t", 2), ("p", 8), ("1", 8)):
        if spec[key]["data_enc"] == "b":
            spec[key]["max_len"] = size
    for number, rule in profile.fields.items():
        spec[number] = _field(rule, encoding)
    for other in range(2, 129):
        spec.setdefault(str(other), _plain("ascii", 0, "not in this profile"))
    return spec


def tracks_in_bcd(profile: Profile) -> frozenset[int]:
    """Track fields packed two characters a byte: their separator = travels as D."""
    if profile.encoding.numeric != "bcd":
        return frozenset()
    return frozenset(int(n) for n, rule in profile.fields.items() if rule.type == "z")


def _plain(enc: str, size: int, name: str) -> dict[str, Any]:
    return {"data_enc": enc, "len_enc": "ascii", "len_type": 0, "max_len": size, "desc": name}


def _field(rule: FieldRule, encoding: Encoding) -> dict[str, Any]:
    digits = DIGITS[rule.length]
    bcd_length = encoding.length == "bcd"
    spec: dict[str, Any] = {
        "data_enc": "ascii",
        "len_enc": "bcd" if bcd_length else "ascii",
        "len_type": (digits + 1) // 2 if bcd_length else digits,
        "max_len": rule.max,
        "desc": rule.name,
    }
    if rule.type == "b":
        written = rule.written or encoding.binary
        spec["data_enc"] = "b" if written == "binary" else "ascii"
        if written == "hex":
            spec["max_len"] = rule.max * 2
    elif rule.type in ("n", "z") and encoding.numeric == "bcd":
        spec |= {"data_enc": "b", "len_count": "nibbles", f"{rule.pad}_pad": "0"}
    return spec
