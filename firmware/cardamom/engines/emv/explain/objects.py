"""Names data objects and every bit and code in them.

Values are hex strings in upper case; a digit that masking hid is `*`, and what holds one is named
but not read.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Final

from cardamom.engines import tlv
from cardamom.engines.emv import dol
from cardamom.engines.emv.dictionary import DICTIONARY, LETTERS, TEMPLATES, Format
from cardamom.engines.emv.explain import values
from cardamom.engines.emv.masking import SENSITIVE, shown
from cardamom.texts.chip_bits import BITS
from cardamom.texts.chip_tags import CHINESE, ENGLISH
from cardamom.values.merchant import Language
from cardamom.values.secret import MASK

DOLS: Final = (0x8C, 0x8D, 0x97, 0x9F38, 0x9F49, 0x9F4F, 0x9F69)
TAG_LISTS: Final = (0x9F4A,)
UNKNOWN: Final = {Language.EN: "unknown object", Language.ZH: "未知对象"}


class DecodeError(ValueError):
    """The bytes are not what they are said to be. `at`: the first that does not fit, from 0."""

    def __init__(self, text: str, at: int) -> None:
        super().__init__(f"byte {at}: {text}")
        self.at = at


@dataclass(frozen=True, slots=True)
class Node:
    """An object: its tag as hex (empty for a bare value), its name, its value as hex, what the
    value says line by line, and what is inside it."""

    tag: str
    name: str
    value: str = field(repr=False)
    says: tuple[str, ...] = ()
    source: str = ""
    """Where the names of its bits stand."""
    inside: tuple[Node, ...] = ()


def name_of(tag: int, language: Language) -> str:
    """The object's name, in English where Chinese has none."""
    if language is Language.ZH and tag in CHINESE:
        return CHINESE[tag]
    if tag in DICTIONARY:
        return DICTIONARY[tag].name
    return TEMPLATES.get(tag) or ENGLISH.get(tag) or UNKNOWN[language]


def objects(text: str, language: Language, base: int = 0, depth: int = 0) -> tuple[Node, ...]:
    """A chain of data objects. Raises DecodeError naming the byte; `base` is its first byte's
    number."""
    if depth > tlv.MAX_DEPTH:
        raise DecodeError("templates are nested too deep", base)
    if not text.strip(MASK):
        return ()  # hidden whole: there is nothing to look into
    raw = bytes.fromhex(text.replace(MASK, "0"))
    found: list[Node] = []
    at = 0
    while at < len(raw):
        if raw[at] == 0x00 and MASK not in text[2 * at : 2 * at + 2]:
            at += 1
            continue
        start = at
        try:
            tag, at = tlv.read_tag(raw, at)
            length, at = tlv.read_length(raw, at)
        except tlv.TlvError as e:
            raise DecodeError(str(e), base + start) from None
        if at + length > len(raw):
            raise DecodeError(
                f"tag {tag:X} says {length} bytes, {len(raw) - at} are there", base + at
            )
        value = text[2 * at : 2 * (at + length)]
        found.append(_node(tag, value, language, base + at, depth))
        at += length
    return tuple(found)


def _node(tag: int, text: str, language: Language, base: int, depth: int) -> Node:
    name = name_of(tag, language)
    if tlv.is_constructed(tag):
        inside = objects(text, language, base, depth + 1)
        return Node(f"{tag:X}", name, text, inside=inside)
    return value_node(tag, text, language)


def value_node(tag: int, text: str, language: Language) -> Node:
    """One primitive object by its tag, what is secret hidden. Never raises: what does not fit its
    form says so."""
    name = name_of(tag, language)
    if MASK in text:
        return Node(f"{tag:X}", name, text)
    raw = bytes.fromhex(text)
    if tag in SENSITIVE:
        return Node(f"{tag:X}", name, shown(tag, raw))
    row = DICTIONARY.get(tag)
    source = BITS[tag].source if tag in BITS else ""
    says: list[str] = []
    if row is not None and not row.fits(raw):
        says.append(values.length_words(len(raw), row.least, row.most, language))
    says += values.READERS.get(tag, values.nothing)(raw, language)
    if tag in BITS:
        says += values.bits(BITS[tag], raw, language)
    inside: tuple[Node, ...] = ()
    if tag in DOLS or tag in TAG_LISTS:
        read = dol_entries if tag in DOLS else tag_entries
        try:
            inside = tuple(read(raw, language))
        except DecodeError as e:
            says.append(str(e))
    elif row is not None and not says:
        says += _plain(row.format, raw)
    return Node(f"{tag:X}", name, text, tuple(says), source, inside)


def dol_entries(raw: bytes, language: Language, base: int = 0) -> Iterator[Node]:
    """What a data object list asks for. Raises DecodeError."""
    at = 0
    while at < len(raw):
        tag, at = _read_tag(raw, at, base)
        if at >= len(raw):
            raise DecodeError("the list's last entry has no length", base + at)
        yield Node(f"{tag:X}", name_of(tag, language), "", (values.bytes_words(raw[at], language),))
        at += 1


def tag_entries(raw: bytes, language: Language, base: int = 0) -> Iterator[Node]:
    """The tags of a tag list. Raises DecodeError."""
    at = 0
    while at < len(raw):
        tag, at = _read_tag(raw, at, base)
        yield Node(f"{tag:X}", name_of(tag, language), "")


def _read_tag(raw: bytes, at: int, base: int) -> tuple[int, int]:
    """The tag that begins there, and where it ends. Raises DecodeError."""
    try:
        return tlv.read_tag(raw, at)
    except tlv.TlvError as e:
        raise DecodeError(str(e), base + at) from None


def listed(raw: bytes, sent: str, language: Language) -> tuple[Node, ...]:
    """The values that a command carries for a data object list; nothing where they do not fit."""
    nodes: list[Node] = []
    at = 0
    try:
        wanted = list(dol.entries(raw))
    except tlv.TlvError:
        return ()
    for tag, size in wanted:
        nodes.append(value_node(tag, sent[2 * at : 2 * (at + size)], language))
        at += size
    return tuple(nodes) if 2 * at == len(sent) else ()


def _plain(form: Format, raw: bytes) -> list[str]:
    """Text as text."""
    if form in LETTERS and raw and all(0x20 <= b < 0x7F for b in raw):
        return [f'"{raw.decode("ascii")}"']
    return []
