"""What each slip says."""

from __future__ import annotations

import re
from datetime import UTC, datetime
from typing import get_args

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from cardamom.receipts.layout import UnknownCopyError, lay_out
from cardamom.receipts.letters import columns
from cardamom.receipts.lines import CELL_W, Bar, Box, Hatch, Layout, PaperWidth, Qr, Row
from cardamom.receipts.parts import masked, money
from cardamom.receipts.reports import lay_out_report
from cardamom.receipts.samples import NAMES, ZONE, approved, merchant, sample
from cardamom.values.events import Chip, CvmUsed, Reason
from cardamom.values.kinds import Kind
from cardamom.values.merchant import Language
from cardamom.values.money import CURRENCIES, MAX_MINOR, Money
from cardamom.values.record import Record
from cardamom.values.report import HostTotals, Report, ReportKind, ReportRow
from cardamom.values.states import State
from cardamom.values.totals import Totals

LANGUAGES = list(Language)
COPIES = ("merchant", "customer", "declined", "unknown", "parked", "reversed")
WIDTHS: tuple[PaperWidth, ...] = (58, 80)


def change(record: Record, **fields: object) -> Record:
    return msgspec.structs.replace(record, **fields)


def slip(record: Record, copy: str, language: Language = Language.EN) -> Layout:
    return lay_out(record, merchant(language), copy, zone=ZONE)


@pytest.mark.parametrize("language", LANGUAGES)
def test_the_customer_sees_the_last_four_digits_only(language: Language) -> None:
    text = sample("sale-customer", language).text()
    assert "************0128" in text
    assert "622202" not in text


@pytest.mark.parametrize("language", LANGUAGES)
def test_the_merchant_sees_first_six_and_last_four(language: Language) -> None:
    assert "622202******0128" in sample("sale-merchant", language).text()


@given(st.from_regex(r"[0-9]{8,19}", fullmatch=True), st.booleans())
def test_a_number_that_came_unmasked_never_reaches_paper(pan: str, last4: bool) -> None:
    assert pan not in masked(pan, last4=last4)
    shown = slip(change(approved(Language.EN), card=pan), "merchant").text()
    assert pan not in shown


@pytest.mark.parametrize("mode", ["demo", "training"])
@pytest.mark.parametrize("copy", COPIES)
@pytest.mark.parametrize("language", LANGUAGES)
def test_what_is_not_real_says_so_at_head_and_foot(
    mode: str, copy: str, language: Language
) -> None:
    shop = msgspec.structs.replace(merchant(language), mode=mode)
    lines = lay_out(approved(language), shop, copy, zone=ZONE).lines
    for line in (lines[0], lines[-1]):
        assert isinstance(line, Bar)
        assert {"demo": "测试", "training": "培训"}[mode] in line.run.text


def test_a_production_slip_has_no_bars() -> None:
    shop = msgspec.structs.replace(merchant(Language.EN), mode="production")
    for copy in COPIES:
        lines = lay_out(approved(Language.EN), shop, copy, zone=ZONE).lines
        assert not any(isinstance(line, Bar) for line in lines)


@pytest.mark.parametrize("language", LANGUAGES)
def test_unknown_never_reads_as_declined_and_is_no_proof(language: Language) -> None:
    unknown = sample("outcome-unknown", language)
    assert sum(isinstance(line, Hatch) for line in unknown.lines) == 2
    assert not any(isinstance(line, Box) for line in unknown.lines)
    text = unknown.text()
    assert "DECLINED" not in text
    assert "拒绝" not in text
    assert "成功" not in text
    assert ("NOT CHARGE AGAIN" in text) or ("不要再次收款" in text)


def test_only_declined_is_boxed() -> None:
    boxed = [n for n in NAMES if any(isinstance(x, Box) for x in sample(n, Language.EN).lines)]
    assert boxed == ["declined", "refund-declined"]


def test_declined_gives_reason_and_code() -> None:
    assert "Insufficient funds (51)" in sample("declined", Language.EN).text()
    assert "余额不足 (51)" in sample("declined", Language.ZH).text()


def test_declined_by_the_card_has_no_code_and_no_trace() -> None:
    record = change(
        approved(Language.EN),
        state=State.DECLINED,
        reason=Reason.CARD_DECLINED,
        code=None,
        stan=None,
        rrn=None,
        auth_code=None,
    )
    text = slip(record, "declined").text()
    assert "Refused by card\n" in text
    assert "trace" not in text
    assert re.search(r"Batch +000012\n", text)


@pytest.mark.parametrize("reason", list(Reason))
@pytest.mark.parametrize("language", LANGUAGES)
def test_each_reason_has_words_that_fit(reason: Reason, language: Language) -> None:
    for code in (None, "51", "Q9"):
        for copy in ("declined", "unknown"):
            record = change(approved(language), reason=reason, code=code, state=State.DECLINED)
            fits(lay_out(record, merchant(language), copy, zone=ZONE))


@pytest.mark.parametrize(
    ("cvm", "line"),
    [
        (CvmUsed.ONLINE_PIN, "Verified by PIN. No signature"),
        (CvmUsed.OFFLINE_PIN, "Verified by PIN. No signature"),
        (CvmUsed.SIGNATURE, "Cardholder signature"),
        (CvmUsed.NONE, "No PIN or signature needed."),
    ],
)
def test_the_foot_says_how_the_cardholder_was_verified(cvm: CvmUsed, line: str) -> None:
    text = slip(change(approved(Language.EN), cvm=cvm), "merchant").text()
    assert line in text
    assert ("_____" in text) is (cvm is CvmUsed.SIGNATURE)


@pytest.mark.parametrize(
    ("arc", "line"), [("3030", "00 online"), ("5931", "Y1 offline"), ("5933", "Y3 offline")]
)
def test_arc_says_who_approved(arc: str, line: str) -> None:
    chip = approved(Language.EN).chip
    assert chip
    record = change(approved(Language.EN), chip=msgspec.structs.replace(chip, arc=arc))
    assert line in slip(record, "merchant").text()


@pytest.mark.parametrize(
    ("cid", "name"), [("40", "TC "), ("00", "AAC"), ("80", "ARQC"), ("", "AC")]
)
def test_the_cryptogram_goes_by_its_type(cid: str, name: str) -> None:
    chip = approved(Language.EN).chip
    assert chip
    record = change(approved(Language.EN), chip=msgspec.structs.replace(chip, cid=cid))
    assert re.search(rf"^{name} +8F3A6C21D09B7E54$", slip(record, "merchant").text(), re.MULTILINE)


def test_time_is_the_merchants() -> None:
    assert "2025-11-22 13:37:05" in sample("sale-merchant", Language.EN).text()


def test_no_address_no_code() -> None:
    shop = msgspec.structs.replace(merchant(Language.EN), receipt_url="")
    layout = lay_out(approved(Language.EN), shop, "customer", zone=ZONE)
    assert not any(isinstance(line, Qr) for line in layout.lines)
    assert "e-receipt" not in layout.text()


def test_the_code_leads_to_this_receipt() -> None:
    codes = [x for x in sample("sale-customer", Language.EN).lines if isinstance(x, Qr)]
    assert codes == [Qr("cardamom.test/532613000345")]


def test_a_slip_nobody_knows_is_a_fault() -> None:
    with pytest.raises(UnknownCopyError, match="merchant, customer, declined, unknown"):
        slip(approved(Language.EN), "poster")


def test_signs_only_where_printers_have_them() -> None:
    shown = {
        code: money(Money(123_456, code)) for code in ("CNY", "JPY", "EUR", "GBP", "THB", "HKD")
    }
    assert shown == {
        "CNY": "￥1,234.56",
        "JPY": "￥123,456",
        "EUR": "EUR 1,234.56",
        "GBP": "￡1,234.56",
        "THB": "THB 1,234.56",
        "HKD": "HK$1,234.56",
    }


def fits(layout: Layout) -> None:
    """Every run inside the paper, none over another."""
    for line in layout.lines:
        runs = line.runs if isinstance(line, Row) else ()
        if isinstance(line, Bar | Box):
            runs = (line.run,)
        x = 0
        for run in runs:
            assert run.x >= x, run
            x = run.x + columns(run.text) * run.wide * CELL_W
        assert x <= layout.dots, line


words = st.text(max_size=60)


@given(
    amount=st.builds(Money, st.integers(0, MAX_MINOR), st.sampled_from(sorted(CURRENCIES))),
    name=words,
    label=words,
    issuer=words,
    aid=words,
    language=st.sampled_from(LANGUAGES),
    width=st.sampled_from(get_args(PaperWidth)),
    copy=st.sampled_from(COPIES),
)
def test_whatever_the_words_nothing_is_cut_or_overlaps(
    amount: Money,
    name: str,
    label: str,
    issuer: str,
    aid: str,
    language: Language,
    width: PaperWidth,
    copy: str,
) -> None:
    chip = Chip(aid=aid, label=label, cryptogram=aid, cid=aid[:2], tvr=label, tsi=aid, arc=aid)
    record = change(approved(language), amount=amount, issuer=issuer, chip=chip)
    shop = msgspec.structs.replace(merchant(language), name_en=name, name_zh=name)
    layout = lay_out(record, shop, copy, zone=ZONE, width=width)
    fits(layout)
    assert amount.digits(grouped=True) in layout.text()


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("copy", COPIES)
def test_a_copy_that_was_printed_before_says_so(copy: str, language: Language) -> None:
    mark = "重印"
    once = approved(language)
    assert mark not in slip(once, copy, language).text()
    again = change(once, receipts_printed=("other", copy))
    assert mark in slip(again, copy, language).text()
    assert mark not in slip(change(once, receipts_printed=("other",)), copy, language).text()


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("name", ["void-merchant", "void-customer", "refund-merchant"])
def test_a_void_and_a_refund_name_their_original(name: str, language: Language) -> None:
    text = sample(name, language).text()
    assert "000012 / 000346" in text
    assert "000012 / 000345" in text


@pytest.mark.parametrize("language", LANGUAGES)
def test_a_parked_slip_says_what_to_do_and_with_what(language: Language) -> None:
    parked = sample("parked", language)
    assert sum(isinstance(line, Hatch) for line in parked.lines) == 2
    assert not any(isinstance(line, Box) for line in parked.lines)
    for fact in ("127.0.0.1:5000", "000345", "622202******0128", "128.00"):
        assert fact in parked.text()


@pytest.mark.parametrize("width", WIDTHS)
@pytest.mark.parametrize("language", LANGUAGES)
@given(data=st.data())
def test_a_report_is_never_cut(data: st.DataObject, language: Language, width: PaperWidth) -> None:
    """However large its sums, on whichever side of zero."""
    minor = data.draw(st.integers(0, MAX_MINOR))
    currency = data.draw(st.sampled_from(sorted(CURRENCIES)))
    kind = data.draw(st.sampled_from(Kind))
    report = Report(
        kind=ReportKind.Z,
        batch=999_999,
        operator="01",
        at=datetime(2025, 11, 22, tzinfo=UTC),
        rows=(ReportRow(kind=kind, currency=currency, count=999_999, minor=minor),),
        totals=(Totals(currency=currency, credits=999_999, credit_minor=minor),),
        host=(HostTotals(currency=currency, code="95", agreed=False),),
        opened=1,
    )
    layout = lay_out_report(report, merchant(language), zone=ZONE, width=width)
    for line in layout.lines:
        for run in line.runs if isinstance(line, Row) else ():
            assert run.x >= 0
            assert run.x + columns(run.text) * CELL_W * run.wide <= layout.dots
    amount = Money(minor, currency).digits(grouped=True)
    assert layout.text().count(amount) >= 2


def test_a_slip_that_waited_until_the_reversal_was_done_says_that() -> None:
    unknown = change(approved(Language.EN), state=State.REVERSED, reason=Reason.NO_ANSWER)
    assert slip(unknown, "unknown").text() == slip(unknown, "reversed").text()


def test_times_of_a_report_are_local_with_their_offset() -> None:
    assert "2025-11-22 22:00:14 +08:00" in sample("report-z", Language.EN).text()
