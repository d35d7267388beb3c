"""A card of somebody else's: the answers of OpenEMV's applet, of Radboud University's Digital
Security group, as its source gives them (SimpleEMVApplet, EMVStaticData; JavaCardSpot-dev/OpenEMV).

It was made for readers that compute one-time passwords: it has no expiry date, and key objects
without a value. With a date and without those objects it is a whole, if very plain, payment card.
"""

from __future__ import annotations

from dataclasses import dataclass, field, replace

from cardamom.engines import tlv
from cardamom.engines.apdu import Reply
from cardamom.engines.emv.contact import contact_kernel
from cardamom.engines.emv.replay import drive
from cardamom.engines.emv.requests import (
    Answer,
    CardHistory,
    Decision,
    EnterPin,
    GoOnline,
    Outcome,
    Random,
    Recall,
    Request,
    Transmit,
)
from cardamom.engines.emv.rules import AidRule
from cardamom.values.events import CvmUsed, Reason
from cardamom.values.secret import Pin
from support.conformance import case
from support.emv import APPROVED, ORDER, RULES, UN

AID = bytes.fromhex("A0000000048002")
OPEN_RULES = replace(RULES, aids=(AidRule(AID),))
FCI = bytes.fromhex(
    "6F258407A0000000048002A51A500E536563757265436F6465204175748701005F2D046E6C656E"
)
OPTIONS = bytes.fromhex("8006580008010301")
RECORDS = (
    bytes.fromhex(
        "8C219F02069F03069F1A0295055F2A029A039C019F37049F35019F45029F4C089F3403"
        "8D0C910A8A0295059F37049F4C08"
        "5A051234567890"
        "5F340102"
        "8E0A00000000000000000100"
        "9F550180"
        "9F560C00007FFFFFE00000000000000000"
    ),
    bytes.fromhex("8F00900092009F3200"),
    bytes.fromhex("9F46009F47009F48009F49039F3704"),
)
CRYPTOGRAM = bytes.fromhex("0123456789ABCDEF")


@dataclass
class Applet:
    """Its commands. PIN 1234, three tries; cryptograms in format 1 with 18 zeros behind."""

    records: tuple[bytes, ...] = RECORDS
    commands: list[str] = field(default_factory=list)

    def process(self, apdu: bytes) -> Reply:
        self.commands.append(apdu.hex().upper())
        match apdu[1]:
            case 0xA4 if apdu[5:-1] == AID[: len(apdu) - 6]:
                return Reply(FCI, 0x9000)
            case 0xA4:
                return Reply(b"", 0x6A82)
            case 0xA8:
                return Reply(OPTIONS, 0x9000)
            case 0xB2 if apdu[3] == 0x0C and 1 <= apdu[2] <= len(self.records):
                return Reply(tlv.encode(0x70, self.records[apdu[2] - 1]), 0x9000)
            case 0xCA if apdu[2:4] == b"\x9f\x17":
                return Reply(bytes.fromhex("9F170103"), 0x9000)
            case 0x20:
                return Reply(b"", 0x9000 if apdu[6:8] == b"\x12\x34" else 0x63C2)
            case 0xAE if not apdu[2] & 0x10:
                head = b"\x80\x1d" + bytes((apdu[2] & 0xC0, 0x00, 0x01))
                return Reply(head + CRYPTOGRAM + bytes(18), 0x9000)
        return Reply(b"", 0x6D00)


def sale(applet: Applet) -> Outcome:
    def serve(request: Request) -> Answer:
        match request:
            case Transmit(apdu):
                return applet.process(apdu)
            case Random():
                return UN
            case Recall():
                return CardHistory()
            case EnterPin():
                return Pin(b"1234")
            case GoOnline():
                return APPROVED
        raise AssertionError("nothing to choose from")

    return drive(contact_kernel(ORDER, OPEN_RULES), serve)


@case(
    "Book 3, 10.2",
    "OpenEMV's applet as published: no expiry date, a CA key index without a value",
    "read up to the first object out of form; ended, card error, no fallback",
)
def test_the_applet_as_it_is() -> None:
    applet = Applet()
    outcome = sale(applet)
    assert (outcome.decision, outcome.reason) == (Decision.ENDED, Reason.CARD_ERROR)
    assert not outcome.fallback
    assert applet.commands == [
        "00A404000E315041592E5359532E444446303100",
        "00A4040007A000000004800200",
        "00A4040007A000000004800200",
        "80A8000002830000",
        "00B2010C00",
        "00B2020C00",
    ]


@case(
    "Book 3, 10.11",
    "OpenEMV's applet with an expiry date: SDA without data, plaintext PIN, CDOLs of its own, "
    "format 1",
    "TVR 6200008000, CVM 010002, ARQC, then TC over 29 bytes; approved",
)
def test_the_applet_with_what_a_payment_needs() -> None:
    applet = Applet((RECORDS[0] + bytes.fromhex("5F2403491231"), b"", b""))
    outcome = sale(applet)
    assert (outcome.decision, outcome.cvm) == (Decision.APPROVED, CvmUsed.OFFLINE_PIN)
    assert outcome.tags[0x95].hex() == "6200008000"
    assert outcome.tags[0x9B].hex() == "e800"
    assert outcome.tags[0x9F34].hex() == "010002"
    assert outcome.tags[0x9F26] == CRYPTOGRAM
    verify, first, second = applet.commands[-3:]
    assert verify == "0020008008241234FFFFFFFFFF"
    # 9F45 and 9F4C are nobody's: zeros
    assert first == (
        "80AE80002B000000001234000000000000015662000080000156250511"
        "00DEADBEEF210000" + "00" * 8 + "01000200"
    )
    assert second == "80AE40001D" + "00" * 10 + "3030" + "6200008000" + "DEADBEEF" + "00" * 8 + "00"
