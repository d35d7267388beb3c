"""A contactless reader that a script holds cards to, and lights that remember."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence

from cardamom.engines.apdu import Reply
from cardamom.engines.emv.contactless.outcome import Status
from cardamom.engines.emv.contactless.rules import TapRules
from cardamom.faults import CardFault
from cardamom.flows.taps import Taps
from cardamom.ports import TapCard
from cardamom.simulator.card.contactless import TappedCard
from cardamom.tag_ports import Tag
from cardamom.values.contactless import ManyCards, Tech
from cardamom.values.health import Condition, Health, Part
from support.hands import HandCard
from support.shop import Shop
from support.tapped import combinations, tapped


class HandTapCard(HandCard):
    """ports.TapCard over a simulated card in the same process. `leaves_at`: at that command of its
    first presentation."""

    tech = Tech.A
    uid = bytes.fromhex("08A1B2C3")

    def __init__(
        self, card: TappedCard, *, leaves_at: int | None = None, loses_at: int | None = None
    ) -> None:
        def lost(number: int, answer: bytes) -> bytes:
            if number == loses_at:
                self.out.set()
                raise CardFault("the card left with its answer", gone=True)
            return answer

        super().__init__(card, pull_at=leaves_at, garble=lost)
        self.simulated = card
        self.announced: list[bytes] = []

    def announce(self, commands: Sequence[bytes]) -> None:
        self.announced += commands

    async def transmit(self, command: bytes) -> Reply:
        return await super().transmit(command)


class HandTag:
    """A storage tag."""

    tech = Tech.A
    uid = bytes.fromhex("04112233445566")

    async def read(self, page: int) -> bytes:
        return bytes(16) if page < 4 else b""

    async def write(self, page: int, data: bytes) -> None:
        raise CardFault(f"page {page} cannot be written with {len(data)} bytes")

    async def removed(self) -> None:
        return

    async def close(self) -> None:
        return


class HandTapReader:
    """ports.ContactlessReader; what is held to it lies in order. `empties`: how often the flow
    waited for an empty field."""

    def __init__(self) -> None:
        self._field: asyncio.Queue[TapCard | Tag | ManyCards | Exception] = asyncio.Queue()
        self.polls = 0
        self.waiting = False
        self.empties = 0
        self.fields: list[bool] = []

    def hold(self, card: TapCard | Tag | ManyCards | Exception) -> None:
        self._field.put_nowait(card)

    @property
    def left(self) -> int:
        """What is still to be held up."""
        return self._field.qsize()

    def clear(self) -> None:
        """Nothing more is held up."""
        while not self._field.empty():
            self._field.get_nowait()

    async def presented(self) -> TapCard | Tag | ManyCards:
        self.polls += 1
        self.waiting = True
        try:
            got = await self._field.get()
        finally:
            self.waiting = False
        if isinstance(got, Exception):
            raise got
        if isinstance(got, HandTapCard):
            got.simulated.power_on()
        return got

    async def empty(self) -> None:
        self.empties += 1

    async def field(self, *, on: bool) -> None:
        self.fields.append(on)

    def state(self) -> Health:
        return Health(part=Part.CONTACTLESS, condition=Condition.OK)

    async def check(self) -> Health:
        return self.state()


class KeptSignals:
    """ports.Signals that remembers; `requests` is how many requests the host had by then."""

    def __init__(self, shop: Shop) -> None:
        self._shop = shop
        self.told: list[Status] = []
        self.requests: dict[Status, int] = {}

    def tell(self, status: Status) -> None:
        self.told.append(status)
        self.requests.setdefault(status, len(self._shop.host.requests))


class TapShop(Shop):
    """A shop with a contactless reader."""

    limits: dict[str, object] = {}  # noqa: RUF012 a test's own shop sets it

    def contactless(self) -> Taps:
        self.field = HandTapReader()
        self.signals = KeptSignals(self)
        rules = TapRules(self.emv(), combinations(**self.limits))
        self.taps = Taps(self.field, rules, self.signals)
        return self.taps

    def tap(
        self,
        name: str,
        *,
        leaves_at: int | None = None,
        loses_at: int | None = None,
        **changed: object,
    ) -> HandTapCard:
        card = HandTapCard(tapped(name, **changed), leaves_at=leaves_at, loses_at=loses_at)
        self.field.hold(card)
        return card
