"""Reports and slips on demand: X at any time, the last Z and any slip once more."""

from __future__ import annotations

from cardamom.duties.settlement import LAST_BATCH
from cardamom.flows.terminal import Terminal
from cardamom.story import tell
from cardamom.values.events import ReceiptOwed
from cardamom.values.record import Record
from cardamom.values.report import Report, x_report, z_report
from cardamom.values.states import State


async def x_report_of(t: Terminal) -> Report:
    """The open batch as it stands; changes nothing."""
    book = await t.journal.book()
    records = await t.journal.of_batch(book.batch)
    return x_report(book, records, t.config.operator, t.clock.now())


async def z_report_of(t: Terminal, batch: int, *, reprint: bool) -> Report | None:
    """A settled batch's; None where it is not settled."""
    story = await t.journal.batch_story(batch)
    return z_report(story, await t.journal.of_batch(batch), reprint=reprint)


async def last_z_report(t: Terminal) -> Report | None:
    """The last settlement's, as a reprint; None before the first."""
    last = (await t.journal.batch() - 2) % LAST_BATCH + 1
    return await z_report_of(t, last, reprint=True)


async def reprint(t: Terminal, txn: int | None) -> Record | None:
    """Owes a transaction's slips once more, of the newest that has any where none is named.

    None where there is nothing to print.
    """
    record = await _printed(t) if txn is None else await t.journal.get(txn)
    if record is None or record.state is State.WITHDRAWN:
        return None
    copies = tuple(dict.fromkeys((*record.receipts_printed, *record.receipts_owed)))
    if not copies:
        return None
    if not record.receipts_owed:
        owed = ReceiptOwed(at=t.clock.now(), copies=copies)
        record = await t.journal.append(record.txn, owed)
    tell("reprint", txn=record.txn, copies=",".join(copies))
    t.receipts.owe(record)
    return record


async def _printed(t: Terminal) -> Record | None:
    """The newest transaction with slips."""
    for record in await t.journal.recent(20):
        if record.receipts_printed or record.receipts_owed:
            return record
    return None
