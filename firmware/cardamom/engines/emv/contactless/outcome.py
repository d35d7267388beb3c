"""Outcomes with their parameters, and requests to the user interface (EMV Contactless Book A, 6.2
and 7).

Times are milliseconds.
"""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from enum import Enum, IntEnum

from cardamom.values.events import Reason
from cardamom.values.tags import Tags


class Message(IntEnum):
    """Message identifiers (Book A, 9.4; Book 4, 11.2)."""

    APPROVED = 0x03
    NOT_AUTHORISED = 0x07
    ENTER_PIN = 0x09
    PROCESSING_ERROR = 0x0F
    REMOVE_CARD = 0x10
    WELCOME = 0x14
    PRESENT_CARD = 0x15
    PROCESSING = 0x16
    CARD_READ_OK = 0x17
    INSERT_OR_SWIPE = 0x18
    ONE_CARD_ONLY = 0x19
    APPROVED_SIGN = 0x1A
    AUTHORISING = 0x1B
    INSERT_SWIPE_OR_TRY_ANOTHER = 0x1C
    INSERT_CARD = 0x1D
    CLEAR_DISPLAY = 0x1E
    SEE_PHONE = 0x20
    PRESENT_AGAIN = 0x21


class Status(IntEnum):
    """What the reader is doing; lights and tones follow it (Book A, 7 and 9)."""

    NOT_READY = 0x00
    IDLE = 0x01
    READY_TO_READ = 0x02
    PROCESSING = 0x03
    CARD_READ_OK = 0x04
    PROCESSING_ERROR = 0x05
    COLLISION = 0x06


@dataclass(frozen=True, slots=True)
class Ui:
    """One User Interface Request. `hold_ms`: how long it is to stay before the next one.

    `balance`: minor units to be shown with it, in the currency with number `currency`; None: none.
    `language`: the card's, of those the terminal speaks.
    """

    message: Message
    status: Status
    hold_ms: int = 0
    balance: int | None = field(default=None, repr=False)
    currency: str = ""
    language: str = ""


class FinalOutcome(Enum):
    """Book A, 6.1."""

    SELECT_NEXT = "select_next"
    TRY_AGAIN = "try_again"
    APPROVED = "approved"
    DECLINED = "declined"
    ONLINE_REQUEST = "online_request"
    ANOTHER_INTERFACE = "another_interface"
    END_APPLICATION = "end_application"


class Start(Enum):
    """Where the entry point goes on: pre-processing, protocol activation, combination selection,
    kernel activation."""

    NONE = ""
    A = "A"
    B = "B"
    C = "C"
    D = "D"


class OnlineData(Enum):
    """Whether the issuer's answer makes a restart."""

    NONE = "none"
    EMV = "emv"
    ANY = "any"


class Cvm(Enum):
    """Which cardholder verification the kernel chose."""

    NOT_APPLICABLE = "not_applicable"
    NO_CVM = "no_cvm"
    ONLINE_PIN = "online_pin"
    CONFIRMATION_CODE = "confirmation_code"
    """The customer's device did it: the kernel knows that it was done."""
    SIGNATURE = "signature"


class Interface(Enum):
    NONE = "none"
    CONTACT = "contact"
    STRIPE = "stripe"


@dataclass(frozen=True, slots=True)
class Parameters:
    """What a kernel, or the entry point itself, ends with (Book A, Table 6-2)."""

    final: FinalOutcome
    start: Start = Start.NONE
    online_data: OnlineData = OnlineData.NONE
    cvm: Cvm = Cvm.NOT_APPLICABLE
    ui: Ui | None = None
    ui_on_restart: Ui | None = None
    record: Tags | None = None
    """The Data Record: what the terminal needs of the transaction."""
    discretionary: Tags | None = None
    interface: Interface = Interface.NONE
    """Alternate Interface Preference."""
    receipt: bool = False
    field_off_ms: int | None = None
    """Field Off Request: the field stays off that long; None: no request."""
    removal_ms: int = 0
    """Removal Timeout; 0: none."""
    reason: Reason | None = None
    """Why it is no approval, as the journal names it; None leaves it to the outcome."""

    def because(self, reason: Reason) -> Parameters:
        return replace(self, reason=reason)


def select_next(discretionary: Tags | None = None) -> Parameters:
    """The next combination, if there is one."""
    return Parameters(FinalOutcome.SELECT_NEXT, start=Start.C, discretionary=discretionary)


def try_again(discretionary: Tags | None = None) -> Parameters:
    """The card was gone too soon: once more from protocol activation."""
    return Parameters(
        FinalOutcome.TRY_AGAIN,
        start=Start.B,
        ui=Ui(Message.PRESENT_AGAIN, Status.PROCESSING_ERROR),
        ui_on_restart=Ui(Message.PRESENT_AGAIN, Status.READY_TO_READ),
        discretionary=discretionary,
    )


def see_phone(hold_ms: int = 1300) -> Parameters:
    """The device wants its owner: the field goes off, and it is to be presented again."""
    return Parameters(
        FinalOutcome.TRY_AGAIN,
        start=Start.B,
        ui=Ui(Message.SEE_PHONE, Status.PROCESSING_ERROR, hold_ms),
        ui_on_restart=Ui(Message.PRESENT_AGAIN, Status.READY_TO_READ),
        field_off_ms=hold_ms,
    )


def insert_card(reason: Reason = Reason.OTHER_INTERFACE) -> Parameters:
    """The contact chip instead."""
    return Parameters(
        FinalOutcome.ANOTHER_INTERFACE,
        ui=Ui(Message.INSERT_CARD, Status.PROCESSING_ERROR),
        interface=Interface.CONTACT,
        reason=reason,
    )


def end_application(
    reason: Reason = Reason.CARD_ERROR,
    *,
    status: Status = Status.PROCESSING_ERROR,
    discretionary: Tags | None = None,
) -> Parameters:
    """Nothing can be done with this card here."""
    return Parameters(
        FinalOutcome.END_APPLICATION,
        ui=Ui(Message.INSERT_SWIPE_OR_TRY_ANOTHER, status),
        discretionary=discretionary,
        reason=reason,
    )
