"""A stand-in for smartcard.scard whose resource manager, reader and card the test moves."""

from __future__ import annotations

import threading
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

EMPTY, PRESENT, MUTE = 0x10, 0x20, 0x220
ATR = [0x3B, 0x80, 0x01, 0x81]


def echo(command: list[int]) -> tuple[int, list[int]]:
    return 0, [*command, 0x90, 0x00]


def no_features(code: int, data: list[int]) -> tuple[int, list[int]]:
    """A reader without PC/SC part 10."""
    del code, data
    return 0x8010001F, []


@dataclass
class FakeScard:
    """Codes and constants are the real module's; `fail` names a call and the code it returns."""

    readers: list[str] = field(default_factory=lambda: ["Desk Reader 00 00"])
    slot: int = EMPTY
    counter: int = 0
    fail: dict[str, int] = field(default_factory=dict)
    answer: Callable[[list[int]], tuple[int, list[int]]] = echo
    control: Callable[[int, list[int]], tuple[int, list[int]]] = no_features
    atr: list[int] = field(default_factory=lambda: list(ATR))
    contexts: set[int] = field(default_factory=set)
    handles: set[int] = field(default_factory=set)
    log: list[str] = field(default_factory=list)
    changed: threading.Event = field(default_factory=threading.Event)
    looked: threading.Event = field(default_factory=threading.Event)
    released: threading.Event = field(default_factory=threading.Event)
    protocol: int = 2
    last: int = 0

    def __getattr__(self, name: str) -> Any:
        import smartcard.scard

        return getattr(smartcard.scard, name)

    def put(self, slot: int) -> None:
        """A change in the slot, as the reader's driver would see it."""
        self.slot, self.counter = slot, self.counter + 1
        self.changed.set()

    def restart(self) -> None:
        """A resource manager that came up anew: old contexts are dead."""
        self.contexts.clear()
        self.handles.clear()

    def _new(self, among: set[int]) -> int:
        self.last += 1
        among.add(self.last)
        return self.last

    def _code(self, call: str, context: int | None = None) -> int:
        self.log.append(call)
        if call in self.fail:
            return self.fail[call]
        if context is not None and context not in self.contexts:
            return int(self.SCARD_E_INVALID_HANDLE)
        return 0

    def SCardEstablishContext(self, _scope: int) -> tuple[int, int]:  # noqa: N802
        code = self._code("establish")
        return code, 0 if code else self._new(self.contexts)

    def SCardReleaseContext(self, context: int) -> tuple[int]:  # noqa: N802
        self.contexts.discard(context)
        self.released.set()
        return (self._code("release"),)

    def SCardListReaders(self, context: int, _groups: list[str]) -> tuple[int, list[str]]:  # noqa: N802
        code = self._code("list", context)
        if not code and not self.readers:
            code = self.SCARD_E_NO_READERS_AVAILABLE
        return code, [] if code else list(self.readers)

    def SCardGetStatusChange(  # noqa: N802
        self, context: int, wait_ms: int, states: list[tuple[str, int]]
    ) -> tuple[int, list[tuple[str, int, list[int]]]]:
        code = self._code("status", context)
        name, known = states[0]
        self.looked.set()
        if code:
            return code, [(name, known, [])]
        if known == self._state():
            self.changed.wait(wait_ms / 1000)
        self.changed.clear()
        if name not in self.readers:
            return 0, [(name, 0x2 | self.SCARD_STATE_UNKNOWN, [])]
        now = self._state()
        if known == now:
            return self.SCARD_E_TIMEOUT, [(name, now, [])]
        return 0, [(name, now | 0x2, self.atr)]

    def _state(self) -> int:
        return self.slot | self.counter << 16

    def SCardConnect(self, context: int, _name: str, share: int, _p: int) -> tuple[int, int, int]:  # noqa: N802
        assert share == self.SCARD_SHARE_EXCLUSIVE
        code = self._code("connect", context)
        return (code, 0, 0) if code else (0, self._new(self.handles), self.protocol)

    def SCardStatus(self, _handle: int) -> tuple[int, str, int, int, list[int]]:  # noqa: N802
        return self._code("ask"), "", 0, self.protocol, self.atr

    def SCardTransmit(self, _handle: int, _pci: int, command: list[int]) -> tuple[int, list[int]]:  # noqa: N802
        code = self._code("transmit")
        return (code, []) if code else self.answer(command)

    def SCardControl(self, _handle: int, code: int, data: list[int]) -> tuple[int, list[int]]:  # noqa: N802
        code_of_call = self._code("control")
        return (code_of_call, []) if code_of_call else self.control(code, data)

    def SCardDisconnect(self, handle: int, disposition: int) -> tuple[int]:  # noqa: N802
        assert disposition == self.SCARD_UNPOWER_CARD
        self.handles.discard(handle)
        return (self._code("disconnect"),)
