"""A terminal that is not set up, in a folder."""

from __future__ import annotations

from pathlib import Path

import pytest

from support.settings import TERMINAL
from support.technician import NEW

ANSWERS = """
language = "en"
timezone = "Asia/Shanghai"
network = "ethernet"
addressing = "dhcp"
mode = "demo"
profile = "unionpay"
host = "acquirer.example"
port = 7443
merchant = "898310058120017"
terminal = "1020305A"
passcode = "195732"
certificate = "later"
keys = "later"
"""


@pytest.fixture
def new(tmp_path: Path) -> Path:
    """Its settings' file."""
    file = tmp_path / "terminal.toml"
    file.write_text(TERMINAL + NEW, "utf-8")
    return file


@pytest.fixture
def boot(tmp_path: Path) -> Path:
    """A boot partition with all answers."""
    file = tmp_path / "boot" / "cardamom.toml"
    file.parent.mkdir()
    file.write_text(ANSWERS, "utf-8")
    return file
