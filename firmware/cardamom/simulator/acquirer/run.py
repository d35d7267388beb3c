"""The simulated acquirer as a process: its folder holds ledger.db and
faults.jsonl, where no other script of faults is named."""

from __future__ import annotations

import asyncio
import signal
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from importlib.resources import as_file
from pathlib import Path
from zoneinfo import ZoneInfo

from cardamom.engines.iso8583.codec import Codec
from cardamom.settings.profile import find_message_profile
from cardamom.settings.testkeys import base_derivation_keys
from cardamom.simulator.acquirer.accounts import load_accounts
from cardamom.simulator.acquirer.faults import FaultScript
from cardamom.simulator.acquirer.host import AcquirerHost
from cardamom.simulator.acquirer.hostkeys import BaseKeys
from cardamom.simulator.acquirer.issuer import Issuer
from cardamom.simulator.acquirer.ledger import Ledger
from cardamom.simulator.acquirer.server import AcquirerServer, server_context
from cardamom.simulator.testdata import data, issuer_keys
from cardamom.values.secret import Key


def test_master_key() -> Key:
    """The published terminal master key."""
    return Key(bytes.fromhex(data("testkeys", "terminal-master.key").read_text("ascii").strip()))


@contextmanager
def tls_files(*names: str) -> Iterator[list[Path]]:
    """Files of the published test TLS set, on disk."""
    with tempfile.TemporaryDirectory() as folder:
        paths = []
        for name in names:
            with as_file(data("testkeys", "tls", name)) as source:
                copy = Path(folder, name)
                copy.write_bytes(source.read_bytes())
                paths.append(copy)
        yield paths


def base_keys() -> BaseKeys:
    """The base derivation keys of the published DUKPT examples (ANSI X9.24-1:2009, A.4; ANSI
    X9.24-3:2017, annex B)."""
    return BaseKeys(**base_derivation_keys())


def build(
    folder: Path, profile_name: str, timezone: str, script: Path | None = None
) -> tuple[AcquirerServer, Ledger]:
    """The acquirer of one folder, not listening yet. `profile_name`: of a file, or of one that
    comes along. `script`: of faults; else the folder's."""
    profile = find_message_profile(profile_name)
    ledger = Ledger(folder / "ledger.db")
    issuer = Issuer(load_accounts(), issuer_keys(), ledger)
    zone = ZoneInfo(timezone)
    host = AcquirerHost(profile, ledger, issuer, test_master_key(), zone, base_keys())
    with tls_files("server.pem", "server.key", "ca.pem") as (certificate, key, ca):
        context = server_context(certificate, key, ca)
    faults = FaultScript(script or folder / "faults.jsonl")
    return AcquirerServer(host, Codec(profile), context, faults), ledger


async def run_acquirer(
    folder: Path, port: int, profile: str, timezone: str, script: Path | None = None
) -> None:
    """Serve until SIGTERM or SIGINT; says `acquirer ready port=N`."""
    stop = asyncio.Event()
    loop = asyncio.get_running_loop()
    for number in (signal.SIGINT, signal.SIGTERM):
        loop.add_signal_handler(number, stop.set)
    server, ledger = build(folder, profile, timezone, script)
    chosen = await server.start(port)
    sys.stdout.write(f"acquirer ready port={chosen}\n")
    sys.stdout.flush()
    await stop.wait()
    await server.close()
    ledger.close()
