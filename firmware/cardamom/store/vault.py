"""Card data at rest: what a reversal needs of the card, sealed so that it can be destroyed.

Each record's data is under AES-256-GCM with a data key of its own; the data key is under the
terminal's master key in the same way. Both are bound to the sequence number of the event that read
the card. To erase is to destroy the wrapped data key.
"""

from __future__ import annotations

import hashlib
import hmac
import os
from dataclasses import dataclass
from pathlib import Path
from typing import Final

import msgspec

from cardamom.faults import JournalFault
from cardamom.values.alarms import Cause
from cardamom.values.online import CardData
from cardamom.values.secret import Key, Pan

KEY_SIZE: Final = 32
_NONCE: Final = 12


class KeyTrouble(JournalFault):
    """A key is not at hand, not this board's, or used up. `cause`: the alarm that it is."""

    doubtful = False

    def __init__(self, text: str, cause: Cause = Cause.KEY_LOST) -> None:
        super().__init__(text)
        self.cause = cause


def read_key(path: Path) -> Key:
    """The master key in `path`: 64 hexadecimal digits, white space around them is ignored.

    Raises KeyTrouble with what to do; the file's content is never told.
    """
    try:
        text = path.read_bytes()
    except OSError as e:
        raise KeyTrouble(
            f"the journal key {path} cannot be read ({e.strerror}): hand it over as a credential"
        ) from None
    try:
        key = bytes.fromhex(text.strip().decode("ascii"))
    except ValueError:
        key = b""
    if len(key) != KEY_SIZE:
        raise KeyTrouble(f"the journal key {path} is not {2 * KEY_SIZE} hexadecimal digits")
    return Key(key)


@dataclass(frozen=True, slots=True)
class Sealed:
    """Sealed card data: `digest` SHA-256 of `data` in hex, `wrapped` its data key."""

    digest: str
    data: bytes
    wrapped: bytes


class _Inside(msgspec.Struct, frozen=True, array_like=True):
    """What is sealed. Track data and PIN have no place here."""

    pan: str
    expiry: str
    psn: int | None

    def __repr__(self) -> str:
        return "<_Inside hidden>"


class Vault:
    """Seals and opens under one master key. `key_id` tells keys apart and gives nothing away."""

    def __init__(self, master: Key) -> None:
        # a heavy import: here, so that no sale waits for it
        from cryptography.exceptions import InvalidTag
        from cryptography.hazmat.primitives.ciphers.aead import AESGCM

        self._cipher = AESGCM
        self._bad = InvalidTag
        self.key_id = hashlib.sha256(b"cardamom journal key" + master.reveal()).hexdigest()[:16]
        self._master = master
        self._tell = hmac.digest(master.reveal(), b"cardamom card hash", "sha256")
        self._lock = hmac.digest(master.reveal(), b"cardamom keyring", "sha256")

    def hash_of(self, pan: Pan) -> str:
        """Tells the same card again: HMAC-SHA-256 under a key of its own, 32 hex digits. A plain
        hash of a number could be searched in minutes."""
        return hmac.digest(self._tell, pan.reveal().encode(), "sha256")[:16].hex()

    def seal(self, card: CardData, seq: int) -> Sealed:
        """Number, expiry and sequence number of the card, for the event `seq`."""
        key = os.urandom(KEY_SIZE)
        inside = msgspec.json.encode(_Inside(card.pan.reveal(), card.expiry, card.psn))
        data = self._encrypt(key, inside, _bound(seq, b"data"))
        wrapped = self._encrypt(self._master.reveal(), key, _bound(seq, b"key"))
        return Sealed(digest_of(data), data, wrapped)

    def open(self, seq: int, data: bytes, wrapped: bytes) -> CardData:
        """What `seal` was given, without track 2. Raises JournalFault."""
        try:
            key = self._decrypt(self._master.reveal(), wrapped, _bound(seq, b"key"))
            inside = msgspec.json.decode(
                self._decrypt(key, data, _bound(seq, b"data")), type=_Inside
            )
            return CardData(Pan(inside.pan), inside.expiry, inside.psn)
        except (self._bad, ValueError, msgspec.MsgspecError):
            raise JournalFault(
                "the sealed card data cannot be opened: it or the journal key was changed"
            ) from None

    def lock(self, plain: bytes, bound: bytes) -> bytes:
        """Seals what is destroyed as a whole, for what `bound` names."""
        return self._encrypt(self._lock, plain, bound)

    def unlock(self, sealed: bytes, bound: bytes) -> bytes:
        """What `lock` was given. Raises KeyTrouble."""
        try:
            return self._decrypt(self._lock, sealed, bound)
        except (self._bad, ValueError):
            raise KeyTrouble(
                "a sealed key cannot be opened: it was changed; inject the keys again"
            ) from None

    def _encrypt(self, key: bytes, plain: bytes, bound: bytes) -> bytes:
        nonce = os.urandom(_NONCE)
        return nonce + self._cipher(key).encrypt(nonce, plain, bound)

    def _decrypt(self, key: bytes, sealed: bytes, bound: bytes) -> bytes:
        return self._cipher(key).decrypt(sealed[:_NONCE], sealed[_NONCE:], bound)


def digest_of(data: bytes) -> str:
    """What the chain keeps of sealed data."""
    return hashlib.sha256(data).hexdigest()


def _bound(seq: int, what: bytes) -> bytes:
    return b"cardamom card " + what + seq.to_bytes(8, "big")
