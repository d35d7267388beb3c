"""The main path and the ways out of it, as exact transcripts."""

from __future__ import annotations

from dataclasses import replace

import pytest

from cardamom.engines.emv.contact import contact_kernel
from cardamom.engines.emv.replay import Step, TranscriptError, replay
from cardamom.engines.emv.requests import Decision, GoOnline
from cardamom.engines.emv.rules import Rules
from cardamom.values.events import CvmUsed, Reason, Verdict
from cardamom.values.online import NoAnswer, NotSent, OnlineAnswer
from cardamom.values.secret import Pan
from support.emv import (
    AID,
    APPROVED,
    DECLINED,
    GONE,
    MUTE,
    NO_ODA,
    OFFLINE_CAPABLE,
    PAN,
    UN,
    Tape,
    cryptogram,
    t,
)


def to_online(**changed: bytes | None) -> Tape:
    return Tape().begin(**changed).recall().first(NO_ODA)


def test_sale_approved_online() -> None:
    outcome = to_online().online(APPROVED).second(NO_ODA, b"00").run()
    assert outcome.decision is Decision.APPROVED
    assert outcome.reason is None
    assert outcome.went_online
    assert outcome.cvm is CvmUsed.NONE
    assert outcome.card is not None
    assert outcome.card.pan == Pan(PAN)
    assert (outcome.card.expiry, outcome.card.psn) == ("2712", 1)
    assert outcome.card.track2 is not None
    assert outcome.card.track2.reveal().hex().startswith(PAN)
    chip = outcome.chip
    assert chip is not None
    assert (chip.aid, chip.label) == (AID.hex().upper(), "TEST CREDIT")
    assert (chip.cryptogram, chip.cid, chip.atc) == ("1122334455667788", "40", "0007")
    assert (chip.tvr, chip.tsi) == (NO_ODA, "6800")
    assert (chip.cvm_results, chip.arc) == ("1F0002", "3030")


def test_what_goes_to_the_host() -> None:
    tape = Tape().begin().recall().first(NO_ODA)
    seen: list[GoOnline] = []

    def look(request: object) -> bool:
        if isinstance(request, GoOnline):
            seen.append(request)
        return isinstance(request, GoOnline)

    tape.add(look, APPROVED).second(NO_ODA, b"00").run()
    (request,) = seen
    tags = request.tags
    assert {
        tag: tags[tag].hex().upper()
        for tag in (
            0x82, 0x84, 0x4F, 0x95, 0x9A, 0x9B, 0x9C, 0x5F2A, 0x5F34, 0x9F02, 0x9F03, 0x9F09,
            0x9F10, 0x9F1A, 0x9F1E, 0x9F26, 0x9F27, 0x9F33, 0x9F34, 0x9F35, 0x9F36, 0x9F37, 0x9F41,
        )
    } == {
        0x82: "1800", 0x84: AID.hex().upper(), 0x4F: AID.hex().upper(), 0x95: NO_ODA,
        0x9A: "250511", 0x9B: "6800", 0x9C: "00", 0x5F2A: "0156", 0x5F34: "01",
        0x9F02: "000000001234", 0x9F03: "000000000000", 0x9F09: "0096", 0x9F10: "06010A03",
        0x9F1A: "0156", 0x9F1E: "3030303030303031", 0x9F26: "1122334455667788", 0x9F27: "80",
        0x9F33: "20F8C8", 0x9F34: "1F0002", 0x9F35: "21", 0x9F36: "0007",
        0x9F37: UN.hex().upper(), 0x9F41: "00000001",
    }  # fmt: skip
    assert 0x8A not in tags
    assert request.chip.cid == "80"
    assert request.pin is None
    assert PAN not in repr(request)


@pytest.mark.parametrize(
    ("answer", "arc", "reason"),
    [
        (DECLINED, b"05", Reason.HOST_DECLINED),
        (OnlineAnswer(Verdict.REFERRAL, "01", arc=b"01"), b"01", Reason.REFERRAL),
        (OnlineAnswer(Verdict.PARTIAL, "10", arc=b"10"), b"10", Reason.PARTIAL_NOT_ASKED),
        (OnlineAnswer(Verdict.DECLINED, "51"), b"51", Reason.HOST_DECLINED),
        (NotSent("no link"), b"Z3", Reason.NO_HOST),
        (NoAnswer("silence"), b"Z3", Reason.NO_ANSWER),
        (NoAnswer("bad MAC", garbled=True), b"Z3", Reason.BAD_ANSWER),
    ],
)
def test_everything_but_an_approval_asks_for_an_aac(
    answer: OnlineAnswer | NotSent | NoAnswer, arc: bytes, reason: Reason
) -> None:
    outcome = to_online().online(answer).second(NO_ODA, arc, ask=0x00).run()
    assert (outcome.decision, outcome.reason) == (Decision.DECLINED, reason)
    assert outcome.went_online
    assert outcome.chip is not None
    assert outcome.chip.arc == arc.hex().upper()


def test_card_declines_what_the_host_approved() -> None:
    outcome = to_online().online(APPROVED).second(NO_ODA, b"00", answer=cryptogram(0x00)).run()
    assert (outcome.decision, outcome.reason) == (Decision.DECLINED, Reason.CARD_DECLINED)
    assert outcome.went_online


@pytest.mark.parametrize(
    ("answer", "sw", "reason"),
    [
        (GONE, 0x9000, Reason.CARD_PULLED),
        (MUTE, 0x9000, Reason.CARD_ERROR),
        (b"", 0x6985, Reason.CARD_ERROR),
        (cryptogram(0x80), 0x9000, Reason.CARD_ERROR),
        (cryptogram(0xC0), 0x9000, Reason.CARD_ERROR),
        (b"\x77\x05\x9f", 0x9000, Reason.CARD_ERROR),
        (b"", 0x9000, Reason.CARD_ERROR),
        (t(0x80, "4000"), 0x9000, Reason.CARD_ERROR),
    ],
)
def test_card_fails_after_the_host_approved(answer: bytes, sw: int, reason: Reason) -> None:
    outcome = to_online().online(APPROVED).second(NO_ODA, b"00", answer=answer, sw=sw).run()
    assert (outcome.decision, outcome.reason) == (Decision.DECLINED, reason)
    assert outcome.went_online
    assert not outcome.fallback
    assert outcome.card is not None


def test_a_card_that_fails_after_a_host_decline_stays_declined_by_the_host() -> None:
    outcome = to_online().online(DECLINED).second(NO_ODA, b"05", ask=0x00, answer=GONE).run()
    assert (outcome.decision, outcome.reason) == (Decision.DECLINED, Reason.HOST_DECLINED)


def test_a_tc_where_an_aac_was_asked_for_approves_nothing() -> None:
    tape = to_online().online(DECLINED).second(NO_ODA, b"05", ask=0, answer=cryptogram(0x40))
    outcome = tape.run()
    assert (outcome.decision, outcome.reason) == (Decision.DECLINED, Reason.HOST_DECLINED)


def test_card_declines_offline() -> None:
    outcome = Tape().begin().recall().first(NO_ODA, answer=cryptogram(0x00)).run()
    assert (outcome.decision, outcome.reason) == (Decision.DECLINED, Reason.CARD_DECLINED)
    assert not outcome.went_online
    assert outcome.chip is not None
    assert (outcome.chip.arc, outcome.chip.tsi) == ("5A31", "6800")


def test_card_is_not_for_here() -> None:
    outcome = Tape().begin().recall().first(NO_ODA, answer=cryptogram(0x01)).run()
    assert (outcome.decision, outcome.reason) == (Decision.DECLINED, Reason.NOT_ACCEPTED)


@pytest.mark.parametrize(
    "answer",
    [
        cryptogram(0x40),
        cryptogram(0xC0),
        t(0x80, "80"),
        t(0x77, t(0x9F27, "80") + t(0x9F36, "0001")),
        t(0x77, t(0x9F27, "80") * 2 + t(0x9F36, "0001") + t(0x9F26, "1122334455667788")),
        t(0x80, "80" + "0001" + "1122334455667788" + "00" * 33),
        b"garbage",
        b"",
    ],
    ids=["higher", "unknown type", "short", "incomplete", "twice", "long", "garbage", "empty"],
)
def test_bad_answers_to_the_first_generate_ac(answer: bytes) -> None:
    outcome = Tape().begin().recall().first(NO_ODA, answer=answer).run()
    assert (outcome.decision, outcome.reason) == (Decision.ENDED, Reason.CARD_ERROR)
    assert not outcome.fallback
    assert outcome.card is not None


def test_format_1_answers() -> None:
    tape = Tape().begin().recall().first(NO_ODA, answer=cryptogram(0x80, template=0x80))
    tape.online(APPROVED).second(NO_ODA, b"00", answer=cryptogram(0x40, template=0x80, iad=""))
    outcome = tape.run()
    assert outcome.decision is Decision.APPROVED
    assert outcome.tags[0x9F36].hex() == "0007"


def offline(tape: Tape, tvr: str, cid: int) -> Tape:
    return tape.begin(x9F0F=bytes(5)).recall().first(tvr, ask=cid)


def test_approved_offline() -> None:
    outcome = offline(Tape(), "8000000000", 0x40).run(OFFLINE_CAPABLE)
    assert outcome.decision is Decision.APPROVED
    assert not outcome.went_online
    assert outcome.chip is not None
    assert outcome.chip.arc == "5931"


def test_without_leave_to_approve_offline_it_goes_online() -> None:
    rules = replace(OFFLINE_CAPABLE, offline_approval=False)
    tape = offline(Tape(), "8000000000", 0x80).online(APPROVED)
    assert tape.second("8000000000", b"00").run(rules).decision is Decision.APPROVED


def test_card_wants_the_issuer_where_a_tc_was_asked_for() -> None:
    tape = Tape().begin(x9F0F=bytes(5)).recall()
    tape.first("8000000000", ask=0x40, answer=cryptogram(0x80)).online(APPROVED)
    outcome = tape.second("8000000000", b"00").run(OFFLINE_CAPABLE)
    assert outcome.decision is Decision.APPROVED
    assert outcome.went_online


@pytest.mark.parametrize(
    ("default", "arc", "ask", "decision"),
    [
        (bytes(5), b"Y3", 0x40, Decision.APPROVED),
        (b"\x80\0\0\0\0", b"Z3", 0x00, Decision.DECLINED),
        (None, b"Z3", 0x00, Decision.DECLINED),
    ],
)
def test_unable_to_go_online_consults_the_default_action_codes(
    default: bytes | None, arc: bytes, ask: int, decision: Decision
) -> None:
    tape = Tape().begin(x9F0D=default).recall().first("8000000000").online(NotSent("no link"))
    assert tape.second("8000000000", arc, ask=ask).run(OFFLINE_CAPABLE).decision is decision


def test_an_online_only_terminal_that_is_cut_off_never_approves() -> None:
    rules = replace(OFFLINE_CAPABLE, terminal_type=0x21)
    tape = Tape().begin(x9F0D=bytes(5)).recall().first("8000000000").online(NotSent("no link"))
    outcome = tape.second("8000000000", b"Z3", ask=0x00).run(rules)
    assert (outcome.decision, outcome.reason) == (Decision.DECLINED, Reason.NO_HOST)


def test_no_answer_never_approves_even_where_the_default_codes_would() -> None:
    tape = Tape().begin(x9F0D=bytes(5)).recall().first("8000000000").online(NoAnswer("silence"))
    outcome = tape.second("8000000000", b"Z3", ask=0x00).run(OFFLINE_CAPABLE)
    assert (outcome.decision, outcome.reason) == (Decision.DECLINED, Reason.NO_ANSWER)


def test_denial_codes_ask_for_an_aac() -> None:
    tape = Tape().begin(x9F0E=b"\x80\0\0\0\0").recall().first(NO_ODA, ask=0x00)
    outcome = tape.run()
    assert (outcome.decision, outcome.reason) == (Decision.DECLINED, Reason.CARD_DECLINED)
    assert outcome.chip is not None
    assert outcome.chip.arc == "5A31"


@pytest.mark.parametrize("at", range(8))
@pytest.mark.parametrize("fault", [GONE, MUTE], ids=["pulled", "mute"])
def test_a_broken_card_at_each_command(at: int, fault: object) -> None:
    """Commands: 3 of the directory, SELECT, GPO, READ RECORD, and the two GENERATE AC."""
    tape = to_online().online(APPROVED).second(NO_ODA, b"00")
    commands = [n for n, s in enumerate(tape.steps) if type(s.expected).__name__ == "Transmit"]
    cut = tape.steps[: commands[at] + 1]
    cut[-1] = Step(cut[-1].expected, fault)
    outcome = Tape(cut).run()
    gone = fault is GONE
    assert outcome.reason is (Reason.CARD_PULLED if gone else Reason.CARD_ERROR)
    assert outcome.decision is (Decision.DECLINED if at == 7 else Decision.ENDED)
    assert outcome.went_online == (at == 7)
    assert outcome.fallback == (not gone and at < 5)
    assert (outcome.card is not None) == (at >= 6)
    assert (outcome.chip is not None) == (at >= 4)


def test_replay_refuses_the_unexpected_and_the_left_over() -> None:
    tape = to_online().online(APPROVED).second(NO_ODA, b"00")
    with pytest.raises(TranscriptError, match="after the last step: GoOnline"):
        Tape(tape.steps[:-2]).run()
    with pytest.raises(TranscriptError, match="1 steps left over, the next: Transmit 80AE4000"):
        Tape([*tape.steps, tape.steps[-1]]).run()
    with pytest.raises(TranscriptError, match="step 4: Transmit 00A40400 instead of Transmit 80AE"):
        Tape([*tape.steps[:3], *tape.steps[-1:]]).run()


def test_a_transcript_gives_the_same_outcome_twice() -> None:
    steps = to_online().online(APPROVED).second(NO_ODA, b"00").steps
    assert Tape(steps).run() == Tape(steps).run()


def test_no_application_for_a_terminal_without_any() -> None:
    tape = Tape().select(b"1PAY.SYS.DDF01", sw=0x6A82)
    outcome = replay(contact_kernel(tape.order, Rules(aids=(), ca_keys=())), tape.steps)
    assert (outcome.decision, outcome.reason) == (Decision.ENDED, Reason.NO_APPLICATION)
    assert outcome.fallback
