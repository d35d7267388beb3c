"""Every message of the default profile, byte for byte: type, bitmap, then the fields in order.

The bytes are written by hand from ISO 8583:1987 and the profile's tables.
"""

from __future__ import annotations

import pytest

from cardamom.engines.iso8583.codec import Codec, Message
from cardamom.engines.iso8583.mapping import message_for, network_request, totals_message
from cardamom.engines.iso8583.service import Management
from cardamom.settings.profile import load_message_profile
from cardamom.values.events import Reason
from cardamom.values.kinds import Kind
from cardamom.values.online import OnlineRequest, Purpose
from support.follow_ups import SCRIPTS, approved, bitmap, follow, offline, totals, undo
from support.messages import AT, PAN, ZONE, record

PROFILE = load_message_profile()
CODEC = Codec(PROFILE)
HEAD = {2: "16" + PAN, 3: "000000", 4: "000000001234"}
FIRST = {7: "0331201530", 11: "000042", 12: "041530", 13: "0401"}
THEN = {7: "0331201700", 11: "000043", 12: "041530", 13: "0401"}
CARD = {14: "4912", 22: "051", 23: "001", 24: "001", 25: "00"}
SHOP = {41: "10000001", 42: "104110058120001", 49: "156"}
BATCH = {60: "006000003"}
SALE_90 = "020000004203312015300000000000000000000000"
"""The sale, as field 90 names it: the institutions are not known."""
LIVE = (
    "9F26080011223344556677" "9F270180" "9F100706011203A0B800" "9F3704DEADBEEF" "9F3602001C"
    "95050080008000" "9A03260401" "9C0100" "9F0206000000001234" "5F2A020156" "82023800"
    "9F1A020156" "9F0306000000000000"
)  # fmt: skip
TOTALS = {
    3: "920000",
    7: "0331201700",
    11: "000060",
    12: "041700",
    13: "0401",
    24: "001",
    41: "10000001",
    42: "104110058120001",
    50: "156",
    60: "006000003",
    74: "0000000001",
    75: "0000000000",
    76: "0000000002",
    77: "0000000001",
    86: "0000000000000300",
    87: "0000000000000000",
    88: "0000000000001234",
    89: "0000000000000234",
    97: "D0000000000000700",
}


def icc(text: str) -> str:
    return f"{len(text) // 2:03d}" + bytes.fromhex(text).decode("latin-1")


def wire(mti: str, *parts: dict[int, str]) -> bytes:
    """A character is a byte."""
    fields = {n: v for part in parts for n, v in part.items()}
    return (mti + bitmap(list(fields)) + "".join(fields[n] for n in sorted(fields))).encode(
        "latin-1"
    )


REVERSAL_ICC = "82023800950500800080009F100706011203A0B8009F3602001C"
UNDOES = {
    2: HEAD[2],
    7: "0331204530",
    11: "000050",
    12: "044530",
    13: "0401",
    **CARD,
    22: "011",
    37: "260331000042",
    38: "A1B2C3",
    90: SALE_90,
}
FOLLOW_UPS = [
    (
        follow(Purpose.REVERSAL, record()),
        wire("0420", HEAD, THEN, CARD, SHOP, BATCH, {39: "68", 55: icc(REVERSAL_ICC), 90: SALE_90}),
    ),
    (
        follow(Purpose.REVERSAL, approved(reason=Reason.CARD_PULLED), attempts=2),
        wire("0421", HEAD, THEN, CARD, SHOP, BATCH, {37: "260331000042", 38: "A1B2C3", 39: "06",
                                                     55: icc(REVERSAL_ICC), 90: SALE_90}),
    ),
    (
        follow(Purpose.ADVICE, offline()),
        wire("0220", HEAD, THEN, CARD, SHOP, BATCH, {39: "Y3", 55: icc(LIVE)}),
    ),
    (
        follow(Purpose.ADVICE, offline(), attempts=5),
        wire("0221", HEAD, THEN, CARD, SHOP, BATCH, {39: "Y3", 55: icc(LIVE)}),
    ),
    (
        follow(Purpose.UPLOAD, approved()),
        wire("0320", HEAD, THEN, CARD, SHOP,
             {37: "260331000042", 38: "A1B2C3", 39: "00", 55: icc(LIVE),
              60: "016" "000003" "0200" "000042"}),
    ),
    (
        follow(Purpose.UPLOAD, approved(), attempts=2),
        wire("0321", HEAD, THEN, CARD, SHOP,
             {37: "260331000042", 38: "A1B2C3", 39: "00", 55: icc(LIVE),
              60: "016" "000003" "0200" "000042"}),
    ),
    (
        follow(Purpose.SCRIPTS, approved(scripts=SCRIPTS)),
        wire("0620", {3: "000000"}, THEN, BATCH, {
            23: "001", 24: "001", 37: "260331000042", 41: "10000001", 42: "104110058120001",
            55: icc("9F26080011223344556677" "9F270180" "9F100706011203A0B800" "9F3704DEADBEEF"
                    "9F3602001C" "95050080008000" "9A03260401" "9C0100" "82023800"
                    "9F5B05" + SCRIPTS),
            90: SALE_90,
        }),
    ),
    (
        follow(Purpose.QUERY, record()),
        wire("0600", THEN, SHOP, BATCH, {3: "000000", 4: "000000001234", 24: "001", 90: SALE_90}),
    ),
    (undo(Kind.VOID), wire("0200", SHOP, BATCH, UNDOES, {3: "020000", 4: "000000001234"})),
    (undo(Kind.REFUND, minor=300),
     wire("0200", SHOP, BATCH, UNDOES, {3: "200000", 4: "000000000300"})),
]  # fmt: skip
ANSWERS = [
    ("0210", {**FIRST, **SHOP, 3: "000000", 4: "000000001234", 37: "260331000042", 38: "A1B2C3",
              39: "00"}),
    ("0230", {**THEN, **SHOP, 3: "000000", 4: "000000001234", 37: "260331000043", 39: "00"}),
    ("0330", {**THEN, **SHOP, 3: "000000", 4: "000000001234", 39: "00"}),
    ("0410", {**THEN, **SHOP, 3: "000000", 4: "000000001234", 39: "25", 90: SALE_90}),
    ("0430", {**THEN, **SHOP, 3: "000000", 4: "000000001234", 39: "00", 90: SALE_90}),
    ("0510", {3: "920000", 11: "000060", 12: "041700", 13: "0401", 15: "0401", 39: "00",
              41: "10000001", 42: "104110058120001", 50: "156", 66: "1"}),
    ("0610", {**THEN, **SHOP, 3: "000000", 4: "000000001234", 38: "A1B2C3", 39: "00",
              90: SALE_90}),
    ("0630", {**THEN, 39: "00", 41: "10000001", 42: "104110058120001"}),
    ("0810", {11: "000001", 39: "00", 41: "10000001", 70: "001"}),
]  # fmt: skip


def _names(value: object) -> str | None:
    return f"{value.record.kind}-{value.purpose}" if isinstance(value, OnlineRequest) else ""


@pytest.mark.parametrize(("request_", "expected"), FOLLOW_UPS, ids=_names)
def test_what_is_sent_about_a_transaction(request_: OnlineRequest, expected: bytes) -> None:
    message = message_for(request_, PROFILE, ZONE)
    assert CODEC.encode(message) == expected
    assert CODEC.decode(expected) == message


@pytest.mark.parametrize(("mti", "fields"), ANSWERS, ids=[a[0] for a in ANSWERS])
def test_what_is_answered(mti: str, fields: dict[int, str]) -> None:
    expected = wire(mti, fields)
    assert CODEC.encode(Message(mti, fields)) == expected
    assert CODEC.decode(expected) == Message(mti, fields)


def test_a_request_that_is_reversed_by_0400() -> None:
    """The option of a host that wants a request, not an advice."""
    fields = message_for(follow(Purpose.REVERSAL, record()), PROFILE, ZONE).fields
    expected = wire("0400", HEAD, THEN, CARD, SHOP, BATCH,
                    {39: "68", 55: icc(REVERSAL_ICC), 90: SALE_90})  # fmt: skip
    assert CODEC.encode(Message("0400", fields)) == expected


def test_the_totals_of_a_batch() -> None:
    message = totals_message(totals(), PROFILE, ZONE)
    assert CODEC.encode(message) == wire("0500", TOTALS)


@pytest.mark.parametrize("what", Management)
def test_network_management(what: Management) -> None:
    message = network_request(what, 1, "10000001", "104110058120001", PROFILE, AT, ZONE, batch=1)
    assert CODEC.encode(message) == wire("0800", {
        **FIRST, 11: "000001", 24: "001", 41: "10000001", 42: "104110058120001", 70: what.value,
    })  # fmt: skip


def test_every_message_of_the_profile_is_written_here() -> None:
    """The sale itself is in test_codec.py."""
    sent = {expected[:4].decode() for _, expected in FOLLOW_UPS} | {"0400", "0500", "0800"}
    assert sent | {mti for mti, _ in ANSWERS} == PROFILE.messages.keys()
