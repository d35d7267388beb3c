"""What the sale command tells a till, against a terminal whose every word the test speaks."""

from __future__ import annotations

import json
import signal
import socket
import subprocess
import sys
import threading
from pathlib import Path

import pytest

from cardamom.cli.ask import main


@pytest.mark.parametrize("listens", [True, False])
def test_a_cancel_names_its_sale_and_says_nothing_of_it(tmp_path: Path, listens: bool) -> None:
    """Ctrl-C, also while the terminal takes no new connections: the sale's own answer counts."""
    path = tmp_path / "s"
    with socket.socket(socket.AF_UNIX, socket.SOCK_STREAM) as server:
        server.bind(str(path))
        server.listen()
        asking = subprocess.Popen(
            [sys.executable, "-m", "cardamom.cli.main", "sale", "1", "--socket", str(path)],
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        )
        assert asking.stderr is not None
        till, _ = server.accept()
        with till:
            asked = json.loads(till.recv(65536))
            assert (asked["op"], asked["amount"]) == ("sale", "1")
            if not listens:
                path.unlink()
            asking.send_signal(signal.SIGINT)
            if listens:
                canceller, _ = server.accept()
                with canceller:
                    cancel = json.loads(canceller.recv(65536))
                    canceller.sendall(b'{"ok": true, "cancelled": false}\n')
                assert cancel == {"op": "cancel", "reference": asked["reference"]}
            while "cancelling" not in asking.stderr.readline():
                pass
            answer = {"ok": True, "transaction": {"id": 1, "outcome": "approved"}}
            till.sendall(json.dumps(answer).encode() + b"\n")
            out, err = asking.communicate(timeout=30)
    assert (asking.returncode, err) == (0, "")
    assert "approved" in out


@pytest.mark.parametrize(
    ("said", "code"),
    [
        (b'{"ok": true, "transaction": {"outcome": "approved"}}\n', 0),
        (b'{"ok": true, "transaction": {"outcome": "declined"}}\n', 10),
        (b'{"ok": true, "transaction": {"outcome": "not_completed"}}\n', 10),
        (b'{"ok": true, "transaction": {"outcome": "unknown"}}\n', 20),
        (b'{"ok": true, "transaction": {"outcome": "a word of newer firmware"}}\n', 20),
        (b'{"ok": false, "error": "busy", "nothing_asked": true}\n', 30),
        (b'{"ok": false, "error": "the disk is full", "nothing_asked": false}\n', 20),
        (b'{"ok": true, "transa', 20),
        (b"", 20),
        (b"[]\n", 20),
        (b"\xff\n", 20),
    ],
)
def test_exit_codes_of_a_sale(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], said: bytes, code: int
) -> None:
    path = tmp_path / "s"
    with socket.socket(socket.AF_UNIX, socket.SOCK_STREAM) as server:
        server.bind(str(path))
        server.listen()

        def answer() -> None:
            till, _ = server.accept()
            with till:
                till.recv(65536)
                till.sendall(said)

        speaking = threading.Thread(target=answer)
        speaking.start()
        assert main("sale", ["1", "--json", "--socket", str(path)]) == code
        speaking.join()
    json.loads(capsys.readouterr().out)


def test_an_empty_reference_is_not_no_reference(tmp_path: Path) -> None:
    """A till's unset variable must not make a sale that a repeat charges twice."""
    path = tmp_path / "s"
    heard: list[bytes] = []
    with socket.socket(socket.AF_UNIX, socket.SOCK_STREAM) as server:
        server.bind(str(path))
        server.listen()

        def answer() -> None:
            till, _ = server.accept()
            with till:
                heard.append(till.recv(65536))
                till.sendall(b'{"ok": false, "error": "wrong", "nothing_asked": true}\n')

        speaking = threading.Thread(target=answer)
        speaking.start()
        assert main("sale", ["1", "--reference", "", "--socket", str(path)]) == 30
        speaking.join()
    assert json.loads(heard[0])["reference"] == ""
