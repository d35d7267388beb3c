"""The slips that the design draws: invented shop, test card, and each outcome."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime
from typing import Final
from zoneinfo import ZoneInfo

import msgspec

from cardamom.receipts.layout import lay_out
from cardamom.receipts.lines import Layout, PaperWidth
from cardamom.values.events import Chip, CvmUsed, Entry, Reason, Verdict
from cardamom.values.kinds import Kind
from cardamom.values.merchant import Language, Merchant
from cardamom.values.money import Money
from cardamom.values.record import Record
from cardamom.values.states import State

ZONE: Final = ZoneInfo("Asia/Shanghai")
_AT: Final = datetime(2025, 11, 22, 5, 37, 5, tzinfo=UTC)
_CHIP: Final = Chip(
    aid="F0000001234501",
    label="LAB DEBIT",
    cryptogram="8F3A6C21D09B7E54",
    cid="40",
    tvr="0000008000",
    tsi="E800",
    arc="3030",
)


def merchant(language: Language) -> Merchant:
    return Merchant(
        name_zh="豆蔻小馆",
        name_en="Cardamom Cafe",
        acquirer_zh="测试收单",
        acquirer_en="Lab Acquirer",
        language=language,
        receipt_url="cardamom.test/{rrn}",
    )


def approved(language: Language) -> Record:
    return Record(
        txn=1,
        kind=Kind.SALE,
        amount=Money(12_800, "CNY"),
        batch=12,
        terminal_id="10203040",
        merchant_id="898310058120001",
        operator="01",
        started_at=_AT,
        updated_at=_AT,
        state=State.APPROVED,
        entry=Entry.CHIP,
        card="622202******0128",
        issuer="豆蔻银行" if language is Language.ZH else "Lab Bank",
        stan=345,
        host="127.0.0.1:5000",
        requested_at=_AT,
        code="00",
        verdict=Verdict.APPROVED,
        auth_code="A1B2C3",
        rrn="532613000345",
        cvm=CvmUsed.ONLINE_PIN,
        chip=_CHIP,
        receipts_owed=("merchant", "customer"),
    )


def _signed(language: Language) -> Record:
    return msgspec.structs.replace(
        approved(language), amount=Money(128_800, "CNY"), cvm=CvmUsed.SIGNATURE
    )


def _declined(language: Language) -> Record:
    return msgspec.structs.replace(
        approved(language),
        state=State.DECLINED,
        reason=Reason.HOST_DECLINED,
        code="51",
        verdict=Verdict.DECLINED,
        auth_code=None,
        chip=msgspec.structs.replace(_CHIP, cid="00", arc="3531"),
    )


def _unknown(language: Language) -> Record:
    return msgspec.structs.replace(
        approved(language),
        state=State.REVERSING,
        reason=Reason.NO_ANSWER,
        code=None,
        verdict=None,
        auth_code=None,
        rrn=None,
    )


_SAMPLES: Final[dict[str, tuple[Callable[[Language], Record], str]]] = {
    "sale-merchant": (approved, "merchant"),
    "sale-customer": (approved, "customer"),
    "sale-signature": (_signed, "merchant"),
    "declined": (_declined, "declined"),
    "outcome-unknown": (_unknown, "unknown"),
}
NAMES: Final = tuple(_SAMPLES)


def sample(name: str, language: Language, width: PaperWidth = 58) -> Layout:
    """The slip called `name` in NAMES."""
    record, copy = _SAMPLES[name]
    return lay_out(record(language), merchant(language), copy, zone=ZONE, width=width)
