"""A message profile: what one acquirer's ISO 8583 looks like, as data."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Annotated, Literal

import msgspec
from msgspec import Meta

from cardamom.values.events import Verdict
from cardamom.values.kinds import Kind

HexBytes = Annotated[str, Meta(pattern=r"^([0-9A-Fa-f]{2})*$")]
Code = Annotated[str, Meta(pattern=r"^[0-9A-Z]{2}$")]
Mti = Annotated[str, Meta(pattern=r"^[0-9]{4}$")]
FieldNumber = Annotated[int, Meta(ge=2, le=128)]
Digits = Annotated[str, Meta(pattern=r"^[0-9]*$")]


class Part(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Base of a profile's tables."""


class Switches(Part, frozen=True):
    """What this host does at all."""

    sign_on: bool = True
    mac: bool = True
    pin_key: bool = True
    echo: bool = True
    connection: Literal["held", "short"] = "held"
    """Short: a connection for each exchange, or for those that wait in a queue."""


class Framing(Part, frozen=True):
    """What stands before a message on the wire; TPDU and header are the terminal's, in hex."""

    length: Literal["binary2", "ascii4"] = "binary2"
    tpdu: Annotated[str, Meta(pattern=r"^([0-9A-Fa-f]{10})?$")] = ""
    header: HexBytes = ""


class Encoding(Part, frozen=True):
    """How the parts of a message are written."""

    mti: Literal["ascii", "bcd"] = "ascii"
    numeric: Literal["ascii", "bcd"] = "ascii"
    length: Literal["ascii", "bcd"] = "ascii"
    bitmap: Literal["hex", "binary"] = "hex"
    binary: Literal["hex", "binary"] = "hex"


class Codes(Part, frozen=True):
    """What field 39 means; whatever is in no list declines."""

    approved: list[Code]
    partial: list[Code] = []
    referral: list[Code] = []
    reversal_done: list[Code] = []
    bad_mac: list[Code] = msgspec.field(default_factory=lambda: ["A0"])
    """The host could not verify the request's MAC: sign on, and once more under new keys."""

    def verdict(self, code: str) -> Verdict:
        if code in self.approved:
            return Verdict.APPROVED
        if code in self.partial:
            return Verdict.PARTIAL
        return Verdict.REFERRAL if code in self.referral else Verdict.DECLINED


class Reasons(Part, frozen=True):
    """Field 39 of a reversal, by cause. Field practice: the standard gives none."""

    no_response: Code = "68"
    bad_mac: Code = "A0"
    other: Code = "06"


class Values(Part, frozen=True):
    """Fixed values of fields 22, 24 and 25."""

    network: Digits = "001"
    condition: Digits = "00"
    chip_entry: Annotated[str, Meta(pattern=r"^[0-9]{2}$")] = "05"
    pin_capable: Annotated[str, Meta(pattern=r"^[0-9]$")] = "1"


class KindRule(Part, frozen=True):
    """How one kind of transaction is asked for."""

    request: Mti
    processing: Annotated[str, Meta(pattern=r"^[0-9]{6}$")]
    reversible: bool = True
    """Whether an unanswered one is undone by a reversal."""


class MessageRule(Part, frozen=True):
    """The fields of a message."""

    required: list[FieldNumber]
    optional: list[FieldNumber] = []


class Icc(Part, frozen=True):
    """Tags of field 55, in order."""

    request: list[Annotated[str, Meta(pattern=r"^([0-9A-F]{2}){1,3}$")]]

    def tags(self) -> list[int]:
        return [int(tag, 16) for tag in self.request]


class Match(Part, frozen=True):
    """Fields that an answer repeats."""

    echoed: list[FieldNumber]


class FieldRule(Part, frozen=True):
    """One field. `max`: digits, characters or bytes by type; `length`: LL or LLL when variable."""

    name: str
    type: Literal["n", "an", "ans", "z", "b"]
    max: Annotated[int, Meta(ge=1, le=999)]
    length: Literal["fixed", "LL", "LLL"] = "fixed"
    written: Literal["", "hex", "binary"] = msgspec.field(default="", name="as")
    """Of a binary field: overrides encoding.binary."""
    pad: Literal["left", "right"] = "left"
    """Where an odd number of BCD digits is filled up with 0."""
    show: bool = False
    """Whether a person may read it: in logs and in `describe` everything else is masked."""


class Profile(Part, frozen=True):
    """All of it."""

    name: str
    codes: Codes
    kinds: dict[Kind, KindRule]
    messages: dict[Mti, MessageRule]
    icc: Icc
    match: Match
    fields: dict[str, FieldRule]
    switches: Switches = Switches()
    framing: Framing = Framing()
    encoding: Encoding = Encoding()
    values: Values = Values()
    reasons: Reasons = Reasons()

    def problems(self) -> list[str]:
        """What the tables alone cannot tell, each as `key: sentence`."""
        return [
            *self._field_problems(),
            *self._message_problems(),
            *self._code_problems(),
            *self._safety_problems(),
        ]

    def _field_problems(self) -> Iterator[str]:
        for n in self.fields:
            if not (n.isascii() and n.isdigit() and 2 <= int(n) <= 128):
                yield f"fields.{n}: expected a field number from 2 to 128"
        if self.switches.mac:
            for n in ("64", "128"):
                if n not in self.fields or (self.fields[n].type, self.fields[n].max) != ("b", 8):
                    yield f"fields.{n}: expected type b and max 8, because switches.mac is on"

    def _message_problems(self) -> Iterator[str]:
        needed = {f"kinds.{kind}.request": rule.request for kind, rule in self.kinds.items()}
        for switch in ("sign_on", "echo"):
            if getattr(self.switches, switch):
                needed[f"switches.{switch}"] = "0800"
        for key, mti in needed.items():
            for wanted in (mti, answer_of(mti)):
                if wanted not in self.messages:
                    yield f"{key}: there is no [messages.{wanted}]"
        for mti, rule in self.messages.items():
            for n in [*rule.required, *rule.optional]:
                if str(n) not in self.fields:
                    yield f"messages.{mti}: field {n} is not among [fields]"
            for n in (11, 39):
                if mti[2] in "13" and n not in rule.required:
                    yield f"messages.{mti}.required: field {n} is missing, and an answer needs it"

    def _code_problems(self) -> Iterator[str]:
        codes = self.codes
        for name, listed, others in (
            ("partial", codes.partial, codes.approved),
            ("referral", codes.referral, [*codes.approved, *codes.partial]),
            ("bad_mac", codes.bad_mac, [*codes.approved, *codes.partial, *codes.reversal_done]),
        ):
            for code in listed:
                if code in others:
                    yield f"codes.{name}: {code} is in another list, too"

    def _safety_problems(self) -> Iterator[str]:
        """What would let an answer pass that says nothing of this payment."""
        for switch in ("mac", "pin_key"):
            if getattr(self.switches, switch) and not self.switches.sign_on:
                yield f"switches.{switch}: needs switches.sign_on, which brings the key"
        for n in (4, 11):
            if n not in self.match.echoed:
                yield f"match.echoed: field {n} is missing: another payment's answer would pass"


def answer_of(mti: str) -> str:
    """The message type of the answer: 0200 to 0210, 0800 to 0810 (ISO 8583:1987, 4.1)."""
    return f"{mti[:2]}{int(mti[2]) + 1}0"
