"""What a printer's status bytes mean (ESC/POS: DLE EOT n, GS r 1)."""

from __future__ import annotations

from typing import Final

from cardamom.values.health import Condition, Health, Part

ASK_STATUS: Final = b"\x10\x04\x01\x10\x04\x02\x10\x04\x04"
"""Printer, cause of offline, paper sensor: three bytes come back, in this order."""
ASK_PRINTED: Final = b"\x1dr\x01"
"""Answered in its turn, once everything before it is done."""

_OFFLINE: Final = 0x08
_COVER_OPEN: Final = 0x04
_PAPER_END_STOP: Final = 0x20
_ERROR: Final = 0x40
_PAPER_OUT: Final = 0x60
_PAPER_LOW: Final = 0x0C


def status_bytes(heard: bytes) -> bytes:
    """Those among the bytes that answer DLE EOT: bits 1 and 4 set, 0 and 7 clear."""
    return bytes(b for b in heard if b & 0x93 == 0x12)


def printed(heard: bytes) -> bool:
    """Whether an answer to GS r 1 is among the bytes: bits 4 and 7 clear."""
    return any(b & 0x90 == 0 for b in heard)


def health_of(status: bytes, name: str) -> Health:
    """Three status bytes as a state. Fewer are no answer: a mute printer is never taken for well.

    python-escpos calls a silent serial printer's paper adequate, so it is not asked.
    """
    condition, detail = _meaning(status)
    return Health(part=Part.PRINTER, condition=condition, detail=detail, name=name)


def _meaning(status: bytes) -> tuple[Condition, str]:
    if len(status) < 3:
        return Condition.ABSENT, "does not answer: check power, cable and, if serial, its speed"
    printer, cause, paper = status[:3]
    if paper & _PAPER_OUT or cause & _PAPER_END_STOP:
        return Condition.PAPER_OUT, "out of paper: put a new roll in and close the cover"
    if cause & _COVER_OPEN:
        return Condition.FAULT, "the cover is open: close it"
    if cause & _ERROR:
        return Condition.FAULT, "the printer reports an error: switch it off and on"
    if printer & _OFFLINE:
        return Condition.FAULT, "the printer is offline: press its feed key"
    if paper & _PAPER_LOW:
        return Condition.PAPER_LOW, "little paper left: have a new roll ready"
    return Condition.OK, ""
