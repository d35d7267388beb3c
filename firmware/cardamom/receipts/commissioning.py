"""The commissioning slip: what was set, no secrets; key check values, certificate, self-test, and a
line to sign."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, tzinfo

from cardamom.receipts import parts
from cardamom.receipts.lines import Layout, PaperWidth, SignatureLine
from cardamom.receipts.reports import stamp
from cardamom.receipts.sheet import Sheet
from cardamom.texts.commissioning import WORDS, answer_words
from cardamom.texts.selftest import WORDS as TEST_WORDS
from cardamom.values.commissioning import Step
from cardamom.values.merchant import Merchant
from cardamom.values.selftest import HeldKey, SelfTestReport


@dataclass(frozen=True, slots=True)
class Commissioned:
    """What the slip says."""

    at: datetime
    answers: tuple[tuple[Step, str], ...]
    """Without secrets."""
    keys: tuple[HeldKey, ...]
    subject: str
    """Of the certificate; empty where there is none."""
    ends: datetime | None
    sale: str
    """The test sale's amount and trace number; empty where none was taken."""
    sale_approved: bool
    tests: SelfTestReport


def lay_out_commissioning(
    done: Commissioned, merchant: Merchant, *, zone: tzinfo | None, width: PaperWidth = 58
) -> Layout:
    """In the merchant's language, times in `zone`."""
    language = merchant.language
    sheet, words, tests = Sheet(width), WORDS[language], TEST_WORDS[language]
    parts.mode_bar(sheet, merchant)
    sheet.headline(words.slip_title)
    sheet.centred(merchant.name(language))
    sheet.solid()
    sheet.pair(words.set_on, stamp(done.at, zone))
    for step, answer in done.answers:
        sheet.pair(words.steps[step], answer_words(step, answer, language))
    sheet.dashed()
    sheet.left(words.key_check)
    for key in done.keys:
        sheet.pair(key.slot, " ".join(key.check_values) or "-")
    if not done.keys:
        sheet.left(words.no_keys)
    sheet.dashed()
    sheet.pair(words.certificate, done.subject or words.no_certificate)
    if done.ends is not None:
        sheet.pair(words.valid_until, f"{done.ends.astimezone(zone):%Y-%m-%d}")
    sheet.dashed()
    verdict = words.approved if done.sale_approved else words.not_approved
    sheet.pair(words.test_sale, f"{done.sale} {verdict}" if done.sale else words.no_test_sale)
    sheet.dashed()
    sheet.left(words.self_test)
    for result in done.tests.results:
        sheet.pair(tests.parts[result.part], tests.grades[result.grade])
    sheet.solid()
    sheet.left(words.technician)
    sheet.add(SignatureLine())
    parts.mode_bar(sheet, merchant, foot=True)
    return sheet.layout()
