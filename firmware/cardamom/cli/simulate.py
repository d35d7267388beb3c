"""`cardamom simulate ...`: the world around a terminal, on a desk."""

from __future__ import annotations

import asyncio
import contextlib
import json
import signal
import socket
import sys
from pathlib import Path
from typing import Any

from cardamom.cli.main import FAULT, Parser
from cardamom.cli.places import run_folder
from cardamom.faults import Fault
from cardamom.values.keys import Key

PARTS = ("acquirer", "ledger", "fault", "card", "key", "screen", "printer")


class NoDemoFault(Fault):
    """There is no running demo to act on."""


def main(verb: str, argv: list[str]) -> int:
    """One simulated part."""
    part = argv[0] if argv else ""
    if part == "printer":
        from cardamom.simulator.printer.__main__ import main as printer

        return printer(argv[1:])
    if part not in PARTS:
        sys.stderr.write(f"usage: cardamom {verb} {{{','.join(PARTS)}}} ...\n")
        return FAULT
    parser = Parser(prog=f"cardamom {verb} {part}")
    parser.add_argument(
        "--run", type=Path, default=run_folder(), help="the demo's folder (or set CARDAMOM_RUN)"
    )
    return _VERBS[part](parser, argv[1:])


def _folder(args: Any) -> Path:
    if args.run is None:
        raise NoDemoFault("name the demo's folder with --run, or set CARDAMOM_RUN")
    folder: Path = args.run
    return folder


def acquirer(parser: Parser, argv: list[str]) -> int:
    """The host: runs until it is ended."""
    from cardamom.daemon.log import set_up
    from cardamom.simulator.acquirer.run import run_acquirer

    parser.add_argument("--port", type=int, default=0, help="TCP port; 0 takes a free one")
    parser.add_argument("--profile", type=Path, help="message profile; default iso8583-1987")
    parser.add_argument("--timezone", default="Asia/Shanghai")
    args = parser.parse_args(argv)
    folder = _folder(args)
    folder.mkdir(parents=True, exist_ok=True)
    set_up()
    with contextlib.suppress(KeyboardInterrupt):
        asyncio.run(run_acquirer(folder, args.port, args.profile, args.timezone))
    return 0


def ledger(parser: Parser, argv: list[str]) -> int:
    """What the host holds."""
    from cardamom.simulator.acquirer.ledger import read_ledger

    parser.add_argument("--json", action="store_true", help="print JSON with stable keys")
    args = parser.parse_args(argv)
    rows = read_ledger(_folder(args) / "ledger.db")
    if args.json:
        _out(json.dumps(rows, ensure_ascii=False, indent=2))
        return 0
    for row in rows:
        _out("  ".join(str(value) for value in row.values() if value is not None))
    return 0


def fault(parser: Parser, argv: list[str]) -> int:
    """What goes wrong with the next request."""
    from cardamom.simulator.acquirer.faults import Fault as HostFault
    from cardamom.simulator.acquirer.faults import Trouble, write_fault

    parser.add_argument("fault", choices=[t.value for t in Trouble])
    parser.add_argument("--code", default="96", help="of fault `code`: the response code")
    parser.add_argument("--seconds", type=float, default=1.0, help="of fault `delay`")
    args = parser.parse_args(argv)
    write_fault(
        _folder(args) / "faults.jsonl", HostFault(Trouble(args.fault), args.code, args.seconds)
    )
    return 0


def card(parser: Parser, argv: list[str]) -> int:
    """A card in the terminal's virtual reader, until Ctrl-C or for some seconds."""
    from cardamom.simulator.card.card import Card
    from cardamom.simulator.card.profile import load_profile
    from cardamom.simulator.card.vpcd import PORT, insert

    parser.add_argument("profile", help="debit, signature, ... or a TOML file")
    parser.add_argument("--port", type=int, help="the virtual reader's TCP port")
    parser.add_argument("--seconds", type=float, help="take it out after this")
    args = parser.parse_args(argv)
    port = args.port or (_reader_port(args.run) if args.run else 0) or PORT
    chosen = Card(load_profile(args.profile))

    async def hold() -> None:
        removal = asyncio.Event()
        loop = asyncio.get_running_loop()
        for number in (signal.SIGINT, signal.SIGTERM):
            loop.add_signal_handler(number, removal.set)
        if args.seconds:
            loop.call_later(args.seconds, removal.set)
        _out(f"{args.profile} is in the reader; Ctrl-C takes it out")
        await insert(chosen, port=port, removal=removal)

    asyncio.run(hold())
    return 0


def _reader_port(folder: Path) -> int:
    """The in-process reader's port of a demo; 0 for vpcd's."""
    from cardamom.settings.load import load

    return load(folder / "terminal.toml").reader.port


def key(parser: Parser, argv: list[str]) -> int:
    """Presses keys of the simulated keypad."""
    parser.add_argument("keys", nargs="+", metavar="KEY", help=" ".join(Key))
    args = parser.parse_args(argv)
    for name in args.keys:
        if name not in list(Key):
            parser.error(f"there is no key {name!r}; keys: {' '.join(Key)}")
    return _bench(args, {"op": "press", "keys": args.keys})


def screen(parser: Parser, argv: list[str]) -> int:
    """A picture of what the panel shows."""
    parser.add_argument("file", type=Path, help="PNG to write")
    args = parser.parse_args(argv)
    return _bench(args, {"op": "picture", "file": str(args.file.resolve())})


def _bench(args: Any, request: dict[str, Any]) -> int:
    path = _folder(args) / "bench.sock"
    with socket.socket(socket.AF_UNIX) as sock:
        try:
            sock.connect(str(path))
        except OSError:
            raise NoDemoFault(f"no simulated terminal is running at {path}") from None
        sock.sendall(json.dumps(request).encode() + b"\n")
        with sock.makefile() as answers:
            answer = json.loads(answers.readline() or "{}")
    if not answer.get("ok"):
        sys.stderr.write(f"cardamom: {answer.get('error', 'the terminal went away')}\n")
        return FAULT
    return 0


def _out(text: str) -> None:
    sys.stdout.write(text + "\n")
    sys.stdout.flush()


_VERBS = {
    "acquirer": acquirer,
    "ledger": ledger,
    "fault": fault,
    "card": card,
    "key": key,
    "screen": screen,
}
