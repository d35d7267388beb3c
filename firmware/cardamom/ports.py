"""What flows and duties need of the world. Adapters implement these; the daemon wires them."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import TYPE_CHECKING, Protocol

from cardamom.values.events import AnyEvent
from cardamom.values.health import Health
from cardamom.values.keys import Key
from cardamom.values.online import CardData, OnlineRequest, OnlineResult
from cardamom.values.record import Record
from cardamom.values.screens import Screen, StatusLine

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

    async def removed(self) -> None:
        """Returns once the card has left the reader."""
        ...

    async def close(self) -> None:
        """Powers the card off; never raises."""
        ...


class CardReader(Device, Protocol):
    async def inserted(self) -> Card:
        """Waits for a card and powers it. Raises DeviceFault when the reader goes away, CardFault
        when a card answers no reset. Cancelling only stops the wait."""
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
        """Slips in `record.receipts_owed` are to be printed when the printer can."""
        ...


class Host(Device, Protocol):
    """The acquirer."""

    @property
    def name(self) -> str:
        """The address a request goes to, for the Intent."""
        ...

    @property
    def deadline_s(self) -> float: ...

    async def request(self, request: OnlineRequest) -> OnlineResult:
        """Sends one financial request and waits for its matched answer, to the deadline.
        Never raises for what host or line do."""
        ...


class Journal(Device, Protocol):
    async def begin(self, *events: AnyEvent, card: CardData | None = None) -> Record:
        """Opens a transaction: all events in one durable commit. An Intent among them with `stan` 0
        is given the next STAN. `card` is sealed in the same commit. Raises JournalFault."""
        ...

    async def append(self, txn: int, *events: AnyEvent, card: CardData | None = None) -> Record:
        """Adds events in one durable commit, checked against the state table."""
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
        """Records that owe a reversal, oldest first."""
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
