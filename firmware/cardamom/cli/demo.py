"""`cardamom demo`: the whole terminal on simulated hardware takes one sale, then stays for more."""

from __future__ import annotations

import shlex
import signal
import sys
import threading
import time
from pathlib import Path
from typing import Any, Final, Self

from cardamom.cli.labkeys import bring_in
from cardamom.cli.main import FAULT, Parser
from cardamom.cli.simulate import TAPPED
from cardamom.faults import Fault
from cardamom.settings.profile import find_message_profile
from cardamom.simulator.agreement import disagreements
from cardamom.simulator.rig import Rig, RigConfig, clear_folder

AMOUNT: Final = "1234"
PIN: Final = "123456"
RESULTS: Final = ("Approved", "Declined", "OutcomeUnknown", "NotCompleted")


def main(verb: str, argv: list[str]) -> int:
    """0 when ledger, journal and receipts agree, else 30."""
    parser = Parser(prog=f"cardamom {verb}")
    parser.add_argument("--once", action="store_true", help="end after the sale")
    parser.add_argument(
        "--reader",
        choices=("pcsc", "inprocess"),
        default="pcsc",
        help="pcsc: pcscd with vsmartcard's virtual reader; inprocess: without either",
    )
    parser.add_argument("--folder", type=Path, default=Path("build/demo"), help="where all is put")
    parser.add_argument(
        "--language", choices=("zh", "en"), default="en", help="of screen and slips"
    )
    parser.add_argument("--card", default="debit", help="the card that pays; contactless/... taps")
    parser.add_argument(
        "--profile",
        default="",
        help="message profile: a file, or iso8583-1987, unionpay, dukpt-tdes, dukpt-aes",
    )
    args = parser.parse_args(argv)
    signal.signal(signal.SIGTERM, _interrupt)
    clear_folder(args.folder)
    began = time.monotonic()
    try:
        with Rig(_config(args)) as rig:
            _say(began, f"the terminal is ready: {_reader(args.reader)}, TLS acquirer, printer")
            problems = _sale(rig, args.card, began)
            _summary(rig, problems)
            if not args.once:
                _stay(rig, args.folder)
    except KeyboardInterrupt:
        return FAULT
    except (Fault, OSError) as e:
        sys.stderr.write(f"cardamom: {e}\n")
        return FAULT
    return FAULT if problems else 0


def _config(args: Any) -> RigConfig:
    """Raises SettingsError for a profile that is none."""
    find_message_profile(args.profile)
    file = Path(args.profile)
    return RigConfig(
        args.folder,
        args.reader,
        args.language,
        profile=str(file.resolve()) if file.is_file() else args.profile,
        contactless=True,
        bring_keys=bring_in,
    )


def _sale(rig: Rig, card: str, began: float) -> list[str]:
    """12.34 on the keypad, the card, its PIN, the receipts; what does not agree at the end."""
    with _Log(rig.folder / "terminal.log", began):
        rig.sees("Idle")
        _say(began, "clerk      types 12.34 and presses Enter")
        rig.press(*AMOUNT, "enter")
        rig.sees("PresentCard")
        tapped = card.removeprefix(TAPPED)
        if tapped != card and rig.tapping is not None:
            _say(began, f"customer   holds the card to the reader ({card})")
            rig.tapping.insert(tapped)
        else:
            _say(began, f"customer   inserts the card ({card})")
            rig.hand.insert(card)
        if rig.sees("EnterPin", "RemoveCard", *RESULTS) == "EnterPin":
            _say(began, f"customer   types the PIN ({'*' * len(PIN)}) and presses Enter")
            rig.press(*PIN, "enter")
        rig.sees("RemoveCard")
        _say(began, "customer   takes the card")
        rig.hand.remove()
        if rig.tapping is not None:
            rig.tapping.remove()
        (record,) = rig.ask(op="transactions", limit=1)["transactions"]
        rig.printed(record["id"])
        rig.sees(*RESULTS)
        rig.press("enter")
    records = rig.ask(op="transactions", limit=10)["transactions"]
    return disagreements(records, rig.ledger(), rig.slips)


class _Log:
    """The terminal's own log as a story, told while it happens."""

    ABOUT: Final = {
        "card_inserted": "reader     powers the card, ATR {atr}",
        "card_tapped": "reader     a card of type {tech} in the field",
        "intent": "journal    the intent is durable: transaction {txn}, trace {stan}",
        "host_answer": "host       answers {code} ({verdict}), RRN {rrn}",
        "not_sent": "host       not asked: {why}",
        "no_answer": "host       no answer: {why}",
        "sale_done": "journal    the outcome is durable: {state}; {commands} commands, card "
        "{card_ms} ms, host {host_ms} ms, terminal {own_ms} ms",
        "card_removed": "reader     the card is out",
        "receipt_printed": "printer    the {copy} copy is out",
    }

    def __init__(self, path: Path, began: float) -> None:
        self._path = path
        self._began = began
        self._stop = threading.Event()
        self._thread = threading.Thread(target=self._follow, daemon=True)

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._stop.set()
        self._thread.join()

    def _follow(self) -> None:
        with self._path.open(encoding="utf-8") as log:
            while True:
                ending = self._stop.wait(0.02)
                while line := log.readline():
                    self._tell(line)
                if ending:
                    return

    def _tell(self, line: str) -> None:
        event, fields = _parse(line)
        if event in self.ABOUT:
            _say(self._began, self.ABOUT[event].format_map(_Fields(fields)))


class _Fields(dict[str, str]):
    def __missing__(self, key: str) -> str:
        return "-"


def _parse(line: str) -> tuple[str, dict[str, str]]:
    """A log line: time, level, event, key=value, ..."""
    try:
        words = shlex.split(line)
    except ValueError:
        return "", {}
    if len(words) < 3:
        return "", {}
    return words[2], dict(w.split("=", 1) for w in words[3:] if "=" in w)


def _summary(rig: Rig, problems: list[str]) -> None:
    (record,) = rig.ask(op="transactions", limit=1)["transactions"]
    _line("")
    money = f"{record['amount']} {record['currency']}"
    _line(f"outcome    {record['outcome']}: {money}, card {record['card']}")
    _line(f"screens    {rig.screens}: {_count(rig.screens, '*.png')} pictures")
    _line(f"receipts   {rig.slips}: {_count(rig.slips, '*.png')} pictures")
    if problems:
        for problem in problems:
            _line(f"!          {problem}")
    else:
        _line("agreement  the acquirer's ledger, the journal and the receipts tell the same")


def _stay(rig: Rig, folder: Path) -> None:
    """Until Ctrl-C, or the terminal ends by itself."""
    _line(f"""
The terminal goes on running. In a second console, from this folder:

  export CARDAMOM_RUN={folder} PATH="$PWD/.venv/bin:$PATH"
  cardamom status
  cardamom sale 8.50 &                  # then, at the reader and the keypad:
  cardamom simulate card no-cvm --seconds 4          # or, to tap:
  cardamom simulate card contactless/visa --seconds 4
  cardamom simulate key 5 0 0 enter     # or type it: debit asks for PIN {PIN}
  cardamom simulate screen now.png
  cardamom transactions
  cardamom void --trace 1               # the supervisor's passcode is 246810
  cardamom settle
  cardamom show 1 --json
  cardamom simulate ledger
  cardamom simulate fault silent-after  # the next request gets no answer
  cardamom simulate paper out           # or ok, low
  cardamom simulate lid open            # erases the keys
  cardamom journal verify

Ctrl-C ends it.""")
    try:
        while rig.terminal is not None and rig.terminal.poll() is None:
            time.sleep(0.2)
    except KeyboardInterrupt:
        _line("stopping ...")


def _reader(reader: str) -> str:
    return "pcscd's virtual reader" if reader == "pcsc" else "in-process reader"


def _count(folder: Path, pattern: str) -> int:
    return sum(1 for _ in folder.glob(pattern))


def _say(began: float, text: str) -> None:
    _line(f"{time.monotonic() - began:7.3f} s  {text}")


def _line(text: str) -> None:
    sys.stdout.write(text + "\n")
    sys.stdout.flush()


def _interrupt(*_: Any) -> None:
    raise KeyboardInterrupt
