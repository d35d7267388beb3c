"""The issuer's accounts, read from a TOML file over the card profiles."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Annotated, Any, Final, Literal

import msgspec
from msgspec import Meta

from cardamom.faults import SettingsError
from cardamom.settings.convert import convert, read_toml
from cardamom.simulator.card.contactless_profile import load_contactless
from cardamom.simulator.card.profile import ApplicationProfile, load_profile
from cardamom.simulator.testdata import data
from cardamom.values.money import AmountError, Money, parse_amount
from cardamom.values.secret import Pan, Pin

TAPPED: Final = "contactless/"
Status = Literal["open", "referral", "lost", "stolen", "restricted"]


class AccountTable(msgspec.Struct, frozen=True, kw_only=True):
    """One `[[account]]`. `card`: a card profile's name or file, or `contactless/` and the name of
    one that is tapped."""

    card: str
    application: Annotated[int, Meta(ge=0, le=9)] = 0
    balance: str = "1000.00"
    currency: str = "CNY"
    limit: str = "50000.00"
    """The most one transaction may be."""
    status: Status = "open"


class PrepaidTable(msgspec.Struct, frozen=True, kw_only=True):
    """One `[[prepaid]]`: an account of a merchant's own cards. `issue`: of the card that is
    valid."""

    number: Annotated[str, Meta(pattern=r"^[0-9]{13,19}$")]
    issue: Annotated[int, Meta(ge=0, le=99)] = 0
    until: Annotated[str, Meta(pattern=r"^[0-9]{4}$")] = "9912"
    balance: str = "100.00"
    currency: str = "CNY"
    limit: str = "500.00"
    status: Status = "open"


class AccountFile(msgspec.Struct, frozen=True, kw_only=True):
    """The whole file."""

    account: list[dict[str, Any]]
    prepaid: list[dict[str, Any]] = []


@dataclass(frozen=True, slots=True)
class Account:
    """What the issuer knows of one card. `balance` is what it began with."""

    name: str
    pan: Pan
    psn: int
    expiry: str
    pin: Pin | None = field(repr=False)
    balance: Money
    limit: Money
    status: Status
    prepaid: bool = False
    """Pays by its number alone; each answer tells what is left."""


def load_accounts(path: Path | None = None) -> list[Account]:
    """The accounts of a file; None gives those of the shipped test cards.

    Raises SettingsError naming file and key.
    """
    file = path or Path(str(data("issuer.toml")))
    tables = convert(read_toml(file), AccountFile, str(file))
    found = [_account(raw, str(file), f"account[{i}]") for i, raw in enumerate(tables.account)]
    found += [_prepaid(raw, str(file), f"prepaid[{i}]") for i, raw in enumerate(tables.prepaid)]
    if len({a.pan for a in found}) != len(found):
        raise SettingsError(f"{file}: account: two accounts have the same card number")
    return found


def _account(raw: dict[str, Any], source: str, key: str) -> Account:
    table = convert(raw, AccountTable, source, key)
    applications = _applications(table.card)
    if table.application >= len(applications):
        raise SettingsError(
            f"{source}: {key}.application: the card has {len(applications)} applications"
        )
    profile = applications[table.application]
    return Account(
        name=f"{table.card}/{table.application}",
        pan=profile.card_number,
        psn=profile.psn,
        expiry=profile.expiry,
        pin=Pin(profile.pin.encode()) if profile.pin else None,
        balance=_amount(table.balance, table.currency, source, f"{key}.balance"),
        limit=_amount(table.limit, table.currency, source, f"{key}.limit"),
        status=table.status,
    )


def _prepaid(raw: dict[str, Any], source: str, key: str) -> Account:
    table = convert(raw, PrepaidTable, source, key)
    number = Pan(table.number)
    return Account(
        name=f"prepaid/{number.masked}",
        pan=number,
        psn=table.issue,
        expiry=table.until,
        pin=None,
        balance=_amount(table.balance, table.currency, source, f"{key}.balance"),
        limit=_amount(table.limit, table.currency, source, f"{key}.limit"),
        status=table.status,
        prepaid=True,
    )


def _applications(card: str) -> Sequence[ApplicationProfile]:
    """Those of a card with contacts, or of one that is tapped: `contactless/visa`."""
    tapped = card.removeprefix(TAPPED)
    if tapped != card:
        return load_contactless(tapped).applications
    return load_profile(card).applications


def _amount(text: str, currency: str, source: str, key: str) -> Money:
    try:
        return parse_amount(text, currency)
    except AmountError as e:
        raise SettingsError(f"{source}: {key}: {e}") from None
