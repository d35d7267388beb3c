"""Runs the kernel once more over an unmasked transcript: the same card, host and customer."""

from __future__ import annotations

from dataclasses import dataclass

from cardamom.engines.apdu import Reply
from cardamom.engines.emv.contact import contact_kernel
from cardamom.engines.emv.notes import Note
from cardamom.engines.emv.replay import TranscriptError, describe, drive
from cardamom.engines.emv.requests import (
    Answer,
    CardHistory,
    Choose,
    EmvOrder,
    EnterPin,
    GoOnline,
    Outcome,
    PadVerified,
    PinRefusal,
    Random,
    Recall,
    Request,
    Transmit,
)
from cardamom.engines.emv.rules import Rules
from cardamom.engines.emv.transcript import (
    Answered,
    Broke,
    Chosen,
    Drawn,
    Exchange,
    PinAnswer,
    PinAsked,
    Recalled,
    Said,
    Step,
    Unanswered,
    Unsent,
)
from cardamom.faults import CardFault
from cardamom.values.online import NoAnswer, NotSent, OnlineAnswer
from cardamom.values.secret import Pin, PinBlock


@dataclass(frozen=True, slots=True)
class Rerun:
    """What the kernel made of it this time. `same`: it noted the same bits and decisions."""

    outcome: Outcome
    notes: tuple[Note, ...]
    same: bool


def rerun(order: EmvOrder, rules: Rules, steps: list[Step]) -> Rerun:
    """Raises TranscriptError where the kernel asks something else than it did, be it one bit of a
    command, and for steps that are left over."""
    said = [step for step in steps if isinstance(step, Said)]
    before = tuple(step for step in steps if not isinstance(step, Said))
    notes: list[Note] = []
    done = 0

    def serve(request: Request) -> Answer:
        nonlocal done
        if done == len(said):
            raise TranscriptError(f"after the last step: {describe(request)}")
        done += 1
        try:
            return answer_of(request, said[done - 1])
        except ValueError:
            raise TranscriptError(f"step {done}: no answer to {describe(request)}") from None

    outcome = drive(contact_kernel(order, rules, notes.append), serve)
    if done < len(said):
        raise TranscriptError(f"{len(said) - done} steps left over")
    return Rerun(outcome, tuple(notes), tuple(notes) == before)


def answer_of(request: Request, step: Said) -> Answer:
    """What was answered. Raises ValueError for another request or a value that is no such answer,
    CardFault where there was one."""
    match request, step:
        case Transmit(apdu), Exchange(command, data, sw, took_us) if _is(apdu, command):
            return Reply(bytes.fromhex(data), sw, took_us)
        case Transmit(apdu), Broke(command, gone) if _is(apdu, command):
            raise CardFault("as recorded", gone=gone)
        case ((Choose() | EnterPin()), Broke("", gone)):
            raise CardFault("as recorded", gone=gone)
        case Random(size), Drawn(data) if len(data) == 2 * size:
            return bytes.fromhex(data)
        case Recall(), Recalled(spent, listed):
            return CardHistory(spent, listed)
        case Choose(among), Chosen(offered, place) if offered == tuple(a.name for a in among):
            return among[place] if place is not None and 0 <= place < len(among) else None
        case EnterPin(use, tries), PinAsked() if (use, tries) == (step.use, step.tries):
            return _pin(step)
        case GoOnline(), Answered(verdict, code, arc, auth, scripts):
            return OnlineAnswer(
                verdict,
                code,
                arc=bytes.fromhex(arc),
                issuer_auth=bytes.fromhex(auth),
                scripts=bytes.fromhex(scripts),
            )
        case GoOnline(), Unsent(why, reason):
            return NotSent(why, reason)
        case GoOnline(), Unanswered(why, garbled):
            return NoAnswer(why, garbled)
    raise ValueError("another request")


def _is(apdu: bytes, command: str) -> bool:
    return apdu.hex().upper() == command


def _pin(step: PinAsked) -> Answer:
    match step.answer:
        case PinAnswer.ENTERED:
            return Pin(bytes.fromhex(step.value))
        case PinAnswer.ENCIPHERED:
            return PinBlock(bytes.fromhex(step.value))
        case PinAnswer.PAD_VERIFIED:
            return PadVerified(step.sw)
    return PinRefusal(step.answer.value)
