"""The bench runner."""

from __future__ import annotations

import importlib.util
from pathlib import Path
from types import ModuleType

import pytest

from support.repo import ROOT


@pytest.fixture(scope="module")
def bench() -> ModuleType:
    spec = importlib.util.spec_from_file_location(
        "bench_runner", ROOT / "tests" / "bench" / "__main__.py"
    )
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    folder = tmp_path / "bench"
    folder.mkdir()
    return folder


def write(folder: Path, name: str, body: str) -> None:
    (folder / f"bench_{name}.py").write_text(f"def main() -> None:\n    {body}\n")


def test_figures_are_told_from_notes(bench: ModuleType) -> None:
    found, notes = bench.figures(
        "commit time: 0.26 ms\ncommands: 24\nwritten: 1.3e+05 bytes\nof 500 runs\nnote: no number\n"
    )
    assert found == [
        ("commit time", "0.26", "ms"),
        ("commands", "24", ""),
        ("written", "1.3e+05", "bytes"),
    ]
    assert notes == ["of 500 runs", "note: no number"]


def test_every_module_runs_in_a_process_of_its_own(
    bench: ModuleType, folder: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    write(folder, "one", "import sys; sys.mine = 1; print('time: 12.5 ms')")
    write(folder, "two", "import sys; print('clean:', int(not hasattr(sys, 'mine')))")
    assert bench.main([], folder) == 0
    out = capsys.readouterr().out
    assert out.split("\n", 1)[1] == "\none\n  time  12.5  ms\n\ntwo\n  clean  1\n"


def test_names_choose(bench: ModuleType, folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    write(folder, "one", "print('a: 1')")
    write(folder, "two", "print('b: 2')")
    assert bench.main(["two"], folder) == 0
    assert "one" not in capsys.readouterr().out


def test_an_unknown_name_is_wrong_use(
    bench: ModuleType, folder: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    write(folder, "one", "print('a: 1')")
    assert bench.main(["three"], folder) == 2
    assert capsys.readouterr().err == "no such bench: three; there are: one\n"


@pytest.mark.parametrize(
    ("body", "why"), [("raise SystemExit(3)", "failed (3)"), ("pass", "printed no figure")]
)
def test_one_that_fails_does_not_stop_the_others(
    bench: ModuleType, folder: Path, capsys: pytest.CaptureFixture[str], body: str, why: str
) -> None:
    write(folder, "bad", body)
    write(folder, "good", "print('a: 1')")
    assert bench.main([], folder) == 1
    out = capsys.readouterr().out
    assert why in out
    assert "\ngood\n  a  1\n" in out


def test_every_bench_of_the_house_has_a_main() -> None:
    modules = sorted((ROOT / "tests" / "bench").glob("bench_*.py"))
    assert [path.name for path in modules if "\ndef main(" not in path.read_text()] == []
