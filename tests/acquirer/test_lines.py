"""Connections: held or short, to the primary or the backup host, cut or half open."""

from __future__ import annotations

import asyncio
import socket
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import replace
from pathlib import Path
from typing import Any

import msgspec
import pytest

from cardamom.acquirer.hosts import Address
from cardamom.acquirer.keys import HeldKeys
from cardamom.acquirer.link import Link
from cardamom.engines.iso8583.profile import Profile
from cardamom.simulator.acquirer.ledger import read_ledger
from cardamom.values.health import Condition
from cardamom.values.online import NoAnswer, NotSent, OnlineAnswer, OnlineRequest, OnlineResult
from support.acquirer import PROFILE, acquirer, link_to, payment, running, until
from support.stage import ECHO, SIGN_ON, Stage, answering, playing, silent, staged, wrong_mac

SHORT = msgspec.structs.replace(
    PROFILE, switches=msgspec.structs.replace(PROFILE.switches, connection="short")
)
FAST: dict[str, Any] = {"first_wait_s": 0.01, "longest_wait_s": 0.05, "tries": 2, "quiet_s": 0.05}
each_way = pytest.mark.parametrize("profile", [PROFILE, SHORT], ids=["held", "short"])


def to(name: str | None, stan: int = 42) -> OnlineRequest:
    """A payment whose intent names this host."""
    request = payment(stan=stan)
    return replace(request, record=msgspec.structs.replace(request.record, host=name))


def unused_port() -> int:
    with socket.socket() as s:
        s.bind(("127.0.0.1", 0))
        port: int = s.getsockname()[1]
        return port


def backup(stage: Stage) -> Address:
    return Address("localhost", stage.port)


@asynccontextmanager
async def failed_over(
    port: int, second: Stage, *, back_after_s: float = 300.0, deadline_s: float = 5.0
) -> AsyncIterator[Link]:
    """A link whose primary is not there, up to its backup."""
    async with staged(second):
        link = link_to(
            port,
            profile=second.profile,
            backup=backup(second),
            back_after_s=back_after_s,
            deadline_s=deadline_s,
            **FAST,
        )
        async with running(link):
            await until(lambda: link.name == backup(second).name and link.state().usable)
            yield link


def test_a_short_connection_is_closed_after_its_exchange() -> None:
    async def go() -> None:
        stage = Stage(SHORT)
        async with playing(stage) as link:
            for number, stan in enumerate((41, 42, 43), 2):
                assert isinstance(await link.request(payment(stan=stan)), OnlineAnswer)
                assert stage.connections == number
                await until(lambda: all(s.writer.transport.is_closing() for s in stage.speakers))
                assert link.state().usable

    asyncio.run(go())


def test_a_short_connection_signs_on_once() -> None:
    async def go() -> None:
        store, stage = HeldKeys(), Stage(SHORT)
        async with staged(stage):
            for stan in (41, 42):
                link = link_to(stage.port, profile=SHORT, store=store)
                async with running(link):
                    await until(lambda link=link: link.state().usable)  # type: ignore[misc]
                    assert isinstance(await link.request(payment(stan=stan)), OnlineAnswer)
        assert stage.said(SIGN_ON) == 1, "the second link went on with the kept keys"
        assert all(h.sealed for h in stage.heard if h.code is None)

    asyncio.run(go())


def test_a_short_connection_signs_on_anew_after_a_wrong_mac() -> None:
    async def go() -> None:
        stage = Stage(SHORT, wrong_mac())
        async with playing(stage) as link:
            assert isinstance(await link.request(payment(stan=41)), NoAnswer)
            assert isinstance(await link.request(payment(stan=42)), OnlineAnswer)
        assert stage.said(SIGN_ON) == 2
        assert [h.stan for h in stage.heard if h.code is None and h.sealed] == ["000041", "000042"]

    asyncio.run(go())


def test_what_waits_shares_a_short_connection() -> None:
    async def go() -> None:
        stage = Stage(SHORT)
        async with playing(stage) as link:
            before = stage.connections
            await asyncio.gather(*(link.request(payment(stan=n)) for n in range(1, 6)))
            assert stage.connections == before + 1
        assert stage.payments == [f"{n:06d}" for n in range(1, 6)]

    asyncio.run(go())


def test_a_short_connection_that_owes_an_answer_is_kept_for_what_follows() -> None:
    async def go() -> None:
        stage = Stage(SHORT, silent)
        async with playing(stage, deadline_s=0.2, linger_s=10.0) as link:
            assert isinstance(await link.request(payment(stan=41)), NoAnswer)
            assert isinstance(await link.request(payment(stan=42)), OnlineAnswer)
        ways = [h.connection for h in stage.heard if h.code is None]
        assert ways[0] == ways[1]

    asyncio.run(go())


def test_a_short_connection_that_owes_an_answer_is_not_kept_for_ever() -> None:
    async def go() -> None:
        stage = Stage(SHORT, silent)
        async with playing(stage, deadline_s=0.1, linger_s=0.1) as link:
            assert isinstance(await link.request(payment(stan=41)), NoAnswer)
            await until(stage.speakers[-1].writer.transport.is_closing)
            assert isinstance(await link.request(payment(stan=42)), OnlineAnswer)
        ways = [h.connection for h in stage.heard if h.code is None]
        assert ways[1] == ways[0] + 1

    asyncio.run(go())


def test_short_connections_to_nobody_send_nothing_and_come_back() -> None:
    async def go() -> None:
        stage = Stage(SHORT)
        async with staged(stage):
            link = link_to(stage.port, profile=SHORT, **FAST)
            async with running(link):
                await until(lambda: link.state().usable)
                await stage.close()
                assert isinstance(await link.request(payment(stan=41)), NotSent)
                assert link.state().condition is Condition.FAULT
                await stage.open(stage.port)
                await until(lambda: link.state().usable)
                assert isinstance(await link.request(payment(stan=42)), OnlineAnswer)
        assert stage.payments == ["000042"]

    asyncio.run(go())


@each_way
def test_the_backup_host_is_asked_while_the_primary_fails(profile: Profile) -> None:
    async def go() -> None:
        second = Stage(profile)
        async with failed_over(unused_port(), second) as link:
            assert isinstance(await link.request(to(link.name)), OnlineAnswer)
        assert second.payments == ["000042"]

    asyncio.run(go())


@each_way
def test_the_primary_is_gone_back_to(profile: Profile) -> None:
    async def go() -> None:
        first, second, port = Stage(profile), Stage(profile), unused_port()
        async with failed_over(port, second, back_after_s=0.2) as link:
            await asyncio.sleep(0.3)
            assert link.state().usable, "a primary that stays away disturbs nothing"
            async with staged(first, port=port):
                await until(lambda: link.name == f"localhost:{port}" and link.state().usable)
                assert isinstance(await link.request(payment(stan=43)), OnlineAnswer)
        assert first.payments == ["000043"]
        assert second.payments == []

    asyncio.run(go())


@each_way
def test_what_follows_goes_to_the_host_that_got_the_request(profile: Profile) -> None:
    async def go() -> None:
        first, second, port = Stage(profile), Stage(profile), unused_port()
        name = f"localhost:{port}"
        async with failed_over(port, second) as link:
            assert isinstance(await link.request(to(name, 41)), NotSent)
            async with staged(first, port=port):
                assert isinstance(await link.request(to(name, 42)), OnlineAnswer)
                assert link.name == backup(second).name
                assert isinstance(await link.request(to(link.name, 43)), OnlineAnswer)
        assert first.payments == ["000042"]
        assert second.payments == ["000043"]

    asyncio.run(go())


def test_a_host_that_the_settings_forgot_is_named() -> None:
    async def go() -> None:
        async with playing(Stage(PROFILE)) as link:
            result = await link.request(to("gone.test:1"))
            assert isinstance(result, NotSent)
            assert "gone.test:1, which got the request, is no longer acquirer.host" in result.why

    asyncio.run(go())


def test_a_host_that_owes_an_answer_is_not_left() -> None:
    async def go() -> None:
        second, port = Stage(PROFILE, silent), unused_port()
        async with failed_over(port, second, back_after_s=0.2, deadline_s=0.1) as link:
            name = link.name
            assert isinstance(await link.request(payment(stan=41)), NoAnswer)
            async with staged(Stage(PROFILE), port=port) as first:
                await until(lambda: first.connections > 1)
                assert link.name == name
                assert isinstance(await link.request(payment(stan=42)), OnlineAnswer)
                await until(lambda: link.name == f"localhost:{port}")
        assert second.payments == ["000041", "000042"]

    asyncio.run(go())


@asynccontextmanager
async def tap(port: int) -> AsyncIterator[tuple[int, asyncio.Event]]:
    """A way to `port` on which, once the event is set, bytes vanish and nothing is closed."""
    cut = asyncio.Event()

    async def pump(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        while data := await reader.read(65536):
            if not cut.is_set():
                writer.write(data)
        writer.close()

    async def both(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        there, back = await asyncio.open_connection("127.0.0.1", port)
        await asyncio.gather(pump(reader, back), pump(there, writer), return_exceptions=True)

    server = await asyncio.start_server(both, "127.0.0.1", 0)
    async with server:
        yield server.sockets[0].getsockname()[1], cut


def test_a_line_that_was_cut_without_a_word_is_found_out_when_idle() -> None:
    async def go() -> None:
        async with staged(Stage(PROFILE)) as stage, tap(stage.port) as (way, cut):
            link = link_to(way, echo_after_s=0.1, echo_answer_s=0.1, **FAST)
            async with running(link):
                await until(lambda: stage.said(ECHO) > 0)
                assert stage.connections == 1
                cut.set()
                await until(lambda: not link.state().usable)
                cut.clear()
                await until(lambda: stage.connections > 1 and link.state().usable)

    asyncio.run(go())


def test_a_line_in_use_is_not_echoed() -> None:
    """Not even when the echo fell due while a question was open."""

    async def go() -> None:
        stage = Stage(PROFILE, silent)
        async with playing(stage, echo_after_s=0.3, deadline_s=0.5) as link:
            for stan in (41, 42):
                await link.request(payment(stan=stan))
        assert [h.code or h.stan for h in stage.heard] == [SIGN_ON, "000041", "000042"]

    asyncio.run(go())


def test_bytes_that_nobody_acknowledges_cut_the_line() -> None:
    """The kernel's own measure (tcp(7)), for what an echo would find out too late."""

    async def go() -> tuple[int, int, int]:
        async with playing(Stage(PROFILE)) as link:
            line = link._line._session._writer.get_extra_info("socket")  # type: ignore[attr-defined]
            return (
                line.getsockopt(socket.SOL_SOCKET, socket.SO_KEEPALIVE),
                line.getsockopt(socket.IPPROTO_TCP, socket.TCP_KEEPIDLE),
                line.getsockopt(socket.IPPROTO_TCP, socket.TCP_USER_TIMEOUT),
            )

    assert asyncio.run(go()) == (1, 30, 20_000)


def test_a_decline_leaves_the_line_as_it_is() -> None:
    async def go() -> None:
        stage = Stage(PROFILE, answering("51"))
        async with playing(stage) as link:
            for stan in (41, 42):
                assert isinstance(await link.request(payment(stan=stan)), OnlineAnswer)
        assert stage.connections == 1

    asyncio.run(go())


def test_short_connections_over_a_restart_of_the_acquirer(tmp_path: Path) -> None:
    """It forgets its session keys: the request under the kept ones is asked again under new."""

    async def go() -> tuple[OnlineResult, OnlineResult]:
        (tmp_path / "again").mkdir()
        async with acquirer(tmp_path, profile=SHORT) as host:
            link = link_to(host.port, profile=SHORT, **FAST)
            async with running(link):
                await until(lambda: link.state().usable)
                before = await link.request(payment(stan=41))
                await host.server.close()
                async with acquirer(tmp_path / "again", profile=SHORT, port=host.port):
                    return before, await link.request(payment(stan=42))

    for result in asyncio.run(go()):
        assert isinstance(result, OnlineAnswer)
        assert result.code == "00"
    assert len(read_ledger(tmp_path / "again" / "ledger.db")) == 1
