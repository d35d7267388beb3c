"""What flows and duties need of the world. Adapters implement these; the daemon wires them."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import datetime
from typing import TYPE_CHECKING, Protocol

from cardamom.engines.emv.contactless.outcome import Status
from cardamom.engines.emv.contactless.torn import TornLog
from cardamom.engines.emv.requests import PadVerified, PinRefusal
from cardamom.engines.keys.session import SessionKeys
from cardamom.engines.keys.working import WorkingKeys
from cardamom.tag_ports import Tag
from cardamom.values.batch import Book
from cardamom.values.board import BoardReading
from cardamom.values.contactless import ManyCards, Tech
from cardamom.values.events import AnyEvent
from cardamom.values.health import Health
from cardamom.values.keys import Key
from cardamom.values.online import (
    CardData,
    HostTraits,
    OnlineRequest,
    OnlineResult,
    TotalsRequest,
)
from cardamom.values.record import Record
from cardamom.values.report import Report
from cardamom.values.screens import Screen, StatusLine
from cardamom.values.secret import Pan
from cardamom.values.states import State
from cardamom.values.terminal_events import TerminalEvent

if TYPE_CHECKING:
    from PIL.Image import Image  # a heavy import that only the panel needs


class Device(Protocol):
    """Every device port carries these two."""

    def state(self) -> Health:
        """The last known state; never blocks."""
        ...

    async def check(self) -> Health:
        """Looks at the device now, reopening it where it was lost; never raises."""
        ...


class Board(Protocol):
    async def read(self) -> BoardReading:
        """What the board's sensors say now; never raises. None stands for a sensor that it lacks or
        that does not answer."""
        ...


class Reply(Protocol):
    """A card's answer: data, status word (0..FFFF), microseconds from command to answer."""

    @property
    def data(self) -> bytes: ...
    @property
    def sw(self) -> int: ...
    @property
    def took_us(self) -> int: ...


class Card(Protocol):
    """A card that has been powered. Every method raises CardFault when it is gone."""

    @property
    def atr(self) -> bytes: ...

    async def transmit(self, command: bytes) -> Reply:
        """One command APDU (ISO 7816-4, short or extended) to its final answer: 61xx and 6Cxx of
        T=0 are resolved below this port."""
        ...

    @property
    def pad(self) -> PinPad | None:
        """Where the customer types a plaintext offline PIN, if not on the terminal's keypad."""
        ...

    async def removed(self) -> None:
        """Returns once the card has left the reader."""
        ...

    async def close(self) -> None:
        """Powers the card off; never raises."""
        ...


class PinPad(Protocol):
    """Keys of the reader's own, which send the card VERIFY: the PIN never reaches us."""

    async def verify(self, *, seconds: int, language: str) -> PadVerified | PinRefusal:
        """Asks for the PIN and has the card check it. `language`: two letters. PAD_FAULT where the
        reader has no keys. Raises CardFault. Nothing else may use the card meanwhile."""
        ...


class CardReader(Device, Protocol):
    async def inserted(self) -> Card:
        """Waits for a card and powers it. Raises DeviceFault when the reader goes away, CardFault
        when a card answers no reset. Cancelling only stops the wait."""
        ...


class TapCard(Card, Protocol):
    """A card or phone in the field that speaks ISO/IEC 14443-4. `atr` is made of what it said when
    it was activated (PC/SC part 3, 3.1.3.2.3.1). A CardFault from `transmit` has `gone` set where
    the card fell silent: on this interface that is what leaving looks like.
    """

    @property
    def tech(self) -> Tech: ...

    @property
    def uid(self) -> bytes:
        """UID of type A, PUPI of type B. A phone makes up another each time."""
        ...

    def announce(self, commands: Sequence[bytes]) -> None:
        """What will be sent behind the next command, one after the other, as long as each is
        answered 9000. The reader may send it before it is asked to; what nobody asks for in the end
        is dropped, so it must change nothing in the card."""
        ...


class ContactlessReader(Device, Protocol):
    async def presented(self) -> TapCard | Tag | ManyCards:
        """Switches the field on, polls for types A and B and activates the card that comes alone.
        What was in the field before is polled anew, so a card that stays is presented again. Raises
        DeviceFault when the reader is lost and cannot be brought back, CardFault when the card
        leaves or breaks off while it is activated. Cancelling stops the wait and switches the
        field off."""
        ...

    async def empty(self) -> None:
        """Returns once nothing answers in the field any more."""
        ...

    async def field(self, *, on: bool) -> None:
        """Switches the field; `on` does not poll. Off resets whatever card is there. Raises
        DeviceFault."""
        ...


class Signals(Protocol):
    """Lights and tones beside the contactless field (EMV Contactless Book A, 9)."""

    def tell(self, status: Status) -> None:
        """What the reader is doing now. Queues what is to be seen and heard; never blocks, never
        raises."""
        ...


class Panel(Device, Protocol):
    """A dumb picture. `size` in pixels."""

    @property
    def size(self) -> tuple[int, int]: ...

    def draw(self, image: Image) -> None:
        """Queues an RGB picture of exactly `size`; a newer one replaces one not yet shown."""
        ...


class Keypad(Device, Protocol):
    async def key(self) -> Key:
        """The next key pressed. One waiter at a time; keys pressed meanwhile are kept, in order."""
        ...

    def clear(self) -> None:
        """Forgets keys that nobody has read."""
        ...


class Paper(Device, Protocol):
    """A dumb printer."""

    async def write(self, data: bytes) -> None:
        """Sends ESC/POS and waits until it is handed over. Raises DeviceFault."""
        ...


class Display(Protocol):
    """What flows see of the panel."""

    def show(self, screen: Screen) -> None: ...

    def status(self, line: StatusLine) -> None: ...


class Receipts(Protocol):
    """What flows see of the printer."""

    def owe(self, record: Record) -> None:
        """Slips in `record.receipts_owed` are to be printed when the printer can. A slip that was
        printed before carries the mark of a reprint."""
        ...

    def report(self, report: Report) -> None:
        """A report is to be printed when the printer can. A Z report is owed over restarts until it
        is out (ZReportPrinted); an X report, or a reprint, until the terminal stops."""
        ...


class Host(Device, Protocol):
    """The acquirer."""

    @property
    def name(self) -> str:
        """The address a request goes to, for the Intent."""
        ...

    @property
    def deadline_s(self) -> float: ...

    @property
    def traits(self) -> HostTraits:
        """What the acquirer's profile says that flows and duties must know."""
        ...

    async def request(self, request: OnlineRequest) -> OnlineResult:
        """Sends one message about a transaction and waits for its matched answer, to the deadline.
        A follow-up goes to the host that got the request. Never raises for what host or line do."""
        ...

    async def totals(self, request: TotalsRequest) -> OnlineResult:
        """The same for a batch's totals or the end of its upload."""
        ...


class SessionKeyStore(Protocol):
    """Where session keys of a sign-on lie until the next one."""

    async def kept(self) -> SessionKeys | None:
        """Those of the last sign-on; None before the first. Raises JournalFault."""
        ...

    async def keep(self, keys: SessionKeys) -> None:
        """Replaces them, in one commit. Raises JournalFault; then the old ones stay."""
        ...


class TransactionKeys(Protocol):
    """Where the keys are that a DUKPT message takes with its event's commit."""

    def take(self, ksn: str) -> WorkingKeys | None:
        """The working keys of this key serial number (hex, as the event has it), once. None where
        they were taken before or the terminal was started since: the message is built anew under
        the key of its next attempt. Never blocks."""
        ...


class Journal(Device, Protocol):
    async def begin(self, *events: AnyEvent, card: CardData | None = None) -> Record:
        """Opens a transaction: all events in one durable commit. An Intent or FollowUp among them
        with `stan` 0 is given the next STAN. `card` is sealed in the same commit. Raises
        JournalFault; LinkRefused where the original does not allow it."""
        ...

    async def append(self, txn: int, *events: AnyEvent, card: CardData | None = None) -> Record:
        """Adds events in one durable commit, checked against the state table."""
        ...

    async def torn(self) -> TornLog:
        """Torn transactions of taps that are not too old."""
        ...

    def keep_torn(self, log: TornLog, *, seconds: int) -> None:
        """Keeps it sealed, each record so long. Nobody waits: it is durable before whatever is
        committed afterwards, or it is told in the log and forgotten."""
        ...

    async def get(self, txn: int) -> Record | None: ...

    async def by_reference(self, reference: str) -> Record | None: ...

    async def recent(self, limit: int) -> Sequence[Record]:
        """Newest first."""
        ...

    async def unfinished(self) -> Sequence[Record]:
        """Records in a state that only a running flow may hold, oldest first."""
        ...

    async def owing(self) -> Sequence[Record]:
        """Records that owe the host a message (states.OWES, or script results), oldest first."""
        ...

    async def last_at(self) -> datetime | None:
        """Time of the last event, whatever it is; None in a new journal."""
        ...

    async def in_states(self, states: Iterable[State]) -> Sequence[Record]:
        """Oldest first."""
        ...

    async def linked(self, txn: int) -> Sequence[Record]:
        """Transactions that name this one as their original, oldest first."""
        ...

    async def of_batch(self, batch: int) -> Sequence[Record]:
        """Oldest first."""
        ...

    async def with_stan(self, stan: int) -> Sequence[Record]:
        """Transactions whose request had this trace number, newest first: the number comes round
        again in later batches."""
        ...

    async def asked_in(self, batch: int) -> int:
        """How many transactions of a batch went to the host, whatever became of them."""
        ...

    async def same_card(self, pan: Pan, states: Iterable[State]) -> Sequence[Record]:
        """Transactions of this card in these states, oldest first: told by keyed hash, so also
        after the card data was erased."""
        ...

    async def card(self, txn: int) -> CardData | None:
        """Number, expiry and sequence number as sealed; None where none was kept or it is erased.
        Raises JournalFault when the key that sealed them is not at hand."""
        ...

    async def events(self, txn: int) -> Sequence[AnyEvent]:
        """One transaction's whole story, oldest first."""
        ...

    async def erase(self, txns: Iterable[int]) -> None:
        """Destroys card data. Raises JournalFault, and erases nothing, where a transaction may
        still need it."""
        ...

    async def note(self, *events: TerminalEvent) -> Sequence[TerminalEvent]:
        """What happened to the terminal itself, in one durable commit; numbered as they were
        written. BatchClosed moves the open batch on."""
        ...

    async def book(self) -> Book:
        """Where the open batch stands in its settlement."""
        ...

    async def batch_story(self, batch: int) -> Sequence[TerminalEvent]:
        """The events of one batch's settlement, oldest first; empty before it began."""
        ...

    async def z_owed(self) -> Sequence[int]:
        """Settled batches whose Z report is not out, oldest first."""
        ...

    async def receipts_owed(self) -> Sequence[Record]:
        """Records with slips still to print, oldest first."""
        ...

    async def batch(self) -> int:
        """The open batch's number."""
        ...


class Clock(Protocol):
    """Time. Flows wait through this, so that tests can turn the hands."""

    def now(self) -> datetime:
        """UTC, with offset."""
        ...

    def local(self) -> datetime:
        """The merchant's wall clock, with offset."""
        ...

    def monotonic(self) -> float:
        """Seconds."""
        ...

    async def sleep(self, seconds: float) -> None: ...


class Entropy(Protocol):
    def random(self, size: int) -> bytes: ...
