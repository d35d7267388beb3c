"""The board's sensors, on a tree of files that says what the kernel's would."""

from __future__ import annotations

import asyncio
from pathlib import Path

import pytest

from cardamom.devices.board import Board, read_board
from cardamom.values.board import BoardReading

FLAGS = "sys/devices/platform/soc/soc:firmware/get_throttled"


def kernel(root: Path, **files: str) -> Path:
    """Files below `root`, by name with `__` for `/`."""
    for name, text in files.items():
        write(root, name.replace("__", "/"), text)
    return root


def write(root: Path, name: str, text: str) -> None:
    file = root / name
    file.parent.mkdir(parents=True, exist_ok=True)
    file.write_text(text + "\n")


def test_a_machine_without_sensors_says_nothing_but_its_disk(tmp_path: Path) -> None:
    reading = read_board(tmp_path, tmp_path / "nowhere")
    assert reading.free_bytes is not None
    assert reading.total_bytes is not None
    assert 0 <= reading.free_bytes <= reading.total_bytes
    known = BoardReading(free_bytes=reading.free_bytes, total_bytes=reading.total_bytes)
    assert reading == known


def test_the_room_of_a_journal_that_is_not_there_yet(tmp_path: Path) -> None:
    whole = read_board(tmp_path).total_bytes
    assert read_board(tmp_path / "var" / "journal.db").total_bytes == whole


@pytest.mark.parametrize(
    ("flags", "now", "since", "held", "held_since"),
    [
        ("0", False, False, False, False),
        ("50005", True, True, True, True),
        ("10000", False, True, False, False),
        ("80008", False, False, True, True),
        ("e0000", False, False, False, True),
    ],
)
def test_each_flag_of_the_firmware(
    tmp_path: Path, flags: str, now: bool, since: bool, held: bool, held_since: bool
) -> None:
    write(tmp_path, FLAGS, flags)
    reading = read_board(tmp_path, tmp_path)
    assert reading.under_voltage is now
    assert reading.under_voltage_since_start is since
    assert reading.throttled is held
    assert reading.throttled_since_start is held_since


@pytest.mark.parametrize(
    "name",
    [
        "sys/devices/platform/soc@107c000000/soc@107c000000:firmware/get_throttled",
        "sys/devices/platform/soc:firmware/get_throttled",
    ],
)
def test_the_flags_are_found_wherever_the_model_keeps_them(tmp_path: Path, name: str) -> None:
    write(tmp_path, name, "0x1")
    assert read_board(tmp_path, tmp_path).under_voltage is True


def test_the_voltage_sensor_of_a_kernel_without_flags(tmp_path: Path) -> None:
    kernel(tmp_path, sys__class__hwmon__hwmon0__name="cpu_thermal")
    kernel(tmp_path, sys__class__hwmon__hwmon1__name="rpi_volt")
    assert read_board(tmp_path, tmp_path).under_voltage is None
    for text, alarm in (("0", False), ("1", True)):
        kernel(tmp_path, sys__class__hwmon__hwmon1__in0_lcrit_alarm=text)
        reading = read_board(tmp_path, tmp_path)
        assert reading.under_voltage is alarm
        assert reading.throttled is None


def test_the_processors_zone_alone_counts(tmp_path: Path) -> None:
    kernel(
        tmp_path,
        sys__class__thermal__thermal_zone0__type="rp1_adc",
        sys__class__thermal__thermal_zone0__temp="31000",
        sys__class__thermal__thermal_zone1__type="cpu-thermal",
        sys__class__thermal__thermal_zone1__temp="54768",
    )
    assert read_board(tmp_path, tmp_path).celsius == 54.768
    kernel(tmp_path, sys__class__thermal__thermal_zone1__type="x86_pkg_temp")
    assert read_board(tmp_path, tmp_path).celsius is None


def test_nonsense_from_a_sensor_counts_as_no_sensor(tmp_path: Path) -> None:
    write(tmp_path, FLAGS, "throttled?")
    for zone, said in (("zone0", b"warm"), ("zone1", b"\xff\xfe")):
        write(tmp_path, f"sys/class/thermal/thermal_{zone}/type", "cpu-thermal")
        (tmp_path / f"sys/class/thermal/thermal_{zone}/temp").write_bytes(said)
    reading = read_board(tmp_path, tmp_path)
    assert reading.celsius is None
    assert reading.throttled is None


def test_the_adapter_reads_in_a_thread_of_its_own(tmp_path: Path) -> None:
    write(tmp_path, FLAGS, "0")

    async def script() -> BoardReading:
        board = Board(tmp_path, tmp_path)
        try:
            return await board.read()
        finally:
            board.close()

    assert asyncio.run(script()).under_voltage is False
