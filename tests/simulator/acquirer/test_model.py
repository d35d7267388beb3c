"""The acquirer's ledger against a model of it, under messages in any order and number."""

from __future__ import annotations

import tempfile
from dataclasses import dataclass, field, replace
from datetime import timedelta
from pathlib import Path

import msgspec
from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, precondition, rule

from cardamom.engines.iso8583.mapping import message_for, totals_message
from cardamom.engines.iso8583.profile import Profile, Switches
from cardamom.settings.profile import load_message_profile
from cardamom.simulator.acquirer.accounts import load_accounts
from cardamom.simulator.acquirer.host import AcquirerHost
from cardamom.simulator.acquirer.issuer import Issuer
from cardamom.simulator.acquirer.ledger import Ledger, read_ledger
from cardamom.simulator.acquirer.reading import Asked
from cardamom.simulator.acquirer.run import test_master_key as master_key
from cardamom.simulator.testdata import issuer_keys
from cardamom.values.events import Entry
from cardamom.values.kinds import Kind
from cardamom.values.online import OnlineRequest, Purpose, TotalsRequest
from cardamom.values.record import Delivery, Record
from cardamom.values.totals import Totals
from support.acquirer import payment
from support.follow_ups import UNIONPAY
from support.messages import AT, ZONE, record
from support.teller import sealed

OPEN = Switches(sign_on=False, mac=False, pin_key=False, echo=False)
LAST = st.integers(0, 3)
"""Which of the last transactions: few, so that much happens to one."""
BALANCE = 100_000_00
"""Behind the card of support/messages.py."""


@dataclass
class Held:
    """What the model knows of a transaction: one that the host never got is `lost`."""

    record: Record
    state: str = "lost"
    reversed_: bool = False
    original: Held | None = None
    stan: int = 0
    answers: dict[str, str] = field(default_factory=dict)
    """Field 39 by message: a repeat is answered alike."""


class LedgerMachine(RuleBasedStateMachine):
    """Field 39 of each answer, states, spent amounts and totals are the model's."""

    profile: Profile

    def __init__(self) -> None:
        super().__init__()
        self.folder = tempfile.TemporaryDirectory()
        self.path = Path(self.folder.name, "ledger.db")
        self.ledger = Ledger(self.path)
        issuer = Issuer(load_accounts(), issuer_keys(), self.ledger)
        self.host = AcquirerHost(self.profile, self.ledger, issuer, master_key(), ZONE)
        self.held: list[Held] = []
        self.stan = 0

    def teardown(self) -> None:
        self.ledger.close()
        self.folder.cleanup()

    def next(self) -> int:
        self.stan += 1
        return self.stan

    def send(self, request: OnlineRequest) -> tuple[str, str, str]:
        """Codes 39, 37 and 38 of the answer."""
        asked = self.host.read(message_for(request, self.profile, ZONE))
        assert isinstance(asked, Asked), asked
        answer = self.host.answer(asked, None)
        assert answer.get(11) == f"{request.stan:06d}"
        return answer.fields[39], answer.get(37) or "", answer.get(38) or ""

    def request(self, held: Held) -> str:
        """The request, once or again: the first answer stands."""
        own = held.record
        if own.kind is Kind.SALE:
            data = payment(None, stan=own.stan or 0, minor=own.amount.minor)
            request = replace(data, record=own)
        else:
            assert held.original is not None
            request = OnlineRequest(own, sealed(), original=held.original.record)
        code, rrn, auth = self.send(request)
        held.record = msgspec.structs.replace(own, rrn=rrn or None, auth_code=auth or None)
        return code

    @rule(minor=st.sampled_from([1, 700, 1234, 40_000_00]))
    def sale(self, minor: int) -> None:
        held = self.new(Kind.SALE, minor)
        fits = minor <= BALANCE - self.spent()
        assert self.request(held) == ("00" if fits else "51")
        held.state = "approved" if fits else "declined"

    @rule(minor=st.sampled_from([700, 1234]))
    def lost_sale(self, minor: int) -> None:
        """It left the terminal and has not come yet."""
        self.new(Kind.SALE, minor)

    @precondition(lambda self: bool(self.held))
    @rule(at=LAST)
    def sale_again(self, at: int) -> None:
        """Repeated, or come at last: one that was reversed before is refused."""
        held = self.held[-1 - at % len(self.held)]
        if held.record.kind is not Kind.SALE or held.stan:
            return
        code = self.request(held)
        if held.state == "lost":
            fits = held.record.amount.minor <= BALANCE - self.spent()
            expected = "12" if held.reversed_ else "00" if fits else "51"
            held.state = "approved" if expected == "00" else "declined"
            assert code == expected
        elif held.state == "declined":
            assert code in ("51", "12")
        else:
            assert code == "00"

    @precondition(lambda self: bool(self.held))
    @rule(at=LAST, times=st.integers(1, 3))
    def reverse(self, at: int, times: int) -> None:
        """Whatever stands against it (voided, refunded) is refused: no terminal asks for it."""
        held = self.held[-1 - at % len(self.held)]
        if held.stan or (self.keeps(held) and not held.reversed_):
            return
        if held.record.kind is Kind.REFUND and self.profile.name == "unionpay":
            return  # it has no reversal
        code = "25" if held.state == "lost" and not held.reversed_ else "00"
        code = held.answers.setdefault("reversal", code)
        stan = self.next()
        for attempt in range(1, times + 1):
            told = self.delivery(held, stan, attempt)
            assert self.send(self.follow(Purpose.REVERSAL, held, told))[0] == code
        if held.state == "approved":
            held.state = "reversed"
            if held.record.kind is Kind.VOID:
                assert held.original is not None
                held.original.state = "approved"
        held.reversed_ = True

    @precondition(lambda self: bool(self.held))
    @rule(at=LAST)
    def void(self, at: int) -> None:
        held = self.held[-1 - at % len(self.held)]
        if held.record.kind is not Kind.SALE:
            return
        made = self.new(Kind.VOID, held.record.amount.minor, held)
        code = self.request(made)
        if held.state == "lost":
            assert code == "25"
        else:
            assert code == ("00" if held.state == "approved" and not self.keeps(held) else "12")
        made.state = "approved" if code == "00" else "declined"
        if code == "00":
            held.state = "voided"

    @precondition(lambda self: bool(self.held))
    @rule(at=LAST, minor=st.sampled_from([1, 600, 700]))
    def refund(self, at: int, minor: int) -> None:
        held = self.held[-1 - at % len(self.held)]
        if held.record.kind is not Kind.SALE:
            return
        made = self.new(Kind.REFUND, minor, held)
        code = self.request(made)
        left = held.record.amount.minor - self.refunded(held)
        if held.state == "lost":
            assert code == "25"
        elif held.state != "approved":
            assert code == "12"
        else:
            assert code == ("00" if minor <= left else "13")
        made.state = "approved" if code == "00" else "declined"

    @rule(minor=st.sampled_from([700, 1234]), times=st.integers(1, 3))
    def overtaken_sale(self, minor: int, times: int) -> None:
        """Its reversal comes first."""
        self.lost_sale(minor)
        self.reverse(0, times)
        self.sale_again(0)
        self.reverse(0, times)

    @rule(minor=st.sampled_from([700, 1234]), again=st.booleans())
    def sale_with_a_void_reversed(self, minor: int, again: bool) -> None:
        self.sale(minor)
        self.void(0)
        self.reverse(0, 1)
        if again:
            self.void(1)

    @rule(minor=st.sampled_from([50, 1234]), times=st.integers(1, 3))
    def advice(self, minor: int, times: int) -> None:
        held = self.new(Kind.SALE, minor)
        held.stan = self.next()
        held.record = msgspec.structs.replace(held.record, stan=None, requested_at=None)
        answers = set()
        for attempt in range(1, times + 1):
            told = self.delivery(held, held.stan, attempt)
            answers.add(self.send(self.follow(Purpose.ADVICE, held, told)))
        ((code, rrn, _),) = answers
        assert code == "00"
        held.record = msgspec.structs.replace(held.record, rrn=rrn)
        held.state = "approved"

    @rule(wrong=st.booleans())
    def totals(self, wrong: bool) -> None:
        """Told rightly they agree, and nothing else does."""
        told = self.model_totals()
        if wrong:
            told = msgspec.structs.replace(told, debit_minor=told.debit_minor + 1)
        sent = AT + timedelta(hours=1)
        request = TotalsRequest(
            batch=3,
            totals=told,
            terminal_id="10000001",
            merchant_id="104110058120001",
            stan=self.next(),
            sent_at=sent,
        )
        asked = self.host.read(totals_message(request, self.profile, ZONE))
        assert isinstance(asked, Asked)
        # what agreed is settled, and a void is refused then: only wrong ones are compared here
        held = self.ledger.batches.held("10000001", "104110058120001", "000003", "CNY")
        assert (held == told) is not wrong
        if wrong:
            assert self.host.answer(asked, None).fields[39] == "95"

    @invariant()
    def the_books_are_the_model_s(self) -> None:
        assert self.ledger.spent("debit/0", "CNY") == self.spent()
        rows = {row["stan"]: row for row in read_ledger(self.path)}
        mine = {f"{h.stan or h.record.stan:06d}": h for h in self.held if h.state != "lost"}
        assert rows.keys() == mine.keys()
        for stan, row in rows.items():
            assert row["state"] == mine[stan].state
            assert row["amount_minor"] == mine[stan].record.amount.minor
            assert row["refunded_minor"] == self.refunded(mine[stan])

    def new(self, kind: Kind, minor: int, original: Held | None = None) -> Held:
        own = msgspec.structs.replace(
            record(stan=self.next(), minor=minor),
            kind=kind,
            entry=Entry.CHIP if kind is Kind.SALE else Entry.ORIGINAL,
            original=7 if original else None,
        )
        held = Held(own, original=original)
        self.held.append(held)
        return held

    def follow(self, purpose: Purpose, held: Held, told: Delivery) -> OnlineRequest:
        tags = payment().tags
        original = held.original.record if held.original else None
        return OnlineRequest(
            held.record, sealed(), tags, purpose=purpose, delivery=told, original=original
        )

    def delivery(self, held: Held, stan: int, attempts: int) -> Delivery:
        if self.profile.switches.reversal_keeps_stan and not held.stan:
            stan = held.record.stan or 0
        at = AT + timedelta(minutes=stan)
        return Delivery(stan=stan, sent_at=at, tried_at=at, attempts=attempts)

    def refunded(self, held: Held) -> int:
        return sum(
            h.record.amount.minor
            for h in self.held
            if h.original is held and h.record.kind is Kind.REFUND and h.state == "approved"
        )

    def keeps(self, held: Held) -> bool:
        """Something stands against it."""
        return held.state == "voided" or self.refunded(held) > 0

    def spent(self) -> int:
        signs = {Kind.SALE: 1, Kind.REFUND: -1, Kind.VOID: 0}
        done = (h.record for h in self.held if h.state == "approved")
        return sum(signs[r.kind] * r.amount.minor for r in done)

    def model_totals(self) -> Totals:
        def of(kind: Kind) -> list[int]:
            states = ("approved", "voided")
            return [
                h.record.amount.minor
                for h in self.held
                if h.record.kind is kind and h.state in states
            ]

        sales, voids, refunds = of(Kind.SALE), of(Kind.VOID), of(Kind.REFUND)
        return Totals(
            currency="CNY",
            debits=len(sales),
            debit_minor=sum(sales),
            debit_reversals=len(voids),
            debit_reversal_minor=sum(voids),
            credits=len(refunds),
            credit_minor=sum(refunds),
        )


class DefaultProfile(LedgerMachine):
    profile = msgspec.structs.replace(load_message_profile(), switches=OPEN)


class UnionPayProfile(LedgerMachine):
    profile = msgspec.structs.replace(
        load_message_profile(UNIONPAY),
        switches=msgspec.structs.replace(OPEN, reversal_keeps_stan=True),
    )


BRIEF = settings(max_examples=15, stateful_step_count=20, deadline=None)
TestDefaultProfile = DefaultProfile.TestCase
TestDefaultProfile.settings = BRIEF
TestUnionPayProfile = UnionPayProfile.TestCase
TestUnionPayProfile.settings = BRIEF
