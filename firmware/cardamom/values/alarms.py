"""What a person must see to: shown until it is over, in words that say what to do."""

from __future__ import annotations

from enum import StrEnum
from typing import Final

import msgspec


class Cause(StrEnum):
    """Why there is an alarm; texts/ has the words, worst first."""

    TAMPER = "tamper"
    """The case was opened and the keys are erased: a technician has to commission it anew."""
    CLONED = "cloned"
    """This journal was copied from another board, or restored: keys must be injected again."""
    KEY_LOST = "key_lost"
    """The journal key, or the keys of payment, are not at hand."""
    KEYS_EXHAUSTED = "keys_exhausted"
    """The DUKPT keys are used up."""
    DISK_FULL = "disk_full"
    """The journal has no room for another payment."""
    CLOCK = "clock"
    """The clock is before the journal's last event or the build date."""
    BATCH_FULL = "batch_full"
    """Settle first."""
    DISK = "disk"
    """The journal's file system is nearly full."""
    DISK_WORN = "disk_worn"
    """The card or disk that holds the journal is near the end of its writing life."""
    PARKED = "parked"
    """The host refuses a reversal: a supervisor asks the host and closes it."""
    ADVICE_REFUSED = "advice_refused"
    """The host refuses an offline approval."""
    OWED_LONG = "owed_long"
    """Something has waited for the host for hours: a reversal, a query, an advice."""
    CERTIFICATE_UNUSABLE = "certificate_unusable"
    """No connection can be made with the terminal's own certificate, key or list of CAs."""
    CERTIFICATE_REFUSED = "certificate_refused"
    """The host does not take the renewed certificate; the one before it stays in use."""
    CERTIFICATE_ENDED = "certificate_ended"
    """The terminal's own certificate is past its end: no host takes it; offline sales go on."""
    UNDER_VOLTAGE = "under_voltage"
    """The board's supply sags."""
    USB_REFUSED = "usb_refused"
    """Something is plugged into USB that the terminal does not know."""
    HOT = "hot"
    """The processor is so warm that it is slowed down."""
    CERTIFICATE_WEEK = "certificate_week"
    """The terminal's own certificate has a week left, or less."""
    KEYS_FEW = "keys_few"
    """The DUKPT keys are nearly used up."""
    AUTHORITY_ENDS = "authority_ends"
    """The CA that vouches for the host has 30 days left, or less."""
    OFFLINE_LIMIT = "offline_limit"
    """Offline approvals are at their cap; online payment goes on."""
    CERTIFICATE_MONTH = "certificate_month"
    """The terminal's own certificate has 30 days left, or less."""
    CARD_KEYS_END = "card_keys_end"
    """A card scheme's CA public key has 30 days left, or less, or is past its end."""


FEW_KEYS: Final = 1000
"""DUKPT keys: as many as a busy terminal uses in two days or three."""

MAKE_ROOM: Final = "`journalctl --vacuum-size=50M`, `apt-get clean`"
"""What frees the journal's disk."""

BLOCKING: Final = frozenset(
    {
        Cause.TAMPER,
        Cause.CLONED,
        Cause.KEY_LOST,
        Cause.KEYS_EXHAUSTED,
        Cause.DISK_FULL,
        Cause.BATCH_FULL,
    }
)
"""No payment is taken while one of these lasts."""


class Alarm(msgspec.Struct, frozen=True, kw_only=True):
    """`count` things of one cause. `detail`: an English sentence for log and `status`: what, and
    what to do."""

    cause: Cause
    count: int = 1
    detail: str = ""

    @property
    def blocks(self) -> bool:
        return self.cause in BLOCKING
