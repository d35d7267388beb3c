"""One virtual card on a TCP connection: the reader's side of vpcd's protocol."""

from __future__ import annotations

import asyncio

from cardamom.faults import CardFault


class Slot:
    """One connected card; what it says goes to the one who waits, or is dropped."""

    def __init__(self, writer: asyncio.StreamWriter) -> None:
        self.gone = asyncio.Event()
        self._writer = writer
        self._waiting: asyncio.Future[bytes] | None = None
        self._late = 0
        self._turn = asyncio.Lock()

    def send(self, body: bytes) -> None:
        if self.gone.is_set() or self._writer.is_closing():
            raise CardFault("the card was pulled", gone=True)
        self._writer.write(len(body).to_bytes(2) + body)

    async def ask(self, body: bytes, deadline_s: float) -> bytes:
        """Its answer. An answer that nobody waited for any more is never taken for a later one."""
        async with self._turn:
            self.send(body)
            answer: asyncio.Future[bytes] = asyncio.get_running_loop().create_future()
            self._waiting = answer
            try:
                async with asyncio.timeout(deadline_s):
                    return await answer
            except TimeoutError:
                raise CardFault(f"the card did not answer within {deadline_s:g} s") from None
            finally:
                if self._waiting is answer:
                    self._waiting = None
                    self._late += 1

    async def serve(self, reader: asyncio.StreamReader) -> None:
        """Until the card goes."""
        try:
            while True:
                size = int.from_bytes(await reader.readexactly(2))
                self.heard(await reader.readexactly(size))
        except (asyncio.IncompleteReadError, OSError):
            self.leave()

    def heard(self, body: bytes) -> None:
        if self._late:
            self._late -= 1
            return
        waiting, self._waiting = self._waiting, None
        if waiting is not None and not waiting.done():
            waiting.set_result(body)

    def leave(self) -> None:
        self.gone.set()
        self._writer.close()
        waiting, self._waiting = self._waiting, None
        if waiting is not None and not waiting.done():
            waiting.set_exception(CardFault("the card was pulled", gone=True))
