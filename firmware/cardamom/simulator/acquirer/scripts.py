"""Issuer scripts in words, and as templates for one card (EMV 4.4 Book 3, 6.5 and 10.10).

In words: the template, 71 or 72, the command, and for put-data tag and value, as
`72 put-data 9F58 05`. Each becomes a script of its own, numbered from 1 in its identifier. Commands
bear a MAC of secure messaging format 2 (Book 2, 9.2), by another library than the card's.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Final

from cardamom.engines import tlv
from cardamom.values.secret import Key

HEADERS: Final = {
    "application-block": "841E0000",
    "application-unblock": "84180000",
    "card-block": "84160000",
    "pin-unblock": "84240000",
}
PATTERN: Final = (
    r"^7[12] (application-block|application-unblock|card-block|pin-unblock"
    r"|put-data [0-9A-F]{4} ([0-9A-F]{2})+)$"
)
MAC_SIZE: Final = 8


@dataclass(frozen=True, slots=True)
class CardSession:
    """What the request told of the card, and its issuer's key for script MACs. `atc` 2 bytes,
    `arqc` 8."""

    master: Key
    pan: str = field(repr=False)
    psn: int
    atc: bytes
    arqc: bytes


def templates(scripts: Sequence[str], session: CardSession) -> bytes:
    """The scripts as they stand in field 55. Each matches PATTERN."""
    return b"".join(
        _template(words, number, session) for number, words in enumerate(scripts, start=1)
    )


def _template(words: str, number: int, session: CardSession) -> bytes:
    if re.match(PATTERN, words) is None:
        raise ValueError(f"{words!r} is no script")
    template, name, *arguments = words.split()
    header, body = bytes.fromhex(HEADERS.get(name, "")), b""
    if name == "put-data":
        tag, value = arguments
        header, body = bytes.fromhex("04DA" + tag), bytes.fromhex(value)
    command = _command(header, body, session)
    objects = ((0x9F18, number.to_bytes(4)), (0x86, command))
    return tlv.encode(int(template, 16), tlv.encode_all(objects))


def _command(header: bytes, body: bytes, session: CardSession) -> bytes:
    from pyemv import kd, sm

    head = header + bytes((len(body) + MAC_SIZE,))
    card = kd.derive_icc_mk_a(session.master.reveal(), session.pan, f"{session.psn:02d}")
    key = kd.derive_common_sk(card, session.arqc)
    mac: bytes = sm.generate_command_mac(key, head + session.atc + session.arqc + body)
    return head + body + mac
