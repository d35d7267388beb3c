"""A card of Kernel 3 or 7, as transcripts: what it answers to GET PROCESSING OPTIONS and in its
records, with an fDDA signature where it is asked to have one."""

from __future__ import annotations

from dataclasses import dataclass, field, replace

from cardamom.engines.emv.contactless.outcome import Message, Status, Ui
from cardamom.engines.emv.contactless.requests import TapResult
from cardamom.engines.emv.contactless.rules import TapRules
from cardamom.engines.emv.requests import CardHistory, EmvOrder
from cardamom.values.events import Reason
from support.contactless import (
    APPROVED_ONLINE,
    READ_OK,
    TapTape,
    V,
    certificates,
    objects_of,
    only,
)
from support.emv import APPROVED, ORDER, PAN, UN, t
from support.emv_rsa import signed_dynamic

PDOL = "9F66049F02069F37045F2A02"
AIP = "2000"
SIGNED = {0x5A: bytes.fromhex(PAN), 0x5F24: bytes.fromhex("271231"), 0x9F4A: b"\x82"}
IAD = "06010A03A00000"
"""Its byte 5 says ARQC in bits 6-5."""


@dataclass
class Qualified:
    """`ttq`: as the kernel must send it. `cid`: hex, empty where the card does not say it.
    `signature`: how fDDA is spoilt, `good` or `none`. `more`: tag to hex, empty to leave out."""

    aid: bytes = V
    ttq: str = "36004000"
    order: EmvOrder = ORDER
    tap: TapRules = field(default_factory=lambda: only(V))
    cid: str = "80"
    ctq: str = ""
    signature: str = "none"
    more: dict[int, str] = field(default_factory=dict)
    history: CardHistory = field(default_factory=CardHistory)

    @property
    def sent(self) -> str:
        return f"{self.ttq}{self.order.amount_minor:012d}{UN.hex()}0156"

    def options(self) -> bytes:
        objects = {
            0x82: AIP,
            0x57: PAN + "D2712201123400000F",
            0x5F34: "01",
            0x9F10: IAD,
            0x9F26: "1122334455667788",
            0x9F27: self.cid,
            0x9F36: "0007",
            0x9F6C: self.ctq,
        }
        if self.signature != "none" or self.cid == "40":
            objects[0x94] = "0801010110010100"
        objects |= self.more
        body = b"".join(t(tag, value) for tag, value in objects.items() if value)
        return t(0x77, body)

    def tape(self) -> TapTape:
        tape = TapTape(order=self.order, tap=self.tap)
        tape.chosen(self.aid, PDOL).options(self.sent, self.options())
        if self.signature != "none" or self.cid == "40":
            self.records(tape)
        return tape.show(READ_OK)

    def records(self, tape: TapTape) -> None:
        signed = objects_of(SIGNED)
        tape.apdu("00B2010C00", t(0x70, signed))
        own = certificates(AIP, signed) if self.signature != "none" else {}
        own |= self._signature()
        tape.apdu("00B2011400", t(0x70, objects_of(own) or t(0x5F28, "0156")))

    def _signature(self) -> dict[int, bytes]:
        if self.signature == "none":
            return {}
        version = b"\0" if self.signature == "version 00" else b"\x01"
        related = version + bytes.fromhex("A1A2A3A4") + bytes.fromhex(self.ctq or "0000")
        un, amount, currency = UN, f"{self.order.amount_minor:012d}", "0156"
        if self.signature == "number":
            un = bytes(4)
        if self.signature == "amount":
            amount = "000000000001"
        if self.signature == "currency":
            currency = "0840"
        signed = un + bytes.fromhex(amount + currency) + related
        if self.signature == "related":
            related = related[:-1] + b"\xff"
        from support.contactless import ICC

        data = signed_dynamic(ICC, signed, number="0007")
        if self.signature == "spoilt":
            data = data[:-1] + bytes((data[-1] ^ 1,))
        found = {0x9F69: related, 0x9F4B: data}
        if self.signature == "unsigned":
            del found[0x9F4B]
        return found

    def known(self) -> TapTape:
        """To the point where the terminal has looked the card up."""
        return self.tape().tap_recall(self.history)

    def online(
        self, *, pin: bool = False, answer: object = APPROVED, balance: int | None = None,
        ends: Ui = APPROVED_ONLINE,
    ) -> TapResult:  # fmt: skip
        """Ends with the issuer's word."""
        tape = self.known()
        if pin:
            tape.pin()
        tape.show(self._ui(Message.AUTHORISING, balance))
        return tape.host(answer).show(ends).result()

    def ends(self, message: Message, balance: int | None = None) -> TapResult:
        """Ends alone, with this message."""
        return self.known().show(self._ui(message, balance)).result()

    def shown(self, shown: Ui, *, recalled: bool = True) -> TapResult:
        tape = self.known() if recalled else self.tape()
        return tape.show(shown).result()

    def _ui(self, message: Message, balance: int | None) -> Ui:
        made = Ui(message, Status.CARD_READ_OK)
        return made if balance is None else replace(made, balance=balance, currency="156")


def reason_of(result: TapResult) -> Reason | None:
    return result.outcome.reason
