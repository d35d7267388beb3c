"""A merchant's day over the real link: sales, a void, refunds, settlement, and the next morning."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import pytest

from cardamom.simulator.acquirer.faults import Fault, Trouble, write_fault
from cardamom.simulator.agreement import disagreements
from cardamom.simulator.rig import Rig, RigConfig
from support.till import sell


@pytest.fixture
def rig(tmp_path: Path) -> Iterator[Rig]:
    with Rig(RigConfig(tmp_path, "inprocess", "en", deadline_s=2)) as running:
        yield running


def cardamom(rig: Rig, *arguments: str, typed: str = "") -> tuple[int, Any, str]:
    """One command with --json: exit code, JSON, and what it says beside."""
    done = subprocess.run(
        [sys.executable, "-m", "cardamom.cli.main", *arguments, "--json"],
        input=typed,
        capture_output=True,
        text=True,
        check=False,
        timeout=60,
        env=os.environ | {"CARDAMOM_RUN": str(rig.folder)},
    )
    return done.returncode, json.loads(done.stdout), done.stderr


def agree(rig: Rig) -> None:
    """Ledger, journal and slips tell the same."""
    newest = rig.ask(op="transactions", limit=50)["transactions"]
    records = [rig.printed(record["id"]) for record in newest]
    assert disagreements(records, rig.ledger(), rig.slips) == []


def test_a_day_from_the_first_sale_to_a_refund_on_the_next(rig: Rig) -> None:
    first, sold = sell(rig, "12.34")["id"], sell(rig, "5.00")
    second, second_stan = sold["id"], sold["stan"]
    code, told, _ = cardamom(rig, "void", str(second), "--reference", "v-1", typed="246810\n")
    assert (code, told["outcome"], told["original"]) == (0, "approved", second)
    again_by_slip = ("void", "--trace", str(int(second_stan)), "--reference", "v-1")
    code, again, _ = cardamom(rig, *again_by_slip, typed="246810\n")
    assert (code, again["id"]) == (0, told["id"])
    code, told, _ = cardamom(rig, "refund", str(first), "2.34", typed="246810\n")
    assert (code, told["outcome"], told["amount"]) == (0, "approved", "2.34")
    code, told, err = cardamom(rig, "refund", str(first), "10.01", typed="246810\n")
    assert (code, told["nothing_asked"]) == (30, True)
    assert "more than is left" in err
    shown = cardamom(rig, "show", str(first))[1]
    assert (shown["refunded"], shown["left_to_refund"]) == ("2.34", "10.00")
    assert cardamom(rig, "show", str(second))[1]["voided_by"] == 3

    code, x, _ = cardamom(rig, "report", "x")
    assert (code, x["batch"], [r["kind"] for r in x["rows"]]) == (
        0, "000001", ["sale", "void", "refund"],
    )  # fmt: skip
    code, told, _ = cardamom(rig, "settle")
    assert (code, told["outcome"], told["uploaded"]) == (0, "settled", 0)
    assert told["totals"][0]["net"] == "10.00"
    code, z, _ = cardamom(rig, "report", "z")
    assert (code, z["batch"], z["next_batch"], z["totals"]) == (
        0, "000001", "000002", told["totals"],
    )  # fmt: skip
    assert [h["agreed"] for h in z["host"]] == [True]
    assert cardamom(rig, "owed")[:2] == (0, [])
    assert all(r["settled_batch"] == "000001" for r in rig.ledger() if r["state"] != "declined")

    with ThreadPoolExecutor(1) as pool:
        asked = pool.submit(cardamom, rig, "refund", str(first), typed="246810\n")
        rig.sees("PresentCard")
        rig.hand.insert("no-cvm")
        code, told, _ = asked.result()
    rig.hand.remove()
    assert (code, told["amount"], told["batch"], told["entry"]) == (0, "10.00", "000002", "chip")
    agree(rig)


def state(rig: Rig, transaction: int) -> str:
    """By the socket: a command a look would keep a core busy."""
    found: str = rig.ask(op="show", id=transaction)["transaction"]["state"]
    return found


def test_a_void_without_answer_is_reversed_and_the_sale_stands(rig: Rig) -> None:
    sale = sell(rig, "12.34")["id"]
    write_fault(rig.folder / "faults.jsonl", Fault(Trouble.SILENT_AFTER))
    code, told, _ = cardamom(rig, "void", str(sale), typed="246810\n")
    assert (code, told["outcome"]) == (20, "unknown")

    def reversed_() -> bool:
        return state(rig, told["id"]) == "reversed"

    rig.until(reversed_, "the void is not reversed")
    assert cardamom(rig, "show", str(sale))[1]["voided_by"] is None
    code, again, _ = cardamom(rig, "void", str(sale), typed="246810\n")
    assert (code, again["outcome"]) == (0, "approved")
    agree(rig)


def test_nobody_is_let_in_without_the_passcode(rig: Rig) -> None:
    sale = sell(rig, "12.34")["id"]
    code, told, err = cardamom(rig, "void", str(sale), typed="111111\n")
    assert (code, told["nothing_asked"]) == (30, True)
    assert "passcode is wrong" in err
    assert cardamom(rig, "void", str(sale), typed="\n")[0] == 30
    log = (rig.folder / "terminal.log").read_text("utf-8")
    assert "passcode_wrong" in log
    assert "111111" not in log


def test_a_settlement_goes_on_after_silence_and_a_restart(rig: Rig) -> None:
    """The totals get no answer, the upload's first message neither; the terminal is cut twice."""
    sell(rig, "12.34")
    sell(rig, "5.00")
    faults = rig.folder / "faults.jsonl"
    write_fault(faults, Fault(Trouble.SILENT_BEFORE, mti="0500"))
    code, told, _ = cardamom(rig, "settle")
    assert (code, told["outcome"]) == (20, "waiting")
    write_fault(faults, Fault(Trouble.CODE, code="95", mti="0500"))
    write_fault(faults, Fault(Trouble.SILENT_AFTER, mti="0320"))
    for _ in range(2):
        assert rig.terminal is not None
        rig.terminal.kill()
        rig.terminal.wait()
        rig.start_terminal()

    def settled() -> bool:
        return bool(rig.ask(op="status")["status"]["batch"] == "000002")

    rig.until(settled, "the batch is not settled", 60)
    z = cardamom(rig, "report", "z")[1]
    assert (z["batch"], z["uploaded"], z["host"][0]["response_code"]) == ("000001", 2, "95")
    assert [r["settled_batch"] for r in rig.ledger()] == ["000001", "000001"]
    agree(rig)


def test_a_supervisor_ends_a_settlement_that_the_host_refuses_for_ever(rig: Rig) -> None:
    sell(rig, "12.34")
    write_fault(rig.folder / "faults.jsonl", Fault(Trouble.CODE, code="03", mti="0500", times=1000))
    close = ("settle", "--close", "--host-reference", "CALL-4711")
    code, told, err = cardamom(rig, *close, typed="246810\n")
    assert (code, told["nothing_asked"]) == (30, True)
    assert "is not being settled" in err
    code, told, _ = cardamom(rig, "settle")
    assert (code, told["outcome"], told["response_code"]) == (20, "waiting", "03")
    assert cardamom(rig, *close, typed="111111\n")[0] == 30
    assert rig.ask(op="status")["status"]["settling"]
    code, told, _ = cardamom(rig, *close, typed="246810\n")
    assert (code, told["outcome"], told["response_code"], told["host_reference"]) == (
        0, "closed", "03", "CALL-4711",
    )  # fmt: skip
    z = cardamom(rig, "report", "z")[1]
    assert (z["batch"], z["next_batch"], z["host"]) == ("000001", "000002", [])
    assert z["without_host"] == {
        "operator": "supervisor", "host_reference": "CALL-4711", "response_code": "03",
    }  # fmt: skip
    assert sell(rig, "5.00")["batch"] == "000002"
    agree(rig)


def test_the_other_profile_repeats_a_refund_and_uploads_what_differs(tmp_path: Path) -> None:
    with Rig(RigConfig(tmp_path, "inprocess", "en", deadline_s=2, profile="unionpay")) as rig:
        sale, other = sell(rig, "12.34")["id"], sell(rig, "5.00")["id"]
        assert cardamom(rig, "void", str(other), typed="246810\n")[1]["outcome"] == "approved"
        faults = rig.folder / "faults.jsonl"
        write_fault(faults, Fault(Trouble.SILENT_AFTER, mti="0220"))
        code, told, _ = cardamom(rig, "refund", str(sale), "2.00", typed="246810\n")
        assert (code, told["state"]) == (20, "repeating")

        def known() -> bool:
            return state(rig, told["id"]) == "approved"

        rig.until(known, "the refund is not repeated")
        write_fault(faults, Fault(Trouble.CODE, code="95", mti="0500"))
        code, settled, _ = cardamom(rig, "settle")
        assert (code, settled["uploaded"], settled["totals"][0]["net"]) == (0, 4, "10.34")
        rows = [(r["kind"], r["state"], r["settled_batch"]) for r in rig.ledger()]
        assert rows == [
            ("sale", "approved", "000001"),
            ("sale", "voided", "000001"),
            ("void", "approved", "000001"),
            ("refund", "approved", "000001"),
        ]
        agree(rig)
