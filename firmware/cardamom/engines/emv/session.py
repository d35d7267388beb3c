"""What one contact transaction knows as it goes along, and how its steps talk to the card."""

from __future__ import annotations

from collections.abc import Generator
from dataclasses import dataclass, field
from enum import IntEnum
from typing import Any, Final, TypeVar

from cardamom.engines import tlv
from cardamom.engines.apdu import ApduError, Reply, command
from cardamom.engines.emv.bits import Aip, Capability, Tsi, Tvr
from cardamom.engines.emv.certificates import PublicKey
from cardamom.engines.emv.notes import Forgotten, TsiSet, TvrCleared, TvrSet, Watch, unwatched
from cardamom.engines.emv.requests import (
    Application,
    Decision,
    EmvOrder,
    Outcome,
    Request,
    Transmit,
)
from cardamom.engines.emv.rules import AidRule, Rules
from cardamom.engines.emv.store import DataError, Store, config_data, transaction_data
from cardamom.engines.track import TrackError
from cardamom.values.events import Chip, CvmUsed, Reason
from cardamom.values.online import CardData
from cardamom.values.secret import Pin, PinBlock

CARD_DATA_ERRORS: Final = (tlv.TlvError, ApduError, DataError, TrackError)
"""What a parser raises for what a card or host sent."""

KEPT: Final = (
    0x5F2A, 0x5F34, 0x82, 0x84, 0x8A, 0x95, 0x9A, 0x9B, 0x9C, 0x9F02, 0x9F03, 0x9F06, 0x9F09,
    0x9F10, 0x9F1A, 0x9F1E, 0x9F21, 0x9F26, 0x9F27, 0x9F33, 0x9F34, 0x9F35, 0x9F36, 0x9F37, 0x9F41,
    0x9F5B,
)  # fmt: skip
"""What a journal may hold and an advice, reversal or upload may carry in field 55: nothing that
tells number, track, name or expiry."""

ADVICE_REQUIRED: Final = 0x08
"""Bit 4 of the CID (Book 3, Table 14)."""

T = TypeVar("T")
Steps = Generator[Request, Any, T]
"""A step of the kernel: yields requests, returns T."""


class Ended(Exception):
    """The transaction cannot go on; becomes the Outcome at the top of the kernel.

    `fallback`: nothing of the application was used yet, another technology may be tried.
    """

    def __init__(self, reason: Reason, *, fallback: bool = False) -> None:
        super().__init__(reason.value)
        self.reason = reason
        self.fallback = fallback


class Cryptogram(IntEnum):
    """Type in bits 8-7 of the CID and of GENERATE AC's P1 (Book 3, 6.5.5), ordered so that a card
    may answer what it was asked for or anything lower."""

    AAC = 0
    ARQC = 1
    TC = 2

    @property
    def code(self) -> int:
        return {Cryptogram.AAC: 0x00, Cryptogram.TC: 0x40, Cryptogram.ARQC: 0x80}[self]


@dataclass(slots=True)
class Script:
    """One issuer script: template 71 or 72, its identifier, its commands, and how it went as
    byte 1 of its results says it (Book 4, A5)."""

    template: int
    identifier: bytes
    commands: list[bytes] = field(repr=False)
    result: int = 0


@dataclass(slots=True)
class Session:
    """One transaction's state. Steps change it; `contact.py` reads the outcome off it."""

    order: EmvOrder
    rules: Rules
    watch: Watch = unwatched
    store: Store = field(init=False)
    tvr: Tvr = field(init=False)
    tsi: Tsi = field(init=False)
    application: Application | None = None
    aid_rule: AidRule | None = None
    language: str = ""
    """The customer's (Book 4, 11.1), of those the terminal speaks; empty for the terminal's own."""
    card: CardData | None = None
    initiated: bool = False
    """GET PROCESSING OPTIONS succeeded: from here no other technology may be tried."""
    static_data: bytes = field(default=b"", repr=False)
    """Records signed by the issuer, in AFL order (Book 3, 10.3)."""
    static_data_coded: bool = True
    """All of those records had the format that signing demands."""
    cda_key: PublicKey | None = None
    """The card's key: CDA was chosen and is asked for with each cryptogram."""
    sent: bytes = field(default=b"", repr=False)
    """What the PDOL and the CDOLs had sent to the card, in order: CDA signs it."""
    unproven: bool = False
    """A cryptogram came without the signature that it needed."""
    cvm: CvmUsed = CvmUsed.NONE
    pin: Pin | PinBlock | None = None
    pin_withheld: bool = False
    """The customer bypassed PIN entry, or the PIN pad is broken: nobody is asked once more."""
    cryptogram_given: bool = False
    went_online: bool = False
    scripts: list[Script] = field(default_factory=list)
    """The host's, in the order they are to run."""
    scripts_garbled: bool = False
    verdict_reason: Reason | None = None
    """Why the host side said no; stands whatever the card does after that."""

    def __post_init__(self) -> None:
        self.store = Store(config_data(self.rules), transaction_data(self.order))
        self.forget()

    def forget(self) -> None:
        """Back to before GET PROCESSING OPTIONS: TVR and TSI zero, nothing of a card (10.1)."""
        if self.store.card:
            self.watch(Forgotten())
        self.store.card.clear()
        self.store.terminal.clear()
        self.tvr, self.tsi = Tvr(0), Tsi(0)
        self.sent, self.language = b"", ""
        self._write_status()

    def set_tvr(self, bits: Tvr) -> None:
        if new := bits & ~self.tvr:
            self.watch(TvrSet(int(new)))
        self.tvr |= bits
        self._write_status()

    def clear_tvr(self, bits: Tvr) -> None:
        if gone := bits & self.tvr:
            self.watch(TvrCleared(int(gone)))
        self.tvr &= ~bits
        self._write_status()

    def set_tsi(self, bits: Tsi) -> None:
        if new := bits & ~self.tsi:
            self.watch(TsiSet(int(new)))
        self.tsi |= bits
        self._write_status()

    def _write_status(self) -> None:
        self.store.terminal[0x95] = self.tvr.to_bytes(5)
        self.store.terminal[0x9B] = self.tsi.to_bytes(2)

    @property
    def aip(self) -> Aip:
        return Aip(int.from_bytes(self.store.card.get(0x82, bytes(2))))

    @property
    def parameters(self) -> AidRule:
        """The selected AID's parameters."""
        if self.aid_rule is None:
            raise LookupError("no application is selected")
        return self.aid_rule

    def can(self, capability: Capability) -> bool:
        return capability in Capability(int.from_bytes(self.rules.capabilities))

    @property
    def online_only(self) -> bool:
        """Terminal type x1 or x4 (Book 4, A1)."""
        return self.rules.terminal_type & 0x0F in (1, 4)

    @property
    def offline_only(self) -> bool:
        """Terminal type x3 or x6."""
        return self.rules.terminal_type & 0x0F in (3, 6)

    def chip(self) -> Chip | None:
        """What slips need; None before an application is selected."""
        if self.application is None:
            return None
        get = self.store.get
        return Chip(
            aid=(get(0x84) or self.application.aid).hex().upper(),
            label=self.application.name,
            cryptogram=(get(0x9F26) or b"").hex().upper(),
            cid=(get(0x9F27) or b"").hex().upper(),
            tvr=(get(0x95) or b"").hex().upper(),
            tsi=(get(0x9B) or b"").hex().upper(),
            cvm_results=(get(0x9F34) or b"").hex().upper(),
            arc=(get(0x8A) or b"").hex().upper(),
            atc=(get(0x9F36) or b"").hex().upper(),
            icc=self._kept().hex().upper(),
        )

    def _kept(self) -> bytes:
        return tlv.encode_all((tag, v) for tag in KEPT if (v := self.store.get(tag)) is not None)

    def outcome(
        self, decision: Decision, reason: Reason | None = None, *, fallback: bool = False
    ) -> Outcome:
        return Outcome(
            decision,
            reason=reason,
            card=self.card,
            chip=self.chip(),
            cvm=self.cvm,
            went_online=self.went_online,
            tags=self.store.tags(),
            fallback=fallback,
            advice=self.cryptogram_given and bool(self.store.card[0x9F27][0] & ADVICE_REQUIRED),
        )


def ask_card(
    cla: int, ins: int, p1: int, p2: int, data: bytes = b"", le: int | None = None
) -> Steps[Reply]:
    """One command, one answer. Raises what is thrown in: CardFault."""
    return (yield from send(command(cla, ins, p1, p2, data, le)))


def send(apdu: bytes, then: tuple[bytes, ...] = ()) -> Steps[Reply]:
    """The same of a command that is made already. `then`: as of Transmit."""
    answer = yield Transmit(apdu, then)
    # whoever serves the kernel may answer with a reply of its own class
    return Reply(answer.data, answer.sw, answer.took_us)


def get_data(tag: int, length: int) -> Steps[bytes | None]:
    """GET DATA (6.5.7): the value, or None where the card does not give exactly that."""
    reply = yield from ask_card(0x80, 0xCA, tag >> 8, tag & 0xFF, le=0)
    if not reply.ok:
        return None
    try:
        found = dict(tlv.items(reply.data))
    except tlv.TlvError:
        return None
    value = found.get(tag)
    return value if value is not None and len(value) == length else None
