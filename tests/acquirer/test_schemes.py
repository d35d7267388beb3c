"""Every scheme of keys between the link and a host that computes its own side."""

from __future__ import annotations

import asyncio
from dataclasses import replace

import msgspec
import pytest

from cardamom.engines.iso8583.codec import Message
from cardamom.engines.iso8583.profile import Keys, Profile
from cardamom.engines.keys.dukpt import advance, initial_key, load
from cardamom.engines.keys.working import Scheme, WorkingKeys
from cardamom.values.online import Late, NoAnswer, NotSent, OnlineAnswer, OnlineRequest
from cardamom.values.secret import Key, PinBlock
from support.acquirer import PIN, PROFILE, payment
from support.stage import SIGN_ON, Act, Speaker, Stage, answer, answering, playing

AES_MASTER = Key(bytes(range(32)))
KSN = {Scheme.DUKPT_TDES: "FFFF9876543210E00000"}
DUKPT = [scheme for scheme in Scheme if scheme.dukpt]


def profile(scheme: Scheme, delivery: str = "tr31") -> Profile:
    rule = msgspec.convert({"scheme": scheme.value, "delivery": delivery}, Keys)
    return msgspec.structs.replace(PROFILE, keys=rule)


class Injected:
    """Implements ports.TransactionKeys: a new key for each request."""

    def __init__(self, scheme: Scheme, base: Key) -> None:
        ksn = bytes.fromhex(KSN.get(scheme, "123456789012345600000000"))
        self._state = load(scheme, initial_key(scheme, base, ksn), ksn)
        self._keys: dict[str, WorkingKeys] = {}

    def next(self) -> str:
        self._state, ksn, keys = advance(self._state)
        self._keys[ksn.hex().upper()] = keys
        return ksn.hex().upper()

    def take(self, ksn: str) -> WorkingKeys | None:
        return self._keys.pop(ksn, None)


def under(ksn: str, stan: int = 42) -> OnlineRequest:
    request = payment(stan=stan)
    return replace(request, record=msgspec.structs.replace(request.record, ksn=ksn))


def injected(scheme: Scheme, *script: Act) -> tuple[Stage, Injected]:
    """A host with a base key, and the terminal's keys from it."""
    base = Key(bytes(range(16)))
    stage = Stage(profile(scheme), *script)
    stage.base = base
    return stage, Injected(scheme, base)


def reading(pins: list[bytes]) -> Act:
    """Approves, and deciphers the PIN as an issuer would."""

    def act(speaker: Speaker, question: Message) -> None:
        named = question.get(62) or ""
        block = question.get(52) or named.partition("PB")[2][3:]
        pin = speaker.working().read_pin(PinBlock(bytes.fromhex(block)), payment().card.pan)
        pins.append(pin.reveal())
        speaker.say(answer(question))

    return act


@pytest.mark.parametrize(
    ("scheme", "delivery"),
    [
        (Scheme.X9_19, "tr31"),
        (Scheme.UNIONPAY, "tr31"),
        (Scheme.UNIONPAY, "unionpay"),
        (Scheme.CMAC, "tr31"),
    ],
)
def test_session_keys(scheme: Scheme, delivery: str) -> None:
    pins: list[bytes] = []
    stage = Stage(profile(scheme, delivery), reading(pins))
    if scheme is Scheme.CMAC:
        stage.master = AES_MASTER

    async def go() -> None:
        async with playing(stage, master_key=stage.master) as link:
            assert isinstance(await link.request(payment()), OnlineAnswer)

    asyncio.run(go())
    assert pins == [PIN.reveal()]
    assert [h.sealed for h in stage.heard] == [False, True]


@pytest.mark.parametrize("scheme", DUKPT)
def test_a_key_for_each_message(scheme: Scheme) -> None:
    pins: list[bytes] = []
    stage, keys = injected(scheme, reading(pins), reading(pins))

    async def go() -> None:
        async with playing(stage, keys=keys) as link:
            for stan in (41, 42):
                assert isinstance(await link.request(under(keys.next(), stan)), OnlineAnswer)

    asyncio.run(go())
    assert pins == [PIN.reveal()] * 2
    assert [(h.code, h.sealed) for h in stage.heard] == [
        (SIGN_ON, False),
        (None, True),
        (None, True),
    ]


def test_no_key_serves_twice() -> None:
    stage, keys = injected(Scheme.DUKPT_TDES)

    async def go() -> None:
        async with playing(stage, keys=keys) as link:
            ksn = keys.next()
            assert isinstance(await link.request(under(ksn, 41)), OnlineAnswer)
            assert isinstance(await link.request(under(ksn, 42)), NotSent)
            assert isinstance(await link.request(under("", 43)), NotSent)

    asyncio.run(go())
    assert stage.payments == ["000041"]


def test_a_refused_mac_is_no_answer_where_the_key_is_spent() -> None:
    stage, keys = injected(Scheme.DUKPT_TDES, answering("A0"))

    async def go() -> None:
        async with playing(stage, keys=keys) as link:
            result = await link.request(under(keys.next(), 41))
            assert isinstance(result, NoAnswer)
            assert result.garbled
            assert isinstance(await link.request(under(keys.next(), 42)), OnlineAnswer)

    asyncio.run(go())
    assert stage.payments == ["000041", "000042"]
    assert stage.said(SIGN_ON) == 1


@pytest.mark.parametrize("scheme", DUKPT)
def test_a_late_answer_is_held_to_the_key_of_its_own_question(scheme: Scheme) -> None:
    heard: list[Late] = []
    past: list[WorkingKeys] = []

    def first(speaker: Speaker, _question: Message) -> None:
        past.append(speaker.working())

    def second(speaker: Speaker, question: Message) -> None:
        late = answer(question, "00", f11="000041")
        speaker.say(late)  # under the key of the second question
        speaker.say(late, mac=past[0].answer_mac)
        speaker.say(answer(question, "51"))

    stage, keys = injected(scheme, first, second)

    async def go() -> None:
        async with playing(stage, keys=keys, deadline_s=0.3, late=heard.append) as link:
            assert isinstance(await link.request(under(keys.next(), 41)), NoAnswer)
            result = await link.request(under(keys.next(), 42))
            assert isinstance(result, OnlineAnswer)
            assert result.code == "51"

    asyncio.run(go())
    assert [late.stan for late in heard] == [41]


def test_an_answer_that_no_known_key_could_seal_is_not_believed() -> None:
    heard: list[Late] = []

    def stranger(speaker: Speaker, question: Message) -> None:
        for sealed in (True, False):
            speaker.say(answer(question, "00", f11="000077"), sealed=sealed)
        speaker.say(answer(question, "51"))

    stage, keys = injected(Scheme.DUKPT_TDES, stranger)

    async def go() -> None:
        async with playing(stage, keys=keys, late=heard.append) as link:
            assert isinstance(await link.request(under(keys.next(), 41)), OnlineAnswer)

    asyncio.run(go())
    assert heard == []


def test_a_late_answer_under_the_keys_of_before_a_sign_on_is_believed() -> None:
    heard: list[Late] = []
    past: list[WorkingKeys] = []

    def first(speaker: Speaker, _question: Message) -> None:
        past.append(speaker.working())

    def second(speaker: Speaker, question: Message) -> None:
        speaker.say(answer(question, "A0"))

    def third(speaker: Speaker, question: Message) -> None:
        speaker.say(answer(question, f11="000041"), mac=past[0].answer_mac)
        speaker.say(answer(question, "51"))

    stage = Stage(PROFILE, first, second, third)

    async def go() -> None:
        async with playing(stage, deadline_s=0.5, late=heard.append) as link:
            assert isinstance(await link.request(payment(stan=41)), NoAnswer)
            assert isinstance(await link.request(payment(stan=42)), OnlineAnswer)

    asyncio.run(go())
    assert [late.stan for late in heard] == [41]
    assert stage.said(SIGN_ON) == 2
