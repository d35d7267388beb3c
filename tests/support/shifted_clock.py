"""A wall clock that is wrong for one process: a library that stands before libc there."""

from __future__ import annotations

import shutil
import struct
import subprocess
import time
from datetime import UTC, datetime
from pathlib import Path
from typing import Final

import pytest

SOURCE: Final = Path(__file__).with_suffix(".c")


class ShiftedClock:
    """Right at first. `environment` is for the process whose clock it is."""

    def __init__(self, folder: Path) -> None:
        """Skips the test where there is no compiler."""
        compiler = shutil.which("cc")
        if compiler is None:
            pytest.skip("a wrong clock takes a C compiler (Debian: gcc, libc6-dev)")
        folder.mkdir()
        library = folder / "shifted_clock.so"
        words = [compiler, "-Wall", "-Wextra", "-Werror", "-shared", "-fPIC", "-o", str(library)]
        subprocess.run([*words, str(SOURCE)], check=True)
        self._file = folder / "shift"
        self._put(0)
        self.environment = {"LD_PRELOAD": str(library), "SHIFTED_CLOCK": str(self._file)}

    def set(self, at: datetime) -> None:
        """To this time; from there on it goes on."""
        self._put(round(at.timestamp() - time.time()))

    def correct(self) -> None:
        self._put(0)

    def now(self) -> datetime:
        """As that process sees it."""
        (shift,) = struct.unpack("=q", self._file.read_bytes())
        return datetime.fromtimestamp(time.time() + shift, UTC)

    def _put(self, seconds: int) -> None:
        """In place: the process has the file in its memory."""
        with self._file.open("r+b" if self._file.exists() else "wb") as file:
            file.write(struct.pack("=q", seconds))
