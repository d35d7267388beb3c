"""Who may do what: the passcode, its wrong tries, and what the journal keeps of it."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from pathlib import Path

import msgspec
import pytest

from cardamom.control.messages import Close, Owed, Refund, Reprint, Sale, Settle, Void
from cardamom.engines.passcode import TEST_PASSCODE, hash_passcode
from cardamom.flows.rights import NotAllowed, Rights
from cardamom.store.chain import decode
from cardamom.store.database import open_for_reading
from cardamom.values.events import Reason
from cardamom.values.online import NoAnswer
from cardamom.values.operations import MENU, OPERATIONS, Operation, Role
from cardamom.values.screens import Idle, Menu, NotCompleted, PresentCard
from cardamom.values.secret import Passcode
from cardamom.values.states import State
from cardamom.values.terminal_events import OperatorAct
from support.clerk import ended, play, sold, supervises
from support.hands import HandClock, HandJournal, until
from support.ledger import MASTER
from support.shop import APPROVAL, Shop

RIGHT = Passcode(b"918273")
WRONG = Passcode(b"918274")
LINE = hash_passcode(RIGHT, bytes(range(16)))


def prove(
    folder: Path,
    script: Callable[[Rights, HandClock], Awaitable[None]],
    line: str | None = LINE,
    *,
    production: bool = True,
) -> list[OperatorAct]:
    """What was journalled of it."""

    async def run() -> None:
        clock = HandClock()
        journal = HandJournal(folder / "journal.db", MASTER, now=clock.now)
        await journal.batch()
        try:
            await script(Rights(journal, clock, line, production=production), clock)
        finally:
            await journal.close()

    asyncio.run(run())
    with open_for_reading(folder / "journal.db") as db:
        rows = db.execute("SELECT CAST(body AS BLOB) FROM events WHERE txn = 0 ORDER BY seq")
        events = [decode(body) for (body,) in rows]
    return [event for event in events if isinstance(event, OperatorAct)]


def test_the_right_one_lets_in_and_is_journalled(tmp_path: Path) -> None:
    async def script(rights: Rights, _: HandClock) -> None:
        assert await rights.prove(Operation.VOID, RIGHT, "17 12.34 CNY") == "supervisor"
        assert await rights.prove(Operation.SETTLE, None) == "clerk"

    acts = prove(tmp_path, script)
    assert [(a.operator, a.act) for a in acts] == [("supervisor", "void 17 12.34 CNY")]
    assert "918273" not in (tmp_path / "journal.db").read_bytes().decode("latin-1")


def test_wrong_tries_wait_longer_and_longer(tmp_path: Path) -> None:
    async def script(rights: Rights, clock: HandClock) -> None:
        waits = []
        for _ in range(6):
            with pytest.raises(NotAllowed, match="is wrong"):
                await rights.prove(Operation.CLOSE, WRONG, "3")
            waits.append(rights.wait_s)
            if rights.wait_s:
                with pytest.raises(NotAllowed, match=f"wait {rights.wait_s} seconds"):
                    await rights.prove(Operation.CLOSE, RIGHT, "3")
            await clock.passes(rights.wait_s)
        assert waits == [0, 0, 30, 60, 120, 240]
        assert await rights.prove(Operation.CLOSE, RIGHT, "3") == "supervisor"
        with pytest.raises(NotAllowed, match="is wrong"):
            await rights.prove(Operation.CLOSE, WRONG, "3")
        assert rights.wait_s == 0

    acts = prove(tmp_path, script)
    assert [a.act for a in acts].count("wrong passcode for close 3") == 7
    assert {a.operator for a in acts if "wrong" in a.act} == {"unknown"}


def test_many_at_once_are_looked_at_one_by_one(tmp_path: Path) -> None:
    async def script(rights: Rights, _: HandClock) -> None:
        tries = (rights.prove(Operation.VOID, WRONG) for _ in range(8))
        told = await asyncio.gather(*tries, return_exceptions=True)
        assert [str(e) for e in told].count("the passcode is wrong") == 3

    prove(tmp_path, script)


def test_the_published_one_serves_a_demo_alone(tmp_path: Path) -> None:
    async def demo(rights: Rights, _: HandClock) -> None:
        assert await rights.prove(Operation.VOID, TEST_PASSCODE) == "supervisor"

    async def production(rights: Rights, _: HandClock) -> None:
        assert not rights.supervised
        with pytest.raises(NotAllowed, match="no supervisor's passcode is set"):
            await rights.prove(Operation.VOID, TEST_PASSCODE)

    async def its_hash(rights: Rights, _: HandClock) -> None:
        with pytest.raises(NotAllowed, match="is wrong"):
            await rights.prove(Operation.VOID, TEST_PASSCODE)

    for name in ("demo", "production", "hash"):
        (tmp_path / name).mkdir()
    prove(tmp_path / "demo", demo, None, production=False)
    prove(tmp_path / "production", production, None)
    prove(tmp_path / "hash", its_hash, hash_passcode(TEST_PASSCODE, bytes(16)))


def test_each_operation_has_a_rule_and_what_moves_money_a_reference() -> None:
    assert set(OPERATIONS) == set(Operation)
    for operation, rule in OPERATIONS.items():
        assert ("reference" in rule.arguments) == (rule.kind is not None), operation
        supervised = rule.role is Role.SUPERVISOR
        at_the_keypad_alone = operation is Operation.SET_UP  # over SSH it is root's
        assert "passcode" in rule.arguments or not supervised or at_the_keypad_alone, operation
    assert set(MENU) <= set(Operation)


def test_the_socket_takes_just_the_arguments_of_its_operation() -> None:
    messages: dict[Operation, type[msgspec.Struct]] = {
        Operation.SALE_AGAIN: Sale,
        Operation.VOID: Void,
        Operation.REFUND: Refund,
        Operation.REPRINT: Reprint,
        Operation.OWED: Owed,
        Operation.CLOSE: Close,
        Operation.CLOSE_BATCH: Settle,
    }
    for operation, message in messages.items():
        assert set(message.__struct_fields__) == set(OPERATIONS[operation].arguments), operation


def test_without_a_supervisor_the_menu_has_nothing_for_one(tmp_path: Path) -> None:
    class Bare(Shop):
        def __init__(self, folder: Path) -> None:
            super().__init__(folder)
            self.rights.__init__(self.journal, self.clock, None, production=True)  # type: ignore[misc]

    async def script(shop: Shop) -> None:
        shop.keypad.press("menu")
        screen = await shop.sees(Menu)
        assert isinstance(screen, Menu)
        roles = {OPERATIONS[item].role for item in screen.items}
        assert roles == {Role.CLERK}
        shop.keypad.press("cancel")
        await shop.sees(Idle)

    play(tmp_path, script, Bare)


def test_the_same_card_and_amount_again_takes_a_supervisor(tmp_path: Path) -> None:
    async def script(shop: Shop) -> None:
        shop.host.answer = NoAnswer("silence")
        unknown = await sold(shop)
        assert unknown.state is State.REVERSING
        shop.host.answer = APPROVAL
        shop.types("1234")
        await shop.sees(PresentCard)
        card = shop.insert("no-cvm")
        await shop.shows(NotCompleted(unknown.amount, Reason.SAME_AGAIN))
        card.out.set()
        await until(lambda: card.closed)
        shop.keypad.press("enter")
        await supervises(shop)
        await shop.sees(PresentCard)
        shop.insert("no-cvm")
        record = await ended(shop, unknown.txn + 1)
        assert record.state is State.APPROVED

    play(tmp_path, script)
