"""Plays one tap between entry point and a simulated card, with an issuer computed by pyemv."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from typing import Any

from msgspec import structs

from cardamom.engines.apdu import Reply, parse_reply
from cardamom.engines.emv.contactless.entry import entry_point
from cardamom.engines.emv.contactless.outcome import Message
from cardamom.engines.emv.contactless.requests import (
    Activate,
    Presented,
    Remember,
    Show,
    TapRequest,
    TapResult,
)
from cardamom.engines.emv.contactless.rules import Combination, MchipRules, RelayRules, TapRules
from cardamom.engines.emv.contactless.torn import TornLog
from cardamom.engines.emv.replay import drive
from cardamom.engines.emv.requests import CardHistory, EnterPin, GoOnline, Random, Recall, Transmit
from cardamom.engines.emv.rules import AidRule
from cardamom.simulator.card.contactless import TappedCard
from cardamom.simulator.card.contactless_profile import load_contactless
from cardamom.values.events import Reason
from cardamom.values.secret import Pin
from support.emv_issuer import TODAY, Host, answer_of
from support.emv_rules import test_rules as parameters

AIDS = {3: "F000000123C301", 2: "F000000123C201", 7: "F000000123C701"}
LIMITS: dict[str, Any] = {
    "transaction_limit": 100_000, "floor_limit": 5_000, "cvm_limit": 10_000, "free_limit": 10_000
}  # fmt: skip


def combinations(**changed: Any) -> tuple[Combination, ...]:
    return tuple(
        replace(
            Combination(
                AidRule(
                    bytes.fromhex(aid), tac_online=bytes.fromhex("0000008000"), tac_default=bytes(5)
                ),
                kernel,
                ttq=b"" if kernel == 2 else bytes.fromhex("36004080"),
                **LIMITS,
                mchip=MchipRules(on_device_limit=500_000, balance_after=True, relay=RelayRules()),
            ),
            **changed,
        )
        for kernel, aid in AIDS.items()
    )


ALONE = TapRules(replace(parameters(), offline_approval=True, terminal_type=0x22), combinations())
"""Below 50.00 a TC may stand."""
ONLINE = TapRules(parameters(), combinations())
Mangle = Callable[[int, bytes, Reply], Reply]


def tapped(name: str, **changed: Any) -> TappedCard:
    """A profile of the package, its first application changed."""
    profile = load_contactless(name)
    first, *others = profile.applications
    return TappedCard(
        structs.replace(profile, applications=(structs.replace(first, **changed), *others))
    )


@dataclass
class TapCounter:
    """What one sale did: `apdus` and `replies`, the `shown` messages, the request to the issuer.

    `mangle`: what becomes of each answer; it may raise CardFault.
    """

    host: Host = answer_of
    presentations: int = 5
    mangle: Mangle = lambda _, __, reply: reply
    took_us: int = 6_000
    apdus: list[bytes] = field(default_factory=list)
    replies: list[Reply] = field(default_factory=list)
    shown: list[Message] = field(default_factory=list)
    online: GoOnline | None = None
    announced: deque[bytes] = field(default_factory=deque)
    """What the kernel will ask for next, as it said."""
    taps: int = 0
    asked_pin: bool = False
    history: CardHistory = field(default_factory=CardHistory)

    def _answer(self, card: TappedCard, apdu: bytes, then: tuple[bytes, ...]) -> Reply:
        if self.announced and self.replies[-1].ok:
            assert apdu == self.announced.popleft()
        if then:
            self.announced = deque(then)
        number = len(self.apdus)
        self.apdus.append(apdu)
        assert number < 1000
        return self.mangle(number, apdu, parse_reply(card.process(apdu), self.took_us))

    def sale(
        self,
        card: TappedCard,
        amount: int = 1234,
        rules: TapRules = ONLINE,
        torn: TornLog | None = None,
        **order: Any,
    ) -> TapResult:
        def serve(request: TapRequest) -> object:
            match request:
                case Transmit(apdu, then):
                    self.replies.append(self._answer(card, apdu, then))
                    return self.replies[-1]
                case Random(size):
                    return bytes((len(self.apdus) + n) % 256 for n in range(size))
                case Recall():
                    return self.history
                case Show(ui):
                    self.shown.append(ui.message)
                    return None
                case Remember():
                    return None
                case Activate():
                    card.power_off()
                    self.announced.clear()
                    if self.taps >= self.presentations:
                        return Reason.TIMEOUT
                    self.taps += 1
                    card.power_on()
                    return Presented.CARD
                case EnterPin():
                    self.asked_pin = True
                    return Pin(b"123456")
                case GoOnline():
                    self.online = request
                    return self.host(request)
                case _:
                    raise AssertionError(request)

        bought = replace(TODAY, amount_minor=amount, **order)
        return drive(entry_point(bought, rules, torn), serve)
