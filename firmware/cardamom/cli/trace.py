"""`cardamom trace`: the messages to and from the host, field by field, masked."""

from __future__ import annotations

import json
import time
from typing import Any, Final

from cardamom.cli.ask import ask, say, socket_option
from cardamom.cli.main import FAULT, Parser

ABOUT: Final = """\
Shows the link's messages field by field, masked as `cardamom message describe` masks them. Nothing
is kept until it is switched on; then the last 200 messages are, in memory alone, and it goes off by
itself."""
LOOK_S: Final = 0.5


def main(verb: str, argv: list[str]) -> int:
    """0, or 30 where the terminal does not answer."""
    parser = Parser(prog=f"cardamom {verb}", description=ABOUT)
    parser.add_argument(
        "--minutes", type=int, choices=range(61), metavar="N", help="on for 1 to 60; 0: off"
    )
    parser.add_argument("--follow", "-f", action="store_true", help="go on until it goes off")
    parser.add_argument("--json", action="store_true", help="one object a line, with stable keys")
    socket_option(parser)
    args = parser.parse_args(argv)
    request: dict[str, Any] = {"op": "trace"}
    if args.minutes is not None:
        request["minutes"] = args.minutes
    after = 0
    try:
        while True:
            answer = ask(args, {**request, "after": after})
            if answer is None:
                return FAULT
            for traced in answer["trace"]:
                after = traced["number"]
                _show(traced, as_json=args.json)
            if not (args.follow and answer["left_s"]):
                break
            request.pop("minutes", None)
            time.sleep(LOOK_S)
    except KeyboardInterrupt:
        return 0
    if not args.json:
        left = answer["left_s"]
        say(f"the trace is on for {left} s" if left else "the trace is off: --minutes N", err=True)
    return 0


def _show(traced: dict[str, Any], *, as_json: bool) -> None:
    if as_json:
        say(json.dumps(traced, ensure_ascii=False))
        return
    way = "to" if traced["sent"] else "from"
    say(f"{traced['at']}  {way} {traced['host']}")
    for line in traced["lines"]:
        say(f"  {line}")
