"""A contactless reader: a PN532 on a serial port."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import Callable, Iterator, Sequence
from typing import Final, TypeVar

from cardamom.devices.pn532_cards import Activated, Cards, Seen
from cardamom.devices.pn532_chip import ChipLost, Pn532Chip
from cardamom.devices.pn532_series import Series
from cardamom.devices.pn532_targets import Target
from cardamom.engines.apdu import ApduError, Reply, parse_reply
from cardamom.engines.contactless_atr import contactless_atr
from cardamom.faults import CardFault, DeviceFault
from cardamom.story import tell
from cardamom.values.contactless import ManyCards, Tech
from cardamom.values.health import Condition, Health, Part
from cardamom.worker import StuckError, Worker

T = TypeVar("T")

LOOKS: Final = 8
"""So many looks in one call of the chip's thread: between them nobody else has to wake up."""
REMOVAL_S: Final = 0.03
"""The same, while a card is to leave: a lift that is shorter than this and two looks is not seen,
unless another card is there then."""
EMPTY_LOOKS: Final = 2
"""So many looks in a row that find nothing: the field is empty."""
ACTIVATIONS: Final = 2
"""A card that cannot be activated is tried so often before it is told."""
OPEN_DEADLINE_S: Final = 8.0
LOOK_DEADLINE_S: Final = 4.0
COMMAND_DEADLINE_S: Final = 40.0
"""Beyond all that a card may ask for and all that is tried again."""


class Pn532Reader:
    """ports.ContactlessReader. `baud`: of the line. `rate`: the fastest that cards are asked for,
    in kbit/s. `reset` pulses the chip's reset line, blocking.

    A chip that is lost is reset and opened anew by the next call; a call that outlives its deadline
    costs its thread.
    """

    def __init__(
        self, device: str, *, baud: int, rate: int = 106, reset: Callable[[], None] | None = None
    ) -> None:
        self.device = device
        self.baud = baud
        self._rate = rate
        self._reset = reset
        self._worker: Worker | None = None
        self._cards = self._fresh()
        self._busy = 0
        self._health = self._say(Condition.ABSENT, "the PN532 has not been looked for yet")

    def state(self) -> Health:
        return self._health

    async def check(self) -> Health:
        """While a card is waited for or talked to, that tells how the chip is."""
        if not self._busy:
            with contextlib.suppress(DeviceFault, CardFault):
                await self.call(lambda cards: cards.alive(), OPEN_DEADLINE_S)
        return self._health

    async def presented(self) -> TapCard | TapTag | ManyCards:
        """See ports.ContactlessReader."""
        failed = 0
        with self._at_work():
            await self.call(lambda cards: cards.restart(), OPEN_DEADLINE_S)
            while True:
                looks = 1 if failed else LOOKS
                try:
                    seen = await self._watch(looks)
                except CardFault:
                    failed += 1
                    if failed == ACTIVATIONS:
                        raise
                    continue
                if isinstance(seen, Activated):
                    return TapCard(self, seen)
                if isinstance(seen, Target):
                    return TapTag(self, seen)
                if seen is Seen.MANY:
                    return ManyCards()
                failed = 0

    async def _watch(self, looks: int) -> Activated | Target | Seen:
        return await self.call(lambda cards: cards.watch(self._rate, looks), LOOK_DEADLINE_S)

    async def empty(self) -> None:
        """See ports.ContactlessReader. A chip that is lost meanwhile holds no card either."""
        nothing = 0
        with self._at_work():
            while nothing < EMPTY_LOOKS:
                try:
                    seen = await self.call(lambda cards: cards.look(), LOOK_DEADLINE_S)
                except DeviceFault:
                    return
                nothing = 0 if seen else nothing + 1
                await asyncio.sleep(REMOVAL_S if seen else 0)

    async def field(self, *, on: bool) -> None:
        """See ports.ContactlessReader."""
        await self.call(lambda cards: cards.switch(on=on), OPEN_DEADLINE_S)

    async def selftest(self) -> str:
        """Chip and firmware, once its field was switched on and off. Raises DeviceFault."""
        told = await self.call(lambda cards: cards.firmware(), OPEN_DEADLINE_S)
        await self.field(on=True)
        await self.field(on=False)
        return told

    async def close(self) -> None:
        """Switches the field off, gives the port back and ends the thread."""
        worker, self._worker = self._worker, None
        if worker is not None and not worker.stuck:
            worker.post(self._cards.close)
            await asyncio.to_thread(worker.close)
        self._cards = self._fresh()
        self._health = self._say(Condition.ABSENT, "the PN532 is closed")

    async def call(self, work: Callable[[Cards], T], deadline_s: float) -> T:
        """Runs `work` in the chip's thread, once more where the chip was lost and came back."""
        try:
            return await self._call(work, deadline_s)
        except ChipLost as lost:
            tell("pn532_lost", why=str(lost))
        return await self._call(work, deadline_s)

    async def once(self, work: Callable[[Cards], T], *, commands: int = 1) -> T:
        """Runs `work` on a card that is there: a chip that is lost has lost the card. `commands`:
        how many of them it sends to the card."""
        with self._at_work():
            return await self._call(work, COMMAND_DEADLINE_S * commands)

    async def _call(self, work: Callable[[Cards], T], deadline_s: float) -> T:
        if self._worker is None or self._worker.stuck:
            self._worker = Worker("pn532")
        cards = self._cards

        def run() -> T:
            try:
                cards.open()
                return work(cards)
            finally:
                if cards is not self._cards:  # nobody waits any more
                    cards.close()

        try:
            result = await self._worker.call(run, deadline_s=deadline_s)
        except StuckError:
            self._cards = self._fresh()
            detail = f"the PN532 did not answer within {deadline_s:g} s"
            self._health = self._say(Condition.FAULT, detail)
            raise DeviceFault(detail) from None
        except DeviceFault as fault:
            lost = isinstance(fault, ChipLost)
            self._health = self._say(Condition.FAULT if lost else Condition.ABSENT, str(fault))
            raise
        if cards is self._cards:
            self._health = self._say(Condition.OK, "")
        return result

    @contextlib.contextmanager
    def _at_work(self) -> Iterator[None]:
        """Nobody else looks at the chip meanwhile; the field goes off where it is cut short."""
        self._busy += 1
        try:
            yield
        except asyncio.CancelledError:
            if self._worker is not None and not self._worker.stuck:
                self._worker.post(self._cards.off)
            raise
        finally:
            self._busy -= 1

    def _fresh(self) -> Cards:
        return Cards(Pn532Chip(self.device, self.baud, self._reset))

    def _say(self, condition: Condition, detail: str) -> Health:
        name = f"PN532 {self.device}"
        return Health(part=Part.CONTACTLESS, condition=condition, detail=detail, name=name)


class TapCard:
    """ports.TapCard."""

    def __init__(self, reader: Pn532Reader, activated: Activated) -> None:
        self._reader = reader
        self._activated = activated
        self.tech: Tech = activated.target.tech
        self.uid = activated.target.uid
        self.atr = contactless_atr(self.tech, activated.protocol.traits.spoken)
        self._announced: tuple[bytes, ...] = ()
        self._series: Series | None = None

    @property
    def pad(self) -> None:
        """See ports.Card: it has no keys."""
        return None

    async def transmit(self, command: bytes) -> Reply:
        """See ports.Card. `took_us`: without the serial line, so that it is near to what the card
        took."""
        then, self._announced = self._announced, ()
        try:
            if self._series is not None and self._series.comes_next(command):
                return parse_reply(*await self._series.answer())
            self._leave_series()
            if then:
                self._series = Series(self._reader.once, self._activated, (command, *then))
                return parse_reply(*await self._series.answer())
            raw, took_us = await self._reader.once(
                lambda cards: cards.transmit(self._activated, command)
            )
            return parse_reply(raw, took_us)
        except ApduError as e:
            raise CardFault(f"the card answers garbage: {e}") from None
        except DeviceFault as fault:
            raise CardFault(str(fault)) from None

    def announce(self, commands: Sequence[bytes]) -> None:
        """See ports.TapCard: they are sent without a pause between."""
        self._announced = tuple(commands)

    async def removed(self) -> None:
        """See ports.Card. It resets the card: nothing can be sent to it any more."""
        self._leave_series()
        await self._reader.empty()

    async def close(self) -> None:
        """See ports.Card: sends it to sleep and switches the field off."""
        self._leave_series()
        with contextlib.suppress(DeviceFault, CardFault):
            await self._reader.once(lambda cards: cards.sleep(self._activated))

    def _leave_series(self) -> None:
        series, self._series = self._series, None
        if series is not None:
            series.stop()


class TapTag:
    """ports.Tag."""

    def __init__(self, reader: Pn532Reader, target: Target) -> None:
        self._reader = reader
        self._target = target
        self.tech = target.tech
        self.uid = target.uid

    async def read(self, page: int) -> bytes:
        """See ports.Tag."""
        try:
            return await self._reader.once(lambda cards: cards.read_page(self._target, page))
        except DeviceFault as fault:
            raise CardFault(str(fault)) from None

    async def write(self, page: int, data: bytes) -> None:
        """See ports.Tag."""
        try:
            await self._reader.once(lambda cards: cards.write_page(self._target, page, data))
        except DeviceFault as fault:
            raise CardFault(str(fault)) from None

    async def removed(self) -> None:
        """See ports.Tag."""
        await self._reader.empty()

    async def close(self) -> None:
        """See ports.Tag."""
        with contextlib.suppress(DeviceFault):
            await self._reader.field(on=False)
