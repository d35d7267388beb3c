"""The page that draws the states table. `python -m cardamom.values.diagram > docs/states.md`."""

from __future__ import annotations

import sys

from cardamom.values.states import MONEY_OPEN, OWES, TABLE, UNFINISHED, State, Step

_HEAD = """# States of a transaction

Drawn from the one table in `firmware/cardamom/values/states.py`:
`python -m cardamom.values.diagram > docs/states.md`. An arrow is a step, carried by a journal
event; a step without an arrow is refused and nothing is written.
"""

_LEGEND = """
| state | who holds it | what people are told | owes |
| --- | --- | --- | --- |
"""


def page() -> str:
    """The page as Markdown, with a Mermaid state diagram."""
    return _HEAD + "\n```mermaid\n" + diagram() + "```\n" + _LEGEND + "".join(_rows())


def diagram() -> str:
    """The table as a Mermaid state diagram; steps between the same two states share an arrow."""
    arrows: dict[tuple[State | None, State], list[Step]] = {}
    for (state, step), to in TABLE.items():
        arrows.setdefault((state, to), []).append(step)
    lines = ["stateDiagram-v2"]
    lines += [
        f"    {_name(state)} --> {to.value}: {', '.join(step.value for step in steps)}"
        for (state, to), steps in arrows.items()
    ]
    lines += [f"    {state.value} --> [*]" for state in State if final(state)]
    return "\n".join(lines) + "\n"


def final(state: State) -> bool:
    """No step leads out of it."""
    return all(to is state for (origin, _), to in TABLE.items() if origin is state)


def _name(state: State | None) -> str:
    return "[*]" if state is None else state.value


def _rows() -> list[str]:
    return [
        f"| `{state.value}` "
        f"| {'a running flow; a restart moves it on' if state in UNFINISHED else 'the journal'} "
        f"| {'outcome unknown' if state in MONEY_OPEN else 'the outcome'} "
        f"| {OWES[state].value if state in OWES else ''} |\n"
        for state in State
    ]


if __name__ == "__main__":
    sys.stdout.write(page())
