"""Many sales in a row through a whole terminal, and what they cost it."""

from __future__ import annotations

import re
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from cardamom.simulator.rig import Rig

OWN = re.compile(
    r"sale_done .*commands=(\d+) total_ms=([\d.]+) card_ms=([\d.]+) host_ms=([\d.]+)"
    r" person_ms=([\d.]+) own_ms=([\d.]+)"
)


@dataclass(frozen=True, slots=True)
class Cost:
    """One sale by the terminal's own account; milliseconds."""

    commands: int
    total: float
    card: float
    host: float
    person: float
    own: float


@dataclass(frozen=True, slots=True)
class Load:
    """The terminal's process now."""

    rss_kb: int
    files: int
    threads: int


def sell(rig: Rig, amount: str, profile: str = "no-cvm", pin: str = "") -> dict[str, Any]:
    """One sale as a till asks for it; the card is out again when it returns."""
    with ThreadPoolExecutor(1) as pool:
        asked = pool.submit(rig.ask, op="sale", amount=amount)
        rig.sees("PresentCard")
        rig.hand.insert(profile)
        if pin:
            rig.sees("EnterPin")
            rig.press(*pin, "enter")
        record: dict[str, Any] = asked.result()["transaction"]
    rig.hand.remove()
    rig.until(lambda: not rig.ask(op="status")["status"]["busy"], "the card is still in")
    return record


def load_of(rig: Rig) -> Load:
    assert rig.terminal is not None
    process = Path("/proc", str(rig.terminal.pid))
    status = (process / "status").read_text("ascii")
    fields = dict(line.split(":", 1) for line in status.splitlines())
    return Load(
        int(fields["VmRSS"].split()[0]),
        sum(1 for _ in (process / "fd").iterdir()),
        int(fields["Threads"]),
    )


def costs(rig: Rig) -> Iterator[Cost]:
    """What the terminal's log says of each sale."""
    for found in OWN.finditer((rig.folder / "terminal.log").read_text("utf-8")):
        commands, *times = found.groups()
        yield Cost(int(commands), *map(float, times))
