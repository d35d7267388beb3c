"""What goes wrong in Kernel 2, as its Error Indication says it (C-2, A.1: DF8115)."""

from __future__ import annotations

from enum import IntEnum
from typing import Final

from cardamom.engines.emv.contactless.outcome import Message
from cardamom.values.tags import Tags

ERROR_INDICATION: Final = 0xDF8115


class L1(IntEnum):
    OK = 0x00
    TIMEOUT = 0x01
    TRANSMISSION = 0x02
    PROTOCOL = 0x03


class L2(IntEnum):
    OK = 0x00
    CARD_DATA_MISSING = 0x01
    CAM_FAILED = 0x02
    STATUS_BYTES = 0x03
    PARSING_ERROR = 0x04
    MAX_LIMIT_EXCEEDED = 0x05
    CARD_DATA_ERROR = 0x06
    NO_STRIPE = 0x07
    """Magnetic stripe mode is not supported."""


class Broken(Exception):
    """The application ends here."""

    def __init__(self, error: L2, sw: int = 0) -> None:
        super().__init__(error.name)
        self.error = error
        self.sw = sw

    @property
    def indication(self) -> Tags:
        return indication(l2=self.error, sw=self.sw, message=Message.INSERT_SWIPE_OR_TRY_ANOTHER)


def indication(
    *, l1: L1 = L1.OK, l2: L2 = L2.OK, sw: int = 0, message: Message | None = None
) -> Tags:
    """Six bytes: level 1, level 2, level 3, status word, message on error (FF: none)."""
    shown = 0xFF if message is None else message
    return Tags({ERROR_INDICATION: bytes((l1, l2, 0)) + sw.to_bytes(2) + bytes((shown,))})
