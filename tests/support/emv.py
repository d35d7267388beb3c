"""Transcripts of an imaginary card, written out command by command, and what the tests buy."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from typing import Any, Self

from cardamom.engines import tlv
from cardamom.engines.apdu import Reply
from cardamom.engines.emv.contact import contact_kernel
from cardamom.engines.emv.replay import Step, replay
from cardamom.engines.emv.requests import (
    Answer,
    CardHistory,
    EmvOrder,
    GoOnline,
    Outcome,
    Random,
    Recall,
    Transmit,
)
from cardamom.engines.emv.rules import AidRule, Rules
from cardamom.faults import CardFault
from cardamom.values.events import Verdict
from cardamom.values.online import OnlineAnswer
from cardamom.values.secret import Pan

AID = bytes.fromhex("A0000000031010")
PAN = "4761739001010119"
UN = bytes.fromhex("DEADBEEF")
CDOL1 = "9F02069F03069F1A0295055F2A029A039C019F3704"
CDOL2 = "8A02" + CDOL1 + "9F3403"
GONE = CardFault("the card was pulled", gone=True)
MUTE = CardFault("the card does not answer")

ORDER = EmvOrder(
    amount_minor=1234,
    currency="156",
    currency_exponent=2,
    date=bytes.fromhex("250511"),
    time=bytes.fromhex("101112"),
)
RULE = AidRule(AID, version=b"\x00\x96", floor_limit=0)
RULES = Rules(aids=(RULE,), ca_keys=())
OFFLINE_CAPABLE = replace(
    RULES,
    aids=(replace(RULE, floor_limit=10_000, tac_online=bytes(5), tac_default=bytes(5)),),
    terminal_type=0x22,
    offline_approval=True,
)
APPROVED = OnlineAnswer(Verdict.APPROVED, "00", auth_code="123456", arc=b"00")
DECLINED = OnlineAnswer(Verdict.DECLINED, "05", arc=b"05")


def t(tag: int, value: str | bytes) -> bytes:
    return tlv.encode(tag, bytes.fromhex(value) if isinstance(value, str) else value)


def pse_fci(sfi: int = 1) -> bytes:
    return t(0x6F, t(0x84, b"1PAY.SYS.DDF01") + t(0xA5, t(0x88, bytes((sfi,)))))


def entry(aid: bytes = AID, label: bytes = b"TEST CREDIT", priority: int | None = 1) -> bytes:
    body = t(0x4F, aid) + t(0x50, label)
    return t(0x61, body if priority is None else body + t(0x87, bytes((priority,))))


def adf_fci(aid: bytes = AID, extra: bytes = b"", label: bytes = b"TEST CREDIT") -> bytes:
    return t(0x6F, t(0x84, aid) + t(0xA5, t(0x50, label) + extra))


def default_objects() -> dict[int, bytes]:
    """The records' objects of a card that asks for no CVM and signs nothing."""
    return {
        0x57: bytes.fromhex(PAN + "D2712201123400000F"),
        0x5A: bytes.fromhex(PAN),
        0x5F24: bytes.fromhex("271231"),
        0x5F28: bytes.fromhex("0156"),
        0x5F34: b"\x01",
        0x8C: bytes.fromhex(CDOL1),
        0x8D: bytes.fromhex(CDOL2),
        0x8E: bytes.fromhex("00000000000000001F00"),
        0x9F07: bytes.fromhex("FFC0"),
        0x9F08: bytes.fromhex("0096"),
    }


def cryptogram(
    cid: int, *, template: int = 0x77, atc: str = "0007", iad: str = "06010A03"
) -> bytes:
    if template == 0x80:
        return t(0x80, bytes((cid,)) + bytes.fromhex(atc + "1122334455667788" + iad))
    body = t(0x9F27, bytes((cid,))) + t(0x9F36, atc) + t(0x9F26, "1122334455667788")
    return t(0x77, body + (t(0x9F10, iad) if iad else b""))


@dataclass
class Tape:
    """Builds a transcript; each method adds what the kernel must ask for, in that order."""

    steps: list[Step] = field(default_factory=list)
    order: EmvOrder = ORDER

    def add(self, expected: Any, answer: Answer | CardFault) -> Self:
        self.steps.append(Step(expected, answer))
        return self

    def apdu(self, command: str | bytes, data: bytes | CardFault = b"", sw: int = 0x9000) -> Self:
        raw = bytes.fromhex(command) if isinstance(command, str) else command
        answer = data if isinstance(data, CardFault) else Reply(data, sw, 900)
        return self.add(Transmit(raw), answer)

    def select(
        self, name: bytes, data: bytes | CardFault = b"", sw: int = 0x9000, *, p2: int = 0
    ) -> Self:
        head = bytes((0x00, 0xA4, 0x04, p2, len(name)))
        return self.apdu(head + name + b"\0", data, sw)

    def directory(self, *entries: bytes) -> Self:
        self.select(b"1PAY.SYS.DDF01", pse_fci())
        self.apdu("00B2010C00", t(0x70, b"".join(entries or (entry(),))))
        return self.apdu("00B2020C00", sw=0x6A83)

    def initiate(
        self, aip: str = "1800", afl: str = "08010100", *, pdol: str = "", sent: str = ""
    ) -> Self:
        """Final SELECT, unpredictable number, GET PROCESSING OPTIONS in format 2."""
        self.select(AID, adf_fci(extra=t(0x9F38, pdol) if pdol else b""))
        self.add(Random(4), UN)
        body = t(0x83, sent)
        command = bytes.fromhex("80A80000") + bytes((len(body),)) + body + b"\0"
        return self.apdu(command, t(0x77, t(0x82, aip) + t(0x94, afl)))

    def record(self, objects: dict[int, bytes] | None = None) -> Self:
        found = default_objects() if objects is None else objects
        return self.apdu("00B2010C00", t(0x70, b"".join(t(k, v) for k, v in found.items())))

    def begin(self, aip: str = "1800", /, **changed: bytes | None) -> Self:
        """Directory to records: the default card with `x8E=...` changed, None to leave out."""
        objects: dict[int, bytes | None] = {**default_objects()}
        objects |= {int(name[1:], 16): value for name, value in changed.items()}
        self.directory().initiate(aip)
        return self.record({tag: value for tag, value in objects.items() if value is not None})

    def recall(self, history: CardHistory | None = None) -> Self:
        return self.add(Recall(Pan(PAN), 1), history or CardHistory())

    def _values(self, tvr: str) -> str:
        o = self.order
        return (
            f"{o.amount_minor:012d}{o.other_minor:012d}0156{tvr}0156{o.date.hex()}"
            f"{o.transaction_type:02X}{UN.hex()}"
        )

    def first(
        self,
        tvr: str,
        *,
        ask: int = 0x80,
        answer: bytes | CardFault | None = None,
        sw: int = 0x9000,
    ) -> Self:
        """GENERATE AC 1 with exactly this TVR."""
        return self._generate(ask, self._values(tvr), answer, sw)

    def online(self, answer: Answer) -> Self:
        return self.add(GoOnline, answer)

    def second(
        self,
        tvr: str,
        arc: bytes,
        cvm: str = "1F0002",
        *,
        ask: int = 0x40,
        answer: bytes | CardFault | None = None,
        sw: int = 0x9000,
    ) -> Self:
        """GENERATE AC 2 with exactly this TVR, response code and CVM Results."""
        return self._generate(ask, arc.hex() + self._values(tvr) + cvm, answer, sw)

    def _generate(self, ask: int, data: str, answer: bytes | CardFault | None, sw: int) -> Self:
        raw = bytes.fromhex(data)
        command = bytes((0x80, 0xAE, ask, 0x00, len(raw))) + raw + b"\0"
        if sw != 0x9000:
            return self.apdu(command, b"", sw)
        return self.apdu(command, cryptogram(ask) if answer is None else answer)

    def run(self, rules: Rules = RULES) -> Outcome:
        return replay(contact_kernel(self.order, rules), self.steps)


NO_ODA = "8000008000"
"""Offline data authentication not performed, floor limit exceeded: the default card online."""
