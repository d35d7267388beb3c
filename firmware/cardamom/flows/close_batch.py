"""A supervisor closes a batch whose settlement the host goes on refusing, by what the host told."""

from __future__ import annotations

from dataclasses import dataclass

from cardamom.duties.settlement import LAST_BATCH
from cardamom.flows.jobs import DeskRefusal
from cardamom.flows.terminal import Terminal
from cardamom.story import tell
from cardamom.values.batch import Book
from cardamom.values.terminal_events import BatchClosed
from cardamom.values.totals import Totals


@dataclass(frozen=True, slots=True)
class ClosedAlone:
    """A batch that is closed without the host's agreement; `code`: its last refusal's field 39."""

    batch: int
    totals: tuple[Totals, ...]
    uploaded: int
    host_reference: str
    code: str


async def refused(t: Terminal) -> tuple[Book, str]:
    """The batch that a refusal holds, and the refusal's code. Raises DeskRefusal where the host did
    not refuse it since the start: while it is silent it may have taken the batch."""
    book = await t.journal.book()
    if not book.closing:
        raise DeskRefusal(f"batch {book.batch:06d} is not being settled: settle it first")
    if (code := t.settlement.refused) is None:
        raise DeskRefusal(
            f"the host has not refused the settlement of batch {book.batch:06d}: it goes on by "
            "itself"
        )
    return book, code


async def close_batch(t: Terminal, operator: str, host_reference: str) -> ClosedAlone:
    """One commit closes it and opens the next one, as at the end of a settlement.

    Raises DeskRefusal as `refused`, JournalFault.
    """
    book, code = await refused(t)
    closed = BatchClosed(
        at=t.clock.now(),
        batch=book.batch,
        opened=book.batch % LAST_BATCH + 1,
        operator=operator,
        host_reference=host_reference,
        code=code,
    )
    await t.journal.note(closed)
    tell("batch_closed_without_host", batch=book.batch, opened=closed.opened, code=code)
    return ClosedAlone(book.batch, book.totals, len(book.uploaded), host_reference, code)
