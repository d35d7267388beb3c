"""`cardamom simulate pn532`: a contactless chip of its own, commanded on standard input."""

from __future__ import annotations

import argparse
import signal
import sys
from pathlib import Path
from typing import Final

from cardamom.simulator.pn532.picc import ATS, ATS_FAST, InField, Manner, Picc
from cardamom.simulator.pn532.simulated import Conditions, SimulatedPn532
from cardamom.simulator.pn532.tags import Type4Tag, type_2
from cardamom.simulator.pn532.times import CHIP_US, Share, Slow
from cardamom.values.contactless import Tech

COMMANDS: Final = (
    "tag UID [MESSAGE], tag4 UID [MESSAGE], take, hang, reset, noise CHANCE, tear BYTE, times, quit"
)
ABOUT: Final = f"""\
A PN532 on a serial line. Give `device` to contactless.device, and put virtual cards in its field:
each connection to `port` is a card of type A, to `port_b` one of type B, as vpcd's cards speak, so
`cardamom simulate card NAME --port PORT` taps one. `tag` lays a storage tag into the field,
with an NDEF message in hex, `tag4` one of Type 4; `take` takes it away. Commands on standard
input: {COMMANDS}.
"""


def main(argv: list[str] | None = None) -> int:
    """Runs until standard input says `quit` or the process is ended."""
    parser = argparse.ArgumentParser(
        prog="cardamom simulate pn532",
        description=ABOUT,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument("--port", type=int, default=0, help="TCP port for type A; 0: a free one")
    parser.add_argument("--port-b", type=int, default=0, help="TCP port for type B; 0: a free one")
    parser.add_argument("--link", type=Path, help="a link to the device, made anew")
    parser.add_argument("--line", action="store_true", help="the serial line takes its time")
    parser.add_argument("--radio", action="store_true", help="radio and chip take their time")
    parser.add_argument("--card-us", type=int, default=0, help="what cards take for a command more")
    parser.add_argument("--chip-us", type=int, default=CHIP_US, help="what the chip takes for one")
    parser.add_argument("--fast", action="store_true", help="cards offer 212, 424 and 848 kbit/s")
    parser.add_argument("--noise", type=float, default=0.0, help="chance that a frame is spoilt")
    parser.add_argument("--seed", type=int, default=0, help="of the noise")
    parser.add_argument("--tear-after", type=int, help="each card leaves with that byte")
    parser.add_argument("--hang-after", type=int, help="hangs after so many commands")
    options = parser.parse_args(argv)
    conditions = Conditions(
        slow=Slow(options.line, options.radio, options.card_us, options.chip_us),
        noise=options.noise,
        seed=options.seed,
        ports=(options.port, options.port_b),
        manner=lambda: Manner(ats=ATS_FAST if options.fast else ATS),
        tear_after=options.tear_after,
        hang_after=options.hang_after,
    )
    with SimulatedPn532(conditions) as simulated:
        if options.link:
            options.link.unlink(missing_ok=True)
            options.link.symlink_to(simulated.device)
        port, port_b = simulated.ports
        _say(f"pn532 ready device={simulated.device} port={port} port_b={port_b}")
        try:
            _serve(simulated)
        except KeyboardInterrupt:
            return 0
        finally:
            if options.link:
                options.link.unlink(missing_ok=True)
    return 0


def _serve(simulated: SimulatedPn532) -> None:
    laid: list[InField] = []
    for line in sys.stdin:
        if line.strip() == "quit":
            return
        _say(_command(simulated, line.split(), laid))
    signal.pause()  # no hand at standard input


def _command(simulated: SimulatedPn532, words: list[str], laid: list[InField]) -> str:
    """`laid`: the tags that were laid into the field; other cards come over TCP."""
    radio = simulated.radio
    try:
        match words:
            case ["hang"]:
                simulated.chip.hung = True
            case ["reset"]:
                simulated.chip.reset()
            case ["noise", chance]:
                radio.noise = float(chance)
            case ["tear", byte]:
                for card in radio.cards():
                    radio.tear(card, int(byte))
            case ["tag" | "tag4" as kind, uid, *message] if len(message) <= 1:
                laid.append(_tag(kind, bytes.fromhex(uid), bytes.fromhex("".join(message))))
                radio.put(laid[-1])
            case ["take"]:
                while laid:
                    radio.take(laid.pop())
            case ["times"]:
                spent = simulated.pace.spent
                return " ".join(f"{share}={spent[share]}us" for share in Share)
            case _:
                return f"commands: {COMMANDS}"
    except ValueError:
        return "expected a number, or hex"
    return "ok"


def _tag(kind: str, uid: bytes, message: bytes) -> InField:
    if kind == "tag":
        return type_2(uid, message)
    return Picc(Tech.A, uid, Type4Tag(message).process)


def _say(text: str) -> None:
    sys.stdout.write(f"{text}\n")
    sys.stdout.flush()


if __name__ == "__main__":
    sys.exit(main())
