"""The exception list: what the command writes the settings read, and no number is ever repeated."""

from __future__ import annotations

import hashlib
import hmac
import subprocess
import sys
from pathlib import Path

import pytest

from cardamom.faults import SettingsError
from cardamom.settings.exceptions import exceptions_for, read_hashes
from cardamom.settings.load import load
from cardamom.values.exceptions import ExceptionList, listed_as
from cardamom.values.secret import Key, Pan

STOPPED, FREE = "6222020000040318", "6222020000040128"
RAW = bytes(range(32))
SETTINGS = """
[merchant]
id = "898310058120001"
name_zh = "豆蔻小馆"
name_en = "Cardamom Cafe"
acquirer_zh = "收单"
acquirer_en = "Acquirer"
[terminal]
id = "10203040"
[acquirer]
host = "127.0.0.1"
port = 7000
ca_file = "ca.pem"
cert_file = "client.pem"
key_file = "client.key"
[emv]
"""


def settings(folder: Path, emv: str) -> ExceptionList:
    file = folder / "terminal.toml"
    file.write_text(SETTINGS + emv, "utf-8")
    return exceptions_for(load(file), file)


def made(folder: Path, typed: str) -> subprocess.CompletedProcess[str]:
    (folder / "list.key").write_text(RAW.hex())
    command = [sys.executable, "-m", "cardamom.cli.main", "exceptions"]
    return subprocess.run(
        [*command, "--key-file", str(folder / "list.key")],
        input=typed,
        capture_output=True,
        text=True,
        check=False,
    )


def test_what_is_written_is_read(tmp_path: Path) -> None:
    done = made(tmp_path, f"{STOPPED}\n\n6222 0200 0004 0417\n")
    assert (done.returncode, done.stderr) == (0, "")
    assert STOPPED not in done.stdout
    (tmp_path / "stopped.list").write_text("# of today\n" + done.stdout)
    held = settings(tmp_path, 'exception_file = "stopped.list"\nexception_key_file = "list.key"\n')
    assert held.holds(Pan(STOPPED))
    assert held.holds(Pan("6222020000040417"))
    assert not held.holds(Pan(FREE))
    assert STOPPED not in repr(held)


def test_the_hash_is_an_hmac() -> None:
    right = hmac.new(RAW, STOPPED.encode(), hashlib.sha256).hexdigest()[:32]
    assert listed_as(Key(RAW), Pan(STOPPED)) == right


def test_no_list_holds_nobody(tmp_path: Path) -> None:
    assert not settings(tmp_path, "").holds(Pan(STOPPED))


def test_a_line_that_is_no_number_writes_nothing(tmp_path: Path) -> None:
    done = made(tmp_path, f"{STOPPED}\n12x4\n")
    assert (done.returncode, done.stdout) == (30, "")
    assert done.stderr == "cardamom: line 2 is no card number: nothing was written\n"


@pytest.mark.parametrize("line", [STOPPED, "A" * 32, "ab" * 15, "ab" * 17, "gg" * 16])
def test_a_list_of_something_else_is_named_and_not_repeated(tmp_path: Path, line: str) -> None:
    path = tmp_path / "list"
    path.write_text(f"# one\n{line}\n")
    with pytest.raises(SettingsError, match="line 2 is no hash") as caught:
        read_hashes(path)
    assert line not in str(caught.value)


@pytest.mark.parametrize(
    ("emv", "words"),
    [
        ('exception_file = "x"\n', "exception_key_file: empty"),
        ('exception_file = "x"\nexception_key_file = "k"\n', "cannot be read"),
    ],
)
def test_half_a_setting(tmp_path: Path, emv: str, words: str) -> None:
    with pytest.raises(SettingsError, match=words):
        settings(tmp_path, emv)


def test_bytes_that_are_no_text(tmp_path: Path) -> None:
    (tmp_path / "list").write_bytes(b"\xff\xfe")
    with pytest.raises(SettingsError, match="not ASCII"):
        read_hashes(tmp_path / "list")
