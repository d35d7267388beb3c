"""The only place that names concrete classes: settings to a terminal ready to run."""

from __future__ import annotations

import random
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field, replace
from datetime import timedelta
from pathlib import Path
from typing import Any, Final

from cardamom.acquirer.link import Link
from cardamom.acquirer.tls import BUILT
from cardamom.daemon.binding import binding_of
from cardamom.daemon.care import Care, care_for
from cardamom.daemon.clock import SystemClock, SystemEntropy
from cardamom.daemon.face import face
from cardamom.daemon.handover import Handover
from cardamom.daemon.identity import identity_of
from cardamom.daemon.line import link_to
from cardamom.daemon.metrics import Metrics, Sources
from cardamom.daemon.selftest import Tried, trials_for
from cardamom.daemon.server import ControlServer
from cardamom.daemon.support import SupportDoor, uid_of
from cardamom.daemon.tamper import lid_of, outside, switch_of
from cardamom.daemon.tap import own_cards, tap_reader, taps_for
from cardamom.daemon.usb import usb_alarms
from cardamom.duties.alarms import Alarms
from cardamom.duties.delivery import Delivery
from cardamom.duties.health import HealthWatch
from cardamom.duties.offline import Caps, Offline
from cardamom.duties.online import Online
from cardamom.duties.settlement import Settlement
from cardamom.duties.support import SupportVisits
from cardamom.duties.tamper import TamperWatch
from cardamom.duties.timepiece import Timepiece
from cardamom.engines.emv.rules import Rules
from cardamom.flows.desk import Desk, Readiness
from cardamom.flows.rights import Rights
from cardamom.flows.terminal import DeskConfig, Terminal
from cardamom.ports import CardReader, Device, Host, Paper
from cardamom.receipts.service import SlipPrinter
from cardamom.settings.emv import rules_for
from cardamom.settings.exceptions import exceptions_for
from cardamom.settings.keys import (
    read_key,
    read_passcode_hash,
    refuse_shared_hash,
)
from cardamom.settings.load import limit, merchant, resolve
from cardamom.settings.model import Settings
from cardamom.settings.profile import find_message_profile
from cardamom.store.journal import SqliteJournal
from cardamom.store.members import SqliteMembers
from cardamom.ui.display import ScreenDisplay
from cardamom.values.health import Part
from cardamom.values.money import parse_amount
from cardamom.values.online import Late

Close = Callable[[], Any]


@dataclass(slots=True)
class Machine:
    """A wired terminal. `start` are awaited in order before it is ready; `close` in reverse."""

    desk: Desk
    display: ScreenDisplay
    journal: SqliteJournal
    link: Link
    receipts: SlipPrinter
    watch: HealthWatch
    control: ControlServer
    clock: SystemClock
    delivery: Delivery
    alarms: Alarms
    metrics: Metrics
    care: Care
    tamper: TamperWatch | None
    handover: Handover
    start: list[Callable[[], Awaitable[Any]]] = field(default_factory=list)
    close: list[Close] = field(default_factory=list)


@dataclass(frozen=True, slots=True)
class Seams:
    """Where another driver of the same kind may stand: tests put in those that cut the power."""

    journal: type[SqliteJournal] = SqliteJournal
    host: Callable[[Host], Host] = lambda link: link


NO_SEAMS: Final = Seams()


def wire(settings: Settings, settings_file: Path, seams: Seams = NO_SEAMS) -> Machine:
    """Build everything; nothing is opened yet. Raises SettingsError."""
    clock = SystemClock(settings.terminal.timezone)
    start: list[Callable[[], Awaitable[Any]]] = []
    close: list[Close] = []
    journal = _journal(settings, settings_file, clock, seams.journal)
    timepiece = Timepiece(clock, BUILT)

    def heard(late: Late) -> None:
        delivery.late(late)

    identity = identity_of(settings, settings_file)
    link = link_to(settings, settings_file, identity, clock, journal, timepiece, heard)
    host = seams.host(link)
    reader = _reader(settings)
    contactless = tap_reader(settings, start, close)
    paper = _paper(settings)
    lid = lid_of(settings)
    panel, keypad, album = face(settings, settings_file, start, close, lid)
    switch = switch_of(settings, lid, close)
    display = ScreenDisplay(panel, settings.language, drawn=album)
    close.append(display.close)
    shop = merchant(settings)
    receipts = SlipPrinter(paper, journal, clock, shop, width=settings.printer.width)
    devices: dict[Part, Device] = {
        Part.JOURNAL: journal,
        Part.READER: reader,
        Part.HOST: host,
        Part.PRINTER: paper,
        Part.DISPLAY: panel,
        Part.KEYPAD: keypad,
    }
    if contactless is not None:
        devices[Part.CONTACTLESS] = contactless
    if switch is not None:
        devices[Part.TAMPER] = switch

    def stirred() -> None:
        watch.changed.set()

    def noticed() -> None:
        alarms.look_soon()

    offline = Offline(journal, clock, timepiece, caps_of(settings), noticed)
    rules = _rules(settings, settings_file)
    care = care_for(
        *(settings, settings_file, identity, link, clock, close, rules),
        paying=lambda: desk.paying,
        changed=noticed,
    )
    alarms = Alarms(
        journal,
        clock,
        offline,
        timepiece,
        more=lambda: (*journal.alarms(), *care.alarms(), *usb_alarms()),
        changed=stirred,
        batch_limit=settings.terminal.batch_limit,
    )
    visits = SupportVisits(journal, clock, stirred)
    watch = HealthWatch(
        devices,
        display,
        clock,
        settings.mode,
        without_host=lambda: offline.possible,
        alarms=alarms.now,
        owed=lambda: alarms.owed,
        support=lambda: bool(visits.present),
    )
    delivery = Delivery(
        journal,
        host,
        clock,
        receipts,
        jitter=random.random,
        park_after=settings.acquirer.park_after,
        paying=lambda: desk.paying,
        noticed=alarms.look_soon,
    )
    sources = Sources(journal, watch, care.board, care.expiry.look, clock, lambda: desk.paying)
    metrics = Metrics(settings, settings_file, sources)
    close.append(metrics.close)
    online = Online(journal, host, clock, delivery, answered=metrics.host_seconds.observe)
    taps = taps_for(settings, settings_file, rules, contactless, start, close)
    tried = Tried(
        journal, link, reader, contactless, taps, panel, keypad, paper, care.board, clock, timepiece
    )
    handover = Handover(settings, settings_file, journal, paper, clock, lambda: desk.busy)
    desk = Desk(
        Terminal(
            reader=reader,
            display=display,
            keypad=keypad,
            online=online,
            journal=journal,
            receipts=receipts,
            clock=clock,
            entropy=SystemEntropy(),
            emv=rules,
            taps=taps,
            closed_loop=own_cards(settings, settings_file),
            members=SqliteMembers(journal),
            set_up=handover.again,
            trials=trials_for(settings, settings_file, tried),
            exceptions=exceptions_for(settings, settings_file),
            config=_desk_config(settings),
            rights=Rights(
                journal,
                clock,
                _passcode_hash(settings, settings_file),
                production=settings.mode == "production",
            ),
            settlement=Settlement(
                journal,
                host,
                clock,
                online.exclusive,
                terminal_id=settings.terminal.id,
                merchant_id=settings.merchant.id,
                hurry=delivery.hurry,
            ),
            offline=offline,
            support=visits,
        ),
        Readiness(watch.parts, watch.blocking, watch.changed, watch.look, watch.alarms),
    )
    control = ControlServer(
        resolve(settings_file, settings.control.socket),
        desk,
        journal,
        watch,
        currency=settings.terminal.currency,
        mode=settings.mode,
        metrics=metrics.text,
        door=SupportDoor(visits, link.trace, uid_of(settings.control.support_user)),
    )
    tamper = None
    if switch is not None:
        tamper = TamperWatch(
            switch, journal, clock, outside=outside(settings, settings_file), changed=noticed
        )
    close += [device.close for device in (reader, paper, journal)]
    return Machine(
        desk,
        display,
        journal,
        link,
        receipts,
        watch,
        control,
        clock,
        delivery,
        alarms,
        metrics,
        care,
        tamper,
        handover,
        start=start,
        close=close,
    )


def caps_of(settings: Settings) -> Caps | None:
    """None where no card is approved offline."""
    offline = settings.offline
    if not offline.enabled:
        return None
    currency = settings.terminal.currency
    return Caps(
        count=offline.count,
        single=parse_amount(offline.single, currency),
        total=parse_amount(offline.total, currency),
        age=timedelta(hours=offline.age_h),
    )


def _passcode_hash(settings: Settings, file: Path) -> str | None:
    """None where no supervisor's passcode is set."""
    name = settings.terminal.supervisor_hash_file
    if not name:
        return None
    path, where = resolve(file, name), f"{file}: terminal.supervisor_hash_file"
    if settings.mode == "production":
        refuse_shared_hash(path, where)
    return read_passcode_hash(path, where)


def _desk_config(settings: Settings) -> DeskConfig:
    return DeskConfig(
        terminal_id=settings.terminal.id,
        merchant_id=settings.merchant.id,
        merchant_name=merchant(settings).name(settings.language),
        operator=settings.terminal.operator,
        limit=limit(settings),
        present_s=settings.terminal.present_s,
        pin_s=settings.terminal.pin_s,
        pin_bypass=settings.terminal.pin_bypass,
        chip_tries=settings.terminal.chip_tries,
        batch_limit=settings.terminal.batch_limit,
    )


def _journal(
    settings: Settings, file: Path, clock: SystemClock, kind: type[SqliteJournal]
) -> SqliteJournal:
    key_file = resolve(file, settings.journal.key_file)
    if settings.mode == "production":
        read_key(key_file, "journal.key_file", sizes=(32,), production=True)
    return kind(
        resolve(file, settings.journal.path),
        key_file,
        now=clock.now,
        binding=binding_of(settings, file),
    )


def _rules(settings: Settings, file: Path) -> Rules:
    """Online PIN is offered only where the host has a PIN key (tag 9F33, byte 2, bit 7)."""
    rules = rules_for(settings, file)
    acquirer = settings.acquirer
    profile = find_message_profile(acquirer.profile, file)
    if profile.switches.pin_key:
        return rules
    able = bytearray(rules.capabilities)
    able[1] &= ~0x40
    return replace(rules, capabilities=bytes(able))


def _reader(settings: Settings) -> Any:
    chosen: CardReader
    if settings.reader.driver == "inprocess":
        from cardamom.simulator.reader import InProcessReader

        chosen = InProcessReader(settings.reader.port, wanted=settings.reader.name)
    else:
        from cardamom.devices.pcsc import PcscReader

        chosen = PcscReader(settings.reader.name, pinpad=settings.reader.pinpad)
    return chosen


def _paper(settings: Settings) -> Any:
    from cardamom.devices import paper

    printer = settings.printer
    chosen: Paper
    match printer.driver:
        case "network":
            chosen = paper.network_paper(printer.host, printer.port)
        case "serial":
            chosen = paper.serial_paper(printer.device, printer.baud)
        case "usb":
            chosen = paper.usb_paper(printer.usb_id)
        case "none":
            chosen = paper.NoPaper()
    return chosen
