"""`cardamom exceptions`: card numbers in, lines of the exception list out."""

from __future__ import annotations

import argparse
import sys
from collections.abc import Iterable
from pathlib import Path

from cardamom.cli.main import FAULT, Parser
from cardamom.faults import Fault
from cardamom.values.secret import Pan

ABOUT = """\
Reads card numbers, one a line, and writes for each the keyed hash that the exception list names it
by: a list without a single card number. Name the list in emv.exception_file, the key in
emv.exception_key_file, and restart the terminal."""
EXAMPLE = """\
example:
  openssl rand -hex 32 > exceptions.key
  cardamom exceptions --key-file exceptions.key < stopped-cards.txt > exceptions.list
"""


def main(verb: str, argv: list[str]) -> int:
    """0 when every line was a card number, else 30 and nothing written."""
    parser = Parser(
        prog=f"cardamom {verb}",
        description=ABOUT,
        epilog=EXAMPLE,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument("--key-file", type=Path, required=True, help="64 hex digits")
    args = parser.parse_args(argv)
    from cardamom.settings.exceptions import KEY_SIZE
    from cardamom.settings.keys import read_key
    from cardamom.values.exceptions import listed_as

    key = read_key(args.key_file, "--key-file", sizes=(KEY_SIZE,), production=False)
    try:
        numbers = list(_numbers(sys.stdin))
    except Fault as fault:
        sys.stderr.write(f"cardamom: {fault}\n")
        return FAULT
    for pan in numbers:
        sys.stdout.write(f"{listed_as(key, pan)}\n")
    return 0


def _numbers(lines: Iterable[str]) -> Iterable[Pan]:
    for number, line in enumerate(lines, start=1):
        text = line.replace(" ", "").strip()
        if not text:
            continue
        try:
            yield Pan(text)
        except ValueError:
            raise Fault(f"line {number} is no card number: nothing was written") from None
