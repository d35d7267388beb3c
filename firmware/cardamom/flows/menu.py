"""The keypad's menu: what can be asked for beside a sale."""

from __future__ import annotations

from cardamom.flows.asking import answered, approved, ask_amount, ask_trace, choose_row
from cardamom.flows.originals import by_trace
from cardamom.flows.reports import last_z_report, reprint, x_report_of
from cardamom.flows.selftest import self_test, show_self_test
from cardamom.flows.terminal import Order, Terminal
from cardamom.values.account_screens import NothingToReprint, OwedList, OwedRow, ReportShown
from cardamom.values.commissioning import Doing, Trouble
from cardamom.values.events import Reason
from cardamom.values.keys import Key
from cardamom.values.kinds import Kind
from cardamom.values.operations import MENU, OPERATIONS, Operation, Role
from cardamom.values.record import Record
from cardamom.values.report import Report
from cardamom.values.screens import Menu, ShowOriginal
from cardamom.values.setup_screens import SetupTrouble, SetupWorking
from cardamom.values.states import WAITS_FOR_SUPERVISOR


async def menu(t: Terminal) -> Order | Operation | None:
    """An order that a supervisor has approved, Operation.SETTLE, or None: what was asked for is
    done. Raises JournalFault."""
    items = tuple(o for o in MENU if t.rights.supervised or OPERATIONS[o].role is Role.CLERK)
    if t.support.present:
        items = (Operation.END_SUPPORT, *items)
    if t.set_up is not None and t.rights.supervised:
        items = (*items, Operation.SET_UP)
    selected = 0
    while True:
        waiting = len(await owed(t))

        def shown(row: int, waiting: int = waiting) -> Menu:
            return Menu(items, row, waiting)

        row = await choose_row(t, len(items), shown, selected=selected)
        if row is None:
            return None
        selected = row
        chosen = items[row]
        kind = OPERATIONS[chosen].kind
        if kind is not None:
            order = await _undo(t, chosen, kind)
            if order is not None:
                return order
        elif chosen is Operation.SETTLE:
            return chosen
        else:
            await _tell(t, chosen)
            if chosen is Operation.END_SUPPORT:
                return None


async def owed(t: Terminal) -> list[Record]:
    """What is owed to the host and what waits for a supervisor, oldest first."""
    records = {r.txn: r for r in await t.journal.owing()}
    records |= {r.txn: r for r in await t.journal.in_states(WAITS_FOR_SUPERVISOR)}
    return [records[txn] for txn in sorted(records)]


async def _undo(t: Terminal, operation: Operation, kind: Kind) -> Order | None:
    """The sale, the amount, the supervisor; None for Cancel at any of them."""
    refused: Reason | None = None
    while (stan := await ask_trace(t, kind, refused)) is not None:
        found = await by_trace(t.journal, kind, stan)
        if found is None:
            refused = Reason.ORIGINAL_NOT_FOUND
            continue
        original = found.original
        screen = ShowOriginal(
            kind,
            original.amount,
            found.amount,
            stan,
            original.card,
            original.started_at.astimezone(t.clock.local().tzinfo),
            found.refused,
        )
        refused = None
        key = await answered(t, screen, Key.ENTER)
        if found.refused is not None or key is not Key.ENTER:
            continue
        amount = found.amount if kind is Kind.VOID else await ask_amount(t, found.amount)
        if amount is None:
            continue
        if not await approved(t, operation, f"{original.txn} {amount}"):
            return None
        return Order(amount, kind=kind, original=original.txn, supervisor=True)
    return None


async def _tell(t: Terminal, operation: Operation) -> None:
    """Reports, lists and slips."""
    match operation:
        case Operation.OWED:
            rows = tuple(
                OwedRow(r.amount, r.stan or 0, r.state, r.kind)
                for r in await owed(t)
                if r.state is not None
            )
            await choose_row(t, len(rows), lambda row: OwedList(rows, row))
        case Operation.X_REPORT:
            await _report(t, await x_report_of(t))
        case Operation.Z_REPORT:
            report = await last_z_report(t)
            if report is None:
                await answered(t, NothingToReprint(operation), Key.ENTER)
            else:
                await _report(t, report)
        case Operation.REPRINT:
            if await reprint(t, None) is None:
                await answered(t, NothingToReprint(operation), Key.ENTER)
        case Operation.END_SUPPORT:
            t.support.end()
        case Operation.SELF_TEST:
            if await approved(t, operation):
                who = Role.SUPERVISOR.value
                tried = await self_test(t, attended=True, printed=True, operator=who)
                await show_self_test(t, tried)
        case Operation.SET_UP:
            await _set_up(t)
        case _:
            pass


async def _set_up(t: Terminal) -> None:
    """The terminal starts anew and asks; a sentence where that cannot be."""
    if t.set_up is None or not await approved(t, Operation.SET_UP):
        return
    t.display.show(SetupWorking(Doing.WRITING))
    if why := await t.set_up():
        await answered(t, SetupTrouble(Trouble.HELPER, why), Key.ENTER)


async def _report(t: Terminal, report: Report) -> None:
    if await answered(t, ReportShown(report), Key.ENTER) is Key.ENTER:
        t.receipts.report(report)
