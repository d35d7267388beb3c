"""Processing Restrictions. The cases up to the dates follow openemv/emv-utils,
tests/emv_processing_restrictions_test.c (data only)."""

from __future__ import annotations

from dataclasses import replace

import pytest

from cardamom.engines.emv.restrictions import check_restrictions
from cardamom.engines.emv.session import Session
from support.emv import ORDER, RULE, RULES

DUTCH = replace(
    RULES, country="528", aids=(replace(RULE, version=b"\x13\x13"),), terminal_type=0x22
)
BANK_MACHINE = replace(DUTCH, terminal_type=0x15)
ALL = "FFC0"


@pytest.mark.parametrize(
    ("card", "rules", "kind", "other", "date", "tvr"),
    [
        ({0x9F08: "1313", 0x9F07: ALL, 0x5F28: "0528"}, DUTCH, 0, 0, "250511", "0000000000"),
        ({0x9F08: "1310"}, DUTCH, 0, 0, "250511", "0080000000"),
        ({0x9F07: "FDC0"}, BANK_MACHINE, 0, 0, "250511", "0010000000"),
        ({0x9F07: "FEC0", 0x5F28: "0528"}, DUTCH, 0, 0, "250511", "0010000000"),
        ({0x9F07: "D7C0", 0x5F28: "0528"}, DUTCH, 0, 0, "250511", "0010000000"),
        ({0x9F07: "FF80", 0x5F28: "0840"}, DUTCH, 9, 0, "250511", "0010000000"),
        ({0x9F07: "FF40", 0x5F28: "0840"}, DUTCH, 0, 500, "250511", "0000000000"),
        ({0x9F07: "FF80", 0x5F28: "0840"}, DUTCH, 0, 500, "250511", "0010000000"),
        ({0x9F07: "FF00", 0x5F28: "0528"}, DUTCH, 0, 0, "250511", "0000000000"),
        ({0x9F07: "0FC0", 0x5F28: "0840"}, DUTCH, 0, 0, "250511", "0000000000"),
        ({0x9F07: "1100", 0x5F28: "0528"}, DUTCH, 0, 0, "250511", "0010000000"),
        ({0x9F07: "0900", 0x5F28: "0528"}, DUTCH, 0, 0, "250511", "0000000000"),
        ({0x9F07: "3F00", 0x5F28: "0528"}, DUTCH, 1, 0, "250511", "0010000000"),
        ({0x9F07: "0100"}, DUTCH, 1, 0, "250511", "0000000000"),
        ({0x5F25: "250511"}, DUTCH, 0, 0, "250510", "0020000000"),
        ({0x5F25: "250511"}, DUTCH, 0, 0, "250511", "0000000000"),
        ({0x5F25: "990101"}, DUTCH, 0, 0, "250511", "0000000000"),
        ({}, DUTCH, 0, 0, "250512", "0040000000"),
        ({}, DUTCH, 0, 0, "490101", "0040000000"),
    ],
)  # fmt: skip
def test_restrictions(
    card: dict[int, str], rules: object, kind: int, other: int, date: str, tvr: str
) -> None:
    order = replace(ORDER, transaction_type=kind, other_minor=other, date=bytes.fromhex(date))
    session = Session(order, rules)  # type: ignore[arg-type]
    session.aid_rule = DUTCH.aids[0]
    session.store.card = {0x5F24: bytes.fromhex("250511")}
    session.store.card |= {tag: bytes.fromhex(value) for tag, value in card.items()}
    check_restrictions(session)
    assert session.store.terminal[0x95].hex() == tvr
