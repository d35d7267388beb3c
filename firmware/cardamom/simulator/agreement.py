"""Do the acquirer's ledger, the journal and the receipts tell the same story?

For a terminal that is at rest: the host was told all that it is owed. Whatever is still owed, and
whatever does not agree, is a sentence.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

from cardamom.simulator.agreement_slips import slip_disagreements
from cardamom.values.kinds import KINDS, Kind
from cardamom.values.states import OWES, TAKEN, UNFINISHED, State

Row = Mapping[str, Any]

_SAME: Final = (
    ("kind", "kind"),
    ("amount", "amount"),
    ("currency", "currency"),
    ("card", "pan"),
    ("terminal_id", "terminal"),
    ("merchant_id", "merchant"),
)
"""Of a journal's record, and of the ledger's row."""
_ANSWERED: Final = (("auth_code", "auth_code"), ("rrn", "rrn"), ("response_code", "code"))
"""What the host's answer brings."""
_BY_ADVICE: Final = frozenset({State.OFFLINE_APPROVED, State.ADVISED, State.ADVICE_REFUSED})


def disagreements(
    records: Sequence[Row],
    ledger: Sequence[Row],
    slips: Path | None,
    flags: Sequence[Row] = (),
) -> list[str]:
    """What does not agree, a sentence each; none when all is well.

    `records` as `cardamom transactions --json` gives them, `ledger` as `cardamom simulate ledger
    --json` does, `slips` the folder of the simulated printer (None: not looked at), `flags` those
    of `simulate ledger --flags` that should not be there.
    """
    books = _Books(records, ledger)
    found = [*books.rows_without_record(), *books.rows_twice()]
    for record in sorted(records, key=lambda r: int(r["id"])):
        found += books.compare(record)
    if slips is not None:
        found += slip_disagreements(records, slips)
    return found + [f"the acquirer flags {f['flag']}: {f['detail']}" for f in flags]


@dataclass(frozen=True, slots=True)
class _Key:
    """How the host knows a transaction. `batch` is empty in a ledger that knows none."""

    terminal: str
    batch: str
    stan: str


class _Books:
    """Records and rows, side by side."""

    def __init__(self, records: Sequence[Row], ledger: Sequence[Row]) -> None:
        self._records = {r["id"]: r for r in records}
        self._rows: dict[_Key, list[Row]] = defaultdict(list)
        for row in ledger:
            self._rows[_Key(row["terminal"], row["batch"], row["stan"])].append(row)
        self._by_row: dict[_Key, Row] = {}
        for record in records:
            for key in self._keys(record):
                if key in self._rows:
                    self._by_row[key] = record
                    break
        self._undone: dict[int, list[Row]] = defaultdict(list)
        for record in records:
            if record["original"] is not None:
                self._undone[record["original"]].append(record)

    def rows_without_record(self) -> Iterator[str]:
        for key, rows in self._rows.items():
            if key not in self._by_row:
                yield (
                    f"the ledger has trace {key.stan} of batch {key.batch or '?'}"
                    f" ({rows[0]['state']}), the journal does not"
                )

    def rows_twice(self) -> Iterator[str]:
        for key, rows in self._rows.items():
            if len(rows) > 1:
                where = f"trace {key.stan} of batch {key.batch or '?'}"
                yield f"the ledger has {where} {len(rows)} times"

    def compare(self, record: Row) -> list[str]:
        """What the ledger says otherwise of this record."""
        name = f"transaction {record['id']}"
        state = State(record["state"])
        if state in UNFINISHED or state in OWES:
            return [f"{name} is {state}: something is still owed or unknown"]
        row = self._row(record)
        if row is None:
            # what provably never left has no row, and took nothing
            holds = state in TAKEN or record["closed_taken"]
            return [f"{name} is {state}, the ledger has none"] if holds else []
        wanted = self._wanted(record, state)
        found = [
            f"{name}: {ours} is {record[ours]}, the ledger says {row[theirs]}"
            for ours, theirs in _SAME
            if record[ours] != row[theirs]
        ]
        if row["state"] not in wanted:
            became = "voided" if wanted == ("voided",) else state
            found.append(f"{name} is {became}, the ledger says {row['state']}")
        found += _answered(name, record, row, state)
        if row["state"] in ("approved", "voided"):
            found += self._links(name, record, row)
        return found

    def _row(self, record: Row) -> Row | None:
        for key in self._keys(record):
            if key in self._rows:
                return self._rows[key][0]
        return None

    def _keys(self, record: Row) -> Iterator[_Key]:
        """The trace numbers by which the host may know it, the likelier first."""
        state = State(record["state"])
        stans = [record["stan"], record["delivery_stan"]]
        if state in _BY_ADVICE:
            stans.reverse()
        elif state is not State.CLOSED:
            stans = stans[:1]
        for stan in filter(None, stans):
            yield _Key(record["terminal_id"], record["batch"], stan)
            yield _Key(record["terminal_id"], "", stan)

    def _wanted(self, record: Row, state: State) -> tuple[str, ...]:
        """States that the row may have."""
        if state in TAKEN or record["closed_taken"]:
            return ("voided",) if self._voided(record) else ("approved",)
        if state is State.PARKED:
            return (
                "approved",
                "declined",
                "reversed",
                "voided",
            )  # nobody knows before it is closed
        return ("declined", "reversed")

    def _voided(self, record: Row) -> bool:
        return any(
            KINDS[Kind(other["kind"])].flow == "cancel" and _holds(other)
            for other in self._undone[record["id"]]
        )

    def _links(self, name: str, record: Row, row: Row) -> Iterator[str]:
        """Originals and what was given back of them."""
        original = self._records.get(record["original"])
        if original is not None and row["original"] not in ("", original["rrn"]):
            yield (
                f"{name} undoes RRN {original['rrn']},"
                f" in the ledger it undoes {row['original'] or 'none'}"
            )
        if record["original"] is not None and not row["original"] and not row["uploaded"]:
            yield f"{name} undoes transaction {record['original']}, in the ledger it undoes none"
        refunds = sum(
            _minor(other["amount"])
            for other in self._undone[record["id"]]
            if KINDS[Kind(other["kind"])].flow == "credit" and _holds(other)
        )
        if refunds != row["refunded_minor"]:
            yield f"{name}: {refunds} of it was refunded, the ledger says {row['refunded_minor']}"


def _answered(name: str, record: Row, row: Row, state: State) -> Iterator[str]:
    """What the host's answer brought must be what it wrote down; nothing where none came."""
    if state in (State.ADVISED, State.ADVICE_REFUSED):
        if not row["advice"]:
            yield f"{name} was advised, the ledger has a request"
        if state is State.ADVISED and record["rrn"] != row["rrn"]:
            yield f"{name}: rrn is {record['rrn']}, the ledger says {row['rrn']}"
        return
    if state in (State.PARKED, State.CLOSED) or record["response_code"] is None:
        if state is State.APPROVED:
            yield f"{name} is approved, and no answer of the host says so"
        return
    for ours, theirs in _ANSWERED:
        if (record[ours] or "") != (row[theirs] or ""):
            yield f"{name}: {ours} is {record[ours]}, the ledger says {row[theirs]}"


def _holds(record: Row) -> bool:
    """The terminal holds it as done."""
    return State(record["state"]) in TAKEN or bool(record["closed_taken"])


def _minor(amount: str) -> int:
    """Of decimals as a view writes them: as many as the currency has."""
    return int(amount.replace(".", ""))
