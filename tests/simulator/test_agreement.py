"""The agreement check finds each way in which ledger, journal and slips can disagree."""

from __future__ import annotations

from dataclasses import asdict
from pathlib import Path
from typing import Any

import msgspec
import pytest

from cardamom.control.views import record_view
from cardamom.simulator.acquirer.entries import Entry as LedgerEntry
from cardamom.simulator.agreement import disagreements
from cardamom.simulator.agreement_slips import slip_disagreements
from cardamom.values.events import Entry, Verdict
from cardamom.values.kinds import Kind
from cardamom.values.money import Money
from cardamom.values.record import Delivery, Record
from cardamom.values.states import State
from support.messages import AT, record

RRN = "532901000001"
APPROVED = msgspec.structs.replace(
    record(),
    state=State.APPROVED,
    card="622202******0128",
    code="00",
    verdict=Verdict.APPROVED,
    rrn=RRN,
    auth_code="A1B2C3",
    receipts_printed=("merchant", "customer"),
)


def changed(base: Record = APPROVED, **changes: object) -> Record:
    return msgspec.structs.replace(base, **changes)


def unheard(state: State, **changes: object) -> Record:
    """No answer came."""
    blank = {"code": None, "rrn": None, "auth_code": None, "receipts_printed": ("unknown",)}
    return msgspec.structs.replace(APPROVED, state=state, **{**blank, **changes})


def follow_up(stan: int = 43) -> Delivery:
    return Delivery(stan=stan, sent_at=AT, tried_at=AT, attempts=1)


def row(**changes: object) -> dict[str, Any]:
    """The ledger's of APPROVED."""
    entry = LedgerEntry(
        terminal="10000001",
        merchant="104110058120001",
        stan="000042",
        local_date="0401",
        local_time="041530",
        mti="0200",
        processing="000000",
        amount_minor=1234,
        currency="CNY",
        pan="622202******0128",
        code="00",
        auth_code="A1B2C3",
        rrn=RRN,
        state="approved",
        batch="000003",
    )
    told = {**asdict(entry), "amount": "12.34", **changes}
    assert set(told) == set(asdict(entry)) | {"amount"}
    return told


def check(records: list[Record], rows: list[dict[str, Any]]) -> list[str]:
    return disagreements([record_view(r) for r in records], rows, None)


ADVISED = unheard(State.ADVISED, owed=follow_up())
VOID = changed(txn=8, kind=Kind.VOID, original=7, stan=50, rrn="532901000002")
REFUND = changed(
    txn=9, kind=Kind.REFUND, original=7, stan=51, rrn="532901000003", amount=Money(234, "CNY")
)
VOID_ROW = row(kind="void", stan="000050", rrn="532901000002", original=RRN)
REFUND_ROW = row(
    kind="refund", stan="000051", rrn="532901000003", original=RRN, amount="2.34", amount_minor=234
)


@pytest.mark.parametrize(
    ("records", "rows"),
    [
        ([], []),
        ([APPROVED], [row()]),
        ([APPROVED], [row(batch="")]),
        ([changed(state=State.DECLINED, code="51", auth_code=None)],
         [row(state="declined", code="51", auth_code="")]),
        ([unheard(State.DECLINED)], []),
        ([unheard(State.REVERSED, owed=follow_up())], []),
        ([unheard(State.REVERSED, owed=follow_up())], [row(state="reversed")]),
        ([unheard(State.REVERSED, owed=follow_up())], [row(state="declined", code="12")]),
        ([changed(state=State.REVERSED, owed=follow_up())], [row(state="reversed")]),
        ([changed(ADVISED, rrn=RRN)], [row(stan="000043", advice=True)]),
        ([changed(ADVISED, rrn=RRN, stan=None)], [row(stan="000043", advice=True)]),
        ([changed(ADVISED, state=State.ADVICE_REFUSED)],
         [row(stan="000043", advice=True, state="declined", code="14")]),
        ([unheard(State.PARKED, owed=follow_up())], [row()]),
        ([unheard(State.PARKED, owed=follow_up())], []),
        ([unheard(State.CLOSED, owed=follow_up(), closed_taken=True)], [row()]),
        ([unheard(State.CLOSED, owed=follow_up(), closed_taken=False)], [row(state="reversed")]),
        ([APPROVED, VOID], [row(state="voided"), VOID_ROW]),
        ([APPROVED, changed(VOID, state=State.REVERSED)],
         [row(), {**VOID_ROW, "state": "reversed"}]),
        ([APPROVED, REFUND], [row(refunded_minor=234), REFUND_ROW]),
        ([APPROVED, changed(batch=4, txn=8, rrn="532901000009")],
         [row(), row(batch="000004", rrn="532901000009")]),
        ([changed(state=State.WITHDRAWN, stan=None, code=None, rrn=None)], []),
    ],
)  # fmt: skip
def test_what_agrees(records: list[Record], rows: list[dict[str, Any]]) -> None:
    assert check(records, rows) == []


@pytest.mark.parametrize(
    ("records", "rows", "sentence"),
    [
        ([APPROVED], [], "transaction 7 is approved, the ledger has none"),
        ([], [row()],
         "the ledger has trace 000042 of batch 000003 (approved), the journal does not"),
        ([], [row(state="declined")],
         "the ledger has trace 000042 of batch 000003 (declined), the journal does not"),
        ([APPROVED], [row(), row(rrn="2")], "the ledger has trace 000042 of batch 000003 2 times"),
        ([APPROVED], [row(state="reversed")],
         "transaction 7 is approved, the ledger says reversed"),
        ([APPROVED], [row(state="voided")], "transaction 7 is approved, the ledger says voided"),
        ([unheard(State.REVERSED)], [row()], "transaction 7 is reversed, the ledger says approved"),
        ([unheard(State.DECLINED)], [row()], "transaction 7 is declined, the ledger says approved"),
        ([unheard(State.CLOSED, closed_taken=True)], [row(state="reversed")],
         "transaction 7 is closed, the ledger says reversed"),
        ([unheard(State.CLOSED, closed_taken=True)], [],
         "transaction 7 is closed, the ledger has none"),
        ([unheard(State.CLOSED, closed_taken=False)], [row()],
         "transaction 7 is closed, the ledger says approved"),
        ([APPROVED], [row(amount="12.35", amount_minor=1235)],
         "transaction 7: amount is 12.34, the ledger says 12.35"),
        ([APPROVED], [row(currency="HKD")], "transaction 7: currency is CNY, the ledger says HKD"),
        ([APPROVED], [row(kind="refund")], "transaction 7: kind is sale, the ledger says refund"),
        ([APPROVED], [row(merchant="1")],
         "transaction 7: merchant_id is 104110058120001, the ledger says 1"),
        ([APPROVED], [row(pan="622202******0813")],
         "transaction 7: card is 622202******0128, the ledger says 622202******0813"),
        ([APPROVED], [row(auth_code="FFFFFF")],
         "transaction 7: auth_code is A1B2C3, the ledger says FFFFFF"),
        ([APPROVED], [row(rrn="1")], f"transaction 7: rrn is {RRN}, the ledger says 1"),
        ([APPROVED], [row(code="10")], "transaction 7: response_code is 00, the ledger says 10"),
        ([changed(code=None)], [row()],
         "transaction 7 is approved, and no answer of the host says so"),
        ([changed(ADVISED, rrn=RRN)], [row(stan="000043")],
         "transaction 7 was advised, the ledger has a request"),
        ([changed(ADVISED, rrn="1")], [row(stan="000043", advice=True)],
         f"transaction 7: rrn is 1, the ledger says {RRN}"),
        ([changed(ADVISED, rrn=RRN)], [],
         "transaction 7 is advised, the ledger has none"),
        ([changed(ADVISED, state=State.ADVICE_REFUSED)], [row(stan="000043", advice=True)],
         "transaction 7 is advice_refused, the ledger says approved"),
        ([APPROVED, VOID], [row(), VOID_ROW],
         "transaction 7 is voided, the ledger says approved"),
        ([APPROVED, changed(VOID, state=State.DECLINED)],
         [row(state="voided"), {**VOID_ROW, "state": "declined"}],
         "transaction 7 is approved, the ledger says voided"),
        ([APPROVED, VOID], [row(state="voided"), {**VOID_ROW, "original": ""}],
         "transaction 8 undoes transaction 7, in the ledger it undoes none"),
        ([APPROVED, VOID], [row(state="voided"), {**VOID_ROW, "original": "1"}],
         f"transaction 8 undoes RRN {RRN}, in the ledger it undoes 1"),
        ([APPROVED, REFUND], [row(refunded_minor=0), REFUND_ROW],
         "transaction 7: 234 of it was refunded, the ledger says 0"),
        ([APPROVED], [row(refunded_minor=5)],
         "transaction 7: 0 of it was refunded, the ledger says 5"),
        *[([unheard(state)], [row()],
           f"transaction 7 is {state}: something is still owed or unknown")
          for state in (State.IN_FLIGHT, State.NOT_SENT, State.HOST_APPROVED, State.QUERYING,
                        State.REPEATING, State.REVERSING, State.OFFLINE_APPROVED)],
    ],
)  # fmt: skip
def test_what_does_not(records: list[Record], rows: list[dict[str, Any]], sentence: str) -> None:
    assert sentence in check(records, rows)


def test_a_flag_is_a_disagreement() -> None:
    flag = {"flag": "ksn-twice", "detail": "key 00 was taken by trace 000041 already"}
    assert disagreements([], [], None, [flag]) == [
        "the acquirer flags ksn-twice: key 00 was taken by trace 000041 already"
    ]


GOLDEN = Path(__file__).parents[1] / "golden" / "receipts"
SOLD = changed(
    batch=12, stan=345, amount=Money(12800, "CNY"), entry=Entry.CHIP, receipts_printed=()
)
"""The sale of the golden slips."""


def printed(*copies: str, state: State = State.APPROVED, **changes: object) -> Record:
    return changed(SOLD, state=state, receipts_printed=copies, **changes)


def slips(folder: Path, record: Record, *names: str, language: str = "zh") -> list[str]:
    """What is found where these golden slips came out of the printer."""
    for number, name in enumerate(names):
        text = (GOLDEN / "58mm" / language / f"{name}.txt").read_text("utf-8")
        (folder / f"{number:03d}.txt").write_text(text, "utf-8")
    return slip_disagreements([record_view(record)], folder)


BOTH = ("merchant", "customer")


@pytest.mark.parametrize("language", ["zh", "en"])
@pytest.mark.parametrize(
    ("record", "names"),
    [
        (printed(*BOTH), ("sale-merchant", "sale-customer")),
        (printed(*BOTH), ("sale-merchant", "sale-customer", "void-merchant", "report-z")),
        (printed(*BOTH, "customer"), ("sale-merchant", "sale-customer", "sale-again")),
        (printed(*BOTH), ("sale-merchant", "sale-merchant", "sale-customer")),
        (printed("unknown", *BOTH), ("outcome-unknown", "sale-merchant", "sale-customer")),
        (printed("declined", state=State.DECLINED), ("declined",)),
        (printed("unknown", "declined", state=State.DECLINED), ("outcome-unknown", "declined")),
        (printed("unknown", state=State.REVERSED), ("outcome-unknown",)),
        (printed("unknown", "reversed", state=State.REVERSED), ("outcome-unknown", "reversed")),
        (printed("unknown", "reversed", state=State.REVERSED), ("reversed",)),
        (printed("unknown", "parked", state=State.PARKED), ("outcome-unknown", "parked")),
        (printed("unknown", "parked", state=State.CLOSED), ("outcome-unknown", "parked")),
        (printed(*BOTH, state=State.ADVICE_REFUSED), ("sale-merchant", "sale-customer")),
        (printed(state=State.WITHDRAWN), ()),
    ],
)
def test_slips_that_agree(
    tmp_path: Path, record: Record, names: tuple[str, ...], language: str
) -> None:
    assert slips(tmp_path, record, *names, language=language) == []


@pytest.mark.parametrize(
    ("record", "names", "sentence"),
    [
        (printed(*BOTH), ("sale-merchant",),
         "transaction 7: 1 slips carry its trace number, 2 were printed"),
        (printed("merchant"), ("sale-merchant",),
         "transaction 7 is approved, and these slips were not printed: customer"),
        (printed(*BOTH, "declined"), ("sale-merchant", "sale-customer", "declined"),
         "transaction 7 is approved, and these slips were printed: declined"),
        (printed(*BOTH), ("sale-merchant", "declined"),
         "transaction 7 is approved, and a slip says declined"),
        (printed("declined", state=State.DECLINED), ("sale-merchant",),
         "transaction 7 is declined, and a slip says approved"),
        (printed("unknown", state=State.REVERSED), ("sale-customer",),
         "transaction 7 is reversed, and a slip says approved"),
        (printed("unknown", "merchant", state=State.REVERSED), ("outcome-unknown",),
         "transaction 7 is reversed, and these slips were printed: merchant"),
        (printed(state=State.REVERSED), (), "transaction 7 is reversed, and no slip says so"),
        (printed("unknown", "reversed", state=State.REVERSED), ("outcome-unknown",),
         "transaction 7: the reversed slip was printed, and none says it"),
        (printed(*BOTH, amount=Money(12900, "CNY")), ("sale-merchant", "sale-customer"),
         "transaction 7: a slip lacks its amount"),
        (printed(state=State.APPROVED), ("sale-merchant",),
         "transaction 7: 1 slips carry its trace number, the journal has none"),
        (printed("merchant", receipts_owed=("customer",)), ("sale-merchant",),
         "transaction 7 still owes slips: customer"),
        (printed(*BOTH), ("parked", "sale-customer"),
         "transaction 7 is approved, and a slip says parked"),
        (printed(*BOTH), ("reversed", "sale-customer"),
         "transaction 7 is approved, and a slip says reversed"),
    ],
)  # fmt: skip
def test_slips_that_do_not(
    tmp_path: Path, record: Record, names: tuple[str, ...], sentence: str
) -> None:
    for language in ("zh", "en"):
        assert sentence in slips(tmp_path, record, *names, language=language)
