"""One payment application: the commands of EMV 4.4 Book 3, 6.5, and the card's own decisions."""

from __future__ import annotations

import hashlib
import hmac
from collections.abc import Callable
from dataclasses import dataclass, field
from enum import IntEnum

from cardamom.engines.tlv import encode, encode_all
from cardamom.simulator.card import command as sw
from cardamom.simulator.card.analysis import Cid, Velocity, first_decision, second_decision
from cardamom.simulator.card.command import Command, Refused
from cardamom.simulator.card.crypto import arpc, cryptogram_key, mac
from cardamom.simulator.card.cvr import Cvr
from cardamom.simulator.card.personalise import CDOL1, CRYPTOGRAM_DOL, DDOL, Personalised
from cardamom.simulator.pki.certificates import signed_dynamic_data
from cardamom.values.secret import Key, Pin

ATC_LIMIT = 0xFFFF
CRYPTOGRAM_DATA_SIZE = sum(CRYPTOGRAM_DOL[i] for i in (2, 5, 8, 10, 13, 15, 17, 20))
RESPONSE_CODE_SIZE = 2
ISSUER_DATA_SIZE = 10
UNABLE_ONLINE = (b"Y3", b"Z3")


class Step(IntEnum):
    """How far the transaction has come."""

    SELECTED = 0
    INITIATED = 1
    ASKED_ONLINE = 2
    DONE = 3


@dataclass(slots=True)
class Memory:
    """What outlives a power cut."""

    tries: int
    atc: int = 0
    last_online_atc: int = 0
    blocked: bool = False
    pin: Pin | None = None
    lower: int | None = None
    upper: int | None = None
    """Limits of transactions offline in a row (tags 9F58, 9F59)."""


@dataclass(slots=True)
class Transaction:
    """What a reset forgets."""

    step: Step = Step.SELECTED
    cvr: Cvr = field(default_factory=Cvr)
    session: Key | None = None
    arqc: bytes = b""
    received: bytes = b""
    """What PDOL and CDOLs asked for, in order: CDA signs it."""
    issuer_authenticated: bool | None = None
    """None: no issuer authentication was tried."""
    challenge: bytes = b""
    """What GET CHALLENGE gave last; good for one VERIFY."""


class Application:
    """Commands in, answer data out; Refused carries any other status word."""

    def __init__(self, on_card: Personalised, random: Callable[[int], bytes]) -> None:
        profile = on_card.profile
        self.on_card = on_card
        self.memory = Memory(
            tries=profile.pin_tries if profile.pin_left is None else profile.pin_left,
            blocked=profile.state == "blocked",
            pin=Pin(profile.pin.encode()) if profile.pin else None,
            lower=profile.card_lower,
            upper=profile.card_upper,
        )
        self._random = random
        self.transaction = Transaction()

    def select(self) -> bytes:
        """The FCI; a blocked application's comes with 6283."""
        self.transaction = Transaction()
        if self.memory.blocked:
            raise Refused(sw.DEACTIVATED, self.on_card.fci)
        return self.on_card.fci

    def get_processing_options(self, c: Command) -> bytes:
        """Book 3, 6.5.8. The ATC counts here: once a transaction."""
        self._need(Step.SELECTED)
        if (c.p1, c.p2) != (0, 0):
            raise Refused(sw.WRONG_PARAMETERS)
        wanted = _dol_size(bytes.fromhex(self.on_card.profile.pdol))
        if len(c.data) < 2 or c.data[0] != 0x83:
            raise Refused(sw.WRONG_DATA)
        if c.data[1] != wanted or len(c.data) != 2 + wanted:
            raise Refused(sw.WRONG_LENGTH)
        if self.memory.blocked or self.memory.atc >= ATC_LIMIT:
            raise Refused(sw.CONDITIONS)
        self.memory.atc += 1
        self.transaction.received = c.data[2:]
        self.transaction.step = Step.INITIATED
        self.transaction.cvr.tries_exceeded = self.memory.pin is not None and self.memory.tries == 0
        aip, afl = self.on_card.aip, self.on_card.afl
        if self.on_card.profile.answer_format == 1:
            return encode(0x80, aip + afl)
        return encode(0x77, encode_all(((0x82, aip), (0x94, afl))))

    def read_record(self, sfi: int, number: int) -> bytes:
        """Book 3, 6.5.11."""
        if self.transaction.step < Step.INITIATED:
            raise Refused(sw.CONDITIONS)
        if not any(sfi == known for known, _ in self.on_card.records):
            raise Refused(sw.NOT_FOUND)
        record = self.on_card.records.get((sfi, number))
        if record is None:
            raise Refused(sw.NO_RECORD)
        return record

    def get_data(self, c: Command) -> bytes:
        """Book 3, 6.5.7: ATC, last online ATC, PIN try counter; the card's own limits."""
        tag = c.p1 << 8 | c.p2
        values = {
            0x9F36: self.memory.atc.to_bytes(2),
            0x9F13: self.memory.last_online_atc.to_bytes(2),
        }
        if self.memory.pin is not None:
            values[0x9F17] = bytes((self.memory.tries,))
        for own, limit in ((0x9F58, self.memory.lower), (0x9F59, self.memory.upper)):
            if limit is not None:
                values[own] = bytes((limit,))
        if tag not in values:
            raise Refused(sw.NO_DATA)
        return encode(tag, values[tag])

    def get_challenge(self, c: Command) -> bytes:
        """Book 3, 6.5.6: eight random bytes."""
        if c.data or (c.p1, c.p2) != (0, 0):
            raise Refused(sw.WRONG_PARAMETERS)
        self.transaction.challenge = self._random(8)
        return self.transaction.challenge

    def verify(self, c: Command) -> bytes:
        """Offline PIN (Book 3, 6.5.12), in the clear or enciphered (Book 2, 7.2)."""
        self._need(Step.INITIATED)
        if c.p1 or c.p2 not in (0x80, 0x88):
            raise Refused(sw.WRONG_PARAMETERS)
        block = self._enciphered(c.data) if c.p2 == 0x88 else c.data
        if len(block) != 8:
            raise Refused(sw.WRONG_LENGTH)
        if self.memory.pin is None:
            raise Refused(sw.CONDITIONS)
        if self.memory.tries == 0:
            raise Refused(sw.BLOCKED_METHOD)
        self.memory.tries -= 1
        cvr = self.transaction.cvr
        cvr.pin_performed = True
        cvr.pin_failed = not hmac.compare_digest(pin_block(self.memory.pin), block)
        if cvr.pin_failed:
            cvr.tries_exceeded = self.memory.tries == 0
            raise Refused(sw.PIN_WRONG | self.memory.tries)
        self.memory.tries = self.on_card.profile.pin_tries
        return b""

    def _enciphered(self, data: bytes) -> bytes:
        """The PIN block: `7F`, the block, the challenge, anything."""
        key, challenge = self.on_card.pin_key, self.transaction.challenge
        self.transaction.challenge = b""
        if key is None or not challenge:
            raise Refused(sw.CONDITIONS)
        if len(data) != key.size:
            raise Refused(sw.WRONG_LENGTH)
        if int.from_bytes(data) >= key.n:
            raise Refused(sw.WRONG_DATA)
        clear = key.sign(data)
        if clear[0] != 0x7F or not hmac.compare_digest(clear[9:17], challenge):
            raise Refused(sw.WRONG_DATA)
        return clear[1:9]

    def internal_authenticate(self, c: Command) -> bytes:
        """DDA (Book 2, 6.5.2; Book 3, 6.5.9)."""
        self._need(Step.INITIATED)
        icc = self.on_card.icc
        if icc is None:
            raise Refused(sw.CONDITIONS)
        if (c.p1, c.p2) != (0, 0):
            raise Refused(sw.WRONG_PARAMETERS)
        if len(c.data) != _dol_size(DDOL):
            raise Refused(sw.WRONG_LENGTH)
        number = self._random(8)
        signed = signed_dynamic_data(icc, dynamic=b"\x08" + number, terminal=c.data)
        self.transaction.cvr.dda_performed = True
        if self.on_card.profile.answer_format == 1:
            return encode(0x80, signed)
        return encode(0x77, encode(0x9F4B, signed))

    def external_authenticate(self, c: Command) -> bytes:
        """Issuer authentication (Book 3, 6.5.4): once, after an ARQC."""
        self._need(Step.ASKED_ONLINE)
        if (
            self.on_card.profile.issuer_authentication != "external"
            or self.transaction.issuer_authenticated is not None
        ):
            raise Refused(sw.CONDITIONS)
        if (c.p1, c.p2) != (0, 0):
            raise Refused(sw.WRONG_PARAMETERS)
        if not 8 <= len(c.data) <= 16:
            raise Refused(sw.WRONG_LENGTH)
        if not self._check_issuer(c.data):
            raise Refused(sw.ISSUER_AUTHENTICATION_FAILED)
        return b""

    def generate_ac(self, c: Command) -> bytes:
        """Book 3, 6.5.5, first and second. Without CDA, the bit that asks for it is passed over."""
        if c.p2 != 0 or c.p1 & 0xC0 == 0xC0 or c.p1 & 0x2F:
            raise Refused(sw.WRONG_PARAMETERS)
        asked = Cid(c.p1 & 0xC0)
        signed = bool(c.p1 & 0x10) and self.on_card.profile.authentication == "cda"
        if self.transaction.step is Step.INITIATED:
            return self._first(asked, c.data, signed=signed)
        if self.transaction.step is Step.ASKED_ONLINE:
            return self._second(asked, c.data, signed=signed)
        raise Refused(sw.CONDITIONS)

    def _first(self, asked: Cid, data: bytes, *, signed: bool) -> bytes:
        if len(data) != _dol_size(CDOL1):
            raise Refused(sw.WRONG_LENGTH)
        decided = first_decision(self.on_card.profile, asked, self._velocity())
        t = self.transaction
        t.cvr.first = decided
        t.session = cryptogram_key(self.on_card.key_ac, self.memory.atc)
        t.step = Step.ASKED_ONLINE if decided is Cid.ARQC else Step.DONE
        t.received += data
        answer, cryptogram = self._cryptogram(decided, data, signed=signed)
        t.arqc = cryptogram if decided is Cid.ARQC else b""
        return answer

    def _second(self, asked: Cid, data: bytes, *, signed: bool) -> bytes:
        if asked is Cid.ARQC:
            raise Refused(sw.CONDITIONS)
        profile = self.on_card.profile
        by_cdol = profile.issuer_authentication == "cdol2"
        head = (ISSUER_DATA_SIZE if by_cdol else 0) + RESPONSE_CODE_SIZE
        if len(data) != head + CRYPTOGRAM_DATA_SIZE:
            raise Refused(sw.WRONG_LENGTH)
        t = self.transaction
        response_code = data[head - RESPONSE_CODE_SIZE : head]
        offline = response_code in UNABLE_ONLINE
        issuer_data = data[:ISSUER_DATA_SIZE] if by_cdol else b""
        if any(issuer_data) and not offline:
            self._check_issuer(issuer_data)
        t.cvr.unable_online = offline
        t.cvr.no_issuer_authentication = not offline and t.issuer_authenticated is None
        # Book 3, 6.5.1.1: an application that a script blocked gives an AAC and nothing more
        decided = second_decision(
            profile,
            Cid.AAC if self.memory.blocked else asked,
            self._velocity(),
            offline=offline,
            authenticated=t.issuer_authenticated,
        )
        t.cvr.second = decided
        t.step = Step.DONE
        if t.issuer_authenticated or (not offline and decided is Cid.TC):
            self.memory.last_online_atc = self.memory.atc
        t.received += data
        return self._cryptogram(decided, data[head:], signed=signed)[0]

    def _velocity(self) -> Velocity:
        m = self.memory
        return Velocity(m.atc - m.last_online_atc, m.lower, m.upper)

    def _check_issuer(self, issuer_data: bytes) -> bool:
        """Tag 91: ARPC and response code by method 1."""
        t = self.transaction
        right = (
            t.session is not None
            and len(issuer_data) == ISSUER_DATA_SIZE
            and hmac.compare_digest(arpc(t.session, t.arqc, issuer_data[8:]), issuer_data[:8])
        )
        t.issuer_authenticated = right
        t.cvr.issuer_authentication_failed = not right
        return right

    def _cryptogram(self, decided: Cid, terminal: bytes, *, signed: bool) -> tuple[bytes, bytes]:
        """Over terminal data, AIP, ATC and the whole of the issuer application data, by the
        common session key."""
        t = self.transaction
        assert t.session is not None  # noqa: S101 made at the first GENERATE AC
        signed = signed and decided is not Cid.AAC
        t.cvr.cda_performed |= signed
        issuer_data = t.cvr.issuer_application_data()
        atc = self.memory.atc.to_bytes(2)
        cryptogram = mac(t.session, terminal + self.on_card.aip + atc + issuer_data)
        cid = bytes((decided,))
        if signed:
            return self._signed(cid, atc, cryptogram, issuer_data, terminal[-4:]), cryptogram
        if self.on_card.profile.answer_format == 1:
            return encode(0x80, cid + atc + cryptogram + issuer_data), cryptogram
        objects = ((0x9F27, cid), (0x9F36, atc), (0x9F26, cryptogram), (0x9F10, issuer_data))
        return encode(0x77, encode_all(objects)), cryptogram

    def _signed(
        self, cid: bytes, atc: bytes, cryptogram: bytes, issuer_data: bytes, unpredictable: bytes
    ) -> bytes:
        """CDA (Book 2, 6.6.1): the cryptogram within the card's signature. The last object of the
        test cards' CDOLs is the unpredictable number."""
        icc = self.on_card.icc
        assert icc is not None  # noqa: S101 a profile with CDA has a key
        plain = ((0x9F27, cid), (0x9F36, atc))
        said = encode_all((*plain, (0x9F10, issuer_data)))
        digest = hashlib.sha1(self.transaction.received + said).digest()  # noqa: S324 EMV's
        dynamic = b"\x08" + self._random(8) + cid + cryptogram + digest + self.signed_too()
        signature = signed_dynamic_data(icc, dynamic=dynamic, terminal=unpredictable)
        return encode(0x77, encode_all((*plain, (0x9F4B, signature), (0x9F10, issuer_data))))

    def signed_too(self) -> bytes:
        """What an application of another kind signs behind the transaction's hash."""
        return b""

    def _need(self, step: Step) -> None:
        if self.transaction.step is not step:
            raise Refused(sw.CONDITIONS)


def pin_block(pin: Pin) -> bytes:
    """ISO 9564-1, format 2: `2L`, the digits, filled with F to 8 bytes."""
    digits = pin.reveal().decode()
    return bytes.fromhex(f"2{len(digits):X}{digits}".ljust(16, "F"))


def _dol_size(dol: bytes) -> int:
    """Bytes that a DOL of ours asks for."""
    total = at = 0
    while at < len(dol):
        at += 2 if dol[at] & 0x1F == 0x1F else 1
        total += dol[at]
        at += 1
    return total
