"""Messages to bytes and back."""

from __future__ import annotations

import contextlib
from functools import partial
from pathlib import Path

import msgspec
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from cardamom.engines.iso8583.codec import BadMacError, Codec, Message, MessageError, mac_field
from cardamom.engines.iso8583.mapping import message_for
from cardamom.engines.iso8583.profile import Encoding, Profile
from cardamom.engines.keys.mac import retail_mac
from cardamom.settings.profile import load_message_profile
from cardamom.values.secret import Key, PinBlock
from support.messages import PAN, ZONE, sale

PROFILE = load_message_profile()
UNIONPAY = Path(__file__).parents[3] / "config" / "acquirers" / "unionpay.toml"
BCD = msgspec.structs.replace(
    PROFILE,
    encoding=Encoding(mti="bcd", numeric="bcd", length="bcd", bitmap="binary", binary="binary"),
)
MAC = partial(retail_mac, Key(bytes.fromhex("042666B4918430A368DE9628D03984C9")))
PROFILES = pytest.mark.parametrize("profile", [PROFILE, BCD], ids=["ascii", "bcd"])


def request(profile: Profile, pan: str = PAN) -> Message:
    return message_for(sale(pan=pan), profile, ZONE, PinBlock(bytes(range(8))))


def test_the_bytes_of_a_sale() -> None:
    """Written out by hand from ISO 8583:1987: type, bitmap, then the fields in order."""
    icc = (
        "9F26080011223344556677" "9F270180" "9F100706011203A0B800" "9F3704DEADBEEF" "9F3602001C"
        "95050080008000" "9A03260401" "9C0100" "9F0206000000001234" "5F2A020156" "82023800"
        "9F1A020156" "9F0306000000000000"
    )  # fmt: skip
    expected = b"".join(
        (
            b"0200",
            b"723C078020C09210",
            b"16" + PAN.encode(),
            b"000000",
            b"000000001234",
            b"0331201530",
            b"000042",
            b"041530",
            b"0401",
            b"4912",
            b"051",
            b"001",
            b"001",
            b"00",
            b"28" + PAN.encode() + b"=49122200000",
            b"10000001",
            b"104110058120001",
            b"156",
            b"0001020304050607",
            f"{len(icc) // 2:03d}".encode() + bytes.fromhex(icc),
            b"006000003",
        )
    )
    assert Codec(PROFILE).encode(request(PROFILE)) == expected


def test_the_bytes_of_a_sale_in_bcd() -> None:
    raw = Codec(BCD).encode(request(BCD))
    head = "0200723C078020C0921016" + PAN + "0000000000000012340331201530000042"
    assert raw.hex().upper().startswith(head)
    assert f"28{PAN}D49122200000".lower() in raw.hex()
    assert raw.endswith(bytes.fromhex("0006") + b"000003")


@PROFILES
@pytest.mark.parametrize("pan", [PAN, "6222020000040128003", "541333000000004", "4761730000001"])
def test_what_was_written_is_read(profile: Profile, pan: str) -> None:
    codec = Codec(profile)
    message = request(profile, pan)
    assert codec.decode(codec.encode(message)) == message


@PROFILES
def test_a_mac_ends_the_message_and_covers_all_of_it(profile: Profile) -> None:
    codec = Codec(profile)
    message = request(profile)
    raw = codec.encode(message, MAC)
    read = codec.decode(raw, MAC)
    assert {n: v for n, v in read.fields.items() if n != 64} == message.fields
    size = 8 if profile is BCD else 16
    code = raw[-size:] if profile is BCD else bytes.fromhex(raw[-size:].decode())
    assert code == MAC(raw[:-size])


@PROFILES
@given(at=st.integers(0, 10_000), bit=st.integers(0, 7))
@settings(deadline=None, max_examples=150)
def test_no_bit_can_change_unseen(profile: Profile, at: int, bit: int) -> None:
    codec = Codec(profile)
    raw = bytearray(codec.encode(request(profile), MAC))
    raw[at % len(raw)] ^= 1 << bit
    if profile is PROFILE and raw[-16:].isalnum():
        # the case of a hex digit carries nothing
        raw[-16:] = raw[-16:].upper()
        if bytes(raw) == codec.encode(request(profile), MAC):
            return
    with pytest.raises(MessageError):
        codec.decode(bytes(raw), MAC)


def test_a_message_without_mac_is_refused_where_one_is_wanted() -> None:
    codec = Codec(PROFILE)
    with pytest.raises(BadMacError, match="missing"):
        codec.decode(codec.encode(request(PROFILE)), MAC)


def test_the_mac_moves_to_128_with_a_secondary_bitmap() -> None:
    assert mac_field({3: "", 70: ""}) == 128
    assert mac_field({3: "", 64: ""}, present=True) == 64
    assert mac_field({3: "", 128: ""}, present=True) == 128
    codec = Codec(PROFILE)
    echo = Message("0810", {11: "000001", 39: "00", 41: "10000001", 70: "301"})
    assert 128 in codec.decode(codec.encode(echo, MAC), MAC).fields


@PROFILES
@given(raw=st.binary(max_size=400))
@settings(deadline=None, max_examples=300)
def test_only_message_error_escapes_from_any_bytes(profile: Profile, raw: bytes) -> None:
    with contextlib.suppress(MessageError):
        Codec(profile).decode(raw, MAC)


@PROFILES
@given(data=st.data())
@settings(deadline=None, max_examples=300)
def test_only_message_error_escapes_from_a_broken_message(
    profile: Profile, data: st.DataObject
) -> None:
    raw = bytearray(Codec(profile).encode(request(profile), MAC))
    for _ in range(data.draw(st.integers(1, 4))):
        at = data.draw(st.integers(0, len(raw)))
        raw[at : at + data.draw(st.integers(0, 3))] = data.draw(st.binary(max_size=3))
    with contextlib.suppress(MessageError):
        Codec(profile).decode(bytes(raw))


def test_an_error_holds_nothing_of_the_message() -> None:
    raw = Codec(PROFILE).encode(request(PROFILE)).replace(b"=4912", b"=49X2")[:-3]
    with pytest.raises(MessageError) as caught:
        Codec(PROFILE).decode(raw)
    assert caught.value.__context__ is None
    assert caught.value.__cause__ is None
    assert PAN not in str(caught.value)


def test_an_error_of_writing_holds_nothing_of_the_message() -> None:
    message = request(PROFILE)
    message.fields[41] = "short"
    with pytest.raises(MessageError, match="field 41") as caught:
        Codec(PROFILE).encode(message)
    assert caught.value.__context__ is None


@pytest.mark.parametrize(
    ("change", "why"),
    [
        ({4: None}, "lacks field 4"),
        ({66: "1"}, "has no field 66"),
        ({4: "12AB"}, "field 4"),
        ({55: "XYZ"}, "field 55"),
    ],
)
def test_a_message_that_the_profile_does_not_know_is_not_written(
    change: dict[int, str | None], why: str
) -> None:
    message = request(PROFILE)
    for number, value in change.items():
        if value is None:
            del message.fields[number]
        else:
            message.fields[number] = value
    with pytest.raises(MessageError, match=why):
        Codec(PROFILE).encode(message)


def test_an_unknown_type_is_not_written() -> None:
    with pytest.raises(MessageError, match="no message 0999"):
        Codec(PROFILE).encode(Message("0999", {}))


def test_an_amount_that_is_no_number_is_not_read() -> None:
    raw = Codec(PROFILE).encode(request(PROFILE)).replace(b"000000001234", b"00000000 234", 1)
    with pytest.raises(MessageError, match="field 4 is not numeric"):
        Codec(PROFILE).decode(raw)


def test_a_message_prints_its_numbers_alone() -> None:
    text = repr(request(PROFILE))
    assert text.startswith("Message(0200 2 3 4 7")
    assert PAN not in text


def test_a_message_without_a_field_for_it_has_no_mac() -> None:
    """UnionPay's network management; only such a message may go without (see checks.py)."""
    codec = Codec(load_message_profile(UNIONPAY))
    echo = Message("0820", {11: "000001", 41: "10000001", 42: "104110058120001", 60: "00000001301"})
    assert codec.encode(echo, MAC) == codec.encode(echo)
    assert codec.decode(codec.encode(echo), MAC) == echo
    unknown = b"\x07" + codec.encode(echo)[1:]
    with pytest.raises(BadMacError, match="missing"):
        codec.decode(unknown, MAC)
