"""Commands to a card that are known beforehand: the chip's thread sends the next one as soon as one
is answered, while the answer before is still being taken apart."""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import Callable, Coroutine
from typing import Any, Final, Protocol

from cardamom.devices.pn532_cards import Activated, Cards

DONE: Final = b"\x90\x00"


class Once(Protocol):
    """Pn532Reader.once."""

    def __call__(
        self, work: Callable[[Cards], None], *, commands: int
    ) -> Coroutine[Any, Any, None]: ...


class Series:
    """It ends with the first answer that is not 9000, with a fault, or when it is stopped."""

    def __init__(self, once: Once, activated: Activated, commands: tuple[bytes, ...]) -> None:
        self._activated = activated
        self._commands = commands
        self._unasked = deque(commands)
        self._answers: asyncio.Queue[tuple[bytes, int] | Exception] = asyncio.Queue()
        self._stopped = False
        self._loop = asyncio.get_running_loop()
        self._task = self._loop.create_task(self._run(once))

    def comes_next(self, command: bytes) -> bool:
        """Whether it is the one that is to be asked for next."""
        return bool(self._unasked) and self._unasked[0] == command

    async def answer(self) -> tuple[bytes, int]:
        """The answer to the next one, and the microseconds that it took. Raises CardFault and
        DeviceFault. Where it is cancelled the field goes off, as with a command by itself."""
        self._unasked.popleft()
        try:
            answer = await self._answers.get()
        except asyncio.CancelledError:
            self.stop()
            self._task.cancel()
            raise
        if isinstance(answer, Exception):
            self._unasked.clear()
            raise answer
        if not answer[0].endswith(DONE):
            self._unasked.clear()
        return answer

    def stop(self) -> None:
        """Nothing more is sent once the command that is on its way is answered."""
        self._stopped = True
        self._unasked.clear()

    async def _run(self, once: Once) -> None:
        try:
            await once(self._send_all, commands=len(self._commands))
        except Exception as e:  # noqa: BLE001 it is handed to whoever asks for the answer
            self._answers.put_nowait(e)

    def _send_all(self, cards: Cards) -> None:
        for command in self._commands:
            if self._stopped:
                return
            answer = cards.transmit(self._activated, command)
            self._loop.call_soon_threadsafe(self._answers.put_nowait, answer)
            if not answer[0].endswith(DONE):
                return
