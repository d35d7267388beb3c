"""`cardamom certificate` as a technician uses it, by file and by pipe, against a CA of its own."""

from __future__ import annotations

import contextlib
import io
import json
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from cardamom.acquirer.slots import Slot
from cardamom.acquirer.tls import enrolled_context
from cardamom.cli.main import main
from cardamom.daemon.identity import identity_of
from cardamom.settings.load import load
from support.certificates import root
from support.enrolling import signed
from support.settings import TERMINAL

CA = root("Acquirer Root")


@dataclass(frozen=True, slots=True)
class Done:
    returncode: int
    stdout: bytes
    stderr: bytes


class Technician:
    """At a terminal in a folder of its own."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.settings = folder / "terminal.toml"
        text = TERMINAL.replace('cert_file = "terminal.pem"\n', "")
        self.settings.write_text(text.replace('key_file = "terminal.key"\n', ""), "utf-8")
        (folder / "journal.key").write_text("ab" * 32)
        (folder / "serial").write_text("10000000deadbeef")
        CA.write(folder, "ca")

    def does(self, *words: str, stdin: bytes = b"") -> Done:
        """In this process; what would be piped in comes as a file."""
        if stdin:
            (self.folder / "piped.pem").write_bytes(stdin)
            words = tuple(str(self.folder / "piped.pem") if w == "-" else w for w in words)
        out, err = io.StringIO(), io.StringIO()
        with contextlib.redirect_stdout(out), contextlib.redirect_stderr(err):
            try:
                code = main(["certificate", *words, "--settings", str(self.settings)])
            except SystemExit as e:  # argparse
                code = int(e.code or 0)
        return Done(code, out.getvalue().encode(), err.getvalue().encode())

    def pipes(self, *words: str, stdin: bytes) -> Done:
        """As over SSH."""
        done = subprocess.run(
            [
                *(sys.executable, "-m", "cardamom.cli.main", "certificate", *words),
                *("--settings", str(self.settings)),
            ],
            input=stdin,
            capture_output=True,
            check=False,
        )
        return Done(done.returncode, done.stdout, done.stderr)

    def status(self) -> dict[str, Any]:
        told: dict[str, Any] = json.loads(self.does("status", "--json").stdout)
        return told


@pytest.fixture
def technician(tmp_path: Path) -> Technician:
    return Technician(tmp_path)


def test_from_request_to_renewal(technician: Technician) -> None:
    asked = technician.does("request")
    assert asked.returncode == 0, asked.stderr
    assert b"have the acquirer sign it" in asked.stderr
    again = technician.does("request", "--out", str(technician.folder / "stick.csr"))
    assert again.returncode == 0, again.stderr
    assert (technician.folder / "stick.csr").read_bytes() == asked.stdout
    assert technician.status()["current"] is None

    came = technician.pipes("install", "-", stdin=signed(asked.stdout, CA))
    assert came.returncode == 0, came.stderr
    assert b"in use from now on" in came.stdout
    first = technician.status()["current"]
    assert "CN=10203040" in first["subject"]
    assert "OU=898310058120001" in first["subject"]

    renewed = technician.does("renew", "--json")
    assert renewed.returncode == 0, renewed.stderr
    (technician.folder / "new.pem").write_bytes(
        signed(json.loads(renewed.stdout)["request"].encode(), CA)
    )
    came = technician.does("install", str(technician.folder / "new.pem"))
    assert came.returncode == 0, came.stderr
    assert b"takes it over when the host has answered" in came.stdout
    told = technician.status()
    assert told["current"] == first
    assert told["next"]["serial"] != first["serial"]
    assert told["waiting"] is None
    identity = identity_of(load(technician.settings), technician.settings)
    for slot in (Slot.CURRENT, Slot.NEXT):
        path = identity.slots.path(slot)
        assert path.stat().st_mode & 0o777 == 0o600
        assert b"BEGIN ENCRYPTED PRIVATE KEY" in path.read_bytes()
        assert enrolled_context(identity.ca_file, path, identity.slots.secret()).get_ca_certs()
    assert (identity.slots.folder).stat().st_mode & 0o777 == 0o700
    assert technician.does("status").stdout.splitlines()[0].startswith(b"current   CN=10203040")


def test_what_does_not_fit_changes_nothing(technician: Technician) -> None:
    csr = technician.does("request").stdout
    good = signed(csr, CA)
    before = technician.status()
    for data, words in (
        (good[:400], b"the certificate is cut off"),
        (signed(technician.does("request", "--new").stdout, CA)[:-40], b"is cut off"),
        (good, b"made from an older request or for another terminal"),
    ):
        refused = technician.does("install", "-", stdin=data)
        assert refused.returncode == 30
        assert words in refused.stderr
        assert b"Traceback" not in refused.stderr
    after = technician.status()
    assert {**after, "waiting": None} == {**before, "waiting": None}


@pytest.mark.parametrize(
    ("words", "told"),
    [
        (("install", "/no/such/file"), b"/no/such/file cannot be read: No such file"),
        (("install",), b"install takes a file"),
        (("renew",), b"this terminal has no certificate yet: `cardamom certificate request`"),
        (("request", "--out", "/no/such/folder/a"), b"/no/such/folder/a cannot be written"),
        (("status", "--out", "x"), b"--out is for request and renew"),
    ],
)
def test_wrong_use_is_told(technician: Technician, words: tuple[str, ...], told: bytes) -> None:
    done = technician.does(*words)
    assert done.returncode == 30
    assert told in done.stderr
    assert not (technician.folder / "certificate" / "next.pem").exists()


def test_a_certificate_nobody_asked_for_is_refused(technician: Technician) -> None:
    done = technician.does("install", "-", stdin=b"-----BEGIN CERTIFICATE-----")
    assert done.returncode == 30
    assert b"no request waits for a certificate here" in done.stderr


def test_a_missing_journal_key_is_told(technician: Technician) -> None:
    (technician.folder / "journal.key").unlink()
    done = technician.does("request")
    assert done.returncode == 30
    assert b"the journal key" in done.stderr


def test_a_key_of_another_board_is_told_when_the_certificate_comes(technician: Technician) -> None:
    csr = technician.does("request").stdout
    (technician.folder / "journal.key").write_text("cd" * 32)
    done = technician.does("install", "-", stdin=signed(csr, CA))
    assert done.returncode == 30
    assert b"does not open with this journal's key" in done.stderr
    assert technician.status()["current"] is None
