"""What merchant and customer do while the power is cut: a script for each kind and each way."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass
from typing import Any, Final

from cardamom.faults import DeviceFault
from powercut.house import PASSCODE, House, Settings
from powercut.own import OWN, account_agrees

Words = dict[str, Any]
Script = Callable[[House], None]
Check = Callable[[House], list[str]]


@dataclass(frozen=True)
class Scenario:
    """`before` happens with the power safe; `script` is cut. `faults` are the acquirer's, for what
    the script sends. `kinds`: of the transactions that the script begins; `repeats`: requests that
    a till may send once more. `agrees`: what else must be so at the end, a sentence for what is
    not. `own_cards`: the reader takes the merchant's own cards."""

    name: str
    script: Script
    before: Script | None = None
    faults: tuple[Words, ...] = ()
    settings: Settings = ()
    profile: str = ""
    kinds: tuple[str, ...] = ("sale",)
    repeats: tuple[Words, ...] = ()
    agrees: Check | None = None
    own_cards: bool = False


SALE: Final = {"op": "sale", "amount": "12.34", "reference": "r1"}
VOID: Final = {"op": "void", "id": 1, "reference": "r2", "passcode": PASSCODE}
REFUND: Final = {"op": "refund", "id": 1, "amount": "2.34", "reference": "r3", "passcode": PASSCODE}
SETTLE: Final = {"op": "settle", "passcode": PASSCODE}


def sells(profile: str = "no-cvm", **more: str) -> Script:
    def script(house: House) -> None:
        house.till(profile, **SALE | more)
        house.idle()

    return script


def asks(*requests: Words) -> Script:
    """One after another, each to its end."""

    def script(house: House) -> None:
        for request in requests:
            house.till(**request)
            house.idle()

    return script


def sells_three(house: House) -> None:
    for number in (1, 2, 3):
        house.till("no-cvm", op="sale", amount=f"{number}.00", reference=f"r{number}")
    house.idle()


def sells_without_host(house: House) -> None:
    """The acquirer is away for two sales, and comes back, cut or not."""
    house.stop_acquirer()
    try:
        for number in (1, 2):
            house.till("offline", op="sale", amount=f"{number}.50", reference=f"r{number}")
    finally:
        house.start_acquirer(house.acquirer_port)
    house.idle()


def starts_without_host(house: House) -> None:
    """The same where the host was never there since the start."""
    house.stop_terminal()
    house.stop_acquirer()
    try:
        house.power_on(house.cut)
        house.till("offline", op="sale", amount="1.50", reference="r1")
    finally:
        house.start_acquirer(house.acquirer_port)
    house.idle()


def settles_with_one_parked(house: House) -> None:
    """A reversal that the host goes on refusing is parked; a supervisor settles over it."""
    with suppress(DeviceFault):
        house.till("no-cvm", **SALE)
    house.idle()
    house.till(**SETTLE)
    house.idle()


def updates_its_card(house: House) -> None:
    """The card is held to the reader until the issuer knows what became of its script."""
    assert house.tapping is not None
    house.tapping.insert("visa-update")
    try:
        house.till(**SALE)
        house.until(lambda: house.dead or bool(_scripts(house)), "no script result is told", 10)
    finally:
        with suppress(Exception):  # its reader may be gone
            house.tapping.remove()
    house.idle()


def issuer_knows(house: House) -> list[str]:
    """Of the payment, where it stands: that its script was run, or that it was not. Where it was
    not made the next one, by chip, gets the script."""
    said = _scripts(house)
    stands = any(r["entry"] == "contactless" for r in house.approved_sales())
    if len(said) > 1 or (stands and not said) or not set(said) <= {"0000000001", "2000000001"}:
        return [f"of its script the issuer knows {said}"]
    return []


def _scripts(house: House) -> list[str]:
    return [row["scripts"] for row in house.ledger() if row["scripts"]]


OFFLINE: Final = (("offline", "enabled = true"), ("emv", 'file = "floors.toml"'))
UNIONPAY: Final = "unionpay"

ALL: Final = (
    Scenario("sale", sells(), repeats=(SALE,)),
    Scenario("sale declined by the host", sells(amount="40000.00")),
    Scenario("sale refused by the card at its end", sells("refuses"), repeats=(SALE,)),
    Scenario("sale without an answer", sells(), faults=({"fault": "silent-after"},)),
    Scenario("sale that the host never saw", sells(), faults=({"fault": "close-before"},)),
    Scenario("sale with an answer that cannot be believed", sells(), faults=({"fault": "cut"},)),
    Scenario(
        "sale and a reversal without an answer",
        sells(),
        faults=({"fault": "silent-after"}, {"fault": "silent-after", "mti": "0420"}),
    ),
    Scenario(
        "sale and a reversal that the host refuses at first",
        sells(),
        faults=({"fault": "garbage"}, {"fault": "code", "code": "96", "mti": "0420"}),
    ),
    Scenario(
        "sale whose reversal is parked, and settlement over it",
        settles_with_one_parked,
        faults=(
            {"fault": "silent-after"},
            {"fault": "code", "code": "96", "mti": "042", "times": 2},
        ),
        settings=(("acquirer", "park_after = 2"),),
    ),
    Scenario("sale by tap", sells("contactless/visa"), repeats=(SALE,)),
    Scenario(
        "sale by tap without an answer",
        sells("contactless/mchip"),
        faults=({"fault": "silent-after"},),
    ),
    Scenario(
        "sale by tap whose card is updated",
        updates_its_card,
        faults=({"fault": "scripts", "scripts": ["72 put-data 9F58 05"]},),
        settings=(("emv", 'contactless_file = "updates.toml"'),),
        repeats=(SALE,),
        agrees=issuer_knows,
    ),
    Scenario(
        "sale by own card", sells(OWN), repeats=(SALE,), agrees=account_agrees, own_cards=True
    ),
    Scenario(
        "sale by own card without an answer",
        sells(OWN),
        faults=({"fault": "silent-after"},),
        agrees=account_agrees,
        own_cards=True,
    ),
    Scenario(
        "void of a sale by own card",
        asks(VOID),
        before=sells(OWN),
        kinds=("void",),
        repeats=(VOID,),
        agrees=account_agrees,
        own_cards=True,
    ),
    Scenario("void", asks(VOID), before=sells(), kinds=("void",), repeats=(VOID,)),
    Scenario(
        "void without an answer",
        asks(VOID),
        before=sells(),
        faults=({"fault": "silent-after"},),
        kinds=("void",),
        repeats=(VOID,),
    ),
    Scenario("refund", asks(REFUND), before=sells(), kinds=("refund",), repeats=(REFUND,)),
    Scenario(
        "refund without an answer",
        asks(REFUND),
        before=sells(),
        faults=({"fault": "close-after"},),
        kinds=("refund",),
        repeats=(REFUND,),
    ),
    Scenario("settlement", asks(SETTLE), before=sells_three, kinds=()),
    Scenario(
        "settlement whose totals differ",
        asks(SETTLE),
        before=sells_three,
        faults=({"fault": "code", "code": "95", "mti": "0500"},),
        kinds=(),
    ),
    Scenario(
        "settlement without an answer",
        asks(SETTLE),
        before=sells_three,
        faults=({"fault": "silent-after", "mti": "0500"},),
        kinds=(),
    ),
    Scenario("offline sales and their advices", sells_without_host, settings=OFFLINE),
    Scenario(
        "offline sales and advices without an answer",
        sells_without_host,
        faults=({"fault": "silent-after", "mti": "0220"},),
        settings=OFFLINE,
    ),
    Scenario("offline sale before the host was ever there", starts_without_host, settings=OFFLINE),
    Scenario("unionpay: sale", sells(), profile=UNIONPAY, repeats=(SALE,)),
    Scenario(
        "unionpay: sale without an answer",
        sells(),
        faults=({"fault": "silent-after"},),
        profile=UNIONPAY,
    ),
    Scenario(
        "unionpay: refund that is repeated until it is answered",
        asks(REFUND),
        before=sells(),
        faults=({"fault": "close-after", "mti": "0220"},),
        profile=UNIONPAY,
        kinds=("refund",),
        repeats=(REFUND,),
    ),
    Scenario("unionpay: settlement", asks(SETTLE), before=sells_three, profile=UNIONPAY, kinds=()),
)
