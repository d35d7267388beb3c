"""Sales by tap through the whole daemon: simulated PN532, real driver, kernels, acquirer."""

from __future__ import annotations

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import pytest

from cardamom.engines.emv.transcript import Exchange, unpack
from cardamom.settings.tap import published_combinations
from cardamom.simulator.acquirer.faults import Fault, Trouble, write_fault
from cardamom.simulator.agreement import disagreements
from cardamom.simulator.rig import Rig, RigConfig


@pytest.fixture(scope="module")
def rig(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Rig]:
    folder = tmp_path_factory.mktemp("taps")
    with Rig(RigConfig(folder, "inprocess", "en", deadline_s=5, contactless=True)) as running:
        yield running


def sell(rig: Rig, amount: str, reference: str) -> dict[str, Any]:
    sold: dict[str, Any] = rig.ask(op="sale", amount=amount, reference=reference)["transaction"]
    return sold


def tap(rig: Rig, card: str, amount: str, *, pin: str = "") -> dict[str, Any]:
    """One sale; the card is held to the reader when the screen asks for it."""
    assert rig.tapping is not None
    reference = f"{card}-{amount}"
    with ThreadPoolExecutor(1) as pool:
        selling = pool.submit(sell, rig, amount, reference)
        rig.sees("PresentCard")
        rig.tapping.insert(card)
        if pin:
            rig.sees("EnterPin")
            rig.press(*pin, "enter")
        record = selling.result(30)
    rig.tapping.remove()
    return record


@pytest.mark.parametrize(
    ("card", "amount", "pin", "cvm"),
    [
        ("visa", "12.34", "", "none"),
        ("visa", "1500.00", "", "signature"),
        ("mchip", "23.45", "", "none"),
        ("mchip", "1500.01", "123456", "online_pin"),
        ("unionpay", "34.56", "", "none"),
        ("unionpay", "1500.02", "123456", "online_pin"),
        ("three", "45.67", "", "none"),
    ],
)
def test_each_kernel_pays(rig: Rig, card: str, amount: str, pin: str, cvm: str) -> None:
    record = tap(rig, card, amount, pin=pin)
    assert (record["outcome"], record["entry"], record["cvm"]) == ("approved", "contactless", cvm)


def test_insert_goes_first_where_it_is_first(rig: Rig) -> None:
    with ThreadPoolExecutor(1) as pool:
        selling = pool.submit(sell, rig, "56.78", "inserted")
        rig.sees("PresentCard")
        rig.hand.insert("no-cvm")
        record = selling.result(30)
    rig.hand.remove()
    assert (record["outcome"], record["entry"]) == ("approved", "chip")


def test_the_ledger_agrees(rig: Rig) -> None:
    record = tap(rig, "visa", "78.90")
    rig.printed(record["id"])
    told = rig.ask(op="transactions", limit=100)["transactions"]
    for each in told:
        rig.printed(each["id"])
    told = rig.ask(op="transactions", limit=100)["transactions"]
    assert disagreements(told, rig.ledger(), rig.slips) == []


def combinations(settings: Path, published: str, ours: str) -> None:
    """The published combinations, changed so."""
    text = published_combinations().read_text("utf-8").replace(published, ours)
    (settings.parent / "contactless.toml").write_text(text, "utf-8")
    with settings.open("a", encoding="utf-8") as file:
        file.write('\n[emv]\ncontactless_file = "contactless.toml"\n')


def arranged(settings: Path) -> None:
    """Offline approvals up to 50.00 by tap."""
    combinations(settings, "floor_limit = 0 ", "floor_limit = 5000 ")
    with settings.open("a", encoding="utf-8") as file:
        file.write("[offline]\nenabled = true\n")


def test_approved_by_the_card_alone_and_advised_later(tmp_path: Path) -> None:
    config = RigConfig(
        tmp_path, "inprocess", "en", deadline_s=2, contactless=True, bring_keys=arranged
    )
    with Rig(config) as rig:
        rig.stop_acquirer()
        record = tap(rig, "visa-offline", "23.45")
        assert (record["outcome"], record["state"]) == ("approved", "offline_approved")
        assert record["entry"] == "contactless"
        above = tap(rig, "visa-offline", "60.00")
        assert (above["outcome"], above["reason"]) == ("declined", "no_host")
        rig.start_acquirer(rig.acquirer_port)

        def advised() -> bool:
            state: str = rig.ask(op="show", id=record["id"])["transaction"]["state"]
            return state == "advised"

        rig.until(advised, "the advice is not taken", 60)
        for each in (record, above):
            rig.printed(each["id"])
        told = rig.ask(op="transactions", limit=10)["transactions"]
        assert disagreements(told, rig.ledger(), rig.slips) == []


def updating(settings: Path) -> None:
    """Cards of Kernel 3 are asked for once more."""
    combinations(settings, "# issuer_update = true", "issuer_update = true")


def test_a_script_reaches_the_card_in_a_second_presentment(tmp_path: Path) -> None:
    """From the issuer to the card, which is held to the reader still, and its result back."""
    config = RigConfig(
        tmp_path, "inprocess", "en", deadline_s=2, contactless=True, bring_keys=updating
    )
    with Rig(config) as rig:
        assert rig.tapping is not None
        words = ("72 put-data 9F58 05",)
        write_fault(rig.folder / "faults.jsonl", Fault(Trouble.SCRIPTS, scripts=words))
        with ThreadPoolExecutor(1) as pool:
            selling = pool.submit(sell, rig, "12.34", "updated")
            rig.sees("PresentCard")
            rig.tapping.insert("visa-update")
            record = selling.result(30)
        assert (record["outcome"], record["state"]) == ("approved", "approved")

        def told() -> bool:
            return [row["scripts"] for row in rig.ledger()] == ["2000000001"]

        rig.until(told, "the issuer is not told that it was given", 10)
        rig.tapping.remove()
        packed = rig.ask(op="explain", id=record["id"])["transcript"]
        steps = [step for text in packed for step in unpack(text)]
        commands = [step.command[:4] for step in steps if isinstance(step, Exchange)]
        assert commands[-3:] == ["00A4", "0082", "04DA"]
        rig.printed(record["id"])
        records = rig.ask(op="transactions", limit=10)["transactions"]
        assert disagreements(records, rig.ledger(), rig.slips) == []
