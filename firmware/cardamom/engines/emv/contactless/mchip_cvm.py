"""CVM selection of Kernel 2 (C-2, procedure CVM Selection): which method the terminal is to
perform later; the card's list decides, or the customer's device."""

from __future__ import annotations

from typing import Final

from cardamom.engines.emv import cvm_list
from cardamom.engines.emv.bits import Aip, Capability, Tvr
from cardamom.engines.emv.contactless.outcome import Cvm
from cardamom.engines.emv.contactless.qualifiers import Aip2
from cardamom.engines.emv.contactless.tap import Tap
from cardamom.engines.emv.cvm_list import Method, Rule

ON_DEVICE: Final = b"\x01\x00\x02"
NONE_NEEDED: Final = b"\x3f\x00\x02"
NOT_PERFORMED: Final = b"\x3f\x00\x00"
NONE_APPLIED: Final = b"\x3f\x00\x01"

# C-2, CVM.15 and CVM.18
_METHODS: Final[dict[Method, tuple[Capability, Cvm, int]]] = {
    Method.ONLINE_PIN: (Capability.ONLINE_PIN, Cvm.ONLINE_PIN, 0x00),
    Method.SIGNATURE: (Capability.SIGNATURE, Cvm.SIGNATURE, 0x00),
    Method.NO_CVM: (Capability.NO_CVM, Cvm.NO_CVM, 0x02),
}


def above_limit(tap: Tap) -> bool:
    """Reader CVM Required Limit, exceeded (S456.30)."""
    limit = tap.prepared.combination.cvm_limit
    return limit is not None and tap.order.amount_minor > limit


def on_device(tap: Tap) -> bool:
    """Card and kernel have On-Device Cardholder Verification."""
    bit = Aip2.ON_DEVICE_CVM in Aip2(int(tap.aip))
    return bit and tap.prepared.combination.mchip.on_device_cvm


def select(tap: Tap) -> Cvm:
    """The choice; CVM Results and TVR say how it was made."""
    results, cvm = _choose(tap)
    tap.store.terminal[0x9F34] = results
    return cvm


def _choose(tap: Tap) -> tuple[bytes, Cvm]:
    # CVM.1 to CVM.4
    if on_device(tap):
        if above_limit(tap):
            return ON_DEVICE, Cvm.CONFIRMATION_CODE
        return NONE_NEEDED, Cvm.NO_CVM
    # CVM.5 and CVM.6
    if Aip.CARDHOLDER_VERIFICATION not in tap.aip:
        return NOT_PERFORMED, Cvm.NO_CVM
    # CVM.7 and CVM.8
    data = tap.store.card.get(0x8E)
    rules = cvm_list.parse(data) if data else None
    if rules is None or not rules.rules:
        tap.set_tvr(Tvr.ICC_DATA_MISSING)
        return NOT_PERFORMED, Cvm.NO_CVM
    failed: Rule | None = None
    for rule in rules.rules:
        if not cvm_list.condition_met(tap, rules, rule):
            continue
        if rule.method is None:
            tap.set_tvr(Tvr.UNRECOGNISED_CVM)
        chosen = _METHODS.get(rule.method) if rule.method is not None else None
        if chosen is not None and tap.can(chosen[0]):
            if chosen[1] is Cvm.ONLINE_PIN:
                tap.set_tvr(Tvr.ONLINE_CVM_CAPTURED)
            return bytes((rule.code, rule.condition, chosen[2])), chosen[1]
        # CVM.19 to CVM.22
        failed = rule
        if not rule.go_on:
            break
    tap.set_tvr(Tvr.CARDHOLDER_NOT_VERIFIED)
    if failed is not None and failed.method is Method.FAIL:
        return bytes((failed.code, failed.condition, 0x01)), Cvm.NO_CVM
    return NONE_APPLIED, Cvm.NO_CVM
