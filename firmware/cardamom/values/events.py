"""Journal events: facts in the order they became known. Nothing here can hold a card secret."""

from __future__ import annotations

from datetime import datetime
from enum import StrEnum

import msgspec

from cardamom.values.money import Money
from cardamom.values.states import Step


class Kind(StrEnum):
    """What a transaction is."""

    SALE = "sale"


class Entry(StrEnum):
    """How the card or code was read."""

    CHIP = "chip"


class Verdict(StrEnum):
    """What the profile's code lists make of field 39."""

    APPROVED = "approved"
    PARTIAL = "partial"
    REFERRAL = "referral"
    DECLINED = "declined"


class CvmUsed(StrEnum):
    """How the cardholder was verified (EMV 4.4 Book 3, 10.5), as screens and slips name it."""

    NONE = "none"
    SIGNATURE = "signature"
    OFFLINE_PIN = "offline_pin"
    ONLINE_PIN = "online_pin"
    FAILED = "failed"


class Reason(StrEnum):
    """Why a transaction ended as it did, beyond the host's code; texts/ has the words."""

    CANCELLED = "cancelled"
    TIMEOUT = "timeout"
    CARD_PULLED = "card_pulled"
    CARD_ERROR = "card_error"
    CARD_BLOCKED = "card_blocked"
    NO_APPLICATION = "no_application"
    NOT_ACCEPTED = "not_accepted"
    PIN_CANCELLED = "pin_cancelled"
    PIN_TIMEOUT = "pin_timeout"
    CARD_DECLINED = "card_declined"
    HOST_DECLINED = "host_declined"
    REFERRAL = "referral"
    PARTIAL_NOT_ASKED = "partial_not_asked"
    NO_HOST = "no_host"
    NO_ANSWER = "no_answer"
    BAD_ANSWER = "bad_answer"
    RESTARTED = "restarted"
    FAULT = "fault"


class Chip(msgspec.Struct, frozen=True, kw_only=True):
    """What slips and support need of a chip transaction; hex strings in upper case."""

    aid: str
    label: str
    cryptogram: str = ""
    cid: str = ""
    """Cryptogram Information Data, tag 9F27."""
    tvr: str
    tsi: str
    cvm_results: str = ""
    arc: str = ""
    atc: str = ""


class Event(msgspec.Struct, frozen=True, kw_only=True, tag_field="type"):
    """Base of all; `at` is UTC with offset."""

    at: datetime


class Started(Event, frozen=True, kw_only=True, tag="started"):
    """What was asked for. Always the first event of a transaction, in the commit of the second."""

    kind: Kind
    amount: Money
    batch: int
    terminal_id: str
    merchant_id: str
    operator: str
    reference: str | None = None


class CardRead(Event, frozen=True, kw_only=True, tag="card_read"):
    """The card that was read: masked number, how, issuer name where the card tells it."""

    entry: Entry
    card: str
    issuer: str | None = None
    chip: Chip | None = None
    sealed: str | None = None
    """SHA-256 of the sealed card data in the side table, hex."""


class Intent(Event, frozen=True, kw_only=True, tag="intent"):
    """About to ask the host: durable before the first byte leaves. Arms the reversal."""

    stan: int
    host: str

    @property
    def step(self) -> Step:
        return Step.INTENT


class NotSent(Event, frozen=True, kw_only=True, tag="not_sent"):
    """Provably no byte of the request left."""

    why: str

    @property
    def step(self) -> Step:
        return Step.NOT_SENT


class NoAnswer(Event, frozen=True, kw_only=True, tag="no_answer"):
    """A byte may have left and no valid answer came: a reversal is owed."""

    reason: Reason
    why: str

    @property
    def step(self) -> Step:
        return Step.NO_ANSWER


class HostAnswer(Event, frozen=True, kw_only=True, tag="host_answer"):
    """The host's answer; durable before the card is told."""

    verdict: Verdict
    code: str
    auth_code: str | None = None
    rrn: str | None = None
    host_time: str | None = None
    """Fields 13 and 12 as the host gave them, `MMDDhhmmss`."""
    contact: bool = True

    @property
    def step(self) -> Step:
        if self.verdict is Verdict.PARTIAL:
            return Step.HOST_MISMATCH
        if self.verdict is not Verdict.APPROVED:
            return Step.HOST_DECLINE
        return Step.HOST_APPROVE_CONTACT if self.contact else Step.HOST_APPROVE


class CardResult(Event, frozen=True, kw_only=True, tag="card_result"):
    """The card's last word."""

    accepted: bool
    """It gave a TC."""
    reason: Reason | None = None
    cvm: CvmUsed
    chip: Chip | None = None
    first: bool = False
    """Decided at the first GENERATE AC: no request was ever made."""

    @property
    def step(self) -> Step:
        if self.first:
            return Step.CARD_DECLINE
        return Step.CARD_TC if self.accepted else Step.CARD_REFUSED


class Withdrawn(Event, frozen=True, kw_only=True, tag="withdrawn"):
    """Ended before any request."""

    reason: Reason

    @property
    def step(self) -> Step:
        return Step.WITHDRAW


class Restarted(Event, frozen=True, kw_only=True, tag="restarted"):
    """The daemon came up and found the transaction unfinished."""

    @property
    def step(self) -> Step:
        return Step.RESTART


class ReceiptOwed(Event, frozen=True, kw_only=True, tag="receipt_owed"):
    """Slips still to print, in the commit of the outcome."""

    copies: tuple[str, ...]


class ReceiptPrinted(Event, frozen=True, kw_only=True, tag="receipt_printed"):
    """The paper is out."""

    copies: tuple[str, ...]


class CardDataErased(Event, frozen=True, kw_only=True, tag="card_data_erased"):
    """The data key of the sealed card data was destroyed, in this commit."""

    sealed: str
    """The digest that CardRead gave it."""


AnyEvent = (
    Started
    | CardRead
    | Intent
    | NotSent
    | NoAnswer
    | HostAnswer
    | CardResult
    | Withdrawn
    | Restarted
    | ReceiptOwed
    | ReceiptPrinted
    | CardDataErased
)
"""What can happen to a transaction."""


class Migrated(Event, frozen=True, kw_only=True, tag="migrated"):
    """Newer firmware brought the journal to a newer schema."""

    from_schema: int
    to_schema: int
    firmware: str


TerminalEvent = Migrated
"""What happens to the terminal itself; such events stand in the chain beside the transactions."""
