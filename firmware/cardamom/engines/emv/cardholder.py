"""Cardholder Verification (EMV 4.4 Book 3, 10.5; Book 4, 6.3.4)."""

from __future__ import annotations

from enum import Enum
from typing import Final

from cardamom.engines.emv import cvm_list
from cardamom.engines.emv.bits import Aip, Capability, Tsi, Tvr
from cardamom.engines.emv.cvm_list import Method, Rule
from cardamom.engines.emv.notes import CvmTried, CvmTry
from cardamom.engines.emv.offline_pin import enter, verify_offline
from cardamom.engines.emv.requests import EnterPin, PinUse
from cardamom.engines.emv.session import Session, Steps
from cardamom.values.events import CvmUsed
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
            session.watch(CvmTried(rule.code, rule.condition, CvmTry.NOT_MET))
            continue
        if not _can_perform(session, rule.method):
            session.watch(CvmTried(rule.code, rule.condition, CvmTry.NOT_SUPPORTED))
            if rule.go_on:
                continue
            break
        result = yield from _perform(session, rule)
        session.watch(CvmTried(rule.code, rule.condition, CvmTry[result.name]))
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
    if rule.method not in OFFLINE_PIN:
        return Result.FAILED
    use, signed = OFFLINE_PIN[rule.method]
    if not (yield from verify_offline(session, use)):
        return Result.FAILED
    if not signed:
        session.cvm = CvmUsed.OFFLINE_PIN
        return Result.SUCCESSFUL
    # 10.5.4: both must succeed, and of a signature nobody knows
    session.cvm = CvmUsed.SIGNATURE
    return Result.UNKNOWN


OFFLINE_PIN: Final[dict[Method | None, tuple[PinUse, bool]]] = {
    Method.PLAINTEXT_PIN: (PinUse.OFFLINE_PLAINTEXT, False),
    Method.PLAINTEXT_PIN_SIGNATURE: (PinUse.OFFLINE_PLAINTEXT, True),
    Method.ENCIPHERED_PIN: (PinUse.OFFLINE_ENCIPHERED, False),
    Method.ENCIPHERED_PIN_SIGNATURE: (PinUse.OFFLINE_ENCIPHERED, True),
}
"""How the PIN goes to the card, and whether a signature is wanted as well."""


# Book 3, 10.5.2
def _online_pin(session: Session) -> Steps[Result]:
    entered = yield from enter(session, EnterPin(PinUse.ONLINE))
    if entered is None:
        return Result.FAILED
    if not isinstance(entered, Pin | PinBlock):
        raise TypeError("an online PIN is a Pin or a PinBlock")
    session.pin = entered
    session.set_tvr(Tvr.ONLINE_CVM_CAPTURED)
    session.cvm = CvmUsed.ONLINE_PIN
    return Result.UNKNOWN
