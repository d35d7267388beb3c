"""Candidate list: directory, list of AIDs, order and choice.

The directory of two applications and the AID list answers come from openemv/emv-utils,
tests/emv_build_candidate_list_test.c (data only).
"""

from __future__ import annotations

from dataclasses import replace

from cardamom.engines.emv.requests import (
    Application,
    Choose,
    Decision,
)
from cardamom.engines.emv.rules import AidRule, Rules
from cardamom.values.events import Reason
from support.conformance import case, rows
from support.emv import (
    AID,
    RULE,
    Tape,
    adf_fci,
    entry,
    pse_fci,
    t,
)
from support.emv_selection import MASTER, PSE, SECOND, THIRD, TWO, finish, rest


@rows(
    "Book 1, 12.3.2",
    "sw, data",
    ("PSE not found, 6A82", "list of AIDs, approved", 0x6A82, b""),
    ("PSE blocked, 6283", "list of AIDs, approved", 0x6283, pse_fci()),
    ("SELECT unknown, 6D00", "list of AIDs, approved", 0x6D00, b""),
    ("the PSE's FCI cut short", "list of AIDs, approved", 0x9000, b"\x6f\x05\x84"),
    ("a directory in file 0", "list of AIDs, approved", 0x9000, pse_fci(sfi=0)),
    ("a directory in file 11", "list of AIDs, approved", 0x9000, pse_fci(sfi=11)),
    (
        "a directory without its file",
        "list of AIDs, approved",
        0x9000,
        t(0x6F, t(0x84, PSE) + t(0xA5, b"")),
    ),
    (
        "the PSE's FCI without A5",
        "list of AIDs, approved",
        0x9000,
        t(0x6F, t(0x84, PSE) + t(0x88, "01")),
    ),
    (
        "the PSE's file told twice",
        "list of AIDs, approved",
        0x9000,
        t(0x6F, t(0x84, PSE) + t(0xA5, t(0x88, "01") * 2)),
    ),
    ("PSE without FCI", "list of AIDs, approved", 0x9000, b""),
)
def test_without_a_usable_directory_each_aid_is_tried(sw: int, data: bytes) -> None:
    tape = Tape().select(PSE, data, sw).select(AID, adf_fci())
    assert finish(rest(tape)).decision is Decision.APPROVED


@rows(
    "Book 1, 12.3.2",
    "record, sw",
    ("a directory record answered 6A82", "list of AIDs, approved", b"", 0x6A82),
    ("a directory record answered 6A81", "list of AIDs, approved", b"", 0x6A81),
    ("a directory record of template 71", "list of AIDs, approved", b"\x71\x00", 0x9000),
    ("a directory record cut short", "list of AIDs, approved", b"\x70\x7f", 0x9000),
    ("a directory entry cut short", "list of AIDs, approved", t(0x70, "61044F7F"), 0x9000),
    (
        "two templates in one directory record",
        "list of AIDs, approved",
        t(0x70, entry()) * 2,
        0x9000,
    ),
)
def test_a_broken_directory_leads_to_the_list_of_aids(record: bytes, sw: int) -> None:
    tape = Tape().select(PSE, pse_fci()).apdu("00B2010C00", record, sw).select(AID, adf_fci())
    assert finish(rest(tape)).decision is Decision.APPROVED


@rows(
    "Book 1, 12.3.2",
    "records",
    ("an empty directory", "list of AIDs, approved", ()),
    ("a directory entry without 4F", "passed over: list of AIDs", (t(0x61, t(0x50, b"X")),)),
    ("a directory entry with a name of 4 bytes", "passed over: list of AIDs", (entry(AID[:4]),)),
    (
        "a directory entry with a name of 17 bytes",
        "passed over: list of AIDs",
        (entry(AID + bytes(10)),),
    ),
    (
        "a directory entry of another directory, 9D",
        "passed over: list of AIDs",
        (t(0x61, t(0x9D, AID)),),
    ),
    (
        "a name that is shorter than the terminal's AID",
        "passed over: list of AIDs",
        (entry(AID[:6]),),
    ),
)
def test_directories_without_a_candidate(records: tuple[bytes, ...]) -> None:
    tape = Tape().select(PSE, pse_fci())
    number = 1
    for number, record in enumerate(records, 2):
        tape.apdu(bytes((0x00, 0xB2, number - 1, 0x0C, 0x00)), t(0x70, record))
    last = bytes((0x00, 0xB2, number if records else 1, 0x0C, 0x00))
    tape.apdu(last, sw=0x6A83).select(AID, adf_fci())
    assert finish(rest(tape)).decision is Decision.APPROVED


@rows(
    "Book 1, 12.3.2",
    "record",
    ("an entry beside one of another kind", "the entry alone", t(0x9D, AID) + entry()),
    (
        "an entry with a directory template 73",
        "taken",
        t(
            0x61,
            t(0x4F, AID) + t(0x50, b"TEST CREDIT") + t(0x87, "01") + t(0x73, t(0x9F0A, "0001")),
        ),
    ),
    ("the same name twice", "taken once", entry() + entry()),
    ("filler before and behind an entry", "taken", b"\0\0" + entry() + b"\0"),
)
def test_directory_entries(record: bytes) -> None:
    tape = Tape().select(PSE, pse_fci()).apdu("00B2010C00", t(0x70, record))
    tape.apdu("00B2020C00", sw=0x6A83).initiate()
    assert finish(tape).decision is Decision.APPROVED


@case(
    "Book 1, 12.3.2", "a directory whose applications the terminal lacks", "list of AIDs, approved"
)
def test_a_directory_of_strangers_leads_to_the_list_of_aids() -> None:
    tape = Tape().directory(entry(bytes.fromhex("A0000000999999"))).select(AID, adf_fci())
    assert finish(rest(tape)).decision is Decision.APPROVED


@case("Book 1, 12.3.2", "a directory that never ends", "cut off after 32 records, approved")
def test_an_endless_directory_is_cut_off() -> None:
    tape = Tape().select(PSE, pse_fci())
    for number in range(1, 33):
        tape.apdu(bytes((0x00, 0xB2, number, 0x0C, 0x00)), t(0x70, entry()))
    assert finish(rest(tape)).decision is Decision.APPROVED


@case("Book 1, 12.3.3", "SELECT NEXT that never ends", "cut off after 16, approved")
def test_an_endless_list_of_next_applications_is_cut_off() -> None:
    rules = Rules(aids=(replace(RULE, aid=AID[:5]),), ca_keys=())
    tape = Tape().select(PSE, sw=0x6A82).select(AID[:5], adf_fci())
    for _ in range(16):
        tape.select(AID[:5], adf_fci(), p2=2)
    assert finish(rest(tape), rules).decision is Decision.APPROVED


@rows(
    "Book 1, 12.3.2",
    "directly",
    ("card blocked, 6A81 to the PSE", "ended, no fallback", True),
    ("Book 1, 12.3.3", "card blocked, 6A81 to the first AID", "ended, no fallback", False),
)
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


@rows(
    "Book 1, 12.3.3",
    "data",
    ("the only application blocked, 6283 without FCI", "ended, no fallback", b""),
    ("the only application blocked, 6283 with FCI", "ended, no fallback", adf_fci()),
)
def test_blocked_application_in_the_list_of_aids(data: bytes) -> None:
    outcome = Tape().select(PSE, sw=0x6A82).select(AID, data, 0x6283).run()
    assert outcome.reason is Reason.CARD_BLOCKED
    assert not outcome.fallback


@case("Book 1, 12.3.3", "one application blocked, another not", "the other is taken")
def test_blocked_application_beside_a_good_one() -> None:
    tape = Tape().select(PSE, sw=0x6A82).select(AID, adf_fci(), 0x6283)
    tape.select(SECOND, adf_fci(SECOND)).select(THIRD, sw=0x6A82)
    outcome = rest(tape, SECOND).apdu("00B2010C00", sw=0x6A83).run(TWO)
    assert outcome.chip is not None
    assert outcome.chip.aid == "A0000000032010"


@rows(
    "Book 1, 12.3.3",
    "first, second",
    ("partial names: the second answered 6200", "left out, SELECT NEXT goes on", 0x9000, 0x6200),
    ("partial names: the second blocked, 6283", "left out, SELECT NEXT goes on", 0x9000, 0x6283),
    ("partial names: the first blocked, 6283", "left out, SELECT NEXT goes on", 0x6283, 0x9000),
)
def test_partial_names_among_blocked_ones(first: int, second: int) -> None:
    rules = Rules(aids=(AidRule(MASTER),), ca_keys=())
    one, two, three = (MASTER + bytes((n,)) for n in (1, 2, 3))
    tape = Tape().select(PSE, sw=0x6A82).select(MASTER, adf_fci(one), first)
    tape.select(MASTER, adf_fci(two), second, p2=2)
    tape.select(MASTER, adf_fci(three), p2=2).select(MASTER, sw=0x6A82, p2=2)
    offered = (one if first == 0x9000 else two, three)
    among = tuple(Application(name, "TEST CREDIT") for name in offered)
    assert tape.add(Choose(among), None).run(rules).reason is Reason.CANCELLED


@rows(
    "Book 1, 12.3.3",
    "data",
    ("an AID answered with another application's FCI", "passed over", adf_fci(SECOND)),
    ("an AID answered with an FCI cut short", "passed over", b"\x6f\x7f"),
    ("an AID answered with an FCI without a name", "passed over", t(0x6F, t(0xA5, t(0x50, b"X")))),
    ("an AID answered with an FCI without A5", "passed over", t(0x6F, t(0x84, AID))),
    ("an AID answered with a name of 17 bytes", "passed over", adf_fci(AID + bytes(10))),
    ("an AID answered without FCI", "passed over", b""),
)
def test_answers_to_an_aid_that_are_none(data: bytes) -> None:
    tape = Tape().select(PSE, sw=0x6A82).select(AID, data)
    outcome = tape.run()
    assert (outcome.reason, outcome.fallback) == (Reason.NO_APPLICATION, True)


@case("Book 1, 12.4", "nothing in common", "ended, another technology may be tried")
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


@case("Book 1, 12.4", "a published directory of two applications", "offered by priority")
def test_two_applications_are_offered_by_priority() -> None:
    first = Application(THIRD, "V PAY", priority=1)
    second = Application(SECOND, "V PAY", priority=2)
    tape = Tape().select(PSE, pse_fci()).apdu("00B2010C00", TWO_ENTRIES)
    tape.apdu("00B2020C00", sw=0x6A83).add(Choose((first, second)), second)
    outcome = rest(tape, SECOND).apdu("00B2010C00", sw=0x6A83).run(TWO)
    assert outcome.reason is Reason.CARD_ERROR
    assert outcome.chip is not None
    assert outcome.chip.aid == "A0000000032010"


@case(
    "Book 1, 12.4",
    "candidates of priority 2, 0, 15, 1 and without one",
    "offered as 1, 2, 15, then the others in the card's order",
)
def test_the_order_of_candidates() -> None:
    rules = Rules(aids=(AidRule(AID[:5]),), ca_keys=())
    names = [AID[:5] + bytes((n,)) for n in range(5)]
    entries = zip(names, (2, 0, 15, 1, None), strict=True)
    tape = Tape().directory(*(entry(name, b"A%d" % name[-1], rank) for name, rank in entries))
    ordered = ((3, 1), (0, 2), (2, 15), (1, None), (4, None))
    among = tuple(Application(names[n], f"A{n}", rank) for n, rank in ordered)
    assert tape.add(Choose(among), None).run(rules).reason is Reason.CANCELLED


# emv-utils: test_aid_multi_exact_match_app_supported
@case(
    "Book 1, 12.3.3",
    "published answers to two AIDs of three",
    "both offered by priority, in English",
)
def test_the_list_of_aids_finds_all_that_match() -> None:
    fci = (
        "6F2F8407A0000000032010A5245005562050415987010{}5F2D046E6C656E"
        "BF0C109F4D020B059F0A080001050100000000"
    )
    tape = Tape().select(PSE, sw=0x6A82).select(AID, sw=0x6A82)
    tape.select(SECOND, bytes.fromhex(fci.format(2)))
    tape.select(THIRD, bytes.fromhex(fci.format(1).replace("2010A5", "2020A5")))
    among = (Application(THIRD, "V PAY", 1), Application(SECOND, "V PAY", 2))
    outcome = tape.add(Choose(among, "en"), None).run(TWO)
    assert (outcome.decision, outcome.reason) == (Decision.ENDED, Reason.CANCELLED)


# emv-utils: test_aid_multi_partial_match_app_supported
@case(
    "Book 1, 12.3.3",
    "published answers to a partial name",
    "SELECT NEXT until 6A82, both offered by preferred name",
)
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
    assert tape.add(Choose(among, "en"), None).run(rules).reason is Reason.CANCELLED


@case("Book 1, 12.3.3", "a longer name where the whole is wanted", "left out, no SELECT NEXT")
def test_an_entry_that_wants_the_whole_name_ignores_longer_ones() -> None:
    rules = Rules(aids=(replace(RULE, partial=False),), ca_keys=())
    longer = AID + b"\x01"
    tape = Tape().directory(entry(longer)).select(AID, adf_fci(longer))
    assert tape.run(rules).reason is Reason.NO_APPLICATION


@case("Book 1, 12.4", "one application that wants confirmation", "asked for; Cancel ends it")
def test_a_single_candidate_is_confirmed_where_the_card_wants_that() -> None:
    app = Application(AID, "TEST CREDIT", priority=1, confirm=True)
    tape = Tape().directory(entry(priority=0x81)).add(Choose((app,)), app)
    assert finish(tape.initiate()).decision is Decision.APPROVED
    refused = Tape().directory(entry(priority=0x81)).add(Choose((app,)), None).run()
    assert refused.reason is Reason.CANCELLED


@rows(
    "Book 1, 12.4",
    "objects, name",
    (
        "label and preferred name in ISO 8859-1",
        "CAFÉ",
        t(0x50, b"LABEL") + t(0x9F12, "434146C9"),
        "CAFÉ",
    ),
    (
        "a preferred name of control characters",
        "the label",
        t(0x50, b"LABEL") + t(0x9F12, b"\x07"),
        "LABEL",
    ),
    ("an empty preferred name", "the label", t(0x50, b"LABEL") + t(0x9F12, b""), "LABEL"),
    ("control characters in the label", "left out", t(0x50, b"\x00LA\x1bBEL"), "LABEL"),
    ("neither name nor label", "the AID in hex", b"", "A0000000031010"),
)
def test_the_name_a_customer_reads(objects: bytes, name: str) -> None:
    tape = Tape().select(PSE, t(0x6F, t(0x84, PSE) + t(0xA5, t(0x88, "01") + t(0x9F11, "01"))))
    tape.apdu("00B2010C00", t(0x70, t(0x61, t(0x4F, AID) + objects) + t(0x61, t(0x4F, SECOND))))
    tape.apdu("00B2020C00", sw=0x6A83)
    among = (Application(AID, name), Application(SECOND, "A0000000032010"))
    assert tape.add(Choose(among), None).run(TWO).reason is Reason.CANCELLED
