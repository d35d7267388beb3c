"""`cardamom metrics`: the running terminal's metrics, as Prometheus reads them."""

from __future__ import annotations

import argparse
import sys
from typing import Final

from cardamom.cli.ask import ask, socket_option
from cardamom.cli.main import FAULT, Parser

ABOUT: Final = """\
Prints the running terminal's metrics in Prometheus' text format. For a fleet the daemon writes the
same to a file (metrics.file of terminal.toml), which the node exporter picks up: docs/fleet.md."""


def main(verb: str, argv: list[str]) -> int:
    """0, or 30 where no terminal answers."""
    parser = Parser(
        prog=f"cardamom {verb}",
        description=ABOUT,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    socket_option(parser)
    args = parser.parse_args(argv)
    args.json = False
    answer = ask(args, {"op": "metrics"})
    if answer is None:
        return FAULT
    sys.stdout.write(answer["metrics"])
    return 0
