"""The page of the log's events. `python -m cardamom.texts.events_page > docs/events.md`."""

from __future__ import annotations

import re
import sys
from typing import Final

from cardamom.happenings import HAPPENINGS, LEVELS, NAMED
from cardamom.texts.happenings_en import EN

HEAD: Final = """# Events

Every event of the log. Generated from `firmware/cardamom/happenings.py` and its words:
`python -m cardamom.texts.events_page > docs/events.md`. `cardamom logs --explain` puts the same
sentences beside the lines, in Chinese with `--lang zh`.

On an installed terminal each is an entry of systemd's journal with the fields `EVENT`, `STEP`,
`DEVICE`, `TXN` and `STAN` where it has them, and `CARDAMOM_WHY`, `CARDAMOM_CODE` ... for the fields
below: `journalctl TXN=17` and `journalctl EVENT=no_answer -o json` find them without this firmware.
An error adds `CARDAMOM_EXCEPTION`, its type, and `CARDAMOM_AT`, where it was raised; its text
never.

A card number, track data, PIN or key is in none of them: their types are refused by the log, and a
number in a library's sentence that could be a card's is hidden.
"""


def page() -> str:
    """The page as Markdown, a table a step."""
    steps: dict[str, list[str]] = {}
    for event, happening in HAPPENINGS.items():
        sentence, what_to_do = EN[event]
        fields = [f"`{name}`" for name in happening.fields if name not in (*NAMED, "error")]
        cells = [
            f"`{event}`",
            LEVELS[happening.level],
            happening.device,
            _named(sentence),
            _named(what_to_do),
            " ".join(fields),
        ]
        steps.setdefault(happening.step, []).append(f"| {' | '.join(cells)} |")
    names = ("event", "level", "device", "means", "what to do", "fields")
    head = f"| {' | '.join(names)} |\n{'| --- ' * len(names)}|"
    tables = (f"\n## STEP={step}\n\n{head}\n" + "\n".join(rows) for step, rows in steps.items())
    return HEAD + "\n".join(tables) + "\n"


def _named(words: str) -> str:
    return re.sub(r"\{(\w+)\}", r"*\1*", words).replace("|", "\\|")


if __name__ == "__main__":
    sys.stdout.write(page())
