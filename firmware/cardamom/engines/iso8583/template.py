"""Fields made of parts: `{batch:6}` in a profile's `compose` stands for a number of the message."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Final

from cardamom.engines.iso8583.codec import MessageError

PARTS: Final = {
    "batch": "batch number",
    "type": "the kind's or the message's `type`",
    "management": "network management code: 001 sign-on, 002 sign-off, 301 echo",
    "original_mti": "message type of the original",
    "original_stan": "trace number of the original",
    "original_batch": "batch of the original",
    "original_date": "local date of the original, MMDD",
    "original_sent": "field 7 of the original",
    "acquirer": "values.acquirer",
    "forwarder": "values.forwarder",
    "count": "transactions in the totals",
    "debits": "count of debits",
    "debit_minor": "amount of debits",
    "debit_reversals": "count of debits taken back",
    "debit_reversal_minor": "amount of debits taken back",
    "credits": "count of credits",
    "credit_minor": "amount of credits",
    "credit_reversals": "count of credits taken back",
    "credit_reversal_minor": "amount of credits taken back",
    "given_back": "credits and debits taken back, counted together",
    "given_back_minor": "amount of credits and debits taken back",
    "net": "D where debits are more than credits, else C, and the difference in 16 digits",
}
"""Every part, and what it is."""

_PART = re.compile(r"\{([a-z_]+)(?::([0-9]{1,2}))?\}")


def problem(template: str) -> str | None:
    """What is wrong with a template; None where nothing is."""
    for name in _names(template):
        if name not in PARTS:
            return f"there is no part {name}; there are {', '.join(PARTS)}"
    if "{" in _PART.sub("", template) or "}" in _PART.sub("", template):
        return "a part is written as {name} or {name:width}"
    return None


def fill(template: str, parts: Mapping[str, str]) -> str | None:
    """The field, its parts filled up with zeros on the left. None where a part is not known of this
    message: then the field is left out. Raises TemplateError."""
    if not parts.keys() >= _names(template):
        return None

    def one(match: re.Match[str]) -> str:
        value, width = parts[match[1]], int(match[2] or 0)
        if width and len(value) > width:
            raise MessageError(f"{match[1]} does not fit into {width} characters")
        return value.zfill(width)

    return _PART.sub(one, template)


def _names(template: str) -> set[str]:
    return {match[1] for match in _PART.finditer(template)}


def composed(templates: Mapping[str, str], parts: Mapping[str, str]) -> dict[int, str]:
    """The fields that can be made of these parts. Raises MessageError."""
    made = {int(number): fill(template, parts) for number, template in templates.items()}
    return {number: value for number, value in made.items() if value is not None}
