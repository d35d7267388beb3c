"""`cardamom simulate ...`: the world around a terminal, on a desk."""

from __future__ import annotations

import asyncio
import contextlib
import json
import signal
import socket
import sys
from argparse import RawDescriptionHelpFormatter
from collections.abc import Mapping
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

from cardamom.cli.main import FAULT, Parser
from cardamom.cli.places import run_folder
from cardamom.faults import Fault
from cardamom.values.keys import Key

PARTS: Final = {
    "card": "put a card into the demo's reader",
    "transcript": "write down a sale of a simulated card unmasked, for `cardamom explain`",
    "key": "press keys of the demo's keypad",
    "screen": "write a picture of what the demo's panel shows",
    "lid": "lift the lid of the demo's terminal, which erases its keys, or put it back",
    "paper": "load the demo's printer, or take its paper out",
    "fault": "make the demo's acquirer fail at the next request",
    "ledger": "what the demo's acquirer holds",
    "acquirer": "start an acquirer alone",
    "printer": "start a printer alone",
    "pn532": "start a contactless reader's chip alone",
}

TAPPED: Final = "contactless/"
"""Before the name of a card that is tapped."""

if TYPE_CHECKING:
    from cardamom.simulator.card.profile import CardProfile


_ABOUT_FAULTS = """\
A fault script has a JSON line for each fault. The first that is meant for a message befalls it:
`mti` is how its type begins (else any message but sign-on and echo), `times` how often it happens,
`code` and `seconds` are as the fault says. Lines may be added while the acquirer runs, and one that
is started again goes on where the last one was. Delete FILE and FILE.taken to begin anew.

  {"fault": "silent-after", "mti": "0200"}
  {"fault": "code", "code": "96", "mti": "042", "times": 3}
  {"fault": "refuse", "seconds": 5}

faults:
"""


class NoDemoFault(Fault):
    """There is no running demo to act on."""


def main(verb: str, argv: list[str]) -> int:
    """One simulated part."""
    part = argv[0] if argv else ""
    if part == "printer":
        from cardamom.simulator.printer.__main__ import main as printer

        return printer(argv[1:])
    if part == "pn532":
        from cardamom.simulator.pn532.__main__ import main as pn532

        return pn532(argv[1:])
    if part not in PARTS:
        return _usage(verb, part)
    parser = Parser(prog=f"cardamom {verb} {part}", formatter_class=RawDescriptionHelpFormatter)
    parser.add_argument(
        "--run", type=Path, default=run_folder(), help="the demo's folder (or set CARDAMOM_RUN)"
    )
    return _VERBS[part](parser, argv[1:])


def _usage(verb: str, part: str) -> int:
    wanted = part in ("", "-h", "--help", "help")
    out = sys.stdout if wanted else sys.stderr
    if not wanted:
        out.write(f"cardamom {verb}: there is no part {part!r}\n")
    out.write(f"usage: cardamom {verb} PART [...]\n\n")
    for name, about in PARTS.items():
        out.write(f"  {name:<14}{about}\n")
    return 0 if wanted else FAULT


def _folder(args: Any) -> Path:
    if args.run is None:
        raise NoDemoFault("name the demo's folder with --run, or set CARDAMOM_RUN")
    folder: Path = args.run
    return folder


def acquirer(parser: Parser, argv: list[str]) -> int:
    """The host: runs until it is ended."""
    from cardamom.daemon.log import set_up
    from cardamom.simulator.acquirer.faults import ABOUT, check_script
    from cardamom.simulator.acquirer.run import run_acquirer

    parser.epilog = _ABOUT_FAULTS + _list(ABOUT)
    parser.add_argument("--port", type=int, default=0, help="TCP port; 0 takes a free one")
    parser.add_argument(
        "--profile", default="", help="message profile, a file or its name; default iso8583-1987"
    )
    parser.add_argument("--timezone", default="Asia/Shanghai")
    parser.add_argument(
        "--faults", type=Path, help="fault script, see below; default faults.jsonl in the folder"
    )
    args = parser.parse_args(argv)
    folder = _folder(args)
    folder.mkdir(parents=True, exist_ok=True)
    if args.faults is not None:
        check_script(args.faults)
    set_up()
    with contextlib.suppress(KeyboardInterrupt):
        asyncio.run(run_acquirer(folder, args.port, args.profile, args.timezone, args.faults))
    return 0


def ledger(parser: Parser, argv: list[str]) -> int:
    """What the host holds."""
    from cardamom.simulator.acquirer.ledger import read_flags, read_ledger

    parser.add_argument("--json", action="store_true", help="print JSON with stable keys")
    parser.add_argument(
        "--flags", action="store_true", help="what the host found odd, in place of transactions"
    )
    args = parser.parse_args(argv)
    read = read_flags if args.flags else read_ledger
    rows = read(_folder(args) / "ledger.db")
    if args.json:
        _out(json.dumps(rows, ensure_ascii=False, indent=2))
        return 0
    for row in rows:
        shown = (_cell(value) for value in row.values() if value not in (None, "", False))
        _out("  ".join(shown))
    return 0


def _cell(value: Any) -> str:
    return "yes" if value is True else str(value)


def fault(parser: Parser, argv: list[str]) -> int:
    """What goes wrong with the next message."""
    from cardamom.simulator.acquirer.faults import ABOUT, Trouble, write_fault
    from cardamom.simulator.acquirer.faults import Fault as HostFault

    parser.epilog = "faults:\n" + _list(ABOUT)
    parser.add_argument("fault", choices=[t.value for t in Trouble], metavar="FAULT")
    parser.add_argument("--code", default="96", help="of fault `code`: the response code")
    parser.add_argument("--seconds", type=float, default=1.0, help="of faults that take a while")
    parser.add_argument(
        "--mti", default="", help="messages whose type begins so; else any but sign-on and echo"
    )
    parser.add_argument("--times", type=int, default=1, help="how many messages it befalls")
    parser.add_argument(
        "--script", action="append", default=[], help="of fault `scripts`: '72 put-data 9F58 05'"
    )
    args = parser.parse_args(argv)
    write_fault(
        _folder(args) / "faults.jsonl",
        HostFault(
            Trouble(args.fault), args.code, args.seconds, args.mti, args.times, tuple(args.script)
        ),
    )
    return 0


def _list(about: Mapping[Any, str]) -> str:
    return "\n".join(f"  {name:<18}{text}" for name, text in about.items())


def card(parser: Parser, argv: list[str]) -> int:
    """A card in the terminal's virtual reader, until Ctrl-C or for some seconds."""
    from cardamom.simulator.card.card import Card
    from cardamom.simulator.card.contactless import TappedCard
    from cardamom.simulator.card.contactless_profile import contactless_names, load_contactless
    from cardamom.simulator.card.profile import load_profile, names
    from cardamom.simulator.card.upset import UpsetError, parse_upset
    from cardamom.simulator.card.vpcd import PORT, insert
    from cardamom.simulator.card.wire import AnyCard

    profiles = [(name, load_profile(name)) for name in names()]
    width = max(map(len, names())) + 2
    parser.epilog = "profiles:\n" + "\n".join(
        f"  {name:<{width}}{profile.about}{_pins(profile)}" for name, profile in profiles
    )
    parser.epilog += "\nto be tapped:\n" + "\n".join(
        f"  {TAPPED}{name:<{width}}{load_contactless(name).about}" for name in contactless_names()
    )
    parser.add_argument("profile", help="one of those below, or a TOML file")
    parser.add_argument("--port", type=int, help="the virtual reader's TCP port")
    parser.add_argument("--seconds", type=float, help="take it out after this")
    parser.add_argument(
        "--upset",
        action="append",
        default=[],
        metavar="WHAT@N",
        help="a worn card: remove, garbage, cut or mute at its Nth APDU, as mute@4, or delay@2:1.5",
    )
    args = parser.parse_args(argv)
    try:
        upsets = [parse_upset(text) for text in args.upset]
    except UpsetError as e:
        parser.error(f"--upset: {e}")
    tapped = args.profile.removeprefix(TAPPED)
    chosen: AnyCard
    if tapped != args.profile:
        chosen = TappedCard(load_contactless(tapped))
        port = args.port or (_tap_port(args.run) if args.run else 0)
        if not port:
            parser.error("--port: missing; expected the contactless reader's TCP port")
    else:
        chosen = Card(load_profile(args.profile))
        port = args.port or (_reader_port(args.run) if args.run else 0) or PORT

    async def hold() -> None:
        removal = asyncio.Event()
        loop = asyncio.get_running_loop()
        for number in (signal.SIGINT, signal.SIGTERM):
            loop.add_signal_handler(number, removal.set)
        if args.seconds:
            loop.call_later(args.seconds, removal.set)
        _out(f"{args.profile} is in the reader; Ctrl-C takes it out")
        await insert(chosen, port=port, upsets=upsets, removal=removal)

    asyncio.run(hold())
    return 0


def transcript(parser: Parser, argv: list[str]) -> int:
    """A sale on no terminal; its transcript's file."""
    from cardamom.engines.emv.requests import EmvOrder
    from cardamom.settings.emv import load_rules, published_parameters, rules_for
    from cardamom.settings.load import load
    from cardamom.simulator.card.profile import load_profile
    from cardamom.simulator.recorded import record_sale, refuse_production
    from cardamom.values.money import AmountError, parse_amount

    parser.add_argument("profile", help="as of `simulate card`: a name or a TOML file")
    parser.add_argument("file", type=Path, help="the file to write; it holds number and PIN")
    parser.add_argument("--amount", default="12.34")
    parser.add_argument("--pin", default="", help="what the customer types; else the card's own")
    parser.add_argument("--host", choices=("there", "away", "silent"), default="there")
    parser.add_argument(
        "--settings", type=Path, help="the terminal whose rules hold; else the demo's, or CNY"
    )
    args = parser.parse_args(argv)
    file = args.settings or (args.run / "terminal.toml" if args.run else None)
    rules, currency = load_rules(published_parameters()), "CNY"
    if file is not None:
        settings = load(file)
        refuse_production(settings, str(file))
        rules, currency = rules_for(settings, file), settings.terminal.currency
    now = datetime.now().astimezone()
    try:
        amount = parse_amount(args.amount, currency)
    except AmountError as e:
        parser.error(f"--amount: {e}")
    order = EmvOrder(
        amount_minor=amount.minor,
        currency=amount.unit.number,
        currency_exponent=amount.unit.exponent,
        date=bytes.fromhex(now.strftime("%y%m%d")),
        time=bytes.fromhex(now.strftime("%H%M%S")),
    )
    sale = record_sale(load_profile(args.profile), order, rules, host=args.host, pin=args.pin)
    sale.write(args.file)
    why = f": {sale.outcome.reason.value}" if sale.outcome.reason else ""
    _out(f"{sale.outcome.decision.value}{why}; {len(sale.steps)} steps in {args.file}")
    return 0


def _pins(profile: CardProfile) -> str:
    """The published PINs of a test card."""
    pins = sorted({a.pin for a in profile.applications if a.pin})
    return f"; PIN {' and '.join(pins)}" if pins else ""


def _reader_port(folder: Path) -> int:
    """The in-process reader's port of a demo; 0 for vpcd's."""
    from cardamom.settings.load import load

    return load(folder / "terminal.toml").reader.port


def _tap_port(folder: Path) -> int:
    """The simulated contactless reader's port, for cards of type A; 0 where there is none."""
    from cardamom.settings.load import load

    return load(folder / "terminal.toml").contactless.port


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


def lid(parser: Parser, argv: list[str]) -> int:
    """Lifts the lid of the demo's terminal, or puts it back."""
    parser.add_argument("move", choices=("open", "shut"))
    args = parser.parse_args(argv)
    return _bench(args, {"op": "lid", "open": args.move == "open"})


def paper(parser: Parser, argv: list[str]) -> int:
    """The paper of the demo's printer."""
    parser.add_argument("state", choices=("ok", "low", "out"))
    args = parser.parse_args(argv)
    _say_to(_folder(args) / "printer.sock", f"paper {args.state}", "printer")
    return 0


def _bench(args: Any, request: dict[str, Any]) -> int:
    said = _say_to(_folder(args) / "bench.sock", json.dumps(request), "terminal")
    answer = json.loads(said or "{}")
    if not answer.get("ok"):
        sys.stderr.write(f"cardamom: {answer.get('error', 'the terminal went away')}\n")
        return FAULT
    return 0


def _say_to(path: Path, line: str, part: str) -> str:
    """One line to a simulated part; its answer, empty where it went away."""
    with socket.socket(socket.AF_UNIX) as sock:
        try:
            sock.connect(str(path))
        except OSError:
            raise NoDemoFault(f"no simulated {part} is running at {path}") from None
        sock.sendall(line.encode() + b"\n")
        with sock.makefile() as answers:
            return answers.readline()


def _out(text: str) -> None:
    sys.stdout.write(text + "\n")
    sys.stdout.flush()


_VERBS = {
    "acquirer": acquirer,
    "ledger": ledger,
    "fault": fault,
    "card": card,
    "transcript": transcript,
    "key": key,
    "screen": screen,
    "lid": lid,
    "paper": paper,
}
