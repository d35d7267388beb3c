"""Blocks that slips share: head, card, numbers, chip data, foot."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import tzinfo
from typing import Final

from cardamom.receipts.letters import printable
from cardamom.receipts.sheet import Sheet
from cardamom.texts.slips import WORDS, Words
from cardamom.values.events import Chip
from cardamom.values.merchant import Merchant
from cardamom.values.money import Money
from cardamom.values.record import Record
from cardamom.values.secret import MASK, mask_pan
from cardamom.values.states import TAKEN, State

_CRYPTOGRAM: Final = {0x00: "AAC", 0x40: "TC", 0x80: "ARQC"}
"""By bits 8 and 7 of the Cryptogram Information Data (EMV 4.4 Book 3, table 15)."""
_HELD: Final = TAKEN | {State.ADVICE_REFUSED}
"""Approved, whatever the host says later."""


@dataclass(frozen=True, slots=True)
class Slip:
    """What the blocks of one slip are made from."""

    sheet: Sheet
    record: Record
    merchant: Merchant
    words: Words
    zone: tzinfo | None
    original: Record | None = None
    """What a void or refund undoes."""

    @property
    def amount(self) -> str:
        return money(self.record.amount)

    @property
    def e_receipt(self) -> str:
        """Its address, or nothing where the merchant has none or the host gave no RRN."""
        record = self.record
        if not self.merchant.receipt_url or record.rrn is None:
            return ""
        return self.merchant.receipt_url.format(
            terminal=record.terminal_id,
            batch=f"{record.batch:06}",
            stan=f"{record.stan or 0:06}",
            rrn=record.rrn,
        )


def money(amount: Money) -> str:
    """`￥1,288.00`: the sign where printers have it, else the currency's code."""
    sign = printable(amount.unit.sign)
    if not sign.isascii() and sign not in "￥￡":
        sign = f"{amount.currency} "
    return sign + amount.digits(grouped=True)


def head(slip: Slip, copy: str, *, again: bool = False) -> None:
    """`again`: this copy was printed before."""
    sheet, words, merchant, record = slip.sheet, slip.words, slip.merchant, slip.record
    mode_bar(sheet, merchant)
    sheet.headline(merchant.name(merchant.language))
    sheet.centred(words.copies[copy])
    if again:
        sheet.bar(words.reprint)
    sheet.solid()
    sheet.pair(words.merchant_no, record.merchant_id)
    sheet.pair(words.terminal_no, record.terminal_id)
    sheet.pair(words.operator, record.operator)
    sheet.dashed()


def foot(slip: Slip) -> None:
    mode_bar(slip.sheet, slip.merchant, foot=True)


def mode_bar(sheet: Sheet, merchant: Merchant, *, foot: bool = False) -> None:
    """The inverse bar of everything that is not production, at head and foot."""
    words = WORDS[merchant.language]
    bars = {
        "demo": (words.demo_head, words.demo_foot),
        "training": (words.training_head, words.training_foot),
    }
    if merchant.mode in bars:
        sheet.bar(bars[merchant.mode][foot])


def card(slip: Slip, *, last4: bool = False, banks: bool = True) -> None:
    sheet, words, record = slip.sheet, slip.words, slip.record
    if record.card:
        sheet.pair(words.card, masked(record.card, last4=last4))
    if record.entry:
        sheet.pair(words.entry, words.entries[record.entry])
    if banks:
        if record.issuer:
            sheet.pair(words.issuer, record.issuer)
        sheet.pair(words.acquirer, slip.merchant.acquirer(slip.merchant.language))


def masked(number: str, *, last4: bool) -> str:
    """A masked number as a slip may show it; one that came unmasked is masked here."""
    if number.isdigit():
        number = mask_pan(number)
    return MASK * (len(number) - 4) + number[-4:] if last4 else number


def numbers(slip: Slip) -> None:
    sheet, words, record = slip.sheet, slip.words, slip.record
    if record.auth_code and record.state in _HELD:
        sheet.pair(words.auth_code, record.auth_code)
    if record.stan is None:
        sheet.pair(words.batch, f"{record.batch:06}")
        sheet.pair(words.serial, str(record.txn))
    else:
        sheet.pair(words.batch_trace, f"{record.batch:06} / {record.stan:06}")
    if record.rrn:
        sheet.pair(words.rrn, record.rrn)
    if record.balance is not None:
        sheet.pair(words.balance, money(record.balance))
    sheet.pair(words.date_time, _stamp(slip, record))
    original = slip.original
    if original is not None:
        sheet.dashed()
        if original.stan is not None:
            sheet.pair(words.original_trace, f"{original.batch:06} / {original.stan:06}")
        sheet.pair(words.original_time, _stamp(slip, original))


def _stamp(slip: Slip, record: Record) -> str:
    at = (record.requested_at or record.started_at).astimezone(slip.zone)
    return f"{at:%Y-%m-%d %H:%M:%S}"


def chip(slip: Slip) -> None:
    """On approvals and on declines: what a dispute will ask for."""
    sheet, words, record = slip.sheet, slip.words, slip.record
    data = record.chip
    if data is None:
        return
    sheet.dashed()
    sheet.pair(words.application, data.label)
    sheet.pair("AID", data.aid)
    if data.cryptogram:
        sheet.pair(_cryptogram_name(data), data.cryptogram)
    sheet.pair(f"TVR {data.tvr}", f"TSI {data.tsi}")
    if record.cvm:
        sheet.pair(words.cvm, words.cvms[record.cvm])
    code = arc(data)
    if code:
        sheet.pair("ARC", f"{code} {_who_approved(slip, code)}".rstrip())


def arc(data: Chip) -> str:
    """Tag 8A as its two characters, from hex."""
    try:
        text = bytes.fromhex(data.arc).decode("ascii")
    except ValueError:
        return printable(data.arc)
    return printable(text)


def _who_approved(slip: Slip, code: str) -> str:
    if slip.record.state not in _HELD:
        return ""
    # Y1 and Y3 are the terminal's own (EMV 4.4 Book 4, A6)
    return slip.words.offline if code in ("Y1", "Y3") else slip.words.online


def _cryptogram_name(data: Chip) -> str:
    try:
        return _CRYPTOGRAM.get(int(data.cid, 16) & 0xC0, "AC")
    except ValueError:
        return "AC"
