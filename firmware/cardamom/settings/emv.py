"""EMV parameters: AIDs and CA keys from a TOML file, checked, as the kernel takes them."""

from __future__ import annotations

import hashlib
from dataclasses import replace
from importlib.resources import files
from importlib.resources.abc import Traversable
from pathlib import Path
from typing import Annotated, Any, Final, TypeVar

import msgspec
from msgspec import Meta

from cardamom.engines.emv.rules import AidRule, CaKey, Revoked, Rules
from cardamom.faults import SettingsError
from cardamom.settings.convert import convert, read_toml
from cardamom.settings.load import resolve
from cardamom.settings.model import Settings
from cardamom.settings.section import Section
from cardamom.settings.testkeys import is_test_key

S = TypeVar("S", bound=msgspec.Struct)
Hex = Annotated[str, Meta(pattern=r"^([0-9A-F]{2})*$")]
Action = Annotated[str, Meta(pattern=r"^[0-9A-F]{10}$")]
Minor = Annotated[int, Meta(ge=0, le=999_999_999_999)]
Percent = Annotated[int, Meta(ge=0, le=99)]


class AidTable(Section, frozen=True):
    """`[[aid]]`: an application the terminal takes. Amounts in minor units, the rest in hex."""

    aid: Annotated[str, Meta(pattern=r"^([0-9A-F]{2}){5,16}$")]
    partial: bool = True
    version: Annotated[str, Meta(pattern=r"^[0-9A-F]{4}$")] = "0001"
    floor_limit: Minor = 0
    tac_denial: Action = "0000000000"
    tac_online: Action = "FFFFFFFFFF"
    tac_default: Action = "FFFFFFFFFF"
    target_percent: Percent = 0
    max_target_percent: Percent = 0
    threshold: Minor = 0
    ddol: Hex = "9F3704"
    tdol: Hex = ""


class CaTable(Section, frozen=True):
    """`[[ca_key]]`: a CA public key. `checksum`: SHA-1 over RID, index, modulus and exponent."""

    rid: Annotated[str, Meta(pattern=r"^[0-9A-F]{10}$")]
    index: Annotated[str, Meta(pattern=r"^[0-9A-F]{2}$")]
    modulus: Annotated[str, Meta(pattern=r"^([0-9A-F]{2}){64,248}$")]
    exponent: Annotated[int, Meta(ge=3, le=65537)]
    checksum: Annotated[str, Meta(pattern=r"^[0-9A-F]{40}$")]
    expires: Annotated[
        str, Meta(pattern=r"^([0-9]{2}(0[1-9]|1[0-2])(0[1-9]|[12][0-9]|3[01]))?$")
    ] = ""
    """YYMMDD, or empty."""


class RevokedTable(Section, frozen=True):
    """`[[revoked]]`: an issuer certificate that holds no more, by the CA key it was made with."""

    rid: Annotated[str, Meta(pattern=r"^[0-9A-F]{10}$")]
    index: Annotated[str, Meta(pattern=r"^[0-9A-F]{2}$")]
    serial: Annotated[str, Meta(pattern=r"^[0-9A-F]{6}$")]


class TerminalTable(Section, frozen=True):
    """`[terminal]`: what the kernel says of the terminal; only what differs from the default."""

    type: Annotated[str, Meta(pattern=r"^(1[1-6]|2[1-6]|3[4-6])?$")] = ""
    capabilities: Annotated[str, Meta(pattern=r"^[0-9A-F]{6}$")] = ""
    additional_capabilities: Annotated[str, Meta(pattern=r"^[0-9A-F]{10}$")] = ""
    interface_serial: Annotated[str, Meta(pattern=r"^[0-9A-Za-z]{8}$")] = ""
    acquirer_id: Annotated[str, Meta(pattern=r"^[0-9]{6,11}$")] = ""


class EmvFile(Section, frozen=True):
    """The whole file."""

    aid: list[dict[str, Any]]
    ca_key: list[dict[str, Any]]
    revoked: list[dict[str, Any]] = msgspec.field(default_factory=list)
    terminal: TerminalTable = TerminalTable()


def published_parameters() -> Traversable:
    """The file with the test AIDs and test CA keys that comes with the package."""
    return files("cardamom").joinpath("data", "emv", "test.toml")


def rules_for(settings: Settings, settings_file: Path) -> Rules:
    """The kernel's rules under these settings. Raises SettingsError."""
    name = settings.emv.file
    rules = load_rules(
        resolve(settings_file, name) if name else published_parameters(),
        production=settings.mode == "production",
    )
    languages = ("zh", "en") if settings.language.value == "zh" else ("en", "zh")
    if settings.offline.enabled and rules.terminal_type & 0x0F in (1, 4):
        # Book 4, A1: online only becomes offline with online capability
        rules = replace(rules, terminal_type=rules.terminal_type + 1)
    return replace(
        rules,
        country=settings.terminal.country,
        terminal_id=settings.terminal.id,
        merchant_id=settings.merchant.id,
        merchant_category=settings.merchant.category,
        merchant_name=settings.merchant.name_en,
        pin_bypass=settings.terminal.pin_bypass,
        languages=languages,
    )


def load_rules(file: Path | Traversable, *, production: bool = False) -> Rules:
    """One file's AIDs and CA keys. Raises SettingsError naming file, key and what is allowed; in
    production also for a published test key."""
    source = str(file)
    raw = convert(read_toml(Path(source)), EmvFile, source)
    aids = [_aid(t) for t in _tables(raw.aid, AidTable, source, "aid")]
    _once([a.aid for a in aids], source, "aid", "aid")
    keys = [
        _ca_key(t, source, f"ca_key[{i}]", production=production)
        for i, t in enumerate(_tables(raw.ca_key, CaTable, source, "ca_key"))
    ]
    _once([k.rid + bytes((k.index,)) for k in keys], source, "ca_key", "rid and index")
    revoked = frozenset(
        Revoked(bytes.fromhex(t.rid), int(t.index, 16), bytes.fromhex(t.serial))
        for t in (
            convert(table, RevokedTable, source, f"revoked[{i}]")
            for i, table in enumerate(raw.revoked)
        )
    )
    rules = Rules(aids=tuple(aids), ca_keys=tuple(keys), revoked=revoked)
    return replace(rules, **_terminal(raw.terminal, source))


def _tables(raw: list[dict[str, Any]], into: type[S], source: str, key: str) -> list[S]:
    if not raw:
        raise SettingsError(f"{source}: {key}: empty; expected at least one [[{key}]] table")
    return [convert(table, into, source, f"{key}[{i}]") for i, table in enumerate(raw)]


def _once(values: list[bytes], source: str, key: str, what: str) -> None:
    if len(set(values)) != len(values):
        raise SettingsError(f"{source}: {key}: the same {what} appears twice; expected each once")


def _aid(t: AidTable) -> AidRule:
    return AidRule(
        aid=bytes.fromhex(t.aid),
        partial=t.partial,
        version=bytes.fromhex(t.version),
        floor_limit=t.floor_limit,
        tac_denial=bytes.fromhex(t.tac_denial),
        tac_online=bytes.fromhex(t.tac_online),
        tac_default=bytes.fromhex(t.tac_default),
        target_percent=t.target_percent,
        max_target_percent=t.max_target_percent,
        threshold=t.threshold,
        ddol=bytes.fromhex(t.ddol),
        tdol=bytes.fromhex(t.tdol),
    )


def _ca_key(t: CaTable, source: str, key: str, *, production: bool) -> CaKey:
    """Book 2, 11.2.2: the checksum covers RID, index, modulus and exponent."""
    if t.exponent not in (3, 65537):
        raise SettingsError(
            f"{source}: {key}.exponent: {t.exponent} is not allowed; expected 3 or 65537"
        )
    rid, index, modulus = bytes.fromhex(t.rid), int(t.index, 16), bytes.fromhex(t.modulus)
    exponent = t.exponent.to_bytes((t.exponent.bit_length() + 7) // 8)
    named = rid + bytes((index,)) + modulus
    checksum = bytes.fromhex(t.checksum)
    right = hashlib.sha1(named + exponent).digest()  # noqa: S324 EMV says SHA-1
    if checksum != right:
        raise SettingsError(
            f"{source}: {key}.checksum: does not fit; expected {right.hex().upper()}, or the key "
            "was copied wrong"
        )
    if production and (is_test_key(named) or is_test_key(modulus)):
        raise SettingsError(
            f"{source}: {key}: a published test key; expected a scheme's key with mode = production"
        )
    return CaKey(rid, index, modulus, t.exponent, checksum, t.expires)


UNSUPPORTED: Final = int.from_bytes(bytes.fromhex("1F0717"))
"""Capabilities that this kernel has not, or that are reserved: biometrics, XDA (Book 4, A2)."""


def _terminal(t: TerminalTable, source: str) -> dict[str, Any]:
    if t.capabilities and int(t.capabilities, 16) & UNSUPPORTED:
        raise SettingsError(
            f"{source}: terminal.capabilities: {t.capabilities} is not allowed; expected no bit of "
            f"{UNSUPPORTED:06X}, which the kernel cannot do"
        )
    given: dict[str, Any] = {}
    if t.type:
        given["terminal_type"] = int(t.type, 16)
    for name in ("capabilities", "additional_capabilities"):
        if text := getattr(t, name):
            given[name] = bytes.fromhex(text)
    for name in ("interface_serial", "acquirer_id"):
        if text := getattr(t, name):
            given[name] = text
    return given
