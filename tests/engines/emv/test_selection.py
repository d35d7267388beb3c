"""Candidate list, final selection, initiation.

The directory of two applications and the AID list answers come from openemv/emv-utils,
tests/emv_build_candidate_list_test.c (data only).
"""

from __future__ import annotations

from dataclasses import replace

import pytest

from cardamom.engines.emv.requests import Application, Choose, Decision, Outcome, Random
from cardamom.engines.emv.rules import AidRule, Rules
from cardamom.values.events import Reason
from support.emv import (
    AID,
    APPROVED,
    NO_ODA,
    RULE,
    RULES,
    UN,
    Tape,
    adf_fci,
    entry,
    pse_fci,
    t,
)

PSE = b"1PAY.SYS.DDF01"
SECOND = bytes.fromhex("A0000000032010")
THIRD = bytes.fromhex("A0000000032020")
MASTER = bytes.fromhex("A0000000041010")
TWO = Rules(aids=(RULE, AidRule(SECOND), AidRule(THIRD)), ca_keys=())


def finish(tape: Tape, rules: Rules = RULES) -> Outcome:
    tape.record().recall().first(NO_ODA).online(APPROVED).second(NO_ODA, b"00")
    return tape.run(rules)


def rest(tape: Tape, aid: bytes = AID) -> Tape:
    """Final SELECT and GPO of any application."""
    tape.select(aid, adf_fci(aid)).add(Random(4), UN)
    return tape.apdu("80A8000002830000", t(0x77, t(0x82, "1800") + t(0x94, "08010100")))


@pytest.mark.parametrize(
    ("sw", "data"),
    [
        (0x6A82, b""),
        (0x6283, pse_fci()),
        (0x6D00, b""),
        (0x9000, b"\x6f\x05\x84"),
        (0x9000, pse_fci(sfi=0)),
        (0x9000, pse_fci(sfi=11)),
        (0x9000, b""),
    ],
)
def test_without_a_usable_directory_each_aid_is_tried(sw: int, data: bytes) -> None:
    tape = Tape().select(PSE, data, sw).select(AID, adf_fci())
    assert finish(rest(tape)).decision is Decision.APPROVED


@pytest.mark.parametrize(
    ("record", "sw"),
    [(b"", 0x6A82), (b"\x71\x00", 0x9000), (b"\x70\x7f", 0x9000), (t(0x70, "61044F7F"), 0x9000)],
)
def test_a_broken_directory_leads_to_the_list_of_aids(record: bytes, sw: int) -> None:
    tape = Tape().select(PSE, pse_fci()).apdu("00B2010C00", record, sw).select(AID, adf_fci())
    assert finish(rest(tape)).decision is Decision.APPROVED


def test_a_directory_of_strangers_leads_to_the_list_of_aids() -> None:
    tape = Tape().directory(entry(bytes.fromhex("A0000000999999"))).select(AID, adf_fci())
    assert finish(rest(tape)).decision is Decision.APPROVED


def test_an_endless_directory_is_cut_off() -> None:
    tape = Tape().select(PSE, pse_fci())
    for number in range(1, 33):
        tape.apdu(bytes((0x00, 0xB2, number, 0x0C, 0x00)), t(0x70, entry()))
    assert finish(rest(tape)).decision is Decision.APPROVED


def test_an_endless_list_of_next_applications_is_cut_off() -> None:
    rules = Rules(aids=(replace(RULE, aid=AID[:5]),), ca_keys=())
    tape = Tape().select(PSE, sw=0x6A82).select(AID[:5], adf_fci())
    for _ in range(16):
        tape.select(AID[:5], adf_fci(), p2=2)
    assert finish(rest(tape), rules).decision is Decision.APPROVED


@pytest.mark.parametrize("directly", [True, False])
def test_blocked_card(directly: bool) -> None:
    tape = Tape()
    if directly:
        tape.select(PSE, sw=0x6A81)
    else:
        tape.select(PSE, sw=0x6A82).select(AID, sw=0x6A81)
    outcome = tape.run()
    assert (outcome.decision, outcome.reason) == (Decision.ENDED, Reason.CARD_BLOCKED)
    assert not outcome.fallback
    assert outcome.chip is None


@pytest.mark.parametrize("data", [b"", adf_fci()])
def test_blocked_application_in_the_list_of_aids(data: bytes) -> None:
    outcome = Tape().select(PSE, sw=0x6A82).select(AID, data, 0x6283).run()
    assert outcome.reason is Reason.CARD_BLOCKED
    assert not outcome.fallback


def test_blocked_application_beside_a_good_one() -> None:
    tape = Tape().select(PSE, sw=0x6A82).select(AID, adf_fci(), 0x6283)
    tape.select(SECOND, adf_fci(SECOND)).select(THIRD, sw=0x6A82)
    outcome = rest(tape, SECOND).apdu("00B2010C00", sw=0x6A83).run(TWO)
    assert outcome.chip is not None
    assert outcome.chip.aid == "A0000000032010"


def test_nothing_in_common() -> None:
    tape = Tape().select(PSE, sw=0x6A82)
    for aid in (AID, SECOND, THIRD):
        tape.select(aid, sw=0x6A82)
    outcome = tape.run(TWO)
    assert (outcome.decision, outcome.reason) == (Decision.ENDED, Reason.NO_APPLICATION)
    assert outcome.fallback


# emv-utils: test_pse_multi_app_supported
TWO_ENTRIES = bytes.fromhex(
    "70446120"
    "4F07A0000000032020"
    "50055620504159"
    "870101"
    "730B9F0A080001050100000000"
    "6120"
    "4F07A0000000032010"
    "50055620504159"
    "870102"
    "730B9F0A080001050100000000"
)


def test_two_applications_are_offered_by_priority() -> None:
    first = Application(THIRD, "V PAY", priority=1)
    second = Application(SECOND, "V PAY", priority=2)
    tape = Tape().select(PSE, pse_fci()).apdu("00B2010C00", TWO_ENTRIES)
    tape.apdu("00B2020C00", sw=0x6A83).add(Choose((first, second)), second)
    outcome = rest(tape, SECOND).apdu("00B2010C00", sw=0x6A83).run(TWO)
    assert outcome.reason is Reason.CARD_ERROR
    assert outcome.chip is not None
    assert outcome.chip.aid == "A0000000032010"


# emv-utils: test_aid_multi_exact_match_app_supported
def test_the_list_of_aids_finds_all_that_match() -> None:
    fci = (
        "6F2F8407A0000000032010A5245005562050415987010{}5F2D046E6C656E"
        "BF0C109F4D020B059F0A080001050100000000"
    )
    tape = Tape().select(PSE, sw=0x6A82).select(AID, sw=0x6A82)
    tape.select(SECOND, bytes.fromhex(fci.format(2)))
    tape.select(THIRD, bytes.fromhex(fci.format(1).replace("2010A5", "2020A5")))
    among = (Application(THIRD, "V PAY", 1), Application(SECOND, "V PAY", 2))
    outcome = tape.add(Choose(among), None).run(TWO)
    assert (outcome.decision, outcome.reason) == (Decision.ENDED, Reason.CANCELLED)


# emv-utils: test_aid_multi_partial_match_app_supported
def test_partial_selection_asks_for_the_next_occurrence() -> None:
    fci = (
        "6F458408A0000000041010{0}A53950094D43204352454449545F2D046E6C656E87010{1}9F110101"
        "9F120A4D415354455243415244BF0C109F4D020B0A9F0A080001050200000000"
    )
    rules = Rules(aids=(AidRule(MASTER),), ca_keys=())
    tape = Tape().select(PSE, sw=0x6A82)
    tape.select(MASTER, bytes.fromhex(fci.format("10", 1)))
    tape.select(MASTER, bytes.fromhex(fci.format("20", 2)), p2=2).select(MASTER, sw=0x6A82, p2=2)
    among = tuple(
        Application(MASTER + bytes((last,)), "MASTERCARD", n) for last, n in ((0x10, 1), (0x20, 2))
    )
    assert tape.add(Choose(among), None).run(rules).reason is Reason.CANCELLED


def test_an_entry_that_wants_the_whole_name_ignores_longer_ones() -> None:
    rules = Rules(aids=(replace(RULE, partial=False),), ca_keys=())
    longer = AID + b"\x01"
    tape = Tape().directory(entry(longer)).select(AID, adf_fci(longer))
    assert tape.run(rules).reason is Reason.NO_APPLICATION


def test_a_single_candidate_is_confirmed_where_the_card_wants_that() -> None:
    app = Application(AID, "TEST CREDIT", priority=1, confirm=True)
    tape = Tape().directory(entry(priority=0x81)).add(Choose((app,)), app)
    assert finish(tape.initiate()).decision is Decision.APPROVED
    refused = Tape().directory(entry(priority=0x81)).add(Choose((app,)), None).run()
    assert refused.reason is Reason.CANCELLED


@pytest.mark.parametrize(
    ("objects", "name"),
    [
        (t(0x50, b"LABEL") + t(0x9F12, "434146C9"), "CAFÉ"),
        (t(0x50, b"LABEL") + t(0x9F12, b"\x07"), "LABEL"),
        (t(0x50, b"\x00LA\x1bBEL"), "LABEL"),
        (b"", "A0000000031010"),
    ],
)
def test_the_name_a_customer_reads(objects: bytes, name: str) -> None:
    tape = Tape().select(PSE, t(0x6F, t(0x84, PSE) + t(0xA5, t(0x88, "01") + t(0x9F11, "01"))))
    tape.apdu("00B2010C00", t(0x70, t(0x61, t(0x4F, AID) + objects) + t(0x61, t(0x4F, SECOND))))
    tape.apdu("00B2020C00", sw=0x6A83)
    among = (Application(AID, name), Application(SECOND, "A0000000032010"))
    assert tape.add(Choose(among), None).run(TWO).reason is Reason.CANCELLED


def test_an_unknown_alphabet_falls_back_to_the_label() -> None:
    fci = t(0x6F, t(0x84, AID) + t(0xA5, t(0x50, b"LABEL") + t(0x9F11, "05") + t(0x9F12, "C9C9")))
    tape = Tape().select(PSE, sw=0x6A82).select(AID, fci)
    outcome = rest(tape).apdu("00B2010C00", sw=0x6A83).run()
    assert outcome.chip is not None
    assert outcome.chip.label == "LABEL"


@pytest.mark.parametrize(
    ("data", "sw", "reason"),
    [
        (b"", 0x6A81, Reason.CARD_BLOCKED),
        (b"", 0x6283, Reason.CARD_BLOCKED),
        (b"", 0x6A82, Reason.NOT_ACCEPTED),
        (b"\x6f\x7f", 0x9000, Reason.CARD_ERROR),
        (adf_fci(SECOND), 0x9000, Reason.CARD_ERROR),
        (adf_fci(extra=t(0x9F38, "9F3704") * 2), 0x9000, Reason.CARD_ERROR),
        (b"", 0x9000, Reason.CARD_ERROR),
    ],
)
def test_final_selection_fails(data: bytes, sw: int, reason: Reason) -> None:
    outcome = Tape().directory().select(AID, data, sw).run()
    assert (outcome.decision, outcome.reason) == (Decision.ENDED, reason)
    assert outcome.chip is None
    assert not outcome.fallback


def test_an_application_that_refuses_drops_out_and_the_other_is_taken() -> None:
    first, second = Application(AID, "TEST CREDIT", 1), Application(SECOND, "TEST DEBIT", 2)
    tape = Tape().directory(entry(), entry(SECOND, b"TEST DEBIT", 2))
    tape.add(Choose((first, second)), first)
    tape.select(AID, adf_fci()).add(Random(4), UN).apdu("80A8000002830000", sw=0x6985)
    outcome = rest(tape, SECOND).apdu("00B2010C00", sw=0x6A83).run(TWO)
    assert outcome.chip is not None
    assert outcome.chip.aid == "A0000000032010"


def test_the_only_application_refuses() -> None:
    tape = Tape().directory().select(AID, adf_fci()).add(Random(4), UN)
    outcome = tape.apdu("80A8000002830000", sw=0x6985).run()
    assert (outcome.decision, outcome.reason) == (Decision.ENDED, Reason.NOT_ACCEPTED)


def test_pdol_is_answered() -> None:
    pdol = "9F66049F02069F37045F2A029F1A029F3303"
    sent = "00000000" + "000000001234" + UN.hex() + "0156" + "0156" + "E0E8C8"
    tape = Tape().directory().initiate(pdol=pdol, sent=sent)
    assert finish(tape).decision is Decision.APPROVED


def test_processing_options_in_format_1() -> None:
    tape = Tape().directory().select(AID, adf_fci()).add(Random(4), UN)
    tape.apdu("80A8000002830000", t(0x80, "1800" + "08010100"))
    assert finish(tape).decision is Decision.APPROVED


@pytest.mark.parametrize(
    ("data", "sw"),
    [
        (b"", 0x6A80),
        (b"", 0x9000),
        (t(0x77, t(0x82, "1800")), 0x9000),
        (t(0x77, t(0x94, "08010100")), 0x9000),
        (t(0x77, t(0x82, "18") + t(0x94, "08010100")), 0x9000),
        (t(0x77, t(0x82, "1800") * 2 + t(0x94, "08010100")), 0x9000),
        (t(0x80, "1800"), 0x9000),
        (t(0x70, t(0x82, "1800") + t(0x94, "08010100")), 0x9000),
        (t(0x80, "180008010100") + b"\x00\x01", 0x9000),
    ],
)
def test_bad_processing_options(data: bytes, sw: int) -> None:
    tape = Tape().directory().select(AID, adf_fci()).add(Random(4), UN)
    outcome = tape.apdu("80A8000002830000", data, sw).run()
    assert (outcome.decision, outcome.reason) == (Decision.ENDED, Reason.CARD_ERROR)
    assert outcome.fallback


@pytest.mark.parametrize("pdol", ["9F37", "9F3704DF01FF", "1F"])
def test_a_pdol_that_cannot_be_answered(pdol: str) -> None:
    tape = Tape().directory().select(AID, adf_fci(extra=t(0x9F38, pdol))).add(Random(4), UN)
    assert tape.run().reason is Reason.CARD_ERROR
