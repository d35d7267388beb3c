"""A card of Kernel 2, as transcripts. Its CDOL1 asks for all that the kernel decides: amount, TVR,
CVM Results, capabilities, unpredictable number."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

from cardamom.engines.emv.contactless.outcome import Message, Status, Ui
from cardamom.engines.emv.contactless.requests import TapResult
from cardamom.engines.emv.contactless.rules import TapRules
from cardamom.engines.emv.contactless.torn import TornLog
from cardamom.engines.emv.requests import CardHistory, EmvOrder, Random
from cardamom.faults import CardFault
from support.contactless import (
    APPROVED_ONLINE,
    ICC,
    M,
    TapTape,
    certificates,
    objects_of,
    only,
    ui,
)
from support.emv import APPROVED, ORDER, PAN, UN, t
from support.emv_rsa import signed_combined

CDOL1 = "9F020695059F34039F33039F3704"
LOW, HIGH = "200808", "206008"
"""9F33 below the CVM limit (no CVM) and above it (online PIN, signature)."""
NOTHING, NO_ODA = "0000000000", "8000000000"
NO_CVM, NOT_PERFORMED = "1F0002", "3F0000"
CLEAR = ui(Message.CLEAR_DISPLAY, Status.CARD_READ_OK)
END = ui(Message.INSERT_SWIPE_OR_TRY_ANOTHER, Status.NOT_READY)
AUTHORISING = ui(Message.AUTHORISING, Status.NOT_READY)
APPROVED_OFFLINE = ui(Message.APPROVED, Status.NOT_READY, 1300)
DECLINED = ui(Message.NOT_AUTHORISED, Status.NOT_READY, 1300)
INSERT = ui(Message.INSERT_CARD, Status.NOT_READY, 1300)
CDA = "0180"
SIGNED = {0x5A: bytes.fromhex(PAN), 0x5F24: bytes.fromhex("271231"), 0x9F4A: b"\x82"}


def plain(cid: int, more: bytes = b"") -> bytes:
    body = t(0x9F27, bytes((cid,))) + t(0x9F36, "0007") + t(0x9F26, "1122334455667788")
    return t(0x77, body + t(0x9F10, "0110A0") + more)


@dataclass
class Mchip:
    """`changed`: objects of the record in hex, None to leave out."""

    aip: str = "0080"
    tap: TapRules = field(default_factory=lambda: only(M))
    order: EmvOrder = ORDER
    changed: dict[int, str | None] = field(default_factory=dict)
    history: CardHistory = field(default_factory=CardHistory)
    torn: TornLog = field(default_factory=TornLog)
    un: bytes = UN

    @property
    def remembers(self) -> bool:
        """Card and terminal both know the torn transaction log."""
        (combination,) = self.tap.combinations
        return bool(combination.mchip.torn_records and self.changed.get(0x9F51))

    @property
    def cda(self) -> bool:
        return bool(int(self.aip, 16) & 0x0100)

    def record(self) -> bytes:
        objects: dict[int, bytes] = {
            0x57: bytes.fromhex(PAN + "D2712201123400000F"),
            0x5F34: b"\x01",
            0x8C: bytes.fromhex(CDOL1),
            0x9F0D: bytes(5),
            0x9F0E: bytes(5),
            0x9F0F: bytes(5),
        }
        if self.cda:
            objects |= certificates(self.aip, objects_of(SIGNED))
        else:
            objects |= SIGNED
        for tag, value in self.changed.items():
            if value is None:
                objects.pop(tag, None)
            else:
                objects[tag] = bytes.fromhex(value)
        return t(0x70, objects_of(objects))

    def read(self, tape: TapTape) -> TapTape:
        """The records; with CDA the signed ones are apart."""
        if not self.cda:
            return tape.apdu("00B2010C00", self.record())
        tape.apdu("00B2010C00", t(0x70, objects_of(SIGNED)))
        return tape.apdu("00B2011400", self.record())

    def options(self) -> bytes:
        afl = "0801010110010100" if self.cda else "08010100"
        return t(0x77, t(0x82, self.aip) + t(0x94, afl))

    def begun(self) -> TapTape:
        """To the options."""
        tape = TapTape(order=self.order, tap=self.tap, torn=self.torn)
        return tape.chosen(M).options("", self.options())

    def known(self) -> TapTape:
        """To the point where the terminal has looked the card up."""
        return self.read(self.begun()).tap_recall(self.history)

    def values(self, tvr: str, cvm: str, capabilities: str) -> bytes:
        return bytes.fromhex(
            f"{self.order.amount_minor:012d}{tvr}{cvm}{capabilities}{self.un.hex()}"
        )

    def generate(
        self,
        tape: TapTape,
        ask: int,
        tvr: str = NO_ODA,
        cvm: str = NOT_PERFORMED,
        capabilities: str = LOW,
        *,
        answer: bytes | CardFault | None = None,
        sw: int = 0x9000,
    ) -> TapTape:
        """GENERATE AC with exactly these values."""
        data = self.values(tvr, cvm, capabilities)
        command = bytes((0x80, 0xAE, ask, 0x00, len(data))) + data + b"\0"
        given = plain(ask & 0xC0) if answer is None else answer
        return tape.apdu(command, given if sw == 0x9000 else b"", sw)

    def signed(
        self, cid: int, sent: bytes, *, relay: bytes = b"", spoilt: bool = False, **more: Any
    ) -> bytes:
        """A cryptogram within a CDA signature; `relay` stands behind the hash."""
        head, tail = t(0x9F27, bytes((cid,))) + t(0x9F36, "0007"), t(0x9F10, "0110A0")
        signature = _sign(cid, self.un, sent, head + tail, relay, **more)
        if spoilt:
            signature = signature[:-1] + bytes((signature[-1] ^ 1,))
        return t(0x77, head + t(0x9F4B, signature) + tail)

    # the usual ends
    def online(
        self,
        tape: TapTape,
        *,
        pin: bool = False,
        ends: Ui = APPROVED_ONLINE,
        forgets: bool = False,
    ) -> TapResult:
        """`forgets`: a torn transaction is remembered no more."""
        tape.show(CLEAR)
        if forgets:
            tape.remembers()
        if pin:
            tape.pin()
        return tape.show(AUTHORISING).host(APPROVED).show(ends).result()

    def alone(self, tape: TapTape, shown: Ui, *, forgets: bool = False) -> TapResult:
        tape.show(CLEAR)
        if forgets:
            tape.remembers()
        return tape.show(shown).result()


def _sign(cid: int, un: bytes, sent: bytes, back: bytes, relay: bytes, **more: Any) -> bytes:
    if not relay:
        return signed_combined(ICC, cid=cid, unpredictable=un, sent=sent, back=back, **more)
    import hashlib

    digest = hashlib.sha1(sent + back, usedforsecurity=False).digest()
    data = bytes.fromhex("080102030405060708") + bytes((cid,))
    data += bytes.fromhex("1122334455667788") + digest + relay
    return ICC.sign(b"\x05\x01" + bytes((len(data),)) + data, un)


def relayed(tape: TapTape, entropy: bytes, answer: str, took_us: int, sw: int = 0x9000) -> TapTape:
    """EXCHANGE RELAY RESISTANCE DATA with this time."""
    from cardamom.engines.apdu import Reply
    from cardamom.engines.emv.requests import Transmit

    tape.add(Random(4), entropy)
    command = bytes.fromhex("80EA000004") + entropy + b"\0"
    data = t(0x80, answer) if sw == 0x9000 else b""
    return tape.add(Transmit(command), Reply(data, sw, took_us))


def errors(result: TapResult) -> str:
    """The Error Indication."""
    told = result.parameters.discretionary
    return "" if told is None else told[0xDF8115].hex().upper()
