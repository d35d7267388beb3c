"""A supervisor has asked the host by other means what became of a parked transaction."""

from __future__ import annotations

from cardamom.flows.jobs import DeskRefusal
from cardamom.flows.terminal import Terminal
from cardamom.story import tell
from cardamom.values.events import Closed
from cardamom.values.record import Record
from cardamom.values.states import WAITS_FOR_SUPERVISOR, State


async def close_parked(
    t: Terminal, txn: int, operator: str, host_reference: str, *, taken: bool
) -> Record:
    """Writes down what the host told. The same once more returns what was written.

    Raises DeskRefusal where there is nothing to close, JournalFault.
    """
    record = await closable(t, txn, host_reference, taken=taken)
    if record.state is State.CLOSED:
        return record
    closed = Closed(at=t.clock.now(), operator=operator, host_reference=host_reference, taken=taken)
    record = await t.journal.append(txn, closed)
    tell("closed", txn=txn, stan=record.stan, taken=taken)
    if record.batch != await t.journal.batch() and record.sealed is not None:
        await t.journal.erase([txn])  # a settled batch keeps none; an open one's go with it
        return await t.journal.get(txn) or record
    return record


async def closable(t: Terminal, txn: int, host_reference: str, *, taken: bool) -> Record:
    """The transaction, if it waits for a supervisor or was closed just so. Raises DeskRefusal."""
    record = await t.journal.get(txn)
    if record is None:
        raise DeskRefusal(f"there is no transaction {txn}")
    if record.state in WAITS_FOR_SUPERVISOR:
        return record
    same = (record.closed_reference, record.closed_taken) == (host_reference, taken)
    if record.state is State.CLOSED and same:
        return record
    state = str(record.state).replace("_", " ")
    raise DeskRefusal(f"transaction {txn} is {state}: nothing waits for a supervisor there")
