"""`cardamom selftest` at a whole terminal: all well, out of paper, host away, with a person."""

from __future__ import annotations

import json
import os
import socket
import subprocess
import sys
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import pytest

from cardamom.simulator.rig import Rig, RigConfig
from cardamom.values.keys import Key
from cardamom.values.selftest import TestPart
from support.till import sell

UNATTENDED = {"display": "not_tried", "keypad": "not_tried"}
MACHINE = {"board", "clock", "disk"}
"""What the machine that the tests run on says of itself is its own affair."""
WELL = {
    part.value: "ok"
    for part in TestPart
    if part.value not in MACHINE and part is not TestPart.LIGHTS
}
PARTS = [flag for part in WELL for flag in ("--only", part)]


@pytest.fixture
def rig(tmp_path: Path) -> Iterator[Rig]:
    config = RigConfig(tmp_path, "inprocess", "en", deadline_s=2, contactless=True)
    with Rig(config) as running:
        yield running


def selftest(rig: Rig, *arguments: str) -> tuple[int, dict[str, dict[str, Any]]]:
    """Exit code, and each part's result."""
    done = subprocess.run(
        [sys.executable, "-m", "cardamom.cli.main", "selftest", "--json", *arguments],
        capture_output=True,
        text=True,
        check=False,
        timeout=60,
        env=os.environ | {"CARDAMOM_RUN": str(rig.folder)},
    )
    told = json.loads(done.stdout)
    return done.returncode, {result["part"]: result for result in told["results"]}


def grades(results: dict[str, dict[str, Any]]) -> dict[str, str]:
    return {part: result["grade"] for part, result in results.items()}


def hand(rig: Rig, line: str) -> None:
    """At the printer."""
    with socket.socket(socket.AF_UNIX) as sock:
        sock.connect(str(rig.folder / "printer.sock"))
        sock.sendall(line.encode() + b"\n")
        assert sock.recv(4096)


def test_all_well_then_out_of_paper_then_host_away(rig: Rig) -> None:
    rig.hand.insert("debit")
    code, results = selftest(rig, *PARTS, "--print")
    assert (code, grades(results)) == (0, WELL | UNATTENDED)
    assert results["contactless"]["sentence"] == "PN532 1.6 answers and switches its field"
    assert results["reader"]["sentence"].startswith("in-process reader")
    assert "powers the card that is in it: ATR 3B" in results["reader"]["sentence"]
    assert results["link"]["facts"]["tls"] == "TLSv1.3"
    assert results["keys"]["facts"]["master"] == "1B1B41"
    (slip,) = rig.slips.glob("*.txt")
    assert "a slip was printed and cut" in slip.read_text("utf-8")
    rig.hand.remove()
    assert sell(rig, "12.34")["outcome"] == "approved"
    _, own = selftest(rig, *[flag for part in MACHINE for flag in ("--only", part)])
    assert set(own) == MACHINE
    assert all(result["sentence"] for result in own.values())

    hand(rig, "paper out")
    code, results = selftest(rig, "--only", "printer", "--print")
    assert code == 10
    assert results["printer"]["sentence"] == "out of paper: put a new roll in and close the cover"
    assert results["printer"]["sentence_zh"] == "缺纸：请装新纸卷，盖好纸仓"
    assert sum("Self-test" in p.read_text("utf-8") for p in rig.slips.glob("*.txt")) == 1
    hand(rig, "paper ok")

    rig.stop_acquirer()
    code, results = selftest(rig, *PARTS)
    assert code == 10
    assert {p for p, g in grades(results).items() if g == "failed"} == {"link"}
    assert results["link"]["sentence"].endswith(f"; at 127.0.0.1:{rig.acquirer_port}")
    assert results["link"]["sentence_zh"].startswith("连不上收单主机 127.0.0.1:")


def test_somebody_stands_at_it_and_a_sale_waits(rig: Rig) -> None:
    with ThreadPoolExecutor(1) as pool:
        trying = pool.submit(selftest, rig, "--only", "display", "--only", "keypad", "--attended")
        rig.sees("TestPattern")
        refused = subprocess.run(
            [sys.executable, "-m", "cardamom.cli.main", "selftest"],
            capture_output=True,
            text=True,
            check=False,
            timeout=60,
            env=os.environ | {"CARDAMOM_RUN": str(rig.folder)},
        )
        assert refused.returncode == 30
        assert "busy" in refused.stderr
        rig.press("enter")
        rig.sees("TestKeys")
        for key in Key:
            rig.press(key.value)
        code, results = trying.result()
    assert (code, grades(results)) == (0, {"display": "ok", "keypad": "ok"})
    rig.sees("Idle")
