"""Names and languages, final selection, initiation.

The directory of two applications and the AID list answers come from openemv/emv-utils,
tests/emv_build_candidate_list_test.c (data only).
"""

from __future__ import annotations

from dataclasses import replace

from cardamom.engines.emv.requests import (
    Application,
    Choose,
    Decision,
    EnterPin,
    PinRefusal,
    PinUse,
    Random,
)
from cardamom.values.events import Reason
from support.conformance import case, rows
from support.emv import (
    AID,
    RULES,
    UN,
    Tape,
    adf_fci,
    default_objects,
    entry,
    t,
)
from support.emv_selection import PSE, SECOND, THIRD, TWO, finish, rest


@rows(
    "Book 4, A3",
    "table, capabilities, raw, name",
    ("code table 5, terminal with table 1", "the label", "05", "F000F0A001", "C9C9", "LABEL"),
    ("code table 5, terminal with it", "ISO 8859-5", "05", "F000F0A011", "BCB8C0", "МИР"),
    ("code table 7, terminal with it", "ISO 8859-7", "07", "F000F0A041", "D7F1", "Χρ"),
    ("code table 10, terminal with it", "ISO 8859-10", "10", "F000F0A201", "C6", "Æ"),
    ("code table 9, terminal with it", "ISO 8859-9", "09", "F000F0A101", "DD", "İ"),
    ("code table 9, terminal with 10", "the label", "09", "F000F0A201", "DD", "LABEL"),
    ("code table 0", "the label", "00", "F000F0FFFF", "41", "LABEL"),
    ("code table 11", "the label", "11", "F000F0FFFF", "41", "LABEL"),
    ("code table FF", "the label", "FF", "F000F0FFFF", "41", "LABEL"),
)
def test_code_tables(table: str, capabilities: str, raw: str, name: str) -> None:
    rules = replace(RULES, additional_capabilities=bytes.fromhex(capabilities))
    fci = t(0x50, b"LABEL") + t(0x9F11, table) + t(0x9F12, raw)
    tape = Tape().select(PSE, sw=0x6A82).select(AID, t(0x6F, t(0x84, AID) + t(0xA5, fci)))
    outcome = rest(tape).apdu("00B2010C00", sw=0x6A83).run(rules)
    assert outcome.chip is not None
    assert outcome.chip.label == name


@rows(
    "Book 4, 11.1",
    "preference, language",
    ("language preference zhen", "Chinese", b"zhen", "zh"),
    ("language preference frdeen", "English", b"frdeen", "en"),
    ("language preference in capitals", "English", b"EN", "en"),
    ("language preference frde", "the terminal's own", b"frde", ""),
    ("language preference of odd length", "whole pairs alone", b"frz", ""),
    ("language preference of control bytes", "the terminal's own", b"\xff\x00", ""),
    ("no language preference", "the terminal's own", None, ""),
)
def test_language(preference: bytes | None, language: str) -> None:
    extra = b"" if preference is None else t(0x5F2D, preference)
    app = Application(AID, "TEST CREDIT", priority=1, confirm=True)
    fci = t(0x6F, t(0x84, PSE) + t(0xA5, t(0x88, "01") + extra))
    tape = Tape().select(PSE, fci).apdu("00B2010C00", t(0x70, entry(priority=0x81)))
    tape.apdu("00B2020C00", sw=0x6A83).add(Choose((app,), language), app)
    tape.select(AID, adf_fci(extra=extra)).add(Random(4), UN)
    tape.apdu("80A8000002830000", t(0x77, t(0x82, "1800") + t(0x94, "08010100")))
    tape.apdu("00B2010C00", sw=0x6A83)
    assert tape.run().reason is Reason.CARD_ERROR


@rows(
    "Book 4, 11.1",
    "directory, application, language",
    ("English in the application alone", "the PIN asked for in English", None, b"en", "en"),
    ("English in the directory alone", "the PIN asked for in English", b"en", None, "en"),
    ("Chinese in the directory, English in the application", "English", b"zh", b"en", "en"),
    ("English in the directory, French in the application", "the terminal's own",
     b"en", b"fr", ""),
)  # fmt: skip
def test_the_pin_is_asked_for_in_the_customers_language(
    directory: bytes | None, application: bytes | None, language: str
) -> None:
    in_pse, in_adf = (
        b"" if wanted is None else t(0x5F2D, wanted) for wanted in (directory, application)
    )
    tape = Tape().select(PSE, t(0x6F, t(0x84, PSE) + t(0xA5, t(0x88, "01") + in_pse)))
    tape.apdu("00B2010C00", t(0x70, entry())).apdu("00B2020C00", sw=0x6A83)
    tape.select(AID, adf_fci(extra=in_adf)).add(Random(4), UN)
    tape.apdu("80A8000002830000", t(0x77, t(0x82, "1800") + t(0x94, "08010100")))
    tape.record({**default_objects(), 0x8E: bytes.fromhex("00000000000000000200")})
    question = EnterPin(PinUse.ONLINE, language=language)
    outcome = tape.add(question, PinRefusal.CANCELLED).run()
    assert outcome.reason is Reason.PIN_CANCELLED


def test_an_unknown_alphabet_falls_back_to_the_label() -> None:
    fci = t(0x6F, t(0x84, AID) + t(0xA5, t(0x50, b"LABEL") + t(0x9F11, "05") + t(0x9F12, "C9C9")))
    tape = Tape().select(PSE, sw=0x6A82).select(AID, fci)
    outcome = rest(tape).apdu("00B2010C00", sw=0x6A83).run()
    assert outcome.chip is not None
    assert outcome.chip.label == "LABEL"


@rows(
    "Book 1, 12.4",
    "data, sw, reason",
    ("final SELECT: card blocked, 6A81", "ended", b"", 0x6A81, Reason.CARD_BLOCKED),
    ("final SELECT: application blocked, 6283", "dropped", b"", 0x6283, Reason.CARD_BLOCKED),
    ("final SELECT: not found, 6A82", "dropped", b"", 0x6A82, Reason.NOT_ACCEPTED),
    ("final SELECT: warning 6200", "dropped", adf_fci(), 0x6200, Reason.NOT_ACCEPTED),
    ("final SELECT: FCI cut short", "dropped", b"\x6f\x7f", 0x9000, Reason.CARD_ERROR),
    (
        "final SELECT: another application's name",
        "dropped",
        adf_fci(SECOND),
        0x9000,
        Reason.CARD_ERROR,
    ),
    ("final SELECT: a longer name", "dropped", adf_fci(AID + b"1"), 0x9000, Reason.CARD_ERROR),
    (
        "final SELECT: PDOL twice",
        "dropped",
        adf_fci(extra=t(0x9F38, "9F3704") * 2),
        0x9000,
        Reason.CARD_ERROR,
    ),
    ("final SELECT: no A5", "dropped", t(0x6F, t(0x84, AID)), 0x9000, Reason.CARD_ERROR),
    ("final SELECT: no 84", "dropped", t(0x6F, t(0xA5, t(0x50, b"X"))), 0x9000, Reason.CARD_ERROR),
    (
        "final SELECT: FCI in template 70",
        "dropped",
        b"\x70" + adf_fci()[1:],
        0x9000,
        Reason.CARD_ERROR,
    ),
    ("final SELECT: no FCI", "dropped", b"", 0x9000, Reason.CARD_ERROR),
)
def test_final_selection_fails(data: bytes, sw: int, reason: Reason) -> None:
    outcome = Tape().directory().select(AID, data, sw).run()
    assert (outcome.decision, outcome.reason) == (Decision.ENDED, reason)
    assert outcome.chip is None
    assert not outcome.fallback


@rows(
    "Book 1, 11.3.4",
    "extra",
    (
        "FCI with the issuer's own data, BF0C",
        "taken",
        t(
            0xBF0C,
            t(0x9F4D, "0B0A")
            + t(0x5F50, b"example.org")
            + t(0x42, "476173")
            + t(0x5F55, b"GB")
            + t(0x5F56, b"GBR")
            + t(0xDF01, b"x"),
        ),
    ),
    (
        "the issuer's own data repeat themselves",
        "taken",
        t(0xBF0C, t(0xDF01, b"x") + t(0xDF01, b"y")),
    ),
    ("an unknown template in A5", "passed over", t(0xE1, t(0x9F38, "9F3704"))),
    ("an application template in BF0C", "passed over", t(0xBF0C, t(0x61, t(0x4F, SECOND)) * 2)),
    ("a PDOL in BF0C beside A5's label", "taken as the PDOL", t(0xBF0C, t(0x50, b"OTHER"))),
    ("an alphabet that is no number", "passed over", t(0x9F11, "0A")),
    ("a language preference of 9 bytes", "taken as far as it goes", t(0x5F2D, b"zhenfrdex")),
    ("a priority of two bytes", "passed over", t(0x87, "0101")),
    ("an issuer number that is none", "passed over", t(0xBF0C, t(0x42, "47617A"))),
)
def test_optional_parts_of_the_fci(extra: bytes) -> None:
    tape = Tape().directory().select(AID, adf_fci(extra=extra)).add(Random(4), UN)
    tape.apdu("80A8000002830000", t(0x77, t(0x82, "1800") + t(0x94, "08010100")))
    assert finish(tape).decision is Decision.APPROVED


@case(
    "Book 1, 12.4",
    "6985 to GET PROCESSING OPTIONS, another candidate",
    "it drops out, the other is taken",
)
def test_an_application_that_refuses_drops_out_and_the_other_is_taken() -> None:
    first, second = Application(AID, "TEST CREDIT", 1), Application(SECOND, "TEST DEBIT", 2)
    tape = Tape().directory(entry(), entry(SECOND, b"TEST DEBIT", 2))
    tape.add(Choose((first, second)), first)
    tape.select(AID, adf_fci()).add(Random(4), UN).apdu("80A8000002830000", sw=0x6985)
    outcome = rest(tape, SECOND).apdu("00B2010C00", sw=0x6A83).run(TWO)
    assert outcome.chip is not None
    assert outcome.chip.aid == "A0000000032010"


@case(
    "Book 4, 11.3",
    "of three candidates two refuse, the customer chooses each time",
    "fewer are offered each time",
)
def test_candidates_drop_out_one_by_one() -> None:
    names = (AID, SECOND, THIRD)
    apps = [Application(name, f"A{n}", n) for n, name in enumerate(names, 1)]
    tape = Tape().directory(*(entry(a.aid, a.name.encode(), a.priority) for a in apps))
    tape.add(Choose(tuple(apps)), apps[1]).select(SECOND, adf_fci(SECOND)).add(Random(4), UN)
    tape.apdu("80A8000002830000", sw=0x6985)
    tape.add(Choose((apps[0], apps[2])), apps[0]).select(AID, adf_fci(), 0x6283)
    tape.select(THIRD, adf_fci(THIRD)).add(Random(4), UN).apdu("80A8000002830000", sw=0x6985)
    outcome = tape.run(TWO)
    assert (outcome.decision, outcome.reason) == (Decision.ENDED, Reason.NOT_ACCEPTED)
    assert outcome.chip is None


@case("Book 3, 10.1", "6985 from the only application", "ended, not accepted")
def test_the_only_application_refuses() -> None:
    tape = Tape().directory().select(AID, adf_fci()).add(Random(4), UN)
    outcome = tape.apdu("80A8000002830000", sw=0x6985).run()
    assert (outcome.decision, outcome.reason) == (Decision.ENDED, Reason.NOT_ACCEPTED)


@case(
    "Book 3, 5.4",
    "a PDOL with a tag the terminal does not know",
    "zeros for it, the others as they are",
)
def test_pdol_is_answered() -> None:
    pdol = "9F66049F02069F37045F2A029F1A029F3303"
    sent = "00000000" + "000000001234" + UN.hex() + "0156" + "0156" + "20F8C8"
    tape = Tape().directory().initiate(pdol=pdol, sent=sent)
    assert finish(tape).decision is Decision.APPROVED


@case("Book 3, 6.5.8", "GET PROCESSING OPTIONS in format 1", "AIP and AFL taken apart, approved")
def test_processing_options_in_format_1() -> None:
    tape = Tape().directory().select(AID, adf_fci()).add(Random(4), UN)
    tape.apdu("80A8000002830000", t(0x80, "1800" + "08010100"))
    assert finish(tape).decision is Decision.APPROVED


@rows(
    "Book 3, 6.5.8",
    "data, sw",
    ("GPO answered 6A80", "card error", b"", 0x6A80),
    ("GPO answered 9000 without data", "card error", b"", 0x9000),
    ("GPO without AFL", "card error", t(0x77, t(0x82, "1800")), 0x9000),
    ("GPO without AIP", "card error", t(0x77, t(0x94, "08010100")), 0x9000),
    (
        "GPO with an AIP of one byte",
        "card error",
        t(0x77, t(0x82, "18") + t(0x94, "08010100")),
        0x9000,
    ),
    (
        "GPO with the AIP twice",
        "card error",
        t(0x77, t(0x82, "1800") * 2 + t(0x94, "08010100")),
        0x9000,
    ),
    ("GPO in format 1 without AFL", "card error", t(0x80, "1800"), 0x9000),
    ("GPO in template 70", "card error", t(0x70, t(0x82, "1800") + t(0x94, "08010100")), 0x9000),
    (
        "GPO with bytes behind the template",
        "card error",
        t(0x80, "180008010100") + b"\x00\x01",
        0x9000,
    ),
)
def test_bad_processing_options(data: bytes, sw: int) -> None:
    tape = Tape().directory().select(AID, adf_fci()).add(Random(4), UN)
    outcome = tape.apdu("80A8000002830000", data, sw).run()
    assert (outcome.decision, outcome.reason) == (Decision.ENDED, Reason.CARD_ERROR)
    assert outcome.fallback


@rows(
    "Book 3, 5.4",
    "pdol",
    ("a PDOL cut behind a tag", "card error before GPO", "9F37"),
    ("a PDOL for more than a command carries", "card error before GPO", "9F3704DF01FF"),
    ("a PDOL cut within a tag", "card error before GPO", "1F"),
    ("a PDOL with a tag of four bytes", "card error before GPO", "9F818101"),
)
def test_a_pdol_that_cannot_be_answered(pdol: str) -> None:
    tape = Tape().directory().select(AID, adf_fci(extra=t(0x9F38, pdol))).add(Random(4), UN)
    assert tape.run().reason is Reason.CARD_ERROR
