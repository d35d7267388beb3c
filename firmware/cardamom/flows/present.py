"""Getting a card: the first of insert, cancel, timeout."""

from __future__ import annotations

from cardamom.faults import CardFault, DeviceFault
from cardamom.flows.terminal import Order, Terminal, first
from cardamom.ports import Card
from cardamom.story import tell
from cardamom.values.events import Reason
from cardamom.values.keys import Key
from cardamom.values.screens import PresentCard


async def present(t: Terminal, order: Order) -> Card | Reason:
    """A powered card, or why none came. The chip that answers no reset is CARD_ERROR."""
    t.keypad.clear()
    t.display.show(PresentCard(order.amount))
    try:
        name, got = await first(
            card=t.reader.inserted(),
            key=pressed(t, Key.CANCEL),
            cancelled=order.cancelled.wait(),
            timeout=t.clock.sleep(t.config.present_s),
        )
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
        case "timeout":
            return Reason.TIMEOUT
        case _:
            return Reason.CANCELLED


async def pressed(t: Terminal, *wanted: Key) -> Key:
    """The first of the wanted keys; others are passed over."""
    while True:
        key = await t.keypad.key()
        if key in wanted:
            return key
