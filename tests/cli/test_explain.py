"""`cardamom explain` and `cardamom simulate transcript`."""

from __future__ import annotations

import json
import socket
import threading
from pathlib import Path

import pytest

from cardamom.cli.main import FAULT, main
from cardamom.control.messages import Explain, decode
from cardamom.daemon.requests import DeskRequests
from cardamom.engines.emv.transcript import Exchange, from_lines, to_lines
from cardamom.simulator.card.profile import load_profile
from support.clerk import concluded, play, sell, with_pin
from support.settings import TERMINAL
from support.shop import Shop

# pyemv hands double-length keys to cryptography as they are
pytestmark = pytest.mark.filterwarnings("ignore:.*-key TripleDES:Warning")
NUMBER = load_profile("debit").applications[0].card_number


def run(capsys: pytest.CaptureFixture[str], *argv: str) -> tuple[int, str, str]:
    code = main(list(argv))
    said = capsys.readouterr()
    return code, said.out, said.err


@pytest.fixture
def recorded(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> Path:
    file = tmp_path / "sale.jsonl"
    code, out, _ = run(capsys, "simulate", "transcript", "debit", str(file))
    assert code == 0
    assert out.startswith("approved; ")
    return file


def test_an_unmasked_transcript_is_run_again(
    recorded: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert recorded.stat().st_mode & 0o777 == 0o600
    assert NUMBER.reveal() in recorded.read_text()
    code, out, _ = run(capsys, "explain", "--transcript", str(recorded))
    assert code == 0
    assert out.startswith("The kernel ran once more over the transcript and came to the same")
    assert "Result: Approved (00)" in out
    assert NUMBER.masked in out
    assert NUMBER.reveal() not in out
    _, out, _ = run(capsys, "explain", "--transcript", str(recorded), "--lang", "zh", "--brief")
    assert "逐位相同" in out
    assert NUMBER.masked not in out


def test_a_transcript_that_was_changed_is_told_from(
    recorded: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    header, steps = from_lines(recorded.read_bytes())
    at = next(n for n, s in enumerate(steps) if isinstance(s, Exchange) and s.command[2:4] == "B2")
    recorded.write_bytes(to_lines(header, steps[:at]))
    code, out, _ = run(capsys, "explain", "--transcript", str(recorded), "--json")
    told = json.loads(out)
    assert (code, told["checked"], told["outcome"]) == (0, "strays", "unknown")
    assert told["detail"].startswith("after the last step: Transmit 00B2")


@pytest.mark.parametrize(
    ("text", "why"),
    [("", "line 1 is no line"), ('{"transcript":2,"masked":true}\n', "format 2")],
)
def test_what_is_no_transcript_is_refused(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], text: str, why: str
) -> None:
    file = tmp_path / "t"
    file.write_text(text)
    code, _, err = run(capsys, "explain", "--transcript", str(file))
    assert code == FAULT
    assert why in err


def test_no_unmasked_transcript_in_production(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    settings = tmp_path / "terminal.toml"
    settings.write_text('mode = "production"\n' + TERMINAL)
    file = tmp_path / "t"
    code, _, err = run(
        capsys, "simulate", "transcript", "debit", str(file), "--settings", str(settings)
    )
    assert code == FAULT
    assert not file.exists()
    assert "unmasked" in err


def test_a_transaction_of_a_journal(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    asked: list[dict[str, object]] = []

    async def script(shop: Shop) -> None:
        await sell(shop, "debit")
        await with_pin(shop)
        await concluded(shop, 1)
        requests = DeskRequests(shop.desk, shop.journal, "CNY")
        request = decode(b'{"op": "explain", "id": 1}')
        assert isinstance(request, Explain)
        asked.append(await requests.answer(request))

    play(tmp_path, script)
    (journal,) = tmp_path.rglob("*.db")
    saved = tmp_path / "saved"
    code, out, _ = run(capsys, "explain", "1", "--file", str(journal), "--save", str(saved))
    assert code == 0
    assert out.startswith("transaction: 1\n")
    assert "The transcript is masked" in out
    assert "Result: Approved (00)" in out
    assert NUMBER.reveal() not in out + saved.read_text()
    # support's copy, and what the terminal answers over its socket, tell the same steps
    again = json.loads(run(capsys, "explain", "--transcript", str(saved), "--json")[1])
    path = tmp_path / "s"
    with socket.socket(socket.AF_UNIX, socket.SOCK_STREAM) as server:
        server.bind(str(path))
        server.listen()
        answering = threading.Thread(target=answer_once, args=(server, asked[0]))
        answering.start()
        code, out, _ = run(capsys, "explain", "1", "--json", "--socket", str(path))
        answering.join()
    told = json.loads(out)
    assert (code, told["checked"], told["outcome"]) == (0, "masked", "approved")
    assert told["steps"] == again["steps"]
    assert again["outcome"] == "approved"


def answer_once(server: socket.socket, answer: dict[str, object]) -> None:
    connection, _ = server.accept()
    with connection:
        assert json.loads(connection.recv(65536)) == {"op": "explain", "id": 1}
        connection.sendall(json.dumps({"ok": True, **answer}).encode() + b"\n")


def test_a_transaction_that_is_not_there(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    async def script(shop: Shop) -> None:
        assert shop.journal is not None

    play(tmp_path, script)
    (journal,) = tmp_path.rglob("*.db")
    code, _, err = run(capsys, "explain", "7", "--file", str(journal))
    assert code == FAULT
    assert "there is no transaction 7" in err


@pytest.mark.parametrize("argv", [[], ["1", "--transcript", "x"]])
def test_one_of_both_is_named(argv: list[str]) -> None:
    with pytest.raises(SystemExit) as ended:
        main(["explain", *argv])
    assert ended.value.code == FAULT
