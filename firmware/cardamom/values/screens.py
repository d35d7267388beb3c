"""What each screen is to say. How it looks is ui/'s business.

Every field is a value that a translation can use; no words, no pixels.
"""

from __future__ import annotations

from dataclasses import dataclass

from cardamom.values.events import Reason
from cardamom.values.health import Health
from cardamom.values.money import Money


@dataclass(frozen=True, slots=True)
class Idle:
    """01: welcome, type an amount to start. `menu`: the F key opens one."""

    merchant: str
    menu: bool = False


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


@dataclass(frozen=True, slots=True)
class EnterPin:
    """07: `typed` digits so far; `last_try` and `wrong` change the line below the headline."""

    amount: Money
    typed: int
    seconds_left: int
    wrong: bool = False
    last_try: bool = False


@dataclass(frozen=True, slots=True)
class Authorising:
    """08: `waited_s` of `limit_s` seconds."""

    amount: Money
    waited_s: int
    limit_s: int


@dataclass(frozen=True, slots=True)
class Approved:
    """09 and 10: `sign` where the receipt must be signed; `printing` while a slip is under way.

    `refusable`: Cancel says that the signature does not match.
    """

    amount: Money
    auth_code: str | None
    sign: bool = False
    printing: bool = True
    refusable: bool = False


@dataclass(frozen=True, slots=True)
class Declined:
    """11: money not taken. `code` is the host's field 39, None where no host spoke.

    `another`: Enter tries the same amount with another card, Cancel leaves.
    """

    amount: Money
    reason: Reason
    code: str | None = None
    another: bool = False


@dataclass(frozen=True, slots=True)
class OutcomeUnknown:
    """12: a reversal is owed. Nothing here invites another charge. `printable`: F prints a slip."""

    amount: Money
    stan: int
    printable: bool = False


@dataclass(frozen=True, slots=True)
class ReversalPending:
    """13: `tries` so far, `next_in_s` seconds to the next (None: not scheduled)."""

    amount: Money
    stan: int
    tries: int
    next_in_s: int | None


@dataclass(frozen=True, slots=True)
class NotCompleted:
    """Ended before anything was asked (cancelled, card pulled, unreadable): no money moves."""

    amount: Money
    reason: Reason


@dataclass(frozen=True, slots=True)
class PaperOut:
    """14: `outcome` is Approved, Declined or None for the chip at the top."""

    amount: Money
    approved: bool


@dataclass(frozen=True, slots=True)
class RemoveCard:
    """16: the card is to be taken; `outcome` as it is known by now."""

    amount: Money
    outcome: str
    """approved, declined, unknown, or anything else for a payment that was not completed."""


@dataclass(frozen=True, slots=True)
class NotReady:
    """15: parts that stop the terminal from taking payment, worst first.

    `self_test`: the F key starts one.
    """

    parts: tuple[Health, ...]
    self_test: bool = False


Screen = (
    Idle
    | EnterAmount
    | PresentCard
    | Reading
    | ChooseApplication
    | EnterPin
    | Authorising
    | Approved
    | Declined
    | OutcomeUnknown
    | ReversalPending
    | NotCompleted
    | PaperOut
    | RemoveCard
    | NotReady
)


@dataclass(frozen=True, slots=True)
class StatusLine:
    """The strip at the top of every screen. `clock` is HH:MM local time."""

    link_ok: bool
    paper_ok: bool
    clock: str
    mode: str = "demo"
    """demo, training or production."""
