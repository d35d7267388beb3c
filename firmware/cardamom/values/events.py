"""Journal events: facts in the order they became known. Nothing here can hold a card secret."""

from __future__ import annotations

from datetime import datetime
from enum import StrEnum

import msgspec

from cardamom.values.kinds import Kind
from cardamom.values.money import Money
from cardamom.values.reasons import Reason as Reason  # noqa: PLC0414 read as one of these
from cardamom.values.states import Recourse, Step


class Entry(StrEnum):
    """How the card or code was read."""

    CHIP = "chip"
    CONTACTLESS = "contactless"
    ORIGINAL = "original"
    """Not read: the original transaction's card data serves."""
    TAG = "tag"
    """A closed-loop card's signed record."""
    UID = "uid"
    """A tag's UID alone, which proves nothing."""


class Tender(StrEnum):
    """What is paid with."""

    BANK = "bank"
    CLOSED_LOOP = "closed_loop"
    """The merchant's own cards."""


class Verdict(StrEnum):
    """What the profile's code lists make of field 39."""

    APPROVED = "approved"
    PARTIAL = "partial"
    REFERRAL = "referral"
    DECLINED = "declined"
    AGAIN = "again"
    """To a follow-up message: not now; it is sent again."""


class CvmUsed(StrEnum):
    """How the cardholder was verified (EMV 4.4 Book 3, 10.5), as screens and slips name it."""

    NONE = "none"
    SIGNATURE = "signature"
    OFFLINE_PIN = "offline_pin"
    ONLINE_PIN = "online_pin"
    DEVICE = "device"
    """The customer's own device did it: code, finger or face."""
    FAILED = "failed"


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
    icc: str = ""
    """What later messages may need in field 55, as TLV; never number, track or expiry."""


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
    original: int | None = None
    """The transaction that this one undoes, where its kind needs one."""


class CardRead(Event, frozen=True, kw_only=True, tag="card_read"):
    """The card that was read: masked number, how, issuer name where the card tells it."""

    entry: Entry
    card: str
    tender: Tender = Tender.BANK
    issuer: str | None = None
    chip: Chip | None = None
    cvm: CvmUsed | None = None
    """How the cardholder was or is verified, where no word of the card follows that says it: of a
    tap."""
    sealed: str | None = None
    """SHA-256 of the sealed card data in the side table, hex."""
    card_hash: str | None = None
    """Keyed hash of the number, hex: tells the same card again after its data was erased. Given by
    the journal when it seals."""


class Transcript(Event, frozen=True, kw_only=True, tag="transcript"):
    """What card and terminal said since the last event, masked and packed
    (engines/emv/transcript.py). Decides nothing: it is read by `cardamom explain`."""

    steps: str


class Intent(Event, frozen=True, kw_only=True, tag="intent"):
    """About to ask the host: durable before the first byte leaves. Arms the reversal.

    `stan` 0 and `ksn` empty are given by the journal in the commit."""

    stan: int
    host: str
    recourse: Recourse = Recourse.REVERSE
    ksn: str = ""
    """Key serial number of the DUKPT key that the message takes, hex; empty without DUKPT."""

    @property
    def step(self) -> Step:
        return Step.INTENT


class NotSent(Event, frozen=True, kw_only=True, tag="not_sent"):
    """Provably no byte of the request left."""

    why: str
    cardless: bool = False
    """No card waits to be told: this is the end."""
    reason: Reason = Reason.NO_HOST
    """Why it is declined, where the card does not approve it alone."""

    @property
    def step(self) -> Step:
        return Step.NOT_SENT_CARDLESS if self.cardless else Step.NOT_SENT


class NoAnswer(Event, frozen=True, kw_only=True, tag="no_answer"):
    """A byte may have left and no valid answer came: what follows is the intent's recourse."""

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
    balance: Money | None = None
    """What is left on the account, where the host tells it."""
    contact: bool = True

    @property
    def step(self) -> Step:
        if self.verdict is Verdict.PARTIAL:
            return Step.HOST_MISMATCH
        if self.verdict is not Verdict.APPROVED:
            return Step.HOST_DECLINE
        return Step.HOST_APPROVE_CONTACT if self.contact else Step.HOST_APPROVE


class CardResult(Event, frozen=True, kw_only=True, tag="card_result"):
    """The card's last word; `accepted`: it gave a TC."""

    accepted: bool
    reason: Reason | None = None
    cvm: CvmUsed
    chip: Chip | None = None
    first: bool = False
    """Decided at the first GENERATE AC: no request was ever made."""

    @property
    def step(self) -> Step:
        if self.first:
            return Step.CARD_OFFLINE if self.accepted else Step.CARD_DECLINE
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


class FollowUp(Event, frozen=True, kw_only=True):
    """About to send a message that a transaction owes: durable before its first byte leaves.

    `stan` 0 takes the next in the first attempt; a later attempt keeps the first one's. `ksn` as
    Intent's: a rebuilt message takes the next key.
    """

    host: str
    stan: int = 0
    ksn: str = ""


class QuerySent(FollowUp, frozen=True, kw_only=True, tag="query_sent"):
    """About to ask what became of a request."""


class QueryAnswer(Event, frozen=True, kw_only=True, tag="query_answer"):
    """What the host says; `approved` False: it knows of no approval, or could not be asked."""

    approved: bool
    code: str | None = None
    auth_code: str | None = None
    rrn: str | None = None
    host_time: str | None = None

    @property
    def step(self) -> Step:
        return Step.QUERY_APPROVED if self.approved else Step.QUERY_OTHER


class RepeatSent(FollowUp, frozen=True, kw_only=True, tag="repeat_sent"):
    """About to send an unanswered request again, unchanged, with the request's own trace number."""


class ReversalSent(FollowUp, frozen=True, kw_only=True, tag="reversal_sent"):
    """About to ask the host to undo the request."""


class ReversalAnswered(Event, frozen=True, kw_only=True, tag="reversal_answered"):
    """A believable answer. Not `done`: the host refuses, and it is asked again."""

    done: bool
    code: str

    @property
    def step(self) -> Step | None:
        return Step.REVERSAL_DONE if self.done else None


class RepeatRefused(Event, frozen=True, kw_only=True, tag="repeat_refused"):
    """The answer to a repeat or an advice decides nothing (a code to try again, another amount)."""

    code: str


class Parked(Event, frozen=True, kw_only=True, tag="parked"):
    """Refused too often: an alarm until a supervisor closes it."""

    why: str

    @property
    def step(self) -> Step:
        return Step.PARK


class Closed(Event, frozen=True, kw_only=True, tag="closed"):
    """A supervisor has asked the host by other means."""

    operator: str
    host_reference: str
    """How the host names what it told."""
    taken: bool
    """The host holds the money as moved."""

    @property
    def step(self) -> Step:
        return Step.CLOSE


class LateAnswer(Event, frozen=True, kw_only=True, tag="late_answer"):
    """The request's answer came after its time. Journalled, and changes nothing."""

    code: str
    rrn: str | None = None
    auth_code: str | None = None


class AdviceSent(FollowUp, frozen=True, kw_only=True, tag="advice_sent"):
    """About to tell the host of an offline approval."""


class AdviceAnswered(Event, frozen=True, kw_only=True, tag="advice_answered"):
    """A believable answer that decides: taken, or refused for good."""

    taken: bool
    code: str
    rrn: str | None = None

    @property
    def step(self) -> Step:
        return Step.ADVICE_TAKEN if self.taken else Step.ADVICE_REFUSED


class ScriptOwed(Event, frozen=True, kw_only=True, tag="script_owed"):
    """Issuer scripts were run, or are to be: the host is to be told how. `results` hex, EMV 4.4
    Book 4, A5. A later one replaces it."""

    results: str


class ScriptSent(FollowUp, frozen=True, kw_only=True, tag="script_sent"):
    """About to tell the script results."""


class ScriptAnswered(Event, frozen=True, kw_only=True, tag="script_answered"):
    """The host has them, or refuses them for good: not owed any more."""

    code: str


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
    Started | CardRead | Transcript | Intent | NotSent | NoAnswer | HostAnswer | CardResult
    | Withdrawn | Restarted | QuerySent | QueryAnswer | RepeatSent | RepeatRefused | ReversalSent
    | ReversalAnswered | Parked | Closed | LateAnswer | AdviceSent | AdviceAnswered | ScriptOwed
    | ScriptSent | ScriptAnswered | ReceiptOwed | ReceiptPrinted | CardDataErased
)  # fmt: skip
"""What can happen to a transaction."""
