"""Steps of the kernel beside the decisions of another one (tests/vectors/emv/decisions.txt)."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace
from typing import Any

import pytest

from cardamom.engines import tlv
from cardamom.engines.apdu import Reply
from cardamom.engines.emv.actions import analyse_actions
from cardamom.engines.emv.bits import Tvr
from cardamom.engines.emv.cardholder import verify_cardholder
from cardamom.engines.emv.online import decide
from cardamom.engines.emv.requests import (
    CardHistory,
    EnterPin,
    Random,
    Recall,
    Request,
    Transmit,
)
from cardamom.engines.emv.restrictions import check_restrictions
from cardamom.engines.emv.risk import manage_risk
from cardamom.engines.emv.rules import AidRule, Rules
from cardamom.engines.emv.scripts import receive_scripts, run_scripts
from cardamom.engines.emv.session import Session, Steps
from cardamom.values.online import CardData, NotSent
from cardamom.values.secret import Pan, Pin
from support.conformance import rows
from support.emv import ORDER, PAN, RULE, RULES, t
from support.vectors import Decided, decisions

TODAY = bytes.fromhex("260923")
ATM = replace(RULES, terminal_type=0x15, additional_capabilities=bytes.fromhex("E000B0A001"))
VERIFY = {"right": 0x9000, "blocked": 0x6983}
NO_DATA = Reply(b"", 0x6A88)


def table(kind: str, *shown: str) -> Iterable[tuple[str, str, Decided]]:
    """Rows for the conformance table: the values by what they are called."""
    for one in decisions(kind):
        told = (f"{name} {value}" for name, value in zip(shown, one.given, strict=True) if name)
        given = ", ".join(word for word in told if not word.endswith(" -"))
        yield f"another kernel's {kind}: {given}", " ".join(one.result), one


def session(rules: Rules = RULES, rule: AidRule = RULE, **order: Any) -> Session:
    made = Session(replace(ORDER, date=TODAY, **order), rules)
    made.aid_rule = rule
    made.card = CardData(Pan(PAN), "2912", psn=1)
    return made


def perform(step: Steps[Any], answers: dict[bytes, Reply], drawn: int = 1, pin: str = "-") -> None:
    """Serves one step: commands by their first 4 bytes, a number drawn, a PIN typed."""

    def serve(request: Request) -> Any:
        match request:
            case Transmit(apdu) if apdu[:2] == b"\x00\x20":
                return Reply(b"", VERIFY[pin])
            case Transmit(apdu):
                return answers.get(apdu[:4], NO_DATA)
            case EnterPin():
                return Pin(b"1234")
            case Random(size):
                return (drawn - 1).to_bytes(size)
            case Recall():
                return CardHistory()
        raise AssertionError(request)

    answer: Any = None
    try:
        while True:
            answer = serve(step.send(answer))
    except StopIteration:
        return


@rows(
    "Book 4, 6.3.4.5",
    "one",
    *table("cvm", "list", "amount", "other", "type", "9F33", "terminal", "own currency", "PIN"),
)
def test_cvm(one: Decided) -> None:
    rules, amount, other, kind, capabilities, terminal, same, pin = one.given
    settings = replace(
        RULES, capabilities=bytes.fromhex(f"E0{capabilities}C8"), terminal_type=int(terminal, 16)
    )
    held = session(
        settings, amount_minor=int(amount), other_minor=int(other), transaction_type=int(kind, 16)
    )
    held.store.card |= {0x82: b"\x10\0", 0x8E: bytes.fromhex(rules)}
    held.store.card[0x9F42] = bytes.fromhex("0156" if same == "yes" else "0978")
    perform(verify_cardholder(held), {}, pin=pin)
    terminal_data = held.store.terminal
    found = (terminal_data[0x9F34], terminal_data[0x95][2:4], terminal_data[0x9B])
    assert tuple(value.hex().upper() for value in found) == one.result


@rows(
    "Book 3, 10.4",
    "one",
    *table("restrict", "9F08", "9F09", "5F24", "5F25", "9F07", "type", "other", "home", "ATM"),
)
def test_restrictions(one: Decided) -> None:
    *objects, kind, other, home, atm = one.given
    card_version, version, *_ = objects
    rules = ATM if atm == "yes" else replace(RULES, terminal_type=0x22)
    rule = replace(RULE, version=bytes.fromhex(version))
    held = session(rules, rule, transaction_type=int(kind, 16), other_minor=int(other))
    tags = {0x9F08: card_version, 0x5F24: objects[2], 0x5F25: objects[3], 0x9F07: objects[4]}
    held.store.card |= {tag: bytes.fromhex(v) for tag, v in tags.items() if v != "-"}
    if home != "-":
        held.store.card[0x5F28] = bytes.fromhex("0156" if home == "yes" else "0840")
    check_restrictions(held)
    assert held.store.terminal[0x95][1:2].hex().upper() == one.result[0]


@rows(
    "Book 3, 10.6",
    "one",
    *table(
        "risk", "amount", "floor limit", "target", "threshold", "greatest", "drawn", "ATC",
        "last online", "lower", "upper",
    ),
)  # fmt: skip
def test_risk(one: Decided) -> None:
    amount, floor, target, threshold, greatest, drawn, *counters = one.given
    rule = replace(
        RULE,
        floor_limit=int(floor),
        target_percent=int(target),
        threshold=int(threshold),
        max_target_percent=int(greatest),
    )
    held = session(replace(RULES, terminal_type=0x22), rule, amount_minor=int(amount))
    answers = {}
    if counters[0] != "-":
        *registers, lower, upper = counters
        held.store.card |= {0x9F14: bytes((int(lower),)), 0x9F23: bytes((int(upper),))}
        for tag, value in zip((0x9F36, 0x9F13), registers, strict=True):
            if value != "none":
                data = tlv.encode(tag, int(value).to_bytes(2))
                answers[b"\x80\xca" + tag.to_bytes(2)] = Reply(data, 0x9000)
    perform(manage_risk(held), answers, int(drawn))
    tvr = held.store.terminal[0x95]
    assert (tvr[1:2] + tvr[3:4]).hex().upper() == one.result[0]


@rows(
    "Book 3, 10.7",
    "one",
    *table(
        "actions", "decided", "TVR", "TAC denial", "online", "default", "IAC denial",
        "IAC online", "IAC default",
    ),
)  # fmt: skip
def test_actions(one: Decided) -> None:
    where, tvr, *codes = one.given
    denial, online, default = (bytes.fromhex(code) for code in codes[:3])
    rule = replace(RULE, tac_denial=denial, tac_online=online, tac_default=default)
    kind = 0x23 if where == "offline" else 0x22
    held = session(replace(RULES, terminal_type=kind, offline_approval=True), rule)
    for tag, code in zip((0x9F0E, 0x9F0F, 0x9F0D), codes[3:], strict=True):
        if code != "-":
            held.store.card[tag] = bytes.fromhex(code)
    held.set_tvr(Tvr(int(tvr, 16)))
    asked = decide(held, NotSent("no link")) if where == "unable" else analyse_actions(held)
    assert (asked.name,) == one.result


@rows("Book 3, 10.10", "one", *table("script", "commands answered"))
def test_script(one: Decided) -> None:
    held = session()
    answers = [int(sw, 16) for sw in one.given[0].split(",")]
    command = t(0x86, "00A4040000")
    receive_scripts(held, t(0x71, t(0x9F18, "01020304") + command * 2))
    step = run_scripts(held, 0x71)
    next(step)
    for sw in answers[:-1]:
        step.send(Reply(b"", sw))
    with pytest.raises(StopIteration):
        step.send(Reply(b"", answers[-1]))
    assert held.store.terminal[0x9F5B].hex().upper() == one.result[0] + "01020304"
