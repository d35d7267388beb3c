"""X and Z reports, from a Report to lines."""

from __future__ import annotations

from datetime import datetime, tzinfo

from cardamom.receipts import parts
from cardamom.receipts.lines import Layout, PaperWidth
from cardamom.receipts.sheet import Sheet
from cardamom.texts.reports import WORDS, Words, item_words
from cardamom.texts.slips import WORDS as SLIP_WORDS
from cardamom.values.merchant import Merchant
from cardamom.values.money import Money
from cardamom.values.report import Report, ReportItem, ReportKind
from cardamom.values.states import State


def lay_out_report(
    report: Report, merchant: Merchant, *, zone: tzinfo | None, width: PaperWidth = 58
) -> Layout:
    """One report in the merchant's language, times in `zone` (None: the machine's) with offset."""
    sheet, words = Sheet(width), WORDS[merchant.language]
    _head(sheet, report, merchant)
    sheet.headline(words.title[report.kind])
    sheet.centred(words.below[report.kind])
    sheet.pair(words.batch, f"{report.batch:06}")
    if report.since is not None:
        sheet.pair(words.since, stamp(report.since, zone))
    sheet.pair(words.time, stamp(report.at, zone))
    sheet.dashed()
    _totals(sheet, report, merchant, words)
    _host(sheet, report, words)
    sheet.pair(words.reversals, str(_count(report, State.REVERSING)))
    sheet.pair(words.unknown, str(len(report.pending) - _count(report, State.REVERSING)))
    sheet.pair(words.advices, str(len(report.advices)))
    sheet.pair(words.waiting, str(len(report.waiting)))
    for item in report.items:
        _item(sheet, item, merchant, words)
    sheet.dashed()
    if report.opened is not None:
        sheet.centred(words.opened.format(batch=report.opened))
    else:
        sheet.centred(words.still_open.format(batch=report.batch))
    parts.mode_bar(sheet, merchant, foot=True)
    return sheet.layout()


def _head(sheet: Sheet, report: Report, merchant: Merchant) -> None:
    words = SLIP_WORDS[merchant.language]
    parts.mode_bar(sheet, merchant)
    sheet.headline(merchant.name(merchant.language))
    if report.reprint:
        sheet.bar(words.reprint)
    sheet.solid()
    for label, value in (
        (words.merchant_no, merchant.merchant_id),
        (words.terminal_no, merchant.terminal_id),
        (words.operator, report.operator),
    ):
        if value:
            sheet.pair(label, value)
    sheet.dashed()


def _totals(sheet: Sheet, report: Report, merchant: Merchant, words: Words) -> None:
    """A table a currency, its sum below it."""
    kinds = SLIP_WORDS[merchant.language].kinds_plain
    if not report.totals:
        sheet.centred(words.nothing)
        sheet.dashed()
    for totals in report.totals:
        amount = words.amount if len(report.totals) == 1 else f"{words.amount} {totals.currency}"
        sheet.triple(words.type, words.count, amount)
        sheet.dashed()
        count = 0
        for row in report.rows:
            if row.currency == totals.currency:
                digits = Money(row.minor, row.currency).digits(grouped=True)
                sign = "-" if row.sign < 0 else ""
                sheet.triple(kinds[row.kind], str(row.count), sign + digits)
                count += row.count
        sheet.solid()
        sheet.amount(f"{words.total} {count}", signed(totals.net_minor, totals.currency))
        sheet.dashed()


def signed(minor: int, currency: str) -> str:
    """An amount that may be negative, as slips set it."""
    return ("-" if minor < 0 else "") + parts.money(Money(abs(minor), currency))


def _host(sheet: Sheet, report: Report, words: Words) -> None:
    for totals in report.host:
        label = words.host if len(report.host) == 1 else f"{words.host} {totals.currency}"
        verdict = words.agree if totals.agreed else words.differ.format(code=totals.code)
        sheet.pair(label, verdict)
    if report.kind is ReportKind.Z and report.uploaded:
        sheet.pair(words.uploaded, str(report.uploaded))
    for refused in report.upload_refused:
        sheet.pair(words.upload_refused, refused)
    if (alone := report.without_host) is not None:
        if report.host:
            sheet.dashed()
        sheet.left(words.without_host)
        sheet.pair(words.host_reference, alone.reference)
        sheet.pair(words.host_code, alone.code)
        sheet.pair(words.closed_by, alone.operator)
        sheet.dashed()


def _item(sheet: Sheet, item: ReportItem, merchant: Merchant, words: Words) -> None:
    kinds = SLIP_WORDS[merchant.language].kinds_plain
    sheet.dashed()
    sheet.left(item_words(item.state, merchant.language))
    sheet.pair(kinds[item.kind], parts.money(item.amount))
    if item.stan is not None:
        sheet.pair(words.trace, f"{item.stan:06}")
    if item.reference is not None:
        sheet.pair(words.host_reference, item.reference)
    if item.taken is not None:
        sheet.left(words.taken if item.taken else words.not_taken)


def _count(report: Report, state: State) -> int:
    return sum(1 for item in report.items if item.state is state)


def stamp(at: datetime, zone: tzinfo | None) -> str:
    """A time as reports have it, with its offset."""
    local = at.astimezone(zone)
    offset = f"{local:%z}"  # %:z came with Python 3.12
    return f"{local:%Y-%m-%d %H:%M:%S} {offset[:3]}:{offset[3:5]}"
