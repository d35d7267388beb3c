"""Transcripts of a tap, command by command, and the imaginary card that answers them."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from typing import Any, Self

from cardamom.engines.emv.contactless.entry import PRESENT_CARD, entry_point
from cardamom.engines.emv.contactless.outcome import Message, Status, Ui
from cardamom.engines.emv.contactless.requests import Activate, Presented, Remember, Show, TapResult
from cardamom.engines.emv.contactless.rules import Combination, MchipRules, TapRules
from cardamom.engines.emv.contactless.torn import TornLog
from cardamom.engines.emv.replay import replay
from cardamom.engines.emv.requests import CardHistory, EnterPin, GoOnline, PinUse, Random, Recall
from cardamom.engines.emv.rules import AidRule, CaKey, Rules
from cardamom.faults import CardFault
from cardamom.values.events import Reason
from cardamom.values.secret import Pan, Pin
from support.emv import APPROVED, PAN, UN, Tape, t
from support.emv_rsa import icc_certificate, issuer_certificate, pair

V = bytes.fromhex("A0000000031010")
M = bytes.fromhex("A0000000041010")
U = bytes.fromhex("A000000333010101")
KERNEL_OF = {V: 3, M: 2, U: 7}
TTQ = "36004000"
"""qVSDC or qUICS, contact chip, online PIN, signature; the device's own CVM."""
CA, ISSUER, ICC = pair(1408), pair(1152), pair(1024)
QUIET = AidRule(b"", tac_denial=bytes(5), tac_online=bytes(5), tac_default=bytes(5))


def combination(aid: bytes, **changed: Any) -> Combination:
    """No limits at all but what is `changed`."""
    made = Combination(
        replace(QUIET, aid=aid),
        KERNEL_OF[aid],
        ttq=b"" if aid == M else bytes.fromhex(TTQ),
        mchip=MchipRules(relay=None, torn_records=0),
    )
    return replace(made, **changed)


RULES = Rules(
    aids=(),
    ca_keys=tuple(CaKey(aid[:5], 0x94, CA.modulus, 3) for aid in (V, M, U)),
    terminal_type=0x22,
    offline_approval=True,
)
ALL = TapRules(RULES, (combination(V), combination(M), combination(U)))
ONLINE = replace(RULES, offline_approval=False)


def only(aid: bytes, rules: Rules = RULES, **changed: Any) -> TapRules:
    return TapRules(rules, (combination(aid, **changed),))


def entry(aid: bytes, kernel: str = "", priority: str = "", more: bytes = b"") -> bytes:
    body = t(0x4F, aid) + t(0x50, b"TEST TAP")
    body += t(0x9F2A, kernel) if kernel else b""
    body += t(0x87, priority) if priority else b""
    return t(0x61, body + more)


def ppse_fci(*entries: bytes) -> bytes:
    body = t(0xBF0C, b"".join(entries))
    return t(0x6F, t(0x84, b"2PAY.SYS.DDF01") + t(0xA5, body))


def fci(aid: bytes, pdol: str = "", more: bytes = b"") -> bytes:
    body = t(0x50, b"TEST TAP") + (t(0x9F38, pdol) if pdol else b"")
    return t(0x6F, t(0x84, aid) + t(0xA5, body + more))


def ui(message: Message, status: Status, hold_ms: int = 0) -> Ui:
    return Ui(message, status, hold_ms)


READ_OK = ui(Message.CARD_READ_OK, Status.CARD_READ_OK)
AGAIN = ui(Message.PRESENT_AGAIN, Status.READY_TO_READ)
BROKEN = ui(Message.PRESENT_AGAIN, Status.PROCESSING_ERROR)
END = ui(Message.INSERT_SWIPE_OR_TRY_ANOTHER, Status.PROCESSING_ERROR)
INSERT = ui(Message.INSERT_CARD, Status.PROCESSING_ERROR)
APPROVED_ONLINE = ui(Message.APPROVED, Status.NOT_READY)
SIGN_ONLINE = ui(Message.APPROVED_SIGN, Status.NOT_READY)
REFUSED_ONLINE = ui(Message.NOT_AUTHORISED, Status.NOT_READY)


@dataclass
class TapTape(Tape):
    """As support.emv.Tape, over the air. `tap` is what the terminal is set to."""

    tap: TapRules = ALL
    torn: TornLog = field(default_factory=TornLog)

    def show(self, shown: Ui) -> Self:
        return self.add(Show(shown), None)

    def remembers(self) -> Self:
        """The torn transaction log changes."""
        return self.add(Remember, None)

    def activate(
        self,
        shown: Ui = PRESENT_CARD,
        off_ms: int = 0,
        answer: Presented | Reason = Presented.CARD,
    ) -> Self:
        self.add(Activate(shown, off_ms), answer)  # type: ignore[arg-type]
        if answer is Presented.CARD:
            self.show(ui(Message.PROCESSING, Status.PROCESSING))
        return self

    def ppse(self, *entries: bytes, sw: int = 0x9000) -> Self:
        return self.select(b"2PAY.SYS.DDF01", ppse_fci(*entries) if sw == 0x9000 else b"", sw)

    def chosen(self, aid: bytes, pdol: str = "", more: bytes = b"") -> Self:
        """Presented; PPSE with this application alone, and its SELECT."""
        return self.activate().found(aid, pdol, more)

    def found(self, aid: bytes, pdol: str = "", more: bytes = b"") -> Self:
        return self.ppse(entry(aid)).select(aid, fci(aid, pdol, more))

    def options(
        self, sent: str, answer: bytes | CardFault = b"", sw: int = 0x9000, un: bytes = UN
    ) -> Self:
        self.add(Random(4), un)
        body = t(0x83, sent)
        return self.apdu(bytes.fromhex("80A80000") + bytes((len(body),)) + body + b"\0", answer, sw)

    def tap_recall(self, history: CardHistory | None = None, psn: int | None = 1) -> Self:
        return self.add(Recall(Pan(PAN), psn), history or CardHistory())

    def host(self, answer: Any = APPROVED) -> Self:
        """The issuer is asked."""
        return self.add(GoOnline, answer)

    def pin(self, answer: Any = None) -> Self:
        self.show(ui(Message.ENTER_PIN, Status.NOT_READY))
        return self.add(EnterPin(PinUse.ONLINE), answer or Pin(b"1234"))

    def result(self) -> TapResult:
        return replay(entry_point(self.order, self.tap, self.torn), self.steps)


def certificates(aip: str, signed: bytes, pan: str = PAN) -> dict[int, bytes]:
    """A card's keys, certified over `signed` and the AIP."""
    issuer, issuer_rest = issuer_certificate(CA, ISSUER)
    own, rest = icc_certificate(ISSUER, ICC, signed + bytes.fromhex(aip), pan=pan)
    return {
        0x8F: b"\x94", 0x90: issuer, 0x92: issuer_rest, 0x9F32: b"\x03",
        0x9F46: own, 0x9F48: rest, 0x9F47: b"\x03",
    }  # fmt: skip


def objects_of(objects: dict[int, bytes]) -> bytes:
    return b"".join(t(tag, value) for tag, value in objects.items())
