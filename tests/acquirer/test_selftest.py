"""What the self-test sees of a connection: over real TLS, with a host that plays."""

from __future__ import annotations

import asyncio
from datetime import UTC, datetime
from pathlib import Path

import msgspec
import pytest

from cardamom.acquirer.selftest import own_certificate
from cardamom.faults import HostFault
from support.acquirer import PROFILE, TLS, link_to, until
from support.stage import ECHO, Stage, network_answer, playing, silent

SHORT = msgspec.structs.replace(
    PROFILE, switches=msgspec.structs.replace(PROFILE.switches, connection="short")
)


def test_tls_certificate_and_an_echo() -> None:
    async def run() -> None:
        stage = Stage(PROFILE)
        async with playing(stage) as link:
            seen = await link.selftest()
            assert stage.said(ECHO) == 1
            assert (seen.host, seen.profile) == (link.name, "iso8583-1987")
            assert (seen.tls, seen.cipher) == ("TLSv1.3", "TLS_AES_256_GCM_SHA384")
            assert "localhost" in seen.names
            assert seen.host_expires == datetime(2049, 12, 31, tzinfo=UTC)
            assert seen.echo_ms is not None
            assert link.state().usable

    asyncio.run(run())


def test_a_host_that_is_silent_or_refuses() -> None:
    async def run() -> None:
        stage = Stage(PROFILE)
        async with playing(stage, echo_answer_s=0.2) as link:
            stage.network[ECHO].append(lambda s, q: s.say(network_answer(q, "96")))
            with pytest.raises(HostFault, match=r"^the host refuses an echo$"):
                await link.selftest()
            stage.network[ECHO].append(silent)
            with pytest.raises(HostFault, match=r"^the host does not answer an echo$"):
                await link.selftest()

    asyncio.run(run())


def test_a_short_line_is_opened_for_it_and_closed_after() -> None:
    async def run() -> None:
        stage = Stage(SHORT)
        async with playing(stage) as link:
            before = stage.connections
            seen = await link.selftest()
            assert stage.connections == before + 1
            assert seen.echo_ms is not None
            await until(stage.speakers[-1].writer.transport.is_closing)

    asyncio.run(run())


def test_a_link_that_does_not_run_asks_nobody() -> None:
    async def run() -> None:
        link = link_to(1)
        with pytest.raises(HostFault, match=r"^the link does not run$"):
            await link.selftest()

    asyncio.run(run())


def test_our_own_certificate(tmp_path: Path) -> None:
    assert own_certificate(TLS / "client.pem") == (
        "CN=Cardamom test terminal",
        datetime(2049, 12, 31, tzinfo=UTC),
    )
    half = tmp_path / "half.pem"
    half.write_bytes((TLS / "client.pem").read_bytes()[:200])
    assert own_certificate(half) is None
    half.write_bytes(half.read_bytes() + (TLS / "client.pem").read_bytes())
    assert own_certificate(half) is None
    assert own_certificate(tmp_path / "none.pem") is None
