"""`cardamom logs`: what the terminal's log says, filtered, followed and explained."""

from __future__ import annotations

import argparse
import json
import os
import sys
from collections import deque
from collections.abc import Iterable
from datetime import UTC, datetime
from difflib import get_close_matches
from typing import Any, Final

from cardamom.cli.logbook import LEVELS, Entry, LogError, Source, Wanted, moment
from cardamom.cli.main import FAULT, Parser
from cardamom.happenings import HAPPENINGS, NAMED
from cardamom.texts.happenings import explained
from cardamom.values.merchant import Language

ABOUT: Final = """\
Reads the terminal's log out of systemd's journal: its events (docs/events.md has the list) and what
systemd says of it. Filters are joined: of one kind any, of different kinds all must fit."""
EXAMPLES: Final = """\
examples:
  cardamom logs --follow
  cardamom logs --txn 17 --explain             # one transaction's story
  cardamom logs --level warning --since 2d     # what went wrong lately
  cardamom logs --device printer --since 09:00 --lang zh --explain
  cardamom logs --file /var/log/journal/remote --host till-3 --txn 17    # at the log server
  cardamom logs --events                       # the list of events

exit codes: 0 read, also where nothing fits; 30 a fault or wrong use"""
COLOURS: Final = {"debug": "2", "info": "", "warning": "33", "error": "31", "critical": "1;31"}
NEWEST: Final = 200
"""Shown where nothing else says how many."""


def main(verb: str, argv: list[str]) -> int:
    """0 read, 30 otherwise."""
    parser = _parser(verb)
    args = parser.parse_args(argv)
    if args.events:
        return _Printer(args).events()
    if args.follow and (args.until or (args.file and "-" in args.file)):
        parser.error("--follow goes with neither --until nor standard input")
    try:
        wanted = _wanted(args)
    except LogError as e:
        parser.error(str(e))
    narrow = bool(wanted.txn or wanted.stan or args.since)
    newest = args.lines if args.lines is not None or narrow else NEWEST
    source = Source(args.file or (), args.follow, newest)
    printer = _Printer(args)
    with source.entries(wanted) as entries:
        printer.all(entries if args.follow or newest is None else deque(entries, newest))
    if source.unread:
        sys.stderr.write(f"cardamom: {source.unread} lines are no log entries\n")
    elif not printer.printed and not (args.json or args.follow):
        sys.stderr.write("cardamom: the log has nothing that fits\n")
    return FAULT if source.unread and not printer.printed else 0


def _parser(verb: str) -> Parser:
    parser = Parser(
        prog=f"cardamom {verb}",
        usage=f"cardamom {verb} [FILTER ...] [--follow] [--explain] [--json]; --help lists them",
        formatter_class=argparse.RawDescriptionHelpFormatter,
        description=ABOUT,
        epilog=EXAMPLES,
    )
    add = parser.add_argument
    add("--follow", "-f", action="store_true", help="go on with what comes")
    add("--since", help="from then on: 30m, 2h, 3d ago, 14:30, 2026-11-26, '2026-11-26 14:30'")
    add("--until", help="up to then, written as --since")
    add("--txn", type=_number, action="append", help="of this transaction; may be given again")
    add("--stan", type=_number, action="append", help="of this trace number (凭证号)")
    add("--device", action="append", help="of this part: reader, host, printer ...")
    add("--event", action="append", help="this event; --events lists them")
    add("--level", choices=LEVELS, default="debug", help="from this level on")
    add("--lines", "-n", type=_count, help=f"the newest so many; {NEWEST} without a filter")
    add("--explain", action="store_true", help="each as a sentence, with what to do")
    add("--json", action="store_true", help="one object a line, with stable keys")
    lang = Language.ZH if os.environ.get("LANG", "").startswith("zh") else Language.EN
    add("--lang", choices=[one.value for one in Language], default=lang.value)
    add(
        "--file",
        action="append",
        help="not this machine's journal but this: journal files, a folder of them, or lines of "
        "`journalctl -o json`; - is standard input",
    )
    add("--host", default="", help="of this machine, where a journal has several")
    add("--events", action="store_true", help="list the events and what they mean")
    return parser


def _number(text: str) -> int:
    if not text.isdecimal() or not 0 < int(text) < 2**62:
        raise argparse.ArgumentTypeError(f"{text!r} is no number from 1 on")
    return int(text)


def _count(text: str) -> int:
    return 0 if text == "0" else _number(text)


def _wanted(args: argparse.Namespace) -> Wanted:
    now = datetime.now(UTC)
    devices = {happening.device for happening in HAPPENINGS.values()} - {""}
    for name in args.device or ():
        if not name.replace("_", "").isalnum():
            raise LogError(f"{name!r} is no part: name one as {', '.join(sorted(devices))}")
    for name in args.event or ():
        if name not in HAPPENINGS:
            near = get_close_matches(name, HAPPENINGS, 3)
            also = f"did you mean {' or '.join(near)}?" if near else "--events lists them"
            raise LogError(f"there is no event {name!r}: {also}")
    wanted = Wanted(
        txn=frozenset(args.txn or ()),
        stan=frozenset(args.stan or ()),
        device=frozenset(args.device or ()),
        event=frozenset(args.event or ()),
        level=args.level,
        since=moment(args.since, now) if args.since else None,
        until=moment(args.until, now) if args.until else None,
        host=args.host,
    )
    if wanted.since and wanted.until and wanted.since > wanted.until:
        raise LogError("--since is later than --until: nothing lies between")
    return wanted


class _Printer:
    """Writes entries to standard output; colours for a person alone."""

    def __init__(self, args: argparse.Namespace) -> None:
        self._language = Language(args.lang)
        self._explain: bool = args.explain
        self._as_json: bool = args.json
        self._coloured = sys.stdout.isatty() and not os.environ.get("NO_COLOR")
        self.printed = 0

    def all(self, entries: Iterable[Entry]) -> None:
        """Until they end, the reader of our output goes away, or Ctrl-C."""
        self._write(map(self._json if self._as_json else self._lines, entries))

    def events(self) -> int:
        """The list of them."""
        self._write(map(self._event, HAPPENINGS))
        return 0

    def _write(self, lines: Iterable[str]) -> None:
        try:
            for line in lines:
                self.printed += 1
                sys.stdout.write(line)
                sys.stdout.flush()
        except BrokenPipeError:
            os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        except KeyboardInterrupt:
            sys.stdout.write("\n")

    def _event(self, event: str) -> str:
        names = (*NAMED, *HAPPENINGS[event].fields, "exception", "at")
        sentence, _ = explained(event, {name: f"<{name}>" for name in names}, self._language)
        return f"{event:<27}{sentence}\n"

    def _json(self, entry: Entry) -> str:
        said: dict[str, Any] = {
            "at": entry.at.isoformat(timespec="milliseconds"),
            "level": entry.level,
            "event": entry.event or None,
            "step": entry.step or None,
            "device": entry.device or None,
            "txn": int(entry.txn) if entry.txn.isdecimal() else None,
            "stan": entry.stan or None,
            "fields": entry.fields,
            "host": entry.host,
            "text": entry.text,
        }
        if self._explain:
            said["meaning"], said["do"] = self._explained(entry)
        return json.dumps(said, ensure_ascii=False) + "\n"

    def _lines(self, entry: Entry) -> str:
        at = entry.at.astimezone().strftime("%Y-%m-%d %H:%M:%S.%f")[:-3]
        head = f"{at} {entry.level:<8} "
        if not entry.event:
            return self._in_colour(entry, f"{head}{'-':<18} {entry.text}") + "\n"
        named = {"txn": entry.txn, "stan": entry.stan, "device": entry.device}
        fields = {k: v for k, v in {**named, **entry.fields}.items() if v}
        told = self._explained(entry)
        if not self._explain or not told[0]:
            beside = " ".join(f"{k}={_quoted(v)}" for k, v in fields.items())
            return self._in_colour(entry, f"{head}{entry.event:<18} {beside}") + "\n"
        where = "".join(f" {k} {v}" for k, v in named.items() if v)
        first = self._in_colour(entry, f"{head}{entry.event:<18}{where}")
        told_lines = [f"    {told[0]}", *([f"    → {told[1]}"] if told[1] else [])]
        return "\n".join([first, *told_lines]) + "\n"

    def _explained(self, entry: Entry) -> tuple[str, str]:
        named = {name: getattr(entry, name) for name in NAMED}
        known = {k: v for k, v in {**named, "part": entry.device, **entry.fields}.items() if v}
        return explained(entry.event, known, self._language)

    def _in_colour(self, entry: Entry, line: str) -> str:
        colour = COLOURS[entry.level]
        return f"\033[{colour}m{line}\033[0m" if self._coloured and colour else line


def _quoted(text: str) -> str:
    return f'"{text}"' if " " in text else text
