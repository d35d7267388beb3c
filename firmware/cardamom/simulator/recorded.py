"""One sale between the kernel, a simulated card and the test issuer, on no terminal. The only place
that writes down a transcript unmasked: of a card that does not exist."""

from __future__ import annotations

import os
import tempfile
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from typing import Any, Literal

import msgspec

from cardamom.engines import tlv
from cardamom.engines.apdu import parse_reply
from cardamom.engines.emv.contact import contact_kernel
from cardamom.engines.emv.replay import drive
from cardamom.engines.emv.requests import (
    Answer,
    CardHistory,
    Choose,
    EmvOrder,
    EnterPin,
    GoOnline,
    Outcome,
    PinRefusal,
    Random,
    Recall,
    Request,
    Transmit,
)
from cardamom.engines.emv.rules import Rules
from cardamom.engines.emv.transcript import Header, PinAsked, Recorder, Step, step_of, to_lines
from cardamom.engines.t0 import exchange, speaks_t0
from cardamom.faults import SettingsError
from cardamom.settings.model import Settings
from cardamom.simulator.acquirer.accounts import load_accounts
from cardamom.simulator.acquirer.issuer import APPROVED, Issuer, Query
from cardamom.simulator.acquirer.ledger import Ledger
from cardamom.simulator.card.card import Card
from cardamom.simulator.card.profile import CardProfile
from cardamom.simulator.testdata import issuer_keys
from cardamom.values.events import Verdict
from cardamom.values.online import NoAnswer, NotSent, OnlineAnswer, OnlineResult
from cardamom.values.secret import Pin, PinBlock

HostState = Literal["there", "away", "silent"]


class FullRecorder(Recorder):
    """Keeps the PIN as well."""

    def answered(self, request: Request, answer: Any) -> None:
        step = step_of(request, answer)
        if isinstance(step, PinAsked) and isinstance(answer, Pin | PinBlock):
            step = msgspec.structs.replace(step, value=answer.reveal().hex().upper())
        self.add(step)


@dataclass(slots=True)
class Recorded:
    """What the kernel made of it, and all that was said."""

    order: EmvOrder
    rules: Rules
    outcome: Outcome
    steps: list[Step] = field(repr=False)

    def write(self, path: Path) -> None:
        """An unmasked transcript's file, readable by its owner alone."""
        header = Header(masked=False, order=self.order, rules=self.rules)
        with os.fdopen(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "wb") as file:
            file.write(to_lines(header, self.steps))


def refuse_production(settings: Settings, source: str) -> None:
    """Raises SettingsError where real cards may be taken."""
    if settings.mode == "production":
        raise SettingsError(
            f"{source}: mode: a transcript is only written unmasked where mode is not production"
        )


def record_sale(
    profile: CardProfile,
    order: EmvOrder,
    rules: Rules,
    *,
    host: HostState = "there",
    pin: str = "",
    random: Callable[[int], bytes] = os.urandom,
) -> Recorded:
    """Plays a sale. `pin`: what the customer types, empty for the card's own."""
    card = Card(profile, random=random)
    typed = pin or next((a.pin for a in profile.applications if a.pin), "")
    recorder = FullRecorder()
    card.power_on()
    with tempfile.TemporaryDirectory() as folder:
        ledger = Ledger(Path(folder) / "ledger.db")
        issuer = Issuer(load_accounts(), issuer_keys(), ledger)

        def answer(request: Request) -> Answer:
            match request:
                case Transmit(apdu):
                    return parse_reply(transmit(card, apdu))
                case Random(size):
                    return random(size)
                case Recall():
                    return CardHistory()
                case Choose(among):
                    return among[0]
                case EnterPin():
                    return Pin(typed.encode()) if typed else PinRefusal.BYPASSED
                case GoOnline():
                    return ask(issuer, request, order, host)

        def serve(request: Request) -> Answer:
            given = answer(request)
            recorder.answered(request, given)
            return given

        try:
            outcome = drive(contact_kernel(order, rules, recorder.note), serve)
        finally:
            ledger.close()
    return Recorded(order, rules, outcome, recorder.take())


def transmit(card: Card, apdu: bytes) -> bytes:
    """To the final answer, whatever protocol the card speaks."""
    if not speaks_t0(card.atr):
        return card.process(apdu)
    turns = exchange(apdu)
    command = next(turns)
    while True:
        try:
            command = turns.send(card.process(command))
        except StopIteration as end:
            final: bytes = end.value
            return final


def ask(issuer: Issuer, request: GoOnline, order: EmvOrder, host: HostState) -> OnlineResult:
    """The issuer's answer, as a host would hand it on."""
    if host != "there":
        return NotSent("there is no host") if host == "away" else NoAnswer("the host is silent")
    query = Query(
        pan=request.card.pan,
        expiry=request.card.expiry,
        psn=request.card.psn,
        amount_minor=order.amount_minor,
        currency=order.currency,
        clear_pin=request.pin if isinstance(request.pin, Pin) else None,
        pin_present=request.pin is not None,
        icc=tlv.encode_all(request.tags.items()),
        today=datetime.strptime(order.date.hex(), "%y%m%d").date(),  # noqa: DTZ007 a date alone
    )
    decision = issuer.authorise(query)
    return OnlineAnswer(
        Verdict.APPROVED if decision.code == APPROVED else Verdict.DECLINED,
        decision.code,
        auth_code=decision.auth_code or None,
        arc=decision.code.encode(),
        issuer_auth=decision.issuer_auth,
    )
