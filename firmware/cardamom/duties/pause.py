"""Waiting for a while, or less."""

from __future__ import annotations

import asyncio

from cardamom.ports import Clock


async def pause(clock: Clock, seconds: float, wake: asyncio.Event) -> None:
    """So long, or until the event is set."""
    waits = (
        asyncio.ensure_future(clock.sleep(seconds)),
        asyncio.ensure_future(wake.wait()),
    )
    try:
        await asyncio.wait(waits, return_when=asyncio.FIRST_COMPLETED)
    finally:
        for wait in waits:
            wait.cancel()
