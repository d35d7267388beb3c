"""`cardamom passcode`: make the supervisor's passcode file."""

from __future__ import annotations

import argparse
import itertools
import os
import secrets
import sys
from pathlib import Path

from cardamom.cli.ask import passcode as typed
from cardamom.cli.main import FAULT, Parser
from cardamom.faults import Fault

ABOUT = """\
Asks for a passcode of 6 to 12 digits, twice, and writes its hash (scrypt) to FILE, readable by its
owner alone. Name the file in terminal.supervisor_hash_file and restart the terminal. Digits in a
row, fewer than three different ones and the published passcode (246810) are refused."""
EXAMPLE = """\
example:
  cardamom passcode /etc/cardamom/supervisor.hash
"""


def main(verb: str, argv: list[str]) -> int:
    """0 when the file is written, else 30."""
    parser = Parser(
        prog=f"cardamom {verb}",
        description=ABOUT,
        epilog=EXAMPLE,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument("file", type=Path, help="where to write the hash")
    args = parser.parse_args(argv)
    from cardamom.engines.passcode import SALT, TEST_PASSCODE, hash_passcode
    from cardamom.values.secret import Passcode

    first, second = typed(), typed()
    try:
        if first != second:
            raise Fault("the two differ: nothing was written")
        passcode = Passcode(first.encode())
        if passcode == TEST_PASSCODE or _simple(first):
            raise Fault("that passcode is the first one to be tried: choose another")
    except ValueError as e:
        sys.stderr.write(f"cardamom: {e}\n")
        return FAULT
    _write(args.file, hash_passcode(passcode, secrets.token_bytes(SALT)))
    sys.stdout.write(
        f"written to {args.file}: name it in terminal.supervisor_hash_file, make it the daemon's "
        "and restart the terminal\n"
    )
    return 0


def _simple(digits: str) -> bool:
    """One or two digits over and over, or digits in a row up or down."""
    steps = {int(b) - int(a) for a, b in itertools.pairwise(digits)}
    return len(set(digits)) < 3 or steps in ({1}, {-1})


def _write(path: Path, line: str) -> None:
    """Whole or not at all, and never readable by others."""
    beside = path.with_name(f"{path.name}.new")
    try:
        beside.unlink(missing_ok=True)
        with os.fdopen(_open(beside), "w") as file:
            file.write(line + "\n")
            file.flush()
            os.fsync(file.fileno())
        beside.replace(path)
        folder = os.open(path.parent, os.O_RDONLY)
        try:
            os.fsync(folder)  # else a power cut may bring the old passcode back
        finally:
            os.close(folder)
    except OSError as e:
        raise Fault(f"{path} cannot be written: {e.strerror}") from None


def _open(path: Path) -> int:
    return os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
