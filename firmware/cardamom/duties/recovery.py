"""After a restart: whatever a flow left unfinished moves on as the table of states says."""

from __future__ import annotations

from cardamom.ports import Clock, Journal
from cardamom.story import tell
from cardamom.values.events import ReceiptOwed, Restarted
from cardamom.values.states import State, Step, advance

SLIP = {State.REVERSING: "unknown", State.DECLINED: "declined"}


async def recover(journal: Journal, clock: Clock) -> int:
    """Move every unfinished transaction on, one commit each; how many there were."""
    found = await journal.unfinished()
    for record in found:
        after = advance(record.state, Step.RESTART)
        tell("recovered", txn=record.txn, stan=record.stan, was=record.state, now=after)
        await journal.append(
            record.txn,
            Restarted(at=clock.now()),
            ReceiptOwed(at=clock.now(), copies=(SLIP[after],)),
        )
    return len(found)
