"""Specimens of what people ask for beside a sale, and of what the terminal tells unasked."""

from __future__ import annotations

from datetime import datetime, timedelta, timezone
from typing import Final

from cardamom.ui.specimen import AMOUNT, LARGE, OFFLINE, VISITED, Specimen
from cardamom.values.account_screens import (
    BatchFull,
    NothingToReprint,
    OwedList,
    OwedRow,
    ReportShown,
)
from cardamom.values.alarms import Cause
from cardamom.values.events import Reason
from cardamom.values.kinds import Kind
from cardamom.values.money import Money
from cardamom.values.notices import (
    AlarmShown,
    KeysUnopened,
    OtherReader,
    SettingsRefused,
    Stopping,
)
from cardamom.values.operations import MENU, Operation
from cardamom.values.report import Report, ReportItem, ReportKind, ReportRow
from cardamom.values.screens import (
    EnterPasscode,
    FindOriginal,
    Menu,
    RefundAmount,
    Settled,
    SettlementRefused,
    SettleRefusal,
    SettleStep,
    Settling,
    ShowOriginal,
)
from cardamom.values.states import State
from cardamom.values.totals import Totals

AT: Final = datetime(2025, 11, 22, 13, 37, 5, tzinfo=timezone(timedelta(hours=8)))
CARD: Final = "622202******0128"
TOTALS: Final = Totals(
    currency="CNY",
    debits=42,
    debit_minor=538_600,
    debit_reversals=1,
    debit_reversal_minor=12_800,
    credits=2,
    credit_minor=9_650,
)
OTHER: Final = Totals(currency="HKD", debits=3, debit_minor=30_000, credits=4, credit_minor=45_000)
YEN: Final = Totals(currency="JPY", debits=12, debit_minor=1_234_567)
ROWS: Final = (
    ReportRow(kind=Kind.SALE, currency="CNY", count=42, minor=538_600),
    ReportRow(kind=Kind.VOID, currency="CNY", count=1, minor=12_800),
    ReportRow(kind=Kind.REFUND, currency="CNY", count=2, minor=9_650),
)


def _item(txn: int, state: State) -> ReportItem:
    return ReportItem(txn=txn, kind=Kind.SALE, amount=AMOUNT, stan=344 + txn, state=state)


REPORT: Final = Report(
    kind=ReportKind.X,
    batch=12,
    operator="01",
    at=AT,
    since=AT,
    rows=ROWS,
    totals=(TOTALS,),
    items=(_item(1, State.REVERSING), _item(2, State.OFFLINE_APPROVED), _item(3, State.PARKED)),
)
EMPTY: Final = Report(kind=ReportKind.X, batch=13, operator="01", at=AT)
MANY: Final = Report(
    kind=ReportKind.Z, batch=12, operator="01", at=AT, totals=(TOTALS, OTHER, YEN), opened=13
)
OWED: Final = tuple(
    OwedRow(amount, 345 + n, state)
    for n, (amount, state) in enumerate(
        (
            (AMOUNT, State.PARKED),
            (LARGE, State.REVERSING),
            (Money(4_800, "CNY"), State.QUERYING),
            (AMOUNT, State.OFFLINE_APPROVED),
            (AMOUNT, State.ADVICE_REFUSED),
        )
    )
)

DESK: Final[dict[str, Specimen]] = {
    "17-menu": Specimen(Menu(MENU, 2, 1)),
    "17-menu-support": Specimen(Menu((Operation.END_SUPPORT, *MENU), 0), VISITED),
    "17-menu-second-page": Specimen(Menu(MENU, 4)),
    "17-owed": Specimen(OwedList(OWED, 1)),
    "17-owed-nothing": Specimen(OwedList(())),
    "19-settlement": Specimen(Settling(12, SettleStep.UPLOAD, 128, 340)),
    "19-settlement-totals": Specimen(Settling(12, SettleStep.TOTALS)),
    "19-settlement-waiting": Specimen(Settling(12, SettleStep.TOTALS, waiting=True), OFFLINE),
    "19-settlement-host": Specimen(
        Settling(12, SettleStep.UPLOAD, 1, 340, waiting=True, code="95")
    ),
    "25-settled": Specimen(Settled(12, (TOTALS,))),
    "25-settled-differing": Specimen(Settled(12, (TOTALS, OTHER, YEN), uploaded=340)),
    "25-settled-empty": Specimen(Settled(12, ())),
    "26-settlement-refused": Specimen(SettlementRefused(SettleRefusal.OPEN, 2)),
    "26-settlement-owed": Specimen(SettlementRefused(SettleRefusal.OWED, 12)),
    "26-settlement-parked": Specimen(SettlementRefused(SettleRefusal.PARKED, 1)),
    "26-settlement-no-host": Specimen(SettlementRefused(SettleRefusal.NO_HOST), OFFLINE),
    "27-report": Specimen(ReportShown(REPORT)),
    "27-report-empty": Specimen(ReportShown(EMPTY)),
    "27-report-currencies": Specimen(ReportShown(MANY)),
    "28-find-original": Specimen(FindOriginal(Kind.VOID, "345")),
    "28-find-original-none": Specimen(
        FindOriginal(Kind.REFUND, "999999", Reason.ORIGINAL_NOT_FOUND)
    ),
    "29-show-original": Specimen(ShowOriginal(Kind.VOID, AMOUNT, AMOUNT, 345, CARD, AT)),
    "29-show-original-left": Specimen(
        ShowOriginal(Kind.REFUND, LARGE, AMOUNT, 345, CARD + "123", AT)
    ),
    "29-show-original-refused": Specimen(
        ShowOriginal(Kind.VOID, AMOUNT, AMOUNT, 345, CARD, AT, Reason.ORIGINAL_SETTLED)
    ),
    "30-refund-amount": Specimen(RefundAmount(Money(4_800, "CNY"), AMOUNT)),
    "30-refund-amount-over": Specimen(RefundAmount(AMOUNT, AMOUNT, refused=True)),
    "31-passcode": Specimen(EnterPasscode(Operation.VOID, 4)),
    "31-passcode-wrong": Specimen(EnterPasscode(Operation.SETTLE_PARKED, 0, wrong=True)),
    "31-passcode-wait": Specimen(EnterPasscode(Operation.REFUND, 0, wrong=True, wait_s=28)),
    "32-batch-full": Specimen(BatchFull(500)),
    "33-nothing-to-reprint": Specimen(NothingToReprint(Operation.REPRINT)),
    "33-nothing-settled": Specimen(NothingToReprint(Operation.Z_REPORT)),
    "34-alarm-parked": Specimen(AlarmShown(Cause.PARKED, AMOUNT, 345)),
    **{
        f"34-alarm-{cause.value.replace('_', '-')}": Specimen(AlarmShown(cause))
        for cause in Cause
        if cause is not Cause.PARKED
    },
    "34-alarm-idle": Specimen(AlarmShown(Cause.CLONED, idle=True)),
    "35-stopped": Specimen(Stopping(), OFFLINE),
    "35-restarting": Specimen(Stopping(fault=True), OFFLINE),
    "35-settings-refused": Specimen(
        SettingsRefused(
            "/etc/cardamom/terminal.toml: terminal.timezone: 'Asia/Shangai' is not known here; "
            "expected a name like Asia/Shanghai"
        ),
        OFFLINE,
    ),
    "35-keys-unopened": Specimen(KeysUnopened(), OFFLINE),
    "15-other-reader": Specimen(
        OtherReader("ACS ACR39U", "Identiv uTrust 2700 R Smart Card Reader 00 00"), OFFLINE
    ),
}
"""By name: up to 24 the number is the design's."""
