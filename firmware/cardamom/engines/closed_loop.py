"""Closed-loop cards: a member's or prepaid account on a storage tag, signed by the merchant.

One NDEF record of an external type (NFC Forum RTD 1.0, 2.2). Its payload, all of it signed with
Ed25519 (RFC 8032) behind a label:

    version 1 | key 4 | issue 1 | valid until 2 | UID size 1 | UID | digits 1 | number
    | signature 64

`key` names the merchant's key: the first bytes of SHA-256 over the public key. `issue` counts the
cards that one account has had. `valid until` is a month, YYMM in BCD. The number is BCD, an odd one
padded with F. The record names its tag's UID, so that one copied onto another tag is told apart.
That stops no tag that lies about its UID: such tags are sold.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from enum import Enum
from hashlib import sha256
from typing import Final

from cardamom.engines.ndef import NdefRecord, Tnf
from cardamom.values.secret import Pan

TYPE: Final = b"cardamom.invalid:card"
"""An external type begins with a domain of its maker's; this one is nobody's (RFC 2606, 2)."""
VERSION: Final = 1
LABEL: Final = b"cardamom closed-loop card\x01"
UID_SIZES: Final = (4, 7, 10)
"""ISO/IEC 14443-3, 6.5.4."""
RANDOM_UID: Final = 0x08
"""First byte of a 4-byte UID that is made anew each time (ISO/IEC 14443-3, 6.5.4)."""
KEY_ID: Final = 4
SIGNATURE: Final = 64
SHORTEST, LONGEST = 13, 19
"""Digits: a shorter number would print wholly masked and could not be told apart."""
HEAD: Final = 9


class Flaw(Enum):
    """Why a tag is no card of this merchant."""

    NO_RECORD = "no such record"
    MALFORMED = "the record is malformed"
    OTHER_KEY = "signed by another key"
    FORGED = "the signature does not hold"
    OTHER_NUMBER = "the number is none of this merchant's"
    COPIED = "the record was made for another tag"


class ClosedLoopError(ValueError):
    """The tag is no card of this merchant. The text never holds the record."""

    def __init__(self, flaw: Flaw) -> None:
        super().__init__(flaw.value)
        self.flaw = flaw


@dataclass(frozen=True, slots=True)
class ClosedLoopCard:
    """What the merchant signed. `until`: the last month, YYMM."""

    number: Pan
    issue: int
    until: str
    uid: bytes = field(repr=False)

    def expired(self, today: date) -> bool:
        return self.until < f"{today:%y%m}"


def key_id(public: bytes) -> bytes:
    """How a record names the merchant's key; `public`: its 32 bytes."""
    return sha256(public).digest()[:KEY_ID]


def account_number(digits: str, prefixes: Sequence[str]) -> Pan:
    """A number that a card may have: 13 to 19 digits with their check digit (ISO/IEC 7812-1,
    annex B), of one of the merchant's own ranges. Raises ValueError."""
    if not (digits.isascii() and digits.isdigit() and SHORTEST <= len(digits) <= LONGEST):
        raise ValueError(f"an account number has {SHORTEST} to {LONGEST} digits")
    if check_digit(digits[:-1]) != digits[-1]:
        raise ValueError("the account number's check digit is wrong")
    if not digits.startswith(tuple(prefixes)):
        raise ValueError("the account number is of no range of closed_loop.prefixes")
    return Pan(digits)


def check_digit(digits: str) -> str:
    """The digit that goes behind them."""
    doubled = (int(d) * (2 - i % 2) for i, d in enumerate(reversed(digits)))
    return str(-sum(d - 9 if d > 9 else d for d in doubled) % 10)


def unsigned(card: ClosedLoopCard, key: bytes) -> bytes:
    """The payload without its signature; `key`: the key's name. Raises ValueError for what no
    record can say."""
    if len(card.uid) not in UID_SIZES or (len(card.uid) == 4 and card.uid[0] == RANDOM_UID):
        raise ValueError("the tag's UID is made anew each time: it cannot be a card")
    digits = card.number.reveal()
    account_number(digits, ("",))
    if not 0 <= card.issue <= 99:
        raise ValueError("the issue is 0 to 99")
    if not _is_month(card.until):
        raise ValueError("the card is valid until a month, YYMM")
    return (
        bytes((VERSION,))
        + key
        + bytes((card.issue,))
        + bytes.fromhex(card.until)
        + bytes((len(card.uid),))
        + card.uid
        + bytes((len(digits),))
        + bytes.fromhex(digits + "F" * (len(digits) % 2))
    )


def message(payload: bytes) -> bytes:
    """The NDEF message of one short record (NFC Data Exchange Format 1.0, 3.2)."""
    begin_end_short = 0xD0
    return bytes((begin_end_short | Tnf.EXTERNAL, len(TYPE), len(payload))) + TYPE + payload


def signed(card: ClosedLoopCard, private: bytes) -> bytes:
    """The NDEF message for the card's tag; `private`: the merchant's 32 bytes.

    Raises ValueError.
    """
    from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

    key = Ed25519PrivateKey.from_private_bytes(private)
    said = unsigned(card, key_id(key.public_key().public_bytes_raw()))
    return message(said + key.sign(LABEL + said))


def card_of(
    records: Iterable[NdefRecord],
    uid: bytes,
    keys: Mapping[bytes, bytes],
    prefixes: Sequence[str],
) -> ClosedLoopCard:
    """The card that a tag with this UID is. `keys`: the merchant's public keys by their names.

    Raises ClosedLoopError. Whether it has expired is the caller's question.
    """
    found = [r for r in records if r.tnf is Tnf.EXTERNAL and r.kind.lower() == TYPE]
    if not found:
        raise ClosedLoopError(Flaw.NO_RECORD)
    if len(found) > 1:
        raise ClosedLoopError(Flaw.MALFORMED)
    payload = found[0].payload
    card = _parsed(payload)
    public = keys.get(payload[1 : 1 + KEY_ID])
    if public is None:
        raise ClosedLoopError(Flaw.OTHER_KEY)
    if not _holds(public, payload):
        raise ClosedLoopError(Flaw.FORGED)
    if not card.number.reveal().startswith(tuple(prefixes)):
        raise ClosedLoopError(Flaw.OTHER_NUMBER)
    if card.uid != uid:
        raise ClosedLoopError(Flaw.COPIED)
    return card


def _parsed(payload: bytes) -> ClosedLoopCard:
    """One way to say each thing: what is read and written again is the same bytes."""
    said, wrong = payload[:-SIGNATURE], ClosedLoopError(Flaw.MALFORMED)
    if len(said) <= HEAD or said[0] != VERSION:
        raise wrong
    at = HEAD + said[HEAD - 1]
    if len(said) <= at:
        raise wrong
    digits = said[at + 1 :].hex().upper()[: said[at]]
    try:
        card = ClosedLoopCard(Pan(digits), said[5], said[6:8].hex(), said[HEAD:at])
        again = unsigned(card, said[1 : 1 + KEY_ID])
    except ValueError:
        raise wrong from None
    if again != said:
        raise wrong
    return card


def _holds(public: bytes, payload: bytes) -> bool:
    from cryptography.exceptions import InvalidSignature
    from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey

    said, signature = payload[:-SIGNATURE], payload[-SIGNATURE:]
    try:
        Ed25519PublicKey.from_public_bytes(public).verify(signature, LABEL + said)
    except InvalidSignature:
        return False
    return True


def _is_month(text: str) -> bool:
    return len(text) == 4 and text.isascii() and text.isdigit() and "01" <= text[2:] <= "12"
