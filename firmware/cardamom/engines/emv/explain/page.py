"""An explained transaction as lines for people and as JSON with stable keys."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any, Final

from cardamom.engines.emv.explain.lines import as_json, lines
from cardamom.engines.emv.explain.objects import Node, value_node
from cardamom.engines.emv.explain.story import Story, places, tell
from cardamom.engines.emv.transcript import Step
from cardamom.texts.chip_bits import TVR
from cardamom.texts.explain import ADVICE, DONE, FINDINGS, HEAD, OUTCOMES, SAY, UNKNOWN
from cardamom.texts.reasons import REASONS
from cardamom.values.events import Reason
from cardamom.values.merchant import Language

APPROVED: Final = frozenset({"approved"})
OPEN: Final = frozenset({"unknown"})
LONGEST: Final = 64
"""Hex digits of a value that a page shows; a certificate tells a reader nothing."""


@dataclass(frozen=True, slots=True)
class Ending:
    """How it ended: one of texts.explain.OUTCOMES or an outcome's own word; why; the host's code.
    `checked` names the sentence that says how far this was checked."""

    outcome: str
    reason: Reason | None
    code: str | None
    checked: str
    detail: str = ""


@dataclass(frozen=True, slots=True)
class Explained:
    """`head`: facts of the transaction, name and value."""

    head: tuple[tuple[str, str], ...]
    story: Story
    ending: Ending
    language: Language

    @property
    def result(self) -> str:
        words = OUTCOMES.get(self.ending.outcome)
        said = words[self.language] if words else self.ending.outcome
        if self.ending.reason is not None:
            said += f": {REASONS[self.ending.reason][self.language]}"
        return f"{said} ({self.ending.code})" if self.ending.code else said

    @property
    def advice(self) -> list[str]:
        """What merchant or support should do."""
        if self.ending.outcome in APPROVED:
            return [DONE[self.language], *self._findings(((5, 5), (5, 6)))]
        if self.ending.outcome in OPEN:
            return [UNKNOWN[self.language]]
        said = []
        if self.ending.reason in ADVICE:
            said.append(ADVICE[self.ending.reason][self.language])
        said += self._findings(tuple(FINDINGS))
        return said or [ADVICE[Reason.CARD_ERROR][self.language]]

    def _findings(self, wanted: tuple[tuple[int, int], ...]) -> list[str]:
        found = [p for p in places(self.story.tvr, TVR.size) if p in wanted]
        return list(dict.fromkeys(FINDINGS[p][self.language] for p in found))

    @property
    def checked(self) -> str:
        said = SAY[self.ending.checked][self.language]
        return f"{said}: {self.ending.detail}" if self.ending.detail else said


def explain(
    steps: list[Step],
    ending: Ending,
    language: Language,
    head: tuple[tuple[str, str], ...] = (),
) -> Explained:
    """Never raises for what a transcript holds."""
    return Explained(head, tell(steps, language), ending, language)


def page(explained: Explained, *, objects: bool = True) -> Iterator[str]:
    """The whole story. `objects`: with each object that was exchanged."""
    language = explained.language
    for name, value in explained.head:
        words = HEAD.get(name)
        yield f"{words[language] if words else name}: {value}"
    yield explained.checked
    for part in explained.story.parts:
        yield ""
        yield f"{part.title} ({part.clause})"
        for event in part.events:
            yield from (f"  {line}" for line in event.lines)
            if objects:
                yield from lines(event.nodes, 2, longest=LONGEST)
    yield ""
    yield f"{SAY['result'][language]}: {explained.result}"
    yield from lines(_final(explained), 1)
    yield ""
    yield f"{SAY['do'][language]}:"
    yield from (f"  {line}" for line in explained.advice)


def as_object(explained: Explained) -> dict[str, Any]:
    """The same for scripts."""
    return {
        **dict(explained.head),
        "checked": explained.ending.checked,
        "detail": explained.ending.detail,
        "outcome": explained.ending.outcome,
        "reason": explained.ending.reason.value if explained.ending.reason else None,
        "response_code": explained.ending.code,
        "steps": [
            {
                "clause": part.clause,
                "title": part.title,
                "events": [
                    {
                        "lines": list(event.lines),
                        "objects": [as_json(node) for node in event.nodes],
                    }
                    for event in part.events
                ],
            }
            for part in explained.story.parts
        ],
        "results": [as_json(node) for node in _final(explained)],
        "advice": explained.advice,
    }


def _final(explained: Explained) -> list[Node]:
    story = explained.story
    return [
        value_node(0x95, f"{story.tvr & (1 << 40) - 1:010X}", explained.language),
        value_node(0x9B, f"{story.tsi & 0xFFFF:04X}", explained.language),
    ]
