"""Cards with a CVM list, and what the kernel asks of customer and card for a PIN."""

from __future__ import annotations

from typing import Any

from cardamom.engines.emv.requests import EmvOrder, EnterPin, Outcome, PinUse
from cardamom.engines.emv.rules import Rules
from cardamom.values.events import CvmUsed
from cardamom.values.secret import Pin
from support.emv import ORDER, RULES, Tape, t

PIN = Pin(b"1234")
VERIFY = "0020008008241234FFFFFFFFFF"
COUNTER = "80CA9F1700"
LIMITS = "0000100000002000"
ONLINE = EnterPin(PinUse.ONLINE)


def card(rules: str, order: EmvOrder = ORDER, **changed: bytes | None) -> Tape:
    """A card with this CVM list; X is 40.96, Y 81.92."""
    changed = {"x8E": bytes.fromhex(LIMITS + rules), "x9F07": None, **changed}
    return Tape(order=order).begin("1800", **changed)


def counted(rules: str, tries: int, order: EmvOrder = ORDER) -> Tape:
    """The same, whose PIN try counter has been read."""
    return card(rules, order).apdu(COUNTER, t(0x9F17, bytes((tries,))))


def ends(
    tape: Tape, tvr: str, results: str, cvm: CvmUsed, rules: Rules = RULES, tsi: str = "48"
) -> Outcome:
    """First GENERATE AC with these three bytes of TVR, or these five; then the card fails."""
    whole = tvr if len(tvr) == 10 else tvr + "8000"
    outcome = tape.recall().first(whole, answer=b"").run(rules)
    assert outcome.tags[0x9F34].hex().upper() == results
    assert outcome.cvm is cvm
    assert outcome.tags[0x9B].hex() == tsi + "00"
    return outcome


def pin(answer: Any, tries: int | None = 3, *, wrong: bool = False) -> tuple[EnterPin, Any]:
    return EnterPin(PinUse.OFFLINE_PLAINTEXT, tries=tries, wrong=wrong), answer
