"""The card image's recipe: its parts name each other rightly, and its scripts can be cut short."""

from __future__ import annotations

import json
import re
import shlex
import shutil
import subprocess
from pathlib import Path

import pytest

from support.repo import ROOT

IMAGE = ROOT / "image"
CONFIG = (IMAGE / "genimage.cfg").read_text("utf-8")
SIGNATURE = "cada0001"
MIB = 1 << 20
GROW = IMAGE / "root/usr/lib/cardamom/grow-data"
needs = pytest.mark.skipif
needs_sfdisk = needs(shutil.which("sfdisk") is None, reason="fdisk is not installed")
needs_systemd = needs(shutil.which("systemd-analyze") is None, reason="systemd is not installed")


def run(*command: str | Path, stdin: str = "") -> str:
    done = subprocess.run(command, capture_output=True, text=True, check=False, input=stdin)
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout


def numbers() -> dict[str, int]:
    """Partition to number: from the fourth on they are logical, in the extended one."""
    names = re.findall(r"^  partition ([\w-]+) \{", CONFIG, re.MULTILINE)
    extended = int(re.findall(r"extended-partition = (\d)", CONFIG)[0])
    return {name: n if n < extended else n + 1 for n, name in enumerate(names, 1)}


def partuuid(name: str) -> str:
    return f"{SIGNATURE}-{numbers()[name]:02d}"


def test_the_partitions_are_those_that_the_firmware_can_see_and_the_others() -> None:
    assert f"disk-signature = 0x{SIGNATURE}" in CONFIG
    assert 'partition-table-type = "mbr"' in CONFIG
    assert numbers() == {
        "card": 1, "boot-a": 2, "boot-b": 3, "root-a": 5, "root-b": 6, "data": 7,
    }  # fmt: skip


def test_autoboot_starts_slot_a_and_tries_slot_b() -> None:
    lines = (IMAGE / "boot/autoboot.txt").read_text().split()
    boot = [int(line.split("=")[1]) for line in lines if line.startswith("boot_partition=")]
    assert boot == [numbers()["boot-a"], numbers()["boot-b"]]
    assert lines.index("[all]") < lines.index("tryboot_a_b=1") < lines.index("[tryboot]")


def test_the_kernels_root_is_slot_a_and_read_only() -> None:
    words = (IMAGE / "boot/cmdline.txt").read_text().split()
    assert f"root=PARTUUID={partuuid('root-a')}" in words
    assert {"ro", "rootfstype=squashfs", "rootwait"} <= set(words)


def test_what_is_mounted_is_what_the_card_has() -> None:
    lines = (IMAGE / "root/etc/fstab").read_text().splitlines()
    mounts = {line.split()[1]: line.split() for line in lines if line and line[0] != "#"}
    assert mounts["/data"][0] == f"PARTUUID={partuuid('data')}"
    assert mounts["/boot/firmware"][0] == f"PARTUUID={partuuid('card')}"
    assert "noatime" in mounts["/data"][3].split(",")
    assert "ro" in mounts["/boot/firmware"][3].split(",")
    assert [m for m in mounts.values() if m[2] == "swap"] == []
    early = (IMAGE / "root/etc/initramfs-tools/scripts/local-bottom/cardamom").read_text()
    assert f"by-partuuid/{partuuid('data')}\n" in early
    made = re.findall(r'"\$data/([\w/]+)"', early)
    bound = {m[0].removeprefix("/data/") for m in mounts.values() if m[3].startswith("bind")}
    assert bound <= set(made)


def test_the_initial_ram_disk_mounts_as_klibc_reads_it() -> None:
    """Its mount ends at the first operand: options after it are an error."""
    early = (IMAGE / "root/etc/initramfs-tools/scripts/local-bottom/cardamom").read_text()
    calls = re.findall(r"^\s*mount (.*)$", early, re.MULTILINE)
    assert len(calls) == 3
    for call in calls:
        words = shlex.split(call.removesuffix(" || do_without_data"))
        while words[0] in {"-t", "-o"}:
            words = words[2:]
        assert len(words) == 2, call


def test_no_slot_is_larger_than_what_the_firmware_and_updates_have_room_for() -> None:
    sizes = dict(re.findall(r"^image ([\w-]+)\.vfat \{\n  size = (\d+)M", CONFIG, re.MULTILINE))
    assert sizes["boot-a"] == sizes["boot-b"]
    roots = re.findall(r"partition root-[ab] \{\n.*\n    size = (\w+)", CONFIG)
    assert roots == ["1G", "1G"]


@pytest.mark.skipif(shutil.which("genimage") is None, reason="genimage is not installed")
def test_genimage_takes_the_recipe(tmp_path: Path) -> None:
    given = tmp_path / "input"
    (given / "card").mkdir(parents=True)
    (tmp_path / "nothing").mkdir()
    for name in (
        "card/autoboot.txt",
        "card/bootcode.bin",
        "card/README.txt",
        "empty.txt",
        "vmlinuz",
    ):
        (given / name).write_text(name)
    for name in ("root.squashfs", "data.ext4"):
        (given / name).write_bytes(bytes(MIB))
    config = tmp_path / "genimage.cfg"
    config.write_text(CONFIG.replace("BOOT_FILES", '"vmlinuz"'))
    folders = {"rootpath": "nothing", "inputpath": "input", "outputpath": "out", "tmppath": "tmp"}
    words = [word for k, v in folders.items() for word in (f"--{k}", str(tmp_path / v))]
    run("genimage", "--config", config, *words)
    table = json.loads(run("sfdisk", "--json", tmp_path / "out/cardamom.img"))["partitiontable"]
    assert (table["label"], table["id"]) == ("dos", f"0x{SIGNATURE}")
    made = {p["node"].removeprefix(f"{tmp_path}/out/cardamom.img"): p for p in table["partitions"]}
    assert {number: p["type"] for number, p in made.items()} == {
        "1": "c", "2": "c", "3": "c", "4": "f", "5": "83", "6": "83", "7": "83",
    }  # fmt: skip
    assert made["7"]["start"] > made["6"]["start"] > made["5"]["start"]


def card(tmp_path: Path, size: int) -> Path:
    """A card of `size` MiB with the image's kinds of partitions, the last ending at 40 MiB."""
    disk = tmp_path / "card.img"
    with disk.open("wb") as file:
        file.truncate(40 * MIB)
    layout = "label: dos\n,4M,c\n,4M,c\n,4M,c\n,,f\n,4M,83\n,4M,83\n,,83\n"
    run("sfdisk", "--quiet", disk, stdin=layout)
    with disk.open("r+b") as file:
        file.truncate(size * MIB)
    return disk


def ends(disk: Path) -> dict[int, int]:
    """Partition to the sector after its end."""
    table = json.loads(run("sfdisk", "--json", disk))["partitiontable"]
    return {
        int(p["node"].removeprefix(str(disk))): p["start"] + p["size"] for p in table["partitions"]
    }


@needs_sfdisk
def test_the_last_partition_grows_to_the_end_of_the_card_once(tmp_path: Path) -> None:
    disk = card(tmp_path, 100)
    before = ends(disk)
    said = run("sh", GROW, disk)
    assert said.count("grows by") == 2
    after = ends(disk)
    assert after[7] == after[4] == 100 * 2048
    assert {n: after[n] for n in (1, 2, 3, 5, 6)} == {n: before[n] for n in (1, 2, 3, 5, 6)}
    content = disk.read_bytes()
    assert run("sh", GROW, disk) == ""
    assert disk.read_bytes() == content


@needs_sfdisk
def test_a_cut_between_the_two_steps_of_growing_is_made_good(tmp_path: Path) -> None:
    disk = card(tmp_path, 100)
    before = ends(disk)
    run("sfdisk", "--quiet", "--no-reread", "--force", "-N", "4", disk, stdin=", +\n")
    assert ends(disk) == before | {4: 100 * 2048}
    assert run("sh", GROW, disk).count("grows by") == 1
    assert ends(disk)[7] == 100 * 2048


@needs_sfdisk
def test_a_card_of_the_images_own_size_is_left_alone(tmp_path: Path) -> None:
    disk = card(tmp_path, 40)
    content = disk.read_bytes()
    assert run("sh", GROW, disk) == ""
    assert disk.read_bytes() == content


@pytest.mark.skipif(shutil.which("ssh-keygen") is None, reason="no ssh-keygen")
def test_the_technicians_key_is_taken_over_and_the_file_away(tmp_path: Path) -> None:
    run("ssh-keygen", "-q", "-t", "ed25519", "-N", "", "-f", tmp_path / "key")
    public = (tmp_path / "key.pub").read_text()
    given, kept = tmp_path / "authorized_keys", tmp_path / "technician.keys"
    given.write_text(public.replace("\n", "\r\n"))
    script = IMAGE / "root/usr/lib/cardamom/technician"
    run("sh", script, tmp_path, kept)
    assert kept.read_text() == public
    assert not given.exists()
    given.write_text("PRIVATE")
    done = subprocess.run(["sh", script, tmp_path, kept], capture_output=True, check=False)
    assert done.returncode == 1
    assert b"holds no public SSH key" in done.stderr
    assert kept.read_text() == public


@pytest.mark.skipif(shutil.which("ssh-keygen") is None, reason="no ssh-keygen")
def test_a_host_key_that_was_cut_short_is_made_anew(tmp_path: Path) -> None:
    (tmp_path / "ssh_host_ed25519_key.new").write_text("half")
    run("sh", IMAGE / "root/usr/lib/cardamom/host-keys", tmp_path)
    assert sorted(path.name for path in tmp_path.iterdir()) == [
        "ssh_host_ed25519_key",
        "ssh_host_ed25519_key.pub",
    ]


@needs_systemd
def test_systemd_takes_the_images_units(tmp_path: Path) -> None:
    units = []
    for unit in (IMAGE / "root/etc/systemd/system").glob("*.service"):
        copy = tmp_path / unit.name
        text = re.sub(
            r"^ExecStart=\S+", "ExecStart=/bin/true", unit.read_text(), flags=re.MULTILINE
        )
        copy.write_text(text)
        units.append(copy)
    assert len(units) == 3
    done = subprocess.run(
        ["systemd-analyze", "verify", "--recursive-errors=no", *units],
        capture_output=True,
        text=True,
        check=False,
    )
    assert (done.returncode, done.stdout + done.stderr) == (0, "")


def test_the_answers_partition_is_made_writable_for_the_system_not_for_a_command_alone() -> None:
    """systemd gives each of a unit's commands mounts of its own, + or not (PrivateMounts=)."""
    drop_in = (
        IMAGE / "root/etc/systemd/system/cardamom-commission.service.d/boot.conf"
    ).read_text()
    remounts = [line for line in drop_in.splitlines() if "remount," in line]
    assert [line.partition("remount,")[2][:2] for line in remounts] == ["rw", "ro"]
    assert all("=+/usr/bin/nsenter --mount=/proc/1/ns/mnt " in line for line in remounts)
    # it must not find the partition read-only again because the key's taker has just ended
    assert "After=cardamom-technician.service" in drop_in


def test_the_units_programs_and_enabled_units_are_there() -> None:
    inside = (IMAGE / "inside.sh").read_text()
    for unit in (IMAGE / "root/etc/systemd/system").glob("*.service"):
        for program in re.findall(
            r"^ExecStart=(/usr/lib/cardamom/\S+)", unit.read_text(), re.MULTILINE
        ):
            assert (IMAGE / "root" / program[1:]).stat().st_mode & 0o111
        assert unit.name in inside


@pytest.mark.skipif(shutil.which("shellcheck") is None, reason="shellcheck is not installed")
def test_shellcheck_takes_what_runs_on_the_card() -> None:
    scripts = [p for p in (IMAGE / "root").rglob("*") if p.is_file()]
    run("shellcheck", *(s for s in scripts if s.read_text().startswith("#!")))


def test_no_account_opens_by_a_password() -> None:
    told = (IMAGE / "root/etc/ssh/sshd_config.d/30-cardamom-image.conf").read_text()
    assert "PasswordAuthentication no" in told
    assert "KbdInteractiveAuthentication no" in told
    assert "passwd --quiet --lock root" in (IMAGE / "inside.sh").read_text()
