"""Text as a receipt printer sets it: GB18030, ASCII one column wide, all else two."""

from __future__ import annotations

import unicodedata
from typing import Final

MISSING: Final = "？"
"""Stands for what no printer's font has."""

_TWINS: Final = {"¥": "￥", "£": "￡", "¢": "￠"}
"""Narrow signs that printers lack, and the wide ones of GB 2312 that they have."""


def printable(text: str) -> str:
    """`text` with nothing in it that a printer could take for a command or has no glyph for.

    White space becomes one blank, control and format characters go (a card's label is not to
    steer the printer), accents outside GB18030's two-byte set are dropped.
    """
    out = []
    for char in unicodedata.normalize("NFC", text):
        if " " <= char <= "~":
            out.append(char)
        elif char in "\t\r\n" or unicodedata.category(char)[0] == "Z":
            out.append(" ")
        elif unicodedata.category(char)[0] != "C":
            out.append(_glyph(_TWINS.get(char, char)))
    return "".join(out)


def columns(text: str) -> int:
    """Columns that printable `text` takes at normal width."""
    return sum(1 if char <= "~" else 2 for char in text)


def encode(text: str) -> bytes:
    """Printable `text` as GB18030."""
    return text.encode("gb18030")


def wrap(text: str, width: int) -> list[str]:
    """Printable `text` broken at blanks, or between wide characters, to lines of `width` columns.

    A word longer than a line is cut. At least one line; `width` is 2 or more.
    """
    lines = [""]
    for word in _words(text):
        if columns(lines[-1] + word.rstrip()) <= width:
            lines[-1] += word
            continue
        if lines[-1].strip():
            lines.append("")
        for char in word:
            if columns(lines[-1] + char) > width:
                lines.append("")
            lines[-1] += char
    return [line.strip() for line in lines]


def _words(text: str) -> list[str]:
    """Pieces that stay together, each with the blanks after it; a closing mark clings."""
    words: list[str] = []
    for char in text:
        last = words[-1] if words else ""
        joined = bool(last) and (
            char == " " or char in "。，、；：）" or (char <= "~" and "!" <= last[-1] <= "~")
        )
        if joined:
            words[-1] += char
        else:
            words.append(char)
    return words


def _glyph(char: str) -> str:
    try:
        if len(char.encode("gb18030")) <= 2:
            return char
    except UnicodeEncodeError:  # a lone surrogate
        return MISSING
    base = unicodedata.normalize("NFKD", char).encode("ascii", "ignore").decode()
    return "".join(c for c in base if c.isprintable()) or MISSING
