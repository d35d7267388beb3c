"""`setup.sh` from outside: what it says, what it refuses, what it installs and when it does not."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from support.checkout import Checkout, run
from support.repo import ROOT

SETUP = ROOT / "setup.sh"


@pytest.fixture
def checkout(tmp_path: Path) -> Checkout:
    return Checkout.make(tmp_path)


def verbs() -> set[str]:
    return set(re.findall(r"^  (\w+)", run(SETUP, "help").stdout, re.MULTILINE))


def test_help_names_the_verbs() -> None:
    assert verbs() >= {"demo", "test", "bench", "install", "uninstall", "guest", "clean", "help"}


def test_every_command_of_the_readme_exists() -> None:
    readme = (ROOT / "README.md").read_text(encoding="utf-8")
    used = set(re.findall(r"\./setup\.sh (\w+)", readme))
    assert {"demo", "test"} <= used <= verbs()


def test_an_unknown_verb_is_wrong_use() -> None:
    done = run(SETUP, "instal")
    assert done.returncode == 2
    assert "Usage" in done.stderr


@pytest.mark.parametrize("verb", ["demo", "test", "bench"])
@pytest.mark.parametrize("architecture", ["armhf", "armel", "i386"])
def test_a_32_bit_system_is_refused(checkout: Checkout, verb: str, architecture: str) -> None:
    checkout.tool("dpkg", f"echo {architecture}")
    done = checkout.setup(verb)
    assert done.returncode == 1
    assert f"32-bit ({architecture})" in done.stderr


@pytest.mark.parametrize("verb", ["demo", "test", "bench"])
def test_an_unfit_interpreter_is_refused_and_nothing_is_touched(
    checkout: Checkout, verb: str
) -> None:
    kept = checkout.root / ".venv" / "kept"
    kept.parent.mkdir()
    kept.touch()
    done = checkout.setup(verb, PYTHON=str(checkout.tool("python3.10", "exit 1")))
    assert done.returncode == 1
    assert "python3.10 is no 64-bit Python 3.11 to 3.13" in done.stderr
    assert kept.exists()


def test_the_tools_that_build_are_installed_first_and_hashes_are_asked_of_all(
    checkout: Checkout,
) -> None:
    assert checkout.setup("demo", "--reader", "pcsc").returncode == 0
    venv, *installed, _compiled = checkout.log()
    assert venv == f"venv {checkout.root}/.venv"
    locks = [re.findall(r"(\w+)\.txt", line) for line in installed]
    assert locks == [["build"], ["runtime"], []]
    assert all("--no-build-isolation" in line and "--no-deps" in line for line in installed)
    assert all("--require-hashes" in line for line in installed[:2])
    assert "--editable" in installed[2]
    assert "--no-index" in installed[2]


def test_a_second_run_installs_nothing(checkout: Checkout) -> None:
    checkout.setup("demo")
    checkout.log()
    assert checkout.setup("demo").returncode == 0
    assert checkout.log() == []


def test_a_changed_lock_makes_the_environment_anew(checkout: Checkout) -> None:
    checkout.setup("demo")
    checkout.log()
    leftover = checkout.root / ".venv" / "leftover"
    leftover.touch()
    with (checkout.root / "config" / "locks" / "runtime.txt").open("a") as lock:
        lock.write("\n")
    checkout.setup("demo")
    assert checkout.log()[0].startswith("venv")
    assert not leftover.exists()


def test_a_changed_project_is_installed_again_alone(checkout: Checkout) -> None:
    checkout.setup("demo")
    checkout.log()
    with (checkout.root / "pyproject.toml").open("a") as project:
        project.write("\n")
    checkout.setup("demo")
    install, _compile = checkout.log()
    assert install.startswith("pip install")
    assert "--editable" in install


def test_an_interrupted_set_up_is_done_again(checkout: Checkout) -> None:
    checkout.setup("demo")
    (checkout.root / ".venv" / ".stamp-runtime").unlink()
    checkout.log()
    checkout.setup("demo")
    assert checkout.log()[0].startswith("venv")


def test_the_demo_gets_its_arguments(checkout: Checkout) -> None:
    done = checkout.setup("demo", "--reader", "pcsc", "--out", "a folder")
    assert done.stdout == "cardamom demo --reader pcsc --out a folder\n"


def test_without_root_and_sudo_the_missing_packages_are_named(checkout: Checkout) -> None:
    checkout.tool("dpkg-query", 'case "$*" in *" pcscd") exit 1 ;; *) printf installed ;; esac')
    checkout.tool("apt-get", "echo must not run >&2; exit 1")
    checkout.tool("sudo", "exit 1")
    checkout.as_user()
    done = checkout.setup("test")
    assert done.returncode == 1
    assert "sudo apt-get install pcscd\n" in done.stderr
    assert "must not run" not in done.stderr


def test_the_demo_goes_on_with_the_in_process_reader_where_pcscd_cannot_be_had(
    checkout: Checkout,
) -> None:
    checkout.tool(
        "dpkg-query", 'case "$*" in *pcscd | *vpcd) exit 1 ;; *) printf installed ;; esac'
    )
    checkout.tool("sudo", "exit 1")
    checkout.as_user()
    done = checkout.setup("demo", "--once")
    assert done.returncode == 0
    assert "sudo apt-get install pcscd vsmartcard-vpcd\n" in done.stderr
    assert done.stdout == "cardamom demo --reader inprocess --once\n"


def test_pyscard_is_left_out_where_it_cannot_be_built(checkout: Checkout) -> None:
    (checkout.tools / "include" / "Python.h").unlink()
    (checkout.tools / "smartcard").unlink()
    done = checkout.setup("demo")
    assert "pyscard is left out" in done.stderr
    assert done.stdout == "cardamom demo --reader inprocess\n"
    lock = (checkout.root / ".venv" / "runtime.txt").read_text()
    whole = (checkout.root / "config" / "locks" / "runtime.txt").read_text()
    (left_out,) = re.findall(r"^pyscard==(?:.*\\\n)+.*\n", whole, re.MULTILINE)
    assert lock == whole.replace(left_out, "")


def test_a_person_may_choose_the_in_process_reader_and_needs_no_pcscd(checkout: Checkout) -> None:
    checkout.tool("dpkg-query", f'echo "$*" >>"{checkout.tools}/asked"; printf installed')
    checkout.setup("demo", "--reader=inprocess")
    asked = (checkout.tools / "asked").read_text()
    assert "python3-venv" in asked
    assert "pcscd" not in asked
    assert "vpcd" not in asked


def test_vpcd_is_explained_before_it_is_installed(checkout: Checkout) -> None:
    checkout.tool("dpkg-query", 'case "$*" in *vpcd) exit 1 ;; *) printf installed ;; esac')
    checkout.tool("apt-get", 'echo "apt-get $*"')
    checkout.tool("sudo", 'shift; exec "$@"')
    checkout.tool("systemctl", "exit 0")
    done = checkout.setup("test")
    assert done.returncode == 1
    explained = done.stderr.index("35963 of every address")
    assert explained < done.stderr.index("install --no-install-recommends vsmartcard-vpcd")
    assert "still missing: vsmartcard-vpcd" in done.stderr


def test_a_check_that_fails_ends_the_run_and_is_named(checkout: Checkout) -> None:
    checkout.setup("demo")
    for name in ("ruff", "mypy"):
        path = checkout.root / ".venv" / "bin" / name
        path.write_text(f'#!/bin/sh\necho "ran {name} $1"; test "$1" != check\n')
        path.chmod(0o755)
    done = checkout.setup("test")
    assert done.returncode == 1
    assert "ran ruff check" in done.stdout
    assert "ran mypy" not in done.stdout
    assert done.stderr.endswith("setup: ruff check failed (1)\n")
    assert "== ruff format" in done.stdout


def test_clean_takes_away_what_was_made(checkout: Checkout) -> None:
    checkout.setup("demo")
    cache = checkout.root / "firmware" / "cardamom" / "__pycache__"
    cache.mkdir(parents=True)
    (checkout.root / "tests").mkdir()
    assert checkout.setup("clean").returncode == 0
    assert not cache.exists()
    assert not (checkout.root / ".venv").exists()
    assert (checkout.root / "setup.sh").exists()
