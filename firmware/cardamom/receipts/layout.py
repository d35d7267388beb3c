"""What each slip says, from record to lines.

Copies by their names in `Record.receipts_owed`: merchant, customer, declined, unknown, parked,
reversed.
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import tzinfo
from typing import Final

from cardamom.receipts import parts
from cardamom.receipts.lines import Hatch, Layout, PaperWidth, Qr, SignatureLine, Space
from cardamom.receipts.parts import Slip
from cardamom.receipts.sheet import Sheet
from cardamom.texts.reasons import reason_words
from cardamom.texts.slips import WORDS
from cardamom.values.events import CvmUsed, Reason
from cardamom.values.merchant import Merchant
from cardamom.values.record import Record
from cardamom.values.states import Recourse, State


class UnknownCopyError(Exception):
    """No slip goes by that name: a fault in the firmware."""


def lay_out(
    record: Record,
    merchant: Merchant,
    copy: str,
    *,
    zone: tzinfo | None,
    width: PaperWidth = 58,
    original: Record | None = None,
) -> Layout:
    """One slip in the merchant's language, times in `zone` (None: the machine's). `original`: what
    a void or refund undoes. A copy that was printed before says so.

    Raises UnknownCopyError.
    """
    compose = _COPIES.get(copy)
    if compose is None:
        raise UnknownCopyError(f"no slip is called {copy!r}: {', '.join(_COPIES)}")
    slip = Slip(Sheet(width), record, merchant, WORDS[merchant.language], zone, original)
    whose = "customer" if copy == "customer" else "merchant"
    parts.head(slip, whose, again=copy in record.receipts_printed)
    compose(slip)
    parts.foot(slip)
    return slip.sheet.layout()


def _approved(slip: Slip) -> None:
    sheet, words = slip.sheet, slip.words
    sheet.double_pair(words.kinds[slip.record.kind], words.approved)
    sheet.amount(words.amount, slip.amount)
    sheet.dashed()


def _merchant(slip: Slip) -> None:
    _approved(slip)
    parts.card(slip)
    parts.numbers(slip)
    parts.chip(slip)
    slip.sheet.dashed()
    if slip.record.state in (State.OFFLINE_APPROVED, State.ADVICE_REFUSED):
        slip.sheet.left(slip.words.approved_offline)
    if effect := slip.words.effect.get(slip.record.kind):
        slip.sheet.left(effect)
        return
    match slip.record.cvm:
        case CvmUsed.SIGNATURE:
            slip.sheet.left(slip.words.sign)
            slip.sheet.add(SignatureLine())
        case CvmUsed.ONLINE_PIN | CvmUsed.OFFLINE_PIN:
            slip.sheet.left(slip.words.verified_by_pin)
        case _:
            slip.sheet.left(slip.words.no_signature)
    slip.sheet.left(slip.words.declaration)


def _customer(slip: Slip) -> None:
    _approved(slip)
    parts.card(slip, last4=True, banks=False)
    parts.numbers(slip)
    sheet, chip = slip.sheet, slip.record.chip
    if chip:
        sheet.dashed()
        sheet.pair("AID", chip.aid)
    sheet.dashed()
    if effect := slip.words.effect.get(slip.record.kind):
        sheet.left(effect)
    address = slip.e_receipt
    if address:
        sheet.add(Qr(address))
        sheet.centred(slip.words.scan)
    sheet.centred(slip.words.keep)


def _declined(slip: Slip) -> None:
    sheet, words, record = slip.sheet, slip.words, slip.record
    sheet.box(words.declined)
    cause = record.reason or Reason.HOST_DECLINED
    reason = reason_words(cause, record.code, slip.merchant.language)
    sheet.headline(f"{reason} ({record.code})" if record.code else reason)
    sheet.centred(words.not_taken[record.kind])
    sheet.dashed()
    sheet.pair(words.kinds_not_taken[record.kind], slip.amount)
    sheet.dashed()
    parts.card(slip)
    parts.numbers(slip)
    parts.chip(slip)


def _unknown(slip: Slip) -> None:
    """Also where it waited for paper until the reversal was done: then it says that."""
    if slip.record.state is State.REVERSED:
        _reversed(slip)
        return
    sheet, words, record = slip.sheet, slip.words, slip.record
    sheet.add(Hatch())
    sheet.headline(words.unknown)
    sheet.add(Hatch(closing=True))
    sheet.headline(words.do_not_charge[record.kind])
    sheet.add(Space(6))
    sheet.centred(words.press_check)
    sheet.dashed()
    sheet.pair(words.kinds_plain[record.kind], slip.amount)
    parts.card(slip)
    parts.numbers(slip)
    state = words.states.get(record.reason) if record.reason else None
    sheet.pair(words.state, state or words.state_other)
    sheet.dashed()
    sheet.centred(words.no_proof)


def _parked(slip: Slip) -> None:
    """The host refuses to undo it, or to say what became of it."""
    sheet, words, record = slip.sheet, slip.words, slip.record
    sheet.add(Hatch())
    repeated = record.recourse is Recourse.REPEAT
    sheet.headline(words.repeat_parked if repeated else words.parked)
    sheet.add(Hatch(closing=True))
    sheet.headline(words.do_not_charge[record.kind])
    sheet.add(Space(6))
    sheet.centred(words.ask_acquirer)
    sheet.dashed()
    sheet.pair(words.kinds_plain[record.kind], slip.amount)
    parts.card(slip)
    parts.numbers(slip)
    sheet.dashed()
    if record.host:
        sheet.pair(words.host, record.host)
    if record.owed is not None:
        if record.owed.code:
            sheet.pair(words.host_answer, record.owed.code)
        sheet.pair(words.tries, words.times.format(n=record.owed.attempts))
    state = words.states.get(record.reason) if record.reason else None
    sheet.pair(words.state, state or words.state_other)
    sheet.dashed()
    sheet.centred(words.no_proof)


def _reversed(slip: Slip) -> None:
    """What was unknown has ended: no money moved."""
    sheet, words, record = slip.sheet, slip.words, slip.record
    sheet.headline(words.reversed)
    sheet.centred(words.undone)
    sheet.dashed()
    sheet.pair(words.kinds_not_taken[record.kind], slip.amount)
    sheet.dashed()
    parts.card(slip)
    parts.numbers(slip)


_COPIES: Final[dict[str, Callable[[Slip], None]]] = {
    "merchant": _merchant,
    "customer": _customer,
    "declined": _declined,
    "unknown": _unknown,
    "parked": _parked,
    "reversed": _reversed,
}
