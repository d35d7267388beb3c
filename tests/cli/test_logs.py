"""`cardamom logs` on a file of entries, as a person and as a script call it."""

from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Final

import pytest

from cardamom.cli.logbook import LogError, entry_of, moment
from cardamom.cli.logs import main

AT: Final = datetime(2026, 11, 26, 12, 0, tzinfo=UTC)


def line(minute: int, message: str, **fields: str) -> str:
    at = int((AT + timedelta(minutes=minute)).timestamp() * 1e6)
    said = {"__REALTIME_TIMESTAMP": str(at), "_HOSTNAME": "till-3", "MESSAGE": message, **fields}
    return json.dumps(said)


LINES: Final = (
    line(0, "intent", EVENT="intent", PRIORITY="6", TXN="17", STAN="000042", STEP="host"),
    line(
        1,
        "no_answer",
        EVENT="no_answer",
        PRIORITY="4",
        TXN="17",
        STAN="000042",
        DEVICE="host",
        CARDAMOM_WHY="no answer in 60 s",
    ),
    line(2, "cardamom.service: Watchdog timeout", PRIORITY="3"),
    line(3, "intent", EVENT="intent", PRIORITY="6", TXN="18", STAN="000043"),
    line(4, "part", EVENT="part_lost", PRIORITY="4", DEVICE="printer", CARDAMOM_WHY="no paper"),
)


@pytest.fixture
def log(tmp_path: Path) -> str:
    file = tmp_path / "log.json"
    file.write_text("\n".join(LINES) + "\n")
    return str(file)


def read(log: str, capsys: pytest.CaptureFixture[str], *words: str) -> list[dict[str, object]]:
    assert main("logs", ["--file", log, "--json", *words]) == 0
    return [json.loads(line) for line in capsys.readouterr().out.splitlines()]


@pytest.mark.parametrize(
    ("words", "fit"),
    [
        ((), [0, 1, 2, 3, 4]),
        (("--txn", "17"), [0, 1]),
        (("--txn", "17", "--txn", "18"), [0, 1, 3]),
        (("--stan", "43"), [3]),
        (("--device", "printer"), [4]),
        (("--event", "intent"), [0, 3]),
        (("--event", "intent", "--txn", "18"), [3]),
        (("--level", "warning"), [1, 2, 4]),
        (("--level", "error"), [2]),
        (("--since", "2026-11-26T12:03:00+00:00"), [3, 4]),
        (("--until", "2026-11-26T12:01:00+00:00"), [0, 1]),
        (("--host", "till-4"), []),
        (("-n", "2"), [3, 4]),
    ],
)
def test_filters(
    log: str, capsys: pytest.CaptureFixture[str], words: tuple[str, ...], fit: list[int]
) -> None:
    found = [datetime.fromisoformat(str(e["at"])) for e in read(log, capsys, *words)]
    assert found == [AT + timedelta(minutes=minute) for minute in fit]


def test_json_has_stable_keys(log: str, capsys: pytest.CaptureFixture[str]) -> None:
    entry = read(log, capsys, "--event", "no_answer", "--explain")[0]
    assert entry == {
        "at": "2026-11-26T12:01:00.000+00:00",
        "level": "warning",
        "event": "no_answer",
        "step": None,
        "device": "host",
        "txn": 17,
        "stan": "000042",
        "fields": {"why": "no answer in 60 s"},
        "host": "till-3",
        "text": "no_answer",
        "meaning": "The host did not answer, so the outcome is unknown: no answer in 60 s.",
        "do": "Do not charge again: it is reversed or asked for by itself. See `cardamom owed`.",
    }


@pytest.mark.parametrize(
    ("lang", "sentence"),
    [("en", "the outcome is unknown: no answer in 60 s."), ("zh", "结果未知：no answer in 60 s。")],
)
def test_explained_for_a_person(
    log: str, capsys: pytest.CaptureFixture[str], lang: str, sentence: str
) -> None:
    words = ["--file", log, "--txn", "17", "--explain", "--lang", lang]
    assert main("logs", words) == 0
    told = capsys.readouterr().out
    assert sentence in told
    assert "\033" not in told, "colours are for a terminal"


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (("--since", "soon"), "'soon' is no time: write 90s, 30m"),
        (("--txn", "0"), "'0' is no number"),
        (("--event", "no_answr"), "did you mean no_answer"),
        (("--device", "a b"), "'a b' is no part"),
        (("--level", "loud"), "invalid choice"),
        (("--since", "1h", "--until", "2h"), "nothing lies between"),
        (("--follow", "--until", "1h"), "--follow goes with neither"),
    ],
)
def test_wrong_words_are_told(
    log: str, capsys: pytest.CaptureFixture[str], words: tuple[str, ...], said: str
) -> None:
    with pytest.raises(SystemExit) as ended:
        main("logs", ["--file", log, *words])
    assert ended.value.code == 30
    assert said in capsys.readouterr().err


def test_a_file_that_is_not_there_or_is_no_log_is_told(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    with pytest.raises(LogError, match="there is no file"):
        main("logs", ["--file", str(tmp_path / "none")])
    (tmp_path / "other").write_text("no log\n{}\n[]\n")
    assert main("logs", ["--file", str(tmp_path / "other")]) == 30
    assert "3 lines are no log entries" in capsys.readouterr().err


def test_nothing_that_fits_is_said(log: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert main("logs", ["--file", log, "--txn", "99"]) == 0
    assert "nothing that fits" in capsys.readouterr().err


@pytest.mark.parametrize("broken", ['{"__REALTIME_TIMESTAMP": "1e99"}', "[1]", "", "\xff", "9"])
def test_what_is_no_entry_is_passed_over(broken: str) -> None:
    assert entry_of(broken) is None


def test_a_card_number_in_anybodys_line_is_hidden() -> None:
    entry = entry_of(line(0, "pcscd said 4761739001010119"))
    assert entry is not None
    assert entry.text == f"pcscd said {'*' * 16}"


def test_bytes_as_journalctl_writes_them() -> None:
    said = json.loads(line(0, ""))
    said["MESSAGE"] = list("päper".encode())
    entry = entry_of(json.dumps(said))
    assert entry is not None
    assert entry.text == "päper"


def test_moments() -> None:
    assert moment("90s", AT) == AT - timedelta(seconds=90)
    assert moment("2h", AT) == AT - timedelta(hours=2)
    assert moment("2026-11-26T13:00:00+01:00", AT) == AT
    assert moment("9:05", AT).astimezone().strftime("%H:%M") == "09:05"
