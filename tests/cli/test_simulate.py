"""Wrong use of the simulated parts, and what their help says."""

from __future__ import annotations

from pathlib import Path

import pytest

from cardamom.cli.main import main
from cardamom.simulator.card.profile import names


@pytest.mark.parametrize(
    "words", [["ledger"], ["fault", "cut"], ["key", "enter"], ["screen", "x.png"], ["paper", "out"]]
)
def test_without_a_demo_each_part_says_so(
    tmp_path: Path, words: list[str], capsys: pytest.CaptureFixture[str]
) -> None:
    folder = tmp_path / "none"
    assert main(["simulate", words[0], "--run", str(folder), *words[1:]]) == 30
    told = capsys.readouterr()
    assert told.out == ""
    assert told.err.startswith("cardamom: ")
    assert str(folder) in told.err


def test_help_names_every_card(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as ended:
        main(["simulate", "card", "--help"])
    assert ended.value.code == 0
    told = capsys.readouterr().out
    assert all(f"  {name} " in told for name in names())


def test_the_parts_are_listed(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["simulate", "--help"]) == 0
    assert "  paper " in capsys.readouterr().out
    assert main(["simulate", "papers"]) == 30


def test_an_upset_that_is_none(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as ended:
        main(["simulate", "card", "debit", "--upset", "bent@2"])
    assert ended.value.code == 30
    assert "--upset: 'bent@2' is no upset; expected one of remove" in capsys.readouterr().err
