"""Random days at the counter: operations and link faults drawn by dice."""

from __future__ import annotations

import random
from contextlib import suppress
from typing import Any, Final

from cardamom.faults import DeviceFault
from powercut.house import PASSCODE, House
from powercut.scenarios import Scenario

FAULTS: Final = (
    "silent-before",
    "silent-after",
    "close-before",
    "close-after",
    "no-notify",
    "reset",
    "cut",
    "garbage",
    "wrong-stan",
    "wrong-amount",
    "wrong-mac",
    "code",
    "duplicate",
    "previous",
    "kept",
    "slow",
    "delay",
)
PROFILES: Final = ("no-cvm", "no-cvm", "no-cvm", "refuses", "offline")
CODES: Final = ("05", "51", "91", "96", "A0")


def random_scenario(dice: random.Random, name: str) -> Scenario:
    """One to four operations, none to three faults."""
    steps = [_step(dice, number) for number in range(dice.randint(1, 4))]

    def script(house: House) -> None:
        for step in steps:
            _take(house, dict(step))
        house.idle()

    faults = tuple(_fault(dice) for _ in range(dice.choice((0, 1, 1, 2, 3))))
    return Scenario(name, script, faults=faults)


def _step(dice: random.Random, number: int) -> dict[str, Any]:
    amount = f"{dice.randint(1, 5000) / 100:.2f}"
    kind = dice.choices(("sale", "void", "refund", "settle"), (6, 2, 2, 1))[0]
    return {
        "op": kind,
        "amount": amount,
        "reference": f"r{number}",
        "profile": dice.choice(PROFILES),
        "nth": dice.randrange(3),
    }


def _fault(dice: random.Random) -> dict[str, Any]:
    fault: dict[str, Any] = {"fault": dice.choice(FAULTS)}
    if fault["fault"] == "code":
        fault["code"] = dice.choice(CODES)
    if fault["fault"] in ("slow", "delay"):
        fault["seconds"] = dice.choice((0.2, 3.0))
    if dice.random() < 0.4:
        fault["mti"] = dice.choice(("0200", "0420", "0500", "0320"))
    return fault


def _take(house: House, step: dict[str, Any]) -> None:
    """What the terminal refuses (nothing to void, say) is refused: the day goes on."""
    profile, nth = step.pop("profile"), step.pop("nth")
    with suppress(DeviceFault):
        match step["op"]:
            case "sale":
                house.till(profile, **step)
            case "settle":
                house.till(op="settle", passcode=PASSCODE)
            case kind:
                sales = house.approved_sales()
                if not sales:
                    return
                original = sales[nth % len(sales)]
                request = {"op": kind, "id": original["id"], "reference": step["reference"]}
                if kind == "refund":
                    request["amount"] = step["amount"]
                house.till(**request, passcode=PASSCODE)
