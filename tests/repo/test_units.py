"""The systemd files: that systemd takes them, and that they agree with the settings' defaults."""

from __future__ import annotations

import re
import shutil
import subprocess
import sys
from pathlib import Path
from typing import get_type_hints

import pytest

from cardamom.daemon.tamper import REQUEST
from cardamom.settings.model import AcquirerSettings, ControlSettings, JournalSettings
from support.repo import ROOT

UNIT = ROOT / "systemd" / "cardamom.service"
KEY_UNIT = ROOT / "systemd" / "cardamom-journal-key.service"
SYSUSERS = ROOT / "systemd" / "cardamom.sysusers"
EXPOSURE = 15  # tenths of systemd's scale from 0 to 10
NEWER_THAN_252 = {"RestartSteps", "RestartMaxDelaySec"}

needs_systemd = pytest.mark.skipif(
    shutil.which("systemd-analyze") is None, reason="systemd is not installed"
)
needs_sysusers = pytest.mark.skipif(
    shutil.which("systemd-sysusers") is None, reason="systemd is not installed"
)


def options(key: str) -> list[str]:
    """Every value of a key in the service unit, in its order."""
    return re.findall(rf"^{key}=(.*)$", UNIT.read_text(encoding="utf-8"), re.MULTILINE)


def run(*command: str | Path) -> tuple[int, str]:
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    return done.returncode, done.stdout + done.stderr


@needs_systemd
def test_systemd_knows_every_key(tmp_path: Path) -> None:
    copy = tmp_path / UNIT.name
    (start,) = options("ExecStart")
    program = start.split()[0]
    copy.write_text(UNIT.read_text(encoding="utf-8").replace(program, "/bin/true"))
    others = [
        each for kind in ("service", "timer", "path") for each in UNIT.parent.glob(f"*.{kind}")
    ]
    for unit in {*others} - {UNIT}:
        text = unit.read_text(encoding="utf-8")
        (tmp_path / unit.name).write_text(text.replace(f"={program}", "=/bin/true"))
    units = sorted(tmp_path.iterdir())
    status, said = run("systemd-analyze", "verify", "--recursive-errors=no", *units)
    unknown = set(re.findall(r"Unknown key(?: name)? '(\w+)'", said))
    assert unknown <= NEWER_THAN_252
    assert [line for line in said.splitlines() if "Unknown key" not in line] == []
    assert status == 0 or unknown


@needs_systemd
@pytest.mark.parametrize("unit", sorted(UNIT.parent.glob("*.service")), ids=lambda u: u.stem)
def test_the_sandbox_stays_as_tight_as_it_is(unit: Path) -> None:
    status, said = run(
        "systemd-analyze", "security", "--offline=true", f"--threshold={EXPOSURE}", unit
    )
    assert status == 0, said


@needs_sysusers
def test_sysusers_makes_the_units_user(tmp_path: Path) -> None:
    (tmp_path / "etc").mkdir()
    status, said = run("systemd-sysusers", f"--root={tmp_path}", SYSUSERS)
    assert status == 0, said
    users = (tmp_path / "etc" / "passwd").read_text().splitlines()
    ours = [line.split(":") for line in users if "Cardamom" in line]
    assert [fields[0] for fields in ours] == [*options("User"), "support"]
    assert ours[1][-1] == "/usr/local/lib/cardamom/support"
    shadow = (tmp_path / "etc" / "shadow").read_text().splitlines()
    assert {line.split(":")[1] for line in shadow if line.startswith(("card", "supp"))} == {"!*"}
    groups = dict(
        line.split(":")[::3] for line in (tmp_path / "etc" / "group").read_text().splitlines()
    )
    assert {name for name, members in groups.items() if members == "support"} == {
        "cardamom",
        "systemd-journal",
    }
    assert {name for name, members in groups.items() if members == "cardamom"} == {
        "dialout",
        "gpio",
        "lp",
        "spi",
    }


def test_the_polkit_rule_names_the_units_user() -> None:
    rule = (ROOT / "systemd" / "cardamom-pcsc.rules").read_text(encoding="utf-8")
    assert re.findall(r'subject\.user == "(\w+)"', rule) == options("User")


def test_the_daemon_reports_ready_and_is_watched() -> None:
    assert options("Type") == ["notify"]
    assert options("Restart") == ["on-failure"]
    assert int(*options("WatchdogSec")) > 0


def test_a_stop_waits_longer_than_the_longest_host_deadline() -> None:
    longest = get_type_hints(AcquirerSettings, include_extras=True)["deadline_s"].__metadata__[0].le
    assert int(*options("TimeoutStopSec")) > longest


def test_the_settings_defaults_lie_where_the_unit_lets_the_daemon_write() -> None:
    assert options("StateDirectory") == [Path(JournalSettings().path).parent.name]
    assert Path(JournalSettings().path).is_relative_to("/var/lib")
    assert options("RuntimeDirectory") == [Path(ControlSettings().socket).parent.name]
    assert Path(ControlSettings().socket).is_relative_to("/run")


def credentials() -> dict[str, str]:
    """Name in /run/credentials to name in the store."""
    return dict(value.split(":") for value in options("LoadCredentialEncrypted"))


def test_the_keys_that_the_settings_name_are_credentials_of_the_unit() -> None:
    example = (ROOT / "config" / "terminal.toml").read_text(encoding="utf-8")
    named = {*re.findall(r'"(/run/credentials/[^"]+)"', example), JournalSettings().key_file}
    assert {str(Path(name).parent) for name in named} == {f"/run/credentials/{UNIT.name}"}
    assert {Path(name).name for name in named} <= credentials().keys()
    assert options("LoadCredential") == []


def test_the_journals_key_is_made_where_the_unit_looks_for_it() -> None:
    text = KEY_UNIT.read_text(encoding="utf-8")
    sealed = f"/etc/credstore.encrypted/{credentials()['journal.key']}"
    assert f"ConditionPathExists=!{sealed}" in text
    assert f"ConditionPathExists=!{JournalSettings().path}" in text
    assert "--name=journal.key" in text
    assert KEY_UNIT.name in options("After")[0].split()
    assert KEY_UNIT.name in options("Wants")[0].split()


def test_nothing_waits_for_a_network() -> None:
    ordered = {name for line in options("After") + options("Wants") for name in line.split()}
    assert "time-set.target" in ordered
    assert not ordered & {"network-online.target", "time-sync.target"}


def test_the_panel_is_drawn_whenever_the_daemon_ended() -> None:
    (after,) = options("ExecStopPost")
    (start,) = options("ExecStart")
    program, _, settings = start.partition(" run ")
    assert after == f"-{program} curtain {settings}"


@pytest.mark.parametrize(
    "name",
    [
        "cardamom.service",
        "cardamom-journal-key.service",
        "cardamom-commission.service",
        "cardamom-setup@.service",
    ],
)
def test_no_core_dump_and_no_swap_hold_a_card_number_or_a_key(name: str) -> None:
    lines = (UNIT.parent / name).read_text(encoding="utf-8").splitlines()
    assert [line for line in lines if line.startswith("LimitCORE=")] == ["LimitCORE=0"]
    assert [line for line in lines if line.startswith("MemorySwapMax=")] == ["MemorySwapMax=0"]


def test_no_command_leaves_a_core_dump() -> None:
    script = (
        "import resource; from cardamom.cli.main import main; main();"
        "print(resource.getrlimit(resource.RLIMIT_CORE))"
    )
    code, told = run("prlimit", "--core=unlimited", sys.executable, "-c", script, "--version")
    assert (code, told.splitlines()[-1]) == (0, "(0, 0)")


def test_a_tampered_terminals_request_is_where_roots_unit_waits_for_it() -> None:
    request = str(Path(JournalSettings().path).with_name(REQUEST))
    path = (UNIT.parent / "cardamom-tamper.path").read_text(encoding="utf-8")
    assert f"PathExists={request}\n" in path
    service = (UNIT.parent / "cardamom-tamper.service").read_text(encoding="utf-8")
    assert f"rm -f {request}" in service
    stored = credentials()
    assert f"/etc/credstore.encrypted/{stored['master.key']}" in service
    assert not [name for name in stored.values() if name in service and "master" not in name]
