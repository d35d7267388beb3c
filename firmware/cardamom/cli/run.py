"""`cardamom run`: start the terminal."""

from __future__ import annotations

from pathlib import Path

from cardamom.cli.main import Parser


def main(verb: str, argv: list[str]) -> int:
    """Run the daemon until it is told to stop."""
    parser = Parser(prog=f"cardamom {verb}")
    parser.add_argument("--settings", type=Path, default=Path("/etc/cardamom/terminal.toml"))
    parser.add_argument("--log", choices=("debug", "info", "warning"), default="info")
    args = parser.parse_args(argv)
    from cardamom.daemon.log import set_up
    from cardamom.daemon.run import run

    set_up(args.log)
    return run(args.settings)
