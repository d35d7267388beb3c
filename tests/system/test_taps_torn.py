"""Many sales by tap through the whole daemon, with cards that leave at any moment: real driver on a
simulated chip, real journal, acquirer. No hang, no stuck reader, and the ledger agrees."""

from __future__ import annotations

import os
import random
import time
from collections.abc import Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import closing
from pathlib import Path
from typing import Any, Final

import pytest

from cardamom.engines.emv.transcript import Exchange, unpack
from cardamom.simulator.agreement import disagreements
from cardamom.simulator.card.upset import Kind, Upset
from cardamom.simulator.rig import Rig, RigConfig
from cardamom.store.database import open_for_reading

LONG: Final = os.environ.get("HYPOTHESIS_PROFILE") == "fuzz"
SALES: Final = 1000 if LONG else 10
"""The whole thousand takes some ten minutes: under the profile `fuzz`."""
CARDS: Final = ("mchip", "mchip", "mchip-heavy", "visa", "unionpay")
LIMIT_S: Final = 30.0
"""For one sale; a hang, not a pace."""
HOLD_S, LIFTED_S = 1.0, 0.2
"""A card that was read and would not do counts again once the field was seen empty."""
GENERATE_AC: Final = {"mchip": 11, "mchip-heavy": 13}
"""Which command it is of a tap of the Kernel 2 card."""
LEAVES_S: Final = 0.12
"""By then a tap is over, more often than not."""


def exchanges(journal: Path) -> Iterator[Exchange]:
    """What was said to cards, of all transactions."""
    query = "SELECT json_extract(body, '$.steps') FROM events WHERE body LIKE '%Transcript%'"
    with open_for_reading(journal) as db, closing(db.execute(query)) as rows:
        for (steps,) in rows:
            if steps is not None:
                yield from (step for step in unpack(steps) if isinstance(step, Exchange))


class Counter:
    """Sales at one terminal, the cards' moves drawn by `seed`."""

    def __init__(self, rig: Rig, seed: int) -> None:
        assert rig.tapping is not None
        self.rig = rig
        self.hand = rig.tapping
        self.chance = random.Random(seed)
        self.left = self.torn = 0

    def sale(self, number: int) -> dict[str, Any]:
        amount = f"{10 + number // 100}.{number % 100:02d}"
        card = self.chance.choice(CARDS)
        with ThreadPoolExecutor(1) as pool:
            selling = pool.submit(self._sell, amount, f"storm-{number}")
            self.rig.sees("PresentCard")
            for _ in range(self.chance.choice((0, 1, 1, 2))):
                if not self._waits(selling):
                    break
                self._leaves(card)
            ends = time.monotonic() + LIMIT_S
            while self._waits(selling):
                assert time.monotonic() < ends, "no card is good enough"
                self.hand.insert(card)
                self._holds(selling)
                self.hand.remove()
                time.sleep(LIFTED_S)
            return selling.result(LIMIT_S)

    def _leaves(self, card: str) -> None:
        """At any moment; half of Kernel 2's as soon as they have made their cryptogram, which the
        terminal then knows nothing of."""
        torn = card in GENERATE_AC and self.chance.random() < 0.5
        self.hand.insert(card, upsets=(Upset(Kind.LOST, GENERATE_AC[card]),) if torn else ())
        ends = time.monotonic() + (HOLD_S if torn else self.chance.random() * LEAVES_S)
        while self.hand.holds and time.monotonic() < ends:
            time.sleep(0.001)
        self.torn += torn and not self.hand.holds
        self.hand.remove()
        self.left += 1

    def _holds(self, selling: Future[dict[str, Any]]) -> None:
        """Keeps the card there until it is read, or waits too long: it was read, and is to be
        lifted and held up again."""
        ends = time.monotonic() + HOLD_S
        while not selling.done() and self._asks() and time.monotonic() < ends:
            time.sleep(0.01)
        self.rig.until(lambda: selling.done() or self._asks(), "no outcome", LIMIT_S)

    def _sell(self, amount: str, reference: str) -> dict[str, Any]:
        sold: dict[str, Any] = self.rig.ask(op="sale", amount=amount, reference=reference)
        transaction: dict[str, Any] = sold["transaction"]
        return transaction

    def _asks(self) -> bool:
        return self.rig.screen() == "PresentCard"

    def _waits(self, selling: Future[dict[str, Any]]) -> bool:
        """Whether the card is still wanted, once the terminal knows."""
        self.rig.until(lambda: selling.done() or self._asks(), "neither asks nor ends", LIMIT_S)
        return not selling.done()


def arranged(settings: Path) -> None:
    """All of it in one batch."""
    text = settings.read_text("utf-8")
    settings.write_text(text.replace("[terminal]", "[terminal]\nbatch_limit = 5000", 1), "utf-8")


@pytest.mark.timeout(1800 if LONG else 120)
def test_cards_that_leave_cost_no_money(tmp_path: Path) -> None:
    config = RigConfig(
        tmp_path, "inprocess", "en", deadline_s=5, contactless=True, bring_keys=arranged
    )
    with Rig(config) as rig:
        counter = Counter(rig, seed=11)
        sold = [counter.sale(number) for number in range(SALES)]
        for each in sold:
            rig.printed(each["id"])
        told = rig.ask(op="transactions", limit=1000)["transactions"]
        assert disagreements(told, rig.ledger(), rig.slips) == []
        outcomes = [each["outcome"] for each in sold]
        assert outcomes.count("approved") > SALES * 0.8, outcomes
    recovered = sum(
        step.command[:4] == "80D0" and step.sw == 0x9000
        for step in exchanges(tmp_path / "journal.db")
    )
    print(
        f"{SALES} sales, {counter.left} cards left, {counter.torn} with their cryptogram, "
        f"{recovered} torn transactions recovered"
    )
    assert recovered or not LONG
