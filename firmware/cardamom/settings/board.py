"""What tells this board from every other."""

from __future__ import annotations

from pathlib import Path
from typing import Final

from cardamom.faults import SettingsError

PLACES: Final = (Path("/proc/device-tree/serial-number"), Path("/etc/machine-id"))
"""The Raspberry Pi's own number, which no SD card carries; else the system's, which goes with the
card."""


def board_serial(named: Path | None, places: tuple[Path, ...] = PLACES) -> str:
    """The board's serial number: from the file that the settings name, else the first that is
    there. Raises SettingsError."""
    for path in (named,) if named is not None else places:
        try:
            serial = path.read_bytes().decode("ascii").strip("\0 \t\r\n")
        except (OSError, UnicodeDecodeError):
            continue
        if serial:
            return serial
    where = named if named is not None else " nor ".join(map(str, places))
    raise SettingsError(
        f"security.board_serial_file: there is no serial number in {where}: name a file that this "
        "board alone has"
    )
