"""The CVM List, tag 8E: parsing and conditions (EMV 4.4 Book 3, 10.5 and C3)."""

from __future__ import annotations

from dataclasses import dataclass
from enum import IntEnum
from typing import Final

from cardamom.engines.emv.bits import Capability
from cardamom.engines.emv.requests import TransactionType
from cardamom.engines.emv.session import Session
from cardamom.engines.emv.store import DataError


class Method(IntEnum):
    """Bits 6-1 of a rule's first byte (Book 3, Table 43)."""

    FAIL = 0x00
    PLAINTEXT_PIN = 0x01
    ONLINE_PIN = 0x02
    PLAINTEXT_PIN_SIGNATURE = 0x03
    ENCIPHERED_PIN = 0x04
    ENCIPHERED_PIN_SIGNATURE = 0x05
    FACE_OFFLINE = 0x06
    FACE_ONLINE = 0x07
    FINGER_OFFLINE = 0x08
    FINGER_ONLINE = 0x09
    PALM_OFFLINE = 0x0A
    PALM_ONLINE = 0x0B
    IRIS_OFFLINE = 0x0C
    IRIS_ONLINE = 0x0D
    VOICE_OFFLINE = 0x0E
    VOICE_ONLINE = 0x0F
    SIGNATURE = 0x1E
    NO_CVM = 0x1F

    @property
    def offline_pin(self) -> bool:
        return self in _OFFLINE_PIN

    @property
    def biometric(self) -> bool:
        return Method.FACE_OFFLINE <= self <= Method.VOICE_ONLINE


_OFFLINE_PIN: Final = frozenset(
    {
        Method.PLAINTEXT_PIN,
        Method.PLAINTEXT_PIN_SIGNATURE,
        Method.ENCIPHERED_PIN,
        Method.ENCIPHERED_PIN_SIGNATURE,
    }
)
NEEDS: Final[dict[Method, Capability]] = {
    Method.FAIL: Capability(0),
    Method.PLAINTEXT_PIN: Capability.PLAINTEXT_PIN,
    Method.ONLINE_PIN: Capability.ONLINE_PIN,
    Method.PLAINTEXT_PIN_SIGNATURE: Capability.PLAINTEXT_PIN | Capability.SIGNATURE,
    Method.ENCIPHERED_PIN: Capability.ENCIPHERED_PIN,
    Method.ENCIPHERED_PIN_SIGNATURE: Capability.ENCIPHERED_PIN | Capability.SIGNATURE,
    Method.SIGNATURE: Capability.SIGNATURE,
    Method.NO_CVM: Capability.NO_CVM,
}
"""What a terminal must have; a method that is not here is never supported."""


@dataclass(frozen=True, slots=True)
class Rule:
    """One CV Rule: its two bytes."""

    code: int
    condition: int

    @property
    def method(self) -> Method | None:
        """None: not recognised."""
        try:
            return Method(self.code & 0x3F)
        except ValueError:
            return None

    @property
    def go_on(self) -> bool:
        """Bit 7: after a failure the next rule applies."""
        return bool(self.code & 0x40)


@dataclass(frozen=True, slots=True)
class CvmList:
    """`x` and `y` in minor units of the application's currency."""

    x: int
    y: int
    rules: tuple[Rule, ...]


def parse(data: bytes) -> CvmList:
    """Raises DataError for a list with an incomplete part (10.5)."""
    if len(data) < 8 or len(data) % 2:
        raise DataError("the CVM list is cut short")
    rules = tuple(Rule(data[at], data[at + 1]) for at in range(8, len(data), 2))
    return CvmList(int.from_bytes(data[:4]), int.from_bytes(data[4:8]), rules)


def supported(session: Session, method: Method) -> bool:
    return method in NEEDS and session.can(NEEDS[method])


# Book 3, Table 44
def condition_met(session: Session, cvm_list: CvmList, rule: Rule) -> bool:
    """A condition that is unknown, or lacks its data, is not met."""
    kind = session.order.transaction_type
    cash = kind in (TransactionType.CASH, TransactionType.CASH_DISBURSEMENT)
    attended = session.rules.terminal_type & 0x0F in (1, 2, 3)
    cashback = kind == TransactionType.CASHBACK or session.order.other_minor > 0
    match rule.condition:
        case 0x00:
            return True
        case 0x01:
            return cash and not attended
        case 0x02:
            return not cash and not cashback
        case 0x03:
            return rule.method is not None and supported(session, rule.method)
        case 0x04:
            return cash and attended
        case 0x05:
            return cashback
        case 0x06 | 0x07 | 0x08 | 0x09:
            return _amount_condition(session, cvm_list, rule.condition)
    return False


def _amount_condition(session: Session, cvm_list: CvmList, condition: int) -> bool:
    """Under X, over X, under Y, over Y, where the card's currency is the transaction's."""
    currency = session.store.card.get(0x9F42)
    if currency is None or currency != session.store.get(0x5F2A):
        return False
    amount = session.order.amount_minor
    limit = cvm_list.x if condition in (0x06, 0x07) else cvm_list.y
    return amount < limit if condition in (0x06, 0x08) else amount > limit
