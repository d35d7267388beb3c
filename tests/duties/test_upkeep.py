"""Certificate, disk, warmth and power: told in time, told to an end, and no reason to stop."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from datetime import datetime, timedelta
from pathlib import Path

import pytest

from cardamom.duties.alarms import Alarms
from cardamom.duties.offline import Caps, Offline
from cardamom.duties.timepiece import Timepiece
from cardamom.duties.upkeep import (
    COOL_C,
    DISK_LOW,
    DISK_WELL,
    HOT_C,
    POWER_HOLD_S,
    WORN_FILLINGS,
    WORN_PERCENT,
    Upkeep,
)
from cardamom.values.alarms import Cause
from cardamom.values.board import BoardReading, CertificateReading
from cardamom.values.money import Money
from support.hands import HandClock
from support.owing import Owing, owing
from support.shop import BUILT

CAPS = Caps(count=5, single=Money(5000, "CNY"), total=Money(9000, "CNY"), age=timedelta(hours=1))


class Bench:
    """A board and a certificate that say what the script puts there."""

    def __init__(
        self, clock: HandClock | None = None, card_keys: tuple[tuple[str, datetime], ...] = ()
    ) -> None:
        self.clock = clock or HandClock()
        self.reading = BoardReading()
        self.end: datetime | None = None
        self.authority_end: datetime | None = None
        self.trouble = ""
        self.changes = 0
        self.upkeep = Upkeep(
            self, self.clock, self._certificate, changed=self._changed, card_keys=card_keys
        )

    async def read(self) -> BoardReading:
        return self.reading

    async def _certificate(self) -> CertificateReading:
        return CertificateReading(
            end=self.end, authority_end=self.authority_end, trouble=self.trouble
        )

    def _changed(self) -> None:
        self.changes += 1

    async def sees(self, **reading: float | bool | None) -> list[Cause]:
        """What is told with this reading."""
        self.reading = BoardReading(**reading)  # type: ignore[arg-type]
        await self.upkeep.look()
        assert not any(alarm.blocks for alarm in self.upkeep.alarms())
        return [alarm.cause for alarm in self.upkeep.alarms()]


def bench(script: Callable[[Bench], Awaitable[None]]) -> None:
    async def run() -> None:
        await script(Bench())

    asyncio.run(run())


def test_a_board_without_sensors_has_no_alarm() -> None:
    async def script(b: Bench) -> None:
        assert await b.sees() == []
        assert b.changes == 0

    bench(script)


@pytest.mark.parametrize(
    ("left", "cause"),
    [
        (timedelta(days=30, seconds=1), None),
        (timedelta(days=30), Cause.CERTIFICATE_MONTH),
        (timedelta(days=7, seconds=1), Cause.CERTIFICATE_MONTH),
        (timedelta(days=7), Cause.CERTIFICATE_WEEK),
        (timedelta(seconds=1), Cause.CERTIFICATE_WEEK),
        (timedelta(), Cause.CERTIFICATE_ENDED),
        (timedelta(days=-400), Cause.CERTIFICATE_ENDED),
    ],
)
def test_a_certificate_by_what_is_left_of_it(left: timedelta, cause: Cause | None) -> None:
    async def script(b: Bench) -> None:
        b.end = b.clock.now() + left
        assert await b.sees() == ([cause] if cause else [])
        for alarm in b.upkeep.alarms():
            assert f"{b.end:%Y-%m-%d}" in alarm.detail
            assert "acquirer.cert_file" in alarm.detail

    bench(script)


def test_a_renewed_certificate_ends_the_alarm() -> None:
    async def script(b: Bench) -> None:
        b.end = b.clock.now() - timedelta(days=1)
        await b.sees()
        b.end = b.clock.now() + timedelta(days=365)
        assert await b.sees() == []
        assert b.changes == 2

    bench(script)


def test_a_certificate_that_cannot_be_used_is_told_with_its_reason() -> None:
    async def script(b: Bench) -> None:
        b.trouble = "the certificate current.pem does not belong to the key beside it"
        assert await b.sees() == [Cause.CERTIFICATE_UNUSABLE]
        (alarm,) = b.upkeep.alarms()
        assert alarm.detail == b.trouble
        b.trouble = ""
        assert await b.sees() == []

    bench(script)


@pytest.mark.parametrize(
    ("days", "told"), [(31, []), (30, [Cause.AUTHORITY_ENDS]), (-1, [Cause.AUTHORITY_ENDS])]
)
def test_the_host_s_ca_is_told_a_month_before_its_end(days: int, told: list[Cause]) -> None:
    async def script(b: Bench) -> None:
        b.authority_end = b.clock.now() + timedelta(days=days)
        assert await b.sees() == told
        for alarm in b.upkeep.alarms():
            assert f"{b.authority_end:%Y-%m-%d}" in alarm.detail
            assert "acquirer.ca_file" in alarm.detail

    bench(script)


def test_a_disk_that_fills_is_told_until_there_is_room_again() -> None:
    async def script(b: Bench) -> None:
        told = [
            await b.sees(free_bytes=free)
            for free in (DISK_LOW, DISK_LOW - 1, DISK_WELL - 1, DISK_WELL, DISK_WELL - 1)
        ]
        assert told == [[], [Cause.DISK], [Cause.DISK], [], []]
        await b.sees(free_bytes=12_345_678)
        (alarm,) = b.upkeep.alarms()
        assert "12 MB are left" in alarm.detail

    bench(script)


@pytest.mark.parametrize(
    ("reading", "words"),
    [
        ({"wear_percent": WORN_PERCENT}, "80 % of its writing life"),
        ({"wear_percent": 10, "spare": 2}, "reserve of blocks"),
        ({"fillings": WORN_FILLINGS}, "written over 500 times"),
        ({"wear_percent": WORN_PERCENT - 10, "spare": 1, "fillings": 9000.0}, ""),
        ({"fillings": WORN_FILLINGS - 1}, ""),
        ({}, ""),
    ],
)
def test_a_disk_that_wears_out_is_told(reading: dict[str, float], words: str) -> None:
    async def script(b: Bench) -> None:
        told = await b.sees(**reading)
        assert told == ([Cause.DISK_WORN] if words else [])
        for alarm in b.upkeep.alarms():
            assert words in alarm.detail
            assert "move to a new one" in alarm.detail

    bench(script)


def test_card_scheme_keys_are_told_a_month_before_the_first_ends() -> None:
    async def run() -> None:
        clock = HandClock()
        now = clock.now()
        ends = (("A000000333 0B", now + timedelta(days=29)), ("A000000003 09", now))
        b = Bench(clock, (*ends, ("A000000004 06", now + timedelta(days=31))))
        assert await b.sees() == [Cause.CARD_KEYS_END]
        (alarm,) = b.upkeep.alarms()
        assert alarm.count == 2
        assert "A000000003 09" in alarm.detail
        assert "emv.file" in alarm.detail

    asyncio.run(run())


def test_warmth_is_told_until_it_is_cool_again() -> None:
    async def script(b: Bench) -> None:
        told = [
            await b.sees(celsius=celsius) for celsius in (HOT_C - 0.1, HOT_C, COOL_C, COOL_C - 0.1)
        ]
        assert told == [[], [Cause.HOT], [Cause.HOT], []]

    bench(script)


def test_a_sag_is_told_for_a_while_after_it() -> None:
    async def script(b: Bench) -> None:
        assert await b.sees(under_voltage=True) == [Cause.UNDER_VOLTAGE]
        await b.clock.passes(POWER_HOLD_S - 1)
        assert await b.sees(under_voltage=False) == [Cause.UNDER_VOLTAGE]
        await b.clock.passes(1)
        assert await b.sees(under_voltage=False) == []

    bench(script)


def test_a_sag_between_two_looks_is_seen_by_what_the_firmware_keeps() -> None:
    async def script(b: Bench) -> None:
        assert await b.sees(under_voltage=False, under_voltage_since_start=False) == []
        sagged = {"under_voltage": False, "under_voltage_since_start": True}
        assert await b.sees(**sagged) == [Cause.UNDER_VOLTAGE]
        await b.clock.passes(POWER_HOLD_S)
        assert await b.sees(**sagged) == []

    bench(script)


def test_a_sag_while_the_board_started_is_no_alarm() -> None:
    async def script(b: Bench) -> None:
        assert await b.sees(under_voltage=False, under_voltage_since_start=True) == []

    bench(script)


def test_it_looks_again_and_again() -> None:
    async def script(b: Bench) -> None:
        task = asyncio.create_task(b.upkeep.run())
        try:
            await b.clock.passes(1)
            b.reading = BoardReading(celsius=90.0)
            await b.clock.passes(30)
            assert [alarm.cause for alarm in b.upkeep.alarms()] == [Cause.HOT]
        finally:
            task.cancel()

    bench(script)


def test_an_expired_certificate_stops_no_offline_sale(tmp_path: Path) -> None:
    async def script(t: Owing) -> None:
        b = Bench(t.clock)
        timepiece = Timepiece(t.clock, BUILT)
        offline = Offline(t.journal, t.clock, timepiece, CAPS)
        stirred: list[str] = []
        alarms = Alarms(
            t.journal,
            t.clock,
            offline,
            timepiece,
            more=b.upkeep.alarms,
            changed=lambda: stirred.append("changed"),
        )
        b.end = t.clock.now() - timedelta(days=1)
        await b.upkeep.look()
        await alarms.look()
        assert [(a.cause, a.blocks) for a in alarms.now()] == [(Cause.CERTIFICATE_ENDED, False)]
        assert offline.possible
        assert stirred == ["changed"]
        await t.offline()
        await alarms.look()
        assert offline.possible

    owing(tmp_path, script)
