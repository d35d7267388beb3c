"""`cardamom explain`: what happened in a transaction, step by step, and what to do about it."""

from __future__ import annotations

import argparse
import sys
from pathlib import Path
from typing import Any, Final

from cardamom.cli.ask import ask, print_json, socket_option
from cardamom.cli.main import FAULT, Parser
from cardamom.control.views import record_view
from cardamom.engines.emv.explain.page import Ending, Explained, as_object, explain, page
from cardamom.engines.emv.explain.rerun import Rerun, rerun
from cardamom.engines.emv.explain.story import last_cryptogram
from cardamom.engines.emv.replay import TranscriptError
from cardamom.engines.emv.requests import Decision
from cardamom.engines.emv.transcript import (
    Answered,
    Header,
    Step,
    TranscriptFormatError,
    from_lines,
    to_lines,
    unpack,
)
from cardamom.faults import Fault
from cardamom.texts.explain import HEAD
from cardamom.values.events import Reason, Transcript
from cardamom.values.merchant import Language

ABOUT = """\
Tells a chip transaction: the steps with their clauses, every bit of TVR and TSI with the rule that
set it, each method of cardholder verification, what the action codes matched, each data object by
name, and what merchant or support should do. Card numbers, tracks, names and PINs are masked.

"""

EXAMPLES = """\
  cardamom explain 42 --lang zh
  cardamom explain 42 --file /var/lib/cardamom/journal.db
  cardamom explain 42 --save sale.jsonl
  cardamom simulate transcript debit sale.jsonl && cardamom explain --transcript sale.jsonl
"""

OUTCOMES: Final = {Decision.APPROVED: "approved", Decision.DECLINED: "declined"}


class ExplainFault(Fault):
    """There is nothing to explain."""


def main(verb: str, argv: list[str]) -> int:
    """0, or 30 where there is no such transaction or transcript."""
    parser = Parser(
        prog=f"cardamom {verb}",
        formatter_class=argparse.RawDescriptionHelpFormatter,
        description=ABOUT,
        epilog=EXAMPLES,
    )
    parser.add_argument("id", nargs="?", type=int, help="the transaction's number")
    parser.add_argument("--transcript", type=Path, metavar="FILE", help="a recorded transcript")
    parser.add_argument(
        "--file", type=Path, metavar="JOURNAL", help="a journal to read, in place of the terminal"
    )
    parser.add_argument(
        "--save", type=Path, metavar="FILE", help="write the transcript, masked, for support"
    )
    parser.add_argument("--lang", choices=list(Language), default="en", type=Language)
    parser.add_argument("--brief", action="store_true", help="leave the data objects out")
    parser.add_argument("--json", action="store_true", help="print JSON with stable keys")
    socket_option(parser)
    args = parser.parse_args(argv)
    if (args.id is None) == (args.transcript is None):
        parser.error("name a transaction by its number, or a file with --transcript")
    told = _of_file(args) if args.transcript is not None else _of_transaction(args)
    if told is None:
        return FAULT
    if args.json:
        print_json(as_object(told))
    else:
        lines = page(told, objects=not args.brief)
        sys.stdout.write("".join(f"{line}\n" for line in lines))
    return 0


def _of_transaction(args: argparse.Namespace) -> Explained | None:
    if args.file is None:
        answer = ask(args, {"op": "explain", "id": args.id})
        if answer is None:
            return None
        record, packed = answer["transaction"], answer["transcript"]
    else:
        record, packed = from_journal(args.file, args.id)
    if not packed:
        raise ExplainFault(f"transaction {args.id} has no transcript: no card was in the reader")
    try:
        steps = [step for text in packed for step in unpack(text)]
    except TranscriptFormatError as e:
        raise ExplainFault(f"transaction {args.id}: {e}") from None
    if args.save is not None:
        args.save.write_bytes(to_lines(Header(masked=True), steps))
    reason = Reason(record["reason"]) if record["reason"] else None
    ending = Ending(record["outcome"], reason, record["response_code"], "masked")
    head = tuple((key, str(record[key])) for key in HEAD if record[key] is not None)
    return explain(steps, ending, args.lang, head)


def from_journal(file: Path, txn: int) -> tuple[dict[str, Any], list[str]]:
    """The transaction as the socket would tell it, and its packed transcripts. Raises
    JournalFault."""
    from cardamom.store.database import open_for_reading
    from cardamom.store.reads import Reads

    with open_for_reading(file) as db:
        reads = Reads(db, Path())
        record = reads.get(txn)
        if record is None:
            raise ExplainFault(f"there is no transaction {txn}")
        said = [e.steps for e in reads.events(txn) if isinstance(e, Transcript)]
    return record_view(record), said


def _of_file(args: argparse.Namespace) -> Explained:
    try:
        header, steps = from_lines(args.transcript.read_bytes())
    except TranscriptFormatError as e:
        raise ExplainFault(f"{args.transcript}: {e}") from None
    except OSError as e:
        raise ExplainFault(f"{args.transcript}: {e.strerror}") from None
    return explain(steps, ending_of(header, steps), args.lang)


def ending_of(header: Header, steps: list[Step]) -> Ending:
    """How a transcript's transaction ended: as the kernel says, where it can run once more."""
    code = next((step.code for step in steps if isinstance(step, Answered)), None)
    if header.masked or header.order is None or header.rules is None:
        words = {0x40: "approved", 0x00: "declined", 0x80: "unknown", None: "ended"}
        checked = "masked" if header.masked else "bare"
        return Ending(words.get(last_cryptogram(steps), "unknown"), None, code, checked)
    try:
        again: Rerun = rerun(header.order, header.rules, steps)
    except TranscriptError as e:
        return Ending("unknown", None, code, "strays", str(e))
    outcome = again.outcome
    word = OUTCOMES.get(outcome.decision, "ended")
    return Ending(word, outcome.reason, code, "replayed" if again.same else "differs")
