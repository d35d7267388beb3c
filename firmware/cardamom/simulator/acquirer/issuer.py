"""The test issuer: decides on a request as an authorisation host and its HSM would.

What card and issuer agree on (the card's side is simulator/card/crypto.py, on another library):
card keys by option A of the issuer master key, PAN and PAN sequence number (EMV 4.4 Book 2,
A1.4.1); session key by the common session key derivation with the ATC (A1.3.1); the application
cryptogram (8.1) with padding method 2 over 9F02 9F03 9F1A 95 5F2A 9A 9C 9F37 in CDOL1's order,
then 82, 9F36 and 9F10 whole; ARPC by method 1 (8.2.1), in tag 91 with the response code behind it.

A cryptogram counts once, and only for the amount and currency that fields 4 and 49 name.
"""

from __future__ import annotations

import hmac
import secrets
import warnings
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import date
from typing import Final

from cardamom.engines import tlv
from cardamom.simulator.acquirer.accounts import Account
from cardamom.simulator.acquirer.ledger import Ledger
from cardamom.simulator.acquirer.scripts import CardSession, templates
from cardamom.simulator.testdata import IssuerKeys
from cardamom.values.money import BY_NUMBER, Money
from cardamom.values.secret import Key, Pan, Pin

CRYPTOGRAM_DATA: Final = (0x9F02, 0x9F03, 0x9F1A, 0x95, 0x5F2A, 0x9A, 0x9C, 0x9F37, 0x82, 0x9F36)
LENGTHS: Final = (6, 6, 2, 5, 2, 3, 1, 4, 2, 2)
PIN_TRIES: Final = 3

APPROVED: Final = "00"
DO_NOT_HONOUR: Final = "05"
INVALID_TRANSACTION: Final = "12"
INVALID_AMOUNT: Final = "13"
UNKNOWN_CARD: Final = "14"
INSUFFICIENT_FUNDS: Final = "51"
EXPIRED: Final = "54"
WRONG_PIN: Final = "55"
OVER_LIMIT: Final = "61"
PIN_TRIES_EXCEEDED: Final = "75"
BY_STATUS: Final = {"referral": "01", "lost": "41", "stolen": "43", "restricted": "62"}
"""Response codes (ISO 8583:1987, field 39)."""


@dataclass(frozen=True, slots=True)
class Query:
    """What a request tells the issuer. `clear_pin` is None with `pin_present` when the block could
    not be read; `icc` is field 55; `currency` numeric."""

    pan: Pan
    expiry: str | None
    psn: int | None
    amount_minor: int
    currency: str
    clear_pin: Pin | None
    pin_present: bool
    icc: bytes = field(repr=False)
    today: date


@dataclass(frozen=True, slots=True)
class Decision:
    """Field 39, field 38, and tag 91 where the cryptogram was right."""

    code: str
    auth_code: str = ""
    issuer_auth: bytes = b""


class Issuer:
    """Accounts, and what the ledger says was spent from them."""

    def __init__(self, accounts: list[Account], keys: IssuerKeys, ledger: Ledger) -> None:
        self._accounts = {account.pan: account for account in accounts}
        self._keys = keys
        self._ledger = ledger
        self._seen: set[bytes] = set()

    def account_name(self, pan: Pan) -> str:
        """The account's name in the ledger, or nothing."""
        account = self._accounts.get(pan)
        return account.name if account else ""

    def available(self, pan: Pan) -> Money | None:
        """What is left on a prepaid account; None for any other."""
        account = self._accounts.get(pan)
        if account is None or not account.prepaid:
            return None
        return Money(max(0, self._left(account)), account.balance.currency)

    def authorise(self, query: Query) -> Decision:
        """The decision; nothing is booked here but a wrong PIN."""
        account = self._accounts.get(query.pan)
        if account is None:
            return Decision(UNKNOWN_CARD)
        session = None
        if query.icc:
            session = self._session(account, query)
            if session is None:
                return Decision(DO_NOT_HONOUR)
        code = self._decide(account, query)
        auth_code = secrets.token_hex(3).upper() if code == APPROVED else ""
        return Decision(code, auth_code, session.arpc(code) if session else b"")

    def scripts(self, pan: Pan, icc: bytes, words: Sequence[str]) -> bytes:
        """Templates for the card whose cryptogram `icc` brought; none for a card that is none of
        ours or showed none."""
        account = self._accounts.get(pan)
        try:
            tags = dict(tlv.items(icc))
        except tlv.TlvError:
            return b""
        arqc, atc = tags.get(0x9F26, b""), tags.get(0x9F36, b"")
        if account is None or (len(arqc), len(atc)) != (8, 2):
            return b""
        session = CardSession(self._keys.smi, account.pan.reveal(), account.psn, atc, arqc)
        with _old_tdes():
            return templates(words, session)

    def _decide(self, account: Account, query: Query) -> str:
        if account.status in BY_STATUS:
            return BY_STATUS[account.status]
        if account.prepaid and query.psn not in (None, account.psn):
            return BY_STATUS["restricted"]  # of a card that was lost and issued anew
        if _expired(account, query):
            return EXPIRED
        if (code := self._pin(account, query)) is not None:
            return code
        currency = BY_NUMBER.get(query.currency)
        if currency is None or currency.code != account.balance.currency:
            return INVALID_TRANSACTION
        if query.amount_minor == 0:
            return INVALID_AMOUNT
        if query.amount_minor > account.limit.minor:
            return OVER_LIMIT
        return APPROVED if query.amount_minor <= self._left(account) else INSUFFICIENT_FUNDS

    def _left(self, account: Account) -> int:
        currency = account.balance.currency
        return account.balance.minor - self._ledger.spent(account.name, currency)

    def _pin(self, account: Account, query: Query) -> str | None:
        if not query.pin_present:
            return None
        if self._ledger.wrong_pins(account.name) >= PIN_TRIES:
            return PIN_TRIES_EXCEEDED
        right = query.clear_pin is not None and query.clear_pin == account.pin
        self._ledger.note_pin(account.name, right=right)
        return None if right else WRONG_PIN

    def _session(self, account: Account, query: Query) -> _Session | None:
        """The session whose ARQC field 55 proves; None when it does not, or when it has before."""
        try:
            tags = dict(tlv.items(query.icc))
        except tlv.TlvError:
            return None
        arqc, application_data = tags.get(0x9F26, b""), tags.get(0x9F10, b"")
        values = [tags.get(tag, b"") for tag in CRYPTOGRAM_DATA]
        if len(arqc) != 8 or tuple(map(len, values)) != LENGTHS or not application_data:
            return None
        asked = (f"{query.amount_minor:012d}", f"0{query.currency}")
        if (tags[0x9F02].hex(), tags[0x5F2A].hex()) != asked or arqc in self._seen:
            return None
        key = _session_key(self._keys.ac, account, tags[0x9F36])
        if not hmac.compare_digest(_cryptogram(key, b"".join(values) + application_data), arqc):
            return None
        self._seen.add(arqc)
        return _Session(key, arqc)


def _expired(account: Account, query: Query) -> bool:
    """A prepaid account's cards have dates of their own."""
    today = f"{query.today:%y%m}"
    own = (account.expiry, query.expiry or account.expiry)
    return min(own) < today or (not account.prepaid and own[0] != own[1])


@dataclass(frozen=True, slots=True)
class _Session:
    key: Key
    arqc: bytes

    def arpc(self, code: str) -> bytes:
        """Tag 91: ARPC by method 1, then the response code."""
        from pyemv import ac

        with _old_tdes():
            value: bytes = ac.generate_arpc_1(self.key.reveal(), self.arqc, code.encode())
        return value + code.encode()


def _session_key(master: Key, account: Account, atc: bytes) -> Key:
    from pyemv import kd

    with _old_tdes():
        card = kd.derive_icc_mk_a(master.reveal(), account.pan.reveal(), f"{account.psn:02d}")
        return Key(kd.derive_common_sk(card, atc + bytes(6)))


def _cryptogram(key: Key, covered: bytes) -> bytes:
    from pyemv import ac

    with _old_tdes():
        value: bytes = ac.generate_ac(key.reveal(), covered, ac.PaddingType.EMV)
    return value


@contextmanager
def _old_tdes() -> Iterator[None]:
    """pyemv hands 8 and 16-byte TDES keys on, which newer cryptography takes with a warning."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        yield
