"""Tags in the field: a Type 2 storage tag, and a Type 4 tag's application."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Final

from cardamom.values.contactless import Tech

ULTRALIGHT: Final = 0x00
"""SAK."""
WRITE: Final = 0xA2
ACK: Final = b"\x0a"
"""Four bits (NFC Forum Type 2 Tag, 4.6)."""
TYPE_4: Final = bytes.fromhex("D2760000850101")


@dataclass(slots=True)
class Type2Tag:
    """Pages of 4 bytes; READ answers four of them, round the end (NFC Forum Type 2 Tag, 5.2)."""

    uid: bytes
    memory: bytes = field(repr=False)
    tech: Tech = Tech.A
    sak: int = ULTRALIGHT
    _active: bool = False
    _halted: bool = False

    def power_off(self) -> None:
        self._active = self._halted = False

    def request(self, *, wake: bool) -> bytes | None:
        if self._active or (self._halted and not wake):
            self._active = False
            return None
        return b"\x44\x00"

    def select(self, *, chosen: bool) -> None:
        self._active = chosen

    def hear(self, frame: bytes) -> bytes | None:
        if frame == b"\x50\x00":  # HLTA, for the tag that is selected
            self._active, self._halted = False, self._active or self._halted
            return None
        pages = len(self.memory) // 4
        if self._active and len(frame) == 6 and frame[0] == WRITE and 4 <= frame[1] < pages:
            at = frame[1] * 4
            self.memory = self.memory[:at] + frame[2:] + self.memory[at + 4 :]
            return ACK
        if not self._active or len(frame) != 2 or frame[0] != 0x30 or frame[1] >= pages:
            self._active = False
            return None
        twice = self.memory + self.memory
        return twice[frame[1] * 4 : frame[1] * 4 + 16]


def type_2(uid: bytes, message: bytes, size: int = 144) -> Type2Tag:
    """A tag of `size` data bytes that holds an NDEF message."""
    head = (
        bytes((3, len(message))) if len(message) < 0xFF else b"\x03\xff" + len(message).to_bytes(2)
    )
    data = (head + message + b"\xfe").ljust(size, b"\0")
    capability = bytes((0xE1, 0x10, size // 8, 0x00))
    return Type2Tag(uid, bytes(12) + capability + data)


class Type4Tag:
    """The application of a Type 4 tag that holds an NDEF message: `process` answers a command."""

    def __init__(self, message: bytes, *, longest: int = 59) -> None:
        self._files = {
            b"\xe1\x03": bytes.fromhex("000F20") + longest.to_bytes(2) + b"\x00\x34\x04\x06\xe1\x04"
            + (len(message) + 2).to_bytes(2) + b"\x00\xff",
            b"\xe1\x04": len(message).to_bytes(2) + message,
        }  # fmt: skip
        self._selected = False
        self._file: bytes | None = None

    def process(self, command: bytes) -> bytes:
        match command[:4].hex(), command[5:]:
            case "00a40400", body if body[:7] == TYPE_4:
                self._selected = True
                return b"\x90\x00"
            case "00a4000c", body if self._selected and body[:2] in self._files:
                self._file = self._files[body[:2]]
                return b"\x90\x00"
            case head, _ if head.startswith("00b0") and self._file is not None:
                at = int.from_bytes(command[2:4])
                return self._file[at : at + (command[4] or 256)] + b"\x90\x00"
        return b"\x6a\x82"
