"""A technician salvages a damaged journal and begins a new one."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from cardamom.cli.main import main
from cardamom.store.alone import alone
from support.keyed import BOARD, bound
from support.ledger import CARD, MASTER, NUMBER, asked, sell
from support.settings import TERMINAL


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A terminal's folder: forty sales and one in flight."""
    (tmp_path / "terminal.toml").write_text(TERMINAL, "utf-8")
    (tmp_path / "journal.key").write_text(MASTER.reveal().hex())
    (tmp_path / "serial").write_text(BOARD)
    monkeypatch.setenv("CARDAMOM_RUN", str(tmp_path))
    with bound(tmp_path / "journal.db", mark=tmp_path / "mark", orderly=True) as books:
        for _ in range(40):
            sell(books)
        books.begin(asked(), CARD)
        books.checkpoint(truncate=True)
    return tmp_path


def _damage(folder: Path) -> None:
    path = folder / "journal.db"
    path.write_bytes(bytes(4096) + path.read_bytes()[4096:])


def test_salvage_prints_masked_and_a_new_journal_goes_on(
    folder: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    _damage(folder)
    assert main(["journal", "verify"]) == 30
    capsys.readouterr()
    journal, out = str(folder / "journal.db"), str(folder / "out")
    assert main(["journal", "salvage", journal, "--out", out]) == 0
    shown = capsys.readouterr().out
    assert "read 283 events, 0 are missing" in shown
    assert "owed to the host, or waiting for a supervisor: 1" in shown
    assert "was under way" in shown
    assert "622202******0007" in shown
    assert NUMBER not in shown
    owed = str(folder / "out" / "owed.json")
    assert main(["journal", "new", "--technician", "Li Lei", "--from", owed]) == 0
    shown = capsys.readouterr().out
    assert "begins with batch 2" in shown
    assert "still sent to the host: transaction 41" in shown
    assert main(["journal", "verify"]) == 0
    assert main(["journal", "new", "--technician", "Li Lei", "--from", owed]) == 30
    assert "is a sound journal" in capsys.readouterr().err


def test_an_end_that_is_missing_is_said(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    path = folder / "journal.db"
    raw = path.read_bytes()
    path.write_bytes(raw[: len(raw) // 8192 * 4096])
    assert main(["journal", "salvage", str(path), "--out", str(folder / "out")]) == 0
    shown = capsys.readouterr().out
    assert "! the journal's end is missing: ask the host about everything since 20" in shown


def test_the_same_as_json(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    _damage(folder)
    journal, out = str(folder / "journal.db"), str(folder / "out")
    assert main(["journal", "salvage", journal, "--out", out, "--json"]) == 0
    told = json.loads(capsys.readouterr().out)
    assert [(row["id"], row["sound"], row["amount"]) for row in told["owed"]] == [
        (41, True, "12.34 CNY")
    ]
    assert len(told["unsettled"]) == 40
    owed = told["file"]
    assert main(["journal", "new", "--technician", "Li", "--from", owed, "--json"]) == 0
    begun = json.loads(capsys.readouterr().out)
    assert (begun["open"], begun["parked"], begun["batch"]) == ([41], [], 2)


def test_a_running_terminal_keeps_its_journal(
    folder: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    with alone(folder / "journal.db"):
        assert main(["journal", "new", "--technician", "Li"]) == 30
    assert "stop it first" in capsys.readouterr().err


@pytest.mark.parametrize(
    "arguments",
    [
        ["salvage"],
        ["salvage", "journal.db"],
        ["new"],
        ["new", "--technician", " "],
        ["new", "journal.db", "--technician", "Li"],
        ["verify", "journal.db"],
    ],
)
def test_wrong_use_says_so(capsys: pytest.CaptureFixture[str], arguments: list[str]) -> None:
    with pytest.raises(SystemExit) as ended:
        main(["journal", *arguments])
    assert ended.value.code == 30
    assert "usage" in capsys.readouterr().err
