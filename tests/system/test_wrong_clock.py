"""The whole terminal on a board that starts in 1970: it says so, sells nothing, and goes on by
itself once the clock is right."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime
from pathlib import Path

import pytest

from cardamom.control.client import LostError
from cardamom.faults import DeviceFault
from cardamom.simulator.acquirer.faults import Fault, Trouble, write_fault
from cardamom.simulator.agreement import disagreements
from cardamom.simulator.rig import Rig, RigConfig
from cardamom.store.verify import verify
from support.pictured import pictured
from support.shifted_clock import ShiftedClock
from support.till import sell

EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


@pytest.fixture
def clock(tmp_path: Path) -> ShiftedClock:
    return ShiftedClock(tmp_path / "clock")


def rig_with(clock: ShiftedClock, folder: Path, language: str) -> Rig:
    """It could sell without the host, were it not for its clock."""

    def offline(settings: Path) -> None:
        text = settings.read_text("utf-8")
        settings.write_text(text + "\n[offline]\nenabled = true\n", "utf-8")

    return Rig(
        RigConfig(
            folder,
            "inprocess",
            language,
            deadline_s=2,
            bring_keys=offline,
            environment=clock.environment,
        )
    )


def test_a_restart_in_1970_loses_nothing_and_heals(tmp_path: Path, clock: ShiftedClock) -> None:
    with rig_with(clock, tmp_path / "run", "zh") as rig:
        rig.printed(sell(rig, "1.00")["id"])

        # the power goes between a request and its answer, and the clock with it
        write_fault(rig.folder / "faults.jsonl", Fault(Trouble.SILENT_AFTER, mti="0200"))
        with ThreadPoolExecutor(1) as pool:
            asked = pool.submit(rig.ask, op="sale", amount="2.00", reference="cut-1")
            rig.sees("PresentCard")
            rig.hand.insert("no-cvm")
            rig.until(lambda: len(rig.ledger()) > 1, "the host is not asked")
            assert rig.terminal is not None
            rig.terminal.kill()
            with pytest.raises(LostError):
                asked.result()
        with pytest.raises(DeviceFault, match="gone"):
            rig.hand.remove()
        rig.stop_terminal()
        clock.set(EPOCH)
        rig.begin_terminal()
        rig.until(lambda: rig.shows("AlarmShown"), "a start in 1970 tells nothing")
        says_so(rig, "zh")
        (_, cut) = rig.ledger()
        assert cut["state"] == "approved"

        clock.correct()
        goes_on(rig)
        again = rig.ask(op="sale", amount="2.00", reference="cut-1")["transaction"]
        assert (again["state"], again["reason"]) == ("reversed", "restarted")
        assert sell(rig, "4.00")["outcome"] == "approved"
        told = [rig.printed(r["id"]) for r in rig.ask(op="transactions")["transactions"]]
        assert [r["state"] for r in rig.ledger()] == ["approved", "reversed", "approved"]
        assert disagreements(told, rig.ledger(), rig.slips) == []
    assert verify(rig.folder / "journal.db").ok


def test_a_first_start_in_1970_waits_for_the_clock(tmp_path: Path, clock: ShiftedClock) -> None:
    rig = rig_with(clock, tmp_path / "run", "en")
    try:
        rig.prepare()
        rig.config.bring_keys(rig.folder / "terminal.toml")
        clock.set(EPOCH)
        rig.begin_terminal()
        rig.until(lambda: rig.shows("AlarmShown"), "a start in 1970 tells nothing")
        says_so(rig, "en")
        clock.correct()
        goes_on(rig)
        record = sell(rig, "4.00")
        assert record["outcome"] == "approved"
        assert record["started_at"] > "2025"
    finally:
        rig.stop()
    assert verify(rig.folder / "journal.db").ok


def says_so(rig: Rig, language: str) -> None:
    """On the screen, to support and to a till, which gets nothing."""
    rig.until(lambda: pictured(rig, "34-alarm-clock", language), "the screen does not say it")
    status = rig.ask(op="status")["status"]
    assert not status["ready"]
    (alarm,) = status["alarms"]
    assert (alarm["cause"], alarm["blocks"]) == ("clock", False)
    assert alarm["detail"].startswith("the clock says 1970-01-01 00:00 UTC, it is past 202")
    asked = len(rig.ledger())
    with pytest.raises(DeviceFault, match=r"cannot take payments: host: .*clock says 1970-01-01"):
        rig.ask(op="sale", amount="3.00")
    assert len(rig.ledger()) == asked


def goes_on(rig: Rig) -> None:
    """By itself, nothing owed any more."""

    def well() -> bool:
        status = rig.ask(op="status")["status"]
        owing = rig.ask(op="owed")["owed"] if status["ready"] else [status]
        return not status["alarms"] and not owing

    rig.until(well, "it does not go on")
    rig.sees("Idle")
