"""ESC/POS bytes to commands, as they come off the wire. What is no command of ours is named."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final


@dataclass(frozen=True, slots=True)
class Token:
    """A command by name with its parameters; `text` and `unknown` carry the bytes themselves."""

    name: str
    data: bytes = b""


_LENGTHS: Final[dict[bytes, tuple[str, int]]] = {
    b"\x10\x04": ("DLE EOT", 1),
    b"\x1b@": ("ESC @", 0),
    b"\x1b2": ("ESC 2", 0),
    b"\x1b3": ("ESC 3", 1),
    b"\x1bJ": ("ESC J", 1),
    b"\x1bd": ("ESC d", 1),
    b"\x1ba": ("ESC a", 1),
    b"\x1b$": ("ESC $", 2),
    b"\x1c&": ("FS &", 0),
    b"\x1c.": ("FS .", 0),
    b"\x1d!": ("GS !", 1),
    b"\x1dB": ("GS B", 1),
    b"\x1dr": ("GS r", 1),
}
_LEADS: Final = {code[0] for code in _LENGTHS}


class Tokenizer:
    """Feed it bytes in any pieces; `tokens` gives each command once it is whole."""

    def __init__(self) -> None:
        self._buffer = b""

    def tokens(self, data: bytes) -> list[Token]:
        self._buffer += data
        found: list[Token] = []
        while self._buffer:
            token, size = self._next(self._buffer)
            if not size:
                break
            self._buffer = self._buffer[size:]
            if token:
                found.append(token)
        return found

    def clear(self) -> None:
        self._buffer = b""

    def _next(self, b: bytes) -> tuple[Token | None, int]:
        """The first command and its size; size 0 where more bytes are needed."""
        if b[0] >= 0x20:
            return _text(b)
        if b[0] in (0x0A, 0x0D):
            return (Token("LF") if b[0] == 0x0A else None), 1
        if b[0] not in _LEADS:
            return Token("unknown", b[:1]), 1
        if len(b) < 2:
            return None, 0
        if b[:2] == b"\x1dV":
            return _cut(b)
        if b[:2] == b"\x1dv":
            return _raster(b)
        if b[:2] not in _LENGTHS:
            return Token("unknown", b[:2]), 2
        name, size = _LENGTHS[b[:2]]
        return (Token(name, b[2 : 2 + size]), 2 + size) if len(b) >= 2 + size else (None, 0)


def _text(b: bytes) -> tuple[Token | None, int]:
    """One character: ASCII, or GB18030 of two or four bytes."""
    if b[0] < 0x80:
        return Token("text", b[:1]), 1
    if len(b) < 2:
        return None, 0
    size = 4 if 0x30 <= b[1] <= 0x39 else 2
    if b[1] < 0x30:
        return Token("unknown", b[:1]), 1
    return (Token("text", b[:size]), size) if len(b) >= size else (None, 0)


def _cut(b: bytes) -> tuple[Token | None, int]:
    """GS V m, or GS V m n for m of 65 and 66."""
    if len(b) < 3:
        return None, 0
    size = 4 if b[2] in (65, 66) else 3
    return (Token("GS V", b[2:size]), size) if len(b) >= size else (None, 0)


def _raster(b: bytes) -> tuple[Token | None, int]:
    """GS v 0 m xL xH yL yH d1...dk, k = x * y."""
    if len(b) < 8:
        return None, 0
    if b[2:3] != b"0":
        return Token("unknown", b[:3]), 3
    size = 8 + int.from_bytes(b[4:6], "little") * int.from_bytes(b[6:8], "little")
    return (Token("GS v 0", b[3:size]), size) if len(b) >= size else (None, 0)
