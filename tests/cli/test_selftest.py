"""`cardamom selftest`: what it asks, what it says, and the codes that it ends with."""

from __future__ import annotations

import json
import socket
import threading
from pathlib import Path
from typing import Any

import pytest

from cardamom.cli.main import main
from cardamom.control.messages import SelfTest, decode
from cardamom.values.selftest import TestPart


def asked(path: Path, said: dict[str, Any], *arguments: str) -> tuple[int, SelfTest]:
    """Exit code of one command, and what the terminal heard."""
    heard: list[bytes] = []
    with socket.socket(socket.AF_UNIX) as server:
        server.bind(str(path))
        server.listen()

        def speak() -> None:
            caller, _ = server.accept()
            with caller:
                heard.append(caller.recv(65536))
                caller.sendall(json.dumps(said).encode() + b"\n")

        speaking = threading.Thread(target=speak)
        speaking.start()
        code = main(["selftest", "--socket", str(path), *arguments])
        speaking.join()
    request = decode(heard[0])
    assert isinstance(request, SelfTest)
    return code, request


def report(*grades: str, well: bool = True) -> dict[str, Any]:
    results = [
        {
            "part": "link",
            "grade": grade,
            "finding": "x",
            "sentence": "a sentence",
            "sentence_zh": "一句话",
            "why": None,
            "facts": {"echo_ms": "11"},
        }
        for grade in grades
    ]
    return {"ok": True, "self_test": {"at": "t", "well": well, "results": results}}


def test_all_well(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    code, request = asked(tmp_path / "s", report("ok", "not_tried"))
    assert code == 0
    assert request == SelfTest()
    assert capsys.readouterr().out.splitlines() == [
        "  link        ok         a sentence",
        "                         echo ms: 11",
        "- link        not tried  a sentence",
        "                         echo ms: 11",
    ]


@pytest.mark.parametrize("grade", ["warning", "failed"])
def test_something_to_see_to_is_10(
    tmp_path: Path, grade: str, capsys: pytest.CaptureFixture[str]
) -> None:
    said = report(grade, well=False)
    code, _ = asked(tmp_path / "s", said, "--json")
    assert code == 10
    assert json.loads(capsys.readouterr().out) == said["self_test"]


def test_what_it_asks_for(tmp_path: Path) -> None:
    _, request = asked(
        tmp_path / "s", report("ok"), "--only", "link", "--only", "keypad", "--print", "--attended"
    )
    assert request == SelfTest(only=[TestPart.LINK, TestPart.KEYPAD], print=True, attended=True)


def test_wrong_use_a_busy_terminal_none_and_nothing_to_try(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    busy = {"ok": False, "error": "the terminal is busy", "nothing_asked": True}
    assert asked(tmp_path / "busy", busy)[0] == 30
    assert capsys.readouterr().err == "cardamom: the terminal is busy\n"
    assert asked(tmp_path / "bare", report())[0] == 30
    assert capsys.readouterr().err == "cardamom: this terminal has no such part\n"
    assert main(["selftest", "--socket", str(tmp_path / "none")]) == 30
    with pytest.raises(SystemExit) as wrong:
        main(["selftest", "--only", "toaster"])
    assert wrong.value.code == 30
