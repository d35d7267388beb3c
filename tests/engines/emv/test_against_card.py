"""Kernel, simulated card and an issuer of another library, back to back."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest
from msgspec import structs
from pyemv import ac

from cardamom.engines.emv.requests import Decision, GoOnline
from cardamom.simulator.card.card import Card
from cardamom.simulator.card.profile import load_profile
from cardamom.values.events import CvmUsed, Reason
from cardamom.values.online import NoAnswer, NotSent, OnlineAnswer
from support.emv_issuer import Counter, answer_of, card_of, session_key
from support.emv_rules import test_rules as parameters

# pyemv hands double-length keys to cryptography as they are
pytestmark = pytest.mark.filterwarnings("ignore:.*-key TripleDES:Warning")
RULES = parameters()


@pytest.mark.parametrize(
    ("name", "cvm", "tvr", "tsi", "results"),
    [
        ("debit", CvmUsed.ONLINE_PIN, "0000048000", "E800", "420300"),
        ("signature", CvmUsed.SIGNATURE, "0000008000", "F800", "5E0300"),
        # it has offline limits and was never online
        ("offline-pin", CvmUsed.OFFLINE_PIN, "0008008000", "E800", "010302"),
        ("no-cvm", CvmUsed.NONE, "0000008000", "E800", "5F0002"),
        ("sda", CvmUsed.ONLINE_PIN, "0200048000", "E800", "420300"),
        ("cda", CvmUsed.ONLINE_PIN, "0000048000", "E800", "420300"),
    ],
)
def test_each_kind_of_card_is_approved(
    name: str, cvm: CvmUsed, tvr: str, tsi: str, results: str
) -> None:
    card = card_of(name)
    counter = Counter(pins=[card.profile.applications[0].pin.encode()])
    outcome = counter.sale(card, RULES)
    assert outcome.decision is Decision.APPROVED
    assert outcome.cvm is cvm
    assert outcome.chip is not None
    assert (outcome.chip.tvr, outcome.chip.tsi, outcome.chip.cid) == (tvr, tsi, "40")
    assert outcome.chip.cvm_results == results
    assert outcome.card is not None
    assert outcome.card.pan == card.profile.applications[0].card_number


def test_the_issuer_finds_the_cryptogram_right() -> None:
    """ARQC over what the kernel sent (CDOL1), AIP, ATC and the issuer application data."""
    counter = Counter()
    assert counter.sale(card_of("no-cvm"), RULES).decision is Decision.APPROVED
    request = counter.online
    assert request is not None
    first = next(apdu for apdu in counter.apdus if apdu[:3] == b"\x80\xae\x80")
    tags = request.tags
    message = first[5:-1] + tags[0x82] + tags[0x9F36] + tags[0x9F10]
    expected = ac.generate_ac(session_key(request), message, ac.PaddingType.EMV)
    assert tags[0x9F26] == expected


@pytest.mark.parametrize("right", [True, False])
def test_external_authenticate(right: bool) -> None:
    def host(request: GoOnline) -> OnlineAnswer:
        answer = answer_of(request)
        return answer if right else replace(answer, issuer_auth=bytes(8) + b"00")

    card = card_of("no-cvm", issuer_authentication="external", arpc="required")
    outcome = Counter(host).sale(card, RULES)
    assert outcome.chip is not None
    assert outcome.chip.tsi == "F800"
    assert outcome.chip.tvr == ("0000008000" if right else "0000008040")
    assert outcome.decision is (Decision.APPROVED if right else Decision.DECLINED)
    assert outcome.reason is (None if right else Reason.CARD_DECLINED)


def test_a_wrong_arpc_in_cdol2() -> None:
    card = card_of("no-cvm", arpc="required")
    outcome = Counter(lambda r: replace(answer_of(r), issuer_auth=bytes(10))).sale(card, RULES)
    assert (outcome.decision, outcome.reason) == (Decision.DECLINED, Reason.CARD_DECLINED)


@pytest.mark.parametrize(
    ("host", "reason"),
    [
        (lambda r: answer_of(r, "51"), Reason.HOST_DECLINED),
        (lambda _: NotSent("no link"), Reason.NO_HOST),
        (lambda _: NoAnswer("silence"), Reason.NO_ANSWER),
    ],
)
def test_what_is_not_approved(host: Any, reason: Reason) -> None:
    outcome = Counter(host).sale(card_of("no-cvm"), RULES)
    assert (outcome.decision, outcome.reason) == (Decision.DECLINED, reason)
    assert outcome.chip is not None
    assert outcome.chip.cid == "00"


@pytest.mark.parametrize(
    ("name", "decision", "reason"),
    [
        ("blocked", Decision.ENDED, Reason.CARD_BLOCKED),
        ("declines-second", Decision.DECLINED, Reason.CARD_DECLINED),
    ],
)
def test_cards_that_say_no(name: str, decision: Decision, reason: Reason) -> None:
    outcome = Counter(pins=[b"123456"] * 3).sale(card_of(name), RULES)
    assert (outcome.decision, outcome.reason) == (decision, reason)


def test_expired() -> None:
    outcome = Counter(pins=[b"123456"] * 3).sale(card_of("expired"), RULES)
    assert outcome.chip is not None
    assert int(outcome.chip.tvr[2:4], 16) & 0x40


def test_two_applications() -> None:
    card = card_of("two-applications")
    counter = Counter(chosen=1, pins=[b"123456"] * 3)
    outcome = counter.sale(card, RULES)
    assert outcome.decision is Decision.APPROVED
    assert len(counter.offered) == 2
    assert outcome.chip is not None
    assert outcome.chip.aid == counter.offered[1].aid.hex().upper()


def test_offline_pin_tries() -> None:
    card = card_of("offline-pin")
    pin = card.profile.applications[0].pin.encode()
    counter = Counter(pins=[b"0000", pin])
    assert counter.sale(card, RULES).cvm is CvmUsed.OFFLINE_PIN
    assert [(q.tries, q.wrong) for q in counter.asked] == [(3, False), (2, True)]
    counter = Counter(pins=[b"0000"] * 3)
    outcome = counter.sale(card, RULES)
    assert [q.tries for q in counter.asked] == [3, 2, 1]
    assert outcome.chip is not None
    assert int(outcome.chip.tvr[4:6], 16) & 0x20
    assert Counter(pins=[]).sale(card, RULES).chip is not None


@pytest.mark.parametrize("changed", [{"answer_format": 1}, {"chain": "ca1408"}, {"pdol": ""},
                                     {"authentication": "sda"}, {"offline_limit": 10}])  # fmt: skip
def test_variants(changed: dict[str, object]) -> None:
    outcome = Counter().sale(card_of("no-cvm", **changed), RULES)
    assert outcome.decision is Decision.APPROVED
    assert outcome.chip is not None
    sda = changed.get("authentication") == "sda"
    assert outcome.chip.tvr[:2] == ("02" if sda else "00")


def test_without_the_ca_key_the_authentication_fails() -> None:
    outcome = Counter().sale(card_of("no-cvm"), replace(RULES, ca_keys=()))
    assert outcome.chip is not None
    assert outcome.chip.tvr == "0800008000"
    assert outcome.decision is Decision.APPROVED


def test_a_hundred_sales_with_one_card() -> None:
    card = card_of("no-cvm")
    seen = set()
    for _ in range(100):
        outcome = Counter().sale(card, RULES)
        assert outcome.decision is Decision.APPROVED
        assert outcome.chip is not None
        seen.add((outcome.chip.atc, outcome.chip.cryptogram))
    assert len(seen) == 100


def test_the_issuer_finds_a_signed_cryptogram_right() -> None:
    """What CDA's signature brought is the cryptogram that the issuer computes."""
    counter = Counter(pins=[b"123456"])
    outcome = counter.sale(card_of("cda"), RULES)
    assert outcome.decision is Decision.APPROVED
    asked = [apdu[2] for apdu in counter.apdus if apdu[:2] == b"\x80\xae"]
    assert asked == [0x90, 0x50]
    request = counter.online
    assert request is not None
    first = next(apdu for apdu in counter.apdus if apdu[:3] == b"\x80\xae\x90")
    tags = request.tags
    message = first[5:-1] + tags[0x82] + tags[0x9F36] + tags[0x9F10]
    assert tags[0x9F26] == ac.generate_ac(session_key(request), message, ac.PaddingType.EMV)


def test_cda_by_the_other_chain_and_by_dda_where_the_terminal_has_no_cda() -> None:
    other = Counter(pins=[b"123456"]).sale(card_of("cda", chain="ca1408"), RULES)
    assert (other.decision, other.tags[0x95].hex()) == (Decision.APPROVED, "0000048000")
    counter = Counter(pins=[b"123456"])
    outcome = counter.sale(card_of("cda"), replace(RULES, capabilities=bytes.fromhex("E0E8C0")))
    assert (outcome.decision, outcome.tags[0x95].hex()) == (Decision.APPROVED, "0000048000")
    assert any(apdu[:2] == b"\x00\x88" for apdu in counter.apdus)


def test_cda_over_t0() -> None:
    """The signed answers come by 61xx and GET RESPONSE."""
    profile = structs.replace(load_profile("cda"), protocol="T=0")
    outcome = Counter(pins=[b"123456"]).sale(Card(profile), RULES)
    assert (outcome.decision, outcome.tags[0x95].hex()) == (Decision.APPROVED, "0000048000")


@pytest.mark.parametrize("method", ["sda", "dda", "cda"])
@pytest.mark.parametrize("side", ["terminal", "card"])
def test_a_failed_authentication_is_never_approved_without_the_issuer(
    method: str, side: str
) -> None:
    """Whatever method failed, the terminal's action codes ask for the issuer, and so do the card's
    alone."""
    lax = {"iac_online": "0000000000", "iac_default": "0000000000"} if side == "terminal" else {}
    aid = replace(RULES.aids[0], floor_limit=10_000)
    if side == "card":
        aid = replace(aid, tac_online=bytes(5), tac_default=bytes(5))
    rules = replace(RULES, aids=(aid,), ca_keys=(), terminal_type=0x22, offline_approval=True)
    card = card_of("no-cvm", authentication=method, offline=True, **lax)
    online = Counter()
    assert online.sale(card, rules).decision is Decision.APPROVED
    assert online.online is not None
    outcome = Counter(host=lambda _: NotSent("no link")).sale(card, rules)
    assert (outcome.decision, outcome.reason) == (Decision.DECLINED, Reason.NO_HOST)
