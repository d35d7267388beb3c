"""Kernel 7: qUICS (EMV Contactless Book C-7; publicly JR/T 0025.12 and UnionPay's Integrated
Circuit Card Specifications, Part V, have the same steps). Offline e-cash and the standard
debit/credit process are not offered."""

from __future__ import annotations

from typing import Final

from cardamom.engines.emv.contactless.outcome import Cvm, Parameters, insert_card
from cardamom.engines.emv.contactless.qualified import (
    Unfit,
    authenticate,
    begin,
    complete_read,
    conclude,
    gave_tc,
    on_device,
    qualifiers,
    restrict,
    verify,
)
from cardamom.engines.emv.contactless.qualifiers import Ctq, Ttq
from cardamom.engines.emv.contactless.requests import TapSteps
from cardamom.engines.emv.contactless.tap import KernelObjects, Tap

OBJECTS: Final = KernelObjects(
    terminal=frozenset({0x9F66, 0x9F7A, 0xDF60}),
    lengths={0x9F26: (8, 8), 0x9F5D: (1, 6), 0x9F69: (5, 16), 0x9F6C: (2, 2), 0x9F79: (6, 6)},
)
"""The e-cash terminal support indicator, 9F7A, is the terminal's and absent: zero in a PDOL."""

E_CASH: Final = (0x9F74, 0x9F79, 0x9F5D)
"""Issuer authorisation code, balance and available amount of an e-cash application."""


def unionpay(tap: Tap) -> TapSteps[Parameters]:
    """From initiation to the outcome. An approval out of e-cash goes to the contacts: it is not
    taken."""
    try:
        yield from begin(tap)
        yield from complete_read(tap)
        if gave_tc(tap) and any(tap.store.card.get(tag) for tag in E_CASH):
            return insert_card()
        restrict(tap)
        authenticate(tap)
        cvm = Cvm.NOT_APPLICABLE if tap.decline else _verify(tap)
        return conclude(tap, cvm)
    except Unfit as unfit:
        return unfit.parameters


def _verify(tap: Tap) -> Cvm:
    """Small amounts need neither PIN nor signature, by the acquirer's rule."""
    if Ttq.CVM_REQUIRED in tap.ttq or not _small(tap):
        return verify(tap)
    asked = qualifiers(tap) or Ctq(0)
    return on_device(tap) if Ctq.DEVICE_CVM_DONE in asked else Cvm.NO_CVM


def _small(tap: Tap) -> bool:
    return tap.order.amount_minor <= tap.prepared.combination.free_limit
