"""Issuer scripts: when they run, what stops them, how their results are told."""

from __future__ import annotations

from dataclasses import replace

from hypothesis import given, settings
from hypothesis import strategies as st

from cardamom.engines.apdu import Reply
from cardamom.engines.emv.contact import contact_kernel
from cardamom.engines.emv.replay import drive
from cardamom.engines.emv.requests import Answer, Decision, GoOnline, Request, Transmit
from cardamom.values.events import Reason
from cardamom.values.online import NoAnswer, NotSent, OnlineAnswer
from support.conformance import case, rows
from support.emv import (
    APPROVED,
    DECLINED,
    GONE,
    MUTE,
    NO_ODA,
    ORDER,
    RULES,
    Tape,
    cryptogram,
    t,
)

UNBLOCK = "8424000008AABBCCDD11223344"
PUT = "04DA9F580901AABBCCDD11223344"
ID = "A1B2C3D4"
BEFORE_FAILED, AFTER_FAILED = "8000008020", "8000008010"


def script(tag: int, *commands: str, identifier: str | None = ID) -> bytes:
    body = b"" if identifier is None else t(0x9F18, identifier)
    return t(tag, body + b"".join(t(0x86, command) for command in commands))


def online(scripts: bytes, answer: OnlineAnswer = APPROVED) -> Tape:
    tape = Tape().begin("1800").recall().first(NO_ODA)
    return tape.online(replace(answer, scripts=scripts))


@case("Book 3, 10.10", "a script 71 of two commands and a 72 without identifier",
      "71 before the second GENERATE AC, 72 after; results 20 and 20, TSI 6C00")  # fmt: skip
def test_scripts_before_and_after() -> None:
    scripts = script(0x71, UNBLOCK, PUT) + script(0x72, PUT, identifier=None)
    outcome = online(scripts).apdu(UNBLOCK).apdu(PUT).second(NO_ODA, b"00").apdu(PUT).run()
    assert outcome.decision is Decision.APPROVED
    assert outcome.tags[0x9F5B].hex().upper() == "20" + ID + "20" + "00000000"
    assert outcome.tags[0x9B].hex() == "6c00"
    assert outcome.tags[0x95].hex() == NO_ODA


@case("Book 3, 10.10", "the host sends 72 before 71", "71 runs first all the same")
def test_whatever_the_order() -> None:
    scripts = script(0x72, PUT, identifier="00000072") + script(0x71, UNBLOCK)
    outcome = online(scripts).apdu(UNBLOCK).second(NO_ODA, b"00").apdu(PUT).run()
    assert outcome.tags[0x9F5B].hex().upper() == "20" + ID + "2000000072"


@case("Book 3, 10.10", "no scripts", "no results, TSI 6800")
def test_no_scripts() -> None:
    outcome = online(b"").second(NO_ODA, b"00").run()
    assert 0x9F5B not in outcome.tags
    assert outcome.tags[0x9B].hex() == "6800"


@rows(
    "Book 3, 10.10",
    "sws,result",
    ("both commands 9000", "20", (0x9000, 0x9000), "20"),
    ("a warning 62, then a warning 63", "20: warnings go on", (0x6200, 0x63C1), "20"),
    ("the first command 6985", "11, TVR 5.6, the second is not sent", (0x6985,), "11"),
    ("the second command 6A80", "12, TVR 5.6", (0x9000, 0x6A80), "12"),
    ("the first command 6D00", "11, TVR 5.6", (0x6D00,), "11"),
    ("the first command 6988: a wrong MAC", "11, TVR 5.6", (0x6988,), "11"),
)
def test_only_errors_stop_a_script(sws: tuple[int, ...], result: str) -> None:
    tape = online(script(0x71, UNBLOCK, PUT))
    for command, sw in zip((UNBLOCK, PUT), sws, strict=False):
        tape.apdu(command, sw=sw)
    outcome = tape.second(NO_ODA if result == "20" else BEFORE_FAILED, b"00").run()
    assert outcome.decision is Decision.APPROVED
    assert outcome.tags[0x9F5B].hex().upper() == result + ID
    assert outcome.tags[0x9B].hex() == "6c00"


@rows(
    "Book 4, A5",
    "commands,result",
    ("the 14th command fails", "1E", 14, "1E"),
    ("the 15th command fails", "1F", 15, "1F"),
    ("the 16th command fails", "1F: 15 or more", 16, "1F"),
)
def test_which_command_failed(commands: int, result: str) -> None:
    """Commands of four bytes, so that so many fit."""
    tape = online(script(0x71, *["84180000"] * commands))
    for number in range(1, commands + 1):
        tape.apdu("84180000", sw=0x6985 if number == commands else 0x9000)
    outcome = tape.second(BEFORE_FAILED, b"00").run()
    assert outcome.tags[0x9F5B].hex().upper() == result + ID


@case("Book 3, 10.10", "a script 71 that failed, then another", "11 and 20: the next one runs")
def test_the_next_script_runs_after_one_that_failed() -> None:
    scripts = script(0x71, UNBLOCK) + script(0x71, PUT, identifier="00000002")
    tape = online(scripts).apdu(UNBLOCK, sw=0x6985).apdu(PUT)
    outcome = tape.second(BEFORE_FAILED, b"00").run()
    assert outcome.tags[0x9F5B].hex().upper() == "11" + ID + "2000000002"


@case("Book 3, 10.10", "a script 72 that fails after the TC", "11, TVR 5.5, approved all the same")
def test_a_failed_script_after_the_decision_changes_nothing_but_the_tvr() -> None:
    outcome = online(script(0x72, PUT)).second(NO_ODA, b"00").apdu(PUT, sw=0x6A80).run()
    assert outcome.decision is Decision.APPROVED
    assert outcome.tags[0x95].hex() == AFTER_FAILED
    assert outcome.tags[0x9F5B].hex().upper() == "11" + ID


@rows(
    "Book 3, 10.10",
    "fault",
    ("the card pulled in a script 72", "12, approved all the same", GONE),
    ("the card mute in a script 72", "12, approved all the same", MUTE),
)
def test_broken_during_a_script_after_the_tc(fault: Exception) -> None:
    tape = online(script(0x72, PUT, UNBLOCK) + script(0x72, PUT, identifier="00000002"))
    tape.second(NO_ODA, b"00").apdu(PUT).apdu(UNBLOCK, fault)  # type: ignore[arg-type]
    outcome = tape.run()
    assert (outcome.decision, outcome.reason) == (Decision.APPROVED, None)
    assert outcome.tags[0x9F5B].hex().upper() == "12" + ID + "0000000002"


@case("Book 3, 10.10", "the card pulled in a script 71, a 72 to come",
      "11 and 00 not performed, declined: a reversal is owed")  # fmt: skip
def test_pulled_during_a_script_before_the_decision() -> None:
    scripts = script(0x71, PUT) + script(0x72, PUT, identifier="00000002")
    outcome = online(scripts).apdu(PUT, GONE).run()
    assert (outcome.decision, outcome.reason) == (Decision.DECLINED, Reason.CARD_PULLED)
    assert outcome.tags[0x9F5B].hex().upper() == "11" + ID + "0000000002"


@case("Book 3, 10.10", "the card fails at the second GENERATE AC, a 72 to come",
      "00 not performed, declined")  # fmt: skip
def test_never_reached() -> None:
    outcome = online(script(0x72, PUT)).second(NO_ODA, b"00", sw=0x6985).run()
    assert (outcome.decision, outcome.reason) == (Decision.DECLINED, Reason.CARD_ERROR)
    assert outcome.tags[0x9F5B].hex().upper() == "00" + ID


@case("Book 3, 10.10", "a script 72 after an AAC for an approval", "runs, declined")
def test_after_an_aac() -> None:
    tape = online(script(0x72, PUT)).second(NO_ODA, b"00", answer=cryptogram(0x00)).apdu(PUT)
    outcome = tape.run()
    assert outcome.decision is Decision.DECLINED
    assert outcome.tags[0x9F5B].hex().upper() == "20" + ID


@rows(
    "Book 3, 10.10",
    "template,commands",
    ("scripts 71 with a decline", "delivered, declined", 0x71, (UNBLOCK,)),
    ("scripts 72 with a decline", "delivered, declined", 0x72, (UNBLOCK, PUT)),
)
def test_scripts_of_a_decline_are_delivered(template: int, commands: tuple[str, ...]) -> None:
    tape = online(script(template, *commands), DECLINED)
    if template == 0x72:
        tape.second(NO_ODA, b"05", ask=0)
    for command in commands:
        tape.apdu(command)
    if template == 0x71:
        tape.second(NO_ODA, b"05", ask=0)
    outcome = tape.run()
    assert (outcome.decision, outcome.reason) == (Decision.DECLINED, Reason.HOST_DECLINED)
    assert outcome.tags[0x9F5B].hex().upper() == "20" + ID


@rows(
    "Book 3, 10.10",
    "scripts,results",
    ("a script cut off in a command", "00, TVR 5.6", t(0x71, "86"), "00" + "00000000"),
    ("a command of two bytes", "00, TVR 5.6, nothing sent", script(0x71, "8424"), "00" + ID),
    ("a command shorter than its Lc", "00, TVR 5.6, nothing sent",
     script(0x71, UNBLOCK, "8424000008AABB"), "00" + ID),
    ("a command longer than its Lc and Le", "00, TVR 5.6, nothing sent",
     script(0x71, "8424000001AABBCC"), "00" + ID),
    ("an Lc of zero with data", "00, TVR 5.6, nothing sent",
     script(0x71, "8424000000AA"), "00" + ID),
    ("a script without commands", "00, TVR 5.6", script(0x71), "00" + ID),
    ("an empty script", "00, TVR 5.6", t(0x71, ""), "0000000000"),
    ("an identifier of three bytes", "its script has none: 00",
     t(0x71, t(0x9F18, "010203")), "0000000000"),
    ("scripts that are no TLV", "no results, TVR 5.6", b"\x71\x7f\x00", None),
)  # fmt: skip
def test_scripts_that_cannot_be_read(scripts: bytes, results: str | None) -> None:
    outcome = online(scripts).second(BEFORE_FAILED, b"00").run()
    assert outcome.decision is Decision.APPROVED
    found = outcome.tags.get(0x9F5B)
    assert (found.hex().upper() if found else None) == results
    assert outcome.tags[0x9B].hex() == "6800"


@case("Book 3, 10.10", "commands of the four cases of ISO/IEC 7816-3", "sent as they are, 20")
def test_each_case_of_a_command() -> None:
    commands = ["84180000", "8418000000", "8424000002AABB", "8424000002AABB00"]
    tape = online(script(0x71, *commands))
    for command in commands:
        tape.apdu(command)
    assert tape.second(NO_ODA, b"00").run().tags[0x9F5B].hex().upper() == "20" + ID


def sized(tag: int, size: int, identifier: str) -> tuple[bytes, str]:
    """A script of this many bytes with its tag and length (two of them), of one command."""
    body = size - 2 - 7 - 2 - 5
    command = f"84240000{body:02X}" + "5A" * body
    made = script(tag, command, identifier=identifier)
    assert len(made) == size
    return made, command


@case("Book 3, 10.10", "one script of 128 bytes", "20")
def test_as_long_as_allowed() -> None:
    scripts, command = sized(0x71, 128, ID)
    outcome = online(scripts).apdu(command).second(NO_ODA, b"00").run()
    assert outcome.tags[0x9F5B].hex().upper() == "20" + ID


@case("Book 3, 10.10", "one script of 129 bytes", "00 not performed, TVR 5.6, TSI 6800")
def test_longer_than_allowed() -> None:
    scripts, _ = sized(0x71, 129, ID)
    outcome = online(scripts).second(BEFORE_FAILED, b"00").run()
    assert outcome.decision is Decision.APPROVED
    assert outcome.tags[0x9F5B].hex().upper() == "00" + ID
    assert outcome.tags[0x9B].hex() == "6800"


@case("Book 3, 10.10", "scripts 71 of 70 and 72 of 70 bytes",
      "20, then 00 not performed, TVR 5.5")  # fmt: skip
def test_together_longer_than_allowed() -> None:
    one, command = sized(0x71, 70, ID)
    other, _ = sized(0x72, 70, "00000002")
    outcome = online(one + other).apdu(command).second(NO_ODA, b"00").run()
    assert outcome.decision is Decision.APPROVED
    assert outcome.tags[0x95].hex() == AFTER_FAILED
    assert outcome.tags[0x9F5B].hex().upper() == "20" + ID + "0000000002"


@case("Book 3, 10.10", "scripts of 60, 80 and 60 bytes", "20, then 00 and 00: what is beyond 128")
def test_what_comes_behind_the_long_one() -> None:
    first, command = sized(0x71, 60, "00000001")
    long, _ = sized(0x71, 80, "00000002")
    last, _ = sized(0x71, 60, "00000003")
    outcome = online(first + long + last).apdu(command).second(BEFORE_FAILED, b"00").run()
    assert outcome.tags[0x9F5B].hex().upper() == "2000000001" + "0000000002" + "0000000003"


@case("Book 4, A5", "more scripts than the results can hold", "the first 19 are told")
def test_too_many_to_tell() -> None:
    outcome = online(script(0x71) * 40).second(BEFORE_FAILED, b"00").run()
    assert len(outcome.tags[0x9F5B]) == 19 * 5


@rows(
    "Book 3, 10.10",
    "answer",
    ("not sent", "no scripts, no results", NotSent("no link")),
    ("sent and not answered", "no scripts, no results", NoAnswer("silence")),
)
def test_no_answer_no_scripts(answer: NotSent | NoAnswer) -> None:
    tape = Tape().begin().recall().first(NO_ODA).online(answer).second(NO_ODA, b"Z3", ask=0)
    assert 0x9F5B not in tape.run().tags


@case("Book 4, 6.3.9", "results of scripts", "kept for the advice, reversal or upload to come")
def test_results_are_kept() -> None:
    outcome = online(script(0x71, UNBLOCK)).apdu(UNBLOCK).second(NO_ODA, b"00").run()
    assert outcome.chip is not None
    assert "9F5B0520" + ID in outcome.chip.icc


@given(st.binary(max_size=160) | st.lists(st.sampled_from([
    script(0x71, UNBLOCK), script(0x72, PUT), script(0x71), t(0x71, "86"), b"\x71", b"\0", b"\x9f",
])).map(b"".join), st.integers(0, 3))  # fmt: skip
@settings(deadline=None, max_examples=300)
def test_whatever_the_host_sends(scripts: bytes, sw: int) -> None:
    """What the issuer sends as scripts never breaks the payment it approved."""
    begun = Tape().begin("1800").recall().first(NO_ODA).steps
    after: list[bytes] = []

    def serve(request: Request) -> Answer:
        if begun:
            answer: Answer = begun.pop(0).answer
            assert not isinstance(answer, Exception)
            return answer
        if isinstance(request, GoOnline):
            return replace(APPROVED, scripts=scripts)
        assert isinstance(request, Transmit)
        after.append(request.apdu)
        if request.apdu[:2] == b"\x80\xae":
            return Reply(cryptogram(0x40), 0x9000)
        assert len(request.apdu) >= 4
        return Reply(b"", (0x9000, 0x6985, 0x6281, 0x6D00)[sw])

    outcome = drive(contact_kernel(ORDER, RULES), serve)
    assert outcome.decision is Decision.APPROVED
    assert sum(apdu[:2] == b"\x80\xae" for apdu in after) == 1
    results = outcome.tags.get(0x9F5B, b"")
    assert len(results) % 5 == 0
    assert all(results[at] in range(0x21) for at in range(0, len(results), 5))
