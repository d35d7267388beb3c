"""The command line. Each verb's module is imported when it is used: a call must start fast."""

from __future__ import annotations

import argparse
import importlib
import resource
import sys
from typing import Final, NoReturn

from cardamom import __version__
from cardamom.faults import Fault

APPROVED: Final = 0
NOT_APPROVED: Final = 10
UNKNOWN: Final = 20
FAULT: Final = 30
"""A fault or wrong use. 1 and 2 mean nothing: a traceback or a typo elsewhere may give them, and a
till takes any code but these as unknown."""

VERBS: Final = {
    "run": ("cardamom.cli.run", "start the terminal"),
    "curtain": ("cardamom.cli.curtain", "draw that the terminal starts again; systemd's part"),
    "status": ("cardamom.cli.ask", "how the terminal and its parts are"),
    "sale": ("cardamom.cli.ask", "take a payment at the running terminal"),
    "cancel": ("cardamom.cli.ask", "cancel a sale that waits for a card or a PIN"),
    "void": ("cardamom.cli.desk", "take a sale of the open batch back"),
    "refund": ("cardamom.cli.desk", "give a sale's amount back, or a part of it"),
    "settle": ("cardamom.cli.desk", "settle the open batch"),
    "report": ("cardamom.cli.desk", "X report of the open batch, Z report of the last one"),
    "reprint": ("cardamom.cli.desk", "print slips once more"),
    "owed": ("cardamom.cli.desk", "what is owed to the host, what waits for a supervisor"),
    "close": ("cardamom.cli.desk", "close a parked transaction by what the host says"),
    "trace": ("cardamom.cli.trace", "messages to and from the host, field by field, masked"),
    "bundle": ("cardamom.cli.bundle", "what support needs, without card data, sealed for it"),
    "logs": ("cardamom.cli.logs", "what the terminal's log says: filter, follow, explain"),
    "metrics": ("cardamom.cli.metrics", "the terminal's numbers, as Prometheus reads them"),
    "selftest": ("cardamom.cli.selftest", "try each part of the terminal, and say where to look"),
    "member": ("cardamom.cli.member", "members and cards of the merchant's own"),
    "passcode": ("cardamom.cli.passcode", "make the supervisor's passcode file"),
    "exceptions": ("cardamom.cli.exceptions", "make the exception list from card numbers"),
    "transactions": ("cardamom.cli.ask", "the newest transactions"),
    "show": ("cardamom.cli.ask", "one transaction"),
    "journal": ("cardamom.cli.journal", "look after the journal"),
    "certificate": (
        "cardamom.cli.certificate",
        "ask for this terminal's certificate, install and renew it",
    ),
    "keys": ("cardamom.cli.keys", "bring keys in, list and erase them; terminal stopped"),
    "tamper": ("cardamom.cli.tamper", "after the case was opened: look, and clear the alarm"),
    "usb": ("cardamom.cli.usb", "which USB devices may work"),
    "firewall": ("cardamom.cli.firewall", "the firewall that the settings ask for"),
    "message": ("cardamom.cli.message", "a message of a host field by field, masked"),
    "explain": ("cardamom.cli.explain", "what happened in a transaction, step by step, and why"),
    "tlv": ("cardamom.cli.tlv", "chip data by name: objects, lists, every bit"),
    "commission": ("cardamom.cli.commission", "set this terminal up; as root"),
    "simulate": ("cardamom.cli.simulate", "cards, keys, acquirer and printer for a desk"),
    "demo": ("cardamom.cli.demo", "the whole terminal on simulated hardware"),
}


class Parser(argparse.ArgumentParser):
    """argparse, but wrong use ends with 30."""

    def error(self, message: str) -> NoReturn:
        self.print_usage(sys.stderr)
        self.exit(FAULT, f"{self.prog}: {message}\n")


def main(argv: list[str] | None = None) -> int:
    """Run one command, the process's own unless it is given; its exit code."""
    if argv is None:
        resource.setrlimit(resource.RLIMIT_CORE, (0, 0))  # keys and card numbers are typed here
    arguments = sys.argv[1:] if argv is None else argv
    verb = arguments[0] if arguments else ""
    if verb in VERBS:
        module = importlib.import_module(VERBS[verb][0])
        try:
            code: int = module.main(verb, arguments[1:])
        except Fault as fault:
            sys.stderr.write(f"cardamom: {fault}\n")
            return FAULT
        return code
    if verb in ("--version", "-V"):
        sys.stdout.write(f"cardamom {__version__}\n")
        return 0
    wanted = verb in ("", "-h", "--help", "help")
    out = sys.stdout if wanted else sys.stderr
    if not wanted:
        out.write(f"cardamom: there is no command {verb!r}\n")
    out.write("usage: cardamom COMMAND [...]\n\n")
    for name, (_, about) in VERBS.items():
        out.write(f"  {name:<14}{about}\n")
    out.write(
        "\nExit codes: 0 approved, 10 not approved, 20 outcome unknown, 30 fault or wrong use.\n"
    )
    return 0 if wanted else FAULT


if __name__ == "__main__":
    sys.exit(main())
