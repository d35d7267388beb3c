"""What the self-test may try, on the parts that were wired."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Final

from cardamom.acquirer.link import Link
from cardamom.acquirer.selftest import own_certificate
from cardamom.daemon.identity import identity_of
from cardamom.devices.disk_wear import read_model, read_wear
from cardamom.duties.selftest import (
    Trial,
    Trials,
    try_clock,
    try_contactless,
    try_journal,
    try_keys,
    try_link,
    try_reader,
)
from cardamom.duties.selftest_board import try_board, try_disk
from cardamom.duties.timepiece import Timepiece
from cardamom.flows.taps import Taps
from cardamom.ports import Board, CardReader, Clock, ContactlessReader, Device, Paper
from cardamom.settings.keys import read_key
from cardamom.settings.load import merchant, resolve
from cardamom.settings.model import Settings
from cardamom.settings.pins import where
from cardamom.settings.profile import find_message_profile
from cardamom.store.journal import SqliteJournal
from cardamom.values.header import pin
from cardamom.values.selftest import HeldKey, SelfTestReport, TestPart

TIMESYNC: Final = Path("/run/systemd/timesync")
"""systemd-timesyncd keeps a file `synchronized` in it once it has set the clock."""


def synchronised(folder: Path = TIMESYNC) -> bool | None:
    """Whether the time service has set the clock; None where there is none that tells."""
    if not folder.is_dir():
        return None
    return (folder / "synchronized").exists()


@dataclass(frozen=True, slots=True)
class Tried:
    """The parts as they were wired."""

    journal: SqliteJournal
    link: Link
    reader: CardReader
    contactless: ContactlessReader | None
    taps: Taps | None
    panel: Device
    keypad: Device
    paper: Paper
    board: Board
    clock: Clock
    timepiece: Timepiece


def trials_for(settings: Settings, file: Path, tried: Tried) -> Trials:
    """`file`: of the settings."""
    pins = where(settings)
    journal, clock = tried.journal, tried.clock
    profile = find_message_profile(settings.acquirer.profile, file)
    identity = identity_of(settings, file)
    place = resolve(file, settings.journal.path).parent
    switches = profile.switches
    alone: dict[TestPart, Trial] = {
        TestPart.JOURNAL: partial(try_journal, journal),
        TestPart.CLOCK: partial(try_clock, clock, tried.timepiece, synchronised),
        TestPart.LINK: partial(
            try_link,
            tried.link,
            partial(asyncio.to_thread, lambda: own_certificate(identity.certificate)),
            clock,
        ),
        TestPart.KEYS: partial(
            try_keys,
            journal,
            partial(_master, settings, file),
            needed=switches.mac or switches.pin_key,
        ),
        TestPart.READER: partial(try_reader, tried.reader, clock, pins[TestPart.READER]),
        TestPart.BOARD: partial(try_board, tried.board.read, read_model()),
        TestPart.DISK: partial(try_disk, partial(read_wear, place)),
    }
    if (contactless := tried.contactless) is not None:
        alone[TestPart.CONTACTLESS] = partial(
            try_contactless, contactless, _chip(contactless), pins[TestPart.CONTACTLESS]
        )
    return Trials(
        alone=alone,
        where=pins,
        rows=tuple(map(pin, settings.keypad.rows)),
        columns=tuple(map(pin, settings.keypad.columns)),
        panel=tried.panel,
        keypad=tried.keypad,
        lights=_lights(tried.taps),
        paper=tried.paper,
        slip=_slip(settings, tried.paper, clock) if settings.printer.driver != "none" else None,
    )


def _master(settings: Settings, file: Path) -> tuple[HeldKey, ...]:
    """The master key that lies in a file. Raises SettingsError."""
    from cardamom.engines.keys.check import check_value

    name = settings.acquirer.master_key_file
    if not name:
        return ()
    key = read_key(
        resolve(file, name),
        f"{file}: acquirer.master_key_file",
        sizes=(16, 24, 32),
        production=settings.mode == "production",
    )
    cipher = find_message_profile(settings.acquirer.profile, file).keys.scheme.cipher
    return (HeldKey(slot="master", check_values=(check_value(key, cipher).digits,)),)


def _chip(reader: ContactlessReader) -> Callable[[], Awaitable[str]] | None:
    from cardamom.devices.pn532 import Pn532Reader

    return reader.selftest if isinstance(reader, Pn532Reader) else None


def _lights(taps: Taps | None) -> Callable[[], Awaitable[None]] | None:
    from cardamom.devices.lights import FieldSignals

    signals = taps.signals if taps is not None else None
    return signals.each if isinstance(signals, FieldSignals) else None


def _slip(
    settings: Settings, paper: Paper, clock: Clock
) -> Callable[[SelfTestReport], Awaitable[None]]:
    shop = merchant(settings)

    async def put(report: SelfTestReport) -> None:
        from cardamom.receipts.escpos import encode_slip
        from cardamom.receipts.selftest import lay_out_self_test

        zone = clock.local().tzinfo
        layout = lay_out_self_test(report, shop, zone=zone, width=settings.printer.width)
        await paper.write(await asyncio.to_thread(encode_slip, layout))

    return put
