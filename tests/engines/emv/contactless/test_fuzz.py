"""Whatever a card answers, a tap ends in an outcome, and never in an approval that the card gave no
cryptogram for."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from cardamom.engines import tlv
from cardamom.engines.apdu import Reply
from cardamom.engines.emv.contactless.combinations import requested_kernel
from cardamom.engines.emv.requests import Decision
from cardamom.faults import CardFault
from cardamom.values.online import NoAnswer, NotSent, OnlineAnswer
from support.emv import APPROVED, GONE, MUTE
from support.tapped import ALONE, ONLINE, TapCounter, tapped

NAMES = ("visa-offline", "visa", "mchip", "unionpay", "three", "visa-phone", "mchip-phone")
STATUS = st.sampled_from([0x9000, 0x6283, 0x6300, 0x6700, 0x6984, 0x6985, 0x6986, 0x6A81, 0x6A82])
Spoil = Callable[[Reply], Reply]


def flipped(at: int, bit: int) -> Spoil:
    def spoil(reply: Reply) -> Reply:
        data = bytearray(reply.data)
        if data:
            data[at % len(data)] ^= 1 << bit
        return Reply(bytes(data), reply.sw, reply.took_us)

    return spoil


def cut(at: int) -> Spoil:
    return lambda reply: Reply(reply.data[: at % (len(reply.data) + 1)], reply.sw, reply.took_us)


def spliced(at: int, junk: bytes) -> Spoil:
    def spoil(reply: Reply) -> Reply:
        place = at % (len(reply.data) + 1)
        return Reply(reply.data[:place] + junk + reply.data[place:], reply.sw, reply.took_us)

    return spoil


def without(tag: int) -> Spoil:
    """An object of the template left out."""

    def spoil(reply: Reply) -> Reply:
        try:
            ((outer, body),) = tlv.items(reply.data)
            left = tlv.encode_all((t, v) for t, v in tlv.items(body) if t != tag)
        except (tlv.TlvError, ValueError):
            return reply
        return Reply(tlv.encode(outer, left), reply.sw, reply.took_us)

    return spoil


def fixed(reply: Reply | CardFault) -> Spoil:
    def spoil(_: Reply) -> Reply:
        if isinstance(reply, CardFault):
            raise reply
        return reply

    return spoil


SPOILS = st.one_of(
    st.builds(flipped, st.integers(0, 300), st.integers(0, 7)),
    st.builds(cut, st.integers(0, 300)),
    st.builds(spliced, st.integers(0, 300), st.binary(min_size=1, max_size=12)),
    st.builds(without, st.sampled_from([0x82, 0x94, 0x57, 0x5A, 0x8C, 0x90, 0x9F26, 0x9F27,
                                        0x9F36, 0x9F4B, 0x9F69, 0x9F6C])),
    st.builds(fixed, st.builds(Reply, st.binary(max_size=60), STATUS, st.integers(0, 100_000))),
    st.builds(fixed, st.sampled_from([GONE, MUTE])),
)  # fmt: skip


def last_cryptogram(replies: list[Reply]) -> int | None:
    """The type that the last answer with a CID has, read here without the kernels' parsers."""
    for reply in reversed(replies):
        if reply.sw != 0x9000:
            continue
        try:
            ((template, body),) = tlv.items(reply.data)
            if template == 0x80 and len(body) >= 11:
                return body[0] & 0xC0
            found = dict(tlv.items(body)) if template == 0x77 else {}
        except (tlv.TlvError, ValueError):
            continue
        if found.get(0x9F27):
            return found[0x9F27][0] & 0xC0
        if 0x9F10 in found and 0x9F26 in found and len(found[0x9F10]) >= 5:
            return (found[0x9F10][4] & 0x30) << 2
    return None


@given(
    name=st.sampled_from(NAMES),
    plan=st.dictionaries(st.integers(0, 14), SPOILS, min_size=1, max_size=3),
    answer=st.sampled_from([APPROVED, NotSent("no link"), NoAnswer("silence")]),
    alone=st.booleans(),
    amount=st.sampled_from([0, 100, 1234, 6000, 20_000, 99_999]),
)
@settings(max_examples=500, deadline=None)
def test_a_mangled_tap(
    name: str,
    plan: dict[int, Spoil],
    answer: OnlineAnswer | NotSent | NoAnswer,
    alone: bool,
    amount: int,
) -> None:
    def mangle(number: int, _: bytes, reply: Reply) -> Reply:
        return plan[number](reply) if number in plan else reply

    counter = TapCounter(lambda _: answer, mangle=mangle)
    outcome = counter.sale(tapped(name), amount, ALONE if alone else ONLINE).outcome
    if outcome.decision is Decision.APPROVED:
        assert outcome.reason is None
        given_by_card = last_cryptogram(counter.replies)
        if outcome.went_online:
            assert answer is APPROVED
            assert given_by_card in (0x40, 0x80)
        else:
            assert alone
            assert given_by_card == 0x40
    else:
        assert outcome.reason is not None
    assert not (outcome.fallback and outcome.went_online)


@given(data=st.data())
@settings(max_examples=200, deadline=None)
def test_a_card_of_pure_noise(data: st.DataObject) -> None:
    def mangle(_: int, __: bytes, ___: Reply) -> Reply:
        return data.draw(st.builds(Reply, st.binary(max_size=40), STATUS))

    outcome = TapCounter(mangle=mangle).sale(tapped("visa"), rules=ALONE).outcome
    assert outcome.decision is Decision.ENDED


@given(entries=st.binary(max_size=80))
@settings(max_examples=200, deadline=None)
def test_any_directory(entries: bytes) -> None:
    body = tlv.encode(0xBF0C, entries)
    directory = tlv.encode(0x6F, tlv.encode(0x84, b"2PAY.SYS.DDF01") + tlv.encode(0xA5, body))

    def mangle(number: int, _: bytes, reply: Reply) -> Reply:
        return Reply(directory, 0x9000) if number == 0 else reply

    outcome = TapCounter(mangle=mangle).sale(tapped("visa")).outcome
    assert outcome.decision is Decision.ENDED


@given(aid=st.binary(max_size=20), identifier=st.binary(max_size=10))
def test_any_kernel_identifier(aid: bytes, identifier: bytes) -> None:
    asked = requested_kernel(aid, identifier)
    assert asked is None or 0 <= asked <= 0xFFFFFF


@pytest.mark.parametrize("name", NAMES)
@pytest.mark.parametrize("at", range(12))
def test_silence_at_each_command_is_no_approval(name: str, at: int) -> None:
    def mangle(number: int, _: bytes, reply: Reply) -> Reply:
        if number >= at:
            raise MUTE
        return reply

    counter = TapCounter(lambda _: APPROVED, mangle=mangle)
    outcome = counter.sale(tapped(name), rules=ALONE).outcome
    assert outcome.decision is not Decision.APPROVED or at >= len(counter.replies)
    assert counter.taps <= 5
