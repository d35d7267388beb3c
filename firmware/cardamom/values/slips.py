"""Which slips a transaction owes when it ends, or when its outcome turns out to be unknown."""

from __future__ import annotations

from cardamom.values.states import MONEY_OPEN, TAKEN, State


def slips_after(state: State | None) -> tuple[str, ...]:
    """The copies for a transaction that has come to this state. Withdrawn: none."""
    if state in TAKEN:
        return ("merchant", "customer")
    if state in MONEY_OPEN:
        return ("unknown",)
    return ("declined",) if state is State.DECLINED else ()
