"""What is left of setting a terminal up once it runs: the slip after a test sale, the way back.

The slip waits for the first transaction after the terminal was set up, is printed once with a
self-test, and is owed over restarts until then.
"""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import Callable
from datetime import datetime
from pathlib import Path

from cardamom.acquirer.enrolment import CertificateRefused, described
from cardamom.commissioning.act import before
from cardamom.commissioning.answers import Answers
from cardamom.commissioning.helper import ask
from cardamom.daemon.clock import SystemClock
from cardamom.daemon.identity import identity_of
from cardamom.faults import Fault
from cardamom.flows.desk import Desk, DeskRefusal
from cardamom.ports import Paper
from cardamom.receipts.commissioning import Commissioned, lay_out_commissioning
from cardamom.receipts.parts import money
from cardamom.settings.load import merchant, resolve
from cardamom.settings.model import Settings
from cardamom.store.journal import SqliteJournal
from cardamom.story import tell
from cardamom.values.commissioning import Step
from cardamom.values.health import Condition
from cardamom.values.record import Record
from cardamom.values.states import TAKEN, State

LOOK_S = 2.0
RESULT_S = 4.0
"""The test sale's screen and slips come first."""
ON_SLIP = (
    Step.LANGUAGE,
    Step.TIMEZONE,
    Step.MODE,
    Step.PROFILE,
    Step.HOST,
    Step.PORT,
    Step.MERCHANT,
    Step.TERMINAL,
)


class Handover:
    """`run` is the daemon's task; it returns when the terminal is to be set up again."""

    def __init__(
        self,
        settings: Settings,
        file: Path,
        journal: SqliteJournal,
        paper: Paper,
        clock: SystemClock,
        busy: Callable[[], bool],
    ) -> None:
        self._settings = settings
        self._file = file
        self._journal = journal
        self._paper = paper
        self._clock = clock
        self._busy = busy
        self._answers = Answers(resolve(file, settings.commissioning.answers))
        self._again = asyncio.Event()

    async def again(self) -> str:
        """Has the terminal ask its questions once more, after a restart. A sentence where that
        failed."""
        try:
            await asyncio.to_thread(ask, self._settings, self._file, "again")
        except Fault as e:
            return str(e)
        self._again.set()
        return ""

    async def run(self, desk: Desk) -> None:
        """Until `again`."""
        printing = asyncio.create_task(self._slip(desk))
        try:
            waits: set[asyncio.Task[object]] = {asyncio.create_task(self._again.wait())}
            done, _ = await asyncio.wait({*waits, printing}, return_when=asyncio.FIRST_COMPLETED)
            if printing in done:
                printing.result()
                await self._again.wait()
        finally:
            printing.cancel()

    async def _slip(self, desk: Desk) -> None:
        """Where one is owed."""
        noted = await asyncio.to_thread(self._answers.noted, "slip")
        if not isinstance(noted, dict) or self._settings.printer.driver == "none":
            return
        at = datetime.fromisoformat(str(noted["at"]))
        while True:
            await asyncio.sleep(LOOK_S)
            with contextlib.suppress(Fault, DeskRefusal):
                record = await self._first_since(at)
                if record is None or self._busy():
                    continue
                if self._paper.state().condition is not Condition.OK:
                    continue
                await asyncio.sleep(RESULT_S)
                await self._print(desk, at, noted, record)
                await asyncio.to_thread(self._answers.note, slip=None)
                tell("setup_slip")
                return

    async def _first_since(self, at: datetime) -> Record | None:
        recent = await self._journal.recent(20)
        done = [r for r in recent if r.started_at >= at and r.state not in (None, State.WITHDRAWN)]
        return min(done, key=lambda r: r.txn, default=None)

    async def _print(
        self, desk: Desk, at: datetime, noted: dict[str, object], record: Record
    ) -> None:
        from cardamom.receipts.escpos import encode_slip

        tests = await desk.self_test((), attended=False, printed=False)
        facts = await self._journal.selftest()
        subject, ends = await asyncio.to_thread(self._certificate)
        given = before(self._file)
        network = noted.get("network")
        told = [(step, given[step]) for step in ON_SLIP if step in given]
        if isinstance(network, dict):
            told[2:2] = [(Step(name), str(answer)) for name, answer in network.items()]
        done = Commissioned(
            at=at,
            answers=tuple(told),
            keys=facts.keys,
            subject=subject,
            ends=ends,
            sale=f"{money(record.amount)} {record.stan or 0:06}",
            sale_approved=record.state in TAKEN,
            tests=tests,
        )
        layout = lay_out_commissioning(
            done,
            merchant(self._settings),
            zone=self._clock.local().tzinfo,
            width=self._settings.printer.width,
        )
        await self._paper.write(await asyncio.to_thread(encode_slip, layout))

    def _certificate(self) -> tuple[str, datetime | None]:
        try:
            pem = identity_of(self._settings, self._file).certificate.read_bytes()
            found = described(pem[max(0, pem.find(b"-----BEGIN CERTIFICATE")) :])
        except (OSError, CertificateRefused):
            return "", None
        return found.subject, found.ends
