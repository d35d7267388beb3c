"""Do the acquirer's ledger, the journal and the receipts tell the same story?"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any, Final

COPIES: Final = {"approved": {"merchant", "customer"}, "declined": {"declined"}}
FIELDS: Final = (
    ("amount", "amount"),
    ("currency", "currency"),
    ("auth_code", "auth_code"),
    ("rrn", "rrn"),
    ("response_code", "code"),
    ("card", "pan"),
    ("terminal_id", "terminal"),
)
"""Of a journal's record, and of the ledger's row."""


def disagreements(
    records: Sequence[Mapping[str, Any]], ledger: Sequence[Mapping[str, Any]], slips: Path | None
) -> list[str]:
    """What does not agree, a sentence each; none when all is well.

    `records` as `cardamom transactions --json` gives them, `ledger` as `cardamom simulate ledger
    --json` does, `slips` the folder of the simulated printer (None: not looked at).
    """
    found: list[str] = []
    rows = {row["stan"]: row for row in ledger}
    asked = {record["stan"]: record for record in records if record["stan"]}
    found += [f"the ledger has trace {stan}, the journal does not" for stan in rows.keys() - asked]
    for stan, record in sorted(asked.items()):
        found += _compare(record, rows.get(stan))
    if slips is not None:
        printed = _read_slips(slips)
        for record in records:
            found += _slips(record, printed)
    return found


def _compare(record: Mapping[str, Any], row: Mapping[str, Any] | None) -> list[str]:
    name = f"transaction {record['id']}"
    if record["outcome"] == "unknown":
        return [f"{name} has an unknown outcome"]
    if row is None:
        # a request that provably never left has no row, and took nothing
        return (
            [f"{name} is approved, the ledger has none"] if record["outcome"] == "approved" else []
        )
    found = []
    if (record["outcome"] == "approved") != (row["state"] == "approved"):
        found.append(f"{name} is {record['outcome']}, the ledger says {row['state']}")
    for ours, theirs in FIELDS:
        if (record[ours] or "") != (row[theirs] or ""):
            found.append(f"{name}: {ours} is {record[ours]}, the ledger says {row[theirs]}")
    return found


def _slips(record: Mapping[str, Any], printed: Sequence[str]) -> list[str]:
    """Each copy owed was printed, and says the amount and the trace number."""
    name = f"transaction {record['id']}"
    wanted = COPIES.get(record["outcome"], set()) if record["entry"] else set()
    found = []
    if set(record["receipts_printed"]) != wanted:
        found.append(f"{name}: printed {record['receipts_printed']}, expected {sorted(wanted)}")
    if not record["stan"]:
        return found
    mine = [slip for slip in printed if record["stan"] in slip and record["rrn"] in slip]
    if len(mine) != len(wanted):
        found.append(f"{name}: {len(mine)} slips carry its trace number, expected {len(wanted)}")
    found += [f"{name}: a slip lacks its amount" for s in mine if record["amount"] not in s]
    return found


def _read_slips(folder: Path) -> list[str]:
    return [path.read_text("utf-8") for path in sorted(folder.glob("*.txt"))]
