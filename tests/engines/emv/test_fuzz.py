"""Whatever a card answers, the kernel ends in an Outcome, and never approves without a TC."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from cardamom.engines import tlv
from cardamom.engines.apdu import Reply
from cardamom.engines.emv.contact import contact_kernel
from cardamom.engines.emv.replay import drive
from cardamom.engines.emv.requests import (
    Answer,
    CardHistory,
    Choose,
    Decision,
    EnterPin,
    GoOnline,
    Outcome,
    Random,
    Recall,
    Request,
    Transmit,
)
from cardamom.engines.emv.rules import Rules
from cardamom.faults import CardFault
from cardamom.values.online import NoAnswer, NotSent, OnlineAnswer
from cardamom.values.secret import Pin
from support.emv import (
    AID,
    APPROVED,
    GONE,
    MUTE,
    OFFLINE_CAPABLE,
    ORDER,
    PAN,
    UN,
    adf_fci,
    cryptogram,
    default_objects,
    entry,
    pse_fci,
    t,
)
from support.emv_rsa import ca_key, icc_certificate, issuer_certificate, pair, signed_dynamic

CA, ISSUER, ICC = pair(1408), pair(1152), pair(1024)
RULES = replace(OFFLINE_CAPABLE, ca_keys=(ca_key(CA),))
SCRIPTS = t(0x71, t(0x86, "8424000000")) + t(0x72, t(0x86, "8424000000"))
ANSWER = replace(APPROVED, issuer_auth=bytes(8), scripts=SCRIPTS)


def record() -> bytes:
    issuer, issuer_rest = issuer_certificate(CA, ISSUER)
    icc, icc_rest = icc_certificate(ISSUER, ICC, b"", pan=PAN)
    objects = default_objects() | {
        0x8E: bytes.fromhex("00000000000000000100"),
        0x8F: b"\x94",
        0x90: issuer,
        0x92: issuer_rest,
        0x9F32: b"\x03",
        0x9F46: icc,
        0x9F48: icc_rest,
        0x9F47: b"\x03",
        0x9F14: b"\x12",
        0x9F23: b"\x34",
    }
    return t(0x70, b"".join(t(*item) for item in objects.items()))


ANSWERS = {
    "00A404000E": pse_fci(),
    "00B2010C": t(0x70, entry()),
    "00A4040007": adf_fci(AID, t(0x9F38, "9F3704")),
    "80A80000": t(0x77, t(0x82, "3C00") + t(0x94, "10010100")),
    "00B20114": record(),
    "00880000": t(0x77, t(0x9F4B, signed_dynamic(ICC, UN))),
    "80CA9F17": t(0x9F17, "03"),
    "00200080": b"",
    "80CA9F36": t(0x9F36, "0007"),
    "80CA9F13": t(0x9F13, "0003"),
    "80AE8000": cryptogram(0x80),
    "80AE4000": cryptogram(0x40),
    "80AE0000": cryptogram(0x00),
    "00820000": b"",
    "84240000": b"",
}


def good_card(command: bytes) -> Reply:
    text = command.hex().upper()
    for head, data in ANSWERS.items():
        if text.startswith(head):
            return Reply(data, 0x9000)
    return Reply(b"", 0x6A83)


def asked_for_tc(replies: list[tuple[bytes, Reply]]) -> bool:
    """The last answer to a GENERATE AC for a TC is one, read here without the kernel's parser."""
    for command, reply in reversed(replies):
        if command[:2] == b"\x80\xae":
            if command[2] != 0x40 or reply.sw != 0x9000:
                return False
            ((template, body),) = tlv.items(reply.data)
            cid = body if template == 0x80 else dict(tlv.items(body))[0x9F27]
            return cid[0] & 0xC0 == 0x40
    return False


def play(
    card: Callable[[int, bytes], Reply],
    answer: OnlineAnswer | NotSent | NoAnswer = ANSWER,
    rules: Rules = RULES,
) -> tuple[Outcome, list[tuple[bytes, Reply]]]:
    replies: list[tuple[bytes, Reply]] = []

    def serve(request: Request) -> Answer:
        match request:
            case Transmit(apdu):
                assert len(replies) < 400
                reply = card(len(replies), apdu)
                replies.append((apdu, reply))
                return reply
            case Random(size):
                return (UN * size)[:size]
            case Recall():
                return CardHistory()
            case Choose(among):
                return among[0]
            case EnterPin():
                return Pin(b"1234")
            case GoOnline():
                return answer

    return drive(contact_kernel(ORDER, rules), serve), replies


def test_untouched_the_card_is_approved() -> None:
    outcome, replies = play(lambda _, command: good_card(command))
    assert outcome.decision is Decision.APPROVED
    assert outcome.tags[0x95].hex() == "0000000000"
    assert outcome.tags[0x9B].hex() == "e800"
    assert asked_for_tc(replies)


def test_untouched_and_online() -> None:
    rules = replace(RULES, offline_approval=False)
    outcome, replies = play(lambda _, command: good_card(command), rules=rules)
    assert outcome.decision is Decision.APPROVED
    assert outcome.tags[0x9B].hex() == "fc00"
    assert len(replies) == 16


Mangle = Callable[[Reply], Reply | CardFault]


def flipped(at: int, bit: int) -> Mangle:
    def mangle(reply: Reply) -> Reply:
        data = bytearray(reply.data)
        if data:
            data[at % len(data)] ^= 1 << bit
        return Reply(bytes(data), reply.sw)

    return mangle


def cut(at: int) -> Mangle:
    return lambda reply: Reply(reply.data[: at % (len(reply.data) + 1)], reply.sw)


def spliced(at: int, junk: bytes) -> Mangle:
    def mangle(reply: Reply) -> Reply:
        cut_at = at % (len(reply.data) + 1)
        return Reply(reply.data[:cut_at] + junk + reply.data[cut_at:], reply.sw)

    return mangle


def fixed(reply: Reply | CardFault) -> Mangle:
    return lambda _: reply


STATUS = st.sampled_from([0x9000, 0x6283, 0x6300, 0x63C1, 0x6983, 0x6985, 0x6A81, 0x6A82, 0x6A83])
MANGLES = st.one_of(
    st.builds(flipped, st.integers(0, 600), st.integers(0, 7)),
    st.builds(cut, st.integers(0, 600)),
    st.builds(spliced, st.integers(0, 600), st.binary(min_size=1, max_size=12)),
    st.builds(fixed, st.builds(Reply, st.binary(max_size=60), STATUS)),
    st.builds(fixed, st.sampled_from([GONE, MUTE])),
)
HOST = st.sampled_from([ANSWER, NotSent("no link"), NoAnswer("silence")])


@given(plan=st.dictionaries(st.integers(0, 18), MANGLES, min_size=1, max_size=3), answer=HOST,
       offline=st.booleans())  # fmt: skip
@settings(max_examples=400, deadline=None)
def test_a_mangled_transcript(
    plan: dict[int, Mangle], answer: OnlineAnswer | NotSent | NoAnswer, offline: bool
) -> None:
    def card(number: int, command: bytes) -> Reply:
        reply = good_card(command)
        mangled = plan[number](reply) if number in plan else reply
        if isinstance(mangled, CardFault):
            raise mangled
        return mangled

    outcome, replies = play(card, answer, replace(RULES, offline_approval=offline))
    if outcome.decision is Decision.APPROVED:
        assert outcome.reason is None
        assert asked_for_tc([r for r in replies if r[0][:2] == b"\x80\xae"])
        assert not isinstance(answer, NoAnswer) or not outcome.went_online
    else:
        assert outcome.reason is not None
    assert not (outcome.fallback and outcome.went_online)


@given(data=st.data())
@settings(max_examples=150, deadline=None)
def test_a_card_of_pure_noise(data: st.DataObject) -> None:
    def card(_: int, __: bytes) -> Reply:
        return data.draw(st.builds(Reply, st.binary(max_size=40), STATUS))

    outcome, replies = play(card)
    assert outcome.decision is Decision.ENDED or asked_for_tc(replies)


@given(scripts=st.binary(max_size=60), arc=st.binary(max_size=4), auth=st.binary(max_size=20))
@settings(max_examples=100, deadline=None)
def test_whatever_the_host_sends(scripts: bytes, arc: bytes, auth: bytes) -> None:
    answer = replace(APPROVED, scripts=scripts, arc=arc, issuer_auth=auth)
    rules = replace(RULES, offline_approval=False)
    outcome, _ = play(lambda _, command: good_card(command), answer, rules)
    assert outcome.decision is Decision.APPROVED


@pytest.mark.parametrize("at", range(16))
def test_silence_at_each_command_keeps_the_reason(at: int) -> None:
    def card(number: int, command: bytes) -> Reply:
        if number == at:
            raise GONE
        return good_card(command)

    outcome, _ = play(card, rules=replace(RULES, offline_approval=False))
    assert outcome.decision is not Decision.APPROVED or at == 15
