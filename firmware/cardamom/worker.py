"""One long-lived thread for one blocking library: calls queue up, results come back to the loop."""

from __future__ import annotations

import asyncio
import queue
import threading
from collections.abc import Callable
from typing import Any, TypeVar

T = TypeVar("T")


class StuckError(Exception):
    """The call outlived its deadline; the thread is abandoned and must be replaced."""


class Worker:
    """Runs calls one after another in a daemon thread of its own.

    A blocking call cannot be cancelled. Past its deadline the worker is abandoned (`stuck`): its
    late result is dropped, every further call raises StuckError, and the owner opens a fresh
    Worker. A cancelled `call` detaches: the work itself runs to its end.
    """

    def __init__(self, name: str) -> None:
        self.name = name
        self.stuck = False
        self._queue: queue.SimpleQueue[Callable[[], None] | None] = queue.SimpleQueue()
        self._thread = threading.Thread(target=self._run, name=name, daemon=True)
        self._thread.start()

    async def call(self, work: Callable[..., T], *args: Any, deadline_s: float | None = None) -> T:
        """The result of `work(*args)`. Raises what it raises, or StuckError past `deadline_s`."""
        if self.stuck:
            raise StuckError(f"{self.name} does not answer")
        loop = asyncio.get_running_loop()
        done: asyncio.Future[T] = loop.create_future()

        def settle(result: T | None, error: BaseException | None) -> None:
            if done.done():
                return
            if error is not None:
                done.set_exception(error)
            else:
                done.set_result(result)  # type: ignore[arg-type]

        def job() -> None:
            result: T | None = None
            error: BaseException | None = None
            try:
                result = work(*args)
            except BaseException as e:  # noqa: BLE001 it is handed to the caller
                error = e
            try:
                loop.call_soon_threadsafe(settle, result, error)
            except RuntimeError:
                return  # the loop has closed: nobody is left to tell

        self._queue.put(job)
        if deadline_s is None:
            return await done
        # A timer by itself: asyncio.timeout makes each call a sixth dearer.
        timer = loop.call_later(deadline_s, self._give_up, done, deadline_s)
        try:
            return await done
        finally:
            timer.cancel()

    def _give_up(self, done: asyncio.Future[Any], deadline_s: float) -> None:
        if done.done():
            return
        self.stuck = True
        self._queue.put(None)
        done.set_exception(StuckError(f"{self.name} did not answer within {deadline_s:g} s"))

    def post(self, work: Callable[[], None]) -> None:
        """Queues work whose result nobody waits for."""
        self._queue.put(work)

    def close(self, timeout_s: float = 2.0) -> None:
        """Lets what is queued finish, then ends the thread."""
        self._queue.put(None)
        self._thread.join(timeout_s)

    def _run(self) -> None:
        while (job := self._queue.get()) is not None:
            job()
