"""A message field by field, for people: what gives a card or a secret away is masked."""

from __future__ import annotations

from collections.abc import Iterator

from cardamom.engines import tlv
from cardamom.engines.iso8583.codec import Message
from cardamom.engines.iso8583.profile import Profile
from cardamom.values.secret import MASK, mask_pan

SHOWN_TAGS = frozenset(
    {0x9F26, 0x9F27, 0x9F10, 0x9F37, 0x9F36, 0x95, 0x9A, 0x9C, 0x9F02, 0x5F2A, 0x82, 0x9F1A, 0x9F03,
     0x9F33, 0x9F34, 0x9F35, 0x9F1E, 0x84, 0x9F09, 0x9F41, 0x8A, 0x91}
)  # fmt: skip
ALWAYS_MASKED = frozenset({2, 14, 34, 35, 36, 45, 52, 53, 55})
"""Whatever a profile says of them."""


def describe(message: Message, profile: Profile) -> Iterator[str]:
    """A line for the type, then one a field. Only what the profile marks `show` is readable; the
    card number shows its first 6 and last 4 digits, ICC data the tags that give no card away."""
    yield f"MTI  {message.mti}"
    for number in sorted(message.fields):
        rule = profile.fields.get(str(number))
        name = rule.name if rule else "unknown"
        readable = rule is not None and rule.show and number not in ALWAYS_MASKED
        yield f"{number:>3}  {_shown(number, message.fields[number], readable)}  {name}"
        if number == 55:
            yield from _icc(message.fields[number])


def _shown(number: int, value: str, readable: bool) -> str:
    if number == 2:
        return mask_pan(value)
    if number == 55:
        return f"{len(value) // 2} bytes"
    return value if readable else MASK * len(value)


def _icc(value: str) -> Iterator[str]:
    try:
        objects = list(tlv.items(bytes.fromhex(value)))
    except ValueError:
        yield "     not TLV"
        return
    for tag, content in objects:
        text = content.hex().upper() if tag in SHOWN_TAGS else MASK * (2 * len(content))
        yield f"     {tag:X} {text}"
