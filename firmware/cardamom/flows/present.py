"""Getting a card: the first of insert, tap, cancel, timeout."""

from __future__ import annotations

from collections.abc import Awaitable
from dataclasses import dataclass
from typing import Any, cast

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
    the one before would not do; `leftover`: it may still be in the field, and counts no more. The
    chip that answers no reset is CARD_ERROR."""
    t.keypad.clear()
    offered = t.taps if taps or tags else None
    ends = t.clock.monotonic() + t.config.present_s
    while (left := ends - t.clock.monotonic()) > 0:
        _offer(t, order, offered, retry)
        got = await _first_card(t, order, offered, left, leftover=leftover, tags=tags)
        if isinstance(got, Again):
            retry, leftover = got.why, True
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
    """Nothing that can be paid with: the next one, please."""

    why: Reason


def _offer(t: Terminal, order: Order, taps: Taps | None, retry: Reason | None) -> None:
    ways = ("insert",) if taps is None else ("tap", "insert")
    t.display.show(PresentCard(order.amount, ways, retry))
    if taps is not None:
        taps.signals.tell(Status.READY_TO_READ)


async def _first_card(
    t: Terminal, order: Order, taps: Taps | None, left: float, *, leftover: bool, tags: bool
) -> Card | Tapped | Tagged | Reason | Again:
    waits: dict[str, Awaitable[Any]] = {
        "card": t.reader.inserted(),
        "key": pressed(t, Key.CANCEL),
        "cancelled": order.cancelled.wait(),
        "timeout": t.clock.sleep(left),
    }
    if taps is not None:
        waits["tap"] = _tapped(taps, leftover=leftover, tags=tags)
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
            tapped: Tapped | Tagged | Again = got
            return tapped
        case "timeout":
            return Reason.TIMEOUT
        case _:
            return Reason.CANCELLED


async def _tapped(taps: Taps, *, leftover: bool, tags: bool) -> Tapped | Tagged | Again:
    """One card in the field; what else is there is told apart. A reader that is lost leaves the
    slot to take the card."""
    try:
        if leftover:
            await taps.reader.empty()
        seen = await taps.reader.presented()
    except CardFault as fault:
        tell("tap_unusable", why=str(fault))
        taps.signals.tell(Status.PROCESSING_ERROR)
        return Again(Reason.PRESENT_AGAIN)
    except DeviceFault as fault:
        tell("tap_reader_fault", why=str(fault))
        return Again(Reason.FAULT)
    if isinstance(seen, ManyCards):
        taps.signals.tell(Status.COLLISION)
        return Again(Reason.ONE_CARD)
    if not hasattr(seen, "transmit"):
        tell("tag_seen", tech=seen.tech)
        if tags:
            return Tagged(seen)
        taps.signals.tell(Status.PROCESSING_ERROR)
        return Again(Reason.NOT_ACCEPTED)
    card = cast("TapCard", seen)
    tell("card_tapped", tech=card.tech, atr=card.atr.hex().upper())
    return Tapped(card)


async def pressed(t: Terminal, *wanted: Key) -> Key:
    """The first of the wanted keys; others are passed over."""
    while True:
        key = await t.keypad.key()
        if key in wanted:
            return key
