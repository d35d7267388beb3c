"""Nothing that a log could print holds the card number, track data or a PIN."""

from __future__ import annotations

from typing import Any

import pytest

from cardamom.engines.emv.replay import TranscriptError, describe
from cardamom.engines.emv.requests import EnterPin, PinUse, Transmit
from cardamom.engines.emv.session import Session
from cardamom.values.secret import Pin
from support.emv import APPROVED, NO_ODA, ORDER, PAN, RULES, Tape, t

PIN = Pin(b"739146")
VERIFY = "002000800826739146FFFFFFFF"


def assert_silent(text: str) -> None:
    for secret in (PAN, "D2712", "D27122", "739146", "26739146"):
        assert secret not in text
        assert secret.lower() not in text.lower()
    assert bytes.fromhex(PAN).decode("latin-1") not in text


def test_requests_and_outcome() -> None:
    seen: list[Any] = []

    def watch(request: Any) -> bool:
        seen.append(request)
        return True

    tape = Tape().begin("1800", x8E=bytes.fromhex("00000000000000000100"))
    tape.apdu("80CA9F1700", t(0x9F17, "03"))
    tape.add(EnterPin(PinUse.OFFLINE_PLAINTEXT, tries=3), PIN).apdu(VERIFY).recall()
    tape.first(NO_ODA).online(APPROVED).second(NO_ODA, b"00", "010002")
    exact = list(tape.steps)
    outcome = tape.run()
    for step in exact:
        tape.add(watch, step.answer)
    watched = Tape(tape.steps[len(exact) :])
    assert watched.run() == outcome
    assert len(seen) == len(exact)
    for request in seen:
        assert_silent(repr(request))
        assert_silent(describe(request))
    assert_silent(repr(outcome))
    assert_silent(str(outcome.tags))
    for step in exact:
        assert_silent(repr(step))


def test_a_session_prints_nothing_of_the_card() -> None:
    held = Session(ORDER, RULES)
    held.static_data = bytes.fromhex("5A08" + PAN)
    held.sent = bytes.fromhex(PAN)
    held.store.card[0x5A] = bytes.fromhex(PAN)
    held.pin = PIN
    for raw in (held.static_data, held.sent):
        assert repr(raw)[2:-1] not in repr(held)
    assert_silent(repr(held))


def test_a_transcript_error_names_headers_alone() -> None:
    tape = Tape().begin("1800", x8E=bytes.fromhex("00000000000000000100"))
    tape.apdu("80CA9F1700", t(0x9F17, "03"))
    tape.add(EnterPin(PinUse.OFFLINE_PLAINTEXT, tries=3), PIN)
    tape.apdu("0020008008261111FFFFFFFFFF")
    with pytest.raises(TranscriptError) as caught:
        tape.run()
    assert_silent(str(caught.value))
    assert "Transmit 00200080" in str(caught.value)


@pytest.mark.parametrize(
    "changed",
    [
        {"x57": bytes.fromhex("4761739001010127D2712201123400000F")},
        {"x5A": bytes.fromhex(PAN + "1234")},
        {"x5A": bytes.fromhex(PAN + "12345678")},
    ],
)
def test_errors_of_parsers(changed: dict[str, bytes]) -> None:
    outcome = Tape().begin("1800", **changed).run()
    assert_silent(repr(outcome))


def test_an_apdu_never_prints() -> None:
    assert repr(Transmit(bytes.fromhex(VERIFY))) == "Transmit()"
