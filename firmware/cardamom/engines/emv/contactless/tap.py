"""What one tap knows, and the steps that its kernels share."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Final

from cardamom.engines import tlv
from cardamom.engines.apdu import command
from cardamom.engines.emv import dol
from cardamom.engines.emv.contactless.outcome import Message, Status, Ui
from cardamom.engines.emv.contactless.preprocessing import Prepared
from cardamom.engines.emv.contactless.qualifiers import Ttq
from cardamom.engines.emv.contactless.requests import Show, TapSteps
from cardamom.engines.emv.contactless.torn import TornLog
from cardamom.engines.emv.records import parse_afl
from cardamom.engines.emv.requests import Application, CardHistory, Random, Recall
from cardamom.engines.emv.session import Ended, Session, Steps, ask_card, send
from cardamom.engines.emv.store import DataError, Store, config_data, transaction_data
from cardamom.engines.track import TrackError, parse_track2_bcd
from cardamom.values.events import Reason
from cardamom.values.online import CardData
from cardamom.values.secret import Pan, Track2

CONTACTLESS_CHIP: Final = b"\x07"
"""Tag 9F39 (ISO 8583:1987, field 22): contactless by chip rules."""


@dataclass(frozen=True, slots=True)
class KernelObjects:
    """What a kernel's data dictionary has beside Book 3's: tags that are the terminal's, and the
    lengths of some of the card's."""

    terminal: frozenset[int] = frozenset()
    lengths: Mapping[int, tuple[int, int]] = field(default_factory=dict)


class TapStore(Store):
    """As the contact kernel's store, with one kernel's own objects."""

    __slots__ = ("_objects",)

    def __init__(
        self, config: dict[int, bytes], transaction: dict[int, bytes], objects: KernelObjects
    ) -> None:
        super().__init__(config, transaction)
        self._objects = objects

    def get(self, tag: int) -> bytes | None:
        if tag in self._objects.terminal:
            return self.terminal.get(tag)
        return super().get(tag)

    def replace(self, tag: int, value: bytes) -> None:
        if tag in self._objects.terminal:
            return
        least, most = self._objects.lengths.get(tag, (0, len(value)))
        if not least <= len(value) <= most:
            raise DataError(f"tag {tag:X} has a wrong length")
        super().replace(tag, value)


@dataclass(slots=True)
class Tap(Session):
    """One combination's transaction. `decline` and `online`: what the reader has come to require
    (C-3, 5.4.3)."""

    prepared: Prepared = field(kw_only=True)
    objects: KernelObjects = field(kw_only=True)
    torn: TornLog = field(kw_only=True, default_factory=TornLog)
    history: CardHistory = field(default_factory=CardHistory)
    decline: bool = False
    online: bool = False

    def __post_init__(self) -> None:
        Session.__post_init__(self)
        self.store = TapStore(config_data(self.rules), transaction_data(self.order), self.objects)
        self.store.transaction[0x9F39] = CONTACTLESS_CHIP
        self.forget()

    @property
    def ttq(self) -> Ttq:
        return self.prepared.ttq

    def select(self, aid: bytes, name: str) -> None:
        """The application is selected (Book B, 3.3.3)."""
        combination = self.prepared.combination
        self.application = Application(aid, name)
        self.aid_rule = combination.rule
        terminal = self.store.terminal
        self.store.card[0x4F] = aid
        terminal[0x9F06] = aid
        terminal[0x9F09] = combination.rule.version
        terminal[0x9F1B] = min(combination.floor_limit or 0, 0xFFFFFFFF).to_bytes(4)
        if combination.ttq:
            terminal[0x9F66] = self.ttq.to_bytes(4)


def show(tap: Tap, message: Message, status: Status, hold_ms: int = 0) -> TapSteps[None]:
    yield Show(Ui(message, status, hold_ms, language=tap.language))


def card_read(tap: Tap) -> TapSteps[None]:
    """The card may leave: nothing more is asked of it."""
    yield from show(tap, Message.CARD_READ_OK, Status.CARD_READ_OK)


def initiate(tap: Tap) -> Steps[tuple[bytes, int]]:
    """GET PROCESSING OPTIONS with what the PDOL asks for: answer data and status word."""
    tap.store.terminal[0x9F37] = yield Random(4)
    tap.sent = dol.build(tap.store.card.get(0x9F38, b""), tap.store.get)
    reply = yield from ask_card(0x80, 0xA8, 0x00, 0x00, tlv.encode(0x83, tap.sent), le=0)
    return reply.data, reply.sw


def take_options(tap: Tap, data: bytes) -> None:
    """The answer in either format. Raises TlvError and DataError."""
    template, body = tlv.only(data, 0x77, 0x80)
    if template == 0x77:
        for tag, value in tlv.distinct(body).items():
            tap.store.take(tag, value)
    elif len(body) < 2:
        raise tlv.TlvError("the options are cut short")
    else:
        tap.store.take(0x82, body[:2])
        if body[2:]:
            tap.store.take(0x94, body[2:])
    tap.initiated = True


def read_records(tap: Tap) -> Steps[None]:
    """Each record of the AFL once (Book 3, 10.2 and 10.3). Raises Ended, TlvError and DataError.

    The next is read while this one is taken apart.
    """
    signed: list[bytes] = []
    records = parse_afl(tap.store.card[0x94])
    first, *rest = (command(0x00, 0xB2, each.number, each.sfi << 3 | 4, le=0) for each in records)
    then = tuple(rest)
    for record, apdu in zip(records, (first, *rest), strict=True):
        reply = yield from send(apdu, then)
        then = ()
        if not reply.ok:
            raise Ended(Reason.CARD_ERROR)
        if record.sfi > 10:
            signed += [reply.data] * record.signed
            continue
        _, body = tlv.only(reply.data, 0x70)
        signed += [body] * record.signed
        for tag, value in tlv.walk(body):
            if not tlv.is_constructed(tag):
                tap.store.take(tag, value)
    tap.static_data = b"".join(signed)


def know_card(tap: Tap) -> None:
    """Number, expiry and sequence number, from track 2 where no object of its own says them.

    Raises TrackError where they are no numbers or say different things.
    """
    card = tap.store.card
    track = parse_track2_bcd(card[0x57]) if card.get(0x57) else None
    digits = card.get(0x5A, b"").hex().rstrip("f")
    if not digits and track is not None:
        digits = track.pan.reveal()
        card[0x5A] = bytes.fromhex(digits + "f" * (len(digits) % 2))
    expiry = card[0x5F24].hex()[:4] if card.get(0x5F24) else (track and track.expiry) or ""
    psn = card[0x5F34].hex() if card.get(0x5F34) else None
    if not (digits.isdecimal() and expiry.isdecimal() and (psn is None or psn.isdecimal())):
        raise TrackError("the card's number or expiry is no number")
    try:
        pan = Pan(digits)
    except ValueError:
        raise TrackError("the card number is no number") from None
    if not 1 <= int(expiry[2:]) <= 12:
        raise TrackError("the expiry date is no date")
    if track is not None and track.pan != pan:
        raise TrackError("track 2 names another card")
    tap.card = CardData(
        pan,
        expiry,
        psn=None if psn is None else int(psn),
        track2=Track2(card[0x57]) if track is not None else None,
    )


def recall(tap: Tap) -> Steps[None]:
    """What the terminal remembers of the card."""
    if tap.card is None:
        raise LookupError("the card's records are not read")
    tap.history = yield Recall(tap.card.pan, tap.card.psn)


def over_floor_in_all(tap: Tap) -> bool:
    """With what the card spent below the floor limit today (Book 3, 10.6.1)."""
    limit = tap.prepared.combination.floor_limit
    spent = tap.history.spent_minor
    return limit is not None and spent > 0 and tap.order.amount_minor + spent > limit
