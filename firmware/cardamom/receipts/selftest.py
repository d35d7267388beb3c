"""The self-test's slip: each part with its grade and a sentence."""

from __future__ import annotations

from datetime import tzinfo

from cardamom.receipts import parts
from cardamom.receipts.lines import Layout, PaperWidth
from cardamom.receipts.reports import stamp
from cardamom.receipts.sheet import Sheet
from cardamom.texts.selftest import WORDS, sentence
from cardamom.texts.slips import WORDS as SLIP_WORDS
from cardamom.values.merchant import Merchant
from cardamom.values.selftest import Grade, SelfTestReport


def lay_out_self_test(
    report: SelfTestReport, merchant: Merchant, *, zone: tzinfo | None, width: PaperWidth = 58
) -> Layout:
    """In the merchant's language, time in `zone` (None: the machine's) with offset."""
    sheet, words = Sheet(width), WORDS[merchant.language]
    slip_words = SLIP_WORDS[merchant.language]
    parts.mode_bar(sheet, merchant)
    sheet.headline(words.title)
    sheet.pair(slip_words.terminal_no, merchant.terminal_id)
    sheet.left(stamp(report.at, zone))
    sheet.solid()
    for result in report.results:
        sheet.pair(words.parts[result.part], words.grades[result.grade])
        sheet.left(sentence(result, merchant.language))
        sheet.dashed()
    bad = sum(r.grade in (Grade.FAILED, Grade.WARNING) for r in report.results)
    sheet.centred(words.not_well.format(n=bad) if bad else words.well)
    parts.mode_bar(sheet, merchant, foot=True)
    return sheet.layout()
