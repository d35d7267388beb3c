"""The issuer's scripts against a simulated card, which checks their MACs with another library."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import msgspec
import pytest

from cardamom.cli.main import main
from cardamom.engines import tlv
from cardamom.simulator.acquirer.accounts import load_accounts
from cardamom.simulator.acquirer.faults import Fault, Trouble
from cardamom.simulator.acquirer.issuer import Issuer
from cardamom.simulator.acquirer.ledger import Ledger
from cardamom.simulator.card.card import Card
from cardamom.simulator.testdata import issuer_keys
from cardamom.values.secret import Pan
from support.cards import ARQC, TC, arpc, generate_ac, initiate, objects, powered, select, send
from support.cards import CDOL_DATA as DATA

pytestmark = pytest.mark.filterwarnings("ignore:.*TripleDES:Warning")

PROVEN = (0x9F26, 0x9F36)


@pytest.fixture
def issuer(tmp_path: Path) -> Iterator[Issuer]:
    ledger = Ledger(tmp_path / "ledger.db")
    yield Issuer(load_accounts(), issuer_keys(), ledger)
    ledger.close()


def asked(card: Card) -> dict[int, bytes]:
    initiate(card)
    return objects(generate_ac(card, ARQC))


def ordered(issuer: Issuer, card: Card, answer: dict[int, bytes], *words: str) -> bytes:
    icc = tlv.encode_all((tag, answer[tag]) for tag in PROVEN)
    return issuer.scripts(card.profile.applications[0].card_number, icc, words)


def commands(scripts: bytes) -> list[bytes]:
    return [value for tag, value in tlv.walk(scripts) if tag == 0x86]


def test_the_card_carries_them_out(issuer: Issuer) -> None:
    card = powered()
    answer = asked(card)
    scripts = ordered(issuer, card, answer, "71 put-data 9F58 05", "72 application-block")
    (before, first), (after, second) = tlv.items(scripts)
    assert (before, after) == (0x71, 0x72)
    assert dict(tlv.items(first))[0x9F18] == b"\0\0\0\1"
    assert dict(tlv.items(second))[0x9F18] == b"\0\0\0\2"
    put, block = commands(scripts)
    assert send(card, put).sw == 0x9000
    code = arpc(card.profile.applications[0], answer)
    assert objects(generate_ac(card, TC, code + b"00" + DATA))[0x9F27] == b"\x40"
    assert send(card, block).sw == 0x9000
    assert select(card).sw == 0x6283


@pytest.mark.parametrize("words", ["71 application-unblock", "71 pin-unblock", "72 card-block"])
def test_each_command(issuer: Issuer, words: str) -> None:
    card = powered()
    (command,) = commands(ordered(issuer, card, asked(card), words))
    assert send(card, command).sw == 0x9000
    assert (select(card).sw == 0x6A81) == (words == "72 card-block")


def test_a_script_is_for_one_cryptogram_of_one_card(issuer: Issuer) -> None:
    card = powered()
    (command,) = commands(ordered(issuer, card, asked(card), "71 application-block"))
    asked(card)
    assert send(card, command).sw == 0x6988, "made for the transaction before"
    other = powered("no-cvm")
    (command,) = commands(ordered(issuer, card, asked(other), "71 application-block"))
    assert send(other, command).sw == 0x6988, "made for another card"


def test_nothing_for_a_stranger_or_without_a_cryptogram(issuer: Issuer) -> None:
    card = powered()
    answer = asked(card)
    icc = tlv.encode_all((tag, answer[tag]) for tag in PROVEN)
    words = ("71 pin-unblock",)
    number = card.profile.applications[0].card_number
    assert issuer.scripts(Pan("6222029999999999"), icc, words) == b""
    assert issuer.scripts(number, tlv.encode(0x9F26, answer[0x9F26]), words) == b""
    assert issuer.scripts(number, b"\x9f", words) == b""


@pytest.mark.parametrize(
    "words",
    ["", "73 pin-unblock", "71", "71 format-card", "71 put-data 9F58", "72 put-data 9F58 5",
     "72 put-data 9f58 05", "71 pin-unblock 00"],
)  # fmt: skip
def test_words_that_are_no_script(words: str) -> None:
    line = msgspec.json.encode({"fault": "scripts", "scripts": [words]})
    with pytest.raises(msgspec.ValidationError):
        msgspec.json.decode(line, type=Fault)


def test_the_line_of_a_fault_script() -> None:
    line = b'{"fault": "scripts", "scripts": ["71 pin-unblock", "72 put-data 9F58 05"]}'
    fault = msgspec.json.decode(line, type=Fault)
    assert fault.trouble is Trouble.SCRIPTS
    assert fault.scripts == ("71 pin-unblock", "72 put-data 9F58 05")


def test_scripts_by_command(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    command = ["simulate", "fault", "--run", str(tmp_path), "scripts", "--script"]
    assert main([*command, "71 pin-unblock", "--script", "72 application-block"]) == 0
    line = (tmp_path / "faults.jsonl").read_text("utf-8")
    fault = msgspec.json.decode(line, type=Fault)
    assert fault == Fault(Trouble.SCRIPTS, scripts=("71 pin-unblock", "72 application-block"))
    assert main([*command, "format-card"]) != 0
    assert "this is no fault" in capsys.readouterr().err
