"""Hides in a transcript what tells the card's number, its holder or a PIN.

Nothing is shown but what is known to be harmless: an object is shown where the data dictionary has
it and it is not listed here; what cannot be parsed is hidden whole. At the end nothing may hold the
number that was found, in whatever form.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from typing import Final

import msgspec

from cardamom.engines import tlv
from cardamom.engines.apdu import ApduError, parse_command
from cardamom.engines.emv import dol
from cardamom.engines.emv.dictionary import DICTIONARY
from cardamom.engines.emv.transcript import Answered, Broke, Chosen, Drawn, Exchange, PinAsked, Step
from cardamom.values.secret import MASK, mask_pan

SENSITIVE: Final = frozenset(
    {
        0x56, 0x57, 0x5A,  # tracks and number
        0x5F20, 0x9F0B, 0x9F1F, 0x9F20, 0x9F6B,  # name, discretionary data, track 2
        0x5F24, 0x5F53, 0x99, 0x9F61,  # expiry, account number, PIN data, identity document
        0x9F46, 0x9F2D,  # certificates over the number
        0x93, 0x9F4B, 0x98,  # signatures and hashes over records: the number can be tried out
    }
)  # fmt: skip
"""Never shown whole."""
MAX_NUMBER: Final = 8
"""Bytes of an unpredictable number. What is longer pads an enciphered PIN: with it, whoever has the
command can try PINs out."""
QUALIFIERS: Final = frozenset({0x9F66, 0x9F6C})
"""What terminal and card can do at a tap: harmless, and not of the contact dictionary."""

SELECT, READ_RECORD, GET_OPTIONS, GENERATE_AC = 0xA4, 0xB2, 0xA8, 0xAE
INTERNAL_AUTHENTICATE, EXTERNAL_AUTHENTICATE = 0x88, 0x82
GET_DATA, GET_CHALLENGE = 0xCA, 0x84
_PDOL, _CDOL1, _CDOL2, _DDOL, _PAN, _TRACK2 = 0x9F38, 0x8C, 0x8D, 0x9F49, 0x5A, 0x57


def harmless(tag: int) -> bool:
    """Whether the object may be shown whole."""
    return (tag in DICTIONARY or tag in QUALIFIERS) and tag not in SENSITIVE


def hidden(size: int) -> str:
    """Hex digits of `size` bytes, all hidden."""
    return MASK * (2 * size)


def shown(tag: int, value: bytes) -> str:
    """The value as hex, hidden as far as it has to be: of a number the first 6 and last 4 digits
    stay."""
    if harmless(tag):
        return value.hex().upper()
    if tag != _PAN:
        return hidden(len(value))
    text = value.hex().upper()
    digits = text.rstrip("F")
    return mask_pan(digits) + text[len(digits) :]


def masked_objects(data: bytes) -> str:
    """A chain of data objects as hex, each value hidden as it must be; what is no TLV is hidden
    whole."""
    try:
        return "".join(_masked(data, 0))
    except tlv.TlvError:
        return hidden(len(data))


def _masked(data: bytes, depth: int) -> Iterator[str]:
    if depth > tlv.MAX_DEPTH:
        raise tlv.TlvError("templates are nested too deep")
    end = 0
    for tag, value, raw in tlv.pieces(data):
        start = data.index(raw, end)
        yield data[end:start].hex().upper()  # fillers
        end = start + len(raw)
        yield raw[: len(raw) - len(value)].hex().upper()
        if not tlv.is_constructed(tag):
            yield shown(tag, value)
            continue
        try:
            yield "".join(_masked(value, depth + 1))
        except tlv.TlvError:
            yield hidden(len(value))
    yield data[end:].hex().upper()


class Masker:
    """Masks one transaction's steps, in one piece or in several: it remembers the card's lists and
    its number."""

    def __init__(self) -> None:
        self._lists: dict[int, bytes] = {}
        self._numbers: set[str] = set()
        self._cryptograms = 0

    def mask(self, steps: Sequence[Step]) -> list[Step]:
        """The same steps, fit for a journal. Never raises for what a card said."""
        masked = [self._mask(step) for step in steps]
        return [self._without_numbers(step) for step in masked]

    def _mask(self, step: Step) -> Step:
        match step:
            case Exchange():
                return self._exchange(step)
            case Broke(command, gone):
                return Broke(self._command(command), gone)
            case PinAsked():
                return msgspec.structs.replace(step, value="")
            case Drawn(data) if len(data) > 2 * MAX_NUMBER:
                return Drawn(MASK * len(data))
            case Answered():
                return msgspec.structs.replace(step, scripts=MASK * len(step.scripts))
        return step

    def _exchange(self, step: Exchange) -> Exchange:
        ins, data = _instruction(step.command), bytes.fromhex(step.data)
        if ins == SELECT:
            self._lists.clear()
            self._cryptograms = 0
        asked = self._command(step.command)
        self._learn(ins, data)
        return msgspec.structs.replace(step, command=asked, data=_answer(ins, data))

    def _command(self, text: str) -> str:
        if MASK in text:  # the recorder hid it already
            return text[:10] + MASK * len(text[10:])
        ins, command = _instruction(text), bytes.fromhex(text)
        try:
            parts = parse_command(command)
        except ApduError:
            return command[:4].hex().upper() + hidden(len(command[4:]))
        size = len(parts.data)
        if not size:
            return command.hex().upper()
        start = command.index(parts.data, 7 if parts.extended else 5)
        said = self._sent(ins, parts.data)
        return command[:start].hex().upper() + said + command[start + size :].hex().upper()

    def _sent(self, ins: int, data: bytes) -> str:
        match ins:
            case 0xA4 | 0x82:
                return data.hex().upper()
            case 0xA8:
                return self._options(data)
            case 0xAE:
                self._cryptograms += 1
                return self._listed(_CDOL1 if self._cryptograms == 1 else _CDOL2, data)
            case 0x88:
                return self._listed(_DDOL, data, otherwise=b"\x9f\x37\x04")
        return hidden(len(data))

    def _options(self, data: bytes) -> str:
        """Template 83 around what the PDOL asks for."""
        try:
            ((tag, value, raw),) = tlv.pieces(data)
        except (tlv.TlvError, ValueError):
            return hidden(len(data))
        if tag != 0x83:
            return hidden(len(data))
        return raw[: len(raw) - len(value)].hex().upper() + self._listed(_PDOL, value)

    def _listed(self, tag: int, data: bytes, otherwise: bytes = b"") -> str:
        try:
            wanted = list(dol.entries(self._lists.get(tag, otherwise)))
        except tlv.TlvError:
            return hidden(len(data))
        if sum(size for _, size in wanted) != len(data):
            return hidden(len(data))
        said, at = "", 0
        for each, size in wanted:
            value = data[at : at + size]
            said += value.hex().upper() if harmless(each) else hidden(size)
            at += size
        return said

    def _learn(self, ins: int, data: bytes) -> None:
        if ins not in (SELECT, READ_RECORD, GET_OPTIONS, GET_DATA):
            return
        try:
            for tag, value in tlv.walk(data):
                if tag in (_PDOL, _CDOL1, _CDOL2, _DDOL):
                    self._lists[tag] = value
                elif tag in (_PAN, _TRACK2):
                    self._note_number(value.hex().partition("d")[0].rstrip("f"))
        except tlv.TlvError:
            return

    def _note_number(self, digits: str) -> None:
        """All but its check digit, as digits and as characters."""
        if len(digits) >= 8 and digits.isdecimal():
            self._numbers |= {digits[:-1], digits[:-1].encode("ascii").hex()}

    def _without_numbers(self, step: Step) -> Step:
        match step:
            case Exchange():
                command = self._checked(step.command, keep=8)
                return msgspec.structs.replace(step, command=command, data=self._checked(step.data))
            case Broke(command, gone):
                return Broke(self._checked(command, keep=8), gone)
            case Answered():
                auth = self._checked(step.issuer_auth)
                return msgspec.structs.replace(step, issuer_auth=auth)
            case Drawn():
                return Drawn(self._checked(step.data))
            case Chosen() if self._holds("".join(n.encode().hex() for n in step.offered)):
                return Chosen(tuple(MASK for _ in step.offered), step.place)
        return step

    def _checked(self, text: str, keep: int = 0) -> str:
        return text[:keep] + MASK * len(text[keep:]) if self._holds(text) else text

    def _holds(self, text: str) -> bool:
        return any(number in text.lower() for number in self._numbers)


def _instruction(command: str) -> int:
    """INS; -1 where there is none."""
    return int(command[2:4], 16) if len(command) >= 4 else -1


def _answer(ins: int, data: bytes) -> str:
    """Format 1 holds what its command says; all else is a chain of objects."""
    if ins == GET_CHALLENGE or (ins in (GET_OPTIONS, GENERATE_AC) and data[:1] == b"\x80"):
        return data.hex().upper()
    if ins in (SELECT, READ_RECORD, GET_OPTIONS, GENERATE_AC, GET_DATA, INTERNAL_AUTHENTICATE):
        return masked_objects(data)
    return hidden(len(data))


def mask_all(steps: Iterable[Step]) -> list[Step]:
    """One whole transaction."""
    return Masker().mask(list(steps))
