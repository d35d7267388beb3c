"""What the link costs, and how soon it is back after its host is. Prints `name: value unit`."""

from __future__ import annotations

import asyncio
import logging
import sys
import time
from pathlib import Path

if __name__ == "__main__":
    sys.path.insert(0, str(Path(__file__).parents[1]))

import msgspec

from cardamom.acquirer.link import Link
from support.acquirer import PROFILE, link_to, payment, running
from support.stage import Stage, staged

EXCHANGES = 300
AWAY_S = (0.7, 2.0, 6.0)
"""How long the host is not there."""


class Tries(logging.Handler):
    """Counts connections that failed, as the log tells them."""

    def __init__(self) -> None:
        super().__init__()
        self.count = 0

    def emit(self, record: logging.LogRecord) -> None:
        self.count += record.getMessage() == "link_down"


async def up(link: Link) -> None:
    while not link.state().usable:  # noqa: ASYNC110 what is watched has no event
        await asyncio.sleep(0.002)


async def exchanges(connection: str) -> float:
    """Requests a second, one after another."""
    switches = msgspec.structs.replace(PROFILE.switches, connection=connection)
    stage = Stage(msgspec.structs.replace(PROFILE, switches=switches))
    async with staged(stage), running(link_to(stage.port, profile=stage.profile)) as link:
        await up(link)
        requests = [payment(stan=n) for n in range(1, EXCHANGES + 1)]
        began = time.perf_counter()
        for request in requests:
            await link.request(request)
        return EXCHANGES / (time.perf_counter() - began)


async def back_after(away_s: float, tries: Tries) -> tuple[int, float, float]:
    """Tries while the host was away, seconds from its return to the link's, and the longest that
    back-off makes a terminal wait then: the doubled wait after the time away."""
    stage = Stage(PROFILE)
    async with staged(stage), running(link_to(stage.port)) as link:
        await up(link)
        await stage.close()
        tries.count = 0
        await asyncio.sleep(away_s)
        count = tries.count
        await stage.open(stage.port)
        began = time.perf_counter()
        await up(link)
        took = time.perf_counter() - began
    wait = link._config.first_wait_s
    waited = wait
    while waited < away_s:
        wait = min(2 * wait, link._config.longest_wait_s)
        waited += wait
    return count, took, wait


def main() -> None:
    tries = Tries()
    logger = logging.getLogger("cardamom")
    logger.setLevel(logging.INFO)
    logger.addHandler(tries)
    for away_s in AWAY_S:
        count, took, longest = asyncio.run(back_after(away_s, tries))
        sys.stdout.write(f"tries while away {away_s:g} s: {count}\n")
        sys.stdout.write(f"back after {away_s:g} s: {took:.3f} s\n")
        sys.stdout.write(f"share of the back-off's wait after {away_s:g} s: {took / longest:.2f}\n")
    logger.removeHandler(tries)
    for connection in ("held", "short"):
        sys.stdout.write(f"exchanges, {connection}: {asyncio.run(exchanges(connection)):.0f} 1/s\n")


if __name__ == "__main__":
    main()
