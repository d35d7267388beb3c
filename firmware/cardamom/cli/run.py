"""`cardamom run`: start the terminal."""

from __future__ import annotations

import contextlib
from pathlib import Path

from cardamom.cli.main import Parser
from cardamom.cli.places import refusal_file
from cardamom.faults import Fault


def main(verb: str, argv: list[str]) -> int:
    """Run the daemon until it is told to stop."""
    parser = Parser(prog=f"cardamom {verb}")
    parser.add_argument("--settings", type=Path, default=Path("/etc/cardamom/terminal.toml"))
    parser.add_argument("--log", choices=("debug", "info", "warning"), default="info")
    args = parser.parse_args(argv)
    from cardamom.daemon.log import set_up
    from cardamom.daemon.run import run

    set_up(args.log)
    try:
        return run(args.settings)
    except Fault as fault:
        _leave(str(fault))
        raise


def _leave(why: str) -> None:
    """For the curtain: nothing of ours draws any more."""
    path = refusal_file()
    if path is not None:
        with contextlib.suppress(OSError):
            path.write_text(why, "utf-8")
