"""A sale as the acquirer link is handed it, with a test card and fixed numbers and times."""

from __future__ import annotations

from datetime import UTC, datetime
from zoneinfo import ZoneInfo

from cardamom.values.events import Entry
from cardamom.values.kinds import Kind
from cardamom.values.money import Money
from cardamom.values.online import CardData, OnlineRequest
from cardamom.values.record import Record
from cardamom.values.secret import Pan, Pin, PinBlock, Track2
from cardamom.values.states import State
from cardamom.values.tags import Tags

ZONE = ZoneInfo("Asia/Shanghai")
PAN = "6222020000040128"
"""A number of the test range that the card profiles use."""
AT = datetime(2026, 3, 31, 20, 15, 30, tzinfo=UTC)
"""Already April in Shanghai."""

ICC = Tags(
    {
        0x9F26: bytes.fromhex("0011223344556677"),
        0x9F27: b"\x80",
        0x9F10: bytes.fromhex("06011203A0B800"),
        0x9F37: bytes.fromhex("DEADBEEF"),
        0x9F36: bytes.fromhex("001C"),
        0x95: bytes.fromhex("0080008000"),
        0x9A: bytes.fromhex("260401"),
        0x9C: b"\x00",
        0x9F02: bytes.fromhex("000000001234"),
        0x5F2A: bytes.fromhex("0156"),
        0x82: bytes.fromhex("3800"),
        0x9F1A: bytes.fromhex("0156"),
        0x9F03: bytes(6),
        0x5A: bytes.fromhex(PAN),
    }
)


def record(*, stan: int | None = 42, minor: int = 1234, at: datetime | None = AT) -> Record:
    """A sale of 12.34 in flight."""
    return Record(
        txn=7,
        kind=Kind.SALE,
        amount=Money(minor, "CNY"),
        batch=3,
        terminal_id="10000001",
        merchant_id="104110058120001",
        operator="01",
        started_at=AT,
        updated_at=AT,
        state=State.IN_FLIGHT,
        entry=Entry.CHIP,
        stan=stan,
        requested_at=at,
    )


def card(pan: str = PAN) -> CardData:
    track = f"{pan}D49122200000"
    track += "F" * (len(track) % 2)
    return CardData(pan=Pan(pan), expiry="4912", psn=1, track2=Track2(bytes.fromhex(track)))


def sale(pin: Pin | PinBlock | None = None, *, pan: str = PAN, stan: int = 42) -> OnlineRequest:
    return OnlineRequest(record(stan=stan), card(pan), ICC, pin)
