"""The example firewall: nft takes it, and between two networks nothing else gets through."""

from __future__ import annotations

import json
import os
import re
import shutil
import subprocess
import sys
import tomllib
from pathlib import Path

import pytest

from support import firewall
from support.repo import ROOT

RULES = ROOT / "config" / "nftables.conf"
TOOLS = os.pathsep.join((os.environ.get("PATH", ""), "/usr/sbin", "/sbin"))
LET_OUT = {"acquirer:7000", "printer:9100", "resolver:53"}
LET_IN = {"support:22"}


def lacks(*tools: str) -> str:
    """Why what needs these tools, as root, cannot be run here; empty where it can."""
    missing = [tool for tool in tools if shutil.which(tool, path=TOOLS) is None]
    if missing:
        return f"{', '.join(missing)}: not installed"
    if os.geteuid() != 0:
        return "only root has network namespaces"
    bare = subprocess.run(["unshare", "--net", "true"], capture_output=True, check=False)
    return "" if bare.returncode == 0 else "no network namespaces here"


def in_namespace(*command: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        ["unshare", "--net", *command],
        capture_output=True,
        text=True,
        check=False,
        env={**os.environ, "PATH": TOOLS},
    )


@pytest.mark.skipif(bool(lacks("nft", "unshare")), reason=lacks("nft", "unshare") or "-")
def test_nft_takes_the_rules_and_no_others(tmp_path: Path) -> None:
    told = in_namespace("nft", "-c", "-f", str(RULES))
    assert (told.returncode, told.stderr) == (0, "")
    broken = tmp_path / "broken.conf"
    broken.write_text(RULES.read_text("utf-8").replace("dport 22", "dport ssh-maybe"), "utf-8")
    assert in_namespace("nft", "-c", "-f", str(broken)).returncode != 0


@pytest.mark.skipif(
    bool(lacks("nft", "unshare", "nsenter", "ip")),
    reason=lacks("nft", "unshare", "nsenter", "ip") or "-",
)
def test_nothing_but_acquirer_printer_names_and_ssh_gets_through() -> None:
    told = in_namespace(sys.executable, str(Path(firewall.__file__)), str(RULES))
    assert told.returncode == 0, told.stderr
    seen = json.loads(told.stdout)
    assert seen["before"] == {"stranger:443": "open"}
    assert seen["out"] == {
        f"{name}:{port}": "open" if f"{name}:{port}" in LET_OUT else "refused"
        for name, port in firewall.OUT
    }
    assert seen["in"] == {
        f"{name}:{port}": "open" if f"{name}:{port}" in LET_IN else "silent"
        for name, port in firewall.IN
    }


def test_every_chain_drops_what_it_does_not_name() -> None:
    text = RULES.read_text("utf-8")
    assert re.findall(r"hook (\w+) priority filter; policy (\w+);", text) == [
        ("input", "drop"),
        ("forward", "drop"),
        ("output", "drop"),
    ]


def test_the_example_is_that_of_the_settings() -> None:
    text = RULES.read_text("utf-8")
    settings = tomllib.loads((ROOT / "config" / "terminal.toml").read_text("utf-8"))
    defined = dict(re.findall(r"^define (\w+) = \{ (.*) \}$", text, re.MULTILINE))
    assert defined["acquirer_ports"] == str(settings["acquirer"]["port"])
    assert defined["printers"] == settings["printer"]["host"]
    assert defined["printer_ports"] == str(settings["printer"]["port"])
