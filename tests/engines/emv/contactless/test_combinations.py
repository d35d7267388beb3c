"""Combination selection: the directory, kernels by identifier, priority, final selection."""

from __future__ import annotations

from dataclasses import replace

import pytest

from cardamom.engines.emv.contactless.combinations import requested_kernel
from cardamom.engines.emv.contactless.outcome import FinalOutcome
from cardamom.engines.emv.contactless.rules import TapRules
from cardamom.engines.emv.requests import Decision
from cardamom.values.events import Reason
from support.conformance import case, rows
from support.contactless import (
    ALL,
    END,
    RULES,
    M,
    TapTape,
    U,
    V,
    combination,
    entry,
    fci,
    only,
    ppse_fci,
)
from support.contactless_qualified import PDOL
from support.emv import t

LONG = V + b"\x01\x02"
DOMESTIC = "8000"


def ended(tape: TapTape) -> None:
    result = tape.show(END).result()
    assert result.parameters.final is FinalOutcome.END_APPLICATION
    assert (result.outcome.decision, result.outcome.reason) == (
        Decision.ENDED,
        Reason.NO_APPLICATION,
    )
    assert result.outcome.fallback


@rows(
    "Book B, 3.3.2",
    "data, sw",
    ("no directory (6A82)", "no candidate: end application, 1C", b"", 0x6A82),
    ("a blocked card (6A81)", "no candidate: end application, 1C", b"", 0x6A81),
    (
        "a warning with the directory (6283)",
        "no candidate: end application, 1C",
        ppse_fci(entry(V)),
        0x6283,
    ),
    ("a directory that is no FCI", "no candidate: end application, 1C", b"\x6f\x05\x84", 0x9000),
    ("a directory of another template", "no candidate: end application, 1C", t(0x70, b""), 0x9000),
    ("a directory without entries", "no candidate: end application, 1C", ppse_fci(), 0x9000),
    (
        "no issuer discretionary data",
        "no candidate: end application, 1C",
        t(0x6F, t(0x84, b"2PAY.SYS.DDF01") + t(0xA5, b"")),
        0x9000,
    ),
    ("an entry without an AID", "passed over", ppse_fci(t(0x61, t(0x50, b"X"))), 0x9000),
    ("an entry whose AID has 4 bytes", "passed over", ppse_fci(entry(V[:4])), 0x9000),
    ("an entry that is no TLV", "passed over", ppse_fci(t(0x61, b"\x4f\x20\xa0")), 0x9000),
    (
        "an entry that names its AID twice",
        "passed over",
        ppse_fci(t(0x61, t(0x4F, V) + t(0x4F, V))),
        0x9000,
    ),
    (
        "an application that the terminal has not",
        "no candidate",
        ppse_fci(entry(bytes.fromhex("A0000000651010"))),
        0x9000,
    ),
    (
        "a kernel that the application is not set up for",
        "no candidate",
        ppse_fci(entry(V, "02")),
        0x9000,
    ),
    ("a kernel that is not there: 04", "no candidate", ppse_fci(entry(V, "04")), 0x9000),
    ("a domestic kernel in 3 bytes", "no candidate", ppse_fci(entry(V, "810156")), 0x9000),
    ("a domestic kernel cut short", "passed over", ppse_fci(entry(V, "8101")), 0x9000),
)
def test_no_candidate(data: bytes, sw: int) -> None:
    ended(TapTape().activate().select(b"2PAY.SYS.DDF01", data, sw))


@rows(
    "Book B, 3.3.2.5",
    "aid, kernel",
    ("no Kernel Identifier, RID A000000003", "Kernel 3 is selected", V, ""),
    ("no Kernel Identifier, RID A000000004", "Kernel 2 is selected", M, ""),
    ("no Kernel Identifier, RID A000000333", "Kernel 7 is selected", U, ""),
    ("Kernel Identifier 03", "Kernel 3 is selected", V, "03"),
    ("Kernel Identifier 02 in 8 bytes", "Kernel 2 is selected", M, "0200000000000000"),
    ("Kernel Identifier 00: any", "the terminal's kernel is selected", U, "00"),
    ("Kernel Identifier 80: domestic, no number", "the terminal's kernel is selected", V, "80"),
)
def test_a_candidate(aid: bytes, kernel: str) -> None:
    """SELECT is sent, which the card then refuses."""
    ended(TapTape().activate().ppse(entry(aid, kernel)).select(aid, sw=0x6A82))


@pytest.mark.parametrize(
    ("aid", "identifier", "kernel"),
    [
        ("A0000000031010", "", 3),
        ("A0000000041010", "", 2),
        ("A00000002501", "", 4),
        ("A0000000651010", "", 5),
        ("A0000001523010", "", 6),
        ("A0000003241010", "", 6),
        ("A000000333010101", "", 7),
        ("F000000123C301", "", 0),
        ("F000000123C301", "43", 0x43),
        ("F000000123C301", "C10156", 0xC10156),
        ("F000000123C301", "C1", None),
        ("F000000123C301", "C0", 0),
    ],
)
def test_requested_kernel(aid: str, identifier: str, kernel: int | None) -> None:
    """Book B, 3.3.2.5 and Table 3-6."""
    assert requested_kernel(bytes.fromhex(aid), bytes.fromhex(identifier)) == kernel


@case("Book B, 3.3.2.5", "an AID longer than the terminal's", "matches by its beginning")
def test_partial() -> None:
    ended(TapTape().activate().ppse(entry(LONG)).select(LONG, sw=0x6A82))


@case("Book B, 3.3.2.5", "an AID longer than the terminal's, exact match wanted", "no candidate")
def test_exact() -> None:
    rule = replace(combination(V).rule, partial=False)
    ended(TapTape(tap=only(V, rule=rule)).activate().ppse(entry(LONG)))


@rows(
    "Book B, 3.3.2.5",
    "longer_first",
    ("two entries fit one AID for a kernel, the shorter first", "the longer counts", False),
    ("two entries fit one AID for a kernel, the longer first", "the longer counts", True),
)
def test_the_more_exact_entry_counts(longer_first: bool) -> None:
    rule = replace(combination(V).rule, aid=LONG)
    both = (combination(V), combination(V, rule=rule, ttq=bytes.fromhex("26000000")))
    tap = TapRules(RULES, both[::-1] if longer_first else both)
    tape = TapTape(tap=tap).activate().ppse(entry(LONG)).select(LONG, fci(LONG, "9F6604"))
    tape.options("26000000", sw=0x6A88)
    result = tape.show(END).result()
    assert result.outcome.reason is Reason.CARD_ERROR


@rows(
    "Book B, 3.3.3.2",
    "first, second, order",
    ("priorities 2 and 1", "priority 1 is selected first", "02", "01", (M, V)),
    ("priorities 1 and 2", "priority 1 is selected first", "01", "02", (V, M)),
    ("the same priority", "the card's order counts", "01", "01", (V, M)),
    ("no priority and 15", "the one with a priority is selected first", "", "0F", (M, V)),
    ("priority 0 and 15", "0 counts as none", "00", "0F", (M, V)),
    ("no priorities at all", "the card's order counts", "", "", (V, M)),
    ("priority 81: confirmation asked for", "bit 8 is passed over", "81", "02", (V, M)),
)
def test_priority(first: str, second: str, order: tuple[bytes, bytes]) -> None:
    tape = TapTape().activate().ppse(entry(V, "", first), entry(M, "", second))
    ended(tape.select(order[0], sw=0x6A82).select(order[1], sw=0x6A82))


@rows(
    "Book B, 3.3.3",
    "supported, name",
    ("extended selection (9F29), supported", "SELECT with it behind the AID", True, V + b"\xee"),
    ("extended selection (9F29), not supported", "SELECT with the AID alone", False, V),
)
def test_extended_selection(supported: bool, name: bytes) -> None:
    tape = TapTape(tap=only(V, extended_selection=supported)).activate()
    ended(tape.ppse(entry(V, "03", "01", t(0x9F29, "EE"))).select(name, sw=0x6A82))


@rows(
    "Book B, 3.3.3.5",
    "data, sw",
    ("SELECT of the best answers 6A82", "the next one is selected", b"", 0x6A82),
    ("SELECT of the best answers 6283", "the next one is selected", fci(M), 0x6283),
    ("SELECT of the best answers no FCI", "the next one is selected", b"\x6f", 0x9000),
    (
        "SELECT of the best answers an FCI without a name",
        "the next one is selected",
        t(0x6F, t(0xA5, b"")),
        0x9000,
    ),
)
def test_the_next_candidate(data: bytes, sw: int) -> None:
    tape = TapTape().activate().ppse(entry(M, "", "01"), entry(V, "", "02"))
    tape.select(M, data, sw)
    ended(tape.select(V, sw=0x6A82))


@case("Book B, 3.5", "a kernel passes on (6985), another application is there", "start C: the next")
def test_select_next() -> None:
    tape = TapTape().activate().ppse(entry(V, "", "01"), entry(U, "", "02"))
    tape.select(V, fci(V, PDOL)).options("36004000" + "000000001234" + "DEADBEEF0156", sw=0x6985)
    tape.select(U, fci(U, PDOL)).options("36004000" + "000000001234" + "DEADBEEF0156", sw=0x6985)
    result = tape.show(END).result()
    assert result.outcome.reason is Reason.NOT_ACCEPTED
    assert result.parameters.final is FinalOutcome.END_APPLICATION


@case("Book B, 3.3.2", "33 applications", "the first 32 count")
def test_many_entries() -> None:
    many = [entry(V + bytes((n,))) for n in range(33)]
    tape = TapTape(tap=ALL).activate().ppse(*many)
    for n in range(32):
        tape.select(V + bytes((n,)), sw=0x6A82)
    ended(tape)
