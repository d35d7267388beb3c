"""What is heard late, twice or under the wrong keys, and what the link makes of it."""

from __future__ import annotations

import asyncio
from collections.abc import Callable

import msgspec
import pytest

from cardamom.acquirer.keys import HeldKeys
from cardamom.acquirer.link import Link
from cardamom.engines.iso8583.codec import Message
from cardamom.engines.iso8583.profile import Switches
from cardamom.engines.keys.session import SessionKeys
from cardamom.faults import JournalFault
from cardamom.values.events import Verdict
from cardamom.values.health import Condition
from cardamom.values.online import Late, NoAnswer, NotSent, OnlineAnswer, OnlineResult
from support.acquirer import PROFILE, link_to, payment, running, until
from support.stage import (
    ECHO,
    SIGN_ON,
    Act,
    Speaker,
    Stage,
    answer,
    answering,
    network_answer,
    playing,
    silent,
    staged,
    wrong_mac,
)

SHORT_S = 0.3


def asked(
    stage: Stage,
    *stans: int,
    late: Callable[[Late], None] = lambda _late: None,
    deadline_s: float = SHORT_S,
) -> list[OnlineResult]:
    """Payments one after another on one link."""

    async def go() -> list[OnlineResult]:
        async with playing(stage, late=late, deadline_s=deadline_s) as link:
            return [await link.request(payment(stan=stan)) for stan in stans]

    return asyncio.run(go())


def codes(results: list[OnlineResult]) -> list[str | None]:
    """Field 39 of each; None where no answer came."""
    return [r.code if isinstance(r, OnlineAnswer) else None for r in results]


def both(kept: list[Message]) -> tuple[Act, Act]:
    """The first question waits; its approval comes before the decline of the second."""

    def second(speaker: Speaker, question: Message) -> None:
        speaker.say(answer(kept[0], "00", f37="123456789012", f38="ABC123"))
        speaker.say(answer(question, "51"))

    return lambda _speaker, question: kept.append(question), second


def test_a_late_answer_is_handed_on_and_is_nobody_s() -> None:
    heard: list[Late] = []
    stage = Stage(PROFILE, *both([]))
    first, second = asked(stage, 41, 42, late=heard.append)
    assert isinstance(first, NoAnswer)
    assert not first.garbled
    assert isinstance(second, OnlineAnswer)
    assert second.code == "51"
    assert heard == [
        Late(
            mti="0210",
            stan=41,
            terminal_id="10000001",
            code="00",
            verdict=Verdict.APPROVED,
            amount_minor=1234,
            rrn="123456789012",
            auth_code="ABC123",
        )
    ]


def test_what_follows_a_timeout_goes_the_same_way_behind_it() -> None:
    stage = Stage(PROFILE, silent)
    assert codes(asked(stage, 41, 42)) == [None, "00"]
    assert stage.payments == ["000041", "000042"]
    assert stage.connections == 1


def test_an_answer_that_comes_twice_is_late_the_second_time() -> None:
    def twice(speaker: Speaker, question: Message) -> None:
        speaker.say(answer(question, "51"))
        speaker.say(answer(question, "00"))

    heard: list[Late] = []
    stage = Stage(PROFILE, twice)
    assert codes(asked(stage, 41, 42, late=heard.append)) == ["51", "00"]
    assert [(late.stan, late.code) for late in heard] == [(41, "00")]


@pytest.mark.parametrize("change", [{"f11": "000040"}, {"f41": "20000002"}])
def test_another_s_approval_is_not_taken(change: dict[str, str]) -> None:
    heard: list[Late] = []
    stage = Stage(PROFILE, answering("00", **change))
    assert codes(asked(stage, 41, late=heard.append)) == [None]
    assert len(heard) == 1


def test_a_late_answer_with_a_wrong_mac_is_only_counted(
    caplog: pytest.LogCaptureFixture,
) -> None:
    caplog.set_level("INFO", "cardamom")

    def second(speaker: Speaker, question: Message) -> None:
        speaker.say(answer(question, "00", f11="000041"), mac=lambda _: bytes(8))
        speaker.say(answer(question, "00", f11="000041"), sealed=False)
        speaker.say(answer(question, "51"))

    heard: list[Late] = []
    stage = Stage(PROFILE, silent, second)
    assert codes(asked(stage, 41, 42, late=heard.append)) == [None, "51"]
    assert heard == []
    assert [r.message for r in caplog.records].count("answer_mac_wrong") == 2
    assert stage.said(SIGN_ON) == 1


def test_two_silences_in_a_row_end_the_connection() -> None:
    async def go() -> None:
        stage = Stage(PROFILE, silent, silent)
        async with playing(stage, deadline_s=SHORT_S, first_wait_s=0.01) as link:
            for stan in (41, 42):
                assert isinstance(await link.request(payment(stan=stan)), NoAnswer)
            await until(lambda: stage.connections == 2 and link.state().usable)
            assert isinstance(await link.request(payment(stan=43)), OnlineAnswer)

    asyncio.run(go())


def test_a_late_answer_shows_that_the_line_is_well() -> None:
    def second(speaker: Speaker, question: Message) -> None:
        speaker.say(answer(question, f11="000041"))

    stage = Stage(PROFILE, silent, second, silent)
    assert codes(asked(stage, 41, 42, 43)) == [None, None, None]
    assert stage.connections == 1


def test_a_silence_and_then_an_unanswered_echo_end_the_connection() -> None:
    async def go() -> None:
        stage = Stage(PROFILE, silent)
        stage.network[ECHO].append(silent)
        times = {"echo_after_s": 0.1, "echo_answer_s": 0.1, "first_wait_s": 0.01}
        async with playing(stage, deadline_s=0.1, **times) as link:
            assert isinstance(await link.request(payment(stan=41)), NoAnswer)
            await until(lambda: stage.connections == 2)

    asyncio.run(go())


def test_a_late_echo_is_no_late_payment() -> None:
    heard: list[Late] = []

    def mixed(speaker: Speaker, question: Message) -> None:
        echo = {n: v for n, v in question.fields.items() if n in (7, 11, 12, 13, 24, 41, 42)}
        speaker.say(Message("0810", {**echo, 39: "00", 70: ECHO}))
        speaker.say(Message("0800", {**echo, 70: ECHO}))
        speaker.say(answer(question, "51"))

    assert codes(asked(Stage(PROFILE, mixed), 41, late=heard.append)) == ["51"]
    assert heard == []


def test_a_wrong_mac_is_no_answer_and_one_sign_on_comes_next() -> None:
    stage = Stage(PROFILE, wrong_mac())
    first, second = asked(stage, 41, 42)
    assert isinstance(first, NoAnswer)
    assert first.garbled
    assert codes([second]) == ["00"]
    assert [h.code or h.stan for h in stage.heard] == [SIGN_ON, "000041", SIGN_ON, "000042"]
    assert [h.sealed for h in stage.heard] == [False, True, False, True]
    assert stage.connections == 1


def test_a_refused_mac_leads_to_new_keys_and_the_same_once_more() -> None:
    stage = Stage(PROFILE, answering("A0"))
    assert codes(asked(stage, 41)) == ["00"]
    assert [h.code or h.stan for h in stage.heard] == [SIGN_ON, "000041", SIGN_ON, "000041"]
    assert [h.sealed for h in stage.heard] == [False, True, False, True]


def test_a_host_that_lost_our_keys_cannot_seal_its_refusal() -> None:
    stage = Stage(PROFILE, lambda s, q: s.say(answer(q, "A0"), sealed=False))
    assert codes(asked(stage, 41)) == ["00"]


def test_an_approval_without_a_mac_is_none() -> None:
    stage = Stage(PROFILE, lambda s, q: s.say(answer(q, "00"), sealed=False))
    (result,) = asked(stage, 41)
    assert isinstance(result, NoAnswer)
    assert result.garbled


def test_a_mac_refused_twice_is_no_answer() -> None:
    stage = Stage(PROFILE, answering("A0"), answering("A0"))
    first, second = asked(stage, 41, 42)
    assert isinstance(first, NoAnswer)
    assert first.garbled
    assert codes([second]) == ["00"]
    assert [h.code or h.stan for h in stage.heard] == [
        SIGN_ON, "000041", SIGN_ON, "000041", SIGN_ON, "000042",
    ]  # fmt: skip


def test_a_sign_on_that_fails_after_a_refused_mac_is_no_answer() -> None:
    async def go() -> None:
        stage = Stage(PROFILE, answering("A0"))
        stage.network[SIGN_ON] = [Speaker.sign_on, lambda s, q: s.say(network_answer(q, "58"))]
        async with playing(stage, first_wait_s=0.01) as link:
            result = await link.request(payment(stan=41))
            assert isinstance(result, NoAnswer)
            assert "refuses the sign-on with code 58" in result.why
            await until(lambda: stage.connections == 2 and link.state().usable)
            assert codes([await link.request(payment(stan=42))]) == ["00"]

    asyncio.run(go())


def test_a_sign_on_that_fails_before_a_request_sends_nothing() -> None:
    async def go() -> None:
        stage = Stage(PROFILE, wrong_mac())
        stage.network[SIGN_ON] = [Speaker.sign_on, lambda s, q: s.say(network_answer(q, "58"))]
        async with playing(stage) as link:
            assert isinstance(await link.request(payment(stan=41)), NoAnswer)
            assert isinstance(await link.request(payment(stan=42)), NotSent)
        assert stage.payments == ["000041"]

    asyncio.run(go())


def test_without_macs_the_code_is_one_like_others() -> None:
    switches = Switches(sign_on=False, mac=False, pin_key=False, echo=False)
    stage = Stage(msgspec.structs.replace(PROFILE, switches=switches), answering("A0"))

    async def go() -> OnlineResult:
        async with playing(stage) as link:
            return await link.request(payment(None))

    assert codes([asyncio.run(go())]) == ["A0"]
    assert len(stage.heard) == 1


def test_an_echo_under_wrong_keys_leads_to_a_sign_on() -> None:
    async def go() -> None:
        stage = Stage(PROFILE)
        stage.network[ECHO] = [lambda s, q: s.say(network_answer(q, "A0"))]
        async with playing(stage, echo_after_s=0.05):
            await until(lambda: stage.said(SIGN_ON) == 2 and stage.said(ECHO) > 1)
        assert stage.connections == 1

    asyncio.run(go())


class Ledger(HeldKeys):
    """A store that fails when told to."""

    def __init__(self) -> None:
        super().__init__()
        self.full = False
        self.times = 0

    async def keep(self, keys: SessionKeys) -> None:
        if self.full:
            raise JournalFault("the disk is full: make room")
        self.times += 1
        await super().keep(keys)


def test_keys_are_kept_before_they_are_used() -> None:
    async def go() -> None:
        store, stage = Ledger(), Stage(PROFILE, wrong_mac())
        async with playing(stage, store=store) as link:
            assert store.times == 1
            assert await store.kept() == stage.keys
            await link.request(payment(stan=41))
            old, store.full = await store.kept(), True
            result = await link.request(payment(stan=42))
            assert isinstance(result, NotSent)
            assert "the disk is full" in result.why
            assert await store.kept() == old
        assert stage.payments == ["000041"]

    asyncio.run(go())


def test_a_line_lost_before_the_second_try_still_owes_the_first() -> None:
    class Slow(HeldKeys):
        """The second time it is as slow as the line takes to break."""

        times = 0

        async def keep(self, keys: SessionKeys) -> None:
            await super().keep(keys)
            self.times += 1
            if self.times == 2:
                stage.speakers[0].writer.transport.abort()
                await until(lambda: not links[0].state().usable)

    stage = Stage(PROFILE, answering("A0"))
    links: list[Link] = []

    async def go() -> OnlineResult:
        async with playing(stage, store=Slow()) as link:
            links.append(link)
            return await link.request(payment(stan=41))

    result = asyncio.run(go())
    assert isinstance(result, NoAnswer)
    assert stage.payments == ["000041"]


def test_keys_that_do_not_hold_replace_none() -> None:
    def forged(speaker: Speaker, question: Message) -> None:
        blocks = "PK080B0080P0TE00N0000" + "0" * 59
        speaker.say(network_answer(question, f62=blocks), sealed=False)

    async def go() -> None:
        store, stage = Ledger(), Stage(PROFILE, wrong_mac())
        stage.network[SIGN_ON] = [Speaker.sign_on, forged]
        async with playing(stage, store=store) as link:
            await link.request(payment(stan=41))
            old = await store.kept()
            result = await link.request(payment(stan=42))
            assert isinstance(result, NotSent)
            assert "session keys are refused" in result.why
            assert await store.kept() == old

    asyncio.run(go())


def test_a_store_that_fails_is_named_where_the_link_comes_up() -> None:
    async def go() -> str:
        store = Ledger()
        store.full = True
        async with staged(Stage(PROFILE)) as stage:
            link = link_to(stage.port, store=store)
            async with running(link):
                await until(lambda: link.state().condition is Condition.FAULT)
                return link.state().detail

    assert asyncio.run(go()) == "the disk is full: make room"
