"""After a restart: whatever a flow left unfinished moves on as the table of states says."""

from __future__ import annotations

from cardamom.ports import Clock, Journal
from cardamom.story import tell
from cardamom.values.events import ReceiptOwed, Restarted
from cardamom.values.record import Record
from cardamom.values.states import State, Step, advance

SLIP = {State.REVERSING: "unknown", State.DECLINED: "declined"}


async def recover(journal: Journal, clock: Clock) -> list[Record]:
    """Move every unfinished transaction on, one commit each; the records as they stand then.

    Only for moments when no flow runs: what it holds would look unfinished.
    """
    moved = []
    for record in await journal.unfinished():
        after = advance(record.state, Step.RESTART)
        tell("recovered", txn=record.txn, stan=record.stan, was=record.state, now=after)
        slip = ReceiptOwed(at=clock.now(), copies=(SLIP[after],))
        moved.append(await journal.append(record.txn, Restarted(at=clock.now()), slip))
    return moved
