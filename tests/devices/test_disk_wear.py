"""Wear of a disk, from a folder laid out as sysfs is."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from cardamom.devices.disk_wear import read_fillings, read_model, read_wear, wear_of
from cardamom.values.selftest import DiskWear


def put(path: Path, text: str) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text, "ascii")


def emmc(sys: Path, life: str, spare: str = "0x01\n") -> None:
    """A disk with one partition, 179:1."""
    disk = sys / "devices/emmc/block/mmcblk0"
    put(disk / "device/life_time", life)
    put(disk / "device/pre_eol_info", spare)
    put(disk / "mmcblk0p1/partition", "1\n")
    (sys / "dev/block").mkdir(parents=True)
    (sys / "dev/block/179:0").symlink_to(disk)
    (sys / "dev/block/179:1").symlink_to(disk / "mmcblk0p1")


@pytest.mark.parametrize("minor", [0, 1])
def test_wear_of_an_emmc_is_that_of_its_worse_cells(tmp_path: Path, minor: int) -> None:
    emmc(tmp_path, "0x02 0x09\n", "0x02\n")
    assert wear_of(179, minor, tmp_path) == DiskWear(name="mmcblk0", used_percent=90, spare=2)


def test_past_its_life_is_all_of_it(tmp_path: Path) -> None:
    emmc(tmp_path, "0x0b 0x01\n", "")
    assert wear_of(179, 1, tmp_path) == DiskWear(name="mmcblk0", used_percent=100, spare=0)


@pytest.mark.parametrize("life", ["", "0x00 0x00\n", "much\n", "0x0c\n"])
def test_a_disk_that_tells_no_wear(tmp_path: Path, life: str) -> None:
    emmc(tmp_path, life)
    assert wear_of(179, 1, tmp_path) is None
    assert wear_of(8, 1, tmp_path) is None
    assert read_wear(tmp_path / "missing", tmp_path) is None
    assert read_wear(tmp_path, tmp_path) is None


def test_a_file_system_counts_what_it_was_written_over(tmp_path: Path) -> None:
    device = tmp_path.stat().st_dev
    disk = tmp_path / "sys/devices/card/block/mmcblk0/mmcblk0p2"
    disk.mkdir(parents=True)
    place = tmp_path / "sys/dev/block"
    place.mkdir(parents=True)
    (place / f"{os.major(device)}:{os.minor(device)}").symlink_to(disk)
    assert read_fillings(tmp_path, 1 << 30, tmp_path / "sys") is None
    put(tmp_path / "sys/fs/ext4/mmcblk0p2/lifetime_write_kbytes", f"{3 << 20}\n")
    assert read_fillings(tmp_path, 1 << 30, tmp_path / "sys") == 3.0
    assert read_fillings(tmp_path, None, tmp_path / "sys") is None
    assert read_fillings(tmp_path / "missing", 1 << 30, tmp_path / "sys") is None


def test_the_model_ends_where_the_device_tree_ends_it(tmp_path: Path) -> None:
    assert not read_model(tmp_path)
    put(tmp_path / "firmware/devicetree/base/model", "Raspberry Pi 4 Model B Rev 1.5\0")
    assert read_model(tmp_path) == "Raspberry Pi 4 Model B Rev 1.5"
