"""A radio by hand: protocol steps against a scripted or a simulated card."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import TypeVar

from cardamom.engines.isodep.steps import Heard, Missed, Send, Steps, Tune

T = TypeVar("T")


def play(steps: Steps[T], script: Iterable[tuple[str, str]]) -> T:
    """Holds the steps to an exact transcript: (frame, answer), hex; an answer `-` is silence, `?`
    noise. `tune A B` stands for a change of bit rates."""
    lines = iter(script)
    heard: Heard = Missed.SILENCE
    try:
        step = next(steps)
        while True:
            want, said = next(lines, ("nothing more", ""))
            assert _sent(step) == _wanted(want)
            heard = _heard(said)
            step = steps.send(heard)
    except StopIteration as end:
        assert next(lines, None) is None, "frames are left over"
        result: T = end.value
        return result


def _wanted(text: str) -> str:
    return text if text.startswith("tune") else text.replace(" ", "").lower()


def _sent(step: Send | Tune) -> str:
    if isinstance(step, Tune):
        return f"tune {step.to_card} {step.from_card}"
    return step.frame.hex()


def _heard(said: str) -> Heard:
    marks = {"-": Missed.SILENCE, "?": Missed.GARBLED, "": Missed.SILENCE}
    return marks[said] if said in marks else bytes.fromhex(said)


def serve(steps: Steps[T], radio: Callable[[bytes], Heard]) -> T:
    """Runs the steps against whatever answers frames."""
    try:
        step = next(steps)
        while True:
            heard = radio(step.frame) if isinstance(step, Send) else Missed.SILENCE
            step = steps.send(heard)
    except StopIteration as end:
        result: T = end.value
        return result
