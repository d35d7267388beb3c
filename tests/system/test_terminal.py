"""The whole terminal as processes: what merchant, till and support see from outside."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import pytest

from cardamom.faults import DeviceFault
from cardamom.simulator.acquirer.faults import Fault, Trouble, write_fault
from cardamom.simulator.agreement import disagreements
from cardamom.simulator.rig import Rig, RigConfig

RECORD_KEYS = {
    "id", "kind", "outcome", "state", "reversal_owed", "amount", "currency", "reference", "reason",
    "response_code", "auth_code", "rrn", "stan", "delivery_stan", "batch", "original",
    "closed_taken", "card", "entry", "cvm", "aid", "label",
    "cryptogram", "tvr", "tsi", "operator", "terminal_id", "merchant_id", "started_at",
    "updated_at", "receipts_owed", "receipts_printed", "voided_by", "refunds", "refunded",
    "left_to_refund", "delivery_attempts", "delivery_code", "scripts_owed", "late_code",
    "parked_why", "closed_by", "closed_at", "closed_reference", "tender", "balance",
}  # fmt: skip
STATUS_KEYS = {
    "version", "mode", "ready", "busy", "batch", "parts", "blocking", "unknown_outcomes",
    "receipts_waiting", "advices_owed", "alarms", "settling", "support", "trace_s",
}  # fmt: skip


@pytest.fixture
def rig(tmp_path: Path) -> Iterator[Rig]:
    with Rig(RigConfig(tmp_path, "inprocess", "en", deadline_s=2)) as running:
        yield running


def cardamom(rig: Rig, *arguments: str) -> subprocess.CompletedProcess[str]:
    """One command, as a person types it."""
    environment = os.environ | {"CARDAMOM_RUN": str(rig.folder)}
    return subprocess.run(
        [sys.executable, "-m", "cardamom.cli.main", *arguments],
        capture_output=True,
        text=True,
        check=False,
        timeout=60,
        env=environment,
    )


def sell(
    rig: Rig, amount: str = "12.34", *options: str, card: str = "no-cvm", pin: str = ""
) -> tuple[int, dict[str, Any]]:
    """A till's sale: exit code and JSON. The card goes in when the screen asks for it."""
    with ThreadPoolExecutor(1) as pool:
        selling = pool.submit(cardamom, rig, "sale", amount, "--json", *options)
        rig.sees("PresentCard")
        rig.hand.insert(card)
        if pin:
            rig.sees("EnterPin")
            rig.press(*pin, "enter")
        done = selling.result()
    rig.hand.remove()
    return done.returncode, json.loads(done.stdout)


def comes_to(rig: Rig, transaction: int, state: str) -> dict[str, Any]:
    """Waits until the transaction stands so, and its slips are out; its record."""
    record: dict[str, Any] = {}

    def there() -> bool:
        record.update(rig.ask(op="show", id=transaction)["transaction"])
        return record["state"] == state and not record["receipts_owed"]

    rig.until(there, f"transaction {transaction} does not come to {state}")
    return record


def all_agree(rig: Rig) -> None:
    told = json.loads(cardamom(rig, "transactions", "--json").stdout)
    flags = json.loads(cardamom(rig, "simulate", "ledger", "--flags", "--json").stdout)
    assert disagreements(told, rig.ledger(), rig.slips, flags) == []


def test_a_tills_day(rig: Rig) -> None:
    code, record = sell(rig, "12.34", "--reference", "till-1")
    assert (code, record["outcome"]) == (0, "approved")
    assert set(record) == RECORD_KEYS
    assert (record["amount"], record["currency"]) == ("12.34", "CNY")

    repeat = cardamom(rig, "sale", "12.34", "--json", "--reference", "till-1")
    assert repeat.returncode == 0
    assert json.loads(repeat.stdout)["id"] == record["id"]
    other = cardamom(rig, "sale", "12.35", "--json", "--reference", "till-1")
    assert other.returncode == 30
    assert json.loads(other.stdout)["nothing_asked"] is True

    write_fault(rig.folder / "faults.jsonl", Fault(Trouble.CODE, code="51"))
    code, declined = sell(rig, "1.00")
    assert (code, declined["outcome"], declined["response_code"]) == (10, "declined", "51")

    code, wrong = sell(rig, "2.00", card="debit", pin="9999")
    assert (code, wrong["response_code"]) == (10, "55")
    code, right = sell(rig, "2.00", card="debit", pin="123456")
    assert (code, right["cvm"]) == (0, "online_pin")

    for transaction in (record, declined, wrong, right):
        rig.printed(transaction["id"])
    explained = cardamom(rig, "explain", str(wrong["id"]), "--lang", "zh")
    assert explained.returncode == 0
    assert "4.8 交易超过最低限额" in explained.stdout
    assert "结果: 未批准" in explained.stdout
    told = json.loads(cardamom(rig, "transactions", "--json").stdout)
    ledger = json.loads(cardamom(rig, "simulate", "ledger", "--json").stdout)
    assert len(told) == len(ledger) == 4
    assert disagreements(told, ledger, rig.slips) == []

    shown = cardamom(rig, "show", str(right["id"]), "--json")
    assert json.loads(shown.stdout)["rrn"] == right["rrn"]
    assert cardamom(rig, "show", "99").returncode == 30
    status = json.loads(cardamom(rig, "status", "--json").stdout)
    assert set(status) == STATUS_KEYS
    assert status["ready"] is True
    assert {p["part"] for p in status["parts"]} == {
        "journal", "reader", "host", "printer", "display", "keypad", "tamper",
    }  # fmt: skip
    assert cardamom(rig, "journal", "verify").returncode == 0
    rig.stop_terminal()
    assert nowhere(rig.folder) == []


@pytest.mark.parametrize("amount", ["0", "0.00", "-5", "abc", "1.234", "50000.01", "1e3", "１２"])
def test_amounts_that_are_refused(rig: Rig, amount: str) -> None:
    done = cardamom(rig, "sale", "--json", "--", amount)
    assert done.returncode == 30
    assert json.loads(done.stdout)["nothing_asked"] is True
    assert json.loads(cardamom(rig, "transactions", "--json").stdout) == []


@pytest.mark.parametrize(
    "trouble",
    [
        Trouble.SILENT_BEFORE,
        Trouble.SILENT_AFTER,
        Trouble.CLOSE_AFTER,
        Trouble.CUT,
        Trouble.GARBAGE,
        Trouble.WRONG_STAN,
        Trouble.WRONG_AMOUNT,
        Trouble.WRONG_MAC,
    ],
)
def test_a_host_that_answers_badly_is_asked_to_reverse(rig: Rig, trouble: Trouble) -> None:
    write_fault(rig.folder / "faults.jsonl", Fault(trouble, mti="0200"))
    code, record = sell(rig, "3.21")
    assert (code, record["outcome"], record["reversal_owed"]) == (20, "unknown", True)
    reversed_ = comes_to(rig, record["id"], "reversed")
    assert reversed_["outcome"] == "not_completed"
    assert reversed_["receipts_printed"][0] == "unknown"
    rig.sees("NotCompleted", "Idle")
    rig.press("enter")
    # and the next customer is served
    until(lambda: cardamom(rig, "status").returncode == 0)
    code, record = sell(rig, "1.00")
    assert (code, record["outcome"]) == (0, "approved")
    rig.printed(record["id"])
    all_agree(rig)
    assert [row["state"] for row in rig.ledger()] == [
        *(["reversed"] if trouble is not Trouble.SILENT_BEFORE else []),
        "approved",
    ]


def until(condition: Callable[[], bool]) -> None:
    deadline = time.monotonic() + 20
    while not condition():
        assert time.monotonic() < deadline
        time.sleep(0.05)


def test_a_terminal_killed_in_mid_sale_reverses(rig: Rig) -> None:
    write_fault(rig.folder / "faults.jsonl", Fault(Trouble.DELAY, seconds=1.5))
    with ThreadPoolExecutor(1) as pool:
        selling = pool.submit(cardamom, rig, "sale", "7.77", "--json", "--reference", "cut-1")
        rig.sees("PresentCard")
        rig.hand.insert("no-cvm")
        until(lambda: bool(rig.ledger()))
        assert rig.terminal is not None
        rig.terminal.send_signal(signal.SIGKILL)
        lost = selling.result()
    assert lost.returncode == 20
    with pytest.raises(DeviceFault, match="gone"):
        rig.hand.remove()
    rig.stop_terminal()
    rig.start_terminal()
    (record,) = json.loads(cardamom(rig, "transactions", "--json").stdout)
    record = comes_to(rig, record["id"], "reversed")
    again = cardamom(rig, "sale", "7.77", "--json", "--reference", "cut-1")
    assert json.loads(again.stdout)["id"] == record["id"]
    assert record["reason"] == "restarted"
    assert [row["state"] for row in rig.ledger()] == ["reversed"]
    all_agree(rig)
    assert "DO NOT CHARGE AGAIN" in "".join(p.read_text("utf-8") for p in rig.slips.glob("*.txt"))


def test_stopping_waits_for_the_sale_under_way(rig: Rig) -> None:
    write_fault(rig.folder / "faults.jsonl", Fault(Trouble.DELAY, seconds=1.0))
    with ThreadPoolExecutor(1) as pool:
        selling = pool.submit(cardamom, rig, "sale", "7.77", "--json")
        rig.sees("PresentCard")
        rig.hand.insert("no-cvm")
        rig.sees("Authorising")
        assert rig.terminal is not None
        rig.terminal.send_signal(signal.SIGTERM)
        done = selling.result()
        assert done.returncode == 0
    rig.hand.remove()
    assert rig.terminal.wait(20) == 0
    last = max(rig.screens.glob("*.png"), key=lambda picture: int(picture.name.split("-")[0]))
    assert last.stem.endswith("-Stopping"), "the panel keeps its last picture"


def test_nothing_is_there_at_the_start(tmp_path: Path) -> None:
    """No reader, no printer, no host: it comes up, says so, and picks each up when it appears."""
    rig = Rig(RigConfig(tmp_path, "inprocess", "en", deadline_s=2))
    with rig:
        acquirer, printer = rig.acquirer_port, rig.printer_port
    text = (tmp_path / "terminal.toml").read_text("utf-8")
    late = text.replace('driver = "inprocess"', 'driver = "pcsc"').replace(
        'name = ""', 'name = "no such reader"'
    )
    (tmp_path / "terminal.toml").write_text(late, "utf-8")
    try:
        with pytest.raises(DeviceFault):
            rig.start_terminal(limit_s=3)
        # Where a pcscd runs on this machine it has another reader, and the screen names it.
        assert rig.screen() in ("NotReady", "OtherReader")
        status = cardamom(rig, "status", "--json")
        assert status.returncode == 30
        told = json.loads(status.stdout)
        assert told["blocking"] == ["reader", "host"]
        assert all(p["detail"] for p in told["parts"] if not p["usable"])
        assert cardamom(rig, "sale", "1.00").returncode == 30
        rig.stop_terminal()
        (tmp_path / "terminal.toml").write_text(text, "utf-8")
        rig.start_acquirer(acquirer)
        rig.start_printer(printer)
        rig.start_terminal()
    finally:
        rig.stop()


def test_a_printer_that_is_away_undoes_nothing(rig: Rig) -> None:
    port = rig.printer_port
    rig.stop_printer()
    code, record = sell(rig, "4.00")
    assert code == 0
    rig.sees("PaperOut")
    status = json.loads(cardamom(rig, "status", "--json").stdout)
    assert status["receipts_waiting"] == 1
    assert status["ready"] is True
    rig.start_printer(port)
    printed = rig.printed(record["id"])
    assert set(printed["receipts_printed"]) == {"merchant", "customer"}
    rig.sees("Idle")


def test_the_host_goes_and_comes_back(rig: Rig) -> None:
    port = rig.acquirer_port
    rig.stop_acquirer()
    rig.sees("NotReady")
    refused = cardamom(rig, "sale", "1.00", "--json")
    assert refused.returncode == 30
    assert "host" in json.loads(refused.stdout)["error"]
    rig.start_acquirer(port)
    rig.sees("Idle")
    code, _ = sell(rig, "1.00")
    assert code == 0


def test_without_a_terminal_nothing_was_asked(tmp_path: Path) -> None:
    done = subprocess.run(
        [sys.executable, "-m", "cardamom.cli.main", "sale", "1", "--socket", str(tmp_path / "x")],
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 30
    assert "not running" in done.stderr


@pytest.mark.parametrize("words", [["sail", "1"], ["sale"], ["show", "x"], ["status", "--jsn"]])
def test_wrong_use_is_30(words: list[str]) -> None:
    done = subprocess.run(
        [sys.executable, "-m", "cardamom.cli.main", *words],
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 30
    assert done.stderr


def nowhere(folder: Path) -> list[str]:
    """Files that hold a card number of the test cards: ASCII, BCD, binary, or as track 2."""
    from cardamom.simulator.card.profile import load_profile, names

    needles: set[bytes] = set()
    for name in names():
        for application in load_profile(name).applications:
            digits = application.pan
            even = digits if len(digits) % 2 == 0 else "0" + digits
            number = int(digits)
            needles |= {
                digits.encode(),
                digits.encode("utf-16-le"),
                " ".join(digits[i : i + 4] for i in range(0, len(digits), 4)).encode(),
                bytes.fromhex(even),
                bytes.fromhex(even.ljust(len(even) + 2, "F"))[: (len(digits) + 1) // 2],
                number.to_bytes(8, "big").lstrip(b"\0"),
                number.to_bytes(8, "little").rstrip(b"\0"),
            }
    found = []
    for path in sorted(folder.rglob("*")):
        if path.is_file() and not path.is_socket():
            content = path.read_bytes()
            found += [f"{path.name}: {n[:2]!r}..." for n in needles if len(n) > 5 and n in content]
    return found
