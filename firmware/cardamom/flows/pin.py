"""PIN entry on the terminal's own keypad: stars, a time limit, and nothing else."""

from __future__ import annotations

from cardamom.engines.emv.requests import EnterPin as PinRequest
from cardamom.engines.emv.requests import PinRefusal
from cardamom.flows.choose import spoken
from cardamom.flows.terminal import Order, Terminal, first
from cardamom.values.keys import Key
from cardamom.values.screens import EnterPin
from cardamom.values.secret import Pin

LONGEST = 12
"""ISO 9564-1: a PIN has 4 to 12 digits."""
SHORTEST = 4


async def enter_pin(t: Terminal, order: Order, request: PinRequest) -> Pin | PinRefusal:
    """The PIN, or why there is none."""
    typed = bytearray()
    t.keypad.clear()
    ends = t.clock.monotonic() + t.config.pin_s
    try:
        while (left := ends - t.clock.monotonic()) > 0:
            t.display.show(
                EnterPin(
                    order.amount,
                    len(typed),
                    round(left),
                    wrong=request.wrong and not typed,
                    last_try=request.tries == 1,
                    language=spoken(t, request.language),
                )
            )
            name, key = await first(
                key=t.keypad.key(),
                cancelled=order.cancelled.wait(),
                tick=t.clock.sleep(min(1.0, left)),
            )
            if name == "cancelled" or key is Key.CANCEL:
                return PinRefusal.CANCELLED
            if name == "key" and (result := _typed(typed, key, bypass=t.config.pin_bypass)):
                return result
        return PinRefusal.TIMEOUT
    finally:
        typed[:] = bytes(len(typed))


def _typed(typed: bytearray, key: Key, *, bypass: bool) -> Pin | PinRefusal | None:
    if key.digit is not None and len(typed) < LONGEST:
        typed.append(0x30 + key.digit)
    elif key is Key.CLEAR:
        typed[:] = bytes(len(typed))
        typed.clear()
    elif key is Key.ENTER and len(typed) >= SHORTEST:
        return Pin(bytes(typed))
    elif key is Key.ENTER and not typed and bypass:
        return PinRefusal.BYPASSED
    return None
