"""`cardamom member`: the merchant's signing key, members, and their cards."""

from __future__ import annotations

import argparse
import os
import sys
from pathlib import Path
from typing import Any, Final

from cardamom.cli.ask import passcode, print_json, refused, say, socket_option
from cardamom.cli.main import FAULT, Parser
from cardamom.control.client import LostError, NotReachedError, call
from cardamom.faults import Fault

ABOUT: Final = """\
Members and prepaid cards of the merchant's own, on NFC storage tags (NTAG213 and larger). A card
holds a record signed with the merchant's key. The private key belongs on a computer in the office
or on a stick, never on a terminal: whoever has it makes cards. Terminals get FILE.pub, named in
closed_loop.keys. All that changes something at the terminal asks for the supervisor's passcode."""
EXAMPLES: Final = """\
examples:
  cardamom member key club.key                      # makes club.key and club.key.pub
  cardamom member issue 9990010000000010 --key club.key --until 2912 --name "Lin Xiaoyu"
  cardamom member sign 9990010000000010 --key club.key --uid 04A1B2C3D4E5F6 --until 2912
                                                    # no terminal: prints what to write to the tag
  cardamom member show                              # hold the card to the reader
  cardamom member add 9990010000000028 --uid 04112233445566 --name "Chen"
  cardamom member block 9990010000000010
  cardamom member list
"""


def main(verb: str, argv: list[str]) -> int:
    """0 when it is done, else 30."""
    parser = Parser(
        prog=f"cardamom {verb}",
        description=ABOUT,
        epilog=EXAMPLES,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    verbs = parser.add_subparsers(dest="act", required=True, metavar="ACT", parser_class=Parser)
    for name, (_, about) in ACTS.items():
        _arguments(name, verbs.add_parser(name, help=about, description=about))
    args = parser.parse_args(argv)
    return ACTS[args.act][0](args)


def _arguments(name: str, parser: argparse.ArgumentParser) -> None:
    assert isinstance(parser, Parser)  # noqa: S101 parser_class says so
    if name == "key":
        parser.add_argument("file", type=Path, help="where the private key goes; not on a terminal")
        return
    if name != "sign":
        socket_option(parser)
        parser.add_argument("--json", action="store_true", help="print JSON with stable keys")
    if name == "show":
        parser.add_argument("number", nargs="?", help="without it: the card at the reader")
    elif name != "list":
        parser.add_argument("number", help="the account's number, 13 to 19 digits")
    if name in ("sign", "issue"):
        parser.add_argument("--key", type=Path, required=True, help="the merchant's private key")
        parser.add_argument("--issue", type=int, default=0, help="1 for the second card, and so on")
        parser.add_argument("--until", required=True, help="the card's last month, YYMM")
    if name == "sign":
        parser.add_argument("--uid", required=True, help="the tag's, in hex")
    if name == "add":
        parser.add_argument("--uid", help="of a tag that stands for the member, in hex")
        parser.add_argument("--until", help="the last month, YYMM; empty: no end")
    if name in ("issue", "add"):
        parser.add_argument("--name", help="as the screen is to say it")


def make_key(args: Any) -> int:
    """A new key pair; nothing is overwritten."""
    from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
    from cryptography.hazmat.primitives.serialization import (
        BestAvailableEncryption,
        Encoding,
        PrivateFormat,
        PublicFormat,
    )

    from cardamom.engines.closed_loop import key_id

    phrase = _phrase("passphrase for the new key: ")
    if phrase != _phrase("once more: "):
        raise Fault("the two differ: nothing was written")
    if len(phrase) < PHRASE_LEAST:
        raise Fault(f"a passphrase has at least {PHRASE_LEAST} characters: nothing was written")
    key = Ed25519PrivateKey.generate()
    sealed = BestAvailableEncryption(phrase)
    public = key.public_key()
    beside = args.file.with_name(f"{args.file.name}.pub")
    _write(beside, public.public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo), 0o644)
    _write(args.file, key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, sealed), 0o600)
    say(f"key {key_id(public.public_bytes_raw()).hex().upper()} written to {args.file}")
    say(f"keep it off the terminals; name {beside.name} in their closed_loop.keys")
    return 0


def sign(args: Any) -> int:
    """Prints the NDEF message for one tag."""
    say(_signed(args, _hex(args.uid)).hex().upper())
    return 0


def issue(args: Any) -> int:
    """Reads the tag's UID, signs, writes, reads again, registers."""
    key = _private(args.key)
    code = passcode()
    say("hold the new card to the reader, and keep it there", err=True)
    told = _ask(args, op="member_tag", passcode=code)
    if told is None:
        return FAULT
    message = _signed(args, _hex(told["uid"]), key)
    written = _ask(args, op="member_write", uid=told["uid"], message=message.hex(), passcode=code)
    if written is None:
        return FAULT
    if args.name is not None:
        written = _ask(args, op="member_keep", number=args.number, name=args.name, passcode=code)
    return _tell(args, written)


def show(args: Any) -> int:
    if args.number is None:
        say("hold the card to the reader", err=True)
        return _tell(args, _ask(args, op="member_show"))
    return _tell(args, _ask(args, op="member_show", number=args.number))


def listed(args: Any) -> int:
    told = _ask(args, op="members", passcode=passcode())
    if told is None:
        return FAULT
    if args.json:
        print_json(told["members"])
        return 0
    for member in told["members"]:
        say(_line(member))
    if not told["members"]:
        say("no members")
    return 0


def add(args: Any) -> int:
    named = {n: v for n in ("name", "uid", "until") if (v := getattr(args, n)) is not None}
    return _tell(
        args, _ask(args, op="member_keep", number=args.number, passcode=passcode(), **named)
    )


def block(args: Any) -> int:
    return _tell(
        args,
        _ask(
            args,
            op="member_keep",
            number=args.number,
            blocked=args.act == "block",
            passcode=passcode(),
        ),
    )


def remove(args: Any) -> int:
    if _ask(args, op="member_remove", number=args.number, passcode=passcode()) is None:
        return FAULT
    say("removed")
    return 0


def _ask(args: Any, **request: Any) -> dict[str, Any] | None:
    """The answer; None where there is none, which was told then. Somebody has to come with a card
    meanwhile."""
    try:
        answer = call(args.socket, request, timeout_s=WAIT_S)
    except (NotReachedError, LostError) as e:
        refused(args, str(e), nothing_asked=True)
        return None
    if not answer["ok"]:
        refused(args, answer["error"], nothing_asked=answer["nothing_asked"])
        return None
    return answer


def _tell(args: Any, told: dict[str, Any] | None) -> int:
    if told is None:
        return FAULT
    if args.json:
        print_json(told["member"])
        return 0
    member = told["member"]
    say(_line(member))
    if member.get("proved") is False and args.act == "show" and args.number is None:
        say("by its UID alone, which anybody can copy: this proves nothing")
    if member.get("known") is False:
        say("a card of this merchant's, and not among this terminal's members")
    return 0


def _line(member: dict[str, Any]) -> str:
    parts = [member["number"], f"issue {member['issue']}"]
    parts += [f"until {member['until']}"] if member["until"] else []
    parts += ["BLOCKED"] if member["blocked"] else []
    parts += [member["name"]] if member["name"] else []
    return "   ".join(parts)


def _signed(args: Any, uid: bytes, key: bytes | None = None) -> bytes:
    from cardamom.engines.closed_loop import ClosedLoopCard, account_number, signed

    try:
        number = account_number(args.number, ("",))
        card = ClosedLoopCard(number, args.issue, args.until, uid)
        return signed(card, key or _private(args.key))
    except ValueError as e:
        raise Fault(str(e)) from None


def _hex(text: str) -> bytes:
    try:
        return bytes.fromhex(text)
    except ValueError:
        raise Fault("the UID is to be in hex, as 04A1B2C3D4E5F6") from None


def _private(path: Path) -> bytes:
    """The merchant's private key, by its passphrase."""
    from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
    from cryptography.hazmat.primitives.serialization import load_pem_private_key

    try:
        pem = path.read_bytes()
    except OSError as e:
        raise Fault(f"{path} cannot be read: {e.strerror}") from None
    phrase = _phrase(f"passphrase of {path}: ")
    try:
        key = load_pem_private_key(pem, phrase)
    except (ValueError, TypeError):
        raise Fault(f"{path} does not open: the passphrase is wrong, or it is no key") from None
    if not isinstance(key, Ed25519PrivateKey):
        raise Fault(f"{path} is no Ed25519 key: make one with `cardamom member key`")
    return key.private_bytes_raw()


def _phrase(prompt: str) -> bytes:
    """Typed without echo; from a script, a line of its input."""
    if not sys.stdin.isatty():
        return sys.stdin.readline().strip().encode()
    from getpass import getpass

    return getpass(prompt).encode()


def _write(path: Path, content: bytes, mode: int) -> None:
    try:
        with os.fdopen(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, mode), "wb") as file:
            file.write(content)
            file.flush()
            os.fsync(file.fileno())
    except FileExistsError:
        raise Fault(f"{path} is there already: nothing was written over it") from None
    except OSError as e:
        raise Fault(f"{path} cannot be written: {e.strerror}") from None


PHRASE_LEAST: Final = 8
WAIT_S: Final = 660.0
"""Longer than terminal.present_s may be."""
ACTS: Final = {
    "key": (make_key, "make the merchant's signing key"),
    "issue": (issue, "write a card at the terminal's reader"),
    "sign": (sign, "sign a card's record without a terminal, and print it in hex"),
    "show": (show, "whose card it is"),
    "list": (listed, "all members of this terminal"),
    "add": (add, "register a member, or change one"),
    "block": (block, "refuse a member's cards at this terminal"),
    "unblock": (block, "take them again"),
    "remove": (remove, "forget a member"),
}
