"""What void, refund, settle, close and owed ask of a terminal, and the codes that they end with."""

from __future__ import annotations

import io
import json
import socket
import threading
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from cardamom.cli.main import main
from cardamom.control.messages import decode


class Terminal:
    """Hears one line and says what it was told to."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self.heard: list[bytes] = []
        self._server = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
        self._server.bind(str(path))
        self._server.listen()

    def asked(self, said: bytes, *arguments: str, as_json: bool = True) -> int:
        """The exit code of one command that hears this."""
        speaking = threading.Thread(target=self._speak, args=(said,))
        speaking.start()
        style = ["--json"] if as_json else []
        code = main([*arguments, *style, "--socket", str(self.path)])
        speaking.join()
        return code

    def request(self) -> dict[str, Any]:
        """What was asked; the daemon's own decoder takes it."""
        decode(self.heard[-1])
        found: dict[str, Any] = json.loads(self.heard[-1])
        return found

    def _speak(self, said: bytes) -> None:
        caller, _ = self._server.accept()
        with caller:
            self.heard.append(caller.recv(65536))
            caller.sendall(said)

    def close(self) -> None:
        self._server.close()


@pytest.fixture
def terminal(tmp_path: Path) -> Iterator[Terminal]:
    made = Terminal(tmp_path / "s")
    yield made
    made.close()


@pytest.fixture(autouse=True)
def typed(monkeypatch: pytest.MonkeyPatch) -> None:
    """A script's input: the supervisor's passcode."""
    monkeypatch.setattr("sys.stdin", io.StringIO("246810\n"))


def said(**answer: Any) -> bytes:
    return json.dumps(answer).encode() + b"\n"


APPROVED = said(ok=True, transaction={"id": 3, "outcome": "approved"})
MONEY = [
    (APPROVED, 0),
    (said(ok=True, transaction={"outcome": "declined"}), 10),
    (said(ok=True, transaction={"outcome": "not_completed"}), 10),
    (said(ok=True, transaction={"outcome": "unknown"}), 20),
    (said(ok=False, error="voided already", nothing_asked=True), 30),
    (said(ok=False, error="the disk is full", nothing_asked=False), 20),
    (b'{"ok": true, "transa', 20),
    (b"", 20),
]


@pytest.mark.parametrize("command", [("void", "2"), ("refund", "2", "3.50")])
@pytest.mark.parametrize(("answer", "code"), MONEY)
def test_codes_of_what_moves_money(
    terminal: Terminal, command: tuple[str, ...], answer: bytes, code: int
) -> None:
    assert terminal.asked(answer, *command) == code


@pytest.mark.parametrize(
    ("command", "wanted"),
    [
        (("void", "2"), {"op": "void", "id": 2, "passcode": "246810"}),
        (
            ("void", "2", "--reference", ""),
            {"op": "void", "id": 2, "passcode": "246810", "reference": ""},
        ),
        (("refund", "2"), {"op": "refund", "id": 2, "passcode": "246810"}),
        (
            ("refund", "2", "3.50", "--reference", "r"),
            {"op": "refund", "id": 2, "amount": "3.50", "passcode": "246810", "reference": "r"},
        ),
        (("void", "--trace", "345"), {"op": "void", "trace": 345, "passcode": "246810"}),
        (
            ("refund", "--trace", "345", "3.50"),
            {"op": "refund", "trace": 345, "amount": "3.50", "passcode": "246810"},
        ),
        (("settle",), {"op": "settle"}),
        (("settle", "--supervisor"), {"op": "settle", "passcode": "246810"}),
        (
            ("settle", "--close", "--host-reference", "CALL-1"),
            {"op": "settle", "passcode": "246810", "host_reference": "CALL-1"},
        ),
        (("report", "x"), {"op": "report", "report": "x", "print": False}),
        (("report", "z", "--print"), {"op": "report", "report": "z", "print": True}),
        (("reprint",), {"op": "reprint"}),
        (("reprint", "7"), {"op": "reprint", "id": 7}),
        (("owed",), {"op": "owed"}),
        (
            ("close", "4", "--host-reference", "CALL-1", "--not-taken"),
            {
                "op": "close", "id": 4, "host_reference": "CALL-1", "taken": False,
                "passcode": "246810",
            },
        ),
        (
            ("sale", "1.00", "--supervisor"),
            {"op": "sale", "amount": "1.00", "passcode": "246810"},
        ),
    ],
)  # fmt: skip
def test_what_is_asked(
    terminal: Terminal, command: tuple[str, ...], wanted: dict[str, Any]
) -> None:
    assert terminal.asked(said(ok=False, error="no", nothing_asked=True), *command) == 30
    if wanted.get("reference") != "":
        asked = terminal.request()
        if wanted["op"] in ("void", "refund", "sale") and "reference" not in wanted:
            assert asked.pop("reference").startswith("cli-"), "one of its own, for a cancel"
        assert asked == wanted
    else:
        assert json.loads(terminal.heard[-1]) == wanted


def settlement(outcome: str, code: str | None = None) -> bytes:
    told = {"outcome": outcome, "batch": "000001", "totals": [], "uploaded": 0}
    return said(ok=True, settlement={**told, "response_code": code})


@pytest.mark.parametrize(
    ("answer", "code"),
    [
        (settlement("settled"), 0),
        (settlement("closed", "03"), 0),
        (settlement("waiting"), 20),
        (settlement("waiting", "03"), 20),
        (said(ok=False, error="a sale is unknown", nothing_asked=True), 30),
        (b"", 20),
    ],
)
def test_codes_of_a_settlement(terminal: Terminal, answer: bytes, code: int) -> None:
    assert terminal.asked(answer, "settle") == code


def test_something_owed_has_a_code_of_its_own(terminal: Terminal) -> None:
    assert terminal.asked(said(ok=True, owed=[]), "owed") == 0
    assert terminal.asked(said(ok=True, owed=[{"id": 1}]), "owed") == 20


@pytest.mark.parametrize(
    "wrong",
    [("void",), ("void", "x"), ("void", "1", "2"), ("void", "1", "--trace", "2"),
     ("refund",), ("refund", "3.50"), ("refund", "1", "2", "3"), ("refund", "--trace", "x")],
)  # fmt: skip
def test_a_sale_that_is_not_named(terminal: Terminal, wrong: tuple[str, ...]) -> None:
    with pytest.raises(SystemExit) as ended:
        main([*wrong, "--socket", str(terminal.path)])
    assert ended.value.code == 30
    assert terminal.heard == []


def test_a_close_says_what_the_host_told(terminal: Terminal, tmp_path: Path) -> None:
    for wrong in (
        ("close", "4"),
        ("close", "4", "--host-reference", "R"),
        ("close", "4", "--taken"),
    ):
        with pytest.raises(SystemExit) as ended:
            main([*wrong, "--socket", str(tmp_path / "s")])
        assert ended.value.code == 30
    assert terminal.heard == []


@pytest.mark.parametrize("wrong", [("--close",), ("--host-reference", "CALL-1")])
def test_a_batch_is_closed_with_a_reference_alone(
    terminal: Terminal, wrong: tuple[str, ...]
) -> None:
    with pytest.raises(SystemExit) as ended:
        main(["settle", *wrong, "--socket", str(terminal.path)])
    assert ended.value.code == 30
    assert terminal.heard == []


def test_how_a_batch_was_closed_is_said_in_words(
    terminal: Terminal, capsys: pytest.CaptureFixture[str]
) -> None:
    told = {"outcome": "closed", "batch": "000001", "totals": [], "uploaded": 0}
    told |= {"response_code": "03", "host_reference": "CALL-1"}
    words = ("settle", "--close", "--host-reference", "CALL-1")
    assert terminal.asked(said(ok=True, settlement=told), *words, as_json=False) == 0
    wanted = "batch 000001 is closed without the host's agreement (code 03), reference CALL-1"
    assert capsys.readouterr().out.splitlines() == [wanted]
    assert terminal.asked(settlement("waiting", "03"), "settle", as_json=False) == 20
    assert "cardamom settle --close --host-reference R" in capsys.readouterr().err
    assert terminal.asked(settlement("waiting"), "settle", as_json=False) == 20
    assert "--close" not in capsys.readouterr().err
