"""Faults, by blame. A decline is a value, never one of these."""

from __future__ import annotations


class Fault(Exception):
    """Base; the text is one sentence without secrets: what went wrong, what to do."""


class CardFault(Fault):
    """The card or its reader broke off. `gone` when the card was pulled."""

    def __init__(self, text: str, *, gone: bool = False) -> None:
        super().__init__(text)
        self.gone = gone


class HostFault(Fault):
    """The host broke the protocol."""


class DeviceFault(Fault):
    """A device of ours does not do what it should."""


class JournalFault(Fault):
    """The journal cannot be written or read: no payment may be taken. `doubtful` False: it refused,
    and what was to be written is not there; otherwise it may be."""

    doubtful = True


class ReferenceUsed(JournalFault):
    """The caller's reference already names transaction `txn`: nothing was opened or written."""

    doubtful = False

    def __init__(self, txn: int) -> None:
        super().__init__(f"this reference was used for transaction {txn}: ask for its outcome")
        self.txn = txn


class LinkRefused(JournalFault):
    """What was asked may not be done to its original: nothing was opened or written.

    `reason`: a value of values.events.Reason.
    """

    doubtful = False

    def __init__(self, reason: str) -> None:
        super().__init__(f"the original does not allow it: {reason.replace('_', ' ')}")
        self.reason = reason


class SettingsError(Fault):
    """A setting is wrong; the text names file, key and allowed values."""
