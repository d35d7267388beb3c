"""`cardamom tamper`: the case was opened, and a technician has looked what was changed in it.

clear   takes the alarm away, as root and with the terminal stopped. Keys stay erased: bring them
        in again afterwards (`cardamom keys`, or a master key sealed anew)
show    whether the case was opened, and when
"""

from __future__ import annotations

import argparse
import json
import sys

from cardamom.cli import offline
from cardamom.cli.main import Parser


def main(verb: str, argv: list[str]) -> int:
    """0 where it was done or shown."""
    parser = Parser(
        prog=f"cardamom {verb}",
        description=f"{__doc__ or ''}\n{offline.KEY_HELP.format(verb=verb)}",
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    offline.add_options(parser)
    parser.add_argument("action", choices=("clear", "show"))
    parser.add_argument("--json", action="store_true", help="for a program")
    args = parser.parse_args(argv)
    from cardamom.store.tamper import clear_tampered

    settings = offline.read_settings(args.settings)
    key = offline.journal_key(settings, args.settings, args.journal_key)
    who = offline.operator()
    with offline.stopped(settings, args.settings, key) as books:
        cleared = args.action == "clear" and clear_tampered(books, who, offline.now())
        tampered, last = books.tampered(), books.opened_at()
    when = f"{last:%Y-%m-%d %H:%M:%S} UTC" if last is not None else None
    if args.json:
        told = {"tampered": tampered, "opened_at": when, "cleared": cleared}
        sys.stdout.write(json.dumps(told) + "\n")
    elif cleared:
        sys.stdout.write(
            f"cleared: the case was opened at {when}. Now close it, bring the keys in again "
            "(`cardamom keys`) and start the terminal\n"
        )
    elif tampered:
        sys.stdout.write(f"the case was opened at {when}: keys are erased, payment is refused\n")
    elif when is not None:
        sys.stdout.write(f"the case was last opened at {when}, and that was cleared\n")
    else:
        sys.stdout.write("the case was never opened\n")
    return 0
