"""Support's shell against a daemon whose every word the test speaks."""

from __future__ import annotations

import base64
import json
import os
import pty
import signal
import socket
import subprocess
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.serialization import (
    Encoding,
    PublicFormat,
    ssh_key_fingerprint,
)

from cardamom.cli.support import key_of

START = """
import sys
from pathlib import Path
from cardamom.cli.support import run
sys.exit(run(Path(sys.argv[1])))
"""
STATUS = {
    "version": "0",
    "mode": "demo",
    "ready": True,
    "busy": False,
    "batch": "000001",
    "settling": False,
    "parts": [],
    "alarms": [{"cause": "hot", "count": 1, "blocks": False, "detail": "\x1b[2Jcool it"}],
    "unknown_outcomes": [],
    "advices_owed": 0,
    "receipts_waiting": 0,
    "support": 1,
    "trace_s": 0,
}


class Daemon:
    """`refuses`: what it says to a visit, or to an act."""

    def __init__(self, path: Path, refuses: dict[str, str]) -> None:
        self.heard: list[dict[str, Any]] = []
        self.visits: list[socket.socket] = []
        self._refuses = refuses
        self._server = socket.socket(socket.AF_UNIX)
        self._server.bind(str(path))
        self._server.listen()
        threading.Thread(target=self._accept, daemon=True).start()

    def _accept(self) -> None:
        while True:
            try:
                caller, _ = self._server.accept()
            except OSError:
                return
            threading.Thread(target=self._serve, args=(caller,), daemon=True).start()

    def _serve(self, caller: socket.socket) -> None:
        with caller, caller.makefile() as lines:
            for line in lines:
                request = json.loads(line)
                self.heard.append(request)
                if why := self._refuses.get(request["op"]):
                    answer: dict[str, Any] = {"ok": False, "error": why, "nothing_asked": True}
                else:
                    answer = {"ok": True, "status": STATUS}
                if request["op"] == "support_begin":
                    self.visits.append(caller)
                caller.sendall(json.dumps(answer).encode() + b"\n")

    def said(self) -> list[str]:
        return [r.get("what", r["op"]) for r in self.heard]

    def close(self) -> None:
        self._server.shutdown(socket.SHUT_RDWR)
        self._server.close()


@contextmanager
def daemon(path: Path, **refuses: str) -> Iterator[Daemon]:
    one = Daemon(path, refuses)
    try:
        yield one
    finally:
        one.close()


def shell(path: Path, asked: str | None, typed: bytes = b"") -> subprocess.CompletedProcess[bytes]:
    environ = {"SSH_CONNECTION": "10.0.0.2 1 10.0.0.1 22", "LD_LIBRARY_PATH": "/nowhere"}
    if asked is not None:
        environ["SSH_ORIGINAL_COMMAND"] = asked
    return subprocess.run(
        [sys.executable, "-c", START, str(path)],
        input=typed,
        env=environ,
        capture_output=True,
        check=False,
        timeout=60,
    )


def test_a_command_is_journalled_before_it_is_done(tmp_path: Path) -> None:
    with daemon(tmp_path / "s") as terminal:
        done = shell(tmp_path / "s", "status --json")
    assert (done.returncode, json.loads(done.stdout)["batch"]) == (0, "000001")
    assert terminal.said() == ["support_begin", "status --json", "status"]
    assert terminal.heard[0]["origin"] == "10.0.0.2"


def test_what_cannot_be_journalled_is_not_done(tmp_path: Path) -> None:
    with daemon(tmp_path / "s", support_act="the disk is full") as terminal:
        done = shell(tmp_path / "s", "status")
    assert (done.returncode, done.stdout) == (30, b"")
    assert b"the disk is full" in done.stderr
    assert "status" not in [r["op"] for r in terminal.heard]


def test_who_is_not_let_in_asks_nothing(tmp_path: Path) -> None:
    with daemon(tmp_path / "s", support_begin="the merchant has ended it") as terminal:
        done = shell(tmp_path / "s", "status")
    assert (done.returncode, terminal.said()) == (30, ["support_begin"])


def test_words_that_are_none_are_journalled_as_such_and_not_repeated(tmp_path: Path) -> None:
    with daemon(tmp_path / "s") as terminal:
        done = shell(tmp_path / "s", "bash -c 6222020000040128")
    assert done.returncode == 30
    assert terminal.said() == ["support_begin", "refused words"]


def test_at_the_prompt_one_after_another_until_exit(tmp_path: Path) -> None:
    typed = b"status\n!id\n\n" + b"x" * 50_000 + b"\n\xff\xfe\nhelp\nexit\nstatus\n"
    with daemon(tmp_path / "s") as terminal:
        done = shell(tmp_path / "s", None, typed)
    assert done.returncode == 0
    assert terminal.said() == ["support_begin", "status", "status", *["refused words"] * 3]
    assert b"explain N" in done.stderr


def test_what_is_quoted_steers_no_screen(tmp_path: Path) -> None:
    with daemon(tmp_path / "s"):
        done = shell(tmp_path / "s", "status")
    assert b"?[2Jcool it" in done.stdout
    assert b"\x1b" not in done.stdout + done.stderr


def test_beside_a_terminal_that_does_not_run_status_says_so(tmp_path: Path) -> None:
    done = shell(tmp_path / "none", "status")
    assert done.returncode == 30
    assert b"not running" in done.stderr


def test_the_keys_of_a_terminal_end_nothing_but_what_runs(tmp_path: Path) -> None:
    leader, follower = pty.openpty()
    with daemon(tmp_path / "s") as terminal:
        visit = subprocess.Popen(
            [sys.executable, "-c", START, str(tmp_path / "s")],
            stdin=follower,
            stdout=follower,
            stderr=follower,
            start_new_session=True,
            env={"SSH_CONNECTION": "10.0.0.2 1 10.0.0.1 22"},
        )
        said = b""
        while b"support> " not in said:
            said += os.read(leader, 1000)
        for number in (signal.SIGTSTP, signal.SIGQUIT, signal.SIGINT):
            visit.send_signal(number)
        os.write(leader, b"status\nexit\n")
        assert visit.wait(30) == 0
    os.close(leader)
    os.close(follower)
    assert terminal.said()[-2:] == ["status", "status"]


def test_the_merchant_ends_it_in_the_middle_of_anything(tmp_path: Path) -> None:
    with daemon(tmp_path / "s") as terminal:
        visit = subprocess.Popen(
            [sys.executable, "-c", START, str(tmp_path / "s")],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            env={},
        )
        assert visit.stderr is not None
        assert b"help lists" in visit.stderr.readline()
        terminal.visits[0].sendall(b'{"ended": "merchant"}\n')
        code = visit.wait(30)  # its input is still open
        _, told = visit.communicate()
    assert (code, b"merchant has ended" in told) == (3, True)


def test_the_key_is_told_by_its_fingerprint(tmp_path: Path) -> None:
    key = Ed25519PrivateKey.generate().public_key()
    public = key.public_bytes(Encoding.OpenSSH, PublicFormat.OpenSSH).decode()
    file = tmp_path / "auth"
    file.write_text(f"hostbased {public}\npublickey {public}\n")
    digest = base64.b64encode(ssh_key_fingerprint(key, SHA256())).decode()
    assert key_of(str(file)) == f"SHA256:{digest.rstrip('=')}"


@pytest.mark.parametrize("content", ["", "publickey\n", "publickey a !\n", "password\n", "\xff"])
def test_a_key_that_cannot_be_told_is_said_to_be_unknown(tmp_path: Path, content: str) -> None:
    file = tmp_path / "auth"
    file.write_text(content)
    assert key_of(str(file)) == "unknown key"
    assert key_of("") == "unknown key"
