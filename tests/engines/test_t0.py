"""T=0 above the TPDU (EMV 4.4 Book 1, Annex A)."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from cardamom.engines.apdu import ApduError
from cardamom.engines.t0 import exchange, speaks_t0

SELECT = "00A4040005F00000012300"


def run(command: str, *turns: tuple[str, str]) -> str:
    """Plays the turns, what is sent and what is answered; returns the final answer."""
    steps = exchange(bytes.fromhex(command))
    send = next(steps)
    left = list(turns)
    try:
        while True:
            expected, answer = left.pop(0)
            assert send.hex().upper() == expected
            send = steps.send(bytes.fromhex(answer))
    except StopIteration as end:
        assert not left
        return bytes(end.value).hex().upper()


def test_case_1_is_sent_with_a_fifth_byte() -> None:
    assert run("00840000", ("0084000000", "9000")) == "9000"


def test_case_2_with_a_wrong_length_is_sent_again() -> None:
    assert run("00B2010C00", ("00B2010C00", "6C02"), ("00B2010C02", "ABCD9000")) == "ABCD9000"


def test_case_3_goes_as_it_is() -> None:
    assert run("0020008002ABCD", ("0020008002ABCD", "63C2")) == "63C2"


def test_case_4_fetches_its_answer() -> None:
    turns = (("00A4040005F000000123", "6102"), ("00C0000002", "ABCD9000"))
    assert run(SELECT, *turns) == "ABCD9000"


def test_case_4_fetches_an_answer_in_parts() -> None:
    turns = (
        ("00A4040005F000000123", "6102"),
        ("00C0000002", "ABCD6101"),
        ("00C0000001", "EF9000"),
    )
    assert run(SELECT, *turns) == "ABCDEF9000"


def test_case_4_keeps_a_warning() -> None:
    turns = (
        ("00A4040005F000000123", "6283"),
        ("00C0000000", "6C02"),
        ("00C0000002", "ABCD9000"),
    )
    assert run(SELECT, *turns) == "ABCD6283"


def test_case_4_refused() -> None:
    assert run(SELECT, ("00A4040005F000000123", "6A82")) == "6A82"


@pytest.mark.parametrize("answer", ["", "90"])
def test_an_answer_without_status_word(answer: str) -> None:
    with pytest.raises(ApduError):
        run("0084000008", ("0084000008", answer))


def test_a_card_that_asks_without_end() -> None:
    turns = [("00B2010C00", "6C10"), *[("00B2010C10", "6C10")] * 15]
    with pytest.raises(ApduError, match="without end"):
        run("00B2010C00", *turns)


@settings(deadline=None)
@given(st.binary(min_size=4, max_size=261), st.lists(st.binary(max_size=8), min_size=20))
def test_only_apdu_errors_leave(command: bytes, answers: list[bytes]) -> None:
    steps = exchange(command)
    try:
        next(steps)
        for answer in answers:
            steps.send(answer)
    except (ApduError, StopIteration):
        return
    pytest.fail("neither an answer nor an error")


@pytest.mark.parametrize(
    ("atr", "t0"),
    [
        ("3B6800004341524441304D4D", True),
        ("3BE800FF8131FE45434152444130414D75", False),
        ("3B00", True),
        ("3B8001", False),
        ("3BF01100FF00", True),
        ("3B80", True),
        ("", True),
    ],
)
def test_the_protocol_that_the_atr_offers_first(atr: str, t0: bool) -> None:
    assert speaks_t0(bytes.fromhex(atr)) is t0
