"""`cardamom tlv`: chip data, every object, bit and code by name."""

from __future__ import annotations

import json
import re
import sys
from pathlib import Path
from typing import Final

from cardamom.cli.main import FAULT, Parser
from cardamom.engines.emv.explain.lines import as_json, lines
from cardamom.engines.emv.explain.objects import (
    DecodeError,
    Node,
    dol_entries,
    name_of,
    objects,
    tag_entries,
    value_node,
)
from cardamom.texts.chip_bits import BITS
from cardamom.values.merchant import Language

KINDS: Final = {
    "tvr": 0x95,
    "tsi": 0x9B,
    "aip": 0x82,
    "afl": 0x94,
    "auc": 0x9F07,
    "cvm": 0x8E,
    "cvm-results": 0x9F34,
    "iad": 0x9F10,
    "cid": 0x9F27,
    "action-code": 0x9F0F,
    "capabilities": 0x9F33,
    "additional-capabilities": 0x9F40,
    "terminal-type": 0x9F35,
    "script-results": 0x9F5B,
    "ttq": 0x9F66,
    "ctq": 0x9F6C,
}
LISTS: Final = ("dol", "tags")

EXAMPLES = """\
Of a card number the first 6 and last 4 digits are shown; tracks, name, expiry and what gives the
number away are hidden. Without --as the bytes are taken for data objects.

  cardamom tlv 9F3303E0F8C8 9505 0000008000
  cardamom tlv --as tvr 0000008000
  cardamom tlv --as dol 9F02069F03069F1A0295055F2A029A039C019F3704
  cardamom tlv --as 9F10 06011203A00000 --lang zh
  xxd -p record.bin | cardamom tlv --json -

KIND: {kinds}, or a tag in hex.
"""


def main(verb: str, argv: list[str]) -> int:
    """0, or 30 where the bytes are not what they are said to be."""
    import argparse

    parser = Parser(
        prog=f"cardamom {verb}",
        epilog=EXAMPLES.format(kinds=", ".join((*KINDS, *LISTS))),
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument(
        "data", nargs="+", help="hex digits, a file of hex or bytes, or - for standard input"
    )
    parser.add_argument("--as", dest="kind", metavar="KIND", help="what the bytes are")
    parser.add_argument("--lang", choices=list(Language), default="en", type=Language)
    parser.add_argument("--json", action="store_true", help="print JSON with stable keys")
    args = parser.parse_args(argv)
    try:
        nodes = decode(_bytes(args.data), args.kind, args.lang)
    except (DecodeError, OSError) as e:
        why = (e.strerror or "cannot be read") if isinstance(e, OSError) else str(e)
        sys.stderr.write(f"cardamom: {why}\n")
        return FAULT
    except LookupError as e:
        parser.error(str(e.args[0]))
    if args.json:
        told = [as_json(node) for node in nodes]
        sys.stdout.write(json.dumps(told, ensure_ascii=False, indent=2) + "\n")
    else:
        sys.stdout.write("".join(f"{line}\n" for line in lines(nodes)))
    return 0


def decode(raw: bytes, kind: str | None, language: Language) -> tuple[Node, ...]:
    """Raises DecodeError naming the byte, LookupError for a kind that does not exist."""
    text = raw.hex().upper()
    if kind is None:
        return objects(text, language)
    if kind == "dol":
        return tuple(dol_entries(raw, language))
    if kind == "tags":
        return tuple(tag_entries(raw, language))
    tag = KINDS.get(kind.lower())
    if tag is None:
        if not re.fullmatch(r"(?:[0-9A-Fa-f]{2}){1,3}", kind):
            raise LookupError(f"there is no kind {kind!r}: see --help")
        tag = int(kind, 16)
    if tag in BITS and len(raw) != BITS[tag].size:
        raise DecodeError(
            f"{name_of(tag, language)} has {BITS[tag].size} bytes, {len(raw)} are there",
            min(len(raw), BITS[tag].size),
        )
    return (value_node(tag, text, language),)


def _bytes(given: list[str]) -> bytes:
    """Hex digits, or the bytes of the one file that is named. Raises DecodeError, OSError."""
    raw = "".join(given).encode()
    if given == ["-"]:
        raw = sys.stdin.buffer.read()
    elif len(given) == 1 and _is_file(given[0]):
        raw = Path(given[0]).read_bytes()
    else:
        return _from_hex(raw.decode())
    text = raw.decode("latin-1")
    return _from_hex(text) if re.fullmatch(r"[0-9A-Fa-fx\s:,-]*", text) else raw


def _is_file(name: str) -> bool:
    try:
        return Path(name).is_file()
    except (OSError, ValueError):  # hex is too long for a name
        return False


def _from_hex(text: str) -> bytes:
    digits = re.sub(r"0[xX]|[\s:,-]", "", text)
    if (wrong := re.search(r"[^0-9A-Fa-f]", digits)) is not None:
        raise DecodeError(f"{wrong[0]!r} is no hex digit", wrong.start() // 2)
    if len(digits) % 2:
        raise DecodeError("the last byte has one digit", len(digits) // 2)
    return bytes.fromhex(digits)
