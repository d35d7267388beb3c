"""The merchant's own cards through the whole daemon: a card is made by command at a simulated
PN532, pays, is voided and refunded, settled, blocked; the acquirer's ledger agrees."""

from __future__ import annotations

import subprocess
import sys
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest

from cardamom.control.client import LostError
from cardamom.simulator.agreement import disagreements
from cardamom.simulator.pn532.simulated import SimulatedPn532
from cardamom.simulator.pn532.tags import Type2Tag, type_2
from cardamom.simulator.rig import Rig, RigConfig

PASSCODE = "246810"
HAND_S = 0.5
"""Between one card and the next."""
PHRASE = "a phrase for tests"
RICH, POOR = "9990010000000010", "9990010000000028"
BLOCKED, UNKNOWN = "9990010000000036", "9990010000000044"


@dataclass
class Club:
    """A rig whose reader is a simulated PN532 of the test's own."""

    rig: Rig
    pn532: SimulatedPn532

    def command(self, *words: str, typed: tuple[str, ...] = (PASSCODE,), code: int = 0) -> str:
        """`cardamom member ...`; what it says."""
        socket = () if words[0] in ("key", "sign") else ("--socket", str(self.rig.control))
        done = subprocess.run(
            [sys.executable, "-m", "cardamom.cli.main", "member", words[0], *socket, *words[1:]],
            input="".join(f"{line}\n" for line in typed),
            capture_output=True,
            text=True,
            timeout=60,
            check=False,
        )
        assert done.returncode == code, done.stderr
        return done.stdout + done.stderr

    def sign(self, number: str, uid: str, *more: str) -> bytes:
        key = str(self.rig.folder / "club.key")
        words = ("sign", number, "--key", key, "--uid", uid, "--until", "4912", *more)
        return bytes.fromhex(self.command(*words, typed=(PHRASE,)).strip())

    def pay(self, tag: Type2Tag, amount: str, reference: str) -> dict[str, Any]:
        with ThreadPoolExecutor(1) as pool:
            selling = pool.submit(
                self.rig.ask, op="sale", amount=amount, currency="CNY", reference=reference
            )
            self.rig.sees("PresentCard")
            self.pn532.radio.put(tag)
            try:
                sold: dict[str, Any] = selling.result(30)["transaction"]
            finally:
                self.leaves(tag)
        return sold

    def silence(self) -> None:
        """The next request is booked and not answered."""
        with (self.rig.folder / "faults.jsonl").open("a", encoding="utf-8") as script:
            script.write('{"fault": "silent-after", "mti": "0200"}\n')

    def leaves(self, tag: Type2Tag) -> None:
        """Out of the field, and the next one not at once."""
        self.pn532.radio.take(tag)
        time.sleep(HAND_S)


@pytest.fixture(scope="module")
def club(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Club]:
    folder = tmp_path_factory.mktemp("club")
    with SimulatedPn532() as pn532:
        made = subprocess.run(
            [sys.executable, "-m", "cardamom.cli.main", "member", "key", str(folder / "club.key")],
            input=f"{PHRASE}\n{PHRASE}\n",
            text=True,
            capture_output=True,
            timeout=60,
            check=False,
        )
        assert made.returncode == 0, made.stderr

        def arrange(settings: Path) -> None:
            text = settings.read_text("utf-8").split("\n[contactless]")[0]
            text += f'\n[contactless]\ndriver = "pn532"\ndevice = "{pn532.device}"\n'
            text += '\n[closed_loop]\nkeys = ["club.key.pub"]\n'
            settings.write_text(text, "utf-8")

        config = RigConfig(
            folder, "inprocess", "en", deadline_s=2, contactless=True, bring_keys=arrange
        )
        with Rig(config) as rig:
            yield Club(rig, pn532)


def test_a_card_is_made_and_pays(club: Club) -> None:
    tag = type_2(bytes.fromhex("04A1B2C3D4E5F6"), b"")
    club.pn532.radio.put(tag)
    said = club.command(
        "issue", RICH, "--key", str(club.rig.folder / "club.key"), "--until", "4912", "--name",
        "Lin Xiaoyu", typed=(PHRASE, PASSCODE),
    )  # fmt: skip
    assert "Lin Xiaoyu" in said
    shown = club.command("show", typed=())
    assert "999001******0010" in shown
    assert RICH not in shown
    club.leaves(tag)
    paid = club.pay(tag, "12.34", "lunch")
    assert (paid["outcome"], paid["tender"], paid["entry"]) == ("approved", "closed_loop", "tag")
    assert paid["card"] == "999001******0010"
    left = Decimal(paid["balance"])
    void = club.rig.ask(op="void", id=paid["id"], passcode=PASSCODE)["transaction"]
    assert (void["outcome"], Decimal(void["balance"])) == ("approved", left + Decimal("12.34"))
    again = club.pay(tag, "20.00", "dinner")
    assert Decimal(again["balance"]) == Decimal(void["balance"]) - 20
    back = club.rig.ask(op="refund", id=again["id"], amount="5.00", passcode=PASSCODE)
    assert Decimal(back["transaction"]["balance"]) == Decimal(again["balance"]) + 5


@pytest.mark.parametrize(
    ("number", "more", "amount", "code"),
    [
        (POOR, ("--issue", "1"), "5.01", "51"),
        (POOR, (), "1.00", "62"),
        (BLOCKED, (), "1.00", "62"),
        (UNKNOWN, (), "1.00", "14"),
    ],
    ids=["too little", "older issue", "blocked", "unknown"],
)
def test_the_issuer_refuses(
    club: Club, number: str, more: tuple[str, ...], amount: str, code: str
) -> None:
    tag = type_2(bytes.fromhex("04112233445566"), club.sign(number, "04112233445566", *more))
    refused = club.pay(tag, amount, f"{number[-4:]}-{code}-{amount}")
    assert (refused["outcome"], refused["response_code"]) == ("declined", code)


def test_a_copy_does_not_pay_and_the_next_card_does(club: Club) -> None:
    record = club.sign(RICH, "04A1B2C3D4E5F6")
    copy = type_2(bytes.fromhex("04DEADBEEF0011"), record)
    good = type_2(bytes.fromhex("04A1B2C3D4E5F6"), record)
    with ThreadPoolExecutor(1) as pool:
        selling = pool.submit(club.rig.ask, op="sale", amount="1.00", reference="copy")
        club.rig.sees("PresentCard")
        club.pn532.radio.put(copy)
        log = club.rig.folder / "terminal.log"
        club.rig.until(lambda: "made for another tag" in log.read_text(), "the copy passes")
        club.leaves(copy)
        club.rig.sees("PresentCard")
        club.pn532.radio.put(good)
        record_of = selling.result(30)["transaction"]
        club.leaves(good)
    assert record_of["outcome"] == "approved"


def test_a_lost_answer_is_reversed(club: Club) -> None:
    tag = type_2(bytes.fromhex("04A1B2C3D4E5F6"), club.sign(RICH, "04A1B2C3D4E5F6"))
    club.silence()
    unknown = club.pay(tag, "3.00", "lost")
    assert unknown["outcome"] == "unknown"

    def reversed_() -> bool:
        told = club.rig.ask(op="show", id=unknown["id"])["transaction"]
        return bool(told["state"] == "reversed")

    club.rig.until(reversed_, "the reversal is not done", 60)


def test_a_terminal_that_dies_in_flight_reverses_when_it_is_back(club: Club) -> None:
    tag = type_2(bytes.fromhex("04A1B2C3D4E5F6"), club.sign(RICH, "04A1B2C3D4E5F6"))
    club.silence()
    with ThreadPoolExecutor(1) as pool:
        selling = pool.submit(club.rig.ask, op="sale", amount="4.00", reference="killed")
        club.rig.sees("PresentCard")
        club.pn532.radio.put(tag)
        club.rig.sees("Authorising")
        assert club.rig.terminal is not None
        club.rig.terminal.kill()
        with pytest.raises(LostError):
            selling.result(30)
    club.leaves(tag)
    club.rig.stop_terminal()
    club.rig.start_terminal(60)

    def reversed_() -> bool:
        told = club.rig.ask(op="sale", amount="4.00", reference="killed")["transaction"]
        return bool(told["state"] == "reversed")

    club.rig.until(reversed_, "the reversal is not done", 60)


def test_a_blocked_member_does_not_pay(club: Club) -> None:
    assert "BLOCKED" in club.command("block", RICH)
    assert "BLOCKED" in club.command("list")
    tag = type_2(bytes.fromhex("04A1B2C3D4E5F6"), club.sign(RICH, "04A1B2C3D4E5F6"))
    with ThreadPoolExecutor(1) as pool:
        selling = pool.submit(club.rig.ask, op="sale", amount="1.00", reference="blocked")
        club.rig.sees("PresentCard")
        club.pn532.radio.put(tag)
        log = club.rig.folder / "terminal.log"
        club.rig.until(lambda: "card_blocked" in log.read_text(), "the card is not refused")
        club.leaves(tag)
        club.rig.ask(op="cancel", reference="blocked")
        refused = selling.result(30)["transaction"]
    assert refused["outcome"] == "not_completed"
    club.command("unblock", RICH)


def test_the_ledger_agrees_and_the_batch_settles(club: Club) -> None:
    told = club.rig.ask(op="transactions", limit=100)["transactions"]
    for each in told:
        club.rig.printed(each["id"])
    told = club.rig.ask(op="transactions", limit=100)["transactions"]
    assert disagreements(told, club.rig.ledger(), club.rig.slips) == []
    settled = club.rig.ask(op="settle")["settlement"]
    assert settled["uploaded"] == 0
    whole = b"".join(p.read_bytes() for p in club.rig.folder.glob("*.log"))
    assert RICH.encode() not in whole
