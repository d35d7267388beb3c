"""Issuer authentication, issuer scripts, and completion around them."""

from __future__ import annotations

from dataclasses import replace

import pytest

from cardamom.engines.emv.requests import Decision
from cardamom.values.events import Reason, Verdict
from cardamom.values.online import OnlineAnswer
from support.emv import APPROVED, DECLINED, GONE, NO_ODA, Tape, cryptogram, t

ISSUER_DATA = bytes.fromhex("1122334455667788")
WITH_DATA = replace(APPROVED, issuer_auth=ISSUER_DATA)
AUTHENTICATE = "0082000008" + ISSUER_DATA.hex()
ISSUER_FAILED = "8000008040"


def online(answer: OnlineAnswer, aip: str = "1C00") -> Tape:
    return Tape().begin(aip).recall().first(NO_ODA).online(answer)


# the first four follow openemv/emv-utils, tests/emv_online_processing_test.c
@pytest.mark.parametrize(
    ("answer", "aip", "sw", "tvr", "tsi"),
    [
        (APPROVED, "1C00", None, NO_ODA, "6800"),
        (WITH_DATA, "1800", None, NO_ODA, "6800"),
        (WITH_DATA, "1C00", 0x9000, NO_ODA, "7800"),
        (WITH_DATA, "1C00", 0x6300, ISSUER_FAILED, "7800"),
        (WITH_DATA, "1C00", 0x6985, ISSUER_FAILED, "7800"),
        (replace(APPROVED, issuer_auth=b"\x11" * 4), "1C00", None, NO_ODA, "6800"),
        (replace(APPROVED, issuer_auth=b"\x11" * 17), "1C00", None, NO_ODA, "6800"),
    ],
)
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


def test_issuer_data_reach_the_card_in_cdol2() -> None:
    tape = Tape().begin("1800", x8D=bytes.fromhex("8A02910A")).recall().first(NO_ODA)
    tape.online(WITH_DATA)
    tape.apdu("80AE40000C" + "3030" + ISSUER_DATA.hex() + "0000" + "00", cryptogram(0x40))
    assert tape.run().decision is Decision.APPROVED


def test_a_declining_issuer_is_authenticated_too() -> None:
    tape = online(replace(DECLINED, issuer_auth=ISSUER_DATA)).apdu(AUTHENTICATE)
    outcome = tape.second(NO_ODA, b"05", ask=0).run()
    assert (outcome.decision, outcome.reason) == (Decision.DECLINED, Reason.HOST_DECLINED)


def test_pulled_at_external_authenticate() -> None:
    outcome = online(WITH_DATA).apdu(AUTHENTICATE, GONE).run()
    assert (outcome.decision, outcome.reason) == (Decision.DECLINED, Reason.CARD_PULLED)
    assert outcome.went_online


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


UNBLOCK = "8424000008AABBCCDD11223344"
PUT = "04DA9F580901AABBCCDD11223344"
ID = "A1B2C3D4"


def script(tag: int, *commands: str, identifier: str | None = ID) -> bytes:
    body = b"" if identifier is None else t(0x9F18, identifier)
    return t(tag, body + b"".join(t(0x86, command) for command in commands))


def test_scripts_before_and_after() -> None:
    scripts = script(0x71, UNBLOCK, PUT) + script(0x72, PUT, identifier=None)
    tape = online(replace(APPROVED, scripts=scripts)).apdu(UNBLOCK).apdu(PUT)
    outcome = tape.second(NO_ODA, b"00").apdu(PUT).run()
    assert outcome.decision is Decision.APPROVED
    assert outcome.tags[0x9F5B].hex().upper() == "20" + ID + "20" + "00000000"
    assert outcome.tags[0x9B].hex() == "6c00"
    assert outcome.tags[0x95].hex() == NO_ODA


@pytest.mark.parametrize(
    ("sws", "result"),
    [
        ((0x9000, 0x9000), "20"),
        ((0x6200, 0x63C1), "20"),
        ((0x6985,), "11"),
        ((0x9000, 0x6A80), "12"),
    ],
)
def test_only_errors_stop_a_script(sws: tuple[int, ...], result: str) -> None:
    tape = online(replace(APPROVED, scripts=script(0x71, UNBLOCK, PUT)))
    for command, sw in zip((UNBLOCK, PUT), sws, strict=False):
        tape.apdu(command, sw=sw)
    tvr = NO_ODA if result == "20" else "8000008020"
    outcome = tape.second(tvr, b"00").run()
    assert outcome.tags[0x9F5B].hex().upper() == result + ID


def test_the_next_script_runs_after_one_that_failed() -> None:
    scripts = script(0x71, UNBLOCK) + script(0x71, PUT, identifier="00000002")
    tape = online(replace(APPROVED, scripts=scripts)).apdu(UNBLOCK, sw=0x6985).apdu(PUT)
    outcome = tape.second("8000008020", b"00").run()
    assert outcome.tags[0x9F5B].hex().upper() == "11" + ID + "2000000002"


def test_a_failed_script_after_the_decision_changes_nothing_but_the_tvr() -> None:
    tape = online(replace(APPROVED, scripts=script(0x72, PUT))).second(NO_ODA, b"00")
    outcome = tape.apdu(PUT, sw=0x6A80).run()
    assert outcome.decision is Decision.APPROVED
    assert outcome.tags[0x95].hex() == "8000008010"


def test_pulled_during_a_script_after_the_tc() -> None:
    tape = online(replace(APPROVED, scripts=script(0x72, PUT, UNBLOCK))).second(NO_ODA, b"00")
    outcome = tape.apdu(PUT).apdu(UNBLOCK, GONE).run()
    assert (outcome.decision, outcome.reason) == (Decision.APPROVED, None)
    assert outcome.tags[0x9F5B].hex().upper() == "12" + ID


def test_pulled_during_a_script_before_the_decision() -> None:
    outcome = online(replace(APPROVED, scripts=script(0x71, PUT))).apdu(PUT, GONE).run()
    assert (outcome.decision, outcome.reason) == (Decision.DECLINED, Reason.CARD_PULLED)
    assert outcome.tags[0x9F5B].hex().upper() == "11" + ID


@pytest.mark.parametrize(
    "scripts",
    [t(0x71, "86"), t(0x71, t(0x86, "8424")), t(0x71, ""), t(0x71, "9F18"), b"\x71\x7f\x00"],
)
def test_scripts_that_cannot_be_read(scripts: bytes) -> None:
    outcome = online(replace(APPROVED, scripts=scripts)).second("8000008020", b"00").run()
    assert outcome.decision is Decision.APPROVED


def test_scripts_of_a_decline_are_delivered() -> None:
    tape = online(replace(DECLINED, scripts=script(0x71, UNBLOCK))).apdu(UNBLOCK)
    outcome = tape.second(NO_ODA, b"05", ask=0).run()
    assert (outcome.decision, outcome.reason) == (Decision.DECLINED, Reason.HOST_DECLINED)


@pytest.mark.parametrize(
    ("tdol", "tvr", "digest"),
    [
        # SHA-1 of the amount alone, and of nothing
        ("9F0206", NO_ODA, "d63b4edea972c6de8d985f106491c491a93c48f8"),
        (None, "8000008080", "da39a3ee5e6b4b0d3255bfef95601890afd80709"),
    ],
)
def test_tc_hash_value(tdol: str | None, tvr: str, digest: str) -> None:
    changed = {"x8C": bytes.fromhex("95059814"), "x97": bytes.fromhex(tdol) if tdol else None}
    tape = Tape().begin("1800", **changed).recall()
    outcome = tape.apdu("80AE800019" + tvr + digest + "00", cryptogram(0x00)).run()
    assert outcome.reason is Reason.CARD_DECLINED
