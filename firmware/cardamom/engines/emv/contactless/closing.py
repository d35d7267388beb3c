"""From a kernel's outcome to the end of the sale (EMV Contactless Book A, 6; Book B, 3.5): what is
shown, the PIN, the issuer's word."""

from __future__ import annotations

from dataclasses import replace
from typing import Final

from cardamom.engines.emv.actions import OFFLINE_APPROVED, OFFLINE_DECLINED, UNABLE_DECLINED
from cardamom.engines.emv.contactless.outcome import (
    Cvm,
    FinalOutcome,
    Message,
    OnlineData,
    Parameters,
    Status,
    Ui,
)
from cardamom.engines.emv.contactless.requests import Show, TapSteps
from cardamom.engines.emv.contactless.tap import Tap
from cardamom.engines.emv.online import decide, go_online
from cardamom.engines.emv.requests import Decision, EnterPin, Outcome, PinRefusal, PinUse
from cardamom.engines.emv.scripts import receive_scripts
from cardamom.engines.emv.session import Cryptogram
from cardamom.values.events import CvmUsed, Reason, Verdict
from cardamom.values.online import OnlineAnswer
from cardamom.values.secret import Pin, PinBlock

USED: Final = {
    Cvm.NOT_APPLICABLE: CvmUsed.NONE,
    Cvm.NO_CVM: CvmUsed.NONE,
    Cvm.ONLINE_PIN: CvmUsed.ONLINE_PIN,
    Cvm.CONFIRMATION_CODE: CvmUsed.DEVICE,
    Cvm.SIGNATURE: CvmUsed.SIGNATURE,
}
_REFUSALS: Final = {
    PinRefusal.BYPASSED: Reason.PIN_CANCELLED,
    PinRefusal.CANCELLED: Reason.PIN_CANCELLED,
    PinRefusal.TIMEOUT: Reason.PIN_TIMEOUT,
    PinRefusal.PAD_FAULT: Reason.FAULT,
}
"""Nothing but the PIN will do once the kernel chose it: there is no list of other methods."""


def close(tap: Tap | None, parameters: Parameters) -> TapSteps[Outcome]:
    """The outcome as flows and journal know it. `tap` None: no application was selected."""
    if tap is None:
        yield from _show(parameters)
        return _ended(None, parameters)
    tap.cvm = USED[parameters.cvm]
    match parameters.final:
        case FinalOutcome.APPROVED if _given(tap) is Cryptogram.TC and tap.rules.offline_approval:
            tap.store.terminal[0x8A] = OFFLINE_APPROVED
            yield from _show(parameters)
            return tap.outcome(Decision.APPROVED)
        case FinalOutcome.ONLINE_REQUEST if _given(tap) in (Cryptogram.ARQC, Cryptogram.TC):
            return (yield from _with_issuer(tap, parameters))
        case FinalOutcome.APPROVED | FinalOutcome.ONLINE_REQUEST | FinalOutcome.DECLINED:
            yield from _show(parameters)
            return _declined(tap, parameters.reason or Reason.CARD_DECLINED)
    yield from _show(parameters)
    return _ended(tap, parameters)


def _given(tap: Tap) -> Cryptogram | None:
    """The card's cryptogram; None where it gave none."""
    cid = tap.store.card.get(0x9F27)
    if not tap.cryptogram_given or not cid or not tap.store.card.get(0x9F26):
        return None
    return {kind.code: kind for kind in Cryptogram}.get(cid[0] & 0xC0)


def _with_issuer(tap: Tap, parameters: Parameters) -> TapSteps[Outcome]:
    """The card has left: what the issuer says decides, whatever a second presentment brings."""
    if tap.offline_only:
        return _declined(tap, Reason.NO_HOST)
    if parameters.cvm is Cvm.ONLINE_PIN:
        yield Show(Ui(Message.ENTER_PIN, Status.NOT_READY, language=tap.language))
        pin: Pin | PinBlock | PinRefusal = yield EnterPin(PinUse.ONLINE, language=tap.language)
        if not isinstance(pin, Pin | PinBlock):
            refused = _REFUSALS.get(pin, Reason.FAULT)
            return tap.outcome(Decision.ENDED, refused)
        tap.pin = pin
    yield from _show(parameters)
    update = parameters.online_data is OnlineData.EMV
    answer = yield from go_online(tap, update=update)
    if isinstance(answer, OnlineAnswer) and answer.verdict is Verdict.APPROVED:
        if update:
            receive_scripts(tap, answer.scripts)
        sign = parameters.cvm is Cvm.SIGNATURE
        message = Message.APPROVED_SIGN if sign else Message.APPROVED
        yield Show(Ui(message, Status.NOT_READY, language=tap.language))
        return tap.outcome(Decision.APPROVED)
    # no second cryptogram: a tap has nobody left who could approve alone
    tap.rules = replace(tap.rules, offline_approval=False)
    decide(tap, answer)
    if not isinstance(answer, OnlineAnswer):
        tap.store.terminal[0x8A] = UNABLE_DECLINED
    yield Show(Ui(Message.NOT_AUTHORISED, Status.NOT_READY, language=tap.language))
    return tap.outcome(Decision.DECLINED, tap.verdict_reason or Reason.CARD_DECLINED)


def _declined(tap: Tap, reason: Reason) -> Outcome:
    tap.store.terminal[0x8A] = OFFLINE_DECLINED
    return tap.outcome(Decision.DECLINED, reason)


def _ended(tap: Tap | None, parameters: Parameters) -> Outcome:
    """Nothing was decided. `fallback`: the contacts may be tried, or the stripe."""
    reason = parameters.reason or Reason.CARD_ERROR
    fallback = parameters.final is FinalOutcome.ANOTHER_INTERFACE or reason is Reason.NO_APPLICATION
    if tap is None:
        return Outcome(Decision.ENDED, reason, fallback=fallback)
    return tap.outcome(Decision.ENDED, reason, fallback=fallback)


def _show(parameters: Parameters) -> TapSteps[None]:
    if parameters.ui is not None:
        yield Show(parameters.ui)
