"""What Kernel 3 (qVSDC) and Kernel 7 (qUICS) have in common: the card answers GET PROCESSING
OPTIONS with its cryptogram and the qualifiers by which the reader goes on. The TVR stays zero: the
cryptogram covers it as it was then, and the issuer computes it anew from what is sent.

Clauses are those of C-3; C-7 has the same steps.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Final

from cardamom.engines.emv import dol
from cardamom.engines.emv.certificates import century
from cardamom.engines.emv.contactless import fdda
from cardamom.engines.emv.contactless.outcome import (
    Cvm,
    FinalOutcome,
    Message,
    Parameters,
    Status,
    Ui,
    end_application,
    insert_card,
    see_phone,
    select_next,
)
from cardamom.engines.emv.contactless.qualifiers import Ctq, Ttq
from cardamom.engines.emv.contactless.requests import TapSteps
from cardamom.engines.emv.contactless.tap import (
    Tap,
    card_read,
    initiate,
    know_card,
    over_floor_in_all,
    read_records,
    recall,
    take_options,
)
from cardamom.engines.emv.requests import TransactionType
from cardamom.engines.emv.session import Cryptogram
from cardamom.values.events import Reason
from cardamom.values.tags import Tags

MANDATORY: Final = (0x82, 0x9F10, 0x9F26, 0x9F36)
SPENDING_AMOUNT: Final = 0x9F5D
"""Available Offline Spending Amount, BCD."""

Verify = Callable[[Tap], Cvm]


class Unfit(Exception):
    """The kernel ends here with these parameters."""

    def __init__(self, parameters: Parameters) -> None:
        super().__init__(parameters.final.value)
        self.parameters = parameters


# C-3, 5.2
def begin(tap: Tap) -> TapSteps[None]:
    """GET PROCESSING OPTIONS and what the card refers to. Raises Unfit."""
    if 0x9F66 not in (tag for tag, _ in dol.entries(tap.store.card.get(0x9F38, b""))):
        # without the qualifiers it is a magnetic stripe card, which is not offered
        raise Unfit(select_next())
    data, sw = yield from initiate(tap)
    if sw != 0x9000:
        raise Unfit(_refused(sw))
    take_options(tap, data)
    # C-3, 5.3
    if tap.store.card.get(0x94):
        yield from read_records(tap)


# C-3, 5.2.2
def _refused(sw: int) -> Parameters:
    match sw:
        case 0x6984:
            return insert_card()
        case 0x6985:
            return select_next()
        case 0x6986:
            return see_phone()
    return end_application()


# C-3, 5.4
def complete_read(tap: Tap) -> TapSteps[None]:
    """The card may leave; what it gave must be whole, and its cryptogram says where to go on."""
    yield from card_read(tap)
    card = tap.store.card
    if any(not card.get(tag) for tag in MANDATORY) or len(card[0x9F26]) != 8:
        raise Unfit(end_application())
    know_card(tap)
    # C-3, 5.4.3
    card.setdefault(0x9F27, cid_of(card[0x9F10]))
    tap.cryptogram_given = True
    given = card[0x9F27][0] & 0xC0
    if given == Cryptogram.ARQC.code:
        tap.online = True
    elif given == Cryptogram.TC.code:
        tap.online |= Ttq.ONLINE_REQUIRED in tap.ttq
    else:
        tap.decline = True
    yield from recall(tap)
    tap.online |= over_floor_in_all(tap)


def cid_of(issuer_data: bytes) -> bytes:
    """The cryptogram's type out of the card verification results, for a card that does not say it:
    bits 6-5 of byte 5 of the Issuer Application Data. Too short a one counts as an AAC."""
    kind = issuer_data[4] >> 4 & 0x03 if len(issuer_data) >= 5 else 0
    return bytes((kind << 6,))


def gave_tc(tap: Tap) -> bool:
    return tap.store.card[0x9F27][0] & 0xC0 == Cryptogram.TC.code


def qualifiers(tap: Tap) -> Ctq | None:
    coded = tap.store.card.get(0x9F6C)
    return Ctq(int.from_bytes(coded)) if coded else None


# C-3, 5.5
def restrict(tap: Tap) -> None:
    """Expiry, exception list and cash, for a card that approves alone. Raises Unfit."""
    ctq = qualifiers(tap) or Ctq(0)
    if gave_tc(tap) and _expired(tap):
        if Ctq.ONLINE_IF_EXPIRED in ctq and Ttq.OFFLINE_ONLY not in tap.ttq:
            tap.online = True
        else:
            tap.decline = True
    tap.decline |= gave_tc(tap) and tap.history.on_exception_list
    kind = tap.order.transaction_type
    cash = kind in (TransactionType.CASH, TransactionType.CASH_DISBURSEMENT)
    cashback = kind == TransactionType.CASHBACK or tap.order.other_minor > 0
    switch = (cash and Ctq.SWITCH_FOR_CASH in ctq) or (cashback and Ctq.SWITCH_FOR_CASHBACK in ctq)
    if switch and Ttq.CONTACT_CHIP in tap.ttq:
        raise Unfit(insert_card())


def _expired(tap: Tap) -> bool:
    """A card that does not say how long it holds counts as expired."""
    expiry = tap.store.card.get(0x5F24)
    return expiry is None or century(tap.order.date) > century(expiry)


# C-3, 5.6
def authenticate(tap: Tap) -> None:
    """Only what nobody else will look at. Raises Unfit where the card wants the contacts then."""
    if tap.decline or tap.online or fdda.holds(tap):
        return
    ctq = qualifiers(tap) or Ctq(0)
    if Ctq.ONLINE_IF_ODA_FAILS in ctq and Ttq.OFFLINE_ONLY not in tap.ttq:
        tap.online = True
    elif Ctq.SWITCH_IF_ODA_FAILS in ctq and Ttq.CONTACT_CHIP in tap.ttq:
        raise Unfit(insert_card())
    else:
        tap.decline = True


# C-3, 5.7
def verify(tap: Tap) -> Cvm:
    """What the card's qualifiers ask for, of what the reader has."""
    ctq, ttq = qualifiers(tap), tap.ttq
    required = Ttq.CVM_REQUIRED in ttq
    if ctq is None:
        return _without_qualifiers(tap) if required else Cvm.NO_CVM
    if Ctq.ONLINE_PIN in ctq and Ttq.ONLINE_PIN in ttq:
        tap.online = True
        return Cvm.ONLINE_PIN
    if Ctq.DEVICE_CVM_DONE in ctq:
        return on_device(tap)
    if Ctq.SIGNATURE in ctq and Ttq.SIGNATURE in ttq:
        return Cvm.SIGNATURE
    tap.decline |= required
    return Cvm.NOT_APPLICABLE if required else Cvm.NO_CVM


# C-3, 5.7.1.1
def _without_qualifiers(tap: Tap) -> Cvm:
    if Ttq.SIGNATURE in tap.ttq:
        return Cvm.SIGNATURE
    if Ttq.ONLINE_PIN in tap.ttq:
        tap.online = True
        return Cvm.ONLINE_PIN
    tap.decline = True
    return Cvm.NOT_APPLICABLE


# C-3, 5.7.1.2
def on_device(tap: Tap) -> Cvm:
    """Believed where it is signed with the card's number, or the issuer will look at it."""
    signed = fdda.signed_qualifiers(tap)
    arqc = tap.store.card[0x9F27][0] & 0xC0 == Cryptogram.ARQC.code
    if signed == tap.store.card[0x9F6C] or (signed is None and arqc):
        return Cvm.CONFIRMATION_CODE
    tap.decline = True
    return Cvm.NOT_APPLICABLE


# C-3, 4.3.1 and 5.8
def conclude(tap: Tap, cvm: Cvm) -> Parameters:
    """The outcome by what was required; a decline goes before all."""
    spending = tap.store.card.get(SPENDING_AMOUNT)
    digits = spending.hex() if spending else ""
    balance = int(digits) if digits.isdecimal() else None

    def ui(message: Message) -> Ui:
        return Ui(
            message,
            Status.CARD_READ_OK,
            balance=balance,
            currency=tap.order.currency if balance is not None else "",
            language=tap.language,
        )

    told = Tags({SPENDING_AMOUNT: spending}) if spending else None
    record = tap.store.tags()
    if tap.decline:
        return Parameters(
            FinalOutcome.DECLINED,
            cvm=cvm,
            ui=ui(Message.NOT_AUTHORISED),
            discretionary=told,
            reason=Reason.CARD_DECLINED,
        )
    if tap.online:
        return Parameters(
            FinalOutcome.ONLINE_REQUEST,
            cvm=cvm,
            ui=ui(Message.AUTHORISING),
            record=record,
            discretionary=told,
        )
    sign = cvm is Cvm.SIGNATURE
    return Parameters(
        FinalOutcome.APPROVED,
        cvm=cvm,
        ui=ui(Message.APPROVED_SIGN if sign else Message.APPROVED),
        record=record,
        discretionary=told,
        receipt=sign,
    )
