"""Does each slip tell the outcome that the journal has?"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any, Final

from cardamom.texts.slips import WORDS
from cardamom.values.money import Money
from cardamom.values.states import TAKEN, State

Row = Mapping[str, Any]

_APPROVED: Final = frozenset({"merchant", "customer"})
_HELD: Final = TAKEN | {State.ADVICE_REFUSED}
_MAY: Final = {
    State.DECLINED: frozenset({"declined", "unknown"}),
    State.REVERSED: frozenset({"unknown", "reversed", "parked"}),
    State.PARKED: frozenset({"unknown", "parked"}),
    State.CLOSED: _APPROVED | {"unknown", "parked"},
    State.WITHDRAWN: frozenset(),
}
"""Copies that may have been printed of a transaction that ended so; one whose outcome was unknown
for a while has a slip that says so."""
_MUST: Final = {State.DECLINED: frozenset({"declined"})}

_SAID: Final = {
    "unknown": ("unknown",),
    "parked": ("parked", "repeat_parked"),
    "reversed": ("reversed",),
    "declined": ("kinds_not_taken",),  # on paper its heading is a picture
    "approved": ("approved",),
}
"""What a slip says became of it, and the words for it (texts/slips.py). One that says that the
outcome is unknown may give the cause in the words of a later one."""
_SAYS: Final = {
    "unknown": frozenset(State) - {State.WITHDRAWN},
    "parked": frozenset({State.PARKED, State.CLOSED}),
    "reversed": frozenset({State.REVERSED, State.CLOSED}),
    "declined": frozenset({State.DECLINED}),
    "approved": _HELD | {State.CLOSED},
}


def slip_disagreements(records: Sequence[Row], folder: Path) -> list[str]:
    """What slips and journal do not agree in, a sentence each. `folder` is the printer's."""
    slips = [path.read_text("utf-8") for path in sorted(folder.glob("*.txt"))]
    by_line: dict[str, list[str]] = {}
    for slip in slips:
        for line in {_squeezed(line) for line in slip.splitlines()}:
            by_line.setdefault(line, []).append(slip)
    found: list[str] = []
    for record in records:
        found += _printed(record)
        if record["stan"]:
            found += _told(record, _of(record, by_line))
    return found


def _printed(record: Row) -> Iterator[str]:
    """The copies that the journal says are out are those of the record's state."""
    name, state = f"transaction {record['id']}", State(record["state"])
    printed = set(record["receipts_printed"])
    if record["receipts_owed"]:
        yield f"{name} still owes slips: {', '.join(record['receipts_owed'])}"
        return
    must = _APPROVED if state in _HELD else _MUST.get(state, frozenset())
    if record["entry"] is None:
        must = frozenset()
    if missing := must - printed:
        yield f"{name} is {state}, and these slips were not printed: {', '.join(sorted(missing))}"
    if state in (State.REVERSED, State.PARKED) and not printed:
        yield f"{name} is {state}, and no slip says so"
    may = _APPROVED | {"unknown"} if state in _HELD else _MAY.get(state, frozenset({"unknown"}))
    if wrong := printed - may:
        yield f"{name} is {state}, and these slips were printed: {', '.join(sorted(wrong))}"


def _told(record: Row, mine: Sequence[str]) -> Iterator[str]:
    """Each slip is there, with the amount, and tells nothing else than the journal."""
    name, state = f"transaction {record['id']}", State(record["state"])
    printed = record["receipts_printed"]
    # a slip that waited to say "unknown" says what became of it, in the place of two
    wanted = len(printed) - ("unknown" in printed and len(printed) > 1)
    if len(mine) < wanted:
        yield f"{name}: {len(mine)} slips carry its trace number, {len(printed)} were printed"
    if mine and not printed and not record["receipts_owed"]:
        yield f"{name}: {len(mine)} slips carry its trace number, the journal has none"
    amount = Money(int(record["amount"].replace(".", "")), record["currency"])
    said_so = {_outcome(slip) for slip in mine}
    for copy in ("reversed", "parked", "declined"):
        if copy in printed and copy not in said_so:
            yield f"{name}: the {copy} slip was printed, and none says it"
    for slip in mine:
        if amount.digits(grouped=True) not in slip:
            yield f"{name}: a slip lacks its amount"
        said = _outcome(slip)
        if said is None or state not in _SAYS[said]:
            yield f"{name} is {state}, and a slip says {said or 'nothing of its outcome'}"


def _of(record: Row, by_line: Mapping[str, list[str]]) -> list[str]:
    """A slip names its own numbers in a line of their own; those of an original differently."""
    labels = {_squeezed(words.batch_trace) for words in WORDS.values()}
    numbers = f"{record['batch']}/{record['stan']}"
    return [slip for label in labels for slip in by_line.get(label + numbers, ())]


def _outcome(slip: str) -> str | None:
    """In whichever language."""
    whole = _squeezed(slip)
    for said, names in _SAID.items():
        for words in WORDS.values():
            for name in names:
                found = getattr(words, name)
                phrases = found.values() if isinstance(found, dict) else (found,)
                if any(_squeezed(phrase) in whole for phrase in phrases):
                    return said
    return None


def _squeezed(text: str) -> str:
    """Without what layout adds."""
    return "".join(text.split())
