"""What is asked of the running terminal: status, sale, cancel, transactions, show."""

from __future__ import annotations

import contextlib
import json
import secrets
import signal
import sys
from pathlib import Path
from typing import Any

from cardamom.cli.main import APPROVED, FAULT, NOT_APPROVED, UNKNOWN, Parser
from cardamom.cli.places import control_socket
from cardamom.control.client import LostError, NotReachedError, call

CODES = {
    "approved": APPROVED,
    "declined": NOT_APPROVED,
    "not_completed": NOT_APPROVED,
    "unknown": UNKNOWN,
}


def socket_option(parser: Parser) -> None:
    """`--socket`; see places.py for its default."""
    parser.add_argument(
        "--socket",
        type=Path,
        default=control_socket(),
        help="the terminal's control socket (or set CARDAMOM_SOCKET)",
    )


def reference_option(parser: Parser) -> None:
    """`--reference`, of whatever moves money."""
    parser.add_argument("--reference", help="your own number: a repeat returns the first outcome")


def passcode() -> str:
    """The supervisor's passcode, typed without echo; from a script, a line of its input."""
    if not sys.stdin.isatty():
        return sys.stdin.readline().strip()
    from getpass import getpass

    return getpass("supervisor's passcode: ").strip()


def main(verb: str, argv: list[str]) -> int:
    """One command of this module."""
    parser = Parser(prog=f"cardamom {verb}")
    socket_option(parser)
    parser.add_argument("--json", action="store_true", help="print JSON with stable keys")
    if verb == "sale":
        parser.add_argument("amount", help="as 12.34")
        reference_option(parser)
        parser.add_argument(
            "--supervisor",
            action="store_true",
            help="ask for the supervisor's passcode: to take the same card and amount again beside "
            "an unknown outcome",
        )
        parser.add_argument(
            "--online",
            action="store_true",
            help="have the issuer asked, whatever the amount",
        )
    elif verb == "cancel":
        parser.add_argument("--reference", help="only what was asked for under it")
    elif verb == "transactions":
        parser.add_argument("--limit", type=int, default=20, help="how many, newest first")
    elif verb == "show":
        parser.add_argument("id", type=int, help="a transaction's number")
    return VERBS[verb](parser.parse_args(argv))


def status(args: Any) -> int:
    """0 when payments can be taken, else 30."""
    answer = ask(args, {"op": "status"})
    if answer is None:
        return FAULT
    told = answer["status"]
    if args.json:
        print_json(told)
    else:
        word = "ready" if told["ready"] else "NOT READY"
        say(f"{word}   mode {told['mode']}   batch {told['batch'] or '-'}   {told['version']}")
        for part in told["parts"]:
            mark = " " if part["usable"] else "!"
            detail = part["detail"] or part["name"]
            say(f"{mark} {part['part']:<9}{part['condition']:<11}{detail}")
        for alarm in told["alarms"]:
            say(f"! {alarm['cause'].replace('_', ' ')}: {alarm['detail']}")
        if told["settling"]:
            say("! the batch is being settled: no payment is taken until it is")
        if told["advices_owed"]:
            say(f"! offline approvals to tell the host of: {told['advices_owed']}")
        for record in told["unknown_outcomes"]:
            say(
                f"! outcome unknown, {record['state']}: transaction {record['id']}, trace "
                f"{record['stan']}, {record['amount']} {record['currency']}: do not charge again"
            )
        if told["receipts_waiting"]:
            say(f"! receipts waiting for the printer: {told['receipts_waiting']}")
        if told.get("support"):
            say(f"  support is logged in: {told['support']}")
        if told.get("trace_s"):
            say(f"  the link's messages are traced for {told['trace_s']} s more")
    return 0 if told["ready"] else FAULT


def sale(args: Any) -> int:
    """0 approved, 10 not approved, 20 unknown, 30 nothing was asked."""
    request: dict[str, Any] = {"op": "sale", "amount": args.amount}
    if args.online:
        request["online"] = True
    if args.reference is not None:
        request["reference"] = args.reference
    if args.supervisor:
        request["passcode"] = passcode()
    if not args.json:
        say("asking the terminal: the card goes into its reader when it says so", err=True)
    return money(args, request)


def money(args: Any, request: dict[str, Any]) -> int:
    """Ask for what moves money, and tell its outcome; see `sale` for the code.

    Without a reference of the caller's it gets one, so that a cancel can name it.
    """
    request.setdefault("reference", f"cli-{secrets.token_hex(6)}")
    try:
        answer = _to_the_end(args.socket, request)
    except NotReachedError as e:
        return refused(args, str(e), nothing_asked=True)
    except LostError as e:
        again = f"ask again with --reference {request['reference']}"
        return refused(args, f"{e}; the outcome is unknown: {again}", nothing_asked=False)
    if not answer["ok"]:
        return refused(args, answer["error"], nothing_asked=answer["nothing_asked"])
    record = answer["transaction"]
    show_record(args, record)
    return CODES.get(record["outcome"], UNKNOWN)


def _to_the_end(path: Path, request: dict[str, Any]) -> dict[str, Any]:
    """The request's answer. Ctrl-C asks the terminal to cancel it; the outcome is still waited
    for, so that it never ends in a moment when nobody would cancel."""
    from concurrent.futures import ThreadPoolExecutor

    def cancel_it(*_: object) -> None:
        say("cancelling ...", err=True)
        with contextlib.suppress(NotReachedError, LostError):  # of the sale it says nothing
            call(path, {"op": "cancel", "reference": request["reference"]}, timeout_s=5)

    before = signal.signal(signal.SIGINT, cancel_it)
    try:
        with ThreadPoolExecutor(1) as pool:
            return pool.submit(call, path, request).result()
    finally:
        signal.signal(signal.SIGINT, before)


def cancel(args: Any) -> int:
    request = {"op": "cancel"}
    if args.reference is not None:
        request["reference"] = args.reference
    answer = ask(args, request)
    if answer is None:
        return FAULT
    if args.json:
        print_json({"cancelled": answer["cancelled"]})
    else:
        say("cancelled" if answer["cancelled"] else "nothing to cancel")
    return 0


def transactions(args: Any) -> int:
    answer = ask(args, {"op": "transactions", "limit": args.limit})
    if answer is None:
        return FAULT
    if args.json:
        print_json(answer["transactions"])
        return 0
    for r in answer["transactions"]:
        say(
            f"{r['id']:>6}  {r['started_at'][:19]}Z  {r['kind']:<6}"
            f"{r['amount']:>12} {r['currency']}"
            f"  {r['outcome']:<14}{r['stan'] or '-':<8}{r['card'] or '-'}{_links(r)}"
        )
    return 0


def _links(record: dict[str, Any]) -> str:
    """What a transaction undoes, and what undid it."""
    told = ""
    if record["original"]:
        told += f"  of {record['original']}"
    if record["voided_by"]:
        told += f"  voided by {record['voided_by']}"
    if record["refunds"]:
        told += f"  refunded {record['refunded']}, left {record['left_to_refund']}"
    return told


def show(args: Any) -> int:
    answer = ask(args, {"op": "show", "id": args.id})
    if answer is None:
        return FAULT
    show_record(args, answer["transaction"])
    return 0


def ask(args: Any, request: dict[str, Any]) -> dict[str, Any] | None:
    """The answer to what changes nothing; None where there is none, which was told then."""
    try:
        answer = call(args.socket, request, timeout_s=30)
    except (NotReachedError, LostError) as e:
        refused(args, str(e), nothing_asked=True)
        return None
    if not answer["ok"]:
        refused(args, answer["error"], nothing_asked=answer["nothing_asked"])
        return None
    return answer


def refused(args: Any, error: str, *, nothing_asked: bool) -> int:
    """Tell why there is no outcome; the exit code."""
    if args.json:
        print_json({"error": error, "nothing_asked": nothing_asked})
    say(f"cardamom: {error}", err=True)
    return FAULT if nothing_asked else UNKNOWN


def show_record(args: Any, record: dict[str, Any]) -> None:
    """A transaction, a field a line."""
    if args.json:
        print_json(record)
        return
    for key, value in record.items():
        if value not in (None, [], ""):
            say(f"{key:<18}{value if not isinstance(value, list) else ', '.join(map(str, value))}")


def print_json(value: Any) -> None:
    """With stable keys, for people and programs."""
    say(json.dumps(value, ensure_ascii=False, indent=2))


def say(text: str, *, err: bool = False) -> None:
    """A line, at once."""
    print(text, file=sys.stderr if err else sys.stdout, flush=True)


VERBS = {
    "status": status,
    "sale": sale,
    "cancel": cancel,
    "transactions": transactions,
    "show": show,
}
