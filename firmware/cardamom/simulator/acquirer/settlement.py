"""Settlement on the host's side: totals beside the ledger's own, uploads."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime
from typing import Final

from cardamom.engines.iso8583.codec import Message
from cardamom.engines.iso8583.profile import Agreed
from cardamom.engines.iso8583.service import totals_message
from cardamom.simulator.acquirer.entries import APPROVED, Entry
from cardamom.simulator.acquirer.ledger import Ledger
from cardamom.simulator.acquirer.payments import REFUSED, Payments
from cardamom.simulator.acquirer.reading import Asked
from cardamom.simulator.acquirer.replies import Replies
from cardamom.values.kinds import Kind
from cardamom.values.money import BY_NUMBER
from cardamom.values.online import TotalsRequest
from cardamom.values.totals import Totals

DIFFERS: Final = "95"
"""Reconcile error (ISO 8583:1987, response codes)."""
NOT_TOTALS: Final = frozenset({7, 11, 12, 13, 62, 64, 128})
"""Of a totals message: numbers, times and protection."""
OUT_OF_BALANCE: Final = "2"
"""Field 66 (ISO 8583:1987), where 1 is in balance."""


class HostSettlement:
    """Part of a host."""

    def __init__(self, replies: Replies, ledger: Ledger, payments: Payments) -> None:
        self._replies = replies
        self._ledger = ledger
        self._payments = payments

    def totals(self, asked: Asked, forced: str | None) -> tuple[Message, str]:
        """Agreed where the terminal's message is the one that the ledger's totals would make."""
        rule = self._replies.profile.settlement
        currency = self._currency(asked)
        if forced or rule is None or currency is None or not asked.batch:
            code = forced or REFUSED
            return self._replies.reply(asked, code), f"totals {code}"
        terminal, merchant = asked.message.fields[41], asked.message.fields[42]
        batches = self._ledger.batches
        held = batches.held(terminal, merchant, asked.batch, currency)
        agreed = self._same(asked, held)
        with self._ledger.commit():
            batches.compare(terminal, merchant, asked.batch, held, _text(asked), agreed=agreed)
        code = APPROVED if agreed else DIFFERS
        fields = {rule.agreed.field: _balance(asked, rule.agreed, agreed=agreed)}
        said = f"totals {currency} {'agreed' if agreed else 'differ'}"
        return self._replies.reply(asked, code, fields), said

    def upload(self, asked: Asked, forced: str | None) -> tuple[Message, str]:
        """One record of the terminal's batch."""
        if forced or not asked.batch:
            code = forced or REFUSED
            return self._replies.reply(asked, code), f"upload {code}"
        settlement = self._replies.profile.settlement
        named = asked.spoken_of
        entry = replace(
            self._payments.entry(asked),
            stan=named.stan,
            sent=named.sent,
            code=APPROVED,
            auth_code=(asked.message.get(38) or "").strip(),
            rrn=named.rrn,
            state="approved",
        )
        # one that was added by an earlier attempt has the terminal's reference number, if any
        known = self._ledger.original(named) or self._ledger.find(entry)
        if known is not None and self._could_be(asked, known):
            entry = replace(entry, kind=known.kind)
        with self._ledger.commit():
            row = self._ledger.batches.upload(
                entry, known, settles=settlement is not None and settlement.end is None
            )
        said = "upload" if known else "upload added"
        return self._replies.reply(asked, APPROVED, {37: row.rrn, 38: row.auth_code}), said

    def _could_be(self, asked: Asked, known: Entry) -> bool:
        """Kinds that share a processing code cannot be told apart in an upload."""
        rule = self._replies.profile.kinds.get(Kind(known.kind))
        return rule is not None and rule.processing == asked.message.get(3)

    def end(self, asked: Asked, forced: str | None) -> tuple[Message, str]:
        """The end of an upload, of one currency where the message names it."""
        if not forced:
            get = asked.message.get
            with self._ledger.commit():
                self._ledger.batches.end_upload(
                    get(41) or "", get(42) or "", asked.batch, self._currency(asked)
                )
        code = forced or APPROVED
        fields = {}
        rule = self._replies.profile.settlement
        if rule is not None and not forced:
            fields[rule.agreed.field] = _balance(asked, rule.agreed, agreed=True)
        return self._replies.reply(asked, code, fields), f"upload ended {code}"

    def _currency(self, asked: Asked) -> str | None:
        number = asked.message.get(50) or asked.message.get(49) or ""
        return BY_NUMBER[number].code if number in BY_NUMBER else None

    def _same(self, asked: Asked, held: Totals) -> bool:
        get = asked.message.get
        ours = totals_message(
            TotalsRequest(
                batch=int(asked.batch),
                totals=held,
                terminal_id=get(41) or "",
                merchant_id=get(42) or "",
                stan=1,
                sent_at=datetime.now(UTC),
            ),
            self._replies.profile,
            self._replies.zone,
        )
        return _compared(ours) == _compared(asked.message)


def _compared(message: Message) -> dict[int, str]:
    return {n: v for n, v in message.fields.items() if n not in NOT_TOTALS}


def _text(asked: Asked) -> str:
    """What the terminal told, for people."""
    told = _compared(asked.message)
    return " ".join(f"{n}={told[n]}" for n in sorted(told) if n not in (24, 41, 42))


def _balance(asked: Asked, rule: Agreed, *, agreed: bool) -> str:
    """The field that says it, as the question has it but for that place."""
    value = rule.value if agreed else OUT_OF_BALANCE.rjust(len(rule.value), "0")
    before = (asked.message.get(rule.field) or "").ljust(rule.at, "0")
    return before[: rule.at] + value + before[rule.at + len(value) :]
