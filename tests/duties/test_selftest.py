"""The self-test's trials that need no person, each on a driver held by hand: exact sentences."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable
from datetime import UTC, datetime, timedelta
from typing import Any

import msgspec
import pytest

from cardamom.duties.selftest import (
    try_clock,
    try_contactless,
    try_journal,
    try_keys,
    try_link,
    try_reader,
)
from cardamom.duties.timepiece import Timepiece
from cardamom.faults import CardFault, DeviceFault, HostFault, JournalFault, SettingsError
from cardamom.simulator.card.card import Card
from cardamom.simulator.card.profile import load_profile
from cardamom.texts.selftest import sentence
from cardamom.values.health import Condition, Health, Part
from cardamom.values.merchant import Language
from cardamom.values.selftest import (
    Grade,
    HeldKey,
    JournalFacts,
    LinkFacts,
    Result,
)
from support.hands import HandCard, HandClock, HandReader, settle

MB = 1 << 20
SESSION = HeldKey(slot="session", check_values=("4FC4BE", "D9CA35"))
GOOD = JournalFacts(free_bytes=900 * MB, commit_ms=4.4, tail=200, last=812, keys=(SESSION,))
NOW = datetime(2025, 11, 22, 5, 37, 5, tzinfo=UTC)
FAR = datetime(2049, 12, 31, tzinfo=UTC)
LINK = LinkFacts(
    host="192.0.2.7:7000",
    profile="iso8583-1987",
    tls="TLSv1.3",
    cipher="TLS_AES_256_GCM_SHA384",
    names=("host.example",),
    host_expires=FAR,
    echo_ms=11.3,
)


def tried(trial: Awaitable[Result]) -> tuple[Grade, str]:
    """Grade and English sentence; the Chinese one must fill as well."""

    async def run() -> Result:
        return await trial

    result = asyncio.run(run())
    assert sentence(result, Language.ZH)
    return result.grade, sentence(result, Language.EN)


class HandBooks:
    """The journal's trial by hand."""

    def __init__(self, seen: JournalFacts | Exception) -> None:
        self._seen = seen

    async def selftest(self) -> JournalFacts:
        if isinstance(self._seen, Exception):
            raise self._seen
        return self._seen


class HandLink:
    """The link's trial by hand."""

    name = "192.0.2.7:7000"

    def __init__(self, seen: LinkFacts | Exception) -> None:
        self._seen = seen

    async def selftest(self) -> LinkFacts:
        if isinstance(self._seen, Exception):
            raise self._seen
        return self._seen


class HandDevice:
    """A part that is as the script says."""

    def __init__(self, part: Part, condition: Condition, detail: str = "") -> None:
        self.health = Health(part=part, condition=condition, detail=detail, name="PN532")

    def state(self) -> Health:
        return self.health

    async def check(self) -> Health:
        return self.health


@pytest.mark.parametrize(
    ("seen", "grade", "said"),
    [
        (
            GOOD,
            Grade.OK,
            "a probe was committed in 4 ms, 900 MB free, the last 200 events hold",
        ),
        (
            msgspec.structs.replace(GOOD, free_bytes=255 * MB),
            Grade.WARNING,
            "it writes, but only 255 MB are free: free space on the SD card",
        ),
        (
            msgspec.structs.replace(GOOD, free_bytes=31 * MB),
            Grade.FAILED,
            "it writes, but only 31 MB are free: free space on the SD card",
        ),
        (
            JournalFault("the journal /j: the disk is full: free space on it"),
            Grade.FAILED,
            "the journal /j: the disk is full: free space on it",
        ),
    ],
)
def test_the_journal(seen: JournalFacts | Exception, grade: Grade, said: str) -> None:
    assert tried(try_journal(HandBooks(seen))) == (grade, said)


@pytest.mark.parametrize(
    ("synced", "grade", "said"),
    [
        (True, Grade.OK, "2025-11-22 05:37:05 UTC, synchronised"),
        (
            False,
            Grade.WARNING,
            (
                "2025-11-22 05:37:05 UTC is plausible but not synchronised: check the network "
                "and NTP (UDP port 123)"
            ),
        ),
        (
            None,
            Grade.OK,
            "2025-11-22 05:37:05 UTC is plausible; no time service here says whether it is right",
        ),
    ],
)
def test_a_clock_that_can_be_right(synced: bool | None, grade: Grade, said: str) -> None:
    clock = HandClock()
    piece = Timepiece(clock, NOW - timedelta(days=21))
    assert tried(try_clock(clock, piece, lambda: synced)) == (grade, said)


def test_a_clock_that_cannot_be_right() -> None:
    clock = HandClock()
    piece = Timepiece(clock, datetime(2025, 11, 30, 12, 2, tzinfo=UTC))
    assert tried(try_clock(clock, piece, lambda: True)) == (
        Grade.FAILED,
        (
            "the clock says 2025-11-22 05:37 UTC, it is past 2025-11-30 12:00: set it; a Pi "
            "without a battery needs the network or an RTC to know the time"
        ),
    )


@pytest.mark.parametrize(
    ("seen", "ours", "grade", "said"),
    [
        (
            LINK,
            FAR - timedelta(days=1),
            Grade.OK,
            (
                "192.0.2.7:7000 answers an echo in 11 ms over TLSv1.3, certificates hold until "
                "2049-12-30"
            ),
        ),
        (
            msgspec.structs.replace(LINK, echo_ms=None),
            None,
            Grade.OK,
            (
                "192.0.2.7:7000 is connected over TLSv1.3, certificates hold until 2049-12-31; the "
                "profile has no echo"
            ),
        ),
        (
            LINK,
            NOW + timedelta(days=29),
            Grade.WARNING,
            (
                "this terminal's certificate ends on 2025-12-21: ask for a new one and set "
                "acquirer.cert_file"
            ),
        ),
        (
            msgspec.structs.replace(LINK, host_expires=NOW + timedelta(days=29)),
            FAR,
            Grade.WARNING,
            "the host's certificate ends on 2025-12-21: ask the acquirer for its new one",
        ),
        (
            HostFault("the host refuses the connection: check acquirer.port"),
            FAR,
            Grade.FAILED,
            "the host refuses the connection: check acquirer.port; at 192.0.2.7:7000",
        ),
        (
            HostFault("the host closed the connection"),
            NOW - timedelta(days=1),
            Grade.FAILED,
            (
                "this terminal's certificate ended on 2025-11-21: the host refuses it until "
                "acquirer.cert_file has a new one"
            ),
        ),
    ],
)
def test_the_link(
    seen: LinkFacts | Exception, ours: datetime | None, grade: Grade, said: str
) -> None:
    async def own() -> tuple[str, datetime] | None:
        return ("CN=Terminal", ours) if ours is not None else None

    assert tried(try_link(HandLink(seen), own, HandClock())) == (grade, said)


def test_what_support_reads_of_a_link() -> None:
    async def own() -> tuple[str, datetime]:
        return "CN=Terminal", FAR

    result = asyncio.run(try_link(HandLink(LINK), own, HandClock()))
    assert result.facts == {
        "own_certificate": "CN=Terminal",
        "own_expires": "2049-12-31T00:00:00+00:00",
        "host": "192.0.2.7:7000",
        "profile": "iso8583-1987",
        "tls": "TLSv1.3",
        "cipher": "TLS_AES_256_GCM_SHA384",
        "host_names": "host.example",
        "host_expires": "2049-12-31T00:00:00+00:00",
        "echo_ms": "11",
    }


MASTER = (HeldKey(slot="master", check_values=("1B1B41",)),)
NO_KEYS = "there are no keys: use `cardamom keys import` or set acquirer.master_key_file"
DUKPT = msgspec.structs.replace(GOOD, dukpt=True, dukpt_left=2_000_000)


@pytest.mark.parametrize(
    ("seen", "grade", "said"),
    [
        (
            GOOD,
            Grade.OK,
            "all keys open on this board: master 1B1B41; session 4FC4BE D9CA35",
        ),
        (
            msgspec.structs.replace(DUKPT, dukpt_left=999),
            Grade.WARNING,
            "999 DUKPT keys are left: have a new initial key injected",
        ),
        (
            msgspec.structs.replace(DUKPT, dukpt_left=0),
            Grade.FAILED,
            "0 DUKPT keys are left: have a new initial key injected",
        ),
        (msgspec.structs.replace(DUKPT, dukpt_left=None), Grade.FAILED, NO_KEYS),
        (
            msgspec.structs.replace(GOOD, keys=(msgspec.structs.replace(SESSION, opens=False),)),
            Grade.FAILED,
            "session does not open on this board under this journal key: inject it again",
        ),
        (JournalFault("the disk fails"), Grade.FAILED, "the disk fails"),
    ],
)
def test_keys(seen: JournalFacts | Exception, grade: Grade, said: str) -> None:
    assert tried(try_keys(HandBooks(seen), lambda: MASTER, needed=True)) == (grade, said)


def test_no_keys_and_a_key_file_that_is_gone() -> None:
    bare = HandBooks(msgspec.structs.replace(GOOD, keys=()))
    assert tried(try_keys(bare, tuple, needed=True)) == (Grade.FAILED, NO_KEYS)
    assert tried(try_keys(bare, tuple, needed=False))[0] is Grade.OK

    def gone() -> tuple[HeldKey, ...]:
        raise SettingsError("master.key is missing")

    assert tried(try_keys(bare, gone, needed=True)) == (Grade.FAILED, "master.key is missing")


def debit() -> HandCard:
    return HandCard(Card(load_profile("debit")))


class NamedReader(HandReader):
    """One with a name and a detail."""

    def state(self) -> Health:
        return Health(part=Part.READER, condition=self.condition, name="ACR39U", detail=self.detail)

    detail = ""


@pytest.mark.parametrize(
    ("there", "grade", "said"),
    [
        (debit, Grade.OK, "ACR39U powers the card that is in it: ATR 3B00"),
        (
            lambda: CardFault("mute"),
            Grade.WARNING,
            (
                "ACR39U answers, the card in it does not: chip up and to the front, or try another "
                "card"
            ),
        ),
        (
            lambda: DeviceFault("the card reader did not answer within 5 s"),
            Grade.FAILED,
            "the card reader did not answer within 5 s; its cable: USB",
        ),
    ],
)
def test_a_reader_with_something_in_it(there: Any, grade: Grade, said: str) -> None:
    async def trial() -> Result:
        reader, put = NamedReader(), there()
        reader.insert(put)
        result = await try_reader(reader, HandClock(), "USB")
        assert not isinstance(put, HandCard) or put.closed
        return result

    assert tried(trial()) == (grade, said)


def test_an_empty_reader_is_waited_for_a_second() -> None:
    async def trial() -> Result:
        clock = HandClock()
        trying = asyncio.create_task(try_reader(NamedReader(), clock, "USB"))
        await clock.passes(0.9)
        assert not trying.done()
        await clock.passes(0.2)
        await settle()
        return await trying

    assert tried(trial()) == (Grade.OK, "ACR39U answers; no card is in it to be tried")


def test_a_reader_that_is_not_there() -> None:
    reader = NamedReader()
    reader.condition = Condition.ABSENT
    reader.detail = "no card reader is plugged in: check its USB cable"
    assert tried(try_reader(reader, HandClock(), "USB")) == (
        Grade.FAILED,
        "no card reader is plugged in: check its USB cable; its cable: USB",
    )


def test_the_contactless_reader() -> None:
    pins = "/dev/ttyAMA0, TXD GPIO 14 (8), RXD GPIO 15 (10)"
    well = HandDevice(Part.CONTACTLESS, Condition.OK)

    async def chip() -> str:
        return "PN532 1.6"

    async def lost() -> str:
        raise DeviceFault("the PN532 does not answer as it should (OSError)")

    assert tried(try_contactless(well, chip, pins)) == (
        Grade.OK,
        "PN532 1.6 answers and switches its field",
    )
    assert tried(try_contactless(well, None, "USB")) == (
        Grade.OK,
        "PN532 answers; it keeps its field to itself",
    )
    assert tried(try_contactless(well, lost, pins)) == (
        Grade.FAILED,
        f"the PN532 does not answer as it should (OSError); look at {pins}",
    )
    away = HandDevice(Part.CONTACTLESS, Condition.ABSENT, "no PN532 answers at /dev/ttyAMA0")
    assert tried(try_contactless(away, chip, pins)) == (
        Grade.FAILED,
        f"no PN532 answers at /dev/ttyAMA0; look at {pins}",
    )
