"""Letting the customer choose an application."""

from __future__ import annotations

from cardamom.engines.emv.requests import Application, Choose
from cardamom.flows.terminal import Order, Terminal, first
from cardamom.values.keys import Key
from cardamom.values.merchant import Language
from cardamom.values.screens import ChooseApplication

PAGE = 3
"""Rows a page (reference of the screens: three when a customer chooses)."""


def spoken(t: Terminal, code: str) -> Language | None:
    """The customer's language, by the two letters a kernel names; None for the terminal's own."""
    if code == t.emv.languages[0]:
        return None
    return next((language for language in Language if language.value == code), None)


async def choose(t: Terminal, order: Order, request: Choose) -> Application | None:
    """The application chosen, or None for Cancel and for the time limit."""
    among: tuple[Application, ...] = request.among
    names = tuple(a.name for a in among)
    selected = 0
    t.keypad.clear()
    ends = t.clock.monotonic() + t.config.present_s
    while (left := ends - t.clock.monotonic()) > 0:
        t.display.show(
            ChooseApplication(order.amount, names, selected, spoken(t, request.language))
        )
        name, got = await first(
            key=t.keypad.key(), cancelled=order.cancelled.wait(), timeout=t.clock.sleep(left)
        )
        if name != "key" or got is Key.CANCEL:
            return None
        key: Key = got
        first_row = selected - selected % PAGE
        if key is Key.ENTER:
            return among[selected]
        if key is Key.UP:
            selected = (selected - 1) % len(among)
        elif key is Key.DOWN:
            selected = (selected + 1) % len(among)
        elif key.digit and key.digit <= PAGE and first_row + key.digit <= len(among):
            return among[first_row + key.digit - 1]
    return None
