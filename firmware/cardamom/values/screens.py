"""What each screen is to say, as values that a translation can use: no words, no pixels."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from cardamom.values.account_screens import BatchFull, NothingToReprint, OwedList, ReportShown
from cardamom.values.alarms import Cause
from cardamom.values.events import Reason
from cardamom.values.health import Health
from cardamom.values.kinds import Kind
from cardamom.values.member_screens import MemberScreen
from cardamom.values.merchant import Language
from cardamom.values.money import Money
from cardamom.values.notices import (
    AlarmShown,
    KeysUnopened,
    OtherReader,
    SettingsRefused,
    Stopping,
)
from cardamom.values.operations import Operation
from cardamom.values.prompts import Prompt
from cardamom.values.setup_screens import SetupScreen
from cardamom.values.totals import Totals
from cardamom.values.trial_screens import TrialScreen


class SupportSeen(StrEnum):
    """What the merchant sees of support's visits over SSH."""

    HERE = "here"
    LEFT = "left"
    """Not long ago."""


@dataclass(frozen=True, slots=True)
class Idle:
    """01: welcome, type an amount to start. `menu`: the F key opens one. `alarm`: the worst thing
    that a person must see to, of `alarms` in all. `support` is said where there is no alarm; the
    status line says it beside one."""

    merchant: str
    menu: bool = False
    alarm: Cause | None = None
    alarms: int = 0
    support: SupportSeen | None = None


@dataclass(frozen=True, slots=True)
class EnterAmount:
    """02: `amount` is what was typed so far (may be zero); `limit` the most a sale may be.

    `refused` is set for the moment after Enter on zero or a digit past the limit.
    """

    amount: Money
    limit: Money
    refused: bool = False


@dataclass(frozen=True, slots=True)
class PresentCard:
    """03: `ways` that this terminal can take now, in order: tap, insert, swipe, scan."""

    amount: Money
    ways: tuple[str, ...] = ("insert",)
    retry: Reason | None = None
    """Why the last try failed, where the card may be presented again."""


@dataclass(frozen=True, slots=True)
class Reading:
    """04: the chip is being read; leave the card in."""

    amount: Money
    contact: bool = True


@dataclass(frozen=True, slots=True)
class ChooseApplication:
    """06: `names` in priority order, `selected` the row under the pointer."""

    amount: Money
    names: tuple[str, ...]
    selected: int = 0
    language: Language | None = None
    """The customer's, as the card says; None for the terminal's."""


@dataclass(frozen=True, slots=True)
class EnterPin:
    """07: `typed` digits so far; `last_try` and `wrong` change the line below the headline."""

    amount: Money
    typed: int
    seconds_left: int
    wrong: bool = False
    last_try: bool = False
    language: Language | None = None
    """As in ChooseApplication."""


@dataclass(frozen=True, slots=True)
class Authorising:
    """08: `waited_s` of `limit_s` seconds."""

    amount: Money
    waited_s: int
    limit_s: int


@dataclass(frozen=True, slots=True)
class Approved:
    """09 and 10: `sign` where the receipt must be signed; `printing` while a slip is under way.

    `refusable`: Cancel says that the signature does not match. `offline`: by the card alone, the
    host is told later. `ended`: Enter leaves; until then no key does anything. `balance`: left.
    """

    amount: Money
    auth_code: str | None
    sign: bool = False
    printing: bool = True
    refusable: bool = False
    offline: bool = False
    ended: bool = True
    kind: Kind = Kind.SALE
    balance: Money | None = None


@dataclass(frozen=True, slots=True)
class PresentAgain:
    """09: paid, and the card is asked for once more, to be given what its issuer sent. `reading`:
    it is there. `other`: the one that was held up did not pay. Cancel passes over it."""

    amount: Money
    seconds_left: int
    reading: bool = False
    other: bool = False
    kind: Kind = Kind.SALE


@dataclass(frozen=True, slots=True)
class Declined:
    """11: money not taken. `code` is the host's field 39, None where no host spoke.

    `another`: Enter tries the same amount with another card, Cancel leaves. `ended` as Approved's.
    """

    amount: Money
    reason: Reason
    code: str | None = None
    another: bool = False
    ended: bool = True
    kind: Kind = Kind.SALE


@dataclass(frozen=True, slots=True)
class OutcomeUnknown:
    """12: nobody knows whether money moved. Nothing here invites another charge. `printable`: F
    prints a slip. `asking`: the host is being asked, and no key does anything. `reversing`: not
    completed, being cancelled; Enter shows how far that is (ReversalPending)."""

    amount: Money
    stan: int
    printable: bool = False
    asking: bool = False
    reversing: bool = False
    kind: Kind = Kind.SALE


@dataclass(frozen=True, slots=True)
class ReversalPending:
    """13: `tries` so far, `next_in_s` seconds to the next (None: not scheduled)."""

    amount: Money
    stan: int
    tries: int
    next_in_s: int | None
    kind: Kind = Kind.SALE


@dataclass(frozen=True, slots=True)
class NotCompleted:
    """Ended before anything was asked (cancelled, card pulled, unreadable): no money moves."""

    amount: Money
    reason: Reason
    kind: Kind = Kind.SALE
    prompt: Prompt | None = None
    """One of NEXT_STEPS, where the card is at fault."""


@dataclass(frozen=True, slots=True)
class PaperOut:
    """14: `outcome` is Approved, Declined or None for the chip at the top."""

    amount: Money
    approved: bool
    kind: Kind = Kind.SALE


@dataclass(frozen=True, slots=True)
class RemoveCard:
    """16: the card is to be taken; `outcome` as it is known by now."""

    amount: Money
    outcome: str
    """approved, declined, unknown, or anything else for a payment that was not completed."""
    kind: Kind = Kind.SALE


@dataclass(frozen=True, slots=True)
class NotReady:
    """15: parts that stop the terminal from taking payment, worst first. `self_test`: the F key
    starts one."""

    parts: tuple[Health, ...]
    self_test: bool = False


@dataclass(frozen=True, slots=True)
class Menu:
    """17: what can be asked for, four rows a page; `selected` the row under the pointer. `waiting`:
    how many items Operation.OWED would list."""

    items: tuple[Operation, ...]
    selected: int = 0
    waiting: int = 0


@dataclass(frozen=True, slots=True)
class FindOriginal:
    """The trace number of the sale to void or refund; `typed` up to six digits. `refused`: why the
    last one will not do. Cancel leaves, Clear takes a digit back."""

    kind: Kind
    typed: str = ""
    refused: Reason | None = None


@dataclass(frozen=True, slots=True)
class ShowOriginal:
    """The sale that was found; Enter goes on, Cancel leaves. `amount`: what a void takes back or a
    refund may give back at most. With `refused` it only tells why not."""

    kind: Kind
    original: Money
    amount: Money
    stan: int
    card: str | None
    at: datetime
    """The merchant's wall clock."""
    refused: Reason | None = None


@dataclass(frozen=True, slots=True)
class RefundAmount:
    """How much of a sale to give back: `left` is the most. `refused` as EnterAmount's."""

    amount: Money
    left: Money
    refused: bool = False


@dataclass(frozen=True, slots=True)
class EnterPasscode:
    """The supervisor's passcode, as stars. `wait_s`: after wrong ones nothing is taken until
    then."""

    operation: Operation
    typed: int = 0
    wrong: bool = False
    wait_s: int = 0


class SettleStep(StrEnum):
    """19: where a settlement stands, in order."""

    DELIVER = "deliver"
    """What is owed to the host goes out first."""
    TOTALS = "totals"
    UPLOAD = "upload"
    PRINT = "print"


@dataclass(frozen=True, slots=True)
class Settling:
    """19: nothing new is taken meanwhile. `done` of `of` records while they are uploaded.

    `waiting`: the host does not answer now, it goes on by itself; `code` where the host refuses.
    """

    batch: int
    step: SettleStep
    done: int = 0
    of: int = 0
    waiting: bool = False
    code: str | None = None


@dataclass(frozen=True, slots=True)
class Settled:
    """The batch is closed; `totals` a row a currency, empty for an empty batch."""

    batch: int
    totals: tuple[Totals, ...]
    uploaded: int = 0
    """Records that the host was given because its totals differed."""


class SettleRefusal(StrEnum):
    """Why a batch cannot be settled now."""

    OPEN = "open"
    """Outcomes are unknown: they end by themselves."""
    OWED = "owed"
    """The host is still to be told of offline approvals."""
    PARKED = "parked"
    """Items wait for a supervisor, who closes them or settles over them."""
    NO_HOST = "no_host"


@dataclass(frozen=True, slots=True)
class SettlementRefused:
    """Nothing was begun. `count` transactions are in the way. PARKED: Enter asks for the
    supervisor's passcode and goes on."""

    why: SettleRefusal
    count: int = 0


DeskScreen = (
    Menu
    | FindOriginal
    | ShowOriginal
    | RefundAmount
    | EnterPasscode
    | Settling
    | Settled
    | SettlementRefused
    | ReportShown
    | OwedList
    | BatchFull
    | NothingToReprint
)
"""What people ask for beside a sale."""

Screen = (
    Idle
    | EnterAmount
    | PresentCard
    | Reading
    | ChooseApplication
    | EnterPin
    | Authorising
    | Approved
    | PresentAgain
    | Declined
    | OutcomeUnknown
    | ReversalPending
    | NotCompleted
    | PaperOut
    | RemoveCard
    | NotReady
    | DeskScreen
    | TrialScreen
    | MemberScreen
    | SetupScreen
    | AlarmShown
    | OtherReader
    | SettingsRefused
    | KeysUnopened
    | Stopping
)


@dataclass(frozen=True, slots=True)
class StatusLine:
    """The strip at the top of every screen. `clock` is HH:MM local time."""

    link_ok: bool
    paper_ok: bool
    clock: str
    mode: str = "demo"
    """demo, training or production."""
    owed: int = 0
    """Messages that the host is still to be sent."""
    alarm: bool = False
    """A person must see to something; the idle screen says to what."""
    support: bool = False
    """Somebody of support is logged in."""
