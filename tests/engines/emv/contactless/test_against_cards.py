"""Entry point, simulated card and an issuer of another library, back to back."""

from __future__ import annotations

from dataclasses import replace

import pytest
from pyemv import ac

from cardamom.engines.apdu import Reply
from cardamom.engines.emv.contactless.outcome import FinalOutcome, Message
from cardamom.engines.emv.requests import Decision
from cardamom.engines.emv.store import bcd
from cardamom.faults import CardFault
from cardamom.simulator.card.contactless_profile import contactless_names
from cardamom.values.events import CvmUsed, Reason
from cardamom.values.online import NoAnswer
from support.emv import GONE
from support.emv_issuer import answer_of, session_key
from support.tapped import ALONE, ONLINE, TapCounter, tapped

# pyemv hands double-length keys to cryptography as they are
pytestmark = pytest.mark.filterwarnings("ignore:.*-key TripleDES:Warning")


@pytest.mark.parametrize(
    ("name", "amount", "cvm", "final"),
    [
        ("visa", 1234, CvmUsed.NONE, "ONLINE_REQUEST"),
        ("visa", 20000, CvmUsed.SIGNATURE, "ONLINE_REQUEST"),
        ("visa-offline", 1234, CvmUsed.NONE, "APPROVED"),
        ("visa-offline", 6000, CvmUsed.NONE, "ONLINE_REQUEST"),
        ("visa-phone", 1234, CvmUsed.NONE, "ONLINE_REQUEST"),
        ("visa-phone", 20000, CvmUsed.DEVICE, "ONLINE_REQUEST"),
        ("mchip", 1234, CvmUsed.NONE, "ONLINE_REQUEST"),
        ("mchip", 20000, CvmUsed.ONLINE_PIN, "ONLINE_REQUEST"),
        ("mchip-phone", 20000, CvmUsed.DEVICE, "ONLINE_REQUEST"),
        ("unionpay", 1234, CvmUsed.NONE, "ONLINE_REQUEST"),
        ("unionpay", 20000, CvmUsed.ONLINE_PIN, "ONLINE_REQUEST"),
        ("three", 1234, CvmUsed.NONE, "ONLINE_REQUEST"),
    ],
)
def test_each_card_pays(name: str, amount: int, cvm: CvmUsed, final: str) -> None:
    card, counter = tapped(name), TapCounter()
    result = counter.sale(card, amount, ALONE)
    assert (result.outcome.decision, result.outcome.cvm) == (Decision.APPROVED, cvm)
    assert result.parameters.final is FinalOutcome[final]
    assert counter.asked_pin is (cvm is CvmUsed.ONLINE_PIN)
    assert result.outcome.card is not None
    assert result.outcome.card.pan == card.profile.applications[0].card_number
    assert result.outcome.chip is not None
    assert result.outcome.chip.label == card.profile.applications[0].label


@pytest.mark.parametrize("name", ["visa", "unionpay"])
def test_the_issuer_finds_the_cryptogram_right(name: str) -> None:
    """Over what was sent with the options behind the qualifiers, AIP, ATC, issuer data."""
    counter = TapCounter()
    assert counter.sale(tapped(name)).outcome.decision is Decision.APPROVED
    assert counter.online is not None
    tags = counter.online.tags
    options = next(apdu for apdu in counter.apdus if apdu[:2] == b"\x80\xa8")
    message = options[11:-1] + tags[0x82] + tags[0x9F36] + tags[0x9F10]
    expected = ac.generate_ac(session_key(counter.online), message, ac.PaddingType.EMV)
    assert tags[0x9F26] == expected


@pytest.mark.parametrize("name", ["visa", "unionpay", "mchip", "mchip-phone"])
def test_the_issuer_finds_it_right_from_what_is_sent(name: str) -> None:
    """As an issuer does: from the objects of field 55 alone."""
    counter = TapCounter()
    assert counter.sale(tapped(name), 4321).outcome.decision is Decision.APPROVED
    assert counter.online is not None
    tags = counter.online.tags
    sent = (0x9F02, 0x9F03, 0x9F1A, 0x95, 0x5F2A, 0x9A, 0x9C, 0x9F37, 0x82, 0x9F36, 0x9F10)
    message = b"".join(tags[tag] for tag in sent)
    assert tags[0x9F02] == bcd(4321, 6)
    expected = ac.generate_ac(session_key(counter.online), message, ac.PaddingType.EMV)
    assert tags[0x9F26] == expected


def test_see_phone_and_present_again() -> None:
    counter = TapCounter()
    result = counter.sale(tapped("visa-phone"), 20000)
    assert counter.taps == 2
    assert Message.SEE_PHONE in counter.shown
    assert result.outcome.cvm is CvmUsed.DEVICE
    counter = TapCounter()
    result = counter.sale(tapped("mchip-phone"), 20000)
    assert (counter.taps, result.outcome.cvm) == (2, CvmUsed.DEVICE)


def test_an_unlocked_phone_pays_at_once() -> None:
    for name in ("visa-phone", "mchip-phone"):
        counter = TapCounter()
        result = counter.sale(tapped(name, unlock="done"), 20000)
        assert (counter.taps, result.outcome.cvm) == (1, CvmUsed.DEVICE)


def test_e_cash_is_not_offered() -> None:
    result = TapCounter().sale(tapped("unionpay-ecash"), 1234, ALONE)
    assert (result.outcome.decision, result.outcome.reason) == (
        Decision.ENDED,
        Reason.OTHER_INTERFACE,
    )
    assert TapCounter().sale(tapped("unionpay-ecash"), 1234, ONLINE).outcome.went_online


def test_fdda_version_00_declines() -> None:
    result = TapCounter().sale(tapped("visa-offline", fdda="00"), 1234, ALONE)
    assert result.outcome.decision is Decision.DECLINED


def test_without_the_ca_key_an_offline_card_is_declined() -> None:
    rules = replace(ALONE, rules=replace(ALONE.rules, ca_keys=()))
    result = TapCounter().sale(tapped("visa-offline"), 1234, rules)
    assert result.outcome.decision is Decision.DECLINED


def test_nobody_answers() -> None:
    result = TapCounter(lambda _: NoAnswer("silence")).sale(tapped("visa"))
    assert (result.outcome.decision, result.outcome.reason) == (
        Decision.DECLINED,
        Reason.NO_ANSWER,
    )


def test_relay_resistance_with_real_signatures() -> None:
    counter = TapCounter()
    result = counter.sale(tapped("mchip"))
    assert result.outcome.tags[0x95].hex() == "0000000002"
    assert any(apdu[:2] == b"\x80\xea" for apdu in counter.apdus)
    slow = TapCounter(took_us=90_000)
    result = slow.sale(tapped("mchip"))
    assert result.outcome.tags[0x95].hex() == "000000000e"
    assert sum(apdu[:2] == b"\x80\xea" for apdu in slow.apdus) == 3


def torn_at(instruction: int, times: int = 1) -> TapCounter:
    """The card leaves before this command's answer arrives, that many times."""
    left = times

    def mangle(_: int, apdu: bytes, reply: Reply) -> Reply:
        nonlocal left
        if apdu[1] == instruction and left:
            left -= 1
            raise CardFault("torn", gone=True)
        return reply

    return TapCounter(mangle=mangle)


def test_a_torn_cryptogram_is_recovered() -> None:
    """One ATC more at each presentation, but the cryptogram of the first one."""
    counter = torn_at(0xAE)
    result = counter.sale(tapped("mchip"))
    assert result.outcome.decision is Decision.APPROVED
    assert sum(apdu[:2] == b"\x80\xae" for apdu in counter.apdus) == 1
    assert sum(apdu[:2] == b"\x80\xd0" for apdu in counter.apdus) == 1
    assert result.outcome.tags[0x9F36] == b"\x00\x01"
    assert not result.torn.records
    assert counter.online is not None
    tags = counter.online.tags
    sent = (0x9F02, 0x9F03, 0x9F1A, 0x95, 0x5F2A, 0x9A, 0x9C, 0x9F37, 0x82, 0x9F36, 0x9F10)
    message = b"".join(tags[tag] for tag in sent)
    expected = ac.generate_ac(session_key(counter.online), message, ac.PaddingType.EMV)
    assert tags[0x9F26] == expected


def test_torn_and_recovered_in_the_next_sale() -> None:
    card, counter = tapped("mchip"), torn_at(0xAE)
    counter.presentations = 1
    first = counter.sale(card)
    assert (first.outcome.decision, len(first.torn.records)) == (Decision.ENDED, 1)
    second = TapCounter().sale(card, torn=first.torn)
    assert second.outcome.tags[0x9F36] == b"\x00\x01"
    assert not second.torn.records
    other = TapCounter().sale(card, 4321, torn=first.torn)
    assert other.outcome.tags[0x9F36] != b"\x00\x01"


@pytest.mark.parametrize("name", sorted(set(contactless_names()) - {"unionpay-ecash"}))
@pytest.mark.parametrize("at", range(14))
def test_torn_anywhere_and_presented_again(name: str, at: int) -> None:
    def mangle(number: int, _: bytes, reply: Reply) -> Reply:
        if number == at:
            raise GONE
        return reply

    counter = TapCounter(mangle=mangle)
    result = counter.sale(tapped(name))
    assert result.outcome.decision is Decision.APPROVED
    assert counter.taps <= 3


def test_a_hundred_taps_with_one_card() -> None:
    card, seen = tapped("visa"), set()
    for _ in range(100):
        counter = TapCounter(answer_of)
        outcome = counter.sale(card).outcome
        assert outcome.chip is not None
        seen.add((outcome.chip.atc, outcome.chip.cryptogram))
    assert len(seen) == 100
