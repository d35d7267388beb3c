"""What the journal keeps of each card's visit."""

from __future__ import annotations

from pathlib import Path

from cardamom.engines.apdu import Reply
from cardamom.engines.emv.notes import StartedAgain, TsiSet, TvrSet
from cardamom.engines.emv.requests import Transmit
from cardamom.engines.emv.transcript import Answered, Exchange, Step, unpack
from cardamom.flows.tape import TRIES, Tape
from cardamom.simulator.card.profile import load_profile
from cardamom.values.events import AnyEvent, CardResult, HostAnswer, Intent, Reason, Transcript
from cardamom.values.keys import Key
from cardamom.values.screens import NotCompleted, PresentCard
from cardamom.values.states import State
from support.clerk import AMOUNT, concluded, play, sell, with_pin
from support.hand_taps import TapShop
from support.shop import Shop


def steps_of(events: list[AnyEvent]) -> list[Step]:
    return [step for e in events if isinstance(e, Transcript) for step in unpack(e.steps)]


def test_a_sale_keeps_its_transcript_in_the_commits_of_intent_and_outcome(tmp_path: Path) -> None:
    async def script(shop: Shop) -> None:
        await sell(shop, "debit")
        await with_pin(shop)
        record = await concluded(shop, 1)
        events = list(await shop.journal.events(1))
        kinds = [type(e) for e in events]
        assert kinds.count(Transcript) == 2
        assert kinds.index(Transcript) == kinds.index(Intent) - 1
        assert kinds.index(HostAnswer) < kinds.index(CardResult)
        assert kinds[kinds.index(CardResult) - 1] is Transcript
        steps = steps_of(events)
        exchanges = [s for s in steps if isinstance(s, Exchange)]
        assert exchanges[0].command.startswith("00A40400")
        assert [s.command[2:4] for s in exchanges].count("AE") == 2
        assert any(isinstance(s, Answered) for s in steps)
        tvr = sum(s.bits for s in steps if isinstance(s, TvrSet))
        tsi = sum(s.bits for s in steps if isinstance(s, TsiSet))
        assert record.chip is not None
        assert f"{tvr:010X} {tsi:04X}" == f"{record.chip.tvr} {record.chip.tsi}"

    play(tmp_path, script)


def test_the_journal_file_never_holds_the_number(tmp_path: Path) -> None:
    async def script(shop: Shop) -> None:
        await sell(shop, "debit")
        await with_pin(shop)
        await concluded(shop, 1)
        told = repr(steps_of(list(await shop.journal.events(1))))
        (application,) = load_profile("debit").applications
        number = application.card_number
        assert number.reveal() not in told
        assert number.masked in told

    play(tmp_path, script)


def test_a_card_that_ends_early_leaves_its_transcript_too(tmp_path: Path) -> None:
    async def script(shop: Shop) -> None:
        await sell(shop, "blocked")
        await concluded(shop, 1)
        steps = steps_of(list(await shop.journal.events(1)))
        assert [s.sw for s in steps if isinstance(s, Exchange)][-1] == 0x6283

    play(tmp_path, script)


def commands_of(steps: list[Step]) -> list[str]:
    return [s.command[:4] for s in steps if isinstance(s, Exchange)]


def test_what_was_tried_before_is_kept_with_the_card_that_paid(tmp_path: Path) -> None:
    """A tap that could not be used, then the same sale by chip."""

    async def script(s: Shop) -> None:
        assert isinstance(s, TapShop)
        s.types("1234")
        await s.sees(PresentCard)
        refused = s.tap("visa", options_sw="6A80")
        await s.shows(PresentCard(AMOUNT, ("tap", "insert"), Reason.CARD_ERROR))
        s.insert("no-cvm")
        await concluded(s, 1)
        steps = steps_of(list(await s.journal.events(1)))
        (again,) = (n for n, step in enumerate(steps) if step == StartedAgain(update=False))
        before, after = commands_of(steps[:again]), commands_of(steps[again:])
        assert before == [command[:2].hex().upper() for command in refused.sent]
        assert after.count("80AE") == 2

    play(tmp_path, script, TapShop)


def test_a_sale_that_is_given_up_keeps_what_its_cards_said(tmp_path: Path) -> None:
    async def script(s: Shop) -> None:
        assert isinstance(s, TapShop)
        s.types("1234")
        await s.sees(PresentCard)
        s.tap("visa", options_sw="6A80")
        await s.shows(PresentCard(AMOUNT, ("tap", "insert"), Reason.CARD_ERROR))
        s.keypad.press(Key.CANCEL)
        await s.sees(NotCompleted)
        record = await s.journal.get(1)
        assert record is not None
        assert (record.state, record.reason) == (State.WITHDRAWN, Reason.CANCELLED)
        steps = steps_of(list(await s.journal.events(1)))
        assert commands_of(steps) == ["00A4", "00A4", "80A8"]
        assert StartedAgain(update=False) not in steps, "nobody came again"

    play(tmp_path, script, TapShop)


def test_of_many_tries_the_last_are_kept() -> None:
    tape = Tape()
    for number in range(TRIES + 3):
        tape.again()
        tape.answered(Transmit(bytes((0, 0xB2, number, 0x0C, 0))), Reply(b"", 0x6A83, 1))
    steps = tape.take()
    kept = [step.command[4:6] for step in steps if isinstance(step, Exchange)]
    assert kept == [f"{number:02X}" for number in range(2, TRIES + 3)]
    assert not isinstance(steps[0], StartedAgain)
