"""`cardamom certificate`: this terminal's TLS certificate, from its request to its renewal."""

from __future__ import annotations

import argparse
import json
import os
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

from cardamom.cli import offline
from cardamom.cli.main import Parser
from cardamom.faults import Fault

if TYPE_CHECKING:
    from cardamom.acquirer.enrolment import Enrolled
    from cardamom.acquirer.identity import Identity
    from cardamom.settings.model import Settings

STORE: Final = Path("/etc/credstore.encrypted/cardamom.journal.key")

ABOUT: Final = """\
request  makes a key on this terminal, which never leaves it, and prints the request for its
         certificate (PKCS #10, PEM). Repeated, it prints the one that waits; --new makes another.
install  takes the certificate that the acquirer sent, PEM or DER, with its chain where there is
         one: a file, or - for standard input. The first is in use at once; a renewed one is tried
         beside the one in use and taken over when the host has answered on it.
renew    a request with a new key; the certificate in use stays until the new one is taken over.
status   what is in use, what is being tried, what waits.

The terminal may run meanwhile. The key is enciphered under the journal's key: as root it is found
by itself; elsewhere name it with --journal-key.
"""
EXAMPLE: Final = """\
examples, by USB stick and over SSH:
  sudo cardamom certificate request --out /mnt/terminal.csr
  sudo cardamom certificate install /mnt/terminal.pem
  ssh terminal sudo cardamom certificate request > terminal.csr
  ssh terminal sudo cardamom certificate install - < terminal.pem
"""


def main(verb: str, argv: list[str]) -> int:
    """0 when it was done."""
    parser = Parser(
        prog=f"cardamom {verb}",
        formatter_class=argparse.RawDescriptionHelpFormatter,
        description=ABOUT,
        epilog=EXAMPLE,
    )
    parser.add_argument("action", choices=("request", "install", "status", "renew"))
    parser.add_argument("file", nargs="?", help="install: the acquirer's file, or -")
    parser.add_argument("--new", action="store_true", help="request: with another key")
    parser.add_argument("--out", type=Path, help="request, renew: write the request there")
    parser.add_argument("--json", action="store_true", help="print JSON with stable keys")
    offline.add_options(parser)
    args = parser.parse_args(argv)
    if (args.file is None) == (args.action == "install"):
        parser.error("install takes a file, or - for standard input; the others take none")
    if args.out is not None and args.action not in ("request", "renew"):
        parser.error("--out is for request and renew")
    from cardamom.daemon.identity import identity_of

    settings = offline.read_settings(args.settings)
    identity = identity_of(settings, args.settings, args.journal_key)
    act: Callable[[argparse.Namespace, Settings, Identity], None] = {
        "request": _request,
        "renew": _renew,
        "install": _install,
        "status": _status,
    }[args.action]
    act(args, settings, identity)
    return 0


def _request(args: argparse.Namespace, settings: Settings, identity: Identity) -> None:
    _ask(args, settings, identity, fresh=args.new)


def _renew(args: argparse.Namespace, settings: Settings, identity: Identity) -> None:
    from cardamom.acquirer.identity import NONE_YET

    if not identity.known:
        raise Fault(NONE_YET)
    _ask(args, settings, identity, fresh=args.new)


def _ask(args: argparse.Namespace, settings: Settings, identity: Identity, *, fresh: bool) -> None:
    from cardamom.acquirer.enrolment import Who, fingerprint_of_request

    merchant = settings.merchant
    who = Who(settings.terminal.id, merchant.id, merchant.name_en)
    out = _opened(args.out) if args.out is not None else None
    _as_owner(args, settings, identity)
    csr = identity.slots.request(who, fresh=fresh)
    digest = fingerprint_of_request(csr)
    if out is not None:
        with os.fdopen(out, "wb") as file:
            file.write(csr)
            file.flush()
            os.fsync(file.fileno())
    if args.json:
        _print({"request": csr.decode(), "key_sha256": digest, "file": _text(args.out)})
        return
    if out is None:
        sys.stdout.write(csr.decode())
    where = f"written to {args.out}; " if out is not None else ""
    sys.stderr.write(
        f"{where}terminal {who.terminal_id}, merchant {who.merchant_id}; SHA-256 of the key "
        f"{digest}\nhave the acquirer sign it, then `cardamom certificate install`\n"
    )


def _install(args: argparse.Namespace, settings: Settings, identity: Identity) -> None:
    from cardamom.acquirer.enrolment import LONGEST_BYTES
    from cardamom.acquirer.slots import Slot
    from cardamom.acquirer.tls import BUILT
    from cardamom.settings.testkeys import digests

    try:
        if args.file == "-":
            data = sys.stdin.buffer.read(LONGEST_BYTES + 1)
        else:
            with Path(args.file).open("rb") as file:
                data = file.read(LONGEST_BYTES + 1)
    except OSError as e:
        raise Fault(f"{args.file} cannot be read: {e.strerror}") from None
    try:
        authorities = identity.ca_file.read_bytes()
    except OSError:
        authorities = b""
    _as_owner(args, settings, identity)
    published = digests() if settings.mode == "production" else frozenset()
    enrolled = identity.slots.install(data, offline.now(), BUILT, authorities, published)
    first = not identity.known
    if first:
        identity.take_over()
    if args.json:
        slot = Slot.CURRENT if first else Slot.NEXT
        _print({"slot": slot, **_facts(enrolled), "notes": list(enrolled.notes)})
        return
    sys.stdout.write(_line("current" if first else "next", enrolled))
    for note in enrolled.notes:
        sys.stdout.write(f"note: {note}\n")
    sys.stdout.write(
        "in use from now on\n"
        if first
        else "the terminal tries it on the host within a minute, and takes it over when the host "
        "has answered: see `cardamom certificate status`\n"
    )


def _status(args: argparse.Namespace, _settings: Settings, identity: Identity) -> None:
    told = status_of(identity)
    if args.json:
        _print(told)
        return
    for name, facts in told.items():
        if facts is None:
            continue
        if name == "waiting":
            sys.stdout.write(
                f"waiting   request with key {facts['key_sha256']}: have the acquirer sign it\n"
            )
        else:
            sys.stdout.write(
                f"{name:<10}{facts['subject']}, serial {facts['serial']}, by {facts['issuer']}, "
                f"until {facts['ends']}\n"
            )
    if not any(told.values()):
        from cardamom.acquirer.identity import NONE_YET

        sys.stdout.write(f"{NONE_YET}\n")


def status_of(identity: Identity) -> dict[str, Any]:
    """What each slot holds, None where nothing; `current` may come from the settings' files."""
    from cardamom.acquirer.enrolment import CertificateRefused, described, fingerprint_of_request
    from cardamom.acquirer.slots import Slot

    told: dict[str, Any] = {}
    for slot in (Slot.CURRENT, Slot.NEXT, Slot.PREVIOUS):
        held = identity.slots.described(slot)
        told[slot] = _facts(held) if held is not None else None
    if told[Slot.CURRENT] is None and identity.cert_file is not None:
        try:
            found = described(identity.cert_file.read_bytes())
            told[Slot.CURRENT] = {**_facts(found), "from": str(identity.cert_file)}
        except (OSError, CertificateRefused):
            pass
    csr = identity.slots.waiting()
    told[Slot.WAITING] = {"key_sha256": fingerprint_of_request(csr)} if csr is not None else None
    return told


def _facts(enrolled: Enrolled) -> dict[str, str]:
    return {
        "subject": enrolled.subject,
        "issuer": enrolled.issuer,
        "serial": enrolled.serial,
        "ends": f"{enrolled.ends:%Y-%m-%dT%H:%M:%SZ}",
        "sha256": enrolled.fingerprint,
    }


def _line(slot: str, enrolled: Enrolled) -> str:
    return (
        f"{slot}: {enrolled.subject}, serial {enrolled.serial}, by {enrolled.issuer}, until "
        f"{enrolled.ends:%Y-%m-%d %H:%M} UTC\n"
    )


def _opened(path: Path) -> int:
    """Opened before root becomes the terminal's user, who may not write to a stick."""
    try:
        return os.open(path, os.O_WRONLY | os.O_CREAT | os.O_TRUNC | os.O_CLOEXEC, 0o644)
    except OSError as e:
        raise Fault(f"{path} cannot be written: {e.strerror}") from None


def _as_owner(args: argparse.Namespace, settings: Settings, identity: Identity) -> None:
    """The journal's key while root may read it; then what is written must be the terminal's own."""
    identity.slots.hold(_journal_key(args, settings))
    offline.become_owner(offline.journal_of(settings, args.settings).parent)


def _journal_key(args: argparse.Namespace, settings: Settings) -> Any:
    from cardamom.store.vault import KeyTrouble
    from cardamom.values.secret import Key

    try:
        return offline.journal_key(settings, args.settings, args.journal_key)
    except KeyTrouble:
        if args.journal_key is not None or os.geteuid() != 0 or not STORE.exists():
            raise
    # the daemon does not run, so that systemd has its credentials sealed
    opened = subprocess.run(  # noqa: S603 fixed words
        ["systemd-creds", "decrypt", "--name=journal.key", str(STORE), "-"],  # noqa: S607
        capture_output=True,
        check=False,
    )
    try:
        return Key(bytes.fromhex(opened.stdout.strip().decode("ascii")))
    except ValueError:
        raise Fault(f"{STORE} does not open on this machine: see docs/keys.md") from None


def _text(path: Path | None) -> str | None:
    return str(path) if path is not None else None


def _print(told: dict[str, Any]) -> None:
    sys.stdout.write(json.dumps(told, ensure_ascii=False, indent=2) + "\n")
