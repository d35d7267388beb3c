"""The block protocol held to exact transcripts, rule by rule of ISO/IEC 14443-4, 7.5."""

from __future__ import annotations

import pytest

from cardamom.engines.isodep.protocol import PATIENCE_US, IsoDep
from cardamom.engines.isodep.steps import IsoDepError, Missed, Send
from cardamom.engines.isodep.traits import Traits
from support.radio import play

TINY = Traits(fsc=16)
"""13 bytes a block."""
COMMAND = bytes.fromhex("00A40400")
LONG = bytes(range(30))


def card(traits: Traits = TINY, cid: int | None = None) -> IsoDep:
    return IsoDep(traits, cid=cid)


def test_blocks_are_numbered_in_turn() -> None:
    """Rules A and B."""
    one = card()
    assert play(one.exchange(COMMAND), [("02 00A40400", "029000")]).hex() == "9000"
    assert play(one.exchange(COMMAND), [("03 00A40400", "036A82")]).hex() == "6a82"
    assert play(one.exchange(COMMAND), [("02 00A40400", "029000")]).hex() == "9000"


@pytest.mark.parametrize(
    ("name", "command", "script", "answer"),
    [
        (
            "we chain",
            LONG,
            [
                ("12 000102030405060708090A0B0C", "A2"),
                ("13 0D0E0F10111213141516171819", "A3"),
                ("02 1A1B1C1D", "029000"),
            ],
            "9000",
        ),
        (
            "the card chains",
            COMMAND,
            [("02 00A40400", "12AABB"), ("A3", "13CC"), ("A2", "029000")],
            "aabbcc9000",
        ),
        (
            "both chain",
            LONG[:14],
            [
                ("12 000102030405060708090A0B0C", "A2"),
                ("03 0D", "13AA"),
                ("A2", "029000"),
            ],
            "aa9000",
        ),
        (
            "the card wants more time",
            COMMAND,
            [("02 00A40400", "F201"), ("F201", "F23B"), ("F23B", "029000")],
            "9000",
        ),
        (
            "power level in WTXM is not sent back; more than 59 is 59",
            COMMAND,
            [("02 00A40400", "F2C5"), ("F205", "F23F"), ("F23B", "029000")],
            "9000",
        ),
        (
            "more time in the middle of the card's chain",
            COMMAND,
            [("02 00A40400", "12AA"), ("A3", "F202"), ("F202", "039000")],
            "aa9000",
        ),
        (
            "more time in the middle of our chain",
            LONG[:14],
            [
                ("12 000102030405060708090A0B0C", "F202"),
                ("F202", "A2"),
                ("03 0D", "039000"),
            ],
            "9000",
        ),
        (
            "the command was lost: R(NAK), R(ACK) of the old number, sent again (rules 4, 6)",
            COMMAND,
            [("02 00A40400", "-"), ("B2", "A3"), ("02 00A40400", "029000")],
            "9000",
        ),
        (
            "the answer was lost: R(NAK), and it comes again (rule 4)",
            COMMAND,
            [("02 00A40400", "?"), ("B2", "029000")],
            "9000",
        ),
        (
            "R(NAK) is lost too",
            COMMAND,
            [("02 00A40400", "-"), ("B2", "-"), ("B2", "029000")],
            "9000",
        ),
        (
            "R(ACK) in our chain was lost (rules 4, 7)",
            LONG[:14],
            [
                ("12 000102030405060708090A0B0C", "?"),
                ("B2", "A2"),
                ("03 0D", "039000"),
            ],
            "9000",
        ),
        (
            "our chained block was lost (rules 4, 6)",
            LONG[:14],
            [
                ("12 000102030405060708090A0B0C", "-"),
                ("B2", "A3"),
                ("12 000102030405060708090A0B0C", "A2"),
                ("03 0D", "039000"),
            ],
            "9000",
        ),
        (
            "a block of the card's chain was lost: R(ACK) again (rule 5)",
            COMMAND,
            [("02 00A40400", "12AA"), ("A3", "-"), ("A3", "039000")],
            "aa9000",
        ),
        (
            "the answer to S(WTX) was lost: R(NAK), and it asks again",
            COMMAND,
            [("02 00A40400", "F201"), ("F201", "-"), ("B2", "F201"), ("F201", "029000")],
            "9000",
        ),
        (
            "a block of the wrong number is none",
            COMMAND,
            [("02 00A40400", "039000"), ("B2", "029000")],
            "9000",
        ),
        (
            "R(ACK) out of place runs nothing twice",
            COMMAND,
            [("02 00A40400", "A3"), ("B2", "029000")],
            "9000",
        ),
        (
            "a block with a CID that nobody gave is none",
            COMMAND,
            [("02 00A40400", "0A009000"), ("B2", "029000")],
            "9000",
        ),
        (
            "an empty block in the card's chain",
            COMMAND,
            [("02 00A40400", "12"), ("A3", "13AA"), ("A2", "029000")],
            "aa9000",
        ),
    ],
)
def test_an_exchange(name: str, command: bytes, script: list[tuple[str, str]], answer: str) -> None:
    assert play(card().exchange(command), script).hex() == answer, name


def test_a_cid_is_in_every_block() -> None:
    script = [("0A05 00A40400", "1A05AA"), ("AB05", "FA0501"), ("FA0501", "0B059000")]
    assert play(card(cid=5).exchange(COMMAND), script).hex() == "aa9000"
    assert play(card(cid=5).deselect(), [("CA05", "CA05")])


@pytest.mark.parametrize(
    ("script", "said", "silent"),
    [
        ([("02 00A40400", "-"), ("B2", "-"), ("B2", "-")], "fell silent", True),
        ([("02 00A40400", "?"), ("B2", "FF"), ("B2", "?")], "cannot be understood", False),
        ([("02 00A40400", "F200")], "asks for no more time", False),
        (
            [
                ("02 00A40400", "-"),
                *[("B2", "A3"), ("02 00A40400", "-")] * 2,
                ("B2", "A3"),
                ("B2", "A3"),
            ],
            "cannot be understood",
            False,
        ),
        (
            [("02 00A40400", "12"), ("A3", "13"), ("A2", "12"), ("A3", "13")],
            "no end",
            False,
        ),
    ],
)
def test_a_card_that_is_given_up(script: list[tuple[str, str]], said: str, silent: bool) -> None:
    with pytest.raises(IsoDepError, match=said) as caught:
        play(card().exchange(COMMAND), script)
    assert caught.value.silent is silent


def test_more_time_is_waited_for_as_long_as_asked_and_not_for_ever() -> None:
    """ISO/IEC 14443-4, 7.3: FWT x WTXM, at most FWT of FWI 14, for the next block alone."""
    steps = card(Traits(fwi=8)).exchange(COMMAND)
    first = next(steps)
    assert isinstance(first, Send)
    assert first.wait_us == 77_329 + 3625
    longer = steps.send(bytes.fromhex("F203"))
    assert isinstance(longer, Send)
    assert longer.wait_us == 3 * 77_329 + 3625
    longest = steps.send(bytes.fromhex("F23B"))
    assert isinstance(longest, Send)
    assert longest.wait_us == 59 * 77_329 + 3625
    back = steps.send(Missed.SILENCE)
    assert isinstance(back, Send)
    assert back.wait_us == first.wait_us
    with pytest.raises(IsoDepError, match="without end"):
        any(steps.send(bytes.fromhex("F201")) is None for _ in range(PATIENCE_US // 10_000))


def test_fwi_14_is_waited_for() -> None:
    first = next(card(Traits(fwi=14)).exchange(COMMAND))
    assert isinstance(first, Send)
    assert first.wait_us == 4_949_032 + 3625


def test_the_guard_time_is_kept_before_the_first_block_alone() -> None:
    one = card(Traits(sfgi=4))
    steps = one.exchange(COMMAND)
    first = next(steps)
    assert isinstance(first, Send)
    assert first.guard_us == 5287
    again = steps.send(Missed.SILENCE)
    assert isinstance(again, Send)
    assert again.guard_us == 0


@pytest.mark.parametrize(
    ("script", "asleep"),
    [
        ([("C2", "C2")], True),
        ([("C2", "-"), ("C2", "?"), ("C2", "C2")], True),
        ([("C2", "-"), ("C2", "029000"), ("C2", "-")], False),
    ],
)
def test_deselect(script: list[tuple[str, str]], asleep: bool) -> None:
    """Rule 8."""
    assert play(card().deselect(), script) is asleep


def test_our_frames_are_no_longer_than_the_card_takes_or_the_chip() -> None:
    assert card(Traits(fsc=16)).size == 13
    assert card(Traits(fsc=16), cid=1).size == 12
    assert card(Traits(fsc=4096)).size == 253


def test_an_empty_command_is_refused() -> None:
    with pytest.raises(IsoDepError):
        next(card().exchange(b""))
