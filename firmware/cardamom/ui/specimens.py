"""One of each screen as the design names them: what the gallery, the goldens and the bench draw."""

from __future__ import annotations

from typing import Final

from cardamom.ui.desk_specimens import DESK
from cardamom.ui.member_specimens import MEMBERS
from cardamom.ui.setup_specimens import SETUP
from cardamom.ui.specimen import (
    ALARMED,
    AMOUNT,
    LARGE,
    LIMIT,
    NO_PAPER,
    OFFLINE,
    OWING,
    PRODUCTION,
    TRAINING,
    VISITED,
    VISITED_ILL,
    Specimen,
)
from cardamom.ui.trial_specimens import TRIALS
from cardamom.values.alarms import Cause
from cardamom.values.events import Reason
from cardamom.values.health import Condition, Health, Part
from cardamom.values.kinds import Kind
from cardamom.values.money import Money
from cardamom.values.prompts import Prompt
from cardamom.values.screens import (
    Approved,
    Authorising,
    ChooseApplication,
    Declined,
    EnterAmount,
    EnterPin,
    Idle,
    NotCompleted,
    NotReady,
    OutcomeUnknown,
    PaperOut,
    PresentAgain,
    PresentCard,
    Reading,
    RemoveCard,
    ReversalPending,
    SupportSeen,
)

PARTS: Final = (
    Health(part=Part.READER, condition=Condition.ABSENT),
    Health(part=Part.HOST, condition=Condition.CONNECTING),
    Health(part=Part.PRINTER, condition=Condition.OK),
    Health(part=Part.JOURNAL, condition=Condition.OK),
)

SPECIMENS: Final[dict[str, Specimen]] = {
    "01-idle": Specimen(Idle("Cardamom Café"), chinese=Idle("豆蔻小馆")),
    "01-idle-menu": Specimen(
        Idle("Cardamom Café", menu=True), PRODUCTION, chinese=Idle("豆蔻小馆", menu=True)
    ),
    "01-idle-alarm": Specimen(
        Idle("Cardamom Café", menu=True, alarm=Cause.PARKED, alarms=3),
        ALARMED,
        chinese=Idle("豆蔻小馆", menu=True, alarm=Cause.PARKED, alarms=3),
    ),
    "01-idle-clock": Specimen(
        Idle("Cardamom Café", menu=True, alarm=Cause.CLOCK, alarms=1),
        OWING,
        chinese=Idle("豆蔻小馆", menu=True, alarm=Cause.CLOCK, alarms=1),
    ),
    "01-idle-support": Specimen(
        Idle("Cardamom Café", menu=True, support=SupportSeen.HERE),
        VISITED,
        chinese=Idle("豆蔻小馆", menu=True, support=SupportSeen.HERE),
    ),
    "01-idle-support-left": Specimen(
        Idle("Cardamom Café", menu=True, support=SupportSeen.LEFT),
        chinese=Idle("豆蔻小馆", menu=True, support=SupportSeen.LEFT),
    ),
    "02-amount": Specimen(EnterAmount(AMOUNT, LIMIT)),
    "02-amount-support": Specimen(EnterAmount(AMOUNT, LIMIT), VISITED_ILL),
    "02-amount-empty": Specimen(EnterAmount(Money(0, "CNY"), LIMIT, refused=True)),
    "02-amount-over": Specimen(EnterAmount(LIMIT, LIMIT, refused=True)),
    "03-present-card": Specimen(PresentCard(AMOUNT)),
    "03-present-again": Specimen(PresentCard(AMOUNT, retry=Reason.CARD_ERROR)),
    "03-present-all-ways": Specimen(PresentCard(AMOUNT, ("tap", "insert", "swipe", "scan"))),
    "03-present-two-ways": Specimen(PresentCard(AMOUNT, ("insert", "swipe"))),
    "04-reading": Specimen(Reading(AMOUNT)),
    "04-reading-tap": Specimen(Reading(AMOUNT, contact=False)),
    "06-choose-application": Specimen(
        ChooseApplication(AMOUNT, ("Debit account", "Credit account", "Campus wallet")),
        chinese=ChooseApplication(AMOUNT, ("借记账户", "贷记账户", "校园钱包")),
    ),
    "06-choose-second-page": Specimen(
        ChooseApplication(
            AMOUNT, ("Debit account", "Credit account", "Campus wallet", "Canteen", "Club"), 4
        )
    ),
    "07-pin": Specimen(EnterPin(AMOUNT, 4, 52)),
    "07-pin-wrong": Specimen(EnterPin(AMOUNT, 0, 60, wrong=True, last_try=True)),
    "07-pin-longest": Specimen(EnterPin(AMOUNT, 12, 9, last_try=True)),
    "08-authorising": Specimen(Authorising(AMOUNT, 6, 60)),
    "09-approved": Specimen(Approved(AMOUNT, "A1B2C3")),
    "09-approved-largest": Specimen(Approved(Money(9_999_999_999_99, "CNY"), None, printing=False)),
    "09-approved-production": Specimen(Approved(AMOUNT, "A1B2C3"), PRODUCTION),
    "09-approved-training": Specimen(Approved(AMOUNT, "A1B2C3"), TRAINING),
    "09-approved-void": Specimen(Approved(AMOUNT, "A1B2C3", kind=Kind.VOID)),
    "09-approved-refund": Specimen(Approved(AMOUNT, "A1B2C3", printing=False, kind=Kind.REFUND)),
    "09-approved-offline": Specimen(Approved(AMOUNT, "Y3", offline=True, ended=False), OFFLINE),
    "10-approved-sign": Specimen(Approved(AMOUNT, "A1B2C3", sign=True)),
    "10-approved-sign-refusable": Specimen(Approved(AMOUNT, "A1B2C3", sign=True, refusable=True)),
    "09-present-again": Specimen(PresentAgain(AMOUNT, 15)),
    "09-present-again-other": Specimen(PresentAgain(AMOUNT, 9, other=True)),
    "09-present-again-reading": Specimen(PresentAgain(AMOUNT, 9, reading=True)),
    "11-declined": Specimen(Declined(AMOUNT, Reason.HOST_DECLINED, "51")),
    "11-declined-another": Specimen(Declined(AMOUNT, Reason.HOST_DECLINED, "55", another=True)),
    "11-declined-by-card": Specimen(Declined(AMOUNT, Reason.CARD_DECLINED)),
    "11-declined-void": Specimen(
        Declined(AMOUNT, Reason.HOST_DECLINED, "12", ended=False, kind=Kind.VOID)
    ),
    "12-outcome-unknown": Specimen(OutcomeUnknown(AMOUNT, 345)),
    "12-outcome-unknown-print": Specimen(OutcomeUnknown(AMOUNT, 345, printable=True), OFFLINE),
    "12-outcome-asking": Specimen(OutcomeUnknown(AMOUNT, 345, asking=True)),
    "12-outcome-unknown-refund": Specimen(OutcomeUnknown(AMOUNT, 345, kind=Kind.REFUND)),
    "13-reversal-pending": Specimen(ReversalPending(AMOUNT, 345, 3, 30), OFFLINE),
    "13-reversal-kept": Specimen(ReversalPending(AMOUNT, 345, 0, None), OFFLINE),
    "13-being-reversed": Specimen(OutcomeUnknown(AMOUNT, 345, reversing=True)),
    "13-being-reversed-void": Specimen(OutcomeUnknown(LARGE, 345, reversing=True, kind=Kind.VOID)),
    "14-paper-out": Specimen(PaperOut(AMOUNT, approved=True), NO_PAPER),
    "14-paper-out-declined": Specimen(PaperOut(AMOUNT, approved=False), NO_PAPER),
    "15-not-ready": Specimen(NotReady(PARTS), OFFLINE),
    "15-not-ready-self-test": Specimen(NotReady(PARTS, self_test=True), OFFLINE),
    "16-remove-card": Specimen(RemoveCard(AMOUNT, "approved")),
    "16-remove-card-declined": Specimen(RemoveCard(AMOUNT, "declined")),
    "16-remove-card-unknown": Specimen(RemoveCard(AMOUNT, "unknown")),
    "16-remove-card-not-completed": Specimen(RemoveCard(AMOUNT, "not_completed")),
    "17-not-completed": Specimen(NotCompleted(AMOUNT, Reason.CANCELLED)),
    "17-not-completed-same": Specimen(NotCompleted(AMOUNT, Reason.SAME_AGAIN)),
    "17-not-completed-void": Specimen(NotCompleted(AMOUNT, Reason.NO_ANSWER, kind=Kind.VOID)),
    "17-not-completed-pulled": Specimen(NotCompleted(AMOUNT, Reason.CARD_PULLED)),
    "17-not-completed-again": Specimen(
        NotCompleted(AMOUNT, Reason.CARD_ERROR, prompt=Prompt.TRY_AGAIN)
    ),
    "17-not-completed-other-card": Specimen(
        NotCompleted(AMOUNT, Reason.CARD_BLOCKED, prompt=Prompt.NOT_ACCEPTED)
    ),
    **DESK,
    **TRIALS,
    **MEMBERS,
    **SETUP,
    "22-idle-training": Specimen(Idle("Cardamom Café"), TRAINING, chinese=Idle("豆蔻小馆")),
}
"""By name: the number is the design's."""
