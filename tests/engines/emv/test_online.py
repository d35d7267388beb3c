"""Issuer authentication and what the host's answer makes of the second GENERATE AC.

The first four cases of EXTERNAL AUTHENTICATE follow openemv/emv-utils,
tests/emv_online_processing_test.c.
"""

from __future__ import annotations

from dataclasses import replace

import pytest

from cardamom.engines.emv.requests import Decision
from cardamom.values.events import Reason, Verdict
from cardamom.values.online import NoAnswer, NotSent, OnlineAnswer
from support.conformance import case, rows
from support.emv import APPROVED, DECLINED, GONE, MUTE, NO_ODA, Tape, cryptogram

ISSUER_DATA = bytes.fromhex("1122334455667788")
WITH_DATA = replace(APPROVED, issuer_auth=ISSUER_DATA)
AUTHENTICATE = "0082000008" + ISSUER_DATA.hex()
FAILED = "8000008040"


def online(answer: OnlineAnswer | NotSent | NoAnswer, aip: str = "1C00") -> Tape:
    return Tape().begin(aip).recall().first(NO_ODA).online(answer)


@rows(
    "Book 3, 10.9",
    "answer,aip,sw,tvr,tsi",
    ("no issuer authentication data", "no EXTERNAL AUTHENTICATE, TSI 6800",
     APPROVED, "1C00", None, NO_ODA, "6800"),
    ("issuer data, AIP without issuer authentication", "no EXTERNAL AUTHENTICATE, TSI 6800",
     WITH_DATA, "1800", None, NO_ODA, "6800"),
    ("EXTERNAL AUTHENTICATE answers 9000", "TSI 7800", WITH_DATA, "1C00", 0x9000, NO_ODA, "7800"),
    ("EXTERNAL AUTHENTICATE answers 6300", "TVR 5.7, TSI 7800, the card decides",
     WITH_DATA, "1C00", 0x6300, FAILED, "7800"),
    ("EXTERNAL AUTHENTICATE answers 6985", "TVR 5.7, TSI 7800, the card decides",
     WITH_DATA, "1C00", 0x6985, FAILED, "7800"),
    ("EXTERNAL AUTHENTICATE answers 6982", "TVR 5.7, TSI 7800, the card decides",
     WITH_DATA, "1C00", 0x6982, FAILED, "7800"),
    ("EXTERNAL AUTHENTICATE answers a warning, 6283", "TVR 5.7, TSI 7800",
     WITH_DATA, "1C00", 0x6283, FAILED, "7800"),
    ("issuer data of 4 bytes", "counts as none",
     replace(APPROVED, issuer_auth=b"\x11" * 4), "1C00", None, NO_ODA, "6800"),
    ("issuer data of 17 bytes", "counts as none",
     replace(APPROVED, issuer_auth=b"\x11" * 17), "1C00", None, NO_ODA, "6800"),
)  # fmt: skip
def test_issuer_authentication(
    answer: OnlineAnswer, aip: str, sw: int | None, tvr: str, tsi: str
) -> None:
    tape = online(answer, aip)
    if sw is not None:
        tape.apdu(AUTHENTICATE, sw=sw)
    outcome = tape.second(tvr, b"00").run()
    assert outcome.decision is Decision.APPROVED
    assert outcome.tags[0x95].hex().upper() == tvr
    assert outcome.tags[0x9B].hex() == tsi


@rows(
    "Book 3, 10.9",
    "size",
    ("issuer data of 8 bytes", "the whole of it in EXTERNAL AUTHENTICATE", 8),
    ("issuer data of 10 bytes", "the whole of it in EXTERNAL AUTHENTICATE", 10),
    ("issuer data of 16 bytes", "the whole of it in EXTERNAL AUTHENTICATE", 16),
)
def test_all_lengths(size: int) -> None:
    data = bytes(range(1, size + 1))
    tape = online(replace(APPROVED, issuer_auth=data))
    tape.apdu(bytes((0x00, 0x82, 0x00, 0x00, size)) + data).second(NO_ODA, b"00")
    assert tape.run().decision is Decision.APPROVED


@case("Book 3, 10.9", "EXTERNAL AUTHENTICATE fails, and the card gives an AAC",
      "TVR 5.7, declined by the card: a reversal is owed")  # fmt: skip
def test_the_card_decides() -> None:
    tape = online(WITH_DATA).apdu(AUTHENTICATE, sw=0x6300)
    outcome = tape.second(FAILED, b"00", answer=cryptogram(0x00)).run()
    assert (outcome.decision, outcome.reason) == (Decision.DECLINED, Reason.CARD_DECLINED)


@case("Book 3, 10.9", "issuer data, CDOL2 asks for 91", "10 bytes of it in CDOL2, zeros behind")
def test_issuer_data_reach_the_card_in_cdol2() -> None:
    tape = Tape().begin("1800", x8D=bytes.fromhex("8A02910A")).recall().first(NO_ODA)
    tape.online(WITH_DATA)
    tape.apdu("80AE40000C" + "3030" + ISSUER_DATA.hex() + "0000" + "00", cryptogram(0x40))
    assert tape.run().decision is Decision.APPROVED


@case("Book 3, 10.9", "no issuer data, CDOL2 asks for 91", "zeros in CDOL2")
def test_no_issuer_data_in_cdol2() -> None:
    tape = Tape().begin("1800", x8D=bytes.fromhex("8A02910A")).recall().first(NO_ODA)
    tape.online(APPROVED).apdu("80AE40000C" + "3030" + "00" * 10 + "00", cryptogram(0x40))
    assert tape.run().decision is Decision.APPROVED


@case("Book 3, 10.9", "a declining issuer", "is authenticated too; AAC asked for")
def test_a_declining_issuer_is_authenticated_too() -> None:
    tape = online(replace(DECLINED, issuer_auth=ISSUER_DATA)).apdu(AUTHENTICATE)
    outcome = tape.second(NO_ODA, b"05", ask=0).run()
    assert (outcome.decision, outcome.reason) == (Decision.DECLINED, Reason.HOST_DECLINED)


@rows(
    "Book 3, 10.9",
    "fault,reason",
    ("the card pulled at EXTERNAL AUTHENTICATE", "declined: a reversal is owed",
     GONE, Reason.CARD_PULLED),
    ("the card mute at EXTERNAL AUTHENTICATE", "declined: a reversal is owed",
     MUTE, Reason.CARD_ERROR),
)  # fmt: skip
def test_broken_at_external_authenticate(fault: Exception, reason: Reason) -> None:
    outcome = online(WITH_DATA).apdu(AUTHENTICATE, fault).run()  # type: ignore[arg-type]
    assert (outcome.decision, outcome.reason) == (Decision.DECLINED, reason)
    assert outcome.went_online


@rows(
    "Book 4, A6",
    "answer,arc,asked,reason",
    ("approved, field 39 00", "8A 3030, TC asked for", APPROVED, b"00", 0x40, None),
    ("approved, the issuer's own 8A 11", "8A 3131, TC asked for",
     replace(APPROVED, arc=b"11"), b"11", 0x40, None),
    ("declined, 05", "8A 3035, AAC asked for", DECLINED, b"05", 0, Reason.HOST_DECLINED),
    ("declined, 51 without 8A", "8A 3531, AAC asked for",
     OnlineAnswer(Verdict.DECLINED, "51"), b"51", 0, Reason.HOST_DECLINED),
    ("a referral, 01", "8A 3031, AAC asked for",
     OnlineAnswer(Verdict.REFERRAL, "01", arc=b"01"), b"01", 0, Reason.REFERRAL),
    ("a part approved, 10", "8A 3130, AAC asked for",
     OnlineAnswer(Verdict.PARTIAL, "10", arc=b"10"), b"10", 0, Reason.PARTIAL_NOT_ASKED),
    ("not sent", "8A Z3, AAC asked for", NotSent("no link"), b"Z3", 0, Reason.NO_HOST),
    ("sent and not answered", "8A Z3, AAC asked for",
     NoAnswer("silence"), b"Z3", 0, Reason.NO_ANSWER),
    ("an answer with a wrong MAC", "8A Z3, AAC asked for",
     NoAnswer("bad MAC", garbled=True), b"Z3", 0, Reason.BAD_ANSWER),
)  # fmt: skip
def test_response_codes(
    answer: OnlineAnswer | NotSent | NoAnswer, arc: bytes, asked: int, reason: Reason | None
) -> None:
    outcome = online(answer).second(NO_ODA, arc, ask=asked).run()
    assert outcome.decision is (Decision.DECLINED if reason else Decision.APPROVED)
    assert outcome.reason is reason
    assert outcome.chip is not None
    assert outcome.chip.arc == arc.hex().upper()


@pytest.mark.parametrize(
    ("answer", "arc"),
    [
        (OnlineAnswer(Verdict.DECLINED, "5"), b"5 "),
        (OnlineAnswer(Verdict.DECLINED, ""), b"  "),
        (OnlineAnswer(Verdict.DECLINED, "051"), b"05"),
        (OnlineAnswer(Verdict.DECLINED, "\u4e2d1"), b"?1"),
        (OnlineAnswer(Verdict.DECLINED, "05", arc=b"051"), b"05"),
    ],
)
def test_the_response_code_always_has_two_characters(answer: OnlineAnswer, arc: bytes) -> None:
    outcome = online(answer).second(NO_ODA, arc, ask=0).run()
    assert outcome.reason is Reason.HOST_DECLINED
