"""The self-test's trials that need no person: each exercises one part and says what it found."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Final, Protocol, TypeVar

from cardamom.duties.timepiece import Timepiece
from cardamom.faults import CardFault, DeviceFault, Fault, HostFault, JournalFault
from cardamom.ports import CardReader, Clock, Device
from cardamom.values.alarms import FEW_KEYS
from cardamom.values.health import Condition, Health
from cardamom.values.selftest import (
    Finding,
    Grade,
    HeldKey,
    JournalFacts,
    LinkFacts,
    Result,
    SelfTestReport,
    TestPart,
)

T = TypeVar("T")

Trial = Callable[[], Awaitable[Result]]
MB: Final = 1 << 20
LOW_BYTES: Final = 256 * MB
NO_ROOM_BYTES: Final = 32 * MB
"""Below it the journal takes no payment."""
SOON: Final = timedelta(days=30)
"""A certificate that ends within it is to be renewed."""
CARD_S: Final = 1.0
"""A card that is in the reader is powered within it."""


@dataclass(frozen=True, slots=True)
class Trials:
    """What the self-test may try. `where`: pins and cables by part, for people."""

    alone: Mapping[TestPart, Trial] = field(default_factory=dict)
    """Those that need no person."""
    where: Mapping[TestPart, str] = field(default_factory=dict)
    rows: tuple[str, ...] = ()
    columns: tuple[str, ...] = ()
    """The keypad's lines, as pins."""
    panel: Device | None = None
    keypad: Device | None = None
    lights: Callable[[], Awaitable[None]] | None = None
    """Shows each light and sounds the tone. Raises DeviceFault."""
    paper: Device | None = None
    slip: Callable[[SelfTestReport], Awaitable[None]] | None = None
    """Prints and cuts. Raises DeviceFault."""

    @property
    def parts(self) -> tuple[TestPart, ...]:
        """What is there, in order."""
        there = {
            TestPart.DISPLAY: self.panel,
            TestPart.KEYPAD: self.keypad,
            TestPart.LIGHTS: self.lights,
            TestPart.PRINTER: self.paper,
        }
        return tuple(p for p in TestPart if p in self.alone or there.get(p) is not None)


class TriedJournal(Protocol):
    """What is needed of the journal."""

    async def selftest(self) -> JournalFacts:
        """Commits a probe and checks the chain's end. Raises JournalFault."""
        ...


class TriedLink(Protocol):
    """What is needed of the link."""

    @property
    def name(self) -> str: ...

    async def selftest(self) -> LinkFacts:
        """Asks the host for an echo. Raises HostFault."""
        ...


def verdict(
    part: TestPart,
    grade: Grade,
    finding: Finding,
    /,
    facts: dict[str, str] | None = None,
    **fill: str,
) -> Result:
    """A result whose sentence is filled with `fill`."""
    return Result(part=part, grade=grade, finding=finding, fill=fill, facts=facts or {})


async def try_journal(journal: TriedJournal) -> Result:
    """A probe, room, the end of the chain."""
    part = TestPart.JOURNAL
    try:
        seen = await journal.selftest()
    except JournalFault as fault:
        return verdict(part, Grade.FAILED, Finding.JOURNAL_FAULT, why=str(fault))
    facts = {
        "free_bytes": str(seen.free_bytes),
        "commit_ms": f"{seen.commit_ms:.1f}",
        "events_checked": str(seen.tail),
        "last_event": str(seen.last),
    }
    free = str(seen.free_bytes // MB)
    if seen.free_bytes < LOW_BYTES:
        grade = Grade.FAILED if seen.free_bytes < NO_ROOM_BYTES else Grade.WARNING
        return verdict(part, grade, Finding.JOURNAL_LOW_SPACE, facts, free=free)
    ms = f"{seen.commit_ms:.0f}"
    return verdict(part, Grade.OK, Finding.JOURNAL_OK, facts, ms=ms, free=free, tail=str(seen.tail))


async def try_clock(
    clock: Clock, timepiece: Timepiece, synchronised: Callable[[], bool | None]
) -> Result:
    """Whether its time can be true, and whether a time service vouches for it (None: there is
    none)."""
    part = TestPart.CLOCK
    if not timepiece.trusted:
        return verdict(part, Grade.FAILED, Finding.CLOCK_WRONG, why=timepiece.why_not)
    now = f"{clock.now():%Y-%m-%d %H:%M:%S}"
    match synchronised():
        case True:
            return verdict(part, Grade.OK, Finding.CLOCK_OK, now=now)
        case False:
            return verdict(part, Grade.WARNING, Finding.CLOCK_UNSYNCED, now=now)
        case None:
            return verdict(part, Grade.OK, Finding.CLOCK_UNTOLD, now=now)


async def try_link(
    link: TriedLink, own: Callable[[], Awaitable[tuple[str, datetime] | None]], clock: Clock
) -> Result:
    """TLS, certificates, an echo. `own`: subject and end of this terminal's certificate."""
    part = TestPart.LINK
    mine = await own()
    facts = {}
    if mine is not None:
        facts = {"own_certificate": mine[0], "own_expires": mine[1].isoformat()}
    try:
        seen = await link.selftest()
    except HostFault as fault:
        if mine is not None and mine[1] <= clock.now():
            until = _day(mine[1])
            return verdict(part, Grade.FAILED, Finding.LINK_OURS_EXPIRED, facts, until=until)
        return verdict(
            part, Grade.FAILED, Finding.LINK_FAULT, facts, why=str(fault), host=link.name
        )
    facts |= {
        "host": seen.host,
        "profile": seen.profile,
        "tls": seen.tls,
        "cipher": seen.cipher,
        "host_names": ", ".join(seen.names),
        "host_expires": seen.host_expires.isoformat() if seen.host_expires else "",
        "echo_ms": f"{seen.echo_ms:.0f}" if seen.echo_ms is not None else "",
    }
    theirs = seen.host_expires
    if mine is not None and mine[1] - clock.now() < SOON:
        until = _day(mine[1])
        return verdict(part, Grade.WARNING, Finding.LINK_OURS_EXPIRES, facts, until=until)
    if theirs is not None and theirs - clock.now() < SOON:
        until = _day(theirs)
        return verdict(part, Grade.WARNING, Finding.LINK_HOST_EXPIRES, facts, until=until)
    ends = [end for end in (theirs, mine[1] if mine else None) if end is not None]
    fill = {"host": seen.host, "tls": seen.tls, "until": _day(min(ends)) if ends else "-"}
    if seen.echo_ms is None:
        return verdict(part, Grade.OK, Finding.LINK_NO_ECHO, facts, **fill)
    return verdict(part, Grade.OK, Finding.LINK_OK, facts, ms=facts["echo_ms"], **fill)


def _day(at: datetime) -> str:
    return f"{at:%Y-%m-%d}"


async def try_keys(
    journal: TriedJournal, more: Callable[[], tuple[HeldKey, ...]], *, needed: bool
) -> Result:
    """Check values, and DUKPT keys left. `more`: keys that lie elsewhere; raises Fault. `needed`:
    the profile protects messages."""
    part = TestPart.KEYS
    try:
        seen = await journal.selftest()
        held = (*more(), *seen.keys)
    except Fault as fault:
        return verdict(part, Grade.FAILED, Finding.KEYS_FAULT, why=str(fault))
    facts = {key.slot: " ".join(key.check_values) for key in held}
    if seen.dukpt:
        facts["dukpt_left"] = str(seen.dukpt_left)
    closed = ", ".join(key.slot for key in held if not key.opens)
    if closed:
        return verdict(part, Grade.FAILED, Finding.KEYS_CLOSED, facts, slots=closed)
    if (seen.dukpt and seen.dukpt_left is None) or (needed and not held):
        return verdict(part, Grade.FAILED, Finding.KEYS_NONE, facts)
    left = seen.dukpt_left if seen.dukpt else None
    if left is not None and left < FEW_KEYS:
        grade = Grade.WARNING if left else Grade.FAILED
        return verdict(part, grade, Finding.KEYS_FEW, facts, left=str(left))
    checks = "; ".join(f"{key.slot} {' '.join(key.check_values)}".strip() for key in held) or "-"
    return verdict(part, Grade.OK, Finding.KEYS_OK, facts, checks=checks)


async def try_reader(reader: CardReader, clock: Clock, where: str) -> Result:
    """Its answer, and that of a card where one is in it."""
    part = TestPart.READER
    health = await reader.check()
    if not health.usable:
        return verdict(part, Grade.FAILED, Finding.READER_FAULT, why=_why(health), where=where)
    try:
        card = await in_time(reader.inserted(), clock, CARD_S)
    except CardFault as fault:
        return verdict(
            part, Grade.WARNING, Finding.READER_MUTE, {"card": str(fault)}, name=health.name
        )
    except DeviceFault as fault:
        return verdict(part, Grade.FAILED, Finding.READER_FAULT, why=str(fault), where=where)
    if card is None:
        return verdict(part, Grade.OK, Finding.READER_EMPTY, name=health.name)
    atr = card.atr.hex().upper()
    await card.close()
    return verdict(part, Grade.OK, Finding.READER_CARD, name=health.name, atr=atr)


async def try_contactless(
    reader: Device, chip: Callable[[], Awaitable[str]] | None, where: str
) -> Result:
    """`chip` has its firmware told and its field switched on and off; raises DeviceFault. None: a
    reader that lets neither be done."""
    part = TestPart.CONTACTLESS
    health = await reader.check()
    if not health.usable:
        return verdict(part, Grade.FAILED, Finding.CONTACTLESS_FAULT, why=_why(health), where=where)
    if chip is None:
        return verdict(part, Grade.OK, Finding.CONTACTLESS_OK, name=health.name)
    try:
        told = await chip()
    except (DeviceFault, CardFault) as fault:
        return verdict(part, Grade.FAILED, Finding.CONTACTLESS_FAULT, why=str(fault), where=where)
    return verdict(part, Grade.OK, Finding.CONTACTLESS_CHIP, {"firmware": told}, chip=told)


async def in_time(wait: Awaitable[T], clock: Clock, seconds: float) -> T | None:
    """What it comes to, or None after so long; then it is cancelled."""
    waiting = asyncio.ensure_future(wait)
    late = asyncio.ensure_future(clock.sleep(seconds))
    try:
        await asyncio.wait((waiting, late), return_when=asyncio.FIRST_COMPLETED)
        return waiting.result() if waiting.done() else None
    finally:
        for task in (waiting, late):
            task.cancel()
        with contextlib.suppress(Exception, asyncio.CancelledError):
            await asyncio.gather(waiting, late, return_exceptions=True)


def _why(health: Health) -> str:
    return health.detail or f"{health.part.value} is {health.condition.value}"


def printer_state(health: Health, where: str) -> Result | None:
    """What its status alone says; None where it can print."""
    part = TestPart.PRINTER
    if health.condition is Condition.PAPER_OUT:
        return verdict(part, Grade.FAILED, Finding.PRINTER_OUT)
    if not health.usable:
        return verdict(part, Grade.FAILED, Finding.PRINTER_FAULT, why=_why(health), where=where)
    return None
