"""The daemon of a terminal that is not set up: its screen and keys ask; no payment is offered."""

from __future__ import annotations

import asyncio
import contextlib
import signal
from collections.abc import Awaitable, Callable
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, Final

from cardamom.acquirer.tls import BUILT
from cardamom.commissioning.act import language_of
from cardamom.commissioning.answers import Answers
from cardamom.commissioning.enrol import Enroller
from cardamom.commissioning.wizard import Wizard
from cardamom.daemon.binding import binding_of
from cardamom.daemon.clock import SystemClock
from cardamom.daemon.face import face
from cardamom.daemon.identity import identity_of
from cardamom.daemon.notify import Notifier
from cardamom.ports import Device
from cardamom.settings.load import load, resolve
from cardamom.settings.model import Settings
from cardamom.story import tell
from cardamom.ui.display import ScreenDisplay
from cardamom.values.commissioning import Stage
from cardamom.values.notices import Stopping
from cardamom.values.screens import StatusLine

RESTART: Final = 75
"""The exit code that has systemd start the terminal anew (RestartForceExitStatus= of the unit)."""
CLOCK_S: Final = 5.0


def set_up(settings: Settings, file: Path) -> int | None:
    """Asks until the terminal is set up. None: go on with the settings as they are now; else the
    exit code."""
    return asyncio.run(_set_up(settings, file))


async def _set_up(settings: Settings, file: Path) -> int | None:
    notifier = Notifier()
    stop = asyncio.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        asyncio.get_running_loop().add_signal_handler(number, stop.set)
    start: list[Callable[[], Awaitable[Any]]] = []
    close: list[Callable[[], Any]] = []
    panel, keypad, drawn = face(settings, file, start, close)
    answers = Answers(resolve(file, settings.commissioning.answers))
    display = ScreenDisplay(panel, language_of(answers.all(), settings), drawn=drawn)
    close.append(display.close)
    for step in start:
        await step()
    await panel.check()
    await keypad.check()
    enroller = Enroller(
        resolve(file, settings.commissioning.stick),
        settings,
        file,
        answers,
        identity_of(settings, file).slots,
        binding_of(settings, file),
    )
    wizard = Wizard(
        settings,
        file,
        answers,
        display,
        keypad,
        enroller,
        lambda given: display.speak(language_of(given, settings)),
        clock_wrong=lambda: f"{now:%Y-%m-%d}" if (now := datetime.now(UTC)) < BUILT else "",
        protect=enroller.protect,
    )
    tell("setup_begun", stage=settings.commissioning.stage.value)
    notifier.ready("being set up: no payment is taken")
    jobs = [
        asyncio.create_task(job)
        for job in (
            wizard.run(),
            stop.wait(),
            _alive(notifier, display, settings, panel, keypad),
            display.run(),
        )
    ]
    done, _ = await asyncio.wait(jobs, return_when=asyncio.FIRST_COMPLETED)
    stopped = jobs[1] in done
    failed = next((e for job in done if (e := job.exception()) is not None), None)
    for job in jobs:
        job.cancel()
    await asyncio.gather(*jobs, return_exceptions=True)
    if failed is not None:
        tell("task_ended", task="setup", error=failed)
    if stopped or failed is not None or notifier.heard:
        notifier.stopping()
        display.show(Stopping(fault=failed is not None))
    for end in reversed(close):
        result = end()
        if asyncio.iscoroutine(result):
            with contextlib.suppress(TimeoutError):
                await asyncio.wait_for(result, 5)
    if failed is not None:
        return 1
    if stopped:
        return 0
    tell("setup_ended", stage=load(file).commissioning.stage.value)
    return RESTART if notifier.heard else None


async def _alive(
    notifier: Notifier, display: ScreenDisplay, settings: Settings, *parts: Device
) -> None:
    """The watchdog, parts that went away, and the status line: no link, no printer is open here."""
    clock = SystemClock(settings.terminal.timezone)
    while True:
        notifier.alive()
        line = StatusLine(
            link_ok=True, paper_ok=True, clock=f"{clock.local():%H:%M}", mode=settings.mode
        )
        display.status(line)
        for part in parts:
            await part.check()
        await asyncio.sleep(min(CLOCK_S, notifier.watchdog_s / 3 or CLOCK_S))


def waits(settings: Settings) -> bool:
    """Whether the terminal is to be set up before it takes payments."""
    return settings.commissioning.stage is not Stage.DONE
