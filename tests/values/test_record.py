"""A record is what its events say, in their order."""

from __future__ import annotations

import msgspec
import pytest

from cardamom.values.events import AnyEvent, CardDataErased, Reason, Verdict
from cardamom.values.outcome import OutcomeWord, outcome_of
from cardamom.values.record import FirstEventError, Record, apply, fold
from cardamom.values.states import MONEY_OPEN, TABLE, TAKEN, ForbiddenStepError, State, Step
from support.ledger import (
    CHIP,
    EVENTS,
    answer,
    at,
    card_read,
    card_result,
    intent,
    receipt_owed,
    receipt_printed,
    started,
)


def test_an_approved_sale_event_by_event() -> None:
    record = apply(None, 7, started("till-1"))
    assert (record.txn, record.state, record.reference, record.reason) == (7, None, "till-1", None)
    assert record.started_at == record.updated_at == at()
    record = apply(record, 7, card_read())
    assert (record.state, record.card, record.chip) == (None, "622202******0007", CHIP)
    record = apply(record, 7, intent(42))
    assert (record.state, record.stan, record.requested_at) == (State.IN_FLIGHT, 42, at(2))
    record = apply(record, 7, answer())
    assert (record.state, record.code, record.auth_code) == (State.HOST_APPROVED, "00", "A1B2C3")
    record = apply(record, 7, card_result())
    record = apply(record, 7, receipt_owed("merchant", "customer"))
    assert (record.state, record.reason) == (State.APPROVED, None)
    assert record.updated_at == at(5)
    assert record.started_at == at()
    record = apply(record, 7, receipt_printed("merchant"))
    assert (record.receipts_owed, record.receipts_printed) == (("customer",), ("merchant",))


@pytest.mark.parametrize(
    ("events", "state", "reason", "word"),
    [
        ([EVENTS[Step.WITHDRAW]], State.WITHDRAWN, Reason.CANCELLED, OutcomeWord.NOT_COMPLETED),
        ([EVENTS[Step.CARD_DECLINE]], State.DECLINED, Reason.CARD_DECLINED, OutcomeWord.DECLINED),
        ([intent()], State.IN_FLIGHT, None, OutcomeWord.UNKNOWN),
        (
            [intent(), EVENTS[Step.NO_ANSWER]],
            State.REVERSING,
            Reason.NO_ANSWER,
            OutcomeWord.UNKNOWN,
        ),
        ([intent(), EVENTS[Step.NOT_SENT]], State.NOT_SENT, Reason.NO_HOST, OutcomeWord.DECLINED),
        (
            [intent(), answer(Verdict.DECLINED), card_result(accepted=False)],
            State.DECLINED,
            Reason.HOST_DECLINED,
            OutcomeWord.DECLINED,
        ),
        (
            [intent(), answer(Verdict.REFERRAL)],
            State.DECLINED,
            Reason.REFERRAL,
            OutcomeWord.DECLINED,
        ),
        (
            [intent(), answer(Verdict.PARTIAL)],
            State.REVERSING,
            Reason.PARTIAL_NOT_ASKED,
            OutcomeWord.UNKNOWN,
        ),
        (
            [intent(), answer(), card_result(accepted=False)],
            State.REVERSING,
            Reason.CARD_DECLINED,
            OutcomeWord.UNKNOWN,
        ),
        ([intent(), answer()], State.HOST_APPROVED, None, OutcomeWord.UNKNOWN),
        ([intent(), answer(contact=False)], State.APPROVED, None, OutcomeWord.APPROVED),
        (
            [intent(), answer(), EVENTS[Step.RESTART]],
            State.REVERSING,
            Reason.RESTARTED,
            OutcomeWord.UNKNOWN,
        ),
    ],
)
def test_how_it_ends_and_why(
    events: list[AnyEvent], state: State, reason: Reason | None, word: OutcomeWord
) -> None:
    record = fold(1, [started(), *events])
    assert (record.state, record.reason) == (state, reason)
    assert outcome_of(record) is word


def test_no_owed_reversal_is_ever_told_as_declined() -> None:
    record = fold(1, [started(), intent(), EVENTS[Step.NO_ANSWER]])
    for state in State:
        word = outcome_of(msgspec.structs.replace(record, state=state))
        held = {*TAKEN, State.ADVICE_REFUSED}  # the customer was told so, whatever the host says
        assert (word is OutcomeWord.APPROVED) == (state in held)
        assert (word is OutcomeWord.UNKNOWN) == (state in MONEY_OPEN)


def test_events_lead_where_the_table_says() -> None:
    for (state, step), to in TABLE.items():
        if step not in EVENTS:
            continue
        base = msgspec.structs.replace(apply(None, 1, started()), state=state)
        assert apply(base, 1, EVENTS[step]).state is to


def test_a_forbidden_step_leaves_the_record_as_it_was() -> None:
    record = fold(1, [started(), intent()])
    with pytest.raises(ForbiddenStepError, match="card_tc is not allowed in state in_flight"):
        apply(record, 1, card_result())
    assert record == fold(1, [started(), intent()])


def test_a_transaction_starts_once_and_first() -> None:
    with pytest.raises(FirstEventError, match="starts once"):
        fold(1, [started(), started()])
    with pytest.raises(FirstEventError, match="Intent before Started"):
        fold(1, [intent()])
    with pytest.raises(FirstEventError, match="no events"):
        fold(1, [])


def test_the_first_reason_is_kept() -> None:
    record = fold(1, [started(), intent(), EVENTS[Step.NO_ANSWER], card_result(accepted=False)])
    assert record.reason is Reason.NO_ANSWER


def test_erased_card_data_is_no_longer_named() -> None:
    read = msgspec.structs.replace(card_read(), sealed="ab" * 32)
    record = fold(1, [started(), read, EVENTS[Step.WITHDRAW]])
    assert record.sealed == "ab" * 32
    assert apply(record, 1, CardDataErased(at=at(9), sealed="ab" * 32)).sealed is None


def test_a_record_survives_its_view() -> None:
    record = fold(1, [started("r"), card_read(), intent(3), answer(), card_result()])
    assert msgspec.json.decode(msgspec.json.encode(record), type=Record) == record
