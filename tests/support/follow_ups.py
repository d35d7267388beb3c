"""What follows the sale of support/messages.py, and what refers to it, with fixed numbers."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path

import msgspec

from cardamom.values.events import Chip, Entry
from cardamom.values.kinds import Kind
from cardamom.values.online import CardData, OnlineRequest, Purpose, TotalsRequest
from cardamom.values.record import Delivery, Record
from cardamom.values.secret import Pan
from cardamom.values.states import State
from cardamom.values.totals import Totals
from support.messages import AT, ICC, PAN, record

UNIONPAY = Path(__file__).parents[2] / "config" / "acquirers" / "unionpay.toml"
LATER = AT + timedelta(seconds=90)
"""When the first attempt of what follows was committed."""
SEALED = CardData(pan=Pan(PAN), expiry="4912", psn=1)
"""What is kept of a card: no track data."""
RRN, AUTH = "260331000042", "A1B2C3"
SCRIPTS = "1011223344"
"""One issuer script's result (EMV 4.4 Book 4, A5)."""


def approved(**changes: object) -> Record:
    """The sale, approved by the host."""
    done = {"state": State.APPROVED, "code": "00", "rrn": RRN, "auth_code": AUTH}
    return msgspec.structs.replace(record(), **{**done, **changes})


def offline(**changes: object) -> Record:
    """The sale, approved by the card alone while the host was away."""
    chip = Chip(aid="A000000333010101", label="", tvr="", tsi="", arc="5933")
    done = {"state": State.OFFLINE_APPROVED, "chip": chip}
    return msgspec.structs.replace(record(), **{**done, **changes})


def delivery(stan: int = 43, attempts: int = 1, ksn: str = "") -> Delivery:
    return Delivery(
        stan=stan,
        sent_at=LATER,
        tried_at=LATER + timedelta(minutes=attempts),
        attempts=attempts,
        ksn=ksn,
    )


def follow(
    purpose: Purpose, of: Record, *, stan: int = 43, attempts: int = 1, ksn: str = ""
) -> OnlineRequest:
    return OnlineRequest(
        record=of,
        card=SEALED,
        tags=ICC,
        purpose=purpose,
        delivery=delivery(stan, attempts, ksn),
    )


def undo(kind: Kind, *, minor: int = 1234, original: Record | None = None) -> OnlineRequest:
    """A void or refund of the sale, under trace number 50, half an hour later."""
    at = AT + timedelta(minutes=30)
    own = msgspec.structs.replace(
        record(stan=50, minor=minor, at=at), txn=8, kind=kind, entry=Entry.ORIGINAL, original=7
    )
    return OnlineRequest(own, SEALED, original=original or approved())


def totals(*, end: bool = False) -> TotalsRequest:
    """Two sales of 12.34 in all, of which one was taken back, and a refund of 3.00."""
    return TotalsRequest(
        batch=3,
        totals=Totals(
            currency="CNY",
            debits=2,
            debit_minor=1234,
            debit_reversals=1,
            debit_reversal_minor=234,
            credits=1,
            credit_minor=300,
        ),
        terminal_id="10000001",
        merchant_id="104110058120001",
        stan=60,
        sent_at=LATER,
        end=end,
    )


def bitmap(numbers: list[int]) -> str:
    """The bitmap in hex: bit 1 says that a second one follows (ISO 8583:1987, 4.2)."""
    width = 128 if max(numbers) > 64 else 64
    bits = {*numbers, *([1] if width == 128 else [])}
    return f"{sum(1 << (width - n) for n in bits):0{width // 4}X}"
