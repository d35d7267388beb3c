"""The simulated acquirer over real TLS, a link to it, and cards with true cryptograms."""

from __future__ import annotations

import asyncio
import ssl
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from pathlib import Path

from cardamom.acquirer.config import LinkConfig
from cardamom.acquirer.link import Link
from cardamom.acquirer.tls import BUILT, client_context
from cardamom.engines.iso8583.codec import Codec
from cardamom.engines.iso8583.profile import Profile
from cardamom.ports import SessionKeyStore, TransactionKeys
from cardamom.settings.profile import load_message_profile
from cardamom.simulator.acquirer.accounts import load_accounts
from cardamom.simulator.acquirer.faults import Fault, FaultScript
from cardamom.simulator.acquirer.host import AcquirerHost
from cardamom.simulator.acquirer.issuer import CRYPTOGRAM_DATA, Issuer
from cardamom.simulator.acquirer.ledger import Ledger
from cardamom.simulator.acquirer.run import base_keys
from cardamom.simulator.acquirer.run import test_master_key as master_key
from cardamom.simulator.acquirer.server import AcquirerServer, server_context
from cardamom.simulator.card.crypto import card_key, cryptogram_key, mac
from cardamom.simulator.testdata import data, issuer_keys
from cardamom.values.online import Late, OnlineRequest
from cardamom.values.secret import Pin, PinBlock
from cardamom.values.tags import Tags
from support.messages import ICC, PAN, ZONE, card, record

TLS = Path(str(data("testkeys", "tls")))
PROFILE = load_message_profile()
PIN = Pin(b"123456")
PATIENCE_S = 20.0


@dataclass(frozen=True, slots=True)
class Acquirer:
    """A serving acquirer."""

    server: AcquirerServer
    ledger: Ledger
    faults: FaultScript
    path: Path
    port: int


@asynccontextmanager
async def acquirer(
    folder: Path,
    *faults: Fault,
    profile: Profile = PROFILE,
    context: ssl.SSLContext | None = None,
    port: int = 0,
) -> AsyncIterator[Acquirer]:
    """Serves until the block ends; `faults` come in that order, one a financial request."""
    path = folder / "ledger.db"
    ledger = Ledger(path)
    script = FaultScript()
    for fault in faults:
        script.add(fault)
    issuer = Issuer(load_accounts(), issuer_keys(), ledger)
    host = AcquirerHost(profile, ledger, issuer, master_key(), ZONE, base_keys())
    tls = context or server_context(TLS / "server.pem", TLS / "server.key", TLS / "ca.pem")
    server = AcquirerServer(host, Codec(profile), tls, script)
    try:
        chosen = await server.start(port)
        yield Acquirer(server, ledger, script, path, chosen)
    finally:
        await server.close()
        ledger.close()


def link_to(
    port: int,
    *,
    profile: Profile = PROFILE,
    context: Callable[[], ssl.SSLContext] | None = None,
    now: Callable[[], datetime] = lambda: datetime.now(UTC),
    clock_floor: Callable[[], datetime] = lambda: BUILT,
    late: Callable[[Late], None] = lambda _late: None,
    store: SessionKeyStore | None = None,
    keys: TransactionKeys | None = None,
    spare: Callable[[], ssl.SSLContext | None] = lambda: None,
    **changes: object,
) -> Link:
    """A link that is not running yet. `changes`: of LinkConfig."""
    config = LinkConfig(
        host="localhost",
        port=port,
        terminal_id="10000001",
        merchant_id="104110058120001",
        deadline_s=5.0,
        zone=ZONE,
        master_key=master_key(),
    )
    config = replace(config, **changes)  # type: ignore[arg-type]
    open_context = context or (
        lambda: client_context(TLS / "ca.pem", TLS / "client.pem", TLS / "client.key")
    )
    return Link(
        config,
        profile,
        open_context,
        now,
        clock_floor=clock_floor,
        late=late,
        store=store,
        keys=keys,
        jitter=lambda: 0.5,
        spare=spare,
    )


@asynccontextmanager
async def running(link: Link) -> AsyncIterator[Link]:
    """The link's task runs until the block ends."""
    task = asyncio.create_task(link.run())
    try:
        yield link
    finally:
        task.cancel()
        with suppress(asyncio.CancelledError):
            await task


async def until(condition: Callable[[], bool]) -> None:
    """Waits until `condition` holds; fails after PATIENCE_S."""
    async with asyncio.timeout(PATIENCE_S):
        while not condition():  # noqa: ASYNC110 what is watched has no event
            await asyncio.sleep(0.01)


@asynccontextmanager
async def linked(host: Acquirer, **changes: object) -> AsyncIterator[Link]:
    """A link that is up."""
    async with running(link_to(host.port, **changes)) as link:  # type: ignore[arg-type]
        await until(lambda: link.state().usable)
        yield link


def chip(pan: str = PAN, psn: int = 1, minor: int = 1234, atc: int = 28) -> Tags:
    """Field 55 with the cryptogram that this card would give."""
    tags = {**ICC, 0x9F02: bytes.fromhex(f"{minor:012d}"), 0x9F36: atc.to_bytes(2)}
    key = cryptogram_key(card_key(issuer_keys().ac, pan, psn), atc)
    covered = b"".join(tags[t] for t in (*CRYPTOGRAM_DATA, 0x9F10))
    return Tags({**tags, 0x9F26: mac(key, covered)})


def payment(
    pin: Pin | PinBlock | None = PIN,
    *,
    stan: int = 42,
    minor: int = 1234,
    pan: str = PAN,
    psn: int = 1,
    expiry: str = "4912",
    tags: Tags | None = None,
) -> OnlineRequest:
    """A sale that the test issuer approves, unless something is changed. The card's counter goes
    with the trace number."""
    data = replace(card(pan), psn=psn, expiry=expiry)
    icc = tags or chip(pan, psn, minor, stan % 0x10000)
    return OnlineRequest(record(stan=stan, minor=minor), data, icc, pin)
