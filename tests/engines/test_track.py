from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from cardamom.engines.track import ServiceCode, TrackError, parse_track2, parse_track2_bcd
from cardamom.values.secret import Pan

PAN = "6222021234567894"


@pytest.mark.parametrize(
    ("text", "expiry", "service", "raw"),
    [
        (f";{PAN}=2712220123456789?", "2712", "220", f"{PAN}d2712220123456789f"),
        (f"{PAN}=27122201234567", "2712", "220", f"{PAN}d27122201234567f"),
        (f";{PAN}=2712201123?5", "2712", "201", f"{PAN}d2712201123f"),
        (f";{PAN}D2712601?", "2712", "601", f"{PAN}d2712601"),
        (f";{PAN}==2011234?", None, "201", f"{PAN}dd2011234f"),
        (f";{PAN}=2712=1234?", "2712", None, f"{PAN}d2712d1234"),
        (f";{PAN}===1234?", None, None, f"{PAN}ddd1234f"),
        (f" ;{PAN}=2712?\n", "2712", None, f"{PAN}d2712f"),
    ],
)
def test_text(text: str, expiry: str | None, service: str | None, raw: str) -> None:
    track = parse_track2(text)
    assert track.pan == Pan(PAN)
    assert track.expiry == expiry
    assert track.service == (ServiceCode(service) if service else None)
    assert track.raw.reveal().hex() == raw
    assert parse_track2_bcd(track.raw.reveal()) == track


@pytest.mark.parametrize(
    "text",
    [
        "",
        ";",
        PAN,
        f";{PAN}=",
        f";{PAN}=27",
        f";{PAN}=2713201?",
        f";{PAN}=2700201?",
        f";{PAN}=27A2201?",
        ";1234567=2712201?",
        ";12345678901234567890=2712201?",
        f";{PAN}=2712201{'0' * 40}?",
        f"%B{PAN}^TEST^2712201?",
        f";{PAN}=２７１２201?",
    ],
)
def test_what_is_no_track(text: str) -> None:
    with pytest.raises(TrackError) as caught:
        parse_track2(text)
    assert PAN not in str(caught.value)


@pytest.mark.parametrize(
    "data",
    [
        "",
        PAN,
        PAN + "D27122",
        "D2712201F0",
        PAN + "D2713201",
        PAN + "E2712201",
        PAN + "D2712201FFFF",
    ],
)
def test_what_is_no_packed_track(data: str) -> None:
    with pytest.raises(TrackError):
        parse_track2_bcd(bytes.fromhex(data + "F" * (len(data) % 2)))


@pytest.mark.parametrize(
    ("digits", "chip", "national", "online", "pin", "no_cash"),
    [
        ("201", True, False, False, False, False),
        ("220", True, False, True, True, False),
        ("601", True, True, False, False, False),
        ("101", False, False, False, False, False),
        ("526", False, True, True, False, False),
        ("107", False, False, False, False, True),
        ("605", True, True, False, True, True),
    ],
)
def test_service_code(
    digits: str, chip: bool, national: bool, online: bool, pin: bool, no_cash: bool
) -> None:
    code = ServiceCode(digits)
    assert (code.has_chip, code.national, code.online_only) == (chip, national, online)
    assert (code.pin_required, code.no_cash) == (pin, no_cash)


@given(st.one_of(st.text(max_size=45), st.text("0123456789=D;?", max_size=45)))
@settings(max_examples=250, deadline=None)
def test_only_its_own_error_leaves_text(text: str) -> None:
    try:
        track = parse_track2(text)
    except TrackError:
        return
    assert track.pan.reveal() in text
    assert track.pan.reveal() not in repr(track)


@given(st.binary(max_size=24))
@settings(max_examples=150, deadline=None)
def test_only_its_own_error_leaves_bytes(data: bytes) -> None:
    try:
        track = parse_track2_bcd(data)
    except TrackError:
        return
    assert track.raw.reveal() == data
