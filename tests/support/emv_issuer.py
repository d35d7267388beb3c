"""Plays one sale between the kernel and a simulated card, with an issuer computed by pyemv."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field, replace

from msgspec import structs
from pyemv import ac, kd

from cardamom.engines.apdu import parse_reply
from cardamom.engines.emv.contact import contact_kernel
from cardamom.engines.emv.replay import drive
from cardamom.engines.emv.requests import (
    Answer,
    Application,
    CardHistory,
    Choose,
    EmvOrder,
    EnterPin,
    GoOnline,
    Outcome,
    Random,
    Recall,
    Request,
    Transmit,
)
from cardamom.engines.emv.rules import Rules
from cardamom.engines.t0 import exchange, speaks_t0
from cardamom.simulator.card.card import Card
from cardamom.simulator.card.profile import CardProfile, load_profile
from cardamom.simulator.testdata import issuer_keys
from cardamom.values.events import Verdict
from cardamom.values.online import NoAnswer, NotSent, OnlineAnswer
from cardamom.values.secret import Pin
from support.emv import ORDER

Host = Callable[[GoOnline], OnlineAnswer | NotSent | NoAnswer]

TODAY = replace(ORDER, date=bytes.fromhex("251125"))


def transmit(card: Card, apdu: bytes) -> bytes:
    """To the final answer, whatever protocol the card speaks."""
    if not speaks_t0(card.atr):
        return card.process(apdu)
    turns = exchange(apdu)
    command = next(turns)
    try:
        while True:
            command = turns.send(card.process(command))
    except StopIteration as end:
        final: bytes = end.value
        return final


def session_key(request: GoOnline) -> bytes:
    pan, psn = request.card.pan.reveal(), f"{request.card.psn or 0:02d}"
    key = kd.derive_icc_mk_a(issuer_keys().ac.reveal(), pan, psn)
    return kd.derive_common_sk(key, request.tags[0x9F36] + bytes(6))


def answer_of(request: GoOnline, code: str = "00", **more: bytes) -> OnlineAnswer:
    """An issuer's answer with an ARPC by method 1 over this response code."""
    arc = code.encode()
    arpc = ac.generate_arpc_1(session_key(request), request.tags[0x9F26], arc)
    verdict = Verdict.APPROVED if code == "00" else Verdict.DECLINED
    answer = OnlineAnswer(verdict, code, arc=arc, issuer_auth=arpc + arc)
    return replace(answer, **more) if more else answer  # type: ignore[arg-type]


@dataclass
class Counter:
    """What one sale asked: `apdus` as they went to the card, `pins` asked for."""

    host: Host = answer_of
    pins: list[bytes] = field(default_factory=list)
    chosen: int = 0
    apdus: list[bytes] = field(default_factory=list)
    asked: list[EnterPin] = field(default_factory=list)
    offered: tuple[Application, ...] = ()
    online: GoOnline | None = None

    def sale(self, card: Card, rules: Rules, order: EmvOrder = TODAY) -> Outcome:
        card.power_on()

        def serve(request: Request) -> Answer:
            match request:
                case Transmit(apdu):
                    self.apdus.append(apdu)
                    return parse_reply(transmit(card, apdu))
                case Random(size):
                    return bytes(range(0x51, 0x51 + size))
                case Recall():
                    return CardHistory()
                case Choose(among):
                    self.offered = among
                    return among[self.chosen]
                case EnterPin():
                    self.asked.append(request)
                    return Pin(self.pins[len(self.asked) - 1])
                case GoOnline():
                    self.online = request
                    return self.host(request)

        return drive(contact_kernel(order, rules), serve)


def card_of(name: str, **changed: object) -> Card:
    """A profile of the package, its first application changed."""
    profile: CardProfile = load_profile(name)
    first, *others = profile.applications
    applications = (structs.replace(first, **changed), *others)
    return Card(structs.replace(profile, applications=applications))
