"""ATS and ATQB in every legal form, and in illegal ones."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cardamom.engines.isodep.steps import IsoDepError
from cardamom.engines.isodep.traits import FRAME_SIZES, parse_atqb, parse_ats


def test_tl_alone_means_the_defaults() -> None:
    """ISO/IEC 14443-4, 5.2.1: FSC 32, FWT 4.8 ms, 106 kbit/s, CID."""
    traits = parse_ats(b"\x01")
    assert (traits.fsc, traits.fwi, traits.sfgi, traits.takes_cid) == (32, 4, 0, True)
    assert (traits.to_card, traits.from_card, traits.guard_us) == ((), (), 0)
    assert traits.fwt_us == 4834


@pytest.mark.parametrize("mask", range(8))
def test_each_interface_byte_may_be_there_or_not(mask: int) -> None:
    values = {0x10: 0x77, 0x20: 0xE3, 0x40: 0x00}
    there = [bit for place, bit in enumerate(values) if mask >> place & 1]
    body = bytes((sum(there) | 8, *(values[bit] for bit in there))) + b"hist"
    traits = parse_ats(bytes((len(body) + 1,)) + body)
    assert traits.fsc == 256
    assert traits.spoken == b"hist"
    assert traits.to_card == ((212, 424, 848) if 0x10 in there else ())
    assert (traits.fwi, traits.sfgi) == ((14, 3) if 0x20 in there else (4, 0))
    assert traits.takes_cid is (0x40 not in there)


def test_a_card_of_a_known_kind() -> None:
    """The ATS of a MIFARE DESFire EV1 (NXP AN10833, 3.3): 06 75 77 81 02 80."""
    traits = parse_ats(bytes.fromhex("067577810280"))
    assert (traits.fsc, traits.fwi, traits.sfgi) == (64, 8, 1)
    assert traits.to_card == traits.from_card == (212, 424, 848)
    assert not traits.same_rate
    assert traits.takes_cid
    assert traits.spoken == b"\x80"


@pytest.mark.parametrize("fwi", range(16))
def test_frame_waiting_time(fwi: int) -> None:
    """ISO/IEC 14443-4, 7.2: (256 x 16 / fc) x 2^FWI; 302 us to 4949 ms."""
    traits = parse_ats(bytes((0x03, 0x20, fwi << 4)))
    exponent = 4 if fwi == 15 else fwi
    exact = 4096 / 13.56 * 2**exponent
    assert exact <= traits.fwt_us < exact + 1
    assert parse_ats(bytes.fromhex("0320E0")).fwt_us == 4_949_032


@pytest.mark.parametrize("code", range(16))
def test_frame_size(code: int) -> None:
    assert parse_ats(bytes((2, code))).fsc == FRAME_SIZES[min(code, 12)]


def test_a_start_up_guard_time_of_15_is_read_as_none() -> None:
    assert parse_ats(bytes.fromhex("03204F")).guard_us == 0
    assert parse_ats(bytes.fromhex("032041")).guard_us == 661


@pytest.mark.parametrize(
    ("ta", "most", "chosen"),
    [
        ("00", 848, (106, 106)),
        ("77", 848, (848, 848)),
        ("77", 424, (424, 424)),
        ("77", 106, (106, 106)),
        ("13", 848, (424, 212)),
        ("93", 848, (212, 212)),  # the same both ways
        ("A1", 848, (106, 106)),  # the same both ways, and none in common
        ("7F", 848, (106, 106)),  # the bit that is kept for later: nothing of it counts
    ],
)
def test_bit_rates(ta: str, most: int, chosen: tuple[int, int]) -> None:
    assert parse_ats(bytes.fromhex(f"0310{ta}")).rates(most) == chosen


@pytest.mark.parametrize(
    "bad", ["", "00", "02", "0178", "0210", "031077AA", "0370AABB", "0470AABB"]
)
def test_an_ats_that_is_none(bad: str) -> None:
    with pytest.raises(IsoDepError):
        parse_ats(bytes.fromhex(bad))


def test_a_basic_and_an_extended_atqb() -> None:
    """ISO/IEC 14443-3, 7.9: PUPI, application data, protocol info of 3 or 4 bytes."""
    pupi, traits = parse_atqb(bytes.fromhex("50 11223344 AABBCCDD 33 81 E1"))
    assert pupi.hex() == "11223344"
    assert (traits.fsc, traits.fwi, traits.sfgi, traits.takes_cid) == (256, 14, 0, True)
    assert traits.to_card == traits.from_card == (212, 424)
    _, traits = parse_atqb(bytes.fromhex("50 11223344 AABBCCDD 00 51 40 30"))
    assert (traits.fsc, traits.fwi, traits.sfgi, traits.takes_cid) == (64, 4, 3, False)


@pytest.mark.parametrize(
    "bad",
    [
        "",
        "50",
        "5011223344AABBCCDD3381",
        "4011223344AABBCCDD3381E1",
        "5011223344AABBCCDD3380E1",
        "5011223344AABBCCDD3389E1",
    ],
)
def test_an_atqb_that_is_none(bad: str) -> None:
    with pytest.raises(IsoDepError):
        parse_atqb(bytes.fromhex(bad))


@given(st.binary(max_size=40))
def test_nothing_but_its_own_error_escapes(data: bytes) -> None:
    for parse in (parse_ats, parse_atqb):
        for form in (data, bytes((len(data) + 1,)) + data, b"\x50" + data):
            try:
                parse(form)
            except IsoDepError:
                continue
