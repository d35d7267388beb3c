"""What happens, as log lines with one event name each and fields beside it. A leaf.

`tell("link_up", host=name)`: the event stands in happenings.py with its level, its place and its
fields. mypy refuses a field of another type than `Field`: what is secret has a type of its own.
"""

from __future__ import annotations

import logging
import re
from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from pathlib import Path
from typing import Final, TypeAlias

from cardamom.faults import Fault
from cardamom.happenings import HAPPENINGS, Happening

Field: TypeAlias = str | int | float | Fault | Path | None

_log = logging.getLogger("cardamom")
_about: ContextVar[tuple[int | None, int | None]] = ContextVar("about", default=(None, None))
_UNLISTED: Final = Happening(logging.WARNING, "", "", ())
_LONG_NUMBER: Final = re.compile(r"(?<!\d)\d(?:[ -]?\d){12,18}(?!\d)")


@contextmanager
def about(txn: int | None, stan: int | None = None) -> Iterator[None]:
    """What is told inside, and in tasks begun there, is told of this transaction."""
    token = _about.set((txn, stan))
    try:
        yield
    finally:
        _about.reset(token)


def tell(event: str, *, error: BaseException | None = None, **fields: Field) -> None:
    """Log `event` with its fields; None fields are left out.

    Of `error` the log gets its type and where it was raised, never its text.
    """
    happening = HAPPENINGS.get(event, _UNLISTED)
    txn, stan = _about.get()
    known: dict[str, Field] = {"txn": txn, "stan": stan, **fields}
    shown = {name: shown_as(value) for name, value in known.items() if value is not None}
    if (number := shown.get("stan")) is not None:
        shown["stan"] = number.zfill(6)
    place = {
        "event": event,
        "step": shown.get("step") or happening.step,
        "device": shown.get("device") or shown.get("part") or happening.device,
    }
    info = (type(error), error, error.__traceback__) if error is not None else None
    extra = {"fields": shown, "place": place}
    _log.log(happening.level, event, exc_info=info, extra=extra)


def shown_as(value: object) -> str:
    """As the log has it. What is of no type that the log takes is hidden whole."""
    match value:
        case bool():
            return str(value).lower()
        case str() | int() | float() | Fault() | Path():
            return guarded(str(value))
        case _:
            return f"<{type(value).__name__} hidden>"


def guarded(text: str) -> str:
    """The text with whatever could be a card number hidden: the types keep them out, and a
    library's sentence knows no types."""
    return _LONG_NUMBER.sub(lambda found: _hidden(found[0]), text)


def _hidden(number: str) -> str:
    digits = [int(c) for c in number if c.isdigit()]
    doubled = [sum(divmod(2 * d, 10)) for d in digits[-2::-2]]
    return "*" * len(number) if (sum(digits[-1::-2]) + sum(doubled)) % 10 == 0 else number
