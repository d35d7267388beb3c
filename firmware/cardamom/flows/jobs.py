"""What waits at the desk: orders with their references, and tasks that need it to themselves."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from typing import Any, Final

from cardamom.faults import Fault
from cardamom.flows.terminal import Order
from cardamom.values.kinds import Kind
from cardamom.values.money import Money
from cardamom.values.record import Record

STOPPING: Final = "the terminal is stopping"
BUSY: Final = "the terminal is busy with another request: ask again later"
CANCELLED: Final = "it was cancelled before its turn came"
SETTLING: Final = "the batch is being settled: ask again when `cardamom status` names the next one"


class DeskRefusal(Fault):
    """The desk did not take the request: nothing was asked of anybody. The text says why."""


def _future() -> asyncio.Future[Any]:
    return asyncio.get_running_loop().create_future()


@dataclass(eq=False, slots=True)
class Job:
    """A transaction to be made; `done` has its durable record."""

    order: Order
    done: asyncio.Future[Record] = field(default_factory=_future)


@dataclass(eq=False, slots=True)
class Task:
    """Something else that no transaction may run beside; `done` has its result."""

    run: Callable[[], Awaitable[Any]]
    done: asyncio.Future[Any] = field(default_factory=_future)


@dataclass(frozen=True, slots=True)
class Wish:
    """What a caller's reference was, or is, used for. `amount` None: all that is left."""

    kind: Kind
    amount: Money | None
    original: int | None = None

    def agree(self, kind: Kind, amount: Money, original: int | None) -> None:
        """Raises DeskRefusal where the reference was used for something else."""
        same = (self.kind, self.original) == (kind, original)
        if not same or self.amount not in (None, amount):
            what = f"a {kind.value} of {amount}" if kind is not self.kind else f"{amount}"
            of = f" of transaction {original}" if original is not None else ""
            raise DeskRefusal(f"this reference was used for {what}{of}: use a new one")


def fail(job: Job | Task, error: BaseException) -> None:
    """Tell who waits, where somebody does."""
    if not job.done.done():
        job.done.set_exception(error)
        job.done.exception()  # a keypad's has no waiter: mark it as seen
