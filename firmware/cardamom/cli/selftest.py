"""`cardamom selftest`: each part of the running terminal, really tried."""

from __future__ import annotations

import argparse
from typing import Any, Final

from cardamom.cli.ask import print_json, refused, say, socket_option
from cardamom.cli.main import NOT_APPROVED, Parser
from cardamom.control.client import LostError, NotReachedError, call
from cardamom.values.selftest import TestPart

ABOUT: Final = """\
Tries each part of the running terminal and says of each what was found, why, and which pin or cable
to look at. Refused while a payment or something else is under way; meanwhile payments wait.

What only a person can tell (the picture, lights, keys) is tried with --attended, when somebody
stands at the terminal, and counts as not tried without. Exit code: 0 nothing is wrong, 10 something
failed or is to be seen to, 30 nothing was tried.
"""
MARKS: Final = {"ok": " ", "warning": "!", "failed": "X", "not_tried": "-"}


def main(verb: str, argv: list[str]) -> int:
    """0 when all is well with what was tried, else 10; 30 where nothing was tried."""
    parser = Parser(
        prog=f"cardamom {verb}",
        formatter_class=argparse.RawDescriptionHelpFormatter,
        description=ABOUT,
        epilog="Example: cardamom selftest --only link --only printer --print",
    )
    socket_option(parser)
    parser.add_argument("--json", action="store_true", help="print JSON with stable keys")
    parser.add_argument(
        "--only",
        action="append",
        choices=[part.value for part in TestPart],
        metavar="PART",
        help="this part alone, may be given again: " + ", ".join(part.value for part in TestPart),
    )
    parser.add_argument("--print", action="store_true", help="have the printer print the result")
    parser.add_argument(
        "--attended",
        action="store_true",
        help="somebody stands at the terminal: ask about picture and lights, and have each key "
        "pressed",
    )
    args = parser.parse_args(argv)
    request: dict[str, Any] = {"op": "self_test"}
    if args.only:
        request["only"] = args.only
    for name in ("print", "attended"):
        if getattr(args, name):
            request[name] = True
    try:
        answer = call(args.socket, request)
    except (NotReachedError, LostError) as e:
        return refused(args, str(e), nothing_asked=True)
    if not answer["ok"]:
        return refused(args, answer["error"], nothing_asked=True)
    if not answer["self_test"]["results"]:
        return refused(args, "this terminal has no such part", nothing_asked=True)
    return _tell(args, answer["self_test"])


def _tell(args: argparse.Namespace, report: dict[str, Any]) -> int:
    if args.json:
        print_json(report)
    else:
        for result in report["results"]:
            grade = result["grade"]
            word = grade.replace("_", " ")
            say(f"{MARKS.get(grade, '?')} {result['part']:<12}{word:<11}{result['sentence']}")
            for name, value in result["facts"].items():
                say(f"{'':<25}{name.replace('_', ' ')}: {value}")
    return 0 if report["well"] else NOT_APPROVED
