"""Contactless parameters: combinations of application and kernel with their limits, from a TOML
file, checked, as the entry point takes them."""

from __future__ import annotations

from dataclasses import replace
from importlib.resources import files
from importlib.resources.abc import Traversable
from pathlib import Path
from typing import Annotated, Any, Final, Literal

import msgspec
from msgspec import Meta

from cardamom.engines.emv.bits import Capability
from cardamom.engines.emv.contactless.qualifiers import Ttq
from cardamom.engines.emv.contactless.rules import (
    Combination,
    MchipRules,
    RelayRules,
    TapRules,
)
from cardamom.engines.emv.rules import AidRule, Rules
from cardamom.faults import SettingsError
from cardamom.settings.convert import convert, read_toml
from cardamom.settings.emv import Action, Minor
from cardamom.settings.load import resolve
from cardamom.settings.model import Settings
from cardamom.settings.section import Section

Units = Annotated[int, Meta(ge=0, le=0xFFFF)]
Percent = Annotated[int, Meta(ge=0, le=100)]
Byte = Annotated[str, Meta(pattern=r"^[0-9A-F]{2}$")]
Letter = Annotated[str, Meta(pattern=r"^[0-9A-Z]$")]

NOT_OFFERED: Final = (
    Ttq.MAG_STRIPE | Ttq.ODA_FOR_ONLINE | Ttq.ISSUER_UPDATE | Ttq.CONTACT_OFFLINE_PIN
)
"""What no kernel here does, or what is not this table's to say: issuer updates have an option of
their own."""
MCHIP_ONLINE_PIN: Final = 0x40
"""Of byte 2 of 9F33."""


class RelayTable(Section, frozen=True):
    """`[combination.mchip.relay]`: the relay resistance protocol, in units of 100 microseconds."""

    min_grace: Units = 20
    max_grace: Units = 50
    command_time: Units = 18
    answer_time: Units = 24
    accuracy: Units = 300
    mismatch_percent: Percent = 50


class MchipTable(Section, frozen=True):
    """`[combination.mchip]`: what only Kernel 2 has."""

    on_device_limit: Minor | None = None
    on_device_cvm: bool = True
    cvm_required: Byte = "60"
    no_cvm_required: Byte = "08"
    relay_resistance: bool = True
    relay: RelayTable = RelayTable()
    risk_data: Annotated[str, Meta(pattern=r"^[0-9A-F]{16}$")] = "2C00000000000000"
    category: Letter = "R"
    torn_records: Annotated[int, Meta(ge=0, le=10)] = 1
    torn_seconds: Annotated[int, Meta(ge=0, le=86_400)] = 300
    balance_before: bool = False
    balance_after: bool = False
    hold_ms: Annotated[int, Meta(ge=0, le=5000)] = 1300


class CombinationTable(Section, frozen=True):
    """`[[combination]]`: an application with its kernel. Amounts in minor units, absent for no
    limit; the rest in hex."""

    aid: Annotated[str, Meta(pattern=r"^([0-9A-F]{2}){5,16}$")]
    kernel: Literal[2, 3, 7]
    partial: bool = True
    version: Annotated[str, Meta(pattern=r"^[0-9A-F]{4}$")] = "0001"
    ttq: Annotated[str, Meta(pattern=r"^([0-9A-F]{8})?$")] = ""
    transaction_limit: Minor | None = None
    floor_limit: Minor | None = None
    cvm_limit: Minor | None = None
    free_limit: Minor = 0
    status_check: bool = False
    zero_amount: bool = False
    extended_selection: bool = False
    issuer_update: bool = False
    tac_denial: Action = "0000000000"
    tac_online: Action = "FFFFFFFFFC"
    tac_default: Action = "FFFFFFFFFC"
    mchip: MchipTable | None = None


class TapFile(Section, frozen=True):
    """The whole file."""

    combination: list[dict[str, Any]] = msgspec.field(default_factory=list)


def published_combinations() -> Traversable:
    """The file with the test cards' combinations that comes with the package."""
    return files("cardamom").joinpath("data", "emv", "contactless.toml")


def tap_rules_for(settings: Settings, settings_file: Path, rules: Rules) -> TapRules:
    """The entry point's rules under these settings. `rules`: the contact kernel's, with the CA keys
    for both. Raises SettingsError."""
    name = settings.emv.contactless_file
    file = resolve(settings_file, name) if name else published_combinations()
    combinations = load_combinations(file)
    if not int.from_bytes(rules.capabilities) & Capability.ONLINE_PIN:
        combinations = tuple(map(_without_pin, combinations))
    return TapRules(rules, combinations)


def _without_pin(c: Combination) -> Combination:
    """For a host that takes no online PIN."""
    ttq = (int.from_bytes(c.ttq) & ~Ttq.ONLINE_PIN).to_bytes(4) if c.ttq else b""
    mchip = replace(c.mchip, cvm_required=c.mchip.cvm_required & ~MCHIP_ONLINE_PIN)
    return replace(c, ttq=ttq, mchip=mchip)


def load_combinations(file: Path | Traversable) -> tuple[Combination, ...]:
    """In the file's order. Raises SettingsError naming file, key and what is allowed."""
    source = str(file)
    raw = convert(read_toml(Path(source)), TapFile, source)
    found = tuple(
        _combination(convert(table, CombinationTable, source, key), source, key)
        for i, table in enumerate(raw.combination)
        for key in (f"combination[{i}]",)
    )
    named = [(c.rule.aid, c.kernel) for c in found]
    if len(set(named)) != len(named):
        raise SettingsError(
            f"{source}: combination: the same aid and kernel appear twice; expected each once"
        )
    return found


def _combination(t: CombinationTable, source: str, key: str) -> Combination:
    ttq = bytes.fromhex(t.ttq)
    if (t.kernel == 2) == bool(ttq):
        raise SettingsError(
            f"{source}: {key}.ttq: {t.ttq or 'missing'}; expected 8 hex digits for kernel 3 or 7, "
            "nothing for kernel 2"
        )
    if int.from_bytes(ttq) & NOT_OFFERED:
        raise SettingsError(
            f"{source}: {key}.ttq: {t.ttq} is not allowed; expected no bit of {NOT_OFFERED:08X}, "
            "which the kernels here do not do"
        )
    if ttq and not int.from_bytes(ttq) & Ttq.EMV_MODE:
        raise SettingsError(f"{source}: {key}.ttq: {t.ttq}: expected EMV mode, 20000000")
    if t.issuer_update and t.kernel != 3:
        raise SettingsError(
            f"{source}: {key}.issuer_update: not allowed; expected it with kernel 3 alone"
        )
    if t.kernel != 2 and t.mchip is not None:
        raise SettingsError(f"{source}: {key}.mchip: not allowed; expected it with kernel 2 alone")
    return Combination(
        AidRule(
            bytes.fromhex(t.aid),
            partial=t.partial,
            version=bytes.fromhex(t.version),
            floor_limit=t.floor_limit or 0,
            tac_denial=bytes.fromhex(t.tac_denial),
            tac_online=bytes.fromhex(t.tac_online),
            tac_default=bytes.fromhex(t.tac_default),
        ),
        t.kernel,
        ttq,
        transaction_limit=t.transaction_limit,
        floor_limit=t.floor_limit,
        cvm_limit=t.cvm_limit,
        status_check=t.status_check,
        zero_amount=t.zero_amount,
        extended_selection=t.extended_selection,
        issuer_update=t.issuer_update,
        free_limit=t.free_limit,
        mchip=_mchip(t.mchip or MchipTable()),
    )


def _mchip(t: MchipTable) -> MchipRules:
    relay = RelayRules(
        min_grace=t.relay.min_grace,
        max_grace=t.relay.max_grace,
        command_time=t.relay.command_time,
        answer_time=t.relay.answer_time,
        accuracy=t.relay.accuracy,
        mismatch_percent=t.relay.mismatch_percent,
    )
    return MchipRules(
        on_device_limit=t.on_device_limit,
        cvm_required=int(t.cvm_required, 16),
        no_cvm_required=int(t.no_cvm_required, 16),
        on_device_cvm=t.on_device_cvm,
        relay=relay if t.relay_resistance else None,
        risk_data=bytes.fromhex(t.risk_data),
        category=t.category.encode("ascii"),
        torn_records=t.torn_records,
        torn_seconds=t.torn_seconds,
        balance_before=t.balance_before,
        balance_after=t.balance_after,
        hold_ms=t.hold_ms,
    )
