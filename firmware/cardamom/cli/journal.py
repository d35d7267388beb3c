"""`cardamom journal verify`: is the chain whole, does the view agree with it."""

from __future__ import annotations

import json
import sys
from pathlib import Path

import msgspec

from cardamom.cli.main import FAULT, Parser
from cardamom.cli.places import run_folder
from cardamom.store.verify import verify


def main(verb: str, argv: list[str]) -> int:
    """0 when the journal is whole, else 30."""
    parser = Parser(prog=f"cardamom {verb}")
    parser.add_argument("action", choices=("verify",))
    folder = run_folder()
    default = folder / "journal.db" if folder else Path("/var/lib/cardamom/journal.db")
    parser.add_argument("--file", type=Path, default=default, help="the journal")
    parser.add_argument("--json", action="store_true", help="print JSON with stable keys")
    args = parser.parse_args(argv)
    report = verify(args.file)
    if args.json:
        told = {"ok": report.ok, "first_bad": report.first_bad, **msgspec.to_builtins(report)}
        sys.stdout.write(json.dumps(told, ensure_ascii=False, indent=2) + "\n")
    else:
        word = "whole" if report.ok else "DAMAGED"
        sys.stdout.write(
            f"{args.file}: {word}, {report.events} events of {report.transactions} transactions\n"
        )
        for problem in report.problems:
            at = f"event {problem.seq}: " if problem.seq is not None else ""
            sys.stdout.write(f"! {at}{problem.what}\n")
    return 0 if report.ok else FAULT
