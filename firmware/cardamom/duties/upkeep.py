"""What wears out or runs out around the payment: certificate, disk, warmth, power."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Iterator, Sequence
from datetime import datetime, timedelta
from typing import Final

from cardamom.duties.pause import pause
from cardamom.ports import Board, Clock
from cardamom.values.alarms import MAKE_ROOM, Alarm, Cause
from cardamom.values.board import BoardReading, CertificateReading

LOOK_S: Final = 30.0
MB: Final = 1_000_000
DISK_LOW: Final = 100 * MB
DISK_WELL: Final = 150 * MB
HOT_C: Final = 80.0
"""From here on a Raspberry Pi slows its processor down (Raspberry Pi documentation, frequency
management and thermal control)."""
COOL_C: Final = 75.0
POWER_HOLD_S: Final = 600.0
"""How long a sag is told: it comes with a print or a tap and is over before anybody looks."""
WORN_PERCENT: Final = 80
"""Of a disk's writing life, as it says itself, in tenths."""
WORN_SPARE: Final = 2
"""Of its reserved blocks eight tenths are used (JESD84-B51, 7.4.42)."""
WORN_FILLINGS: Final = 500
"""Where a card says nothing of its wear: its file system was written over so often. A rule of
thumb; the flash of a common card bears one to three thousand, and writes more than it is sent."""
WEEK: Final = timedelta(days=7)
MONTH: Final = timedelta(days=30)


class Upkeep:
    """`certificate`: how the TLS certificates are. `card_keys`: names and ends of the card schemes'
    CA keys. `changed` is called when anything is new."""

    def __init__(
        self,
        board: Board,
        clock: Clock,
        certificate: Callable[[], Awaitable[CertificateReading]],
        *,
        changed: Callable[[], None] = lambda: None,
        card_keys: Sequence[tuple[str, datetime]] = (),
    ) -> None:
        self._board = board
        self._clock = clock
        self._certificate = certificate
        self._changed = changed
        self._card_keys = card_keys
        self._found: tuple[Alarm, ...] = ()
        self._last = BoardReading()
        self._sagged_at: float | None = None
        self._never = asyncio.Event()

    def alarms(self) -> tuple[Alarm, ...]:
        """As seen last; none of them blocks a payment."""
        return self._found

    async def run(self) -> None:
        """Until cancelled."""
        while True:
            await self.look()
            await pause(self._clock, LOOK_S, self._never)

    async def look(self) -> None:
        """Looks now."""
        reading = await self._board.read()
        found = (
            *self._of_board(reading),
            *self._of_certificate(await self._certificate()),
            *self._of_card_keys(),
        )
        self._last = reading
        if found != self._found:
            self._found = found
            self._changed()

    def _of_board(self, reading: BoardReading) -> Iterator[Alarm]:
        before = {alarm.cause for alarm in self._found}
        free = reading.free_bytes
        if free is not None and free < (DISK_WELL if Cause.DISK in before else DISK_LOW):
            yield Alarm(cause=Cause.DISK, detail=_disk(free))
        if why := _worn(reading):
            yield Alarm(cause=Cause.DISK_WORN, detail=why)
        if self._sags(reading):
            yield Alarm(cause=Cause.UNDER_VOLTAGE, detail=_SAG)
        celsius = reading.celsius
        if celsius is not None and celsius >= (COOL_C if Cause.HOT in before else HOT_C):
            yield Alarm(cause=Cause.HOT, detail=_hot(celsius))

    def _sags(self, reading: BoardReading) -> bool:
        """Now, or lately: the firmware also keeps what came and went between two looks."""
        first_since_start = (
            reading.under_voltage_since_start is True
            and self._last.under_voltage_since_start is False
        )
        now = self._clock.monotonic()
        if reading.under_voltage or first_since_start:
            self._sagged_at = now
        return self._sagged_at is not None and now - self._sagged_at < POWER_HOLD_S

    def _of_card_keys(self) -> Iterator[Alarm]:
        soon = self._clock.now() + MONTH
        ending = sorted((end, name) for name, end in self._card_keys if end <= soon)
        if ending:
            end, name = ending[0]
            yield Alarm(cause=Cause.CARD_KEYS_END, count=len(ending), detail=_card_key(name, end))

    def _of_certificate(self, reading: CertificateReading) -> Iterator[Alarm]:
        if reading.trouble:
            yield Alarm(cause=Cause.CERTIFICATE_UNUSABLE, detail=reading.trouble)
        last = reading.authority_end
        if last is not None and last - self._clock.now() <= MONTH:
            yield Alarm(cause=Cause.AUTHORITY_ENDS, detail=_authority(last))
        end = reading.end
        if end is None:
            return
        left = end - self._clock.now()
        for limit, cause in (
            (timedelta(), Cause.CERTIFICATE_ENDED),
            (WEEK, Cause.CERTIFICATE_WEEK),
            (MONTH, Cause.CERTIFICATE_MONTH),
        ):
            if left <= limit:
                yield Alarm(cause=cause, detail=_certificate(end, ended=left <= timedelta()))
                return


_SAG: Final = (
    "the board's supply fell below what it needs (4.63 V) within the last ten minutes: take the "
    "board maker's own supply and a short cable, and feed printer and panel from their own"
)


def _disk(free: int) -> str:
    return (
        f"{free // MB} MB are left where the journal lies, and a full disk takes no payment: make "
        f"room ({MAKE_ROOM}), or move to a larger card"
    )


def _worn(reading: BoardReading) -> str:
    """Empty where it is not."""
    spent = reading.wear_percent
    if spent is not None and spent >= WORN_PERCENT:
        said = f"it says that {spent} % of its writing life are spent"
    elif reading.spare is not None and reading.spare >= WORN_SPARE:
        said = "it says that its reserve of blocks is nearly used up"
    elif spent is None and reading.fillings is not None and reading.fillings >= WORN_FILLINGS:
        said = f"it was written over {reading.fillings:.0f} times, which is much for an SD card"
    else:
        return ""
    return (
        f"the card or disk that holds the journal wears out: {said}; settle, then move to a new "
        "one of an industrial grade as docs/keys.md says"
    )


def _card_key(name: str, end: datetime) -> str:
    return (
        f"the CA public key {name} ends on {end:%Y-%m-%d}; past it a card's data cannot be "
        "authenticated with it: bring the acquirer's current keys into emv.file"
    )


def _hot(celsius: float) -> str:
    return (
        f"the processor is at {celsius:.0f} °C and slows down: clear the vents, keep it out of the "
        "sun, fit a heat sink"
    )


def _authority(end: datetime) -> str:
    return (
        f"the last CA of acquirer.ca_file ends on {end:%Y-%m-%d %H:%M} UTC, and then no host can "
        "be believed: ask the acquirer for its successor and put it in that file beside this one"
    )


def _certificate(end: datetime, *, ended: bool) -> str:
    if ended:
        return (
            f"this terminal's certificate ended on {end:%Y-%m-%d %H:%M} UTC by this clock, so the "
            "host will refuse it: `cardamom certificate renew`, or put a renewed one in "
            "acquirer.cert_file; offline sales go on"
        )
    return (
        f"this terminal's certificate ends on {end:%Y-%m-%d %H:%M} UTC: `cardamom certificate "
        "renew`, or have the acquirer renew acquirer.cert_file"
    )
