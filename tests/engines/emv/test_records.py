"""Read Application Data: AFL rules, mandatory objects, what the card is called."""

from __future__ import annotations

import pytest

from cardamom.engines.emv.records import Record, parse_afl
from cardamom.engines.emv.requests import CardHistory, Decision, Recall
from cardamom.engines.emv.store import DataError
from cardamom.values.events import Reason
from cardamom.values.online import CardData
from cardamom.values.secret import Pan
from support.conformance import case, rows
from support.emv import APPROVED, NO_ODA, PAN, Tape, default_objects, t


def nested(depth: int) -> bytes:
    """Templates 70 one in the other."""
    data = t(0x5F34, "01")
    for _ in range(depth):
        data = t(0x70, data)
    return data


def test_afl() -> None:
    assert parse_afl(bytes.fromhex("0801020110030301")) == [
        Record(1, 1, signed=True),
        Record(1, 2, signed=False),
        Record(2, 3, signed=True),
    ]


@pytest.mark.parametrize(
    "afl",
    [
        "",
        "080101",
        "0801010000",
        "00010100",
        "F8010100",
        "09010100",
        "08000100",
        "08020100",
        "08010102",
        "0801FF00",
        "0801800010010100",
    ],
)
def test_absurd_afl(afl: str) -> None:
    with pytest.raises(DataError):
        parse_afl(bytes.fromhex(afl))


@rows(
    "Book 3, 10.2",
    "afl",
    ("an AFL of three bytes", "card error, no record is read", "080101"),
    ("an AFL of five bytes", "card error, no record is read", "0801010008"),
    ("an AFL of 128 records and more", "card error, no record is read", "0801FF00"),
    ("an AFL of two files with 129 records", "card error, no record is read", "0801800010010100"),
    ("an AFL entry whose last record is before its first", "card error, no record", "08020100"),
    ("an AFL entry from record 0", "card error, no record is read", "08000100"),
    ("an AFL entry for file 0", "card error, no record is read", "00010100"),
    ("an AFL entry for file 31", "card error, no record is read", "F8010100"),
    ("an AFL entry with its low bits set", "card error, no record is read", "09010100"),
    ("an AFL entry that signs more records than it has", "card error, no record", "08010102"),
    ("a good AFL entry before a bad one", "card error, no record is read", "0801010008000000"),
)
def test_an_absurd_afl_ends_the_transaction(afl: str) -> None:
    outcome = Tape().directory().initiate(afl=afl).run()
    assert (outcome.decision, outcome.reason) == (Decision.ENDED, Reason.CARD_ERROR)
    assert not outcome.fallback


@case(
    "Book 3, 10.2", "records of files 1, 2 and 11", "each read once in order; file 11 is not parsed"
)
def test_records_of_several_files() -> None:
    objects = default_objects()
    body = [t(tag, value) for tag, value in objects.items()]
    tape = Tape().directory().initiate(afl="080102001001010058010100")
    tape.apdu("00B2010C00", t(0x70, b"".join(body[:3])))
    tape.apdu("00B2020C00", t(0x70, b"\x00" + body[3]))
    tape.apdu("00B2011400", t(0x70, b"".join(body[4:])))
    tape.apdu("00B2015C00", b"proprietary")
    tape.recall().first(NO_ODA).online(APPROVED).second(NO_ODA, b"00")
    assert tape.run().decision is Decision.APPROVED


@rows(
    "Book 3, 7.2",
    "tag",
    ("no PAN, 5A", "card error", "x5A"),
    ("no expiration date, 5F24", "card error", "x5F24"),
    ("no CDOL1, 8C", "card error", "x8C"),
    ("no CDOL2, 8D", "card error", "x8D"),
)
def test_mandatory_objects(tag: str) -> None:
    outcome = Tape().begin(**{tag: None}).run()
    assert (outcome.decision, outcome.reason) == (Decision.ENDED, Reason.CARD_ERROR)
    assert outcome.card is None


@rows(
    "Book 3, 7.5",
    "changed",
    (
        "track 2 of another number",
        "card error",
        {"x57": bytes.fromhex("4761739001010127D2712201123400000F")},
    ),
    ("track 2 without a separator", "card error", {"x57": bytes.fromhex(PAN)}),
    ("an empty PAN", "card error", {"x5A": b""}),
    ("a PAN with a digit A", "card error", {"x5A": bytes.fromhex("476173900101011A")}),
    ("a PAN of 11 bytes", "card error", {"x5A": bytes.fromhex("47617390010101194761FF")}),
    ("a PAN with filler in its middle", "card error", {"x5A": bytes.fromhex("4761F39001010119")}),
    ("an expiration date of two bytes", "card error", {"x5F24": bytes.fromhex("2712")}),
    ("an expiration date in month 13", "card error", {"x5F24": bytes.fromhex("271331")}),
    ("an expiration date in month 0", "card error", {"x5F24": bytes.fromhex("270031")}),
    ("an expiration date on day 32", "card error", {"x5F24": bytes.fromhex("271232")}),
    ("an expiration date on day 0", "card error", {"x5F24": bytes.fromhex("271200")}),
    ("an expiration date with a digit A", "card error", {"x5F24": bytes.fromhex("2A1231")}),
    ("an effective date in month 13", "card error", {"x5F25": bytes.fromhex("201301")}),
    ("an effective date of two bytes", "card error", {"x5F25": bytes.fromhex("2001")}),
    ("a sequence number with a digit A", "card error", {"x5F34": bytes.fromhex("0A")}),
    ("a sequence number of two bytes", "card error", {"x5F34": bytes.fromhex("0001")}),
    ("a country code with a digit F", "card error", {"x5F28": bytes.fromhex("015F")}),
    ("a country code of one byte", "card error", {"x5F28": b"\x56"}),
    ("a currency code with a digit B", "card error", {"x9F42": bytes.fromhex("01B6")}),
    ("a service code of three bytes", "card error", {"x5F30": bytes.fromhex("000201")}),
    ("a CDOL1 that is a tag without a length", "card error before GENERATE AC", {"x8C": b"\x9f"}),
    ("a usage control of one byte", "card error", {"x9F07": b"\xff"}),
    ("a version number of three bytes", "card error", {"x9F08": bytes(3)}),
    ("an action code of four bytes", "card error", {"x9F0E": bytes(4)}),
    ("an action code of six bytes", "card error", {"x9F0F": bytes(6)}),
    ("a CVM List of nine bytes", "card error", {"x8E": bytes(9)}),
    ("a key index of two bytes", "card error", {"x8F": b"\x00\x94"}),
    ("an exponent of four bytes", "card error", {"x9F32": bytes(4)}),
    ("a lower limit of two bytes", "card error", {"x9F14": bytes(2)}),
)
def test_malformed_objects_end_the_transaction(changed: dict[str, bytes]) -> None:
    tape = Tape().begin(**changed)
    if changed.keys() & {"x8C"}:
        tape.recall()
    outcome = tape.run()
    assert (outcome.decision, outcome.reason) == (Decision.ENDED, Reason.CARD_ERROR)


@rows(
    "Book 3, 7.5",
    "changed",
    ("an empty cardholder name", "kept, approved", {"x5F20": b""}),
    ("a cardholder name of 27 bytes", "kept, approved", {"x5F20": b"A" * 27}),
    ("discretionary data of track 1 in control characters", "kept, approved", {"x9F1F": bytes(9)}),
    ("a proprietary object", "kept, approved", {"xDF01": bytes(200)}),
    ("a record of 60 000 bytes", "read, approved", {"xDF01": bytes(60_000)}),
)
def test_a_name_out_of_form_ends_nothing(changed: dict[str, bytes]) -> None:
    tape = Tape().begin(**changed).recall().first(NO_ODA).online(APPROVED)
    assert tape.second(NO_ODA, b"00").run().decision is Decision.APPROVED


@case("Book 3, 10.2", "an object twice in a record", "card error")
def test_an_object_that_stands_twice() -> None:
    body = b"".join(t(k, v) for k, v in default_objects().items())
    outcome = (
        Tape().directory().initiate().apdu("00B2010C00", t(0x70, body + t(0x5F34, "01"))).run()
    )
    assert outcome.reason is Reason.CARD_ERROR


@rows(
    "Book 3, 6.5.11",
    "data, sw",
    ("READ RECORD answered 6A83", "card error", b"", 0x6A83),
    ("READ RECORD answered 6283 with a record", "card error", t(0x70, t(0x5F34, "01")), 0x6283),
    ("a record without data", "card error", b"", 0x9000),
    ("a record in template 77", "card error", b"\x77\x00", 0x9000),
    ("a record cut short", "card error", b"\x70\x05\x5a", 0x9000),
    ("a record with an object cut short", "card error", b"\x70\x02\x5a\x08", 0x9000),
    (
        "a record with bytes behind its template",
        "card error",
        t(0x70, t(0x5F34, "01")) + b"\x01",
        0x9000,
    ),
    ("a record of indefinite length", "card error", b"\x70\x80\x5f\x34\x01\x01\x00\x00", 0x9000),
    ("a record with a tag of four bytes", "card error", t(0x70, "9F81810100"), 0x9000),
    ("a record nested ten deep", "card error", nested(10), 0x9000),
)
def test_bad_records(data: bytes, sw: int) -> None:
    outcome = Tape().directory().initiate().apdu("00B2010C00", data, sw).run()
    assert (outcome.decision, outcome.reason) == (Decision.ENDED, Reason.CARD_ERROR)


@case("Book 3, 10.2", "one object in two records", "card error")
def test_an_object_in_two_records() -> None:
    body = b"".join(t(k, v) for k, v in default_objects().items())
    tape = Tape().directory().initiate(afl="08010200").apdu("00B2010C00", t(0x70, body))
    outcome = tape.apdu("00B2020C00", t(0x70, t(0x5F34, "01"))).run()
    assert (outcome.decision, outcome.reason) == (Decision.ENDED, Reason.CARD_ERROR)


@case("Book 3, 10.2", "an object of the FCI again in a record", "card error")
def test_an_object_of_the_fci_in_a_record() -> None:
    body = b"".join(t(k, v) for k, v in default_objects().items())
    tape = Tape().directory().initiate().apdu("00B2010C00", t(0x70, body + t(0x50, b"X")))
    assert tape.run().reason is Reason.CARD_ERROR


@case(
    "Book 3, 4.3",
    "the terminal's own data in a record: 95, 9F33, 9F02, 8A",
    "passed over, the terminal's stand",
)
def test_a_card_cannot_speak_for_the_terminal() -> None:
    changed = {"x95": bytes(5), "x9F33": b"\xff\xff\xff", "x9F02": bytes(6), "x8A": b"Y1"}
    tape = Tape().begin(**changed).recall().first(NO_ODA).online(APPROVED)
    outcome = tape.second(NO_ODA, b"00").run()
    assert outcome.decision is Decision.APPROVED
    assert outcome.tags[0x9F33].hex() == "20f8c8"
    assert outcome.tags[0x9F02].hex() == "000000001234"


@pytest.mark.parametrize(
    ("pan", "psn"), [("6222021234567890128", None), ("476173900101011", 1), ("47617390", 99)]
)
def test_numbers_of_other_lengths_without_track_2(pan: str, psn: int | None) -> None:
    packed = bytes.fromhex(pan + "F" * (len(pan) % 2))
    sequence = None if psn is None else bytes.fromhex(f"{psn:02d}")
    tape = Tape().begin(x5A=packed, x57=None, x5F34=sequence)
    tape.add(Recall(Pan(pan), psn), CardHistory()).first(NO_ODA).online(APPROVED)
    outcome = tape.second(NO_ODA, b"00").run()
    assert outcome.card == CardData(Pan(pan), "2712", psn=psn)
