"""The field: which cards are in it, what they hear, what comes back."""

from __future__ import annotations

import random
import threading
import time
from typing import Final

from cardamom.engines.isodep.steps import Heard, Missed
from cardamom.simulator.pn532.picc import Gone, InField
from cardamom.simulator.pn532.times import CRC, Pace
from cardamom.values.contactless import Tech

REQUEST_A: Final = 1
"""REQA has 7 bits, ATQA two bytes, both without CRC."""


class Radio:
    """Cards may be put in and taken out from any thread. `noise`: the chance that a frame, either
    way, is spoilt."""

    def __init__(self, pace: Pace, *, noise: float = 0.0, seed: int = 0) -> None:
        self.pace = pace
        self.noise = noise
        self.on = False
        self._random = random.Random(seed)  # noqa: S311 it makes noise
        self._lock = threading.Lock()
        self._cards: list[InField] = []
        self._left: dict[int, int] = {}
        """By card: bytes until it leaves."""

    def put(self, card: InField) -> None:
        """Into the field."""
        with self._lock:
            card.power_off()
            self._cards.append(card)

    def take(self, card: InField) -> None:
        """Out of it; nothing where it is not in."""
        with self._lock:
            if card in self._cards:
                self._cards.remove(card)
                self._left.pop(id(card), None)
        card.power_off()

    def tear(self, card: InField, after: int) -> None:
        """The card leaves with the radio's byte number `after` from now on, CRC counted."""
        self._left[id(card)] = after

    def holds(self, card: InField) -> bool:
        return card in self._cards

    def switch(self, *, on: bool) -> None:
        if self.on and not on:
            for card in self.cards():
                card.power_off()
        self.on = on

    def cards(self) -> list[InField]:
        with self._lock:
            return list(self._cards)

    def request(self, tech: Tech, *, wake: bool) -> list[tuple[InField, bytes]]:
        """REQA, WUPA, REQB or WUPB: who answers, and what."""
        self.pace.air(tech, REQUEST_A - CRC if tech is Tech.A else 3)
        self.pace.turn(tech)
        found = [
            (card, said)
            for card in self.cards()
            if card.tech is tech and (said := self._within(card, 3, card.request(wake=wake)))
        ]
        if found:
            self.pace.air(tech, 0 if tech is Tech.A else len(found[0][1]))
        return found

    def choose(self, chosen: InField, among: list[InField]) -> None:
        """Type A's anticollision and selection, each level's frames counted."""
        levels = 1 if len(chosen.uid) == 4 else 2 if len(chosen.uid) == 7 else 3
        for _ in range(levels):
            for size in (0, 3, 7, 1):  # ANTICOLLISION and UID part without CRC, SELECT, SAK
                self.pace.air(Tech.A, size)
            self.pace.turn(Tech.A)
            self.pace.turn(Tech.A)
        for card in among:
            card.select(chosen=card is chosen)

    def exchange(self, frame: bytes, tech: Tech, speeds: tuple[int, int] = (0, 0)) -> Heard:
        """One frame and what is heard of its answer. A frame at a bit rate that the card does not
        listen at is not heard."""
        if not self.on:
            return Missed.SILENCE
        self.pace.air(tech, len(frame), speeds[0])
        if self._spoilt():
            return Missed.SILENCE
        answers: list[Heard] = []
        for card in self.cards():
            if card.tech is tech and getattr(card, "rates", speeds) == speeds:
                said = self._hear(card, frame)
                if said is not None:
                    answers.append(said)
        if not answers:
            return Missed.SILENCE
        self.pace.turn(tech)
        if len(answers) > 1 or isinstance(answers[0], Missed) or self._spoilt():
            return Missed.GARBLED
        self.pace.air(tech, len(answers[0]), speeds[1])
        return answers[0]

    def _hear(self, card: InField, frame: bytes) -> Heard | None:
        if not self._within(card, len(frame) + CRC, b"\1"):
            return None
        began, ran = time.perf_counter_ns(), getattr(card, "commands", 0)
        try:
            said = card.hear(frame)
        except Gone:
            self.take(card)
            return None
        if said is None:
            return None
        self.pace.card(began, commands=getattr(card, "commands", 0) - ran)
        if not self._within(card, len(said) + CRC, b"\1"):
            return Missed.GARBLED
        return said

    def _within(self, card: InField, size: int, said: bytes | None) -> bytes | None:
        """`said`, unless the card leaves within so many bytes."""
        left = self._left.get(id(card))
        if left is None or said is None:
            return said
        if left < size:
            self.take(card)
            return None
        self._left[id(card)] = left - size
        return said

    def _spoilt(self) -> bool:
        return self.noise > 0 and self._random.random() < self.noise
