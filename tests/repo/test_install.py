"""`setup.sh install` in parts, each on a folder of its own; whole it runs in `setup.sh guest`."""

from __future__ import annotations

import os
import subprocess
from pathlib import Path

import pytest

from cardamom.commissioning.network import REGULATORY
from support.checkout import Checkout
from support.repo import ROOT

CONFIG = "[pi4]\narm_boost=1\n\n[all]\ndtoverlay=vc4-kms-v3d\n"
CMDLINE = "console=serial0,115200 console=tty1 root=PARTUUID=1-02 rootfstype=ext4 rootwait\n"
OURS = (
    "# cardamom: begin\n[all]\ndtparam=spi=on\ndtparam=i2c_arm=on\nenable_uart=1\n# cardamom: end\n"
)
# What setup.sh brings along, without its main.
SOURCED = """
set -euo pipefail; shopt -s inherit_errexit
here=$1; shift
say() { printf '%s\\n' "$*" >&2; }
die() { say "$*"; exit 1; }
is_pi() { false; }
digest() { sha256sum | cut -d' ' -f1; }
source "$here/systemd/install.sh"
"""


def sourced(script: str, *arguments: str | Path) -> subprocess.CompletedProcess[str]:
    """Runs a script over the functions of `systemd/install.sh`."""
    return subprocess.run(
        ["bash", "-c", SOURCED + script, "bash", ROOT, *arguments],
        capture_output=True,
        text=True,
        check=False,
        env={"PATH": os.environ["PATH"]},
    )


def done(script: str, *arguments: str | Path) -> str:
    ran = sourced(script, *arguments)
    assert ran.returncode == 0, ran.stderr
    return ran.stdout


@pytest.fixture
def boot(tmp_path: Path) -> Path:
    (tmp_path / "config.txt").write_text(CONFIG)
    (tmp_path / "cmdline.txt").write_text(CMDLINE)
    return tmp_path


BOARD = "boot=$1; hook=$1/none; put() { :; }; "
HOOK = 'boot=$1; hook=$1/default; put() { cmp -s "$1" "$2" || change put cp "$1" "$2"; }; '
HOOK += 'eval "$(declare -f install_board | sed s=/etc/modules-load.d/cardamom.conf=$1/modules=)"; '


def test_a_boards_buses_are_switched_on_and_the_console_leaves_the_uart(boot: Path) -> None:
    done(BOARD + "install_board", boot)
    assert (boot / "config.txt").read_text() == CONFIG + OURS
    rest = CMDLINE.removeprefix("console=serial0,115200 ").removesuffix("\n")
    assert (boot / "cmdline.txt").read_text() == f"{rest} cgroup_enable=memory\n"
    assert sorted(path.name for path in boot.iterdir()) == ["cmdline.txt", "config.txt"]


@pytest.mark.parametrize(
    ("kernel", "told"),
    [
        ("6.12.41+deb13-arm64", True),
        ("6.1.0-37-arm64", True),
        ("6.12.25+rpt-rpi-v8", False),
        ("6.12.25+rpt-rpi-2712", False),
    ],
)
def test_debians_own_kernel_is_told_to_have_no_spi(boot: Path, kernel: str, told: bool) -> None:
    ran = sourced(f"uname() {{ echo {kernel}; }}; {BOARD}install_board", boot)
    assert ran.returncode == 0, ran.stderr
    assert ("switches no SPI on" in ran.stderr) is told


def test_a_second_time_nothing_is_left_to_do(boot: Path) -> None:
    done(BOARD + "install_board", boot)
    said = done(BOARD + "checking=yes; install_board; echo $changes $reboot", boot)
    assert said == "0 no\n"


def test_check_tells_of_the_board_and_touches_nothing(boot: Path) -> None:
    said = done(BOARD + "checking=yes; install_board", boot)
    assert said.splitlines() == [
        f"would switch SPI, I2C and UART on in {boot}/config.txt",
        f"would free the UART, limit memory in {boot}/cmdline.txt",
    ]
    assert (boot / "config.txt").read_text() == CONFIG
    assert (boot / "cmdline.txt").read_text() == CMDLINE


def test_uninstall_leaves_config_txt_as_it_was_found(boot: Path) -> None:
    done(BOARD + "install_board; uninstall_board", boot)
    assert (boot / "config.txt").read_text() == CONFIG


@pytest.mark.parametrize(
    ("line", "left"),
    [
        ("console=ttyAMA0,115200 quiet\n", "quiet cgroup_enable=memory\n"),
        ("quiet console=ttyS0\n", "quiet cgroup_enable=memory\n"),
        (
            "console=tty0 console=ttyS1,115200 root=LABEL=R\n",
            "console=tty0 root=LABEL=R cgroup_enable=memory\n",
        ),
        (
            "quiet console=serial0,115200 console=tty1\n",
            "quiet console=tty1 cgroup_enable=memory\n",
        ),
        ("xconsole=serial0 quiet\n", "xconsole=serial0 quiet cgroup_enable=memory\n"),
        ("cgroup_enable=memory quiet\n", "cgroup_enable=memory quiet\n"),
        ("quiet cgroup_enable=cpuset,memory\n", "quiet cgroup_enable=cpuset,memory\n"),
        ("cgroup_enable=cpuset\n", "cgroup_enable=cpuset cgroup_enable=memory\n"),
    ],
)
def test_other_words_of_cmdline_txt_stay(boot: Path, line: str, left: str) -> None:
    (boot / "cmdline.txt").write_text(line)
    assert done(BOARD + "board_cmdline", boot) == left


def test_debians_hook_makes_the_boot_files_as_they_are(boot: Path) -> None:
    """At each update of the kernel it makes them anew from what stands in /etc/default."""
    default = boot / "default"
    default.mkdir()
    (default / "raspi-firmware").write_text("CONSOLES=auto\n")
    (default / "raspi-extra-cmdline").write_text("quiet\n")
    done(HOOK + "install_board", boot)
    told = 'source "$1/default/raspi-firmware"; echo "$CONSOLES"'
    assert done(told, boot) == "tty0\n"
    assert (default / "raspi-firmware-custom").read_text() == OURS
    assert (default / "raspi-extra-cmdline").read_text() == "quiet cgroup_enable=memory\n"
    assert done(HOOK + "changes=0; install_board; echo $changes", boot) == "0\n"
    done(HOOK + "uninstall_board", boot)
    assert (default / "raspi-firmware").read_text() == "CONSOLES=auto\n"
    assert (default / "raspi-firmware-custom").read_text() == ""


def test_a_release_is_switched_to_whole_and_the_one_before_it_stays(tmp_path: Path) -> None:
    for name in ("1", "2", "3"):
        (tmp_path / name).mkdir()
    done("opt=$1; switch_release 1; mkdir -p $opt/2 $opt/3; switch_release 2", tmp_path)
    assert sorted(path.name for path in tmp_path.iterdir()) == ["1", "2", "current"]
    done("opt=$1; mkdir $opt/3; switch_release 3", tmp_path)
    assert sorted(path.name for path in tmp_path.iterdir()) == ["2", "3", "current"]
    assert (tmp_path / "current").readlink() == Path("3")


def test_a_release_is_named_by_what_is_in_it(tmp_path: Path) -> None:
    name = done("release 'python 3.11'", tmp_path)
    assert name.startswith("0.1.0-")
    assert name == done("release 'python 3.11'", tmp_path)
    assert name != done("release 'python 3.13'", tmp_path)


def test_a_file_is_put_once(tmp_path: Path) -> None:
    source, target = tmp_path / "source", tmp_path / "folder" / "target"
    source.write_text("new")
    put = "put $1 $2; echo $changes"
    assert done(put, source, target) == "1\n"
    assert done(put, source, target) == "0\n"
    assert target.read_text() == "new"
    assert [path.name for path in target.parent.iterdir()] == ["target"]


def test_a_system_that_is_neither_bookworm_nor_trixie_is_refused(tmp_path: Path) -> None:
    (tmp_path / "os-release").write_text("VERSION_CODENAME=bullseye\n")
    ran = sourced("os_release=$1/os-release; refuse_unfit_system", tmp_path)
    assert ran.returncode == 1
    assert "bullseye: take Raspberry Pi OS or Debian, bookworm or trixie" in ran.stderr


def test_a_full_card_is_refused_before_anything_is_touched(tmp_path: Path) -> None:
    (tmp_path / "os-release").write_text("VERSION_CODENAME=trixie\n")
    full = "df() { printf 'Avail\\n204800\\n'; }; os_release=$1/os-release; refuse_unfit_system"
    ran = sourced(full, tmp_path)
    assert ran.returncode == 1
    assert "200 MB are free" in ran.stderr


def test_a_pi_without_its_boot_partition_is_refused(tmp_path: Path) -> None:
    (tmp_path / "os-release").write_text("VERSION_CODENAME=trixie\n")
    script = "is_pi() { true; }; boot=$1; os_release=$1/os-release; refuse_unfit_system"
    ran = sourced(script, tmp_path)
    assert ran.returncode == 1
    assert f"mount the boot partition at {tmp_path}" in ran.stderr


def test_uninstall_opens_usb_while_the_firmware_is_there(tmp_path: Path) -> None:
    cardamom = tmp_path / "current" / "bin" / "cardamom"
    cardamom.parent.mkdir(parents=True)
    cardamom.write_text(f'#!/bin/sh\necho "$@" >>{tmp_path}/told\n')
    cardamom.chmod(0o755)
    guard = "opt=$1; usb_rules=$1/rules; open_usb"
    done(guard, tmp_path)
    assert not (tmp_path / "told").exists()
    (tmp_path / "rules").touch()
    done(guard, tmp_path)
    assert (tmp_path / "told").read_text() == "usb open\n"


def test_uninstall_forgets_the_radios_country(tmp_path: Path) -> None:
    assert done('printf "$wifi_country"') == str(REGULATORY)
    script = "wifi_country=$1/cardamom-wifi.conf; forget_wifi_country"
    done(script, tmp_path)
    (tmp_path / "cardamom-wifi.conf").touch()
    done(script, tmp_path)
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("verb", ["install", "uninstall"])
def test_only_root_changes_the_system(tmp_path: Path, verb: str) -> None:
    checkout = Checkout.make(tmp_path)
    checkout.as_user()
    ran = checkout.setup(verb)
    assert ran.returncode == 1
    assert f"run it as root, sudo ./setup.sh {verb}" in ran.stderr


@pytest.mark.parametrize("architecture", ["armhf", "i386"])
def test_a_32_bit_system_is_refused(tmp_path: Path, architecture: str) -> None:
    checkout = Checkout.make(tmp_path)
    checkout.tool("dpkg", f"echo {architecture}")
    ran = checkout.setup("install")
    assert ran.returncode == 1
    assert f"32-bit ({architecture})" in ran.stderr


def test_a_wrong_option_is_refused(tmp_path: Path) -> None:
    ran = Checkout.make(tmp_path).setup("install", "--dry-run")
    assert ran.returncode == 1
    assert "--check tells what would change" in ran.stderr


def test_every_file_of_the_folder_has_its_place() -> None:
    placed = set(done('printf "%s\\n" "${!installed[@]}"').split())
    files = {path.name for path in (ROOT / "systemd").iterdir()}
    assert placed == {name for name in files if not name.endswith(".sh")}
