"""Pre-processing (EMV Contactless Book B, 3.1): which combinations this amount allows, and what the
card is told of it."""

from __future__ import annotations

from dataclasses import dataclass

from cardamom.engines.emv.contactless.qualifiers import Ttq
from cardamom.engines.emv.contactless.rules import Combination, TapRules
from cardamom.engines.emv.requests import EmvOrder, TransactionType


@dataclass(frozen=True, slots=True)
class Prepared:
    """A combination with its indicators for this amount. `ttq`: as the card is to see it."""

    combination: Combination
    ttq: Ttq
    zero_amount: bool = False
    status_check: bool = False
    floor_exceeded: bool = False
    cvm_exceeded: bool = False


def prepare_all(order: EmvOrder, tap: TapRules) -> tuple[Prepared, ...]:
    """Start A. Empty: no application is allowed.

    A refund gives money away by the original's card data, not by a tap.
    """
    if order.transaction_type == TransactionType.REFUND:
        return ()
    found = (prepare(order, tap, combination) for combination in tap.combinations)
    return tuple(p for p in found if p is not None)


# Book B, 3.1.1
def prepare(order: EmvOrder, tap: TapRules, c: Combination) -> Prepared | None:
    """None where the contactless application is not allowed.

    Beyond 3.1.1: where the terminal may not let a TC stand, or the merchant wants the issuer asked,
    an online cryptogram is required whatever the amount.
    """
    amount = order.amount_minor
    ttq = Ttq(int.from_bytes(c.ttq)) & ~(Ttq.ONLINE_REQUIRED | Ttq.CVM_REQUIRED)
    status_check = c.status_check and amount == 10**order.currency_exponent
    zero = amount == 0
    if zero and (not c.zero_amount or Ttq.OFFLINE_ONLY in ttq):
        return None
    if _reached(amount, transaction_limit(c)):
        return None
    floor_exceeded = c.floor_limit is not None and amount > c.floor_limit
    cvm_exceeded = _reached(amount, c.cvm_limit)
    if c.issuer_update:
        ttq |= Ttq.ISSUER_UPDATE
    alone = tap.rules.offline_approval and not order.force_online
    if floor_exceeded or status_check or zero or not alone:
        ttq |= Ttq.ONLINE_REQUIRED
    if cvm_exceeded:
        ttq |= Ttq.CVM_REQUIRED
    return Prepared(c, ttq, zero, status_check, floor_exceeded, cvm_exceeded)


def transaction_limit(c: Combination) -> int | None:
    """Kernel 2 knows two limits and takes the right one itself: here the higher counts."""
    if c.kernel == 2 and c.mchip.on_device_limit is not None and c.transaction_limit is not None:
        return max(c.transaction_limit, c.mchip.on_device_limit)
    return c.transaction_limit


def _reached(amount: int, limit: int | None) -> bool:
    return limit is not None and amount >= limit
