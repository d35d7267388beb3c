"""The machine's clock and chance, as ports."""

from __future__ import annotations

import asyncio
import secrets
import time
from datetime import UTC, datetime
from zoneinfo import ZoneInfo


class SystemClock:
    """ports.Clock over the kernel's clocks."""

    def __init__(self, timezone: str) -> None:
        self._zone = ZoneInfo(timezone)

    def now(self) -> datetime:
        return datetime.now(UTC)

    def local(self) -> datetime:
        return datetime.now(self._zone)

    def monotonic(self) -> float:
        return time.monotonic()

    async def sleep(self, seconds: float) -> None:
        await asyncio.sleep(seconds)


class SystemEntropy:
    """ports.Entropy over the kernel's generator."""

    def random(self, size: int) -> bytes:
        return secrets.token_bytes(size)
