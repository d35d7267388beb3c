"""The contact kernel's own processor time in a sale, by step, without card, host and customer.

Prints lines `name: value unit`.
"""

from __future__ import annotations

import statistics
import sys
import time
import warnings
from collections import defaultdict
from pathlib import Path

if __name__ == "__main__":
    sys.path.insert(0, str(Path(__file__).parents[1]))

from cardamom.engines.apdu import parse_reply
from cardamom.engines.emv.certificates import PublicKey, recover
from cardamom.engines.emv.contact import contact_kernel
from cardamom.engines.emv.requests import (
    Answer,
    CardHistory,
    Choose,
    Decision,
    EnterPin,
    GoOnline,
    Outcome,
    Random,
    Recall,
    Request,
    Transmit,
)
from cardamom.simulator.card.card import Card
from cardamom.simulator.testdata import chain
from cardamom.values.secret import Pin
from support.emv_issuer import TODAY, Counter, answer_of, card_of, transmit
from support.emv_rules import test_rules as parameters

SALES = 100
STEPS = {
    0xA4: "selection",
    0xA8: "initiation",
    0xB2: "reading",
    0x88: "key recovery",
    0xCA: "checks",
    0x20: "checks",
    0xAE: "cryptograms",
    0x82: "issuer",
}


def step_of(request: Request | Outcome) -> str:
    """The step whose work ended in this request."""
    match request:
        case Transmit(apdu):
            return STEPS[apdu[1]]
        case Choose() | Random():
            return "selection"
        case EnterPin() | Recall():
            return "checks"
        case GoOnline():
            return "to the host"
    return "outcome"


def answer(request: Request, card: Card) -> Answer:
    match request:
        case Transmit(apdu):
            return parse_reply(transmit(card, apdu))
        case Random(size):
            return bytes(size)
        case Recall():
            return CardHistory()
        case Choose(among):
            return among[0]
        case EnterPin():
            return Pin(card.profile.applications[0].pin.encode())
        case GoOnline():
            return answer_of(request)


def sale(card: Card) -> tuple[dict[str, int], int]:
    """Nanoseconds by step, and the number of commands."""
    spent: defaultdict[str, int] = defaultdict(int)
    commands = 0
    card.power_on()
    kernel = contact_kernel(TODAY, parameters())
    given: Answer = None
    while True:
        began = time.perf_counter_ns()
        try:
            request = kernel.send(given)
        except StopIteration as end:
            spent["outcome"] += time.perf_counter_ns() - began
            if end.value.decision is not Decision.APPROVED:
                raise RuntimeError("the bench's card was not approved") from None
            return spent, commands
        spent[step_of(request)] += time.perf_counter_ns() - began
        commands += isinstance(request, Transmit)
        given = answer(request, card)


def run(profile: str = "debit") -> list[str]:
    """The lines of one card profile: medians over many sales."""
    card = card_of(profile)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        sale(card)
        sales = [sale(card) for _ in range(SALES)]
    lines = []
    for step in sales[0][0]:
        median = statistics.median(spent.get(step, 0) for spent, _ in sales)
        lines.append(f"kernel {profile} {step}: {median / 1e6:.3f} ms")
    total = statistics.median(sum(s.values()) for s, _ in sales)
    lines.append(f"kernel {profile} total: {total / 1e6:.3f} ms")
    lines.append(f"kernel {profile} RSA share: {public_key_work(profile) / total * 1e8:.0f} %")
    lines.append(f"kernel {profile} commands: {sales[0][1]} APDUs")
    lines.append(f"kernel {profile} least commands: {least_commands(profile)} APDUs")
    return lines


def public_key_work(profile: str) -> float:
    """Milliseconds of RSA in one sale: each certificate and signature opened once, as its kernel
    does."""
    card = card_of(profile)
    application = card.profile.applications[0]
    tags = Counter(pins=[application.pin.encode()]).sale(card, parameters()).tags
    keys = chain(application.chain)
    opened = [(keys.ca, 0x90, 0x02)]
    if application.authentication == "sda":
        opened.append((keys.issuer, 0x93, 0x03))
    else:
        signatures = 2 if application.authentication == "cda" else 1
        opened += [(keys.issuer, 0x9F46, 0x04), *[(keys.icc, 0x9F4B, 0x05)] * signatures]
    began = time.perf_counter_ns()
    for _ in range(SALES):
        for key, tag, kind in opened:
            recover(PublicKey(key.modulus, key.exponent_bytes), tags[tag], kind, "bench")
    return (time.perf_counter_ns() - began) / SALES / 1e6


def least_commands(profile: str) -> int:
    """What the card's data leave no way around: SELECT, GET PROCESSING OPTIONS, each record, DDA,
    an offline PIN with its counter, the limits' two counters, and two cryptograms."""
    (application,) = card_of(profile).applications
    made = application.on_card.profile
    least = 4 + len(application.on_card.records) + (made.authentication == "dda")
    return least + 2 * ("offline" in profile) + 2 * (made.offline_limit is not None)


def main() -> None:
    for profile in ("debit", "offline-pin", "sda", "cda"):
        print("\n".join(run(profile)))


if __name__ == "__main__":
    main()
