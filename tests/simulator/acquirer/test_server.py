"""The simulated acquirer as a terminal meets it: what it answers, books and refuses."""

from __future__ import annotations

import asyncio
from pathlib import Path

import msgspec
import pytest

from cardamom.engines.iso8583.profile import Switches
from cardamom.simulator.acquirer.faults import Fault, FaultScript, Trouble, write_fault
from cardamom.simulator.acquirer.ledger import read_ledger, read_messages
from cardamom.values.online import OnlineAnswer, OnlineRequest
from cardamom.values.secret import Pin
from support.acquirer import PROFILE, acquirer, chip, linked, payment

EXPIRED = "6222020000040417"
SMALL = "6222020000040813"
REFERRED = "6222020000040912"
UNKNOWN = "6222020000099991"


def answers(folder: Path, *requests: OnlineRequest, **changes: object) -> list[str]:
    """The codes of some requests, one after another on one link."""

    async def go() -> list[str]:
        async with acquirer(folder) as host, linked(host, **changes) as link:
            codes = []
            for request in requests:
                result = await link.request(request)
                assert isinstance(result, OnlineAnswer), result
                codes.append(result.code)
            return codes

    return asyncio.run(go())


@pytest.mark.parametrize(
    ("request_", "code"),
    [
        (payment(), "00"),
        (payment(None), "00"),
        (payment(Pin(b"654321")), "55"),
        (payment(pan=EXPIRED, expiry="2006"), "54"),
        (payment(expiry="4911"), "54"),
        (payment(pan=UNKNOWN), "14"),
        (payment(pan=SMALL, minor=5001), "51"),
        (payment(pan=SMALL, minor=5000), "00"),
        (payment(pan=REFERRED, pin=None), "01"),
        (payment(minor=5_000_001), "61"),
        (payment(tags=chip(minor=1235)), "05"),
        (payment(tags=chip(psn=2)), "05"),
    ],
    ids=[
        "approved", "no-pin", "wrong-pin", "expired", "other-expiry", "unknown", "too-much",
        "all-of-it", "referral", "over-limit", "other-amount", "other-card",
    ],
)  # fmt: skip
def test_what_the_issuer_says_reaches_the_terminal(
    tmp_path: Path, request_: OnlineRequest, code: str
) -> None:
    assert answers(tmp_path, request_) == [code]
    (row,) = read_ledger(tmp_path / "ledger.db")
    assert row["code"] == code
    assert row["state"] == ("approved" if code == "00" else "declined")


def test_a_repeat_is_answered_as_before_and_booked_once(tmp_path: Path) -> None:
    twice = payment(pan=SMALL, minor=5000)
    assert answers(tmp_path, twice, twice) == ["00", "00"]
    assert len(read_ledger(tmp_path / "ledger.db")) == 1
    outcomes = [m["outcome"] for m in read_messages(tmp_path / "ledger.db")]
    assert outcomes == ["network 001", "booked 00", "repeated"]


def test_a_balance_is_spent_over_sessions(tmp_path: Path) -> None:
    assert answers(tmp_path, payment(pan=SMALL, minor=3000, stan=1)) == ["00"]
    assert answers(tmp_path, payment(pan=SMALL, minor=3000, stan=2)) == ["51"]


def test_a_terminal_that_has_not_signed_on_is_refused(tmp_path: Path) -> None:
    hasty = msgspec.structs.replace(
        PROFILE, switches=Switches(sign_on=False, mac=False, pin_key=False, echo=False)
    )
    assert answers(tmp_path, payment(None), profile=hasty) == ["58"]


def test_faults_are_noted_with_the_message_they_befell(tmp_path: Path) -> None:
    async def go() -> None:
        fault = Fault(Trouble.SILENT_BEFORE)
        async with acquirer(tmp_path, fault) as host, linked(host, deadline_s=0.2) as link:
            await link.request(payment())

    asyncio.run(go())
    last = read_messages(tmp_path / "ledger.db")[-1]
    assert (last["mti"], last["stan"], last["outcome"]) == ("0200", "000042", "fault silent-before")


def test_faults_come_from_another_process_in_order(tmp_path: Path) -> None:
    path = tmp_path / "faults.jsonl"
    script = FaultScript(path)
    assert script.next() is None
    write_fault(path, Fault(Trouble.CODE, code="91"))
    with path.open("a", encoding="utf-8") as file:
        file.write('{"fault": "no-such-fault"}\n{"fault": "delay", "seconds": 0.5}\n')
    assert script.next() == Fault(Trouble.CODE, code="91")
    assert script.next() == Fault(Trouble.DELAY, seconds=0.5), "what is no fault is passed over"
    assert script.next() is None
    write_fault(path, Fault(Trouble.CUT))
    assert script.next() == Fault(Trouble.CUT)


def test_no_card_number_is_kept(tmp_path: Path) -> None:
    answers(tmp_path, payment(), payment(pan=UNKNOWN, stan=43))
    for file in tmp_path.iterdir():
        content = file.read_bytes()
        for pan in ("6222020000040128", UNKNOWN):
            assert pan.encode() not in content
            assert bytes.fromhex(pan) not in content
