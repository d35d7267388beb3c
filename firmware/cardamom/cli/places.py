"""Where a demo keeps its things, so that a second console finds them."""

from __future__ import annotations

import os
from pathlib import Path

INSTALLED_SOCKET = "/run/cardamom/control.sock"


def run_folder() -> Path | None:
    """The demo's folder, from CARDAMOM_RUN."""
    named = os.environ.get("CARDAMOM_RUN")
    return Path(named) if named else None


def control_socket() -> Path:
    """CARDAMOM_SOCKET, the demo's, or the installed terminal's."""
    if named := os.environ.get("CARDAMOM_SOCKET"):
        return Path(named)
    folder = run_folder()
    return folder / "control.sock" if folder else Path(INSTALLED_SOCKET)
