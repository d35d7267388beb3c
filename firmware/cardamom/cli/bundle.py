"""`cardamom bundle`: what support needs to know of a terminal, without card data, sealed."""

from __future__ import annotations

import argparse
import os
import sys
from datetime import UTC, datetime
from pathlib import Path
from typing import Final

from cardamom.cli.ask import say, socket_option
from cardamom.cli.bundle_parts import Gatherer
from cardamom.cli.bundle_seal import packed, sealed
from cardamom.cli.main import NOT_APPROVED, Parser
from cardamom.faults import Fault

ABOUT: Final = """\
Gathers status, settings without secrets and names, the log, the newest transactions with their
stories, metrics, a self-test, versions and the board's state into one archive, and seals it for
the keys in --to, so that support alone opens it: `age -d -i KEY bundle.age | tar -xz`. A part that
looks as if it held a card number or a track is left out and named. Beside a terminal that does not
run, root's bundle reads its journal."""
RECIPIENTS: Final = Path("/etc/cardamom/support/recipients")
MOST: Final = 100


def main(verb: str, argv: list[str]) -> int:
    """0 sealed whole, 10 sealed without a part that looked suspicious, 30 nothing was made."""
    parser = Parser(
        prog=f"cardamom {verb}",
        description=ABOUT,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument("--out", type=Path, help="the file; without it standard output")
    parser.add_argument(
        "--to", type=Path, default=RECIPIENTS, help="support's keys: age or SSH, one a line"
    )
    parser.add_argument("--settings", type=Path, default=Path("/etc/cardamom/terminal.toml"))
    parser.add_argument(
        "--last", type=int, choices=range(MOST + 1), default=20, metavar="N", help="transactions"
    )
    parser.add_argument("--no-self-test", action="store_true", help="try no part of the terminal")
    socket_option(parser)
    args = parser.parse_args(argv)
    if args.out is None and os.isatty(sys.stdout.fileno()):
        raise Fault("a bundle is no text: write it to a file, as `ssh HOST bundle > terminal.age`")
    if not args.to.is_file():
        raise Fault(
            f"{args.to} is missing: a bundle is sealed for support's keys, so put their age or SSH "
            "public keys there, one a line"
        )
    gatherer = Gatherer(args.socket, args.settings, args.last, self_test=not args.no_self_test)
    content, left_out = packed(gatherer.parts(), gatherer.known, datetime.now(UTC))
    box = sealed(content, args.to)
    if args.out is None:
        sys.stdout.buffer.write(box)
        sys.stdout.buffer.flush()
    else:
        _write(args.out, box)
        say(f"{args.out}: {len(box)} bytes, sealed for {args.to}", err=True)
    for name, why in left_out.items():
        say(f"left out: {name}, because {why}", err=True)
    return NOT_APPROVED if left_out else 0


def _write(path: Path, box: bytes) -> None:
    """Raises Fault."""
    try:
        fd = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC, 0o600)
        with os.fdopen(fd, "wb") as file:
            file.write(box)
    except OSError as e:
        raise Fault(f"{path} cannot be written: {e.strerror}") from None
