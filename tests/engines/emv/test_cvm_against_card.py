"""Each CVM and each script between the kernel and a simulated card; the issuer is pyemv."""

from __future__ import annotations

from dataclasses import replace

import pyemv
import pytest

from cardamom.engines.emv.requests import Decision, EmvOrder, GoOnline, PinUse
from cardamom.engines.tlv import encode
from cardamom.simulator.card.card import Card
from cardamom.simulator.testdata import issuer_keys
from cardamom.values.events import CvmUsed, Reason
from cardamom.values.online import NotSent, OnlineAnswer
from support.emv_issuer import TODAY, Counter, answer_of, card_of
from support.emv_rules import test_rules as parameters

# pyemv hands double-length keys to cryptography as they are
pytestmark = pytest.mark.filterwarnings("ignore:.*-key TripleDES:Warning")
RULES = parameters()
OFFLINE = replace(
    RULES,
    terminal_type=0x22,
    offline_approval=True,
    aids=tuple(
        replace(a, floor_limit=100_000, tac_online=bytes(5), tac_default=bytes(5))
        for a in RULES.aids
    ),
)
CASH = replace(TODAY, transaction_type=0x01)


@pytest.mark.parametrize(
    ("name", "pins", "cvm", "results", "uses"),
    [
        ("enciphered-pin", ["1234"], CvmUsed.OFFLINE_PIN, "040302", [PinUse.OFFLINE_ENCIPHERED]),
        (
            "enciphered-pin",
            ["9999", "1234"],
            CvmUsed.OFFLINE_PIN,
            "040302",
            [PinUse.OFFLINE_ENCIPHERED] * 2,
        ),
        ("enciphered-pin-own", ["1234"], CvmUsed.SIGNATURE, "450300", [PinUse.OFFLINE_ENCIPHERED]),
        ("pin-and-signature", ["1234"], CvmUsed.SIGNATURE, "430300", [PinUse.OFFLINE_PLAINTEXT]),
        (
            "pin-and-signature",
            ["0", "0", "0", "123456"],
            CvmUsed.ONLINE_PIN,
            "420300",
            [PinUse.OFFLINE_PLAINTEXT] * 3 + [PinUse.ONLINE],
        ),
        ("pin-blocked", [], CvmUsed.SIGNATURE, "5E0300", []),
        ("pin-last-try", ["1234"], CvmUsed.OFFLINE_PIN, "010302", [PinUse.OFFLINE_PLAINTEXT]),
    ],
)
def test_each_pin(
    name: str, pins: list[str], cvm: CvmUsed, results: str, uses: list[PinUse]
) -> None:
    counter = Counter(pins=[pin.rjust(4, "0").encode() for pin in pins])
    outcome = counter.sale(card_of(name), RULES)
    assert outcome.decision is Decision.APPROVED
    assert outcome.cvm is cvm
    assert outcome.chip is not None
    assert outcome.chip.cvm_results == results
    assert [question.use for question in counter.asked] == uses


@pytest.mark.parametrize(
    ("order", "pins", "cvm", "results"),
    [
        (replace(TODAY, amount_minor=1_999), [], CvmUsed.NONE, "5F0602"),
        (replace(TODAY, amount_minor=2_000), [], CvmUsed.SIGNATURE, "5E0800"),
        (replace(TODAY, amount_minor=20_000), [b"123456"], CvmUsed.ONLINE_PIN, "020300"),
        (CASH, [b"123456"], CvmUsed.ONLINE_PIN, "020400"),
    ],
)
def test_the_amount_decides(order: EmvOrder, pins: list[bytes], cvm: CvmUsed, results: str) -> None:
    outcome = Counter(pins=pins).sale(card_of("cvm-by-amount"), RULES, order)
    assert (outcome.decision, outcome.cvm) == (Decision.APPROVED, cvm)
    assert outcome.chip is not None
    assert outcome.chip.cvm_results == results


def test_a_failed_verification_is_the_issuers_to_judge() -> None:
    counter = Counter(lambda request: answer_of(request, "05"))
    outcome = counter.sale(card_of("cvm-fails"), RULES)
    assert (outcome.decision, outcome.cvm) == (Decision.DECLINED, CvmUsed.FAILED)
    assert outcome.chip is not None
    assert (outcome.chip.cvm_results, outcome.chip.tvr) == ("400001", "0000808000")


def test_the_last_try_used_up_blocks_the_pin() -> None:
    card = card_of("pin-last-try")
    counter = Counter(lambda request: answer_of(request, "05"), pins=[b"0000"])
    outcome = counter.sale(card, RULES)
    assert [question.tries for question in counter.asked] == [1]
    assert outcome.chip is not None
    assert outcome.chip.tvr == "0000A08000"
    after = Counter(lambda request: answer_of(request, "05"))
    assert after.sale(card, RULES).chip is not None
    assert after.asked == []


def test_velocity() -> None:
    """Two alone, then the issuer is wanted; five in a row without it are one too many."""
    card = card_of("velocity")

    def away(_: GoOnline) -> NotSent:
        return NotSent("no link")

    told = []
    for _ in range(5):
        outcome = Counter(away).sale(card, OFFLINE)
        assert outcome.chip is not None
        told.append((outcome.decision is Decision.APPROVED, outcome.went_online, outcome.chip.arc))
    assert told == [
        (True, False, "5931"),
        (True, False, "5931"),
        (True, True, "5933"),
        (True, True, "5933"),
        (False, True, "5933"),
    ]
    assert Counter().sale(card, OFFLINE).decision is Decision.APPROVED
    again = Counter(away).sale(card, OFFLINE)
    assert (again.decision, again.went_online) == (Decision.APPROVED, False)


@pytest.mark.parametrize(
    ("kind", "other", "decision"),
    [
        (0x00, 0, Decision.APPROVED),
        (0x01, 0, Decision.APPROVED),
        (0x09, 500, Decision.APPROVED),
        (0x20, 0, Decision.APPROVED),
    ],
    ids=["sale", "cash", "cashback", "refund"],
)
def test_each_transaction_type(kind: int, other: int, decision: Decision) -> None:
    """The card's cryptogram covers type and cash, and the issuer finds it right."""
    order = replace(TODAY, transaction_type=kind, other_minor=other)
    counter = Counter()
    outcome = counter.sale(card_of("no-cvm", usage="FFC0"), RULES, order)
    assert outcome.decision is decision
    assert counter.online is not None
    assert counter.online.tags[0x9C] == bytes((kind,))
    assert counter.online.tags[0x9F03].hex() == f"{other:012d}"


def with_scripts(card: Card, *scripts: tuple[int, str, bytes]) -> Counter:
    """An issuer whose answer carries these commands: template, header, data before the MAC."""
    a = card.profile.applications[0]

    def host(request: GoOnline) -> OnlineAnswer:
        def key(master: bytes) -> bytes:
            own = pyemv.kd.derive_icc_mk_a(master, a.pan, f"{a.psn:02d}")
            return bytes(pyemv.kd.derive_common_sk(own, request.tags[0x9F26]))

        made = b""
        for template, header, data in scripts:
            body = data
            if header == "84240002":
                kind = pyemv.sm.EncryptionType.EMV
                body = pyemv.sm.encrypt_command_data(key(issuer_keys().smc.reveal()), data, kind)
            head = bytes.fromhex(header) + bytes((len(body) + 8,))
            message = head + request.tags[0x9F36] + request.tags[0x9F26] + body
            mac = pyemv.sm.generate_command_mac(key(issuer_keys().smi.reveal()), message)
            identifier = encode(0x9F18, b"\0\0\0" + bytes((template,)))
            made += encode(template, identifier + encode(0x86, head + body + mac))
        return answer_of(request, scripts=made)

    return Counter(host, pins=[b"1234"])


NEW = pyemv.sm.format_iso9564_2_pin_block("8765")


def test_a_new_pin_by_script() -> None:
    card = card_of("enciphered-pin")
    outcome = with_scripts(card, (0x72, "84240002", NEW)).sale(card, RULES)
    assert outcome.decision is Decision.APPROVED
    assert outcome.tags[0x9F5B].hex() == "2000000072"
    counter = Counter(pins=[b"1234", b"8765"])
    assert counter.sale(card, RULES).decision is Decision.APPROVED
    assert [question.wrong for question in counter.asked] == [False, True]


def test_blocked_before_the_decision() -> None:
    """The card that the issuer blocks gives an AAC: what it approved is to be reversed."""
    card = card_of("no-cvm")
    outcome = with_scripts(card, (0x71, "841E0000", b"")).sale(card, RULES)
    assert (outcome.decision, outcome.reason) == (Decision.DECLINED, Reason.CARD_DECLINED)
    assert outcome.tags[0x9F5B].hex() == "2000000071"
    assert Counter().sale(card, RULES).reason is Reason.CARD_BLOCKED


def test_blocked_after_the_decision_and_unblocked() -> None:
    card = card_of("no-cvm")
    outcome = with_scripts(card, (0x72, "841E0000", b""), (0x72, "84180000", b"")).sale(card, RULES)
    assert outcome.decision is Decision.APPROVED
    assert outcome.tags[0x9F5B].hex() == "2000000072" * 2
    assert Counter().sale(card, RULES).decision is Decision.APPROVED


def test_the_card_is_blocked() -> None:
    card = card_of("no-cvm")
    outcome = with_scripts(card, (0x72, "84160000", b"")).sale(card, RULES)
    assert outcome.decision is Decision.APPROVED
    after = Counter().sale(card, RULES)
    assert (after.decision, after.reason) == (Decision.ENDED, Reason.CARD_BLOCKED)


def test_put_data_by_script() -> None:
    card = card_of("velocity")
    assert with_scripts(card, (0x71, "04DA9F58", b"\0")).sale(card, RULES).tags[0x9F5B][0] == 0x20
    outcome = Counter().sale(card, OFFLINE)
    assert (outcome.decision, outcome.went_online) == (Decision.APPROVED, True)


def test_a_script_that_the_card_refuses_changes_nothing() -> None:
    card = card_of("no-cvm")
    outcome = with_scripts(card, (0x72, "84240000", b"")).sale(card, RULES)
    assert outcome.decision is Decision.APPROVED
    assert outcome.tags[0x9F5B].hex() == "1100000072"
    assert outcome.tags[0x95].hex() == "0000008010"


def test_a_wrong_mac_is_refused() -> None:
    card = card_of("no-cvm")

    def host(request: GoOnline) -> OnlineAnswer:
        made = encode(0x71, encode(0x86, bytes.fromhex("841E000008") + bytes(8)))
        return answer_of(request, scripts=made)

    outcome = Counter(host).sale(card, RULES)
    assert outcome.decision is Decision.APPROVED
    assert outcome.tags[0x9F5B].hex() == "1100000000"
    assert Counter().sale(card, RULES).decision is Decision.APPROVED
