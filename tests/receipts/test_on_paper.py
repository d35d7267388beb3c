"""From owed record to paper: the slip queue over the real adapter and the simulated printer."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import Callable
from pathlib import Path

import pytest
from PIL import Image, ImageChops

from cardamom.daemon.clock import SystemClock
from cardamom.devices.paper import network_paper
from cardamom.receipts.image import draw
from cardamom.receipts.samples import approved, merchant, sample
from cardamom.receipts.service import SlipPrinter
from cardamom.simulator.printer.server import PrinterServer
from cardamom.values.merchant import Language
from support.receipts import MemoryJournal, numbered


async def until(reached: Callable[[], bool]) -> None:
    for _ in range(3000):
        if reached():
            return
        await asyncio.sleep(0.01)
    pytest.fail("it never came to that")


def test_paper_ends_in_the_slip_is_changed_and_all_comes_out(tmp_path: Path) -> None:
    record = numbered(approved(Language.ZH), 1, "merchant", "customer")
    journal = MemoryJournal(record)

    async def scene() -> None:
        server = PrinterServer(tmp_path)
        paper = network_paper("127.0.0.1", await server.listen())
        clock = SystemClock("Asia/Shanghai")
        slips = SlipPrinter(paper, journal, clock, merchant(Language.ZH))
        await server.command("paper left 500")
        task = asyncio.create_task(slips.run())
        await until(lambda: "paper out" in server.printer.describe())
        assert journal.printed == []
        await server.command("paper ok")
        slips.owe(record)
        await until(lambda: slips.waiting() == 0)
        task.cancel()
        with contextlib.suppress(asyncio.CancelledError):
            await task
        assert not server.printer.unknown
        await paper.close()
        await server.close()

    asyncio.run(scene())
    assert journal.printed == [(1, "merchant"), (1, "customer")]
    for name, file in (("sale-merchant", -2), ("sale-customer", -1)):
        picture = draw(sample(name, Language.ZH))
        with Image.open(sorted(tmp_path.glob("*.png"))[file]) as printed:
            on_paper = printed.convert("1").crop((0, 0, *picture.size))
        assert ImageChops.logical_xor(picture, on_paper).getbbox() is None
