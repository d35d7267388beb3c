"""Getting a card: the first of insert, tap, cancel, timeout."""

from __future__ import annotations

from collections.abc import Awaitable
from dataclasses import dataclass
from typing import Any, Final, cast

from cardamom.engines.emv.contactless.outcome import Status
from cardamom.faults import CardFault, DeviceFault
from cardamom.flows.taps import Taps
from cardamom.flows.terminal import Order, Terminal, first
from cardamom.ports import Card, TapCard
from cardamom.story import tell
from cardamom.tag_ports import Tag
from cardamom.values.contactless import ManyCards
from cardamom.values.events import Reason
from cardamom.values.keys import Key
from cardamom.values.screens import PresentCard

POLL_S: Final = 0.1
"""Before a card that could not be activated, or cards that came together, are polled anew."""


@dataclass(frozen=True, slots=True)
class Tapped:
    """A card or phone that speaks, alone in the field."""

    card: TapCard


@dataclass(frozen=True, slots=True)
class Tagged:
    """A storage tag, alone in the field."""

    tag: Tag


async def present(
    t: Terminal,
    order: Order,
    *,
    taps: bool = False,
    tags: bool = False,
    retry: Reason | None = None,
    leftover: bool = False,
) -> Card | Tapped | Tagged | Reason:
    """A powered card, one in the field where `taps` are taken too, a tag where `tags` are, or why
    none came. `retry`: why
    the one before would not do; `leftover`: it may still be in the field, and counts no more. A
    card that could not be activated and cards that came together are polled anew. The chip that
    answers no reset is CARD_ERROR."""
    t.keypad.clear()
    offered = t.taps if taps or tags else None
    ends = t.clock.monotonic() + t.config.present_s
    while (left := ends - t.clock.monotonic()) > 0:
        _offer(t, order, offered, retry)
        tap = Tap(retry, leftover=leftover, tags=tags)
        got = await _first_card(t, order, offered, left, tap)
        if isinstance(got, Again):
            retry, leftover = got.why, got.leftover
            if got.why is Reason.FAULT and offered is not None:
                offered.signals.tell(Status.NOT_READY)
                offered = None
            continue
        if offered is not None and not isinstance(got, Tapped | Tagged):
            offered.signals.tell(Status.NOT_READY)
        return got
    if offered is not None:
        offered.signals.tell(Status.NOT_READY)
    return Reason.TIMEOUT


@dataclass(frozen=True, slots=True)
class Again:
    """Nothing that can be paid with: the next one, please. `leftover`: it is to leave first."""

    why: Reason
    leftover: bool = True


@dataclass(frozen=True, slots=True)
class Tap:
    """What is waited for in the field. `said`: what the customer was told last."""

    said: Reason | None
    leftover: bool
    tags: bool


def _offer(t: Terminal, order: Order, taps: Taps | None, retry: Reason | None) -> None:
    ways = ("insert",) if taps is None else ("tap", "insert")
    t.display.show(PresentCard(order.amount, ways, retry))
    if taps is not None:
        taps.signals.tell(Status.READY_TO_READ)


async def _first_card(
    t: Terminal, order: Order, taps: Taps | None, left: float, tap: Tap
) -> Card | Tapped | Tagged | Reason | Again:
    waits: dict[str, Awaitable[Any]] = {
        "card": t.reader.inserted(),
        "key": pressed(t, Key.CANCEL),
        "cancelled": order.cancelled.wait(),
        "timeout": t.clock.sleep(left),
    }
    if taps is not None:
        waits["tap"] = tapped(t, taps, tap)
    try:
        name, got = await first(**waits)
    except CardFault as fault:
        tell("card_unusable", why=str(fault))
        return Reason.CARD_ERROR
    except DeviceFault as fault:
        tell("reader_fault", why=str(fault))
        return Reason.FAULT
    match name:
        case "card":
            card: Card = got
            tell("card_inserted", atr=card.atr.hex().upper())
            return card
        case "tap":
            one: Tapped | Tagged | Again = got
            return one
        case "timeout":
            return Reason.TIMEOUT
        case _:
            return Reason.CANCELLED


async def tapped(t: Terminal, taps: Taps, tap: Tap) -> Tapped | Tagged | Again:
    """One card in the field; what else is there is told apart. A reader that is lost leaves the
    slot to take the card."""
    try:
        if tap.leftover:
            await taps.reader.empty()
        seen = await _polled(t, taps, tap.said)
    except CardFault as fault:
        tell("tap_unusable", why=str(fault))
        taps.signals.tell(Status.PROCESSING_ERROR)
        return Again(Reason.PRESENT_AGAIN, leftover=False)
    except DeviceFault as fault:
        tell("tap_reader_fault", why=str(fault))
        return Again(Reason.FAULT)
    if isinstance(seen, ManyCards):
        taps.signals.tell(Status.COLLISION)
        return Again(Reason.ONE_CARD, leftover=False)
    if not hasattr(seen, "transmit"):
        tell("tag_seen", tech=seen.tech)
        if tap.tags:
            return Tagged(seen)
        taps.signals.tell(Status.PROCESSING_ERROR)
        return Again(Reason.NOT_ACCEPTED)
    card = cast("TapCard", seen)
    tell("card_tapped", tech=card.tech, atr=card.atr.hex().upper())
    return Tapped(card)


async def _polled(t: Terminal, taps: Taps, said: Reason | None) -> TapCard | Tag | ManyCards:
    """What comes into the field. After a fault or several cards it is reset and polled anew:
    whoever stays is read as soon as it can be, and what was said is not said again."""
    while True:
        try:
            seen = await taps.reader.presented()
        except CardFault:
            if said is not Reason.PRESENT_AGAIN:
                raise
        else:
            if said is not Reason.ONE_CARD or not isinstance(seen, ManyCards):
                return seen
        await taps.reader.field(on=False)
        await t.clock.sleep(POLL_S)


async def pressed(t: Terminal, *wanted: Key) -> Key:
    """The first of the wanted keys; others are passed over."""
    while True:
        key = await t.keypad.key()
        if key in wanted:
            return key
