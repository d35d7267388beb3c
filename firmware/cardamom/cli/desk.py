"""What is asked of the desk beside a sale: void, refund, settle, reports, what is owed."""

from __future__ import annotations

import argparse
from typing import Any

from cardamom.cli.ask import (
    ask,
    money,
    passcode,
    print_json,
    reference_option,
    refused,
    say,
    show_record,
    socket_option,
)
from cardamom.cli.main import FAULT, UNKNOWN, Parser
from cardamom.control.client import LostError, NotReachedError, call

ABOUT = {
    "void": """\
Takes a sale of the open batch back, whole. Needs no card; asks for the supervisor's passcode.

examples:
  cardamom void 17
  cardamom void --trace 345                   # as the slip says it, in the open batch
  cardamom void 17 --reference till-4711      # a repeat returns the first outcome
  echo 246810 | cardamom void 17 --json       # from a script, the passcode on its input""",
    "refund": """\
Gives a sale's amount back, or a part of it. After settlement the sale's card is asked for at the
reader. Asks for the supervisor's passcode.

examples:
  cardamom refund 17                          # all that is left of it
  cardamom refund 17 3.50 --reference till-4712
  cardamom refund --trace 345 3.50            # the newest sale with that trace number""",
    "settle": """\
Settles the open batch: what is owed is delivered, totals are compared, where they differ each
transaction is uploaded, the next batch opens and the Z report is printed. An empty batch asks the
host nothing and moves on. No payment is taken until it is done; after a cut it goes on by itself.

examples:
  cardamom settle
  cardamom settle --supervisor                # also over items that wait for a supervisor
  cardamom settle --close --host-reference R  # the host goes on refusing: call the acquirer""",
    "report": """\
The open batch as it stands (x, changes nothing), or the last settled one (z).

examples:
  cardamom report x
  cardamom report z --print""",
    "reprint": """\
Prints a transaction's slips once more, marked as a reprint.

examples:
  cardamom reprint                            # of the newest transaction that has any
  cardamom reprint 17""",
    "owed": """\
What the host is still to be told, and what waits for a supervisor.

example:
  cardamom owed --json""",
    "close": """\
Writes down what the host says became of a transaction that messages could not clear up. Call the
acquirer first. Asks for the supervisor's passcode.

examples:
  cardamom close 17 --host-reference CALL-4711 --not-taken
  cardamom close 18 --host-reference "case 2025/112" --taken""",
}
DONE = ("settled", "closed")
METAVARS = {"void": "ID", "refund": "ID [AMOUNT]"}
WORDS = {
    "void": "the sale's transaction number; not with --trace",
    "refund": "the sale's transaction number, not with --trace; how much, as 12.34: all that is "
    "left without it",
}
CODES = """\
exit codes: 0 done, 10 not approved, 20 outcome unknown or not ended yet, 30 nothing was done"""


def main(verb: str, argv: list[str]) -> int:
    """One command of this module."""
    parser = Parser(
        prog=f"cardamom {verb}",
        description=ABOUT[verb],
        epilog=CODES,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    socket_option(parser)
    parser.add_argument("--json", action="store_true", help="print JSON with stable keys")
    match verb:
        case "void" | "refund":
            parser.add_argument("words", nargs="*", metavar=METAVARS[verb], help=WORDS[verb])
            parser.add_argument("--trace", type=int, help="the trace number (凭证号) of its slip")
            reference_option(parser)
        case "settle":
            parser.add_argument(
                "--supervisor",
                action="store_true",
                help="ask for the supervisor's passcode, and settle over what waits for one",
            )
            parser.add_argument(
                "--close",
                action="store_true",
                help="ask for the supervisor's passcode, and close a batch whose settlement the "
                "host goes on refusing; with --host-reference",
            )
            parser.add_argument("--host-reference", help="how the host names what it told you")
        case "report":
            parser.add_argument("report", choices=("x", "z"))
            parser.add_argument("--print", action="store_true", help="on paper as well")
        case "reprint":
            parser.add_argument("id", type=int, nargs="?", help="a transaction's number")
        case "close":
            parser.add_argument("id", type=int, help="the transaction's number")
            parser.add_argument(
                "--host-reference", required=True, help="how the host names what it told you"
            )
            told = parser.add_mutually_exclusive_group(required=True)
            told.add_argument("--taken", action="store_true", help="the host holds it as done")
            told.add_argument("--not-taken", dest="taken", action="store_false", help="it does not")
    args = parser.parse_args(argv)
    if verb in WORDS:
        _name_the_sale(parser, args, verb)
    if verb == "settle" and args.close == (args.host_reference is None):
        parser.error("--close and --host-reference go together")
    return VERBS[verb](args)


def _name_the_sale(parser: Parser, args: Any, verb: str) -> None:
    """Sorts the words into `id` and `amount`: with --trace there is no number."""
    words = list(args.words)
    args.id = args.amount = None
    if args.trace is None:
        if not words or not words[0].isdecimal():
            parser.error("name the sale by its transaction number, or with --trace")
        args.id = int(words.pop(0))
    if words and verb == "refund":
        args.amount = words.pop(0)
    if words:
        parser.error(f"one word too many: {words[0]!r}")


def void(args: Any) -> int:
    """0 voided, 10 not approved, 20 unknown, 30 nothing was asked."""
    return money(args, _named(args, {"op": "void", "passcode": passcode()}))


def refund(args: Any) -> int:
    """As `void`."""
    request = {"op": "refund", "passcode": passcode()}
    if args.amount is not None:
        request["amount"] = args.amount
    if not args.json:
        say("asking the terminal: it says so where it wants the sale's card", err=True)
    return money(args, _named(args, request))


def _named(args: Any, request: dict[str, Any]) -> dict[str, Any]:
    """The request with what names the sale and the caller's reference."""
    for name in ("id", "trace", "reference"):
        if (value := getattr(args, name)) is not None:
            request[name] = value
    return request


def settle(args: Any) -> int:
    """0 settled or closed, 20 begun and waiting for the host, 30 nothing was begun."""
    request = {"op": "settle"}
    if args.supervisor or args.close:
        request["passcode"] = passcode()
    if args.close:
        request["host_reference"] = args.host_reference
    answer = _change(args, request)
    if isinstance(answer, int):
        return answer
    told = answer["settlement"]
    if args.json:
        print_json(told)
    elif told["outcome"] in DONE:
        say(f"batch {told['batch']} is {_how_closed(told)}")
        _totals(told["totals"])
        if told["uploaded"]:
            say(f"the host's totals differed: {told['uploaded']} transactions were uploaded")
    else:
        why = f"the host refuses its totals with code {told['response_code']}"
        why = why if told["response_code"] else "the host does not answer"
        say(f"batch {told['batch']} is being settled: {why}; it goes on by itself", err=True)
        if told["response_code"]:
            say(
                "where it stays so, call the acquirer: a supervisor closes the batch with "
                "`cardamom settle --close --host-reference R`",
                err=True,
            )
    return 0 if told["outcome"] in DONE else UNKNOWN


def _how_closed(told: dict[str, Any]) -> str:
    if told["outcome"] == "settled":
        return "settled"
    reference, code = told["host_reference"], told["response_code"]
    return f"closed without the host's agreement (code {code}), reference {reference}"


def report(args: Any) -> int:
    answer = ask(args, {"op": "report", "report": args.report, "print": args.print})
    if answer is None:
        return FAULT
    told = answer["report"]
    if args.json:
        print_json(told)
        return 0
    say(f"{told['report'].upper()} report   batch {told['batch']}   {told['at'][:19]}Z")
    for row in told["rows"]:
        say(f"  {row['kind']:<10}{row['count']:>6}{row['amount']:>16} {row['currency']}")
    _totals(told["totals"])
    for host in told["host"]:
        word = "the same" if host["agreed"] else "DIFFERENT"
        say(f"  host      {word} ({host['response_code']}, {host['currency']})")
    for upload in told["upload_refused"]:
        say(f"! the host refuses the upload of trace {upload}: ask it why")
    if alone := told["without_host"]:
        say(
            f"! closed without the host's agreement (code {alone['response_code']}), reference "
            f"{alone['host_reference']}"
        )
    for item in told["items"]:
        say(f"! {_item(item)}")
    return 0


def _totals(totals: list[dict[str, Any]]) -> None:
    for t in totals:
        count = t["debits"] + t["credits"] + t["debit_reversals"] + t["credit_reversals"]
        say(f"  net       {count:>6}{t['net']:>16} {t['currency']}")


def _item(item: dict[str, Any]) -> str:
    state = item["state"].replace("_", " ")
    money_of = f"{item['amount']} {item['currency']}"
    return f"{state}: {item['kind']} {item['id']}, trace {item['stan'] or '-'}, {money_of}"


def reprint(args: Any) -> int:
    request = {"op": "reprint"} | ({"id": args.id} if args.id is not None else {})
    answer = _change(args, request)
    if isinstance(answer, int):
        return answer
    record = answer["transaction"]
    if args.json:
        print_json(record)
    else:
        say(f"the slips of transaction {record['id']} go to the printer")
    return 0


def owed(args: Any) -> int:
    """0 where nothing is, 20 where something is."""
    answer = ask(args, {"op": "owed"})
    if answer is None:
        return FAULT
    if args.json:
        print_json(answer["owed"])
    else:
        for record in answer["owed"]:
            say(_item(record))
        if not answer["owed"]:
            say("nothing is owed")
    return UNKNOWN if answer["owed"] else 0


def close(args: Any) -> int:
    """0 when it is written down, 30 when nothing was."""
    request = {
        "op": "close",
        "id": args.id,
        "host_reference": args.host_reference,
        "taken": args.taken,
        "passcode": passcode(),
    }
    answer = _change(args, request)
    if isinstance(answer, int):
        return answer
    show_record(args, answer["transaction"])
    return 0


def _change(args: Any, request: dict[str, Any]) -> dict[str, Any] | int:
    """The answer to what changes something, or the exit code where there is none."""
    try:
        answer = call(args.socket, request)
    except NotReachedError as e:
        return refused(args, str(e), nothing_asked=True)
    except LostError as e:
        return refused(args, f"{e}: see `cardamom status`", nothing_asked=False)
    if not answer["ok"]:
        return refused(args, answer["error"], nothing_asked=answer["nothing_asked"])
    return answer


VERBS = {
    "void": void,
    "refund": refund,
    "settle": settle,
    "report": report,
    "reprint": reprint,
    "owed": owed,
    "close": close,
}
