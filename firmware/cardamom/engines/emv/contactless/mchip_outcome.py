"""The outcome of Kernel 2 by the card's cryptogram (C-2, S910.70 to S910.81)."""

from __future__ import annotations

from typing import Final

from cardamom.engines.emv.contactless.mchip_errors import indication
from cardamom.engines.emv.contactless.outcome import (
    Cvm,
    FinalOutcome,
    Interface,
    Message,
    Parameters,
    Start,
    Status,
    Ui,
)
from cardamom.engines.emv.contactless.requests import TapSteps
from cardamom.engines.emv.contactless.tap import Tap, show
from cardamom.engines.emv.requests import TransactionType
from cardamom.engines.emv.session import Cryptogram
from cardamom.values.events import Reason
from cardamom.values.tags import Tags

BALANCE_BEFORE: Final = 0xDF8104
BALANCE_AFTER: Final = 0xDF8105
INTERACTION: Final = 0xDF4B
"""POS Cardholder Interaction Information."""
_ASKS: Final = 0x00030F
"""Bits by which the device wants something of its owner, of 24."""
THIRD_PARTY: Final = 0x9F6E
PAYMENTS: Final = (
    TransactionType.SALE,
    TransactionType.CASH,
    TransactionType.CASHBACK,
    TransactionType.CASH_DISBURSEMENT,
)
READS_CONTACTS: Final = 0x20
"""Bit 6 of 9F33, byte 1."""


def conclude(tap: Tap, given: Cryptogram, cvm: Cvm) -> TapSteps[Parameters]:
    """The parameters; a device with a message for its owner is to be presented once more."""
    told = Tags({**indication(), **_balances(tap)})
    if _asks_owner(tap):
        # S910.71 to S910.80
        yield from show(tap, Message.SEE_PHONE, Status.NOT_READY, _hold(tap))
        return Parameters(
            FinalOutcome.END_APPLICATION,
            start=Start.B,
            ui_on_restart=Ui(Message.PRESENT_AGAIN, Status.READY_TO_READ),
            record=tap.store.tags(),
            discretionary=told,
        )
    if given is Cryptogram.TC:
        return _approved(tap, cvm, told)
    if given is Cryptogram.ARQC:
        return Parameters(
            FinalOutcome.ONLINE_REQUEST,
            cvm=cvm,
            ui=Ui(Message.AUTHORISING, Status.NOT_READY, language=tap.language),
            record=tap.store.tags(),
            discretionary=told,
            receipt=cvm is Cvm.SIGNATURE,
        )
    return _refused(tap, told)


def _approved(tap: Tap, cvm: Cvm, told: Tags) -> Parameters:
    balance = tap.store.terminal.get(BALANCE_AFTER, b"").hex()
    known = balance.isdecimal()
    currency = tap.store.card.get(0x9F42, b"").hex()[-3:]
    sign = cvm is Cvm.SIGNATURE
    return Parameters(
        FinalOutcome.APPROVED,
        cvm=cvm,
        ui=Ui(
            Message.APPROVED_SIGN if sign else Message.APPROVED,
            Status.NOT_READY,
            _hold(tap),
            balance=int(balance) if known else None,
            currency=currency if known else "",
            language=tap.language,
        ),
        record=tap.store.tags(),
        discretionary=told,
        receipt=sign,
    )


# S910.74 and S910.75
def _refused(tap: Tap, told: Tags) -> Parameters:
    """A phone has no contacts: it is declined; a card may do it with the others."""
    if tap.order.transaction_type not in PAYMENTS:
        return Parameters(
            FinalOutcome.END_APPLICATION,
            ui=Ui(Message.CLEAR_DISPLAY, Status.NOT_READY),
            discretionary=told,
            reason=Reason.CARD_DECLINED,
        )
    contacts = (tap.store.terminal[0x9F33][0] & READS_CONTACTS) != 0
    if is_phone(tap) or not contacts or tap.history.on_exception_list:
        return Parameters(
            FinalOutcome.DECLINED,
            ui=Ui(Message.NOT_AUTHORISED, Status.NOT_READY, _hold(tap), language=tap.language),
            record=tap.store.tags(),
            discretionary=told,
            reason=Reason.CARD_DECLINED,
        )
    return Parameters(
        FinalOutcome.ANOTHER_INTERFACE,
        ui=Ui(Message.INSERT_CARD, Status.NOT_READY, _hold(tap), language=tap.language),
        record=tap.store.tags(),
        discretionary=told,
        interface=Interface.CONTACT,
        reason=Reason.OTHER_INTERFACE,
    )


def is_phone(tap: Tap) -> bool:
    """Third Party Data: country, then a Unique Identifier with bit 8 clear, then a device type that
    is no card ('00')."""
    data = tap.store.card.get(THIRD_PARTY, b"")
    return len(data) >= 6 and not data[2] & 0x80 and data[4:6] != b"00"


def _asks_owner(tap: Tap) -> bool:
    return bool(int.from_bytes(tap.store.card.get(INTERACTION, b"")) & _ASKS)


def _balances(tap: Tap) -> dict[int, bytes]:
    held = tap.store.terminal
    return {tag: held[tag] for tag in (BALANCE_BEFORE, BALANCE_AFTER) if tag in held}


def _hold(tap: Tap) -> int:
    return tap.prepared.combination.mchip.hold_ms
