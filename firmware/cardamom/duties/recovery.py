"""After a restart: whatever a flow left unfinished moves on as the table of states says."""

from __future__ import annotations

from cardamom.ports import Clock, Journal
from cardamom.story import tell
from cardamom.values.events import ReceiptOwed, Restarted
from cardamom.values.record import Record, apply
from cardamom.values.states import MONEY_OPEN


async def recover(journal: Journal, clock: Clock) -> list[Record]:
    """Move every unfinished transaction on, one commit each; the records as they stand then.

    Only for moments when no flow runs: what it holds would look unfinished.
    """
    moved = []
    for record in await journal.unfinished():
        restarted = Restarted(at=clock.now())
        after = apply(record, record.txn, restarted).state
        tell("recovered", txn=record.txn, stan=record.stan, was=record.state, now=after)
        slip = ReceiptOwed(
            at=clock.now(), copies=("unknown" if after in MONEY_OPEN else "declined",)
        )
        moved.append(await journal.append(record.txn, restarted, slip))
    return moved
