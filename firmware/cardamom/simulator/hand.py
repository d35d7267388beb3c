"""The hand with the card: puts simulated cards into a virtual reader and takes them out."""

from __future__ import annotations

import asyncio
import contextlib
import threading
from collections.abc import Callable, Sequence
from concurrent.futures import Future
from typing import Generic, TypeVar

from cardamom.faults import DeviceFault
from cardamom.simulator.card.card import Card
from cardamom.simulator.card.contactless import TappedCard
from cardamom.simulator.card.contactless_profile import load_contactless
from cardamom.simulator.card.profile import load_profile
from cardamom.simulator.card.upset import Upset
from cardamom.simulator.card.vpcd import insert
from cardamom.simulator.card.wire import AnyCard

C = TypeVar("C", bound=AnyCard)


def chip_card(profile: str) -> Card:
    return Card(load_profile(profile))


def tap_card(profile: str) -> TappedCard:
    return TappedCard(load_contactless(profile))


class CardHand(Generic[C]):
    """One hand, one card at a time, from a thread that keeps the card's side of the wire going.
    `make`: a card by its profile's name."""

    def __init__(self, port: int, make: Callable[[str], C]) -> None:
        self._port = port
        self._make = make
        self._loop = asyncio.new_event_loop()
        self._thread = threading.Thread(target=self._loop.run_forever, name="hand", daemon=True)
        self._thread.start()
        self._removal: asyncio.Event | None = None
        self._inside: Future[None] | None = None
        self._cards: dict[str, C] = {}

    def card(self, profile: str) -> C:
        """The same card each time: it goes on counting its transactions."""
        if profile not in self._cards:
            self._cards[profile] = self._make(profile)
        return self._cards[profile]

    @property
    def holds(self) -> bool:
        """Whether the card is in the reader still: an upset may have pulled it."""
        return self._inside is not None and not self._inside.done()

    def insert(self, profile: str, *, upsets: Sequence[Upset] = ()) -> C:
        """Put the card in."""
        if self._inside is not None:
            raise DeviceFault("there is a card in the reader already")
        card = self.card(profile)
        self._removal = asyncio.Event()
        self._inside = asyncio.run_coroutine_threadsafe(
            insert(card, port=self._port, upsets=upsets, removal=self._removal), self._loop
        )
        return card

    def remove(self) -> None:
        """Take it out, and raise what went wrong with it meanwhile."""
        if self._inside is None or self._removal is None:
            return
        self._loop.call_soon_threadsafe(self._removal.set)
        inside, self._inside = self._inside, None
        inside.result(10)

    def close(self) -> None:
        if self._loop.is_closed():
            return
        if self._removal is not None:
            self._loop.call_soon_threadsafe(self._removal.set)
        if self._inside is not None:
            with contextlib.suppress(Exception):  # it is going away whatever it says
                self._inside.result(5)
        self._loop.call_soon_threadsafe(self._loop.stop)
        self._thread.join(5)
        self._loop.close()
