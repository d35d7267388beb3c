"""Each fault as it looks on the line, over real TLS on loopback."""

from __future__ import annotations

import asyncio
import json
import ssl
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from time import monotonic
from typing import TypeVar

import pytest

from cardamom.cli.main import main
from cardamom.engines.iso8583.codec import BadMacError, Codec, MessageError
from cardamom.engines.iso8583.mapping import message_for
from cardamom.faults import DeviceFault
from cardamom.simulator.acquirer.faults import (
    ABOUT,
    BEFORE,
    Fault,
    FaultScript,
    Trouble,
    check_script,
    write_fault,
)
from cardamom.simulator.acquirer.ledger import read_flags, read_ledger, read_messages
from cardamom.simulator.acquirer.run import build
from cardamom.values.online import Purpose
from support.acquirer import acquirer, payment, until
from support.follow_ups import delivery, follow
from support.messages import ZONE
from support.wire import Wire, beside, is_open

T = TypeVar("T")
BRIEF_S = 0.3


def against(folder: Path, work: Callable[[int], T], *faults: Fault) -> T:
    """Blocking work against an acquirer with these faults; it gets the port."""

    async def go() -> T:
        async with acquirer(folder, *faults) as host:
            return await beside(lambda: work(host.port))

    return asyncio.run(go())


def booked(folder: Path) -> int:
    return len(read_ledger(folder / "ledger.db"))


@pytest.mark.parametrize(
    ("trouble", "end"),
    [
        (Trouble.CLOSE_BEFORE, EOFError),
        (Trouble.CLOSE_AFTER, EOFError),
        (Trouble.CUT, EOFError),
        (Trouble.NO_NOTIFY, ssl.SSLEOFError),
        (Trouble.SILENT_BEFORE, TimeoutError),
        (Trouble.SILENT_AFTER, TimeoutError),
        (Trouble.HALF_OPEN, TimeoutError),
        (Trouble.KEPT, TimeoutError),
    ],
)
def test_how_the_line_ends(tmp_path: Path, trouble: Trouble, end: type[Exception]) -> None:
    def work(port: int) -> None:
        with Wire(port, patience_s=1.0 if end is TimeoutError else 10.0) as wire:
            wire.sign_on()
            wire.pay()
            with pytest.raises(end):
                wire.hear()

    against(tmp_path, work, Fault(trouble, seconds=BRIEF_S))
    assert booked(tmp_path) == (trouble not in BEFORE)


@pytest.mark.parametrize(
    ("trouble", "reset"),
    [(Trouble.RESET, True), (Trouble.REFUSE, True), (Trouble.NO_NOTIFY, False)],
)
def test_an_end_with_and_without_rst(tmp_path: Path, trouble: Trouble, reset: bool) -> None:
    def work(port: int) -> bool:
        with Wire(port) as wire:
            wire.sign_on()
            wire.pay()
            return wire.is_reset()

    assert against(tmp_path, work, Fault(trouble, seconds=BRIEF_S)) is reset
    assert booked(tmp_path) == (trouble not in BEFORE)


def test_a_silent_host_answers_the_next_message(tmp_path: Path) -> None:
    def work(port: int) -> list[str]:
        with Wire(port) as wire:
            wire.sign_on()
            wire.pay(payment(None, stan=41))
            wire.pay(payment(None, stan=42))
            return wire.stans(1)

    assert against(tmp_path, work, Fault(Trouble.SILENT_AFTER)) == ["000042"]
    assert booked(tmp_path) == 2


def test_connections_are_refused_for_a_while(tmp_path: Path) -> None:
    async def go() -> None:
        async with acquirer(tmp_path, Fault(Trouble.REFUSE, seconds=1.5)) as host:

            def work() -> None:
                with Wire(host.port) as other, Wire(host.port) as wire:
                    wire.sign_on()
                    wire.pay()
                    assert wire.is_reset()
                    assert other.is_reset()
                assert not is_open(host.port)

            await beside(work)
            await until(lambda: is_open(host.port))

            def again() -> str:
                with Wire(host.port) as wire:
                    wire.sign_on()
                    wire.pay()
                    return wire.hear().fields[39]

            assert await beside(again) == "00"

    asyncio.run(go())


def test_a_half_open_host_takes_connections_and_says_nothing(tmp_path: Path) -> None:
    def work(port: int) -> None:
        with Wire(port, patience_s=0.5) as wire, Wire(port, patience_s=0.5) as other:
            wire.sign_on()
            wire.pay()
            for line in (wire, other):
                with pytest.raises(TimeoutError):
                    line.sign_on()
        with Wire(port, patience_s=0.5) as fresh, pytest.raises(TimeoutError):
            fresh.sign_on()

    against(tmp_path, work, Fault(Trouble.HALF_OPEN, seconds=60))


@pytest.mark.parametrize("trouble", [Trouble.DELAY, Trouble.DELAY_BEFORE, Trouble.SLOW])
def test_what_comes_late(tmp_path: Path, trouble: Trouble) -> None:
    def work(port: int) -> float:
        with Wire(port) as wire:
            wire.sign_on()
            began = monotonic()
            wire.pay()
            assert wire.hear().fields[39] == "00"
            return monotonic() - began

    assert against(tmp_path, work, Fault(trouble, seconds=BRIEF_S)) >= BRIEF_S


def test_a_slow_answer_comes_in_pieces(tmp_path: Path) -> None:
    def work(port: int) -> int:
        with Wire(port) as wire:
            wire.sign_on()
            wire.pay()
            return len(wire.socket.recv(65536))

    assert against(tmp_path, work, Fault(Trouble.SLOW, seconds=BRIEF_S)) == 1


def test_answers_doubled_repeated_and_kept_back(tmp_path: Path) -> None:
    def work(port: int) -> list[str]:
        with Wire(port) as wire:
            wire.sign_on()
            for stan in (41, 42, 43, 44):
                wire.pay(payment(None, stan=stan))
            return wire.stans(6)

    faults = (Fault(Trouble.DUPLICATE), Fault(Trouble.PREVIOUS), Fault(Trouble.KEPT))
    assert against(tmp_path, work, *faults) == [
        *("000041", "000041"),
        *("000041", "000042"),
        *("000043", "000044"),
    ]


def test_a_request_that_its_reversal_overtakes_is_refused(tmp_path: Path) -> None:
    """Over two connections: the first is gone when the request is taken up."""

    def work(port: int) -> list[str]:
        request = payment(None)
        undone = follow(Purpose.REVERSAL, request.record)
        with Wire(port) as wire:
            wire.sign_on()
            wire.pay(request)
            keys = wire.keys
        with Wire(port) as wire:
            wire.keys = keys
            codes = []
            for attempts in (1, 2):
                told = replace(undone, delivery=delivery(attempts=attempts))
                wire.say(message_for(told, wire.profile, ZONE))
                codes.append(wire.hear().fields[39])
            return codes

    assert against(tmp_path, work, Fault(Trouble.OVERTAKEN)) == ["25", "25"]
    (row,) = read_ledger(tmp_path / "ledger.db")
    assert (row["state"], row["code"]) == ("declined", "12")
    assert [f["flag"] for f in read_flags(tmp_path / "ledger.db")] == ["original-after-reversal"]


def test_an_overtaken_request_is_answered_after_the_next(tmp_path: Path) -> None:
    def work(port: int) -> list[str]:
        with Wire(port) as wire:
            wire.sign_on()
            wire.pay(payment(None, stan=41))
            wire.pay(payment(None, stan=42))
            return wire.stans(2)

    assert against(tmp_path, work, Fault(Trouble.OVERTAKEN)) == ["000042", "000041"]


@pytest.mark.parametrize(
    ("trouble", "number", "value"),
    [(Trouble.WRONG_STAN, 11, "000043"), (Trouble.WRONG_AMOUNT, 4, "000000001334")],
)
def test_a_wrong_answer_has_a_right_mac(
    tmp_path: Path, trouble: Trouble, number: int, value: str
) -> None:
    def work(port: int) -> str:
        with Wire(port) as wire:
            wire.sign_on()
            wire.pay()
            assert wire.keys is not None
            raw = wire.raw()
            return Codec(wire.profile).decode(raw, wire.keys.answer_mac).fields[number]

    assert against(tmp_path, work, Fault(trouble)) == value


def test_a_wrong_mac_and_garbage(tmp_path: Path) -> None:
    def work(port: int) -> None:
        with Wire(port) as wire:
            wire.sign_on()
            wire.pay()
            assert wire.keys is not None
            with pytest.raises(BadMacError):
                Codec(wire.profile).decode(wire.raw(), wire.keys.answer_mac)
            wire.pay(payment(None, stan=43))
            with pytest.raises(MessageError):
                Codec(wire.profile).decode(wire.raw())

    against(tmp_path, work, Fault(Trouble.WRONG_MAC), Fault(Trouble.GARBAGE))


def test_a_fault_for_one_message_type_waits_for_it(tmp_path: Path) -> None:
    def work(port: int) -> list[str]:
        with Wire(port) as wire:
            refused = wire.sign_on().fields[39]
            wire.sign_on(2)
            wire.pay()
            return [refused, wire.hear().fields[39]]

    faults = (Fault(Trouble.CODE, code="91", mti="04"), Fault(Trouble.CODE, code="96", mti="0800"))
    assert against(tmp_path, work, *faults) == ["96", "00"]


def test_the_first_that_is_meant_befalls_and_as_often_as_it_says() -> None:
    script = FaultScript()
    one, other = Fault(Trouble.CUT, mti="042", times=2), Fault(Trouble.RESET)
    for fault in (one, other):
        script.add(fault)
    assert script.next("0800") is None
    assert [script.next(mti) for mti in ("0420", "0200", "0200", "0421", "0421")] == [
        one, other, None, one, None,
    ]  # fmt: skip


def test_a_script_goes_on_over_a_restart(tmp_path: Path) -> None:
    path = tmp_path / "faults.jsonl"
    once, twice = Fault(Trouble.CUT), Fault(Trouble.CODE, code="91", times=2)
    for fault in (once, twice):
        write_fault(path, fault)
    assert [FaultScript(path).next() for _ in range(4)] == [once, twice, twice, None]
    write_fault(path, once)
    assert FaultScript(path).next() == once
    path.write_text('{"fault": "reset"}\n', "utf-8")
    assert FaultScript(path).next() == Fault(Trouble.RESET), "another script begins anew"
    path.with_name("faults.jsonl.taken").write_bytes(b"\xff")
    assert FaultScript(path).next() == Fault(Trouble.RESET)


def test_a_script_befalls_two_runs_of_one_folder(tmp_path: Path) -> None:
    script = tmp_path / "script.jsonl"
    script.write_text(
        '{"fault": "code", "code": "91", "mti": "0200"}\n{"fault": "code", "code": "92"}\n', "utf-8"
    )

    async def run() -> str:
        server, ledger = build(tmp_path, "", "Asia/Shanghai", script)
        port = await server.start()

        def work() -> str:
            with Wire(port) as wire:
                wire.sign_on()
                wire.pay(payment(None, stan=booked(tmp_path) + 1))
                return wire.hear().fields[39]

        try:
            return await beside(work)
        finally:
            await server.close()
            ledger.close()

    assert [asyncio.run(run()) for _ in range(3)] == ["91", "92", "00"]


def test_a_script_is_checked_before_anything_starts(tmp_path: Path) -> None:
    path = tmp_path / "faults.jsonl"
    path.write_text('{"fault": "cut"}\n\n{"fault": "none"}\n', "utf-8")
    with pytest.raises(DeviceFault, match=r"faults.jsonl, line 3: Invalid enum value"):
        check_script(path)
    with pytest.raises(DeviceFault, match="name a file of faults"):
        check_script(tmp_path / "missing")
    path.write_bytes(b"\xff\xfe")
    with pytest.raises(DeviceFault, match="it is no text"):
        check_script(path)


def test_faults_by_command(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    run = ["--run", str(tmp_path)]
    words = ["simulate", "fault", *run, "code", "--code", "91", "--mti", "042", "--times", "3"]
    assert main(words) == 0
    assert json.loads((tmp_path / "faults.jsonl").read_text("utf-8")) == {
        "fault": "code", "code": "91", "seconds": 1.0, "mti": "042", "times": 3,
        "scripts": [],
    }  # fmt: skip
    assert main(["simulate", "fault", *run, "code", "--code", "9"]) != 0
    assert "this is no fault" in capsys.readouterr().err
    assert len((tmp_path / "faults.jsonl").read_text("utf-8").splitlines()) == 1


def test_every_fault_is_told_of_in_the_help(capsys: pytest.CaptureFixture[str]) -> None:
    assert set(ABOUT) == set(Trouble)
    with pytest.raises(SystemExit):
        main(["simulate", "acquirer", "--help"])
    shown = capsys.readouterr().out
    assert all(f"  {trouble}  " in shown for trouble in Trouble)
    examples = [line for line in shown.splitlines() if line.startswith('  {"fault"')]
    assert len(examples) == 3
    for line in examples:
        json.loads(line)


def test_each_fault_is_noted(tmp_path: Path) -> None:
    def work(port: int) -> None:
        with Wire(port) as wire:
            wire.sign_on()
            wire.pay()
            wire.hear()

    against(tmp_path, work, Fault(Trouble.DUPLICATE))
    outcomes = [m["outcome"] for m in read_messages(tmp_path / "ledger.db")]
    assert outcomes == ["network 001", "fault duplicate", "booked 00"]
