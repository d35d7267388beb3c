"""`./setup.sh audit`: every lock is looked up, and what could not be looked up is no pass."""

from __future__ import annotations

import os
import subprocess
from pathlib import Path

import pytest

from support.repo import ROOT

SOURCED = """
set -euo pipefail; shopt -s inherit_errexit
here=$1; locks=$2
say() { printf '%s\\n' "$*" >&2; }
die() { say "$*"; exit 1; }
find_python() { echo "python3 3.11"; }
is_stamped() { true; }
digest() { cat >/dev/null; }
source "$locks/audit.sh"
audit
"""
ASKED = ["runtime", "pi", "build", "dev", "audit"]


def audited(folder: Path, answers: str) -> tuple[subprocess.CompletedProcess[str], list[str]]:
    """With a pip-audit that answers by the lock's name."""
    tool = folder / "build" / "audit" / "bin" / "pip-audit"
    tool.parent.mkdir(parents=True)
    tool.write_text(
        '#!/bin/sh\n[ "$1" = --strict ] || exit 9\nfor lock; do :; done\n'
        f'echo "$lock" >>{folder}/asked\ncase $lock in {answers} esac\n'
    )
    tool.chmod(0o755)
    ran = subprocess.run(
        ["bash", "-c", SOURCED, "bash", folder, ROOT / "config" / "locks"],
        capture_output=True,
        text=True,
        check=False,
        env={"PATH": os.environ["PATH"]},
    )
    return ran, [Path(line).stem for line in (folder / "asked").read_text().splitlines()]


def test_all_well(tmp_path: Path) -> None:
    ran, asked = audited(tmp_path, "*) exit 0;;")
    assert ran.returncode == 0, ran.stderr
    assert asked == ASKED
    assert "no locked package has a known vulnerability" in ran.stderr


@pytest.mark.parametrize("lock", ASKED)
def test_one_that_fails_fails_the_audit_and_the_others_are_asked(tmp_path: Path, lock: str) -> None:
    ran, asked = audited(tmp_path, f"*/{lock}.txt) exit 1;;")
    assert ran.returncode == 1
    assert asked == ASKED
    assert "could not be looked up" in ran.stderr
