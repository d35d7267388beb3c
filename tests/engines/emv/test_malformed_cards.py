"""Simulated cards with one object wrong, back to back with the kernel and an issuer."""

from __future__ import annotations

import pytest

from cardamom.engines.emv.requests import Decision
from cardamom.values.events import Reason
from support.conformance import rows
from support.emv_issuer import Counter, card_of
from support.emv_rules import test_rules as parameters

# pyemv hands double-length keys to cryptography as they are
pytestmark = pytest.mark.filterwarnings("ignore:.*-key TripleDES:Warning")
RULES = parameters()
ERROR = (Decision.ENDED, Reason.CARD_ERROR)
APPROVED = (Decision.APPROVED, None)
DECLINED = (Decision.DECLINED, Reason.CARD_DECLINED)


@rows(
    "Book 3, 7.5",
    "objects, ends",
    ("a card that expires in month 13", "card error", {"5F24": "491331"}, ERROR),
    ("a card that expires never", "card error", {"5F24": ""}, ERROR),
    ("a card without a number", "card error", {"5A": ""}, ERROR),
    (
        "a card whose track 2 has another number",
        "card error",
        {"57": "6222020000040912D49122200000000F"},
        ERROR,
    ),
    ("a card without CDOL1", "card error", {"8C": ""}, ERROR),
    ("a card without CDOL2", "card error", {"8D": ""}, ERROR),
    ("a card whose CDOL1 is cut short", "card error", {"8C": "9F02"}, ERROR),
    ("a card that is sent less than its CDOL1 says", "card error", {"8C": "9F0206"}, ERROR),
    ("a card with a usage control of one byte", "card error", {"9F07": "FF"}, ERROR),
    ("a card whose PDOL is cut short", "card error", {"9F38": "9F37"}, ERROR),
    ("a card whose AFL leaves records out", "card error", {"94": "08010100"}, ERROR),
    ("a card whose AFL names records it has not", "card error", {"94": "0801010010010300"}, ERROR),
    ("a card whose AFL is no list", "card error", {"94": "0801"}, ERROR),
    ("a card without an AFL", "card error", {"94": ""}, ERROR),
    ("a card with an AIP of one byte", "card error", {"82": "38"}, ERROR),
    ("a card whose key index has two bytes", "card error", {"8F": "0101"}, ERROR),
    (
        "a card with an alphabet that is none",
        "its label is shown, approved",
        {"9F11": "FF"},
        APPROVED,
    ),
    (
        "a card with a language that is none",
        "the terminal's is taken, approved",
        {"5F2D": "FFFF"},
        APPROVED,
    ),
)
def test_without_a_tvr(objects: dict[str, str], ends: tuple[Decision, Reason | None]) -> None:
    outcome = Counter(pins=[b"123456"]).sale(card_of("debit", objects=objects), RULES)
    assert (outcome.decision, outcome.reason) == ends


@rows(
    "Book 3, 10.3",
    "objects, tvr, ends",
    (
        "Book 3, 7.5",
        "a card without a CVM List",
        "TVR 1.6, approved by the issuer",
        {"8E": ""},
        "2000008000",
        APPROVED,
    ),
    (
        "Book 3, 10.4.1",
        "a card of another version",
        "TVR 2.8, approved by the issuer",
        {"9F08": "0002"},
        "0080048000",
        APPROVED,
    ),
    (
        "Book 3, 10.4.3",
        "a card from 2049 on",
        "TVR 2.6, approved by the issuer",
        {"5F25": "491201"},
        "0020048000",
        APPROVED,
    ),
    (
        "Book 3, 10.4.2",
        "a card that may be used nowhere",
        "TVR 2.5, declined by the IAC",
        {"9F07": "0000"},
        "0010048000",
        DECLINED,
    ),
    (
        "a card whose CA key nobody has",
        "TVR 1.4, approved by the issuer",
        {"8F": "77"},
        "0800048000",
        APPROVED,
    ),
    ("a card without an issuer certificate", "TVR 1.6 and 1.4", {"90": ""}, "2800048000", APPROVED),
    (
        "a card with a spoilt issuer certificate",
        "TVR 1.4",
        {"90": "00" * 248},
        "0800048000",
        APPROVED,
    ),
    ("a card without an issuer exponent", "TVR 1.6 and 1.4", {"9F32": ""}, "2800048000", APPROVED),
    (
        "a card with a spoilt ICC certificate",
        "TVR 1.4",
        {"9F46": "00" * 176},
        "0800048000",
        APPROVED,
    ),
    (
        "a card without the remainder of its key",
        "TVR 1.6 and 1.4",
        {"9F48": ""},
        "2800048000",
        APPROVED,
    ),
    ("a card with a spoilt remainder", "TVR 1.4", {"9F48": "00" * 10}, "0800048000", APPROVED),
    (
        "a card whose SDA tag list names the number",
        "TVR 1.4",
        {"9F4A": "5A"},
        "0800048000",
        APPROVED,
    ),
    ("a card whose DDOL lacks 9F37", "TVR 1.4", {"9F49": "9A03"}, "0800048000", APPROVED),
    (
        "a card that claims CDA and signs nothing",
        "TVR 1.3, declined",
        {"82": "3900"},
        "0400048000",
        DECLINED,
    ),
    ("a card that claims no method", "TVR 1.8", {"82": "1800"}, "8000048000", APPROVED),
    (
        "a card that is sent less than its CDOL2 says",
        "declined after the issuer's approval",
        {"8D": "8A02"},
        "0000048000",
        (Decision.DECLINED, Reason.CARD_ERROR),
    ),
)
def test_with_a_tvr(
    objects: dict[str, str], tvr: str, ends: tuple[Decision, Reason | None]
) -> None:
    outcome = Counter(pins=[b"123456"]).sale(card_of("debit", objects=objects), RULES)
    assert (outcome.tags[0x95].hex(), outcome.decision, outcome.reason) == (tvr, *ends)
