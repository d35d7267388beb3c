"""Where a demo keeps its things, so that a second console finds them."""

from __future__ import annotations

import os
from pathlib import Path

INSTALLED_SOCKET = "/run/cardamom/control.sock"


def run_folder() -> Path | None:
    """The demo's folder, from CARDAMOM_RUN."""
    named = os.environ.get("CARDAMOM_RUN")
    return Path(named) if named else None


def refusal_file() -> Path | None:
    """Where a daemon that does not start leaves the reason for the picture after it: in the folder
    that systemd made for this start (systemd.exec(5), RuntimeDirectory=)."""
    folder = os.environ.get("RUNTIME_DIRECTORY")
    return Path(folder) / "refused" if folder else None


def control_socket() -> Path:
    """CARDAMOM_SOCKET, the demo's, or the installed terminal's."""
    if named := os.environ.get("CARDAMOM_SOCKET"):
        return Path(named)
    folder = run_folder()
    return folder / "control.sock" if folder else Path(INSTALLED_SOCKET)
