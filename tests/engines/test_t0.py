"""T=0 above the TPDU (EMV 4.4 Book 1, Annex A)."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from cardamom.engines.apdu import ApduError, command
from cardamom.engines.t0 import exchange, speaks_t0
from support.conformance import case, rows

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


@case("Book 1, A1", "T=0, case 1", "a fifth byte 00 is sent")
def test_case_1_is_sent_with_a_fifth_byte() -> None:
    assert run("00840000", ("0084000000", "9000")) == "9000"


@case("Book 1, A5", "T=0, case 2, 6Cxx", "the same command with Le xx")
def test_case_2_with_a_wrong_length_is_sent_again() -> None:
    assert run("00B2010C00", ("00B2010C00", "6C02"), ("00B2010C02", "ABCD9000")) == "ABCD9000"


@case("Book 1, A3", "T=0, case 3", "sent as it is; 63Cx handed up")
def test_case_3_goes_as_it_is() -> None:
    assert run("0020008002ABCD", ("0020008002ABCD", "63C2")) == "63C2"


@case("Book 1, A4", "T=0, case 4, 61xx", "sent without Le, GET RESPONSE with xx")
def test_case_4_fetches_its_answer() -> None:
    turns = (("00A4040005F000000123", "6102"), ("00C0000002", "ABCD9000"))
    assert run(SELECT, *turns) == "ABCD9000"


@rows(
    "Book 1, A2",
    "sent, turns, final",
    (
        "T=0, case 2 with the right length",
        "at once",
        "00B2010C02",
        [("00B2010C02", "ABCD9000")],
        "ABCD9000",
    ),
    ("T=0, case 2 refused", "status handed up", "00B2010C00", [("00B2010C00", "6A83")], "6A83"),
    (
        "Book 1, A5",
        "T=0, case 2, 61xx",
        "GET RESPONSE with xx",
        "00B2010C00",
        [("00B2010C00", "6102"), ("00C0000002", "ABCD9000")],
        "ABCD9000",
    ),
    (
        "Book 1, A5",
        "T=0, case 2, part of the data with 61xx",
        "the rest by GET RESPONSE",
        "00B2010C00",
        [("00B2010C00", "AB6101"), ("00C0000001", "CD9000")],
        "ABCD9000",
    ),
    (
        "Book 1, A5",
        "T=0, case 2, 6C00",
        "the same command with Le 00",
        "00B2010C01",
        [("00B2010C01", "6C00"), ("00B2010C00", "ABCD9000")],
        "ABCD9000",
    ),
    (
        "Book 1, A2",
        "T=0, case 2 with a warning and data",
        "both handed up",
        "00B2010C02",
        [("00B2010C02", "ABCD6282")],
        "ABCD6282",
    ),
    (
        "Book 1, A6",
        "T=0, case 4, 61xx then 6Cxx",
        "GET RESPONSE again with xx",
        SELECT,
        [("00A4040005F000000123", "6110"), ("00C0000010", "6C02"), ("00C0000002", "ABCD9000")],
        "ABCD9000",
    ),
    (
        "Book 1, A6",
        "T=0, case 4, 6100",
        "GET RESPONSE for 256 bytes",
        SELECT,
        [("00A4040005F000000123", "6100"), ("00C0000000", "ABCD9000")],
        "ABCD9000",
    ),
    (
        "Book 1, A6",
        "T=0, case 4, 9000 without data",
        "handed up",
        SELECT,
        [("00A4040005F000000123", "9000")],
        "9000",
    ),
    (
        "Book 1, A6",
        "T=0, case 4 with data, 6Cxx",
        "no command for case 2: handed up",
        SELECT,
        [("00A4040005F000000123", "6C02")],
        "6C02",
    ),
    (
        "Book 1, A6",
        "T=0, GET RESPONSE refused",
        "its status handed up",
        SELECT,
        [("00A4040005F000000123", "6102"), ("00C0000002", "6F00")],
        "6F00",
    ),
    (
        "Book 1, A7",
        "T=0, case 4, a warning and no data behind it",
        "the warning handed up",
        SELECT,
        [("00A4040005F000000123", "6283"), ("00C0000000", "6985")],
        "6283",
    ),
    (
        "Book 1, A7",
        "T=0, case 4, a warning, the data in parts",
        "data and warning",
        SELECT,
        [("00A4040005F000000123", "6200"), ("00C0000000", "AB6101"), ("00C0000001", "CD9000")],
        "ABCD6200",
    ),
    (
        "Book 1, A7",
        "T=0, case 4, two warnings",
        "GET RESPONSE once",
        SELECT,
        [("00A4040005F000000123", "6283"), ("00C0000000", "6300")],
        "6283",
    ),
)
def test_exchanges(sent: str, turns: list[tuple[str, str]], final: str) -> None:
    assert run(sent, *turns) == final


def test_an_extended_answer_comes_in_parts() -> None:
    whole = bytes(range(256)) * 3
    turns = [("00B0000000", (whole[:256] + b"\x61\x00").hex())]
    turns += [("00C0000000", (whole[256:512] + b"\x61\x00").hex())]
    turns += [("00C0000000", (whole[512:] + b"\x90\x00").hex())]
    assert run("00B00000000300", *turns) == (whole + b"\x90\x00").hex().upper()


def test_extended_lengths_that_a_short_command_can_carry() -> None:
    assert (
        run(
            "00A404000000050102030405000A",
            ("00A40400050102030405", "6101"),
            ("00C0000001", "AA9000"),
        )
        == "AA9000"
    )
    assert run("00B0000000000A", ("00B000000A", "AB9000")) == "AB9000"


def test_an_extended_command_goes_in_envelopes() -> None:
    """ISO/IEC 7816-3, 12.2.5: what is too long for one TPDU."""
    raw = command(0x00, 0xDB, 0x3F, 0xFF, bytes(range(250)) + bytes(100), 0, extended=True)
    first, second = raw[:255], raw[255:]
    turns = [
        (f"00C20000FF{first.hex()}".upper(), "9000"),
        (f"00C20000{len(second):02X}{second.hex()}".upper(), "6102"),
        ("00C0000002", "ABCD9000"),
    ]
    assert run(raw.hex(), *turns) == "ABCD9000"
    assert run(raw.hex(), (turns[0][0], "6A80")) == "6A80"


@pytest.mark.parametrize(
    "wrong", ["", "00A404", "00A4040002A0", "00A4040001A00000", "00A40400000000A0"]
)
def test_what_is_no_command(wrong: str) -> None:
    with pytest.raises(ApduError):
        run(wrong)


def test_case_4_fetches_an_answer_in_parts() -> None:
    turns = (
        ("00A4040005F000000123", "6102"),
        ("00C0000002", "ABCD6101"),
        ("00C0000001", "EF9000"),
    )
    assert run(SELECT, *turns) == "ABCDEF9000"


@case("Book 1, A7", "T=0, case 4, 6283", "GET RESPONSE; data and the warning handed up")
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


@rows(
    "Book 1, 9.3.1",
    "first, again",
    (
        "T=0, 6Cxx without end",
        "cut off after 16 turns: card fault",
        ("00B2010C00", "6C10"),
        ("00B2010C10", "6C10"),
    ),
    (
        "T=0, 61xx without end",
        "cut off after 16 turns: card fault",
        ("00B2010C00", "6110"),
        ("00C0000010", "AB6110"),
    ),
    (
        "T=0, 6C00 without end",
        "cut off after 16 turns: card fault",
        ("00B2010C00", "6C00"),
        ("00B2010C00", "6C00"),
    ),
)
def test_a_card_that_asks_without_end(first: tuple[str, str], again: tuple[str, str]) -> None:
    with pytest.raises(ApduError, match="without end"):
        run("00B2010C00", first, *[again] * 15)


def test_an_extended_exchange_is_bounded_too() -> None:
    turns = [("00B0000000", "6110"), *[("00C0000010", "AB6110")] * (15 + 65536 // 128)]
    with pytest.raises(ApduError, match="without end"):
        run("00B00000000000", *turns)


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
