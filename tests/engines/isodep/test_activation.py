"""RATS, PPS and ATTRIB as exact transcripts."""

from __future__ import annotations

import pytest

from cardamom.engines.isodep.activation import activate_a, activate_b
from cardamom.engines.isodep.steps import IsoDepError, Missed, Send
from support.radio import play

ATQB = bytes.fromhex("50 11223344 AABBCCDD 00 81 71")
ATQB_FAST = bytes.fromhex("50 11223344 AABBCCDD 77 85 71")


def test_rats_asks_for_frames_of_256_bytes_and_gives_cid_0() -> None:
    protocol = play(activate_a(), [("E080", "0578807002")])
    assert (protocol.traits.fsc, protocol.traits.fwi) == (256, 7)
    assert play(protocol.exchange(b"\0"), [("0200", "029000")]).hex() == "9000"


def test_rats_is_sent_again_where_nothing_is_heard() -> None:
    assert play(activate_a(), [("E080", "-"), ("E080", "?"), ("E080", "01")]).traits.fsc == 32


@pytest.mark.parametrize(
    ("ats", "rate", "pps", "tune"),
    [
        ("037877", 212, "D01105", "tune 212 212"),
        ("031077", 424, "D0110A", "tune 424 424"),
        ("031077", 848, "D0110F", "tune 848 848"),
        ("031013", 848, "D01106", "tune 424 212"),
    ],
)
def test_pps(ats: str, rate: int, pps: str, tune: str) -> None:
    """ISO/IEC 14443-4, 5.3: DSI in bits 4 and 3, DRI in bits 2 and 1."""
    if ats == "037877":
        ats = "0578777000"
    play(activate_a(rate=rate), [("E080", ats), (pps, "D0"), (tune, "")])


def test_no_pps_where_the_card_or_the_settings_want_none() -> None:
    play(activate_a(rate=424), [("E080", "031000")])
    play(activate_a(rate=106), [("E080", "031077")])


def test_the_guard_time_comes_before_pps_and_not_again() -> None:
    steps = activate_a(rate=212)
    next(steps)
    pps = steps.send(bytes.fromhex("0430770A"[:2] + "307774"))
    assert isinstance(pps, Send)
    assert pps.guard_us == 5287
    steps.send(b"\xd0")
    with pytest.raises(StopIteration) as end:
        steps.send(Missed.SILENCE)
    assert end.value.value.traits.guard_us == 0


@pytest.mark.parametrize(
    "script",
    [
        [("E080", "-")] * 3,
        [("E080", "00")],
        [("E080", "031077"), ("D0110F", "D1")],
        [("E080", "031077"), ("D0110F", "-"), ("D0110F", "-"), ("D0110F", "-")],
    ],
)
def test_a_type_a_card_that_cannot_be_activated(script: list[tuple[str, str]]) -> None:
    with pytest.raises(IsoDepError):
        play(activate_a(rate=848), script)


def test_attrib() -> None:
    """ISO/IEC 14443-3, 7.10: PUPI, timing as by default, rates and frame size, protocol, CID."""
    pupi, protocol = play(activate_b(ATQB), [("1D 11223344 00 08 01 00", "00")])
    assert pupi.hex() == "11223344"
    assert (protocol.traits.fsc, protocol.traits.fwi) == (256, 7)


def test_attrib_with_higher_rates_and_the_cards_minimum_tr2() -> None:
    script = [("1D 11223344 00 A8 05 00", "10"), ("tune 424 424", "")]
    play(activate_b(ATQB_FAST, rate=424), script)


@pytest.mark.parametrize("answer", ["01", "0A", "-"])
def test_a_type_b_card_that_cannot_be_activated(answer: str) -> None:
    script = [("1D 11223344 00 08 01 00", answer)] * 3
    with pytest.raises(IsoDepError):
        play(activate_b(ATQB), script if answer == "-" else script[:1])
