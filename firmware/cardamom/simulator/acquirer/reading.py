"""What a terminal's message is and says, by the profile: the way back from engines/iso8583."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from enum import StrEnum
from functools import cache
from typing import Final

from cardamom.engines.iso8583.codec import Message
from cardamom.engines.iso8583.profile import KindRule, Profile, Sending
from cardamom.engines.iso8583.service import Management
from cardamom.simulator.acquirer.entries import Reference
from cardamom.values.kinds import KINDS, Kind
from cardamom.values.online import Purpose

_PART: Final = re.compile(r"\{([a-z_]+)(?::([0-9]{1,2}))?\}")


class Role(StrEnum):
    """What a message is for."""

    REQUEST = "request"
    REVERSAL = "reversal"
    QUERY = "query"
    ADVICE = "advice"
    SCRIPTS = "scripts"
    UPLOAD = "upload"
    TOTALS = "totals"
    UPLOAD_END = "upload-end"
    SIGN_ON = "sign-on"
    SIGN_OFF = "sign-off"
    ECHO = "echo"

    @property
    def network(self) -> bool:
        return self in (Role.SIGN_ON, Role.SIGN_OFF, Role.ECHO)


MANAGEMENT: Final = {
    Role.SIGN_ON: Management.SIGN_ON,
    Role.SIGN_OFF: Management.SIGN_OFF,
    Role.ECHO: Management.ECHO,
}


@dataclass(frozen=True, slots=True)
class Asked:
    """A message that the profile knows. `kind`: of a request, or of the one that is spoken of where
    the message tells it apart; `parts`: of its composed fields, by name (iso8583/template.py)."""

    role: Role
    message: Message
    kind: Kind | None
    parts: Mapping[str, str]

    @property
    def batch(self) -> str:
        """Six digits, or empty."""
        return _number(self.parts.get("batch", ""))

    @property
    def itself(self) -> Reference:
        """How other messages name this one."""
        get = self.message.get
        return Reference(
            terminal=get(41) or "",
            merchant=get(42) or "",
            stan=get(11) or "",
            batch=self.batch,
            sent=get(7) or "",
            local_date=get(13) or "",
            local_time=get(12) or "",
        )

    @property
    def spoken_of(self) -> Reference:
        """The request that a following message is about: it has the request's batch, local date and
        time, and its own trace number where it names none."""
        get = self.message.get
        return Reference(
            terminal=get(41) or "",
            merchant=get(42) or "",
            stan=_number(self.parts.get("original_stan", "")) or get(11) or "",
            batch=_number(self.parts.get("original_batch", "")) or self.batch,
            sent=self.parts.get("original_sent", ""),
            local_date=get(13) or self.parts.get("original_date", ""),
            local_time=get(12) or "",
            rrn=(get(37) or "").strip(),
        )

    @property
    def original(self) -> Reference:
        """The transaction that a void or refund undoes: a reference number names it at any terminal
        of the merchant, a trace number at its own."""
        get = self.message.get
        rrn = (get(37) or "").strip()
        return Reference(
            terminal="" if rrn else get(41) or "",
            merchant=get(42) or "",
            stan=_number(self.parts.get("original_stan", "")),
            batch=_number(self.parts.get("original_batch", "")),
            sent=self.parts.get("original_sent", ""),
            local_date=self.parts.get("original_date", ""),
            rrn=rrn,
        )


@dataclass(frozen=True, slots=True)
class _Shape:
    """One message that the profile has."""

    role: Role
    kind: Kind | None
    mtis: tuple[str, ...]
    processing: str
    type: str
    templates: Mapping[str, str]


def read(message: Message, profile: Profile) -> Asked | None:
    """The message by its type, processing code and composed fields; None where the profile has no
    such message."""
    found = []
    for shape in _shapes(profile):
        if message.mti in shape.mtis and (parts := _fits(message, shape)) is not None:
            asked = Asked(shape.role, message, shape.kind, parts)
            rule = profile.kinds[shape.kind] if shape.kind else None
            found.append((rule is None or parts.get("original_mti", rule.request) == rule.request,
                          asked))  # fmt: skip
    return max(found, key=lambda f: f[0])[1] if found else None


def unpack(template: str, value: str) -> dict[str, str] | None:
    """The parts of a composed field; None where the value is not made so."""
    match = _pattern(template).fullmatch(value)
    if match is None:
        return None
    parts: dict[str, str] = {}
    for name, text in zip(_names(template), match.groups(), strict=True):
        if parts.setdefault(name, text) != text:
            return None
    return parts


def _fits(message: Message, shape: _Shape) -> dict[str, str] | None:
    processing = message.get(3)
    if shape.processing and processing not in (None, shape.processing):
        return None
    parts: dict[str, str] = {}
    for number, template in shape.templates.items():
        value = message.get(int(number))
        if value is None:
            continue
        some = unpack(template, value)
        if some is None:
            return None
        parts |= some
    if "type" in parts and shape.type and parts["type"].lstrip("0") != shape.type.lstrip("0"):
        return None
    code = MANAGEMENT.get(shape.role)
    if code is not None and parts.get("management", code) != code:
        return None
    return parts


def _shapes(profile: Profile) -> Iterator[_Shape]:
    for kind, rule in profile.kinds.items():
        templates = {**profile.compose, **rule.compose}
        yield _Shape(Role.REQUEST, kind, (rule.request,), rule.processing, rule.type, templates)
    for purpose, sending in profile.follow.rules().items():
        for kind, rule in profile.kinds.items():
            if purpose is not Purpose.ADVICE or KINDS[kind].offline:
                yield _following(Role(purpose.value), kind, rule, sending, profile)
    settlement = profile.settlement
    others = {
        Role.SIGN_ON: profile.network.sign_on,
        Role.SIGN_OFF: profile.network.sign_off,
        Role.ECHO: profile.network.echo,
        Role.TOTALS: settlement.totals if settlement else None,
        Role.UPLOAD_END: settlement.end if settlement else None,
    }
    for role, other in others.items():
        if other is not None:
            templates = {**profile.compose, **other.compose}
            yield _Shape(role, None, _mtis(other), other.processing, other.type, templates)


def _following(
    role: Role, kind: Kind, rule: KindRule, sending: Sending, profile: Profile
) -> _Shape:
    """A purpose that composes fields of its own leaves the kind's aside, as the terminal does."""
    kinds = {} if sending.compose else rule.compose
    return _Shape(
        role,
        kind,
        _mtis(sending),
        sending.processing or rule.processing,
        sending.type or rule.type,
        {**profile.compose, **kinds, **sending.compose},
    )


def _mtis(rule: Sending) -> tuple[str, ...]:
    return (rule.message, rule.repeat) if rule.repeat else (rule.message,)


def _number(text: str) -> str:
    """Six digits as they stand in a row; empty for none."""
    return f"{int(text):06d}" if text.isascii() and text.isdigit() and int(text) else ""


def _names(template: str) -> list[str]:
    return [match[1] for match in _PART.finditer(template)]


@cache
def _pattern(template: str) -> re.Pattern[str]:
    pattern, at = "", 0
    for match in _PART.finditer(template):
        pattern += re.escape(template[at : match.start()])
        pattern += f"(.{{{match[2]}}})" if match[2] else "(.*?)"
        at = match.end()
    return re.compile(pattern + re.escape(template[at:]), re.DOTALL)
