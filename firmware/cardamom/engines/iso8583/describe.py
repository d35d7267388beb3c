"""A message field by field, for people: what gives a card or a secret away is masked."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final

from cardamom.engines import tlv
from cardamom.engines.emv.dictionary import DICTIONARY
from cardamom.engines.iso8583.codec import Message
from cardamom.engines.iso8583.profile import FieldRule, Profile
from cardamom.values.secret import MASK, mask_pan

SHOWN_TAGS: Final = frozenset(
    {0x9F26, 0x9F27, 0x9F10, 0x9F37, 0x9F36, 0x95, 0x9A, 0x9C, 0x9F02, 0x5F2A, 0x82, 0x9F1A, 0x9F03,
     0x9F33, 0x9F34, 0x9F35, 0x9F1E, 0x84, 0x9F09, 0x9F41, 0x8A, 0x91, 0x9F5B}
)  # fmt: skip
ALWAYS_MASKED: Final = frozenset({2, 14, 34, 35, 36, 45, 52, 53, 55, 62, 64, 128})
"""Whatever a profile says of them: card, PIN, keys, MAC."""
_CLASSES: Final = {
    "1": "authorisation",
    "2": "financial",
    "3": "batch upload",
    "4": "reversal",
    "5": "reconciliation",
    "6": "administrative",
    "8": "network management",
}
_FUNCTIONS: Final = {"0": "request", "1": "answer", "2": "advice", "3": "answer to advice"}
NAME_WIDTH: Final = 43
LONGEST_MASK: Final = 24


@dataclass(frozen=True, slots=True)
class Shown:
    """A field, a part of one, or a tag of field 55, as a person may see it."""

    label: str
    """Field number or tag; empty for a part."""
    name: str
    value: str
    parts: tuple[Shown, ...] = ()


def meaning(mti: str) -> str:
    """The message type in words (ISO 8583:1987, 4.1); 0320 as batch upload is field practice."""
    if len(mti) != 4 or mti[1] not in _CLASSES or mti[2] not in _FUNCTIONS:
        return "unknown"
    again = " (repeat)" if mti[3] == "1" else ""
    return f"{_CLASSES[mti[1]]} {_FUNCTIONS[mti[2]]}{again}"


def shown(message: Message, profile: Profile) -> tuple[Shown, ...]:
    """Its fields in order. Only what the profile marks `show` is readable; the card number shows
    its first 6 and last 4 digits, ICC data the tags that give no card away."""
    return tuple(_field(number, message, profile) for number in sorted(message.fields))


def describe(message: Message, profile: Profile) -> Iterator[str]:
    """The same as lines: the type, then number, name and value, parts and tags indented."""
    yield f"MTI  {message.mti}  {meaning(message.mti)}"
    for field in shown(message, profile):
        yield f"{field.label:>3}  {field.name:<{NAME_WIDTH}}  {field.value}"
        for part in field.parts:
            name = f"{part.label:<6}{part.name}" if part.label else f"- {part.name}"
            yield f"     {name:<{NAME_WIDTH}}  {part.value}"


def _field(number: int, message: Message, profile: Profile) -> Shown:
    value, rule = message.fields[number], profile.fields.get(str(number))
    name = rule.name if rule else "unknown"
    parts: tuple[Shown, ...] = ()
    if number == 2 or (profile.closed_loop is not None and number == profile.closed_loop.account):
        text = mask_pan(value)
    elif number == 55:
        text = f"{len(value) // 2} bytes"
        parts = _icc(value, profile.icc.script_results)
    elif rule is not None and number not in ALWAYS_MASKED and rule.shown_in(message.mti):
        text, parts = _split(value, rule)
    else:
        text = _hidden(len(value))
    return Shown(str(number), name, text, parts)


def _split(value: str, rule: FieldRule) -> tuple[str, tuple[Shown, ...]]:
    """What stands behind the parts that the profile knows is hidden."""
    if not rule.split:
        return value, ()
    parts, at = [], 0
    for name, width in rule.split.items():
        if value[at:]:
            parts.append(Shown("", name, value[at : at + width]))
        at += width
    return value[:at] + (_hidden(len(value[at:])) if value[at:] else ""), tuple(parts)


def _icc(value: str, results: str) -> tuple[Shown, ...]:
    try:
        objects = list(tlv.items(bytes.fromhex(value)))
    except ValueError:
        return (Shown("", "not TLV", ""),)
    own = {int(results, 16): "Issuer Script Results"} if results else {}
    return tuple(_tag(tag, content, own) for tag, content in objects)


def _tag(tag: int, content: bytes, own: dict[int, str]) -> Shown:
    known = DICTIONARY.get(tag)
    name = known.name if known else own.get(tag, "unknown")
    readable = tag in SHOWN_TAGS or tag in own
    text = content.hex().upper() if readable else _hidden(2 * len(content))
    return Shown(f"{tag:X}", name, text)


def _hidden(size: int) -> str:
    return MASK * size if size <= LONGEST_MASK else f"{MASK * 16} ({size} characters)"
