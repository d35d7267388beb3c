"""The account support at the control socket, by its user number: what it may ask, and when."""

from __future__ import annotations

import asyncio
import json
import os
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import pytest

from cardamom.acquirer.trace import LinkTrace
from cardamom.daemon.server import ControlServer
from cardamom.daemon.support import SupportDoor
from cardamom.duties.health import HealthWatch
from cardamom.settings.profile import find_message_profile
from support.hands import settle, until
from support.shop import Shop

BEGIN = {"op": "support_begin", "key": "SHA256:abc", "origin": "10.0.0.2"}
LOOKS = ("status", "metrics", "owed", "transactions", "trace", "show", "explain", "self_test")
DOES = ("sale", "void", "refund", "settle", "report", "reprint", "close", "cancel")
WITH: dict[str, dict[str, Any]] = {
    "sale": {"amount": "1.00"},
    "void": {"id": 1},
    "refund": {"id": 1},
    "report": {"report": "x"},
    "close": {"id": 1, "host_reference": "x", "taken": True},
    "show": {"id": 1},
    "explain": {"id": 1},
}


class Caller:
    def __init__(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self.reader = reader
        self.writer = writer

    async def leaves(self) -> None:
        self.writer.close()
        await self.writer.wait_closed()

    async def asks(self, **request: Any) -> dict[str, Any]:
        self.writer.write(json.dumps(request).encode() + b"\n")
        return await self.hears()

    async def hears(self) -> dict[str, Any]:
        said: dict[str, Any] = json.loads(await self.reader.readline())
        return said


Calls = Callable[[], Awaitable[Caller]]


@asynccontextmanager
async def serving(folder: Path, uid: int | None) -> AsyncIterator[tuple[Shop, Calls]]:
    async with Shop(folder) as shop:
        watch = HealthWatch({}, shop.display, shop.clock, "demo")
        trace = LinkTrace(find_message_profile("iso8583-1987"))
        door = SupportDoor(shop.visits, trace, uid)
        path = folder / "s"
        server = ControlServer(
            path,
            shop.desk,
            shop.journal,
            watch,
            currency="CNY",
            mode="demo",
            metrics=text,
            door=door,
        )
        await server.start()
        callers: list[Caller] = []

        async def calls() -> Caller:
            callers.append(Caller(*await asyncio.open_unix_connection(str(path))))
            return callers[-1]

        try:
            yield shop, calls
        finally:
            for caller in callers:
                await caller.leaves()
            await until(lambda: not shop.visits.present, "the visit does not end")
            await server.close()
            await settle()


async def text() -> str:
    return "cardamom_up 1\n"


def request(operation: str) -> dict[str, Any]:
    return {"op": operation, **WITH.get(operation, {})}


def test_support_looks_within_a_visit_alone(tmp_path: Path) -> None:
    async def run() -> None:
        async with serving(tmp_path, os.getuid()) as (shop, calls):
            other = await calls()
            for operation in LOOKS:
                refused = await other.asks(**request(operation))
                assert "within a visit" in refused["error"]
            visit = await calls()
            assert (await visit.asks(**BEGIN))["ok"]
            assert (await visit.asks(op="support_act", what="status"))["ok"]
            status = await other.asks(op="status")
            assert (status["status"]["support"], shop.visits.present) == (1, 1)
            for operation in ("metrics", "owed", "transactions", "trace", "self_test"):
                assert (await other.asks(**request(operation)))["ok"], operation
            await visit.leaves()
            await until(lambda: not shop.visits.present, "the visit does not end")
            assert not (await other.asks(op="status"))["ok"]

    asyncio.run(run())


@pytest.mark.parametrize("operation", DOES)
def test_support_does_nothing_even_within_a_visit(tmp_path: Path, operation: str) -> None:
    async def run() -> None:
        async with serving(tmp_path, os.getuid()) as (shop, calls):
            visit = await calls()
            await visit.asks(**BEGIN)
            refused = await visit.asks(**request(operation))
            assert (refused["ok"], refused["nothing_asked"]) == (False, True)
            assert "changes nothing" in refused["error"]
            assert not await shop.journal.recent(1)

    asyncio.run(run())


@pytest.mark.parametrize("more", [{"print": True}, {"attended": True}])
def test_supports_self_test_needs_nobody_and_prints_nothing(
    tmp_path: Path, more: dict[str, bool]
) -> None:
    async def run() -> None:
        async with serving(tmp_path, os.getuid()) as (_, calls):
            visit = await calls()
            await visit.asks(**BEGIN)
            assert not (await visit.asks(op="self_test", **more))["ok"]

    asyncio.run(run())


def test_another_user_is_no_support_and_asks_what_it_likes(tmp_path: Path) -> None:
    async def run() -> None:
        async with serving(tmp_path, None) as (shop, calls):
            till = await calls()
            assert "only the account support" in (await till.asks(**BEGIN))["error"]
            assert (await till.asks(op="report", report="x"))["ok"]
            assert shop.visits.present == 0

    asyncio.run(run())


def test_a_visit_that_is_ended_hears_it_and_is_hung_up_on(tmp_path: Path) -> None:
    async def run() -> None:
        async with serving(tmp_path, os.getuid()) as (shop, calls):
            visit = await calls()
            await visit.asks(**BEGIN)
            shop.visits.end()
            assert await visit.hears() == {"ended": "merchant"}
            assert not await visit.reader.readline()
            again = await calls()
            assert "merchant has ended" in (await again.asks(**BEGIN))["error"]

    asyncio.run(run())


def test_what_cannot_be_journalled_is_refused(tmp_path: Path) -> None:
    async def run() -> None:
        async with serving(tmp_path, os.getuid()) as (_, calls):
            visit = await calls()
            assert "no visit" in (await visit.asks(op="support_act", what="status"))["error"]
            await visit.asks(**BEGIN)
            assert not (await visit.asks(op="support_act", what="x" * 201))["ok"]
            assert "already" in (await visit.asks(**BEGIN))["error"]

    asyncio.run(run())
