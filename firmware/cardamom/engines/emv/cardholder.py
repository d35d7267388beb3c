"""Cardholder Verification (EMV 4.4 Book 3, 10.5; Book 4, 6.3.4)."""

from __future__ import annotations

from enum import Enum
from typing import Any, Final

from cardamom.engines.emv import cvm_list
from cardamom.engines.emv.bits import Aip, Capability, Tsi, Tvr
from cardamom.engines.emv.cvm_list import Method, Rule
from cardamom.engines.emv.requests import EnterPin, PadVerified, PinRefusal, PinUse
from cardamom.engines.emv.session import Ended, Session, Steps, ask_card, get_data
from cardamom.values.events import CvmUsed, Reason
from cardamom.values.secret import Pin, PinBlock


class Result(Enum):
    """Byte 3 of the CVM Results (Book 4, A4)."""

    UNKNOWN = 0
    FAILED = 1
    SUCCESSFUL = 2


NOT_PERFORMED: Final = b"\x3f\x00\x00"
NONE_APPLIED: Final = b"\x3f\x00\x01"


# Book 3, 10.5; CVM Results by Book 4, 6.3.4.5
def verify_cardholder(session: Session) -> Steps[None]:
    """Works through the card's list until a method succeeds or the list forbids to go on."""
    session.store.terminal[0x9F34] = NOT_PERFORMED
    if Aip.CARDHOLDER_VERIFICATION not in session.aip:
        return
    data = session.store.card.get(0x8E)
    rules = cvm_list.parse(data) if data else None
    if rules is None or not rules.rules:
        session.set_tvr(Tvr.ICC_DATA_MISSING)
        return
    last = NONE_APPLIED
    for rule in rules.rules:
        if not cvm_list.condition_met(session, rules, rule):
            continue
        if not _can_perform(session, rule.method):
            if rule.go_on:
                continue
            break
        result = yield from _perform(session, rule)
        last = bytes((rule.code, rule.condition, result.value))
        if result is not Result.FAILED:
            _finish(session, last)
            return
        if not rule.go_on or rule.method is Method.FAIL:
            break
    session.set_tvr(Tvr.CARDHOLDER_NOT_VERIFIED)
    session.cvm = CvmUsed.FAILED
    _finish(session, last)


def _finish(session: Session, results: bytes) -> None:
    session.store.terminal[0x9F34] = results
    session.set_tsi(Tsi.CARDHOLDER_VERIFIED)


def _can_perform(session: Session, method: Method | None) -> bool:
    """Marks in the TVR why a method is out of the question here (10.5, step 1)."""
    if method is None:
        session.set_tvr(Tvr.UNRECOGNISED_CVM)
        return False
    if cvm_list.supported(session, method):
        return True
    offline_pin = session.can(Capability.PLAINTEXT_PIN) or session.can(Capability.ENCIPHERED_PIN)
    if method is Method.ONLINE_PIN or (method.offline_pin and not offline_pin):
        session.set_tvr(Tvr.PIN_PAD_NOT_WORKING)
    if method.biometric:
        session.set_tvr(Tvr.BIOMETRIC_TYPE_NOT_SUPPORTED)
    return False


def _perform(session: Session, rule: Rule) -> Steps[Result]:
    match rule.method:
        case Method.NO_CVM:
            session.cvm = CvmUsed.NONE
            return Result.SUCCESSFUL
        case Method.SIGNATURE:
            session.cvm = CvmUsed.SIGNATURE
            return Result.UNKNOWN
        case Method.ONLINE_PIN:
            return (yield from _online_pin(session))
        case Method.PLAINTEXT_PIN:
            return (yield from _plaintext_pin(session))
        case Method.PLAINTEXT_PIN_SIGNATURE:
            result = yield from _plaintext_pin(session)
            if result is Result.FAILED:
                return result
            # 10.5.4: both must succeed, and of a signature nobody knows
            session.cvm = CvmUsed.SIGNATURE
            return Result.UNKNOWN
    return Result.FAILED


# Book 3, 10.5.2
def _online_pin(session: Session) -> Steps[Result]:
    entered = yield from _enter(session, EnterPin(PinUse.ONLINE))
    if entered is None:
        return Result.FAILED
    if not isinstance(entered, Pin | PinBlock):
        raise TypeError("an online PIN is a Pin or a PinBlock")
    session.pin = entered
    session.set_tvr(Tvr.ONLINE_CVM_CAPTURED)
    session.cvm = CvmUsed.ONLINE_PIN
    return Result.UNKNOWN


# Book 3, 10.5.1
def _plaintext_pin(session: Session) -> Steps[Result]:
    """Asks until the card accepts the PIN, refuses further tries, or the customer gives up."""
    counter = yield from get_data(0x9F17, 1)
    if counter is not None:
        session.store.replace(0x9F17, counter)
    tries = None if counter is None else counter[0]
    wrong = False
    while tries != 0:
        question = EnterPin(PinUse.OFFLINE_PLAINTEXT, tries=tries, wrong=wrong)
        entered = yield from _enter(session, question)
        if entered is None:
            return Result.FAILED
        status = yield from _verify(entered)
        if status == 0x9000:
            session.cvm = CvmUsed.OFFLINE_PIN
            return Result.SUCCESSFUL
        if status in (0x6983, 0x6984):
            break
        if status & 0xFFF0 != 0x63C0:
            raise Ended(Reason.CARD_ERROR)
        # a card whose counter goes up instead of down would be asked for ever
        left = status & 0x0F
        tries = left if tries is None else min(left, tries - 1)
        wrong = True
    session.set_tvr(Tvr.PIN_TRY_LIMIT_EXCEEDED)
    return Result.FAILED


def _enter(session: Session, question: EnterPin) -> Steps[Pin | PinBlock | PadVerified | None]:
    """What was entered, or None with the reason in the TVR; cancelling ends the transaction.

    A bypass holds for every further PIN method (Book 4, 6.3.4.3).
    """
    if session.pin_bypassed:
        return None
    answer: Any = yield question
    match answer:
        case PinRefusal.BYPASSED if session.rules.pin_bypass:
            session.pin_bypassed = True
            session.set_tvr(Tvr.PIN_NOT_ENTERED)
            return None
        case PinRefusal.PAD_FAULT:
            session.set_tvr(Tvr.PIN_PAD_NOT_WORKING)
            return None
        case PinRefusal.TIMEOUT:
            raise Ended(Reason.PIN_TIMEOUT)
        case PinRefusal():
            raise Ended(Reason.PIN_CANCELLED)
        case Pin() | PinBlock() | PadVerified():
            return answer
    raise TypeError("EnterPin is answered with Pin, PinBlock, PadVerified or PinRefusal")


# Book 3, 6.5.12
def _verify(entered: Pin | PinBlock | PadVerified) -> Steps[int]:
    """The card's status word; a pinpad reader that sent VERIFY itself has it already."""
    if isinstance(entered, PadVerified):
        return entered.sw
    if not isinstance(entered, Pin):
        raise TypeError("an offline PIN is a Pin or PadVerified")
    reply = yield from ask_card(0x00, 0x20, 0x00, 0x80, plaintext_block(entered))
    return reply.sw


# Book 3, Table 26
def plaintext_block(pin: Pin) -> bytes:
    """Control nibble 2, length, digits, filled with F to 8 bytes."""
    digits = pin.reveal().decode("ascii")
    return bytes.fromhex(f"2{len(digits):x}{digits}".ljust(16, "f"))
