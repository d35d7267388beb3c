"""The slips that the design draws: invented shop, test card, and each outcome."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime
from typing import Final
from zoneinfo import ZoneInfo

import msgspec

from cardamom.receipts.commissioning_sample import commissioning
from cardamom.receipts.layout import lay_out
from cardamom.receipts.lines import Layout, PaperWidth
from cardamom.receipts.reports import lay_out_report
from cardamom.values.events import Chip, CvmUsed, Entry, Reason, Tender, Verdict
from cardamom.values.kinds import Kind
from cardamom.values.merchant import Language, Merchant
from cardamom.values.money import Money
from cardamom.values.record import Delivery, Record
from cardamom.values.report import (
    HostTotals,
    Report,
    ReportItem,
    ReportKind,
    ReportRow,
    WithoutHost,
)
from cardamom.values.states import State
from cardamom.values.totals import Totals

ZONE: Final = ZoneInfo("Asia/Shanghai")
_AT: Final = datetime(2025, 11, 22, 5, 37, 5, tzinfo=UTC)
_LATER: Final = datetime(2025, 11, 22, 6, 2, 41, tzinfo=UTC)
_CLOSED: Final = datetime(2025, 11, 22, 14, 0, 14, tzinfo=UTC)
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
        merchant_id="898310058120001",
        terminal_id="10203040",
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


def _by_member_card(language: Language) -> Record:
    return msgspec.structs.replace(
        approved(language),
        entry=Entry.TAG,
        tender=Tender.CLOSED_LOOP,
        card="999001******0010",
        issuer=None,
        cvm=None,
        chip=None,
        balance=Money(7_166, "CNY"),
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


def _unanswered(record: Record) -> Record:
    return msgspec.structs.replace(
        record,
        state=State.REVERSING,
        reason=Reason.NO_ANSWER,
        code=None,
        verdict=None,
        auth_code=None,
        rrn=None,
    )


def _unknown(language: Language) -> Record:
    return _unanswered(approved(language))


def _void(language: Language) -> Record:
    return msgspec.structs.replace(
        approved(language),
        txn=2,
        kind=Kind.VOID,
        original=1,
        entry=Entry.ORIGINAL,
        stan=346,
        rrn="532613000346",
        auth_code="B2C3D4",
        requested_at=_LATER,
        cvm=None,
        chip=None,
    )


def _refund(language: Language) -> Record:
    return msgspec.structs.replace(_void(language), kind=Kind.REFUND, amount=Money(4_800, "CNY"))


def _refund_declined(language: Language) -> Record:
    return msgspec.structs.replace(
        _refund(language),
        state=State.DECLINED,
        reason=Reason.HOST_DECLINED,
        code="61",
        verdict=Verdict.DECLINED,
        auth_code=None,
    )


def _void_unknown(language: Language) -> Record:
    return _unanswered(_void(language))


def _offline(language: Language) -> Record:
    return msgspec.structs.replace(
        approved(language),
        state=State.OFFLINE_APPROVED,
        stan=None,
        requested_at=None,
        host=None,
        code=None,
        verdict=None,
        auth_code=None,
        rrn=None,
        cvm=CvmUsed.OFFLINE_PIN,
        chip=msgspec.structs.replace(_CHIP, arc="5933"),
    )


def _parked(language: Language) -> Record:
    return msgspec.structs.replace(
        _unknown(language),
        state=State.PARKED,
        parked_why="refused 5 times",
        owed=Delivery(stan=350, sent_at=_AT, tried_at=_LATER, attempts=6, refusals=5, code="12"),
    )


def _reversed(language: Language) -> Record:
    return msgspec.structs.replace(_unknown(language), state=State.REVERSED)


def _again(language: Language) -> Record:
    return msgspec.structs.replace(approved(language), receipts_printed=("merchant", "customer"))


def _totals() -> Totals:
    return Totals(
        currency="CNY",
        debits=42,
        debit_minor=538_600,
        debit_reversals=1,
        debit_reversal_minor=12_800,
        credits=2,
        credit_minor=9_650,
    )


def _x_report() -> Report:
    """With one of each item that a person must know of."""
    items = (
        (1, Kind.SALE, State.REVERSING),
        (2, Kind.SALE, State.QUERYING),
        (3, Kind.SALE, State.OFFLINE_APPROVED),
        (4, Kind.REFUND, State.PARKED),
    )
    return Report(
        kind=ReportKind.X,
        batch=12,
        operator="01",
        at=_CLOSED,
        since=_AT,
        rows=(
            ReportRow(kind=Kind.SALE, currency="CNY", count=42, minor=538_600),
            ReportRow(kind=Kind.VOID, currency="CNY", count=1, minor=12_800),
            ReportRow(kind=Kind.REFUND, currency="CNY", count=2, minor=9_650),
        ),
        totals=(_totals(),),
        items=tuple(
            ReportItem(txn=n, kind=kind, amount=Money(12_800, "CNY"), stan=344 + n, state=state)
            for n, kind, state in items
        ),
    )


def _z_report() -> Report:
    agreed = HostTotals(currency="CNY", code="00", agreed=True)
    return msgspec.structs.replace(
        _x_report(), kind=ReportKind.Z, items=(), host=(agreed,), opened=13
    )


def _z_differing() -> Report:
    """Two currencies, totals that differed, an item closed by a supervisor, printed again."""
    report = _z_report()
    closed = ReportItem(
        txn=1,
        kind=Kind.SALE,
        amount=Money(12_800, "CNY"),
        stan=345,
        state=State.CLOSED,
        reference="T-20251122-7",
        taken=True,
    )
    rows = (
        *report.rows,
        ReportRow(kind=Kind.SALE, currency="HKD", count=1, minor=9_999_999_900),
        ReportRow(kind=Kind.REFUND, currency="HKD", count=1, minor=9_999_999_901),
    )
    other = Totals(
        currency="HKD",
        debits=1,
        debit_minor=9_999_999_900,
        credits=1,
        credit_minor=9_999_999_901,
    )
    host = (*report.host, HostTotals(currency="HKD", code="95", agreed=False))
    return msgspec.structs.replace(
        report,
        rows=rows,
        totals=(*report.totals, other),
        items=(closed,),
        host=host,
        uploaded=47,
        reprint=True,
    )


def _z_without_host() -> Report:
    """The host went on refusing the totals: no verdict, a supervisor closed the batch."""
    alone = WithoutHost(operator="supervisor", reference="CALL-4711", code="03")
    return msgspec.structs.replace(_z_report(), host=(), without_host=alone)


def _z_empty() -> Report:
    return Report(kind=ReportKind.Z, batch=13, operator="01", at=_CLOSED, opened=14)


_SAMPLES: Final[dict[str, tuple[Callable[[Language], Record], str]]] = {
    "sale-merchant": (approved, "merchant"),
    "sale-customer": (approved, "customer"),
    "sale-signature": (_signed, "merchant"),
    "sale-again": (_again, "customer"),
    "sale-offline": (_offline, "merchant"),
    "sale-member-card": (_by_member_card, "customer"),
    "declined": (_declined, "declined"),
    "outcome-unknown": (_unknown, "unknown"),
    "parked": (_parked, "parked"),
    "reversed": (_reversed, "reversed"),
    "void-merchant": (_void, "merchant"),
    "void-customer": (_void, "customer"),
    "void-unknown": (_void_unknown, "unknown"),
    "refund-merchant": (_refund, "merchant"),
    "refund-declined": (_refund_declined, "declined"),
}
_REPORTS: Final[dict[str, Callable[[], Report]]] = {
    "report-x": _x_report,
    "report-z": _z_report,
    "report-z-differing": _z_differing,
    "report-z-without-host": _z_without_host,
    "report-z-empty": _z_empty,
}
NAMES: Final = (*_SAMPLES, "commissioning", *_REPORTS)


def sample(name: str, language: Language, width: PaperWidth = 58) -> Layout:
    """The slip or report called `name` in NAMES."""
    shop = merchant(language)
    if name == "commissioning":
        return commissioning(shop, width)
    if name in _REPORTS:
        return lay_out_report(_REPORTS[name](), shop, zone=ZONE, width=width)
    make, copy = _SAMPLES[name]
    record = make(language)
    original = approved(language) if record.original is not None else None
    return lay_out(record, shop, copy, zone=ZONE, width=width, original=original)
