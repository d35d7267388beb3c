"""`cardamom message describe`: any message of any profile, field by field, masked."""

from __future__ import annotations

import json
import re
import sys
from pathlib import Path
from typing import Any

from cardamom.cli.main import FAULT, Parser
from cardamom.engines.iso8583.codec import Codec, Message, MessageError
from cardamom.engines.iso8583.describe import Shown, describe, meaning, shown
from cardamom.engines.iso8583.envelope import Envelope, open_envelope
from cardamom.engines.iso8583.profile import Profile
from cardamom.settings.profile import DEFAULT, find_message_profile

EXAMPLES = """\
Card numbers show their first 6 and last 4 digits; expiry, track data, PIN, keys and MAC are hidden.
The length, TPDU and header before a message are cut off where they are there.

  cardamom message describe 0026303830303832323030303030303030303030303034...
  cardamom message describe --profile unionpay capture.hex
  xxd -p message.bin | cardamom message describe --profile my-host.toml --json -
"""


def main(verb: str, argv: list[str]) -> int:
    """0, or 30 where nothing can be read."""
    import argparse

    parser = Parser(
        prog=f"cardamom {verb}",
        epilog=EXAMPLES,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument("action", choices=("describe",))
    parser.add_argument(
        "message", help="hex digits, a file of hex or bytes, or - for standard input"
    )
    parser.add_argument(
        "--profile",
        default=DEFAULT,
        help="a profile's file or name: iso8583-1987, unionpay, dukpt-tdes, dukpt-aes",
    )
    parser.add_argument("--json", action="store_true", help="print JSON with stable keys")
    args = parser.parse_args(argv)
    profile = find_message_profile(args.profile)
    try:
        envelope, message = read(_bytes(args.message), Codec(profile))
    except (MessageError, OSError) as e:
        why = e.strerror if isinstance(e, OSError) else str(e)
        sys.stderr.write(f"cardamom: {why}\n")
        return FAULT
    if args.json:
        told = as_json(envelope, message, profile)
        sys.stdout.write(json.dumps(told, ensure_ascii=False, indent=2) + "\n")
    else:
        sys.stdout.write("".join(f"{line}\n" for line in _lines(envelope, message, profile)))
    return 0


def read(given: bytes, codec: Codec) -> tuple[Envelope, Message]:
    """From hex digits, else from the bytes themselves. Raises MessageError, of the digits unless
    they do not even begin as a message."""
    digits = re.sub(rb"0[xX]|[\s:,-]", b"", given)
    if not digits or len(digits) % 2 or re.fullmatch(rb"[0-9A-Fa-f]*", digits) is None:
        return open_envelope(given.rstrip(b"\r\n") if given.isascii() else given, codec)
    failed: list[MessageError] = []
    for raw in (bytes.fromhex(digits.decode()), given.rstrip(b"\r\n")):
        try:
            return open_envelope(raw, codec)
        except MessageError as e:
            failed.append(e)
    raise failed[0] if failed[0].byte else failed[1]


def as_json(envelope: Envelope, message: Message, profile: Profile) -> dict[str, Any]:
    """Stable keys for scripts."""
    return {
        "profile": profile.name,
        "length": envelope.length,
        "tpdu": envelope.tpdu,
        "header": envelope.header,
        "type": message.mti,
        "meaning": meaning(message.mti),
        "fields": [
            {"field": int(field.label), **_told(field)} for field in shown(message, profile)
        ],
    }


def _told(item: Shown) -> dict[str, Any]:
    told: dict[str, Any] = {"name": item.name, "value": item.value}
    tags = [{"tag": p.label, **_told(p)} for p in item.parts if p.label]
    parts = [_told(p) for p in item.parts if not p.label]
    return {**told, **({"tags": tags} if tags else {}), **({"parts": parts} if parts else {})}


def _lines(envelope: Envelope, message: Message, profile: Profile) -> list[str]:
    before = [
        *([f"length {envelope.length}"] if envelope.length is not None else []),
        *([f"TPDU {envelope.tpdu}"] if envelope.tpdu else []),
        *([f"header {envelope.header}"] if envelope.header else []),
    ]
    return [*(["  ".join(before)] if before else []), *describe(message, profile)]


def _bytes(given: str) -> bytes:
    if given == "-":
        return sys.stdin.buffer.read()
    try:
        there = Path(given).is_file()
    except (OSError, ValueError):  # hex is too long for a name
        there = False
    return Path(given).read_bytes() if there else given.encode()
