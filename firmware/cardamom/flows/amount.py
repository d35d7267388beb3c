"""Typing the amount on the keypad, in minor units from the right as tills do."""

from __future__ import annotations

from cardamom.flows.terminal import Terminal, first
from cardamom.values.keys import Key
from cardamom.values.money import Money
from cardamom.values.screens import EnterAmount


async def enter_amount(t: Terminal, key: Key) -> Money | None:
    """The amount, beginning with the first digit pressed; None for Cancel and when left alone."""
    limit = t.config.limit
    typed = 0
    while True:
        refused = False
        if key.digit is not None:
            longer = typed * 10 + key.digit
            if longer > limit.minor:
                refused = True
            else:
                typed = longer
        elif key is Key.CLEAR:
            typed //= 10
        elif key is Key.CANCEL:
            return None
        elif key is Key.ENTER:
            if typed:
                return Money(typed, limit.currency)
            refused = True
        t.display.show(EnterAmount(Money(typed, limit.currency), limit, refused))
        name, got = await first(key=t.keypad.key(), left=t.clock.sleep(t.config.amount_s))
        if name == "left":
            return None
        key = got
