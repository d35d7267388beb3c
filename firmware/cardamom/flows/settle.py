"""Settlement 结算: from the wish to the Z report, and on from where a restart left it."""

from __future__ import annotations

from cardamom.duties.settlement import Closed, SettlementRefusal
from cardamom.flows.asking import answered, approved
from cardamom.flows.reports import z_report_of
from cardamom.flows.terminal import Terminal, first
from cardamom.values.keys import Key
from cardamom.values.operations import Operation, Role
from cardamom.values.screens import (
    Settled,
    SettlementRefused,
    SettleRefusal,
    SettleStep,
    Settling,
)


async def begin(t: Terminal, operator: str, *, over_parked: bool) -> None:
    """Freeze the batch. Raises SettlementRefusal with nothing begun, JournalFault."""
    await t.settlement.begin(operator, t.display.show, over_parked=over_parked)


async def begin_at_keypad(t: Terminal) -> bool:
    """The same, where whoever stands there is told why not; whether it was begun."""
    try:
        await begin(t, t.config.operator, over_parked=False)
    except SettlementRefusal as refusal:
        parked = refusal.why is SettleRefusal.PARKED and t.rights.supervised
        key = await answered(t, SettlementRefused(refusal.why, refusal.count), Key.ENTER)
        if not parked or key is not Key.ENTER or not await approved(t, Operation.SETTLE_PARKED):
            return False
    else:
        return True
    try:
        await begin(t, Role.SUPERVISOR.value, over_parked=True)
    except SettlementRefusal as refusal:
        await answered(t, SettlementRefused(refusal.why, refusal.count), Key.ENTER)
        return False
    return True


async def print_z(t: Terminal, batch: int) -> None:
    """Hands the closed batch's report to the printer. Raises JournalFault.

    The report is owed by the commit that closes the batch: where this is not reached, it is printed
    all the same.
    """
    t.display.show(Settling(batch, SettleStep.PRINT))
    report = await z_report_of(t, batch, reprint=False)
    if report is not None:
        t.receipts.report(report)


async def leave(t: Terminal, closed: Closed) -> None:
    """What it came to stays until it is read."""
    t.keypad.clear()
    t.display.show(Settled(closed.batch, closed.totals, closed.uploaded))
    await first(key=_read(t), left=t.clock.sleep(t.config.result_s))


async def _read(t: Terminal) -> None:
    while await t.keypad.key() not in (Key.ENTER, Key.CANCEL):
        pass
