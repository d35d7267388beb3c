"""A renewed certificate over real TLS: tried beside the one in use, taken over when the host has
answered on it, left alone while the host does not know it."""

from __future__ import annotations

import asyncio
import ssl
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

import pytest

from cardamom.acquirer.identity import Identity
from cardamom.acquirer.link import Link
from cardamom.acquirer.renewal import Renewal
from cardamom.acquirer.slots import Slot, Slots
from cardamom.engines.iso8583.profile import Profile
from cardamom.settings.profile import load_message_profile
from cardamom.simulator.acquirer.server import server_context
from cardamom.simulator.testdata import data
from cardamom.values.alarms import Cause
from cardamom.values.online import OnlineAnswer
from cardamom.values.secret import Key
from support.acquirer import TLS, Acquirer, acquirer, link_to, payment, running, until
from support.certificates import Holder, certificate, curve_key, root
from support.enrolling import WHO, signed

NOW = datetime(2026, 4, 1, 12, tzinfo=UTC)
FLOOR = datetime(2025, 11, 1, tzinfo=UTC)
HELD = load_message_profile()
SHORT = load_message_profile(Path(str(data("acquirers", "unionpay.toml"))))


@dataclass
class Terminal:
    """With the certificate that the host knows in use."""

    identity: Identity
    host: Acquirer
    host_tls: ssl.SSLContext
    new_ca: Holder
    link: Link
    renewal: Renewal
    paying: bool = False

    def renews(self) -> None:
        """A certificate of another CA comes in, to be tried."""
        slots = self.identity.slots
        slots.install(signed(slots.request(WHO), self.new_ca), NOW, FLOOR)

    def host_learns(self) -> None:
        """The acquirer makes the new CA known, while it serves."""
        self.host_tls.load_verify_locations(self.identity.ca_file.with_name("new.pem"))

    @property
    def told(self) -> list[Cause]:
        return [alarm.cause for alarm in self.renewal.alarms()]

    async def sells(self, stan: int) -> None:
        sold = await self.link.request(payment(stan=stan))
        assert isinstance(sold, OnlineAnswer)
        assert sold.code == "00"


def story(
    folder: Path, script: Callable[[Terminal], Awaitable[None]], profile: Profile = HELD
) -> None:
    async def run() -> None:
        old_ca, new_ca = root("Terminals"), root("Terminals to come")
        old_ca.write(folder, "old")
        new_ca.write(folder, "new")
        pem, key = certificate("10203040", old_ca, curve_key()).write(folder, "terminal")
        (folder / "ca.pem").write_bytes((TLS / "ca.pem").read_bytes())
        tls = server_context(TLS / "server.pem", TLS / "server.key", folder / "old.pem")
        slots = Slots(folder / "certificate", lambda: Key(bytes(32)))
        identity = Identity(slots, folder / "ca.pem", pem, key)
        async with acquirer(folder, profile=profile, context=tls) as host:
            link = link_to(
                host.port, profile=profile, context=identity.context, spare=identity.spare
            )
            async with running(link):
                renewal = Renewal(identity, link, paying=lambda: terminal.paying)
                terminal = Terminal(identity, host, tls, new_ca, link, renewal)
                await until(lambda: link.state().usable)
                await script(terminal)

    asyncio.run(run())


@pytest.mark.parametrize("profile", [HELD, SHORT], ids=["held", "short"])
def test_it_is_taken_over_when_the_host_has_answered(tmp_path: Path, profile: Profile) -> None:
    async def script(t: Terminal) -> None:
        await t.sells(1)
        t.host_learns()
        t.renews()
        await t.renewal.look()
        current = t.identity.slots.described(Slot.CURRENT)
        assert current is not None
        assert current.issuer == "CN=Terminals to come"
        assert not t.identity.slots.has(Slot.NEXT)
        assert t.told == []
        assert t.link.state().usable
        await t.sells(2)

    story(tmp_path, script, profile)


@pytest.mark.parametrize("profile", [HELD, SHORT], ids=["held", "short"])
def test_a_host_that_does_not_know_it_yet_changes_nothing(tmp_path: Path, profile: Profile) -> None:
    async def script(t: Terminal) -> None:
        t.renews()
        await t.renewal.look()
        assert t.told == [Cause.CERTIFICATE_REFUSED]
        (alarm,) = t.renewal.alarms()
        assert "ask the acquirer whether it knows the new one" in alarm.detail
        assert not alarm.blocks
        assert not t.identity.slots.has(Slot.CURRENT)
        assert t.link.state().usable
        await t.sells(1)
        t.host_learns()
        await t.renewal.look()  # too soon: it waits
        assert t.told == [Cause.CERTIFICATE_REFUSED]
        again = Renewal(t.identity, t.link)  # as after a restart
        await again.look()
        assert again.alarms() == ()
        assert t.identity.slots.has(Slot.CURRENT)
        await t.sells(2)

    story(tmp_path, script, profile)


def test_a_payment_is_not_held_up_by_a_trial(tmp_path: Path) -> None:
    async def script(t: Terminal) -> None:
        t.host_learns()
        t.renews()
        t.paying = True
        await t.renewal.look()
        assert t.identity.slots.has(Slot.NEXT)
        t.paying = False
        await t.renewal.look()
        assert not t.identity.slots.has(Slot.NEXT)

    story(tmp_path, script)


def test_a_host_that_is_away_says_nothing_about_a_certificate(tmp_path: Path) -> None:
    async def script(t: Terminal) -> None:
        await t.host.server.close()
        await until(lambda: not t.link.state().usable)
        t.renews()
        await t.renewal.look()
        assert t.told == []
        assert t.identity.slots.has(Slot.NEXT)

    story(tmp_path, script)


def test_where_the_disk_fails_in_the_take_over_the_old_one_goes_on(tmp_path: Path) -> None:
    async def script(t: Terminal) -> None:
        t.host_learns()
        t.renews()
        # a folder where the file of the one before would be written: its rename fails
        (t.identity.slots.folder / "previous.pem").mkdir()
        await t.renewal.look()
        assert t.told == [Cause.CERTIFICATE_REFUSED]
        assert t.identity.slots.has(Slot.NEXT)
        assert not t.identity.slots.has(Slot.CURRENT)
        await t.sells(1)

    story(tmp_path, script)


def test_a_host_that_forgets_the_new_one_is_shown_the_one_before(tmp_path: Path) -> None:
    async def script(t: Terminal) -> None:
        t.renews()
        t.identity.take_over()  # as where one host of two was asked
        await t.host.server.close()
        await until(lambda: not t.link.state().usable)
        port = await t.host.server.start(t.host.port)
        assert port == t.host.port
        await until(lambda: t.link.state().usable)
        await t.sells(1)

    story(tmp_path, script)


def test_when_the_old_one_is_refused_the_new_one_brings_the_link_back(tmp_path: Path) -> None:
    async def script(t: Terminal) -> None:
        await t.host.server.close()
        await until(lambda: not t.link.state().usable)
        t.host_learns()
        (t.identity.ca_file.with_name("terminal.pem")).write_text("")  # nothing left of the old
        await t.host.server.start(t.host.port)
        t.renews()
        await t.renewal.look()
        assert t.identity.slots.has(Slot.CURRENT)
        await until(lambda: t.link.state().usable)
        await t.sells(1)

    story(tmp_path, script)
