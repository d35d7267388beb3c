"""`cardamom journal`: is it whole; what does a damaged one still owe; begin a new one."""

from __future__ import annotations

import argparse
import json
import sys
from pathlib import Path
from typing import TYPE_CHECKING

import msgspec

from cardamom.cli import offline
from cardamom.cli.main import FAULT, Parser
from cardamom.cli.places import run_folder
from cardamom.store.verify import verify

if TYPE_CHECKING:
    from cardamom.store.carry import Begun
    from cardamom.store.mark import Mark
    from cardamom.store.salvage import Found
    from cardamom.values.record import Record

ABOUT = """\
verify    whether the chain of events is whole and everything agrees with it; beside a running
          terminal or without one. Ends with 30 where it is not.
salvage   reads what a damaged journal still tells, prints what is owed and what was not settled,
          and writes it to a new folder. Changes nothing; needs no key.
new       begins a new journal in the place of a damaged or lost one, with the salvaged file's open
          transactions: what is sure is still sent to the host, the rest waits for a supervisor.
          Numbers go on above all that were used. A sound journal is never replaced.

"""

EXAMPLE = """\
example:
  cardamom journal salvage /var/lib/cardamom/journal.db --out /var/tmp/salvage
  cardamom journal new --technician "Li Lei" --from /var/tmp/salvage/owed.json
"""


_NOTES = {
    True: "",
    False: "  NOT SURE: a part of it may be missing",
    None: "  NOT CARRIED OVER: too little is left of it, ask the host",
}
"""Behind what is owed, by whether it is sound."""


def main(verb: str, argv: list[str]) -> int:
    """0 when it was done and the journal is whole, else 30."""
    parser = Parser(
        prog=f"cardamom {verb}",
        formatter_class=argparse.RawDescriptionHelpFormatter,
        description=ABOUT + offline.KEY_HELP.format(verb=f"{verb} new"),
        epilog=EXAMPLE,
    )
    parser.add_argument("action", choices=("verify", "salvage", "new"))
    parser.add_argument("damaged", nargs="?", type=Path, help="salvage: the journal")
    folder = run_folder()
    default = folder / "journal.db" if folder else Path("/var/lib/cardamom/journal.db")
    parser.add_argument("--file", type=Path, default=default, help="verify: the journal")
    parser.add_argument("--out", type=Path, help="salvage: the folder to write to")
    parser.add_argument("--mark", type=Path, help="salvage: its high-water mark")
    parser.add_argument("--technician", help="new: who begins it, for the journal")
    parser.add_argument("--from", dest="source", type=Path, help="new: the salvaged file")
    parser.add_argument("--json", action="store_true", help="print JSON with stable keys")
    offline.add_options(parser)
    args = parser.parse_args(argv)
    match args.action:
        case "salvage":
            if args.damaged is None or args.out is None:
                parser.error("salvage takes the journal's file and --out FOLDER")
            return _salvage(args)
        case "new":
            if args.damaged is not None or not (args.technician or "").strip():
                parser.error("new takes --technician NAME, and --from FILE where something is owed")
            return _new(args)
        case _:
            if args.damaged is not None:
                parser.error("verify takes the journal with --file")
            return _verify(args)


def _verify(args: argparse.Namespace) -> int:
    report = verify(args.file)
    if args.json:
        _print({"ok": report.ok, "first_bad": report.first_bad, **msgspec.to_builtins(report)})
    else:
        word = "whole" if report.ok else "DAMAGED"
        _say(f"{args.file}: {word}, {report.events} events of {report.transactions} transactions")
        for problem in report.problems:
            at = f"event {problem.seq}: " if problem.seq is not None else ""
            _say(f"! {at}{problem.what}")
    return 0 if report.ok else FAULT


def _salvage(args: argparse.Namespace) -> int:
    from cardamom.store.salvage import salvage, write

    found = salvage(args.damaged, _mark(args))
    path = write(found, args.out)
    if args.json:
        sound = {story.txn: story.sound for story in found.salvaged.stories}
        _print(
            {
                "file": str(path),
                "events": found.salvaged.events,
                "missing": found.salvaged.missing,
                "end_missing": found.end_missing,
                "last_at": found.last_at.isoformat() if found.last_at is not None else None,
                "owed": [{**_row(r), "sound": sound.get(r.txn)} for r in found.owed],
                "unsettled": [_row(r) for r in found.unsettled],
                "unreadable": found.unreadable,
            }
        )
    else:
        _tell(found, path)
    return 0


def _mark(args: argparse.Namespace) -> Mark | None:
    """Named, or the settings'; none where neither is there."""
    from cardamom.store.mark import MarkFile

    path = args.mark
    if path is None and args.settings.is_file():
        from cardamom.daemon.binding import mark_of

        settings = offline.read_settings(args.settings)
        if offline.journal_of(settings, args.settings) == args.damaged.resolve():
            path = mark_of(settings, args.settings)
    return MarkFile(path).read() if path is not None else None


def _tell(found: Found, path: Path) -> None:
    salvaged = found.salvaged
    _say(f"read {salvaged.events} events, {salvaged.missing} are missing or damaged")
    if found.end_missing:
        since = f" since {found.last_at:%Y-%m-%d %H:%M}" if found.last_at is not None else ""
        _say(f"! the journal's end is missing: ask the host about everything{since}")
    sound = {story.txn: story.sound for story in salvaged.stories}
    _say(f"\nowed to the host, or waiting for a supervisor: {len(found.owed)}")
    for record in found.owed:
        _say(_line(record) + _NOTES[sound.get(record.txn)])
    _say(f"\nin the batch that was open, to compare with the host: {len(found.unsettled)}")
    for record in found.unsettled:
        _say(_line(record))
    if found.unreadable:
        told = ", ".join(map(str, found.unreadable))
        _say(f"\n! too little is left of transactions {told}: ask the host about this time")
    _say(f"\nwritten to {path}; now `cardamom journal new --technician NAME --from {path}`")


def _row(record: Record) -> dict[str, object]:
    from cardamom.store.salvage import owes

    return {
        "id": record.txn,
        "kind": record.kind.value,
        "amount": str(record.amount),
        "what": owes(record),
        "card": record.card,
        "stan": record.stan,
        "rrn": record.rrn,
        "batch": record.batch,
        "host": record.host,
        "at": record.started_at.isoformat(),
    }


def _line(record: Record) -> str:
    row = {name: value if value is not None else "-" for name, value in _row(record).items()}
    return (
        "  {id:>6}  {kind:<7}{amount:>14}  {what:<17}{card:<21}trace {stan:<7} RRN {rrn:<13}"
        "{at:.16}  {host}".format_map(row)
    )


def _new(args: argparse.Namespace) -> int:
    from cardamom.daemon.binding import binding_of
    from cardamom.store.alone import alone
    from cardamom.store.carry import begin_anew
    from cardamom.store.salvage import Salvaged, read

    settings = offline.read_settings(args.settings)
    key = offline.journal_key(settings, args.settings, args.journal_key)
    salvaged = read(args.source) if args.source is not None else Salvaged()
    path = offline.journal_of(settings, args.settings)
    binding = binding_of(settings, args.settings)
    offline.become_owner(path.parent)
    with alone(path):
        begun = begin_anew(path, key, binding, salvaged, args.technician.strip(), offline.now())
    if args.json:
        _print(msgspec.to_builtins(begun))
    else:
        _tell_begun(path, begun)
    return 0


def _tell_begun(path: Path, begun: Begun) -> None:
    _say(f"{path} begins with batch {begun.batch}, behind trace number {begun.last_stan:06}")
    if begun.kept is not None:
        _say(f"the old one lies in {begun.kept}")
    _say(f"still sent to the host: {_numbers(begun.open)}")
    _say(f"waiting for a supervisor: {_numbers(begun.parked)}")
    _say("bring the terminal's keys in again: `cardamom keys components`, `cardamom keys import`")


def _numbers(txns: tuple[int, ...]) -> str:
    return ", ".join(f"transaction {txn}" for txn in txns) or "nothing"


def _print(told: object) -> None:
    sys.stdout.write(json.dumps(told, ensure_ascii=False, indent=2) + "\n")


def _say(text: str) -> None:
    sys.stdout.write(text + "\n")
