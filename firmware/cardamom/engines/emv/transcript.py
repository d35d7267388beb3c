"""What was said in one transaction: commands and answers, what was asked of people and host, and
what the kernel noted, in order.

A journal holds masked transcripts only (masking.py). Hex strings are in upper case; a digit that
masking hid is `*`.
"""

from __future__ import annotations

import base64
import binascii
import zlib
from collections.abc import Iterable, Sequence
from enum import StrEnum
from typing import Annotated, Any, Final, TypeVar

import msgspec

from cardamom.engines.emv.notes import Note
from cardamom.engines.emv.requests import (
    Answer,
    Application,
    CardHistory,
    Choose,
    EmvOrder,
    EnterPin,
    GoOnline,
    PadVerified,
    PinRefusal,
    PinUse,
    Random,
    Recall,
    Request,
    Transmit,
)
from cardamom.engines.emv.rules import Rules
from cardamom.values.events import Reason, Verdict
from cardamom.values.online import NoAnswer, NotSent, OnlineAnswer
from cardamom.values.secret import Pin, PinBlock

T = TypeVar("T")

Hex = Annotated[str, msgspec.Meta(pattern=r"^([0-9A-F*]{2})*$")]
StatusWord = Annotated[int, msgspec.Meta(ge=0, le=0xFFFF)]

FORMAT: Final = 1
MAX_BYTES: Final = 1 << 20
"""A packed transcript that is larger was not written by this module."""


class TranscriptFormatError(ValueError):
    """The text is no transcript of this firmware. The sentence never holds the data."""


class Exchange(msgspec.Struct, frozen=True, array_like=True, tag="apdu"):
    """A command and its answer, hex; the status word as a number."""

    command: Hex
    data: Hex
    sw: StatusWord
    took_us: int = 0


class Broke(msgspec.Struct, frozen=True, array_like=True, tag="fault"):
    """CardFault was thrown in; `command` is empty where none was under way."""

    command: Hex
    gone: bool


class Drawn(msgspec.Struct, frozen=True, array_like=True, tag="random"):
    """Random bytes, hex."""

    data: Hex


class Recalled(msgspec.Struct, frozen=True, array_like=True, tag="recall"):
    """What the terminal remembered of the card."""

    spent_minor: int
    on_exception_list: bool


class Chosen(msgspec.Struct, frozen=True, array_like=True, tag="choose"):
    """What the customer chose: its place among `offered`, None for Cancel."""

    offered: tuple[str, ...]
    place: int | None


class PinAnswer(StrEnum):
    """How PIN entry ended; the last four are PinRefusal's."""

    ENTERED = "entered"
    ENCIPHERED = "enciphered"
    PAD_VERIFIED = "pad_verified"
    BYPASSED = "bypassed"
    CANCELLED = "cancelled"
    TIMEOUT = "timeout"
    PAD_FAULT = "pad_fault"


class PinAsked(msgspec.Struct, frozen=True, array_like=True, tag="pin"):
    """`sw`: what the card said to a reader's own keys. `value`: the PIN or the block as hex, in a
    simulator's file alone."""

    use: PinUse
    tries: int | None
    answer: PinAnswer
    sw: StatusWord = 0
    value: Hex = ""


class Answered(msgspec.Struct, frozen=True, array_like=True, tag="host"):
    """The host's answer."""

    verdict: Verdict
    code: str
    arc: Hex
    issuer_auth: Hex
    scripts: Hex


class Unsent(msgspec.Struct, frozen=True, array_like=True, tag="not_sent"):
    """No byte left for the host."""

    why: str
    reason: Reason


class Unanswered(msgspec.Struct, frozen=True, array_like=True, tag="no_answer"):
    """A byte may have left for the host, and no valid answer came."""

    why: str
    garbled: bool


Said = Exchange | Broke | Drawn | Recalled | Chosen | PinAsked | Answered | Unsent | Unanswered
"""A request and its answer."""
Step = Said | Note


class Header(msgspec.Struct, frozen=True, kw_only=True):
    """First line of a transcript's file. An unmasked one has the order and the rules too, so that
    it replays anywhere."""

    transcript: int = FORMAT
    masked: bool
    order: EmvOrder | None = None
    rules: Rules | None = None


def step_of(request: Request, answer: Answer) -> Said:
    """The request and its answer, without the PIN."""
    match request:
        case Transmit(apdu):
            return _exchange(apdu, answer)
        case Random():
            return Drawn(_hex(answer if isinstance(answer, bytes) else b""))
        case Recall():
            known = answer if isinstance(answer, CardHistory) else CardHistory()
            return Recalled(known.spent_minor, known.on_exception_list)
        case Choose(among):
            place = among.index(answer) if isinstance(answer, Application) else None
            return Chosen(tuple(a.name for a in among), place)
        case EnterPin(use, tries):
            return PinAsked(use, tries, _pin_answer(answer), getattr(answer, "sw", 0))
        case GoOnline():
            return _online(answer)


def _exchange(apdu: bytes, answer: Answer) -> Exchange:
    # whoever serves the kernel may answer with a reply of its own class
    data, sw = getattr(answer, "data", b""), getattr(answer, "sw", 0)
    return Exchange(_hex(apdu), _hex(data), sw, getattr(answer, "took_us", 0))


def _pin_answer(answer: Answer) -> PinAnswer:
    match answer:
        case Pin():
            return PinAnswer.ENTERED
        case PinBlock():
            return PinAnswer.ENCIPHERED
        case PadVerified():
            return PinAnswer.PAD_VERIFIED
        case PinRefusal():
            return PinAnswer(answer.value)
    raise LookupError("no answer to PIN entry")


def _online(answer: Answer) -> Said:
    match answer:
        case OnlineAnswer():
            return Answered(
                answer.verdict,
                answer.code,
                _hex(answer.arc),
                _hex(answer.issuer_auth),
                _hex(answer.scripts),
            )
        case NotSent(why, reason):
            return Unsent(why, reason)
        case NoAnswer(why, garbled):
            return Unanswered(why, garbled)
    raise LookupError("no answer of a host")


def _hex(data: bytes) -> str:
    return data.hex().upper()


def without_pin(command: str) -> str:
    """The command as hex; of VERIFY and PIN CHANGE only header and length. A PIN is not even held
    until the transcript is masked."""
    if command[2:4] not in ("20", "24"):
        return command
    return command[:10] + "*" * len(command[10:])


class Recorder:
    """Writes down one transaction as it goes. Holds card data: it does not print."""

    def __init__(self) -> None:
        self._steps: list[Step] = []

    def __repr__(self) -> str:
        return f"<Recorder of {len(self._steps)} steps>"

    def note(self, note: Note) -> None:
        """The kernel's watch."""
        self._steps.append(note)

    def answered(self, request: Request, answer: Any) -> None:
        """`answer`: an Answer, or a reply to a command of whatever class."""
        step = step_of(request, answer)
        if isinstance(step, Exchange):
            step = msgspec.structs.replace(step, command=without_pin(step.command))
        self.add(step)

    def add(self, step: Step) -> None:
        self._steps.append(step)

    def broke(self, request: Request, *, gone: bool) -> None:
        command = _hex(request.apdu) if isinstance(request, Transmit) else ""
        self._steps.append(Broke(without_pin(command), gone))

    def take(self) -> list[Step]:
        """What came since the last call, unmasked."""
        steps, self._steps = self._steps, []
        return steps


_steps_decoder = msgspec.json.Decoder(list[Step])
_step_decoder: msgspec.json.Decoder[Step] = msgspec.json.Decoder(Step)
_header_decoder = msgspec.json.Decoder(Header)
_encoder = msgspec.json.Encoder()


def pack(steps: Sequence[Step]) -> str:
    """Small enough for a journal: JSON, deflated, in base64."""
    return base64.b64encode(zlib.compress(_encoder.encode(steps), 9)).decode("ascii")


def unpack(text: str) -> list[Step]:
    """What `pack` made. Raises TranscriptFormatError."""
    try:
        inflater = zlib.decompressobj()
        raw = inflater.decompress(base64.b64decode(text, validate=True), MAX_BYTES)
        if not inflater.eof:
            raise TranscriptFormatError("the transcript is cut short or too large")
        return _steps_decoder.decode(raw)
    except (binascii.Error, zlib.error, msgspec.MsgspecError, UnicodeDecodeError, ValueError) as e:
        if isinstance(e, TranscriptFormatError):
            raise
        raise TranscriptFormatError("this firmware cannot read the transcript") from None


def to_lines(header: Header, steps: Iterable[Step]) -> bytes:
    """A transcript's file: a JSON line for the header and for each step."""
    return b"".join(_encoder.encode(part) + b"\n" for part in (header, *steps))


def from_lines(raw: bytes) -> tuple[Header, list[Step]]:
    """What `to_lines` made. Raises TranscriptFormatError naming the line."""
    lines = raw.splitlines()
    header = _line(_header_decoder, 1, lines[0] if lines else b"")
    if header.transcript != FORMAT:
        raise TranscriptFormatError(f"a transcript of format {header.transcript}, not {FORMAT}")
    return header, [_line(_step_decoder, n, line) for n, line in enumerate(lines[1:], start=2)]


def _line(decoder: msgspec.json.Decoder[T], number: int, line: bytes) -> T:
    try:
        return decoder.decode(line)
    except (msgspec.MsgspecError, UnicodeDecodeError, ValueError):
        raise TranscriptFormatError(f"line {number} is no line of a transcript") from None
