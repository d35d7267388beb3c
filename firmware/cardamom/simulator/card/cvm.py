"""CVM rules in words (EMV 4.4 Book 3, C3): `METHOD [if CONDITION|always] [else fail]`."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

METHODS: Final = {
    "fail": 0x00,
    "offline PIN": 0x01,
    "online PIN": 0x02,
    "offline PIN and signature": 0x03,
    "enciphered PIN": 0x04,
    "enciphered PIN and signature": 0x05,
    "signature": 0x1E,
    "no CVM": 0x1F,
}
"""Book 3, Table 39."""

CONDITIONS: Final = {
    "always": 0x00,
    "if unattended cash": 0x01,
    "if not cash": 0x02,
    "if supported": 0x03,
    "if manual cash": 0x04,
    "if cashback": 0x05,
    "if under x": 0x06,
    "if over x": 0x07,
    "if under y": 0x08,
    "if over y": 0x09,
}
"""Book 3, Table 40."""

ELSE_FAIL: Final = " else fail"
APPLY_NEXT: Final = 0x40


class CvmError(ValueError):
    """The text is no CVM rule; the message says what is allowed."""


def encode_rule(text: str) -> bytes:
    """One rule, 2 bytes. Without a condition it is `always`; without `else fail` an unsuccessful
    method leads to the next rule."""
    rule, fail = text.removesuffix(ELSE_FAIL), text.endswith(ELSE_FAIL)
    method, condition = rule, "always"
    for known in CONDITIONS:
        if rule.endswith(f" {known}"):
            method, condition = rule.removesuffix(f" {known}"), known
    if method not in METHODS:
        raise CvmError(
            f"{text!r} is not a rule; expected one of {', '.join(METHODS)}, then nothing or one "
            f"of {', '.join(CONDITIONS)}, then nothing or{ELSE_FAIL}"
        )
    return bytes((METHODS[method] | (0 if fail else APPLY_NEXT), CONDITIONS[condition]))


def encode_list(rules: Sequence[str], x: int, y: int) -> bytes:
    """Tag 8E; `x` and `y` in minor units of the application's currency."""
    return x.to_bytes(4) + y.to_bytes(4) + b"".join(map(encode_rule, rules))
