"""Requests and advices: what is booked, and against which original."""

from __future__ import annotations

import secrets
from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime
from typing import Final

from cardamom.engines import tlv
from cardamom.engines.iso8583.codec import Message
from cardamom.engines.keys.working import WorkingKeys
from cardamom.simulator.acquirer.entries import APPROVED
from cardamom.simulator.acquirer.flags import Flag
from cardamom.simulator.acquirer.hostkeys import HostKeys
from cardamom.simulator.acquirer.issuer import Decision, Issuer, Query
from cardamom.simulator.acquirer.ledger import Entry, Ledger
from cardamom.simulator.acquirer.reading import Asked
from cardamom.simulator.acquirer.replies import Replies
from cardamom.simulator.acquirer.reversals import INVALID, NOT_FOUND
from cardamom.values.kinds import KINDS, Kind
from cardamom.values.money import BY_NUMBER
from cardamom.values.secret import Pan, mask_pan

REFUSED: Final = "30"
"""Format error (ISO 8583:1987, table of response codes)."""
INVALID_AMOUNT: Final = "13"
UNKNOWN_CARD: Final = "14"
NOT_SIGNED_ON: Final = "58"
DUPLICATE: Final = "94"
SHORTEST_PAN: Final = 8


class Payments:
    """Part of a host."""

    def __init__(self, replies: Replies, ledger: Ledger, issuer: Issuer, keys: HostKeys) -> None:
        self._replies = replies
        self._ledger = ledger
        self._issuer = issuer
        self._keys = keys

    def entry(self, asked: Asked) -> Entry:
        """The row that a message would make."""
        get = asked.message.get
        pan = self._account(asked)
        known = self._issuer.account_name(Pan(pan)) if len(pan) >= SHORTEST_PAN else ""
        number = get(49) or ""
        currency = BY_NUMBER.get(number)
        return Entry(
            terminal=get(41) or "",
            merchant=get(42) or "",
            stan=get(11) or "",
            local_date=get(13) or "",
            local_time=get(12) or "",
            mti=asked.message.mti,
            processing=get(3) or "",
            amount_minor=int(get(4) or 0),
            currency=currency.code if currency else number,
            pan=mask_pan(pan),
            account=known,
            kind=(asked.kind or Kind.SALE).value,
            batch=asked.batch,
            sent=get(7) or "",
        )

    def request(
        self, asked: Asked, keys: WorkingKeys | None, forced: str | None
    ) -> tuple[Message, str]:
        """The answer, durable in the ledger, and what became of the question."""
        entry = self.entry(asked)
        if (known := self._ledger.find(entry)) is not None:
            return self._again(asked, entry, known)
        if self._ledger.reversals.came_before(entry):
            detail = f"{entry.kind} of {entry.amount_minor} {entry.currency} after its reversal"
            self._ledger.flags.raise_(Flag.AFTER_REVERSAL, entry.terminal, entry.stan, detail)
            entry = self._ledger.record(entry, INVALID, "")
            return self._answer(asked, entry), f"refused {INVALID}: it was reversed before"
        decision = Decision(forced) if forced else None
        if decision is None and self._signed_off(asked):
            decision = Decision(NOT_SIGNED_ON)
        if KINDS[Kind(entry.kind)].original is not None:
            original = self._ledger.original(asked.original)
            if original is not None:
                entry = replace(entry, original=original.rrn)
            decision = decision or self._undo(entry, original)
        decision = decision or self._decide(asked, keys)
        entry = self._ledger.record(entry, decision.code, decision.auth_code)
        return self._answer(asked, entry, decision.issuer_auth), f"booked {entry.code}"

    def advice(self, asked: Asked, forced: str | None) -> tuple[Message, str]:
        """What was approved offline: booked once, unless the card is none of ours."""
        entry = replace(self.entry(asked), advice=True)
        if (known := self._ledger.find(entry)) is not None:
            return self._again(asked, entry, known)
        if forced:
            return self._replies.reply(asked, forced), f"advice {forced}"
        code = APPROVED if entry.account else UNKNOWN_CARD
        entry = self._ledger.record(entry, code, (asked.message.get(38) or "").strip())
        return self._answer(asked, entry), f"advice {entry.code}"

    def with_scripts(self, asked: Asked, answer: Message, scripts: Sequence[str]) -> Message:
        """The answer with issuer scripts behind what its field 55 holds."""
        get = asked.message.get
        told = self._issuer.scripts(Pan(get(2) or ""), bytes.fromhex(get(55) or ""), scripts)
        if not told:
            return answer
        held = (answer.get(55) or "") + told.hex().upper()
        return Message(answer.mti, {**answer.fields, 55: held})

    def _again(self, asked: Asked, entry: Entry, known: Entry) -> tuple[Message, str]:
        same = all(
            getattr(entry, name) == getattr(known, name)
            for name in ("amount_minor", "currency", "kind", "pan", "advice")
        )
        if same:
            return self._answer(asked, known), "repeated"
        self._ledger.flag_same_numbers(entry, known)
        return self._replies.reply(asked, DUPLICATE), f"refused {DUPLICATE}: other content"

    def _signed_off(self, asked: Asked) -> bool:
        terminal = self._keys.terminal(asked.message.get(41) or "")
        return self._replies.profile.switches.sign_on and not terminal.signed_on

    def _undo(self, entry: Entry, original: Entry | None) -> Decision:
        """A void or refund: of an approved original of this card, for what is left of it."""
        rule = KINDS[Kind(entry.kind)]
        if original is None:
            return Decision(NOT_FOUND)
        whole = rule.flow == "cancel"
        if (
            original.kind != rule.original
            or original.state != "approved"
            or (original.pan, original.account) != (entry.pan, entry.account)
            or (whole and (original.refunded_minor or original.settled_batch is not None))
        ):
            return Decision(INVALID)
        left = original.amount_minor - original.refunded_minor
        fits = entry.amount_minor == left if whole else 0 < entry.amount_minor <= left
        if original.currency != entry.currency or not fits:
            return Decision(INVALID_AMOUNT)
        return Decision(APPROVED, secrets.token_hex(3).upper())

    def _decide(self, asked: Asked, keys: WorkingKeys | None) -> Decision:
        question = asked.message
        try:
            pan = Pan(self._account(asked))
        except ValueError:
            return Decision(REFUSED)
        pin, present = self._keys.pin(question, pan, keys)
        psn = question.get(23)
        return self._issuer.authorise(
            Query(
                pan=pan,
                expiry=question.get(14),
                psn=int(psn) if psn is not None else None,
                amount_minor=int(question.get(4) or 0),
                currency=question.get(49) or "",
                clear_pin=pin,
                pin_present=present,
                icc=bytes.fromhex(question.get(55) or ""),
                today=datetime.now(self._replies.zone).date(),
            )
        )

    def _account(self, asked: Asked) -> str:
        """The account's number, by the field that the profile has for it."""
        own, get = self._replies.profile.closed_loop, asked.message.get
        return get(2) or (get(own.account) if own is not None else None) or ""

    def _left(self, asked: Asked) -> str:
        """Field 54 of a prepaid account: available (ISO 8583:1987, additional amounts)."""
        number = self._account(asked)
        left = self._issuer.available(Pan(number)) if len(number) >= SHORTEST_PAN else None
        if left is None:
            return ""
        return f"0002{left.unit.number}C{left.minor:012d}"

    def _answer(self, asked: Asked, entry: Entry, issuer_auth: bytes = b"") -> Message:
        fields = {37: entry.rrn, 38: entry.auth_code, 54: self._left(asked)}
        if issuer_auth:
            objects = [(0x8A, entry.code.encode()), (0x91, issuer_auth)]
            fields[55] = tlv.encode_all(objects).hex().upper()
        return self._replies.reply(asked, entry.code, fields)
