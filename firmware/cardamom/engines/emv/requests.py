"""What an EMV kernel asks of the world, and what it answers at the end.

A kernel is a generator of these requests: whatever it needs and cannot know at the start is one,
so a recorded transcript replays to the same TVR, TSI and cryptogram request on any machine.
"""

from __future__ import annotations

from collections.abc import Generator
from dataclasses import dataclass, field
from enum import Enum, IntEnum, StrEnum
from typing import Any

from cardamom.engines.apdu import Reply
from cardamom.values.events import Chip, CvmUsed, Reason
from cardamom.values.online import CardData, NoAnswer, NotSent, OnlineAnswer
from cardamom.values.secret import Pan, Pin, PinBlock
from cardamom.values.tags import Tags


@dataclass(frozen=True, slots=True)
class Transmit:
    """Send a command to the card. Answered with Reply; CardFault is thrown in. `then`: what will be
    asked next, one after the other, as long as each is answered 9000: it may be sent before."""

    apdu: bytes = field(repr=False)
    then: tuple[bytes, ...] = field(default=(), repr=False, compare=False)


@dataclass(frozen=True, slots=True)
class Application:
    """A candidate (EMV 4.4 Book 1, 12.3). `name` is what the customer reads."""

    aid: bytes
    name: str
    priority: int | None = None
    confirm: bool = False


@dataclass(frozen=True, slots=True)
class Choose:
    """Let the customer choose or confirm. Answered with Application, or None for Cancel.

    `language`: the customer's, of those the terminal speaks; empty where the card names none.
    """

    among: tuple[Application, ...]
    language: str = ""


class PinUse(StrEnum):
    OFFLINE_PLAINTEXT = "offline_plaintext"
    OFFLINE_ENCIPHERED = "offline_enciphered"
    ONLINE = "online"


class PinRefusal(StrEnum):
    """Why no PIN came."""

    BYPASSED = "bypassed"
    CANCELLED = "cancelled"
    TIMEOUT = "timeout"
    PAD_FAULT = "pad_fault"


@dataclass(frozen=True, slots=True)
class PadVerified:
    """A pinpad reader sent VERIFY itself; the PIN never reached us."""

    sw: int


@dataclass(frozen=True, slots=True)
class EnterPin:
    """Ask for the PIN. `tries` left as the card says (None: unknown), `wrong` after a failed one;
    `language` as in Choose.

    Answered with Pin, PinBlock, PadVerified or PinRefusal.
    """

    use: PinUse
    tries: int | None = None
    wrong: bool = False
    language: str = ""


@dataclass(frozen=True, slots=True)
class CardHistory:
    """What the terminal remembers of a card: minor units already spent below the floor limit in
    split sales (Book 3, 10.6.1), and whether the exception list holds it."""

    spent_minor: int = 0
    on_exception_list: bool = False


@dataclass(frozen=True, slots=True)
class Recall:
    """Ask what is known of the card. Answered with CardHistory."""

    pan: Pan
    psn: int | None


@dataclass(frozen=True, slots=True)
class Random:
    """Ask for random bytes."""

    size: int


@dataclass(frozen=True, slots=True)
class GoOnline:
    """Ask the issuer. Answered with OnlineAnswer, NotSent or NoAnswer.

    `tags`: every object the kernel holds; the acquirer profile picks. `chip`: the same for slips.
    `update`: the card has left, but will be asked for once more to be given what an approval brings
    for it: until then its scripts count as not performed.
    """

    card: CardData
    tags: Tags
    chip: Chip
    cvm: CvmUsed
    pin: Pin | PinBlock | None = None
    update: bool = False


Request = Transmit | Choose | EnterPin | Recall | Random | GoOnline
Answer = (
    Reply
    | Application
    | Pin
    | PinBlock
    | PadVerified
    | PinRefusal
    | CardHistory
    | bytes
    | OnlineAnswer
    | NotSent
    | NoAnswer
    | None
)


class Decision(Enum):
    """What became of it, from the card's side."""

    APPROVED = "approved"
    """A TC: at the second GENERATE AC, or offline at the first."""
    DECLINED = "declined"
    """An AAC, or the card failed after a GENERATE AC."""
    ENDED = "ended"
    """Terminated before a cryptogram: see `reason`."""


@dataclass(frozen=True, slots=True)
class Outcome:
    """The kernel's result."""

    decision: Decision
    reason: Reason | None = None
    """Why it was not approved."""
    card: CardData | None = None
    chip: Chip | None = None
    cvm: CvmUsed = CvmUsed.NONE
    went_online: bool = False
    """GoOnline was asked."""
    tags: Tags = field(default_factory=lambda: Tags({}))
    fallback: bool = False
    """The chip could not be used at all: another technology may be tried."""
    advice: bool = False
    """The card asks that its decision is told to the issuer (Book 3, 10.8)."""


Kernel = Generator[Request, Any, Outcome]


class TransactionType(IntEnum):
    """Tag 9C: the first two digits of ISO 8583:1987's processing code."""

    SALE = 0x00
    CASH = 0x01
    CASHBACK = 0x09
    CASH_DISBURSEMENT = 0x17
    REFUND = 0x20


@dataclass(frozen=True, slots=True)
class EmvOrder:
    """What is bought, as the kernel sees it. Dates are BCD as tags 9A (YYMMDD) and 9F21 (HHMMSS)
    hold them; amounts in minor units; codes three digits."""

    amount_minor: int
    currency: str
    """ISO 4217 numeric, three digits."""
    currency_exponent: int
    date: bytes
    time: bytes
    transaction_type: int = TransactionType.SALE
    other_minor: int = 0
    """Tag 9F03: the cash of a cashback, within `amount_minor`."""
    sequence: int = 1
    """Tag 9F41."""
    force_online: bool = False
    """The merchant wants the issuer asked (Book 3, 10.6)."""
