"""The customer's and the clerk's display: screen values in, pictures on a panel out."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from typing import TYPE_CHECKING, Final

from cardamom.faults import Fault
from cardamom.ports import Panel
from cardamom.story import tell
from cardamom.ui.motion import TICK_S, frame
from cardamom.values.merchant import Language
from cardamom.values.screens import EnterAmount, FindOriginal, RefundAmount, Screen, StatusLine
from cardamom.values.setup_screens import SetupText
from cardamom.worker import Worker

if TYPE_CHECKING:
    from PIL.Image import Image

Shown = tuple[Screen, StatusLine, int]
TYPED: Final = (EnterAmount, FindOriginal, RefundAmount, SetupText)
"""Screens with a caret."""


class ScreenDisplay:
    """Implements ports.Display over a Panel.

    `show` and `status` only note what is to be seen; the picture is drawn in a thread of its own,
    the newest wins, and one that would look the same is not drawn again. `run` moves what moves by
    itself. Show and status are called on the loop. `drawn` is told, in that thread, of each picture
    before the panel gets it.
    """

    def __init__(
        self,
        panel: Panel,
        language: Language,
        drawn: Callable[[Image, Screen], None] | None = None,
        sleep: Callable[[float], Awaitable[None]] = asyncio.sleep,
    ) -> None:
        self._panel = panel
        self._language = language
        self._drawn = drawn
        self._sleep = sleep
        self._worker = Worker("display")
        self._screen: Screen | None = None
        self._status = StatusLine(link_ok=False, paper_ok=False, clock="")
        self._tick = 0
        self._due: Shown | None = None
        self._moving = asyncio.Event()
        self._fault = ""

    def show(self, screen: Screen) -> None:
        """See ports.Display. The caret of a field begins anew with each key."""
        if type(screen) is not type(self._screen) or isinstance(screen, TYPED):
            self._tick = 0
        self._screen = screen
        if frame(screen, 0) is not None:
            self._moving.set()
        self._post()

    def speak(self, language: Language) -> None:
        """In this language from the next screen on."""
        self._language = language

    def status(self, line: StatusLine) -> None:
        self._status = line
        self._post()

    async def run(self) -> None:
        """Moves caret, waiting block and lights, until cancelled; asleep where nothing moves."""
        while True:
            await self._moving.wait()
            await self._sleep(TICK_S)
            screen = self._screen
            if screen is None or (before := frame(screen, self._tick)) is None:
                self._moving.clear()
                continue
            self._tick += 1
            if frame(screen, self._tick) != before:
                self._post()

    async def settled(self) -> None:
        """Returns once the newest picture was drawn and handed to the panel."""
        await self._worker.call(lambda: None)

    def close(self) -> None:
        """Draws what is queued, then ends the thread."""
        self._worker.close()

    def _post(self) -> None:
        if self._screen is None:
            return
        due = (self._screen, self._status, self._tick)
        if due == self._due:
            return
        self._due = due
        self._worker.post(lambda: self._draw(due))

    def _draw(self, due: Shown) -> None:
        """In the display's thread; a picture that has been overtaken is passed over."""
        if due is not self._due:
            return
        from cardamom.ui.render import render

        screen, status, tick = due
        try:
            image = render(screen, status, self._language, self._panel.size, tick)
            if self._drawn is not None:
                self._drawn(image, screen)
            self._panel.draw(image)
        except Exception as e:  # noqa: BLE001 a picture that fails must not end the thread
            self._say(e)

    def _say(self, error: Exception) -> None:
        """Once for each kind of trouble: a screen comes again each second."""
        kind = type(error).__name__
        if kind != self._fault:
            self._fault = kind
            why = str(error) if isinstance(error, Fault) else None
            tell("display_fault", why=why, error=error)
