"""The firewall that the settings ask for: nft takes it, and between two networks nothing else gets
through."""

from __future__ import annotations

import json
import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from cardamom.cli.firewall import wanted
from cardamom.faults import SettingsError
from support import firewall
from support.repo import ROOT

EXAMPLE = ROOT / "config" / "terminal.toml"
NETWORKS = """
[firewall]
ssh_from = ["198.51.100.0/24", "2001:db8:1::/64"]
resolvers = ["192.0.2.53"]
time_servers = ["192.0.2.123"]
"""
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


def settings(folder: Path, more: str = NETWORKS, host: str = "192.0.2.10") -> Path:
    """The example's, with another acquirer."""
    text = EXAMPLE.read_text("utf-8").replace('"acquirer.example"', f'"{host}"')
    path = folder / "terminal.toml"
    path.write_text(text + more, "utf-8")
    return path


def rules_file(folder: Path, more: str = NETWORKS) -> Path:
    path = folder / "rules.conf"
    path.write_text(wanted(settings(folder, more)), "utf-8")
    return path


@pytest.mark.skipif(bool(lacks("nft", "unshare")), reason=lacks("nft", "unshare") or "-")
@pytest.mark.parametrize("more", [NETWORKS, "", '[firewall]\nalso = ["[2001:db8::9]:19532"]\n'])
def test_nft_takes_the_rules_and_no_others(tmp_path: Path, more: str) -> None:
    good = rules_file(tmp_path, more)
    told = in_namespace("nft", "-c", "-f", str(good))
    assert (told.returncode, told.stderr) == (0, "")
    broken = tmp_path / "broken.conf"
    broken.write_text(good.read_text("utf-8").replace("dport 22", "dport ssh-maybe"), "utf-8")
    assert in_namespace("nft", "-c", "-f", str(broken)).returncode != 0


@pytest.mark.skipif(
    bool(lacks("nft", "unshare", "nsenter", "ip")),
    reason=lacks("nft", "unshare", "nsenter", "ip") or "-",
)
def test_nothing_but_acquirer_printer_names_and_ssh_gets_through(tmp_path: Path) -> None:
    rules = rules_file(tmp_path)
    told = in_namespace(sys.executable, str(Path(firewall.__file__)), str(rules))
    assert told.returncode == 0, told.stderr
    seen = json.loads(told.stdout)
    assert seen["before"] == {"stranger:443": "open", "session": "on"}
    assert seen["out"] == {
        f"{name}:{port}": "open" if f"{name}:{port}" in LET_OUT else "refused"
        for name, port in firewall.OUT
    }
    assert seen["in"] == {
        f"{name}:{port}": "open" if f"{name}:{port}" in LET_IN else "silent"
        for name, port in firewall.IN
    }


@pytest.mark.skipif(bool(lacks("nft", "unshare")), reason=lacks("nft", "unshare") or "-")
def test_apply_follows_the_settings_and_touches_no_other_table(tmp_path: Path) -> None:
    """One namespace: applied, another acquirer, broken settings, none."""
    file, kept = settings(tmp_path), tmp_path / "nftables.conf"
    other = settings(tmp_path, host="192.0.2.44").read_text("utf-8")
    right = settings(tmp_path).read_text("utf-8")
    (tmp_path / "other.toml").write_text(other, "utf-8")
    (tmp_path / "none.toml").write_text(right + 'driver = "none"\n', "utf-8")
    cardamom = f"{sys.executable} -m cardamom.cli.main firewall"
    script = f"""
        set -eu; cd {tmp_path}
        show() {{ echo "== $1"; nft list table inet cardamom 2>/dev/null | grep -c "$2" || true; }}
        nft add table inet others
        {cardamom} apply --settings {file}; show applied "192.0.2.10 "
        {cardamom} check --settings {file} >/dev/null; show again "192.0.2.10 "
        cp other.toml terminal.toml
        {cardamom} check --settings {file} >/dev/null || echo "check $?"
        {cardamom} apply --settings {file}; show moved "192.0.2.44 "; show gone "192.0.2.10 "
        nft delete table inet cardamom; echo "[nonsense" >>terminal.toml
        {cardamom} apply --settings {file} 2>/dev/null || echo "apply $?"
        show last "192.0.2.44 "
        cp none.toml terminal.toml; {cardamom} apply --settings {file}; show none "chain"
        nft list tables
    """
    told = in_namespace("sh", "-c", script)
    assert told.returncode == 0, told.stderr
    assert " ".join(told.stdout.split()) == (
        "== applied 1 == again 1 check 30 == moved 1 == gone 0 apply 30 == last 1 "
        "== none 0 table inet others"
    )
    assert not kept.exists()


def test_every_chain_drops_what_it_does_not_name(tmp_path: Path) -> None:
    text = rules_file(tmp_path).read_text("utf-8")
    assert re.findall(r"hook (\w+) priority filter; policy (\w+);", text) == [
        ("input", "drop"),
        ("forward", "drop"),
        ("output", "drop"),
    ]


def test_a_name_opens_its_port_alone_and_says_so(tmp_path: Path) -> None:
    text = wanted(settings(tmp_path, host="acquirer.example"))
    line = next(line for line in text.splitlines() if "acquirer.example" in line)
    assert line.strip().startswith("tcp dport 7000 ")
    assert "any address" in line


@pytest.mark.parametrize(
    ("more", "what"),
    [
        ('ssh_from = ["198.51.100.1/24"]', "ssh_from"),
        ('resolvers = ["dns; accept"]', "resolvers"),
        (r'ssh_from = ["fe80::1%x tcp dport 1 accept #"]', "ssh_from"),
        ('also = ["192.0.2.80"]', "also"),
    ],
)
def test_what_is_no_address_is_refused(tmp_path: Path, more: str, what: str) -> None:
    with pytest.raises(SettingsError, match=f"firewall.{what}"):
        wanted(settings(tmp_path, f"[firewall]\n{more}\n"))


def test_a_name_ends_no_comment(tmp_path: Path) -> None:
    text = wanted(settings(tmp_path, host=r"a\"; accept; #"))
    (line,) = (line for line in text.splitlines() if "any address" in line)
    assert line.endswith('"acquirer a accept : a name, so any address"')
    assert line.count('"') == 2


def test_the_zone_of_an_address_brings_no_rule_along(tmp_path: Path) -> None:
    text = wanted(settings(tmp_path, host=r"fe80::1%x accept\n    accept\n#"))
    (line,) = (line for line in text.splitlines() if "fe80::1" in line)
    assert line.strip().startswith("ip6 daddr fe80::1 tcp dport 7000 ")
    assert "    accept\n" not in text


@pytest.mark.skipif(bool(lacks("nft", "unshare")), reason=lacks("nft", "unshare") or "-")
def test_a_disk_that_takes_no_file_and_an_nft_that_refuses_leave_no_machine_open(
    tmp_path: Path,
) -> None:
    """A folder where the file is to be written keeps root from it too."""
    file = settings(tmp_path)
    refusing = tmp_path / "bin" / "nft"
    refusing.parent.mkdir()
    refusing.write_text(
        f'#!/bin/sh\n[ "$*" != \'-f -\' ] || exit 1\nexec {shutil.which("nft", path=TOOLS)} "$@"\n'
    )
    refusing.chmod(0o755)
    cardamom = f"{sys.executable} -m cardamom.cli.main firewall apply --settings {file}"
    script = f"""
        set -eu; cd {tmp_path}
        show() {{ echo "== $1"; nft list table inet cardamom 2>/dev/null | grep -c "$2" || true; }}
        mkdir nftables.conf.new; {cardamom} || echo "apply $?"; show full "192.0.2.10 "
        rmdir nftables.conf.new; {cardamom}; nft delete table inet cardamom
        sed -i s/192.0.2.10/192.0.2.44/ terminal.toml
        PATH={refusing.parent}:$PATH {cardamom} || echo "apply $?"; show refused "192.0.2.10 "
    """
    told = in_namespace("sh", "-c", script)
    assert " ".join(told.stdout.split()) == "apply 30 == full 1 apply 30 == refused 1", told.stderr
    assert "in force, but" in told.stderr
