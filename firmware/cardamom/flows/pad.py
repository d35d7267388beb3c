"""PIN entry on the reader's own keys: the screen tells the customer to, and the card answers."""

from __future__ import annotations

import asyncio

from cardamom.engines.emv.requests import EnterPin as PinRequest
from cardamom.engines.emv.requests import PadVerified, PinRefusal
from cardamom.flows.choose import spoken
from cardamom.flows.terminal import Order, Terminal
from cardamom.ports import PinPad
from cardamom.values.screens import EnterPin


async def pin_on_pad(
    t: Terminal, order: Order, request: PinRequest, pad: PinPad
) -> PadVerified | PinRefusal:
    """How the card took it, or why there is no PIN. Only the customer, the reader's clock or the
    card's removal ends it: the terminal's own Cancel is not heard meanwhile."""
    ticking = asyncio.create_task(_tick(t, order, request))
    try:
        return await pad.verify(
            seconds=round(t.config.pin_s), language=request.language or t.emv.languages[0]
        )
    finally:
        ticking.cancel()
        await asyncio.gather(ticking, return_exceptions=True)


async def _tick(t: Terminal, order: Order, request: PinRequest) -> None:
    ends = t.clock.monotonic() + t.config.pin_s
    while True:
        t.display.show(
            EnterPin(
                order.amount,
                0,
                max(0, round(ends - t.clock.monotonic())),
                wrong=request.wrong,
                last_try=request.tries == 1,
                language=spoken(t, request.language),
            )
        )
        await t.clock.sleep(1.0)
