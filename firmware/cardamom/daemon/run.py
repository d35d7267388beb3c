"""The daemon: start, watch over its tasks, stop when the sale under way has ended."""

from __future__ import annotations

import asyncio
import contextlib
import gc
import inspect
import resource
import signal
import sys
import time
from pathlib import Path
from typing import Final

from cardamom.daemon.notify import Notifier
from cardamom.daemon.setting_up import RESTART, set_up, waits
from cardamom.daemon.wiring import NO_SEAMS, Machine, Seams, wire
from cardamom.duties.recovery import recover
from cardamom.faults import JournalFault
from cardamom.settings.load import load, resolve
from cardamom.store.alone import alone
from cardamom.story import tell
from cardamom.values.notices import Stopping

STOP_S: Final = 90.0
"""For the sale under way to end."""
CARD_S: Final = 15.0
"""From the host's deadline to the card's last word: what a host was asked is seen to its end."""
IDLE_S: Final = 5.0
SOON_S: Final = 0.5
"""Between looks whether a journal that failed works again."""
SWITCH_S: Final = 0.0002
"""How long a thread that draws may keep the loop from a card or a host: Python's own 5 ms would add
up over the hops of a sale."""


def run(settings_file: Path, seams: Seams = NO_SEAMS) -> int:
    """Run until SIGTERM or SIGINT; 0 then, 1 when a critical task ended by itself."""
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))  # a core would hold card data
    sys.setswitchinterval(SWITCH_S)
    began = time.monotonic()
    settings = load(settings_file)
    with alone(resolve(settings_file, settings.journal.path)):
        if waits(settings):
            code = set_up(settings, settings_file)
            if code is not None:
                return code
            settings = load(settings_file)
            if waits(settings):
                return 0
        return asyncio.run(_run(wire(settings, settings_file, seams), began))


async def _run(machine: Machine, began: float) -> int:
    notifier = Notifier()
    stop = asyncio.Event()
    loop = asyncio.get_running_loop()
    for number in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(number, stop.set)
    for step in machine.start:
        await step()
    await machine.watch.first_look()
    await _recover(machine)
    await machine.alarms.look()
    await machine.control.start()
    tasks = _tasks(machine, notifier)
    # What is there now stays: looking through all of it takes longer than a card's whole answer.
    gc.collect()
    gc.freeze()
    tell("ready", ms=round((time.monotonic() - began) * 1000))
    notifier.ready("ready for payments" if not machine.watch.blocking() else "not ready")
    stopping = asyncio.create_task(stop.wait())
    done, _ = await asyncio.wait((stopping, *tasks), return_when=asyncio.FIRST_COMPLETED)
    code = 0
    for task in done - {stopping}:
        if task.get_name() == "handover" and not task.cancelled() and task.exception() is None:
            code = RESTART  # a supervisor has it set up again
            continue
        error = task.exception() if not task.cancelled() else None
        tell("task_ended", task=task.get_name(), error=error)
        code = 1
    notifier.stopping()
    await _stop(machine, tasks, stopping, fault=code == 1)
    return code


def _tasks(machine: Machine, notifier: Notifier) -> list[asyncio.Task[None]]:
    """The critical ones: should one end by itself, the daemon goes down and systemd restarts it."""
    jobs = {
        "desk": machine.desk.run(),
        "link": machine.link.run(),
        "delivery": machine.delivery.run(),
        "alarms": machine.alarms.run(),
        "upkeep": machine.care.upkeep.run(),
        "metrics": machine.metrics.run(),
        "renewal": machine.care.renewal.run(),
        "health": machine.watch.run(),
        "receipts": machine.receipts.run(),
        "display": machine.display.run(),
        "idle": _idle(machine),
        "watchdog": _watchdog(machine, notifier),
        "handover": machine.handover.run(machine.desk),
    }
    if machine.tamper is not None:
        jobs["tamper"] = machine.tamper.run()
    return [asyncio.create_task(job, name=name) for name, job in jobs.items()]


async def _recover(machine: Machine) -> None:
    """What a cut, or a journal that failed in mid-sale, left unfinished."""
    with contextlib.suppress(JournalFault):  # the health watch says what is wrong with it
        for record in await recover(machine.journal, machine.clock):
            machine.receipts.owe(record)
            machine.delivery.release(record.txn)


async def _idle(machine: Machine) -> None:
    """Housekeeping of the journal between sales; what a fault of its disk left open moves on, soon
    after it is over."""
    while True:
        await asyncio.sleep(IDLE_S if machine.journal.state().usable else SOON_S)
        if not machine.desk.busy and machine.journal.state().usable:
            await _recover(machine)
            with contextlib.suppress(JournalFault):
                await machine.journal.idle()


async def _watchdog(machine: Machine, notifier: Notifier) -> None:
    """Feeds systemd while the loop turns and the journal answers."""
    if not notifier.watchdog_s:
        await asyncio.Event().wait()
    while True:
        with contextlib.suppress(JournalFault):
            await machine.journal.batch()
        if machine.journal.answers:  # a full disk is an answer; a restart would not mend it
            notifier.alive()
        await asyncio.sleep(notifier.watchdog_s / 3)


async def _stop(
    machine: Machine,
    tasks: list[asyncio.Task[None]],
    stopping: asyncio.Task[bool],
    *,
    fault: bool,
) -> None:
    """Nothing new; the sale under way to its end; then let go of everything. The panel keeps its
    last picture, which must not invite anybody to pay."""
    stopping.cancel()
    desk = tasks[0]
    if not desk.done():
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(max(STOP_S, machine.link.deadline_s + CARD_S)):
                await machine.desk.stop()
    for task in tasks:
        task.cancel()
    await asyncio.gather(*tasks, return_exceptions=True)
    machine.display.show(Stopping(fault=fault))
    await machine.control.close()
    for close in reversed(machine.close):
        try:
            result = close()
            if inspect.isawaitable(result):
                async with asyncio.timeout(5):
                    await result
        except Exception as e:  # noqa: BLE001 the rest must be let go of as well
            tell("close_failed", error=e)
    tell("stopped")
