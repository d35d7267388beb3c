"""Driving a kernel: over any source of answers, or over a recorded transcript."""

from __future__ import annotations

from collections.abc import Callable, Generator, Iterable
from dataclasses import dataclass
from typing import Any, TypeVar

from cardamom.engines.emv.requests import Transmit
from cardamom.faults import CardFault

R = TypeVar("R")
O = TypeVar("O")  # noqa: E741 a kernel's outcome

Matcher = Any
"""An equal request, any request of a class, or whatever a function accepts."""


class TranscriptError(Exception):
    """The kernel did something else than the transcript says. Names headers, never data."""


@dataclass(frozen=True, slots=True)
class Step:
    """One request as it was expected, and its answer; a CardFault is thrown."""

    expected: Matcher
    answer: Any


def drive(kernel: Generator[R, Any, O], serve: Callable[[R], object]) -> O:
    """Runs a kernel to its end. `serve` answers one request, or raises CardFault, which is then
    thrown into the kernel; what else it raises passes through."""
    try:
        request = next(kernel)
        while True:
            try:
                answer = serve(request)
            except CardFault as fault:
                request = kernel.throw(fault)
            else:
                request = kernel.send(answer)
    except StopIteration as end:
        outcome: O = end.value
        return outcome
    finally:
        kernel.close()


def replay(kernel: Generator[R, Any, O], transcript: Iterable[Step]) -> O:
    """Runs a kernel over a transcript. Raises TranscriptError for a request that is not the next
    one in it, and for steps that are left over."""
    steps = list(transcript)
    done = 0

    def serve(request: R) -> object:
        nonlocal done
        if done == len(steps):
            raise TranscriptError(f"after the last step: {describe(request)}")
        step = steps[done]
        if not _matches(step.expected, request):
            wanted = describe(step.expected)
            raise TranscriptError(f"step {done + 1}: {describe(request)} instead of {wanted}")
        done += 1
        if isinstance(step.answer, CardFault):
            raise step.answer
        return step.answer

    outcome = drive(kernel, serve)
    if done < len(steps):
        wanted = describe(steps[done].expected)
        raise TranscriptError(f"{len(steps) - done} steps left over, the next: {wanted}")
    return outcome


def _matches(expected: Matcher, request: object) -> bool:
    if isinstance(expected, type):
        return isinstance(request, expected)
    if callable(expected):
        return bool(expected(request))
    return bool(expected == request)


def describe(request: Matcher) -> str:
    """The request by name; of a command its header alone."""
    if isinstance(request, Transmit):
        return f"Transmit {request.apdu[:4].hex().upper()}"
    if isinstance(request, type):
        return f"any {request.__name__}"
    return type(request).__name__
