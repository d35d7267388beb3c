"""Every message of the UnionPay-style profile in hex, written by hand from the packing rules.

A digit is half a byte; an odd number of them is filled up with 0 on the right in fields 2, 22, 32,
35, 48, 60 and 61 and on the left elsewhere; a variable length counts digits, characters or bytes,
in one byte (LL) or two (LLL).
"""

from __future__ import annotations

import pytest

from cardamom.engines.iso8583.codec import Codec, Message
from cardamom.engines.iso8583.framing import Frames
from cardamom.engines.iso8583.mapping import message_for, network_request, totals_message
from cardamom.engines.iso8583.service import Management
from cardamom.settings.profile import load_message_profile
from cardamom.values.events import Reason
from cardamom.values.kinds import Kind
from cardamom.values.online import OnlineRequest, Purpose
from cardamom.values.secret import PinBlock
from support.follow_ups import SCRIPTS, UNIONPAY, approved, bitmap, follow, offline, totals, undo
from support.messages import AT, PAN, ZONE, record, sale

PROFILE = load_message_profile(UNIONPAY)
CODEC = Codec(PROFILE)
PUBLISHED = """
01 AA 60 00 06 00 00 60 31 00 31 10 03 02 00 70 24 06 C0 20 C1 9A 31 16 62 22 02 00
00 04 01 28 00 00 00 00 00 00 00 00 01 00 04 03 28 06 07 10 00 00 00 12 34 62 22 02
00 00 04 01 28 D2 80 62 01 39 49 03 10 13 31 30 30 30 30 30 31 39 38 35 30 31 30 30
30 38 32 34 31 30 30 30 32 00 01 00 31 35 36 D1 EE F4 19 D0 AE 26 09 26 00 00 00 00
00 00 00 01 39 9F 26 08 95 BB E3 72 27 1D DA 7C 9F 27 01 80 9F 10 13 07 01 01 03 A0
00 00 01 0A 01 00 00 00 00 00 ED 53 8F E4 9F 37 04 7F 9F 34 9E 9F 36 02 01 57 95 05
00 00 00 00 00 9A 03 19 08 30 9C 01 00 9F 02 06 00 00 00 00 00 01 5F 2A 02 01 56 82
02 7C 00 9F 1A 02 01 56 9F 03 06 00 00 00 00 00 00 9F 33 03 E0 E1 C8 9F 35 01 22 9F
1E 08 31 30 30 30 30 30 31 39 84 08 A0 00 00 03 33 01 01 02 9F 09 02 00 8C 9F 41 04
00 00 04 03 01 53 30 30 30 30 30 30 30 30 30 30 30 30 30 30 30 30 30 30 30 30 30 30
30 30 30 30 30 30 30 30 30 30 30 30 30 30 30 30 30 30 30 30 30 30 30 30 30 30 30 30
30 30 30 30 30 30 30 30 30 30 30 30 30 30 30 30 30 30 30 30 30 30 30 30 30 30 30 30
30 30 30 30 30 30 30 30 30 30 30 30 30 30 30 30 30 30 30 30 30 30 30 30 30 30 30 30
30 30 30 30 30 30 30 30 30 30 30 30 30 30 30 30 30 30 30 30 30 30 30 30 30 30 30 30
30 30 30 30 30 30 30 30 30 30 30 30 30 30 30 30 30 30 30 00 14 22 00 00 24 00 06 00
38 46 36 35 31 42 32 36
"""
"""A sale as printed at codetd.com/article/5053461, from its length on; card number (fields 2, 35)
and terminal data (field 59) are replaced."""


def text(value: str) -> str:
    return value.encode().hex().upper()


def icc(value: str) -> str:
    return f"{len(value) // 2:04d}" + value


def wire(mti: str, *parts: dict[int, str]) -> str:
    fields = {n: v for part in parts for n, v in part.items()}
    return mti + bitmap(list(fields)) + "".join(fields[n] for n in sorted(fields))


HEAD = {2: "16" + PAN, 3: "000000", 4: "000000001234"}
CARD = {14: "4912", 22: "0520", 23: "0001", 25: "00"}
SHOP = {41: text("10000001"), 42: text("104110058120001")}
CNY = {49: text("156")}
SALE_60 = {60: "001322000003000500"}
SALE_61 = {61: "00160000030000420401"}
RRN, AUTH = {37: text("260331000042")}, {38: text("A1B2C3")}
LIVE = (
    "9F26080011223344556677" "9F270180" "9F100706011203A0B800" "9F3704DEADBEEF" "9F3602001C"
    "95050080008000" "9A03260401" "9C0100" "9F0206000000001234" "5F2A020156" "82023800"
    "9F1A020156" "9F0306000000000000"
)  # fmt: skip
REVERSAL_ICC = "950500800080009F100706011203A0B8009F3602001C"
SCRIPT_ICC = (
    "95050080008000" "9F3704DEADBEEF" "9F100706011203A0B800" "9F26080011223344556677" "9F3602001C"
    "82023800" "9F1A020156" "9A03260401" "DF3105" + SCRIPTS
)  # fmt: skip
SENT = [
    (
        sale(),
        wire("0200", HEAD, CARD, SHOP, CNY, SALE_60,
             {11: "000042", 35: "28" + PAN + "D49122200000", 55: icc(LIVE)}),
    ),
    (
        undo(Kind.VOID),
        wire("0200", HEAD, CARD, SHOP, CNY, RRN, AUTH, SALE_61,
             {3: "200000", 11: "000050", 22: "0120", 60: "0013" "23" "000003" "000500"}),
    ),
    (
        undo(Kind.REFUND, minor=300),
        wire("0220", HEAD, CARD, SHOP, CNY, RRN, AUTH, SALE_61,
             {3: "200000", 4: "000000000300", 11: "000050", 22: "0120",
              60: "0013" "25" "000003" "000500"}),
    ),
    (
        follow(Purpose.REVERSAL, record(), stan=42),
        wire("0400", HEAD, CARD, SHOP, CNY, SALE_60, SALE_61,
             {11: "000042", 39: text("98"), 55: icc(REVERSAL_ICC)}),
    ),
    (
        follow(Purpose.REVERSAL, record(), stan=42, attempts=7),
        wire("0400", HEAD, CARD, SHOP, CNY, SALE_60, SALE_61,
             {11: "000042", 39: text("98"), 55: icc(REVERSAL_ICC)}),
    ),
    (
        follow(Purpose.REVERSAL, approved(reason=Reason.BAD_ANSWER), stan=42),
        wire("0400", HEAD, CARD, SHOP, CNY, SALE_60, SALE_61, AUTH,
             {11: "000042", 39: text("A0"), 55: icc(REVERSAL_ICC)}),
    ),
    (
        follow(Purpose.ADVICE, offline()),
        wire("0220", HEAD, CARD, SHOP, CNY,
             {11: "000043", 12: "041530", 13: "0401", 39: text("Y3"), 55: icc(LIVE),
              60: "0013" "30" "000003" "000500"}),
    ),
    (
        follow(Purpose.SCRIPTS, approved(scripts=SCRIPTS)),
        wire("0620", HEAD, CARD, SHOP, CNY, SALE_61, RRN, AUTH,
             {11: "000043", 55: icc(SCRIPT_ICC), 60: "0011" "000000039510"}),
    ),
    (
        follow(Purpose.UPLOAD, approved()),
        wire("0320", HEAD, CARD, SHOP, CNY, SALE_61, RRN, AUTH,
             {11: "000043", 12: "041530", 13: "0401", 39: text("00"), 55: icc(LIVE),
              60: "0011" "000000032060"}),
    ),
]  # fmt: skip
AGREED = "00000000123400200000000053400210000000000000000000000000000000"
ANSWERS = [
    (
        Message("0210", {3: "000000", 4: "000000001234", 11: "000042", 12: "041531", 13: "0401",
                         37: "260331000042", 38: "A1B2C3", 39: "00", 41: "10000001",
                         42: "104110058120001", 49: "156"}),
        wire("0210", SHOP, CNY, RRN, AUTH, {3: "000000", 4: "000000001234", 11: "000042",
                                            12: "041531", 13: "0401", 39: text("00")}),
    ),
    (
        Message("0230", {3: "200000", 4: "000000000300", 11: "000050", 37: "260331000042",
                         39: "00", 41: "10000001", 42: "104110058120001"}),
        wire("0230", SHOP, RRN, {3: "200000", 4: "000000000300", 11: "000050", 39: text("00")}),
    ),
    (
        Message("0330", {11: "000043", 39: "00", 41: "10000001", 42: "104110058120001"}),
        wire("0330", SHOP, {11: "000043", 39: text("00")}),
    ),
    (
        Message("0410", {3: "000000", 4: "000000001234", 11: "000042", 32: "48021000",
                         39: "12", 41: "10000001", 42: "104110058120001"}),
        wire("0410", SHOP, {3: "000000", 4: "000000001234", 11: "000042", 32: "0848021000",
                            39: text("12")}),
    ),
    (
        Message("0510", {11: "000060", 39: "00", 41: "10000001", 42: "104110058120001",
                         48: AGREED}),
        wire("0510", SHOP, {11: "000060", 39: text("00"), 48: "0062" + AGREED}),
    ),
    (
        Message("0630", {11: "000043", 39: "00", 41: "10000001", 42: "104110058120001"}),
        wire("0630", SHOP, {11: "000043", 39: text("00")}),
    ),
    (
        Message("0810", {11: "000001", 12: "041530", 13: "0401", 37: "260331000042", 39: "00",
                         41: "10000001", 42: "104110058120001", 60: "00000003003",
                         62: "00112233445566778899AABBCCDDEEFF01020304" * 2}),
        wire("0810", SHOP, RRN, {11: "000001", 12: "041530", 13: "0401", 39: text("00"),
                                 60: "0011000000030030",
                                 62: "0040" + "00112233445566778899AABBCCDDEEFF01020304" * 2}),
    ),
    (
        Message("0830", {11: "000002", 39: "00", 41: "10000001", 42: "104110058120001",
                         60: "00000003301"}),
        wire("0830", SHOP, {11: "000002", 39: text("00"), 60: "0011000000033010"}),
    ),
]  # fmt: skip
NETWORK = [
    (Management.SIGN_ON, wire("0800", SHOP, {11: "000001", 60: "0011000000030030",
                                             63: "0003" + text("01 ")})),
    (Management.SIGN_OFF, wire("0820", SHOP, {11: "000001", 60: "0011000000030020"})),
    (Management.ECHO, wire("0820", SHOP, {11: "000001", 60: "0011000000033010"})),
]  # fmt: skip


def _names(value: object) -> str | None:
    return f"{value.record.kind}-{value.purpose}" if isinstance(value, OnlineRequest) else ""


def test_a_published_sale_is_read_and_written() -> None:
    raw = bytes.fromhex(PUBLISHED)
    (body,) = Frames(PROFILE.framing).feed(raw)
    message = CODEC.decode(body)
    assert message.mti == "0200"
    assert sorted(message.fields) == [
        2, 3, 4, 11, 14, 22, 23, 25, 26, 35, 41, 42, 48, 49, 52, 53, 55, 59, 60, 64,
    ]  # fmt: skip
    told = {2: "6222020000040128", 4: "000000000001", 11: "000403", 14: "2806", 22: "071",
            23: "000", 26: "12", 35: "6222020000040128" "=28062013949031013", 41: "10000019",
            42: "850100082410002", 53: "2600000000000000", 60: "22" "000024" "000600"}  # fmt: skip
    assert {n: message.fields[n] for n in told} == told
    assert bytes.fromhex(message.fields[64]) == b"8F651B26"
    mac = message.fields.pop(64)
    assert CODEC.encode(message, lambda _covered: bytes.fromhex(mac)) == body


@pytest.mark.parametrize(("request_", "expected"), SENT, ids=_names)
def test_what_is_sent_about_a_transaction(request_: OnlineRequest, expected: str) -> None:
    message = message_for(request_, PROFILE, ZONE)
    assert CODEC.encode(message).hex().upper() == expected
    assert CODEC.decode(bytes.fromhex(expected)) == message


def test_a_sale_with_a_pin_says_how_it_is_enciphered() -> None:
    message = message_for(sale(), PROFILE, ZONE, PinBlock(bytes(range(8))))
    told = {22: "051", 26: "12", 52: "0001020304050607", 53: "2600000000000000"}
    assert {n: message.fields[n] for n in told} == told


@pytest.mark.parametrize(("message", "expected"), ANSWERS, ids=[a[0].mti for a in ANSWERS])
def test_what_is_answered(message: Message, expected: str) -> None:
    assert CODEC.encode(message).hex().upper() == expected
    assert CODEC.decode(bytes.fromhex(expected)) == message


@pytest.mark.parametrize(("what", "expected"), NETWORK)
def test_network_management(what: Management, expected: str) -> None:
    message = network_request(what, 1, "10000001", "104110058120001", PROFILE, AT, ZONE, batch=3)
    assert CODEC.encode(message).hex().upper() == expected


def test_the_totals_of_a_batch_and_the_end_of_its_upload() -> None:
    """A void counts with the credits: UnionPay knows two sides alone."""
    message = totals_message(totals(), PROFILE, ZONE)
    sums = "0000000012340020000000005340020" + "0" * 31
    assert CODEC.encode(message).hex().upper() == wire("0500", SHOP, CNY, {
        11: "000060", 48: "0062" + sums, 60: "0011000000032010", 63: "0003" + text("01 "),
    })  # fmt: skip
    end = totals_message(totals(end=True), PROFILE, ZONE)
    assert CODEC.encode(end).hex().upper() == wire("0320", SHOP, CNY, {
        11: "000060", 12: "041700", 13: "0401", 48: "0004" "0004", 60: "0011000000032020",
    })  # fmt: skip


def test_every_message_of_the_profile_is_written_here() -> None:
    sent = {expected[:4] for _, expected in SENT} | {expected[:4] for _, expected in NETWORK}
    assert sent | {m.mti for m, _ in ANSWERS} | {"0500"} == PROFILE.messages.keys()
