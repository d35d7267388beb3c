"""What the journal keeps of each card's visit."""

from __future__ import annotations

from pathlib import Path

from cardamom.engines.emv.notes import TsiSet, TvrSet
from cardamom.engines.emv.transcript import Answered, Exchange, Step, unpack
from cardamom.simulator.card.profile import load_profile
from cardamom.values.events import AnyEvent, CardResult, HostAnswer, Intent, Transcript
from support.clerk import concluded, play, sell, with_pin
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
