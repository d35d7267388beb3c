"""What the acquirer answers: sign-on with session keys, requests through the issuer."""

from __future__ import annotations

import secrets
from dataclasses import dataclass, field
from datetime import datetime
from zoneinfo import ZoneInfo

from cardamom.engines import tlv
from cardamom.engines.iso8583.codec import Message
from cardamom.engines.iso8583.profile import Profile, answer_of
from cardamom.engines.keys.pin_block import PinBlockError, read_format_0
from cardamom.engines.keys.session import SessionKeys, write_session_keys
from cardamom.simulator.acquirer.issuer import Decision, Issuer, Query
from cardamom.simulator.acquirer.ledger import Entry, Ledger
from cardamom.story import tell
from cardamom.values.money import BY_NUMBER
from cardamom.values.secret import Key, Pan, Pin, PinBlock, mask_pan

REFUSED = "30"
"""Format error (ISO 8583:1987, table of response codes)."""
NOT_SIGNED_ON = "58"
SHORTEST_PAN = 8


@dataclass(slots=True)
class Connection:
    """What the host knows of one terminal's connection."""

    signed_on: bool = False
    keys: SessionKeys = field(default_factory=SessionKeys)


class AcquirerHost:
    """The host's mind, without its sockets."""

    def __init__(
        self, profile: Profile, ledger: Ledger, issuer: Issuer, master_key: Key, zone: ZoneInfo
    ) -> None:
        self._profile = profile
        self._ledger = ledger
        self._issuer = issuer
        self._master = master_key
        self._zone = zone

    def network(self, connection: Connection, question: Message) -> tuple[Message, SessionKeys]:
        """0800: the answer, and the keys that hold once it has been sent."""
        echoed = {n: question.fields[n] for n in (7, 11, 12, 13, 24, 41, 42, 70)}
        self.note(question, f"network {echoed[70]}")
        if question.fields[70] != "001":
            return Message("0810", {**echoed, 39: "00"}), connection.keys
        switches = self._profile.switches
        keys = SessionKeys(
            Key(secrets.token_bytes(16)) if switches.pin_key else None,
            Key(secrets.token_bytes(16)) if switches.mac else None,
        )
        connection.signed_on = True
        fields = {**echoed, 39: "00", 60: f"{1:06d}"}
        if blocks := write_session_keys(keys, self._master):
            fields[62] = blocks
        return Message("0810", fields), keys

    def financial(
        self, connection: Connection, question: Message, forced: str | None = None
    ) -> Message:
        """The answer to one financial request; durable in the ledger when this returns.

        `forced`: the response code, whatever the issuer would say.
        """
        entry = self._entry(question)
        if (known := self._ledger.find(entry)) is not None:
            self.note(question, "repeated")
            return self._answer(question, known, b"")
        decision = Decision(forced) if forced else self._decide(connection, question)
        entry = self._ledger.record(entry, decision.code, decision.auth_code)
        self.note(question, f"booked {entry.code}")
        return self._answer(question, entry, decision.issuer_auth)

    def note(self, question: Message, outcome: str) -> None:
        """One line a message, whatever becomes of it."""
        self._ledger.note(question.fields[41], question.fields[11], question.mti, outcome)

    def refuse(self, why: str) -> None:
        """A message that cannot be answered: unreadable, or with a wrong MAC."""
        self._ledger.note("", "", "", f"refused: {why}")
        tell("acquirer_refuses", why=why)

    def _decide(self, connection: Connection, question: Message) -> Decision:
        if self._profile.switches.sign_on and not connection.signed_on:
            return Decision(NOT_SIGNED_ON)
        try:
            pan = Pan(question.fields[2])
        except ValueError:
            return Decision(REFUSED)
        pin, present = self._pin(connection, question, pan)
        psn = question.get(23)
        return self._issuer.authorise(
            Query(
                pan=pan,
                expiry=question.get(14),
                psn=int(psn) if psn is not None else None,
                amount_minor=int(question.fields[4]),
                currency=question.fields[49],
                clear_pin=pin,
                pin_present=present,
                icc=bytes.fromhex(question.get(55) or ""),
                today=datetime.now(self._zone).date(),
            )
        )

    def _pin(self, connection: Connection, question: Message, pan: Pan) -> tuple[Pin | None, bool]:
        block = question.get(52)
        if block is None:
            return None, False
        if connection.keys.pin is None:
            return None, True
        try:
            return read_format_0(PinBlock(bytes.fromhex(block)), pan, connection.keys.pin), True
        except (PinBlockError, ValueError):
            return None, True

    def _entry(self, question: Message) -> Entry:
        fields = question.fields
        pan = fields[2]
        account = self._issuer.account_name(Pan(pan)) if len(pan) >= SHORTEST_PAN else ""
        currency = BY_NUMBER.get(fields[49])
        return Entry(
            terminal=fields[41],
            merchant=fields[42],
            stan=fields[11],
            local_date=fields[13],
            local_time=fields[12],
            mti=question.mti,
            processing=fields[3],
            amount_minor=int(fields[4]),
            currency=currency.code if currency else fields[49],
            pan=mask_pan(pan),
            account=account,
        )

    def _answer(self, question: Message, entry: Entry, issuer_auth: bytes) -> Message:
        fields = {n: question.fields[n] for n in (3, 4, 7, 11, 12, 13, 41, 42, 49)}
        fields[37] = entry.rrn
        fields[39] = entry.code
        if entry.auth_code:
            fields[38] = entry.auth_code
        if issuer_auth:
            objects = [(0x8A, entry.code.encode()), (0x91, issuer_auth)]
            fields[55] = tlv.encode_all(objects).hex().upper()
        return Message(answer_of(question.mti), fields)
