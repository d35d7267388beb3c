"""The story of a transcript: each step with its clause, each bit with its rule, each object by
name."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from typing import Final

from cardamom.engines.emv.explain.commands import Commands
from cardamom.engines.emv.explain.objects import Node
from cardamom.engines.emv.explain.values import cvm_rule
from cardamom.engines.emv.masking import MAX_NUMBER
from cardamom.engines.emv.notes import (
    Compared,
    CvmTried,
    Forgotten,
    NotAgain,
    StartedAgain,
    TsiSet,
    TvrCleared,
    TvrSet,
    Unproven,
)
from cardamom.engines.emv.transcript import (
    Answered,
    Broke,
    Chosen,
    Drawn,
    Exchange,
    PinAsked,
    Recalled,
    Step,
    Unanswered,
    Unsent,
)
from cardamom.texts.chip_bits import TSI, TVR, Coded
from cardamom.texts.explain import (
    CODE_NAMES,
    CVM_TRIES,
    PIN_ANSWERS,
    SAY,
    STEPS,
    TSI_RULES,
    TVR_RULES,
    VERDICTS,
)
from cardamom.texts.proofs import proof_words
from cardamom.texts.reasons import reason_words
from cardamom.values.events import Reason
from cardamom.values.merchant import Language

ICC_DATA_MISSING: Final = (1, 6)


@dataclass(frozen=True, slots=True)
class Event:
    """One thing that happened, in lines, and the objects that were exchanged in it."""

    lines: tuple[str, ...]
    nodes: tuple[Node, ...] = ()


@dataclass(frozen=True, slots=True)
class Part:
    """One step: its clause, its name, what happened."""

    clause: str
    title: str
    events: list[Event] = field(default_factory=list)

    def add(self, *lines: str, nodes: Iterable[Node] = ()) -> None:
        self.events.append(Event(lines, tuple(nodes)))


@dataclass(slots=True)
class Story:
    """All steps, and what TVR and TSI were at the end."""

    parts: list[Part] = field(default_factory=list)
    tvr: int = 0
    tsi: int = 0


def tell(steps: Iterable[Step], language: Language) -> Story:
    """The story. Never raises for what a transcript holds."""
    teller = _Teller(language)
    for step in steps:
        teller.take(step)
    return teller.story


def places(value: int, size: int) -> Iterator[tuple[int, int]]:
    """Byte and bit of each that is set."""
    for byte in range(1, size + 1):
        for bit in range(8, 0, -1):
            if value >> (8 * (size - byte) + bit - 1) & 1:
                yield byte, bit


def named(coded: Coded, place: tuple[int, int], language: Language) -> str:
    """A bit as `byte.bit name`."""
    found = next((row for row in coded.rows if row[:2] == place), None)
    name = "?" if found is None else found[3] if language is Language.ZH else found[2]
    return f"{place[0]}.{place[1]} {name}"


class _Teller:
    def __init__(self, language: Language) -> None:
        self.story = Story()
        self._language = language
        self._commands = Commands(language)

    def _say(self, key: str) -> str:
        return SAY[key][self._language]

    def _part(self, clause: str) -> Part:
        """The part of this clause: the one that is under way, or a new one."""
        parts = self.story.parts
        if not parts or parts[-1].clause != clause:
            parts.append(Part(clause, STEPS[clause][self._language]))
        return parts[-1]

    def _current(self) -> Part:
        return self.story.parts[-1] if self.story.parts else self._part("Book 1, 12.3")

    def take(self, step: Step) -> None:
        match step:
            case Exchange():
                told = self._commands.tell(step)
                self._part(told.clause).add(*told.lines, nodes=told.nodes)
            case TvrSet(bits):
                self.story.tvr |= bits
                for place in places(bits, TVR.size):
                    self._set(place)
            case TvrCleared(bits):
                self.story.tvr &= ~bits
                for place in places(bits, TVR.size):
                    said = f"{self._say('cleared')} {named(TVR, place, self._language)}"
                    self._current().add(said)
            case TsiSet(bits):
                self.story.tsi |= bits
                for place in places(bits, TSI.size):
                    clause = TSI_RULES.get(place)
                    part = self._part(clause) if clause else self._current()
                    said = f"{self._say('tsi')} {named(TSI, place, self._language)}"
                    part.add(said)
            case Forgotten() | StartedAgain() | NotAgain():
                self._anew(step)
            case CvmTried(code, condition, result):
                rule = cvm_rule(code, condition, self._language)
                said = f"{rule} -> {CVM_TRIES[result][self._language]}"
                self._part("Book 3, 10.5").add(said)
            case Unproven(why):
                self._part("Book 3, 10.3").add(
                    f"{self._say('why')}: {proof_words(why, self._language)}"
                )
            case Compared():
                self._part("Book 3, 10.7").add(*self._compared(step))
            case _:
                self._people_and_host(step)

    def _anew(self, step: Forgotten | StartedAgain | NotAgain) -> None:
        if isinstance(step, NotAgain):
            self._part("Book B, 3.2").add(f"{self._say('not_again')}: {self._reason(step.why)}")
            return
        update = isinstance(step, StartedAgain) and step.update
        if not update:
            self.story.tvr = self.story.tsi = 0
        self._commands.forget()
        if isinstance(step, Forgotten):
            self._part("Book 1, 12.4").add(self._say("forgotten"))
        else:
            self._part("Book B, 3.2").add(self._say("update" if update else "again"))

    def _reason(self, why: str) -> str:
        known = why in {reason.value for reason in Reason}
        return reason_words(Reason(why), None, self._language) if known else why

    def _set(self, place: tuple[int, int]) -> None:
        rule = TVR_RULES.get(place)
        said = f"{self._say('set')} {named(TVR, place, self._language)}"
        if rule is not None:
            said += f": {rule.words[self._language]} ({rule.clause})"
        known = rule is not None and rule.clause in STEPS and place != ICC_DATA_MISSING
        part = self._part(rule.clause) if rule is not None and known else self._current()
        part.add(said)

    def _compared(self, step: Compared) -> Iterator[str]:
        name = CODE_NAMES[step.codes][self._language]
        yield (
            f"{name}: TVR {step.tvr:010X}, TAC {step.terminal:010X}, IAC {step.issuer:010X}: "
            + (self._say("matches") if step.matched else self._say("no_match"))
        )
        for place in places(step.matched, TVR.size):
            by = [
                code
                for code, bits in (("TAC", step.terminal), ("IAC", step.issuer))
                if place in places(bits, TVR.size)
            ]
            yield f"  {named(TVR, place, self._language)} ({', '.join(by)})"

    def _people_and_host(self, step: Step) -> None:
        match step:
            case Drawn(data):
                hidden = len(data) > 2 * MAX_NUMBER
                said = f"{len(data) // 2} B {self._say('hidden')}" if hidden else data
                self._current().add(f"{self._say('random')}: {said}")
            case Recalled(spent, listed):
                part = self._part("Book 3, 10.6")
                part.add(f"{self._say('spent')}: {spent}")
                part.add(self._say("listed" if listed else "not_listed"))
            case Chosen(offered, place):
                chosen = place is not None and 0 <= place < len(offered)
                said = f"{self._say('chosen')}: {offered[place or 0]}" if chosen else ""
                self._part("Book 1, 12.4").add(said or self._say("cancel"))
            case PinAsked(_, tries, answer):
                part = self._part("Book 3, 10.5")
                if tries is not None:
                    part.add(f"{self._say('tries')}: {tries}")
                part.add(PIN_ANSWERS[answer.value][self._language])
            case Answered(verdict, code, _, auth, scripts):
                part = self._part("Book 3, 10.9")
                said = f"{self._say('host')}: {code} ({VERDICTS[verdict][self._language]})"
                part.add(said, nodes=self._commands.named(0x91, auth) if auth else ())
                if scripts:
                    said = f"{self._say('scripts')}: {len(scripts) // 2} B"
                    part.add(said, nodes=self._commands.chain(scripts))
            case Unsent(why):
                self._part("Book 3, 10.9").add(f"{self._say('not_sent')}: {why}")
            case Unanswered(why):
                self._part("Book 3, 10.9").add(f"{self._say('no_answer')}: {why}")
            case Broke(command, gone):
                said = self._say("pulled" if gone else "mute")
                where = f" ({self._say('command')} {command[:8]})" if command else ""
                self._current().add(said + where)


def last_cryptogram(steps: Sequence[Step]) -> int | None:
    """The type of the last cryptogram that the card gave, bits 8-7 of its CID; None for none."""
    commands = Commands(Language.EN)
    found = None
    for step in steps:
        if isinstance(step, Exchange):
            commands.tell(step)
            found = commands.given if commands.given is not None else found
    return found
