"""Under what the journal's key is sealed: the option of `setup.sh install`."""

from __future__ import annotations

import os
import subprocess
from pathlib import Path

import pytest

from support.repo import ROOT

SOURCED = """
set -euo pipefail; shopt -s inherit_errexit
here=$1 units=$2 credstore=$2/store boot=/boot checking=no credentials=$3
say() { printf '%s\\n' "$*" >&2; }
die() { say "$*"; exit 1; }
is_booted() { false; }
change() { shift; "$@"; }
put() { install -D -m 644 "$1" "$2"; }
source "$here/systemd/guard.sh"
tpm=$4
install_seal
"""
DROPIN = Path("cardamom-journal-key.service.d/seal.conf")


def seal(folder: Path, credentials: str, tpm: str = "/nowhere") -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        ["bash", "-c", SOURCED, "bash", ROOT, folder, credentials, tpm],
        capture_output=True,
        text=True,
        check=False,
        env={"PATH": os.environ["PATH"]},
    )


def test_a_tpm_is_named_to_the_unit_that_makes_the_key(tmp_path: Path) -> None:
    assert seal(tmp_path, "tpm2", "/dev/null").returncode == 0
    text = (tmp_path / DROPIN).read_text()
    assert "Environment=SEAL=tpm2\n" in text
    assert "DeviceAllow=/dev/null rw\n" in text
    assert seal(tmp_path, "").returncode == 0
    assert (tmp_path / DROPIN).exists()  # without the option it stays
    assert seal(tmp_path, "host").returncode == 0
    assert not (tmp_path / DROPIN).exists()


def test_a_tpm_that_is_not_there_is_refused(tmp_path: Path) -> None:
    refused = seal(tmp_path, "tpm2")
    assert refused.returncode == 1
    assert "there is no TPM" in refused.stderr
    assert not (tmp_path / DROPIN).exists()


@pytest.mark.parametrize(("tpm", "sealed"), [("/dev/null", True), ("/nowhere", False)])
def test_auto_takes_the_tpm_where_there_is_one(tmp_path: Path, tpm: str, *, sealed: bool) -> None:
    assert seal(tmp_path, "auto", tpm).returncode == 0
    assert (tmp_path / DROPIN).exists() is sealed


def test_a_key_that_was_sealed_before_is_told(tmp_path: Path) -> None:
    (tmp_path / "store").mkdir()
    (tmp_path / "store" / "cardamom.journal.key").touch()
    assert "sealed before" in seal(tmp_path, "tpm2", "/dev/null").stderr
