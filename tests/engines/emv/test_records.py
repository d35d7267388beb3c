"""Read Application Data: AFL rules, mandatory objects, what the card is called."""

from __future__ import annotations

import pytest

from cardamom.engines.emv.records import Record, parse_afl
from cardamom.engines.emv.requests import CardHistory, Decision, Recall
from cardamom.engines.emv.store import DataError
from cardamom.values.events import Reason
from cardamom.values.online import CardData
from cardamom.values.secret import Pan
from support.emv import APPROVED, NO_ODA, PAN, Tape, default_objects, t


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


@pytest.mark.parametrize("afl", ["080101", "0801FF00", "08020100", "00010100"])
def test_an_absurd_afl_ends_the_transaction(afl: str) -> None:
    outcome = Tape().directory().initiate(afl=afl).run()
    assert (outcome.decision, outcome.reason) == (Decision.ENDED, Reason.CARD_ERROR)
    assert not outcome.fallback


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


@pytest.mark.parametrize("tag", ["x5A", "x5F24", "x8C", "x8D"])
def test_mandatory_objects(tag: str) -> None:
    outcome = Tape().begin(**{tag: None}).run()
    assert (outcome.decision, outcome.reason) == (Decision.ENDED, Reason.CARD_ERROR)
    assert outcome.card is None


@pytest.mark.parametrize(
    "changed",
    [
        {"x57": bytes.fromhex("4761739001010127D2712201123400000F")},
        {"x57": bytes.fromhex(PAN)},
        {"x5A": b""},
        {"x5A": bytes.fromhex("476173900101011A")},
        {"x5A": bytes.fromhex("47617390010101194761FF")},
        {"x5F24": bytes.fromhex("2712")},
        {"x5F24": bytes.fromhex("271331")},
        {"x5F24": bytes.fromhex("2A1231")},
        {"x5F34": bytes.fromhex("0A")},
        {"x5F34": bytes.fromhex("0001")},
        {"x8C": b"\x9f"},
        {"x9F07": b"\xff"},
        {"x9F0E": bytes(4)},
        {"x8E": bytes(9)},
    ],
)
def test_malformed_objects_end_the_transaction(changed: dict[str, bytes]) -> None:
    tape = Tape().begin(**changed)
    if changed.keys() & {"x8C"}:
        tape.recall()
    outcome = tape.run()
    assert (outcome.decision, outcome.reason) == (Decision.ENDED, Reason.CARD_ERROR)


def test_a_name_out_of_form_ends_nothing() -> None:
    tape = Tape().begin(x5F20=b"").recall().first(NO_ODA).online(APPROVED)
    assert tape.second(NO_ODA, b"00").run().decision is Decision.APPROVED


def test_an_object_that_stands_twice() -> None:
    body = b"".join(t(k, v) for k, v in default_objects().items())
    outcome = (
        Tape().directory().initiate().apdu("00B2010C00", t(0x70, body + t(0x5F34, "01"))).run()
    )
    assert outcome.reason is Reason.CARD_ERROR


@pytest.mark.parametrize(
    ("data", "sw"), [(b"", 0x6A83), (b"", 0x9000), (b"\x77\x00", 0x9000), (b"\x70\x05\x5a", 0x9000)]
)
def test_bad_records(data: bytes, sw: int) -> None:
    outcome = Tape().directory().initiate().apdu("00B2010C00", data, sw).run()
    assert (outcome.decision, outcome.reason) == (Decision.ENDED, Reason.CARD_ERROR)


def test_a_card_cannot_speak_for_the_terminal() -> None:
    changed = {"x95": bytes(5), "x9F33": b"\xff\xff\xff", "x9F02": bytes(6), "x8A": b"Y1"}
    tape = Tape().begin(**changed).recall().first(NO_ODA).online(APPROVED)
    outcome = tape.second(NO_ODA, b"00").run()
    assert outcome.decision is Decision.APPROVED
    assert outcome.tags[0x9F33].hex() == "e0e8c8"
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
