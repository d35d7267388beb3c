"""The file on the boot partition: taken once, erased; refused with a reason; cut anywhere."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import pytest

from cardamom.commissioning.act import AnswerRefused, put_ca
from cardamom.commissioning.answers import Answers
from cardamom.commissioning.bootfile import take
from cardamom.commissioning.helper import serve
from cardamom.engines.passcode import matches
from cardamom.faults import Fault
from cardamom.settings.load import load
from cardamom.simulator.testdata import data
from cardamom.values.commissioning import Stage, Step
from cardamom.values.secret import Passcode
from support.repo import ROOT

LEFT = ("cardamom.toml.refused", "cardamom.toml.refused.txt")


def commission(*arguments: str | Path) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-m", "cardamom.cli.main", "commission", *map(str, arguments)],
        capture_output=True,
        text=True,
        check=False,
    )


def test_all_of_it_is_taken_and_erased(new: Path, boot: Path) -> None:
    boot.write_text(
        boot.read_text("utf-8")
        + 'ca = """\n'
        + data("testkeys", "tls", "ca.pem").read_text("ascii")
        + '"""\n[settings.printer]\nwidth = 80\n[settings.merchant]\nname_en = "Tea House"\n',
        "utf-8",
    )
    taken = take(boot, new)
    assert (taken.done, taken.refused) == (True, "")
    assert list(boot.parent.iterdir()) == []
    settings = load(new)
    assert settings.commissioning.stage is Stage.DONE
    assert (settings.acquirer.profile, settings.acquirer.port) == ("unionpay", 7443)
    assert (settings.printer.width, settings.merchant.name_en) == (80, "Tea House")
    assert (new.parent / "ca.pem").read_bytes().strip().startswith(b"-----BEGIN CERTIFICATE")
    hashed = (new.parent / "supervisor.hash").read_text().strip()
    assert matches(Passcode(b"195732"), hashed)
    assert (new.parent / "supervisor.hash").stat().st_mode & 0o777 == 0o600
    assert b"195732" not in (new.parent / "commission.json").read_bytes()


def test_the_example_is_one(new: Path, boot: Path) -> None:
    boot.write_bytes((ROOT / "config" / "commission.toml").read_bytes())
    assert take(boot, new).done


def test_a_part_of_it_leaves_the_rest_to_be_asked(new: Path, boot: Path) -> None:
    boot.write_text('language = "en"\nhost = "acquirer.example"\n', "utf-8")
    assert take(boot, new).done is False
    assert not boot.exists()
    answers = Answers(new.parent / "commission.json")
    assert answers.all() == {"language": "en", "host": "acquirer.example"}
    assert answers.next_step() is Step.TIMEZONE
    assert load(new).commissioning.stage is Stage.NEW


@pytest.mark.parametrize(
    ("line", "why"),
    [
        ('network = "wlan"', "network: expected one of ethernet, wifi, keep"),
        ('passcode = "123456"', "passcode: expected 6 to 12 digits"),
        ('speed = "1"', "speed: unknown key; allowed: language, timezone"),
        ("port = 0", "port: expected 1 to 65535"),
        ("terminal = true", "terminal: expected 8 letters and digits"),
        ("[settings.printer]\nwidth = 60", "printer.width: 60 is not allowed; expected one of 58"),
        ('[settings.journal]\npath = "x"', "settings.journal: expected a table of terminal.toml"),
        ('ca = "-----BEGIN CERT"', "ca: expected whole PEM certificates"),
        ('terminal = "102', "not TOML in UTF-8, or cut off"),
    ],
)
def test_a_wrong_one_is_kept_with_its_reason(new: Path, boot: Path, line: str, why: str) -> None:
    before = new.read_bytes()
    key = line.partition(" =")[0]
    kept = [each for each in boot.read_text().splitlines() if not each.startswith(key)]
    boot.write_text("\n".join([*kept, line]), "utf-8")
    taken = take(boot, new)
    assert why in taken.refused
    assert "123456" not in taken.refused
    assert sorted(path.name for path in boot.parent.iterdir()) == list(LEFT)
    assert (boot.parent / LEFT[1]).read_text() == f"{taken.refused}\n"
    assert Answers(new.parent / "commission.json").refused == taken.refused
    assert new.read_bytes() == before


def test_a_terminal_that_is_set_up_takes_none(new: Path, boot: Path) -> None:
    take(boot, new)
    before = new.read_bytes()
    boot.write_text('host = "evil.example"\n', "utf-8")
    assert "this terminal is set up" in take(boot, new).refused
    assert new.read_bytes() == before


def test_without_its_network_it_is_set_up_all_the_same(new: Path, boot: Path) -> None:
    (new.parent / "no-network").touch()
    assert take(boot, new).done


def test_erasing_that_was_cut_goes_on(new: Path, boot: Path) -> None:
    take(boot, new)
    Answers(new.parent / "commission.json").note(erasing=True)
    boot.write_bytes(b"\xff" * 40)
    assert take(boot, new).done
    assert not boot.exists()


@pytest.mark.parametrize("sync", [3, 6, 8, 10, 12])
def test_the_power_goes_at_each_sync(new: Path, boot: Path, sync: int) -> None:
    """Killed as the n-th fsync begins; the next start makes it good."""
    inject = f"inject=fsync:signal=SIGKILL:when={sync}"
    strace = ["strace", "-f", "-qq", "-o", "/dev/null", "-e", "trace=fsync", "-e", inject]
    take_it = [sys.executable, "-m", "cardamom.cli.main", "commission"]
    subprocess.run(
        [*strace, *take_it, "--settings", new, "--boot", boot], check=False, capture_output=True
    )
    load(new)  # whole, the old or the new
    if boot.exists():
        assert take(boot, new).refused == ""
    assert not boot.exists()
    settings = load(new)
    assert (settings.commissioning.stage, settings.terminal.id) == (Stage.DONE, "1020305A")
    kept = json.loads((new.parent / "commission.json").read_bytes())
    assert kept["answers"] == {}


def test_by_command(new: Path, boot: Path) -> None:
    assert commission("--settings", new, "--boot", boot).returncode == 0
    told = commission("--settings", new, "--status", "--json")
    assert json.loads(told.stdout)["stage"] == "done"
    assert commission("--settings", new, "--boot", boot).returncode == 0


def test_the_helper_does_what_is_on_its_list(new: Path) -> None:
    for wrong in ({"do": "again"}, {"do": "leave"}, {"do": "shell"}, {}, {"do": "finish"}):
        with pytest.raises(Fault):
            serve(wrong, new)
    with pytest.raises(Fault, match="missing"):
        serve({"do": "finish", "answers": {"language": "en"}}, new)
    with pytest.raises(Fault, match="unknown key"):
        serve({"do": "network", "answers": {"commissioning.helper": "x"}}, new)
    serve({"do": "network", "answers": {"network": "ethernet", "addressing": "dhcp"}}, new)
    assert json.loads((new.parent / "network.json").read_text())["network"] == "ethernet"


def test_half_a_certificate_behind_a_whole_one_is_noticed(new: Path) -> None:
    whole = data("testkeys", "tls", "ca.pem").read_text("ascii")
    with pytest.raises(AnswerRefused, match="cut off"):
        put_ca(new, whole + whole[: len(whole) // 2])
    assert not (new.parent / "ca.pem").exists()
    put_ca(new, whole + whole)
