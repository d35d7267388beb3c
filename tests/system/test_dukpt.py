"""A whole terminal under DUKPT: keys come in by a technician, payments go over the real link."""

from __future__ import annotations

import json
import os
import sqlite3
import subprocess
import sys
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest

from cardamom.simulator.acquirer.faults import Fault, Trouble, write_fault
from cardamom.simulator.acquirer.ledger import read_flags, read_ledger
from cardamom.simulator.agreement import disagreements
from cardamom.simulator.rig import Rig, RigConfig
from support.keyed import PROTECTION, aes_block, initial_block, typed
from support.till import sell
from support.typist import Typist

BLOCKS = {"dukpt-tdes": initial_block, "dukpt-aes": aes_block}
SERIALS = {"dukpt-tdes": "FFFF9876543210E", "dukpt-aes": "1234567890123456"}


@pytest.fixture(params=sorted(BLOCKS))
def rig(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Rig]:
    config = RigConfig(tmp_path, "inprocess", "en", deadline_s=2, profile=request.param)
    rig = Rig(config)
    try:
        rig.prepare()
        inject(rig)
        rig.start_terminal()
        yield rig
    finally:
        rig.stop()


def inject(rig: Rig) -> None:
    """Two persons type the protection key; the acquirer's block is imported under it."""
    environment = {"CARDAMOM_RUN": str(rig.folder)}
    with Typist(["keys", "components"], environment) as typist:
        for name, (digits, check) in zip(("Li", "Wang"), typed(), strict=True):
            typist.waits_for("Your name: ")
            typist.types(name)
            typist.waits_for("(it is not shown): ")
            typist.types(digits)
            typist.waits_for("as on your sheet: ")
            typist.types(check)
        typist.waits_for(f"The key's check value is {PROTECTION.check}.")
        typist.waits_for("Type yes: ")
        typist.types("yes")
        assert typist.ends() == 0
    block = rig.folder / "block.txt"
    block.write_text(BLOCKS[rig.config.profile](), "ascii")
    assert keys(rig, "import", str(block)).returncode == 0
    block.unlink()


def keys(rig: Rig, *arguments: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-m", "cardamom.cli.main", "keys", *arguments, "--json"],
        capture_output=True,
        text=True,
        check=False,
        timeout=60,
        env=os.environ | {"CARDAMOM_RUN": str(rig.folder)},
    )


def left(rig: Rig) -> int:
    told: dict[str, Any] = json.loads(keys(rig, "list").stdout)
    assert told["refused"] is None
    assert {each["slot"]: each["opens"] for each in told["keys"]} == {
        "dukpt": True,
        "protection": True,
    }
    count: int = told["dukpt_left"]
    return count


def serials(rig: Rig) -> list[str]:
    """Key serial numbers that the host has seen, in order of their use."""
    with closing(sqlite3.connect(rig.folder / "ledger.db")) as db:
        return [row[0] for row in db.execute("SELECT ksn FROM key_serials ORDER BY rowid")]


def test_pin_reversal_and_settlement_each_under_its_own_key(rig: Rig) -> None:
    refused = keys(rig, "list")
    assert refused.returncode == 30
    assert "running" in refused.stderr

    first = sell(rig, "12.34", "debit", pin="123456")
    assert (first["outcome"], first["cvm"]) == ("approved", "online_pin")
    assert sell(rig, "2.00", "debit", pin="9999")["response_code"] == "55"
    write_fault(rig.folder / "faults.jsonl", Fault(Trouble.SILENT_AFTER))
    lost = sell(rig, "3.00")["id"]
    rig.until(
        lambda: rig.ask(op="show", id=lost)["transaction"]["state"] == "reversed",
        "the sale is not reversed",
    )
    write_fault(rig.folder / "faults.jsonl", Fault(Trouble.WRONG_MAC))
    garbled = sell(rig, "4.00")["id"]
    rig.until(
        lambda: rig.ask(op="show", id=garbled)["transaction"]["state"] == "reversed",
        "the sale is not reversed",
    )
    rig.stop_terminal()
    before = left(rig)
    rig.start_terminal()
    assert sell(rig, "5.00", "debit", pin="123456")["outcome"] == "approved"
    records = [rig.printed(r["id"]) for r in rig.ask(op="transactions", limit=9)["transactions"]]
    flags = read_flags(rig.folder / "ledger.db")
    assert disagreements(records, rig.ledger(), rig.slips, flags) == []
    assert rig.ask(op="settle")["settlement"]["outcome"] == "settled"
    metrics = rig.ask(op="metrics")["metrics"]
    rig.stop_terminal()
    assert left(rig) == before - 2
    assert f"\ncardamom_dukpt_keys_left {left(rig)}\n" in metrics

    seen = serials(rig)
    assert len(seen) == len(set(seen)) == 8
    assert all(serial.startswith(SERIALS[rig.config.profile]) for serial in seen)
    assert seen == sorted(seen)


def test_the_demo_runs_under_any_scheme(tmp_path: Path) -> None:
    profile = tmp_path / "lab.toml"
    profile.write_text(
        'like = "iso8583-1987"\nname = "lab"\n[keys]\nscheme = "dukpt-aes-tdes"\n', "utf-8"
    )
    folder = tmp_path / "demo"
    words = ["demo", "--once", "--reader", "inprocess", "--folder", str(folder)]
    done = subprocess.run(
        [sys.executable, "-m", "cardamom.cli.main", *words, "--profile", str(profile)],
        capture_output=True,
        text=True,
        check=False,
        timeout=120,
    )
    assert done.returncode == 0, done.stdout + done.stderr
    (row,) = read_ledger(folder / "ledger.db")
    assert (row["state"], row["amount"]) == ("approved", "12.34")
    assert read_flags(folder / "ledger.db") == []
