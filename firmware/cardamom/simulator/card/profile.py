"""Card profiles: what an issuer would have personalised, as a small TOML file."""

from __future__ import annotations

from importlib.resources.abc import Traversable
from pathlib import Path
from typing import Annotated, Any, Literal, TypeVar

import msgspec
from msgspec import Meta

from cardamom.faults import SettingsError
from cardamom.settings.convert import convert, read_toml
from cardamom.simulator.card.cvm import CvmError, encode_rule
from cardamom.simulator.testdata import data
from cardamom.values.secret import Pan, Pin

Aid = Annotated[str, Meta(pattern=r"^([0-9A-F]{2}){5,16}$")]
Label = Annotated[str, Meta(pattern=r"^[ -~]{1,16}$")]
Action = Annotated[str, Meta(pattern=r"^[0-9A-F]{10}$")]
Month = Annotated[str, Meta(pattern=r"^[0-9]{2}(0[1-9]|1[0-2])$")]
Code3 = Annotated[str, Meta(pattern=r"^[0-9]{3}$")]
Minor = Annotated[int, Meta(ge=0, le=0xFFFFFFFF)]
Byte = Annotated[int, Meta(ge=0, le=255)]
Tag = Annotated[str, Meta(pattern=r"^([0-9A-F]{2}){1,3}$")]
Hex = Annotated[str, Meta(pattern=r"^([0-9A-F]{2})*$", max_length=500)]


class ApplicationProfile(msgspec.Struct, frozen=True, kw_only=True):
    """One application on the card. Dates are YYMM, action codes 5 bytes in hex."""

    aid: Aid
    label: Label
    pan: str
    """A test number: 13 to 19 digits with a valid check digit."""
    psn: Annotated[int, Meta(ge=0, le=99)] = 1
    expiry: Month = "4912"
    effective: Month = "2001"
    service_code: Code3 = "201"
    holder: Annotated[str, Meta(pattern=r"^[ -~]{2,26}$")] = "CARDHOLDER/TEST"
    preferred_name: Annotated[str, Meta(max_length=16)] = ""
    """Tag 9F12, in ISO 8859-1."""
    priority: Annotated[int, Meta(ge=0, le=15)] = 1
    confirm: bool = False
    """The customer must confirm the application (tag 87, bit 8)."""
    pin: str = ""
    pin_tries: Annotated[int, Meta(ge=1, le=15)] = 3
    pin_left: Annotated[int, Meta(ge=0, le=15)] | None = None
    """Tries left when the card is made; all of them where it is not said."""
    pin_encipherment: Literal["none", "icc", "own"] = "none"
    """The key for an enciphered PIN: none, the card's key for DDA, or one of its own (tag 9F2D)."""
    cvm: list[str]
    """Rules in order, as `online PIN if supported`; see cvm.py."""
    cvm_x: Minor = 0
    cvm_y: Minor = 0
    authentication: Literal["cda", "dda", "sda", "none"] = "dda"
    """The strongest that the card has; one with CDA does DDA too."""
    chain: Literal["ca1984", "ca1408"] = "ca1984"
    pdol: Annotated[str, Meta(pattern=r"^([0-9A-F]{2})*$")] = "9F1A029F3501"
    usage: Annotated[str, Meta(pattern=r"^[0-9A-F]{4}$")] = "FF00"
    """Tag 9F07."""
    iac_denial: Action = "0010000000"
    iac_online: Action = "DC68BCF800"
    iac_default: Action = "DC68BCA800"
    issuer_authentication: Literal["cdol2", "external"] = "cdol2"
    """Where the ARPC comes: tag 91 in CDOL2, or EXTERNAL AUTHENTICATE."""
    arpc: Literal["optional", "required"] = "optional"
    """Whether the card gives a TC without one after an online approval."""
    offline: bool = False
    """The card gives a TC at the first GENERATE AC when it is asked for one."""
    offline_limit: Byte | None = None
    """Tags 9F14 and 9F23; without it the terminal does no velocity check."""
    card_lower: Byte | None = None
    """The card's own limit, tag 9F58: as many offline in a row, then it wants to go online."""
    card_upper: Byte | None = None
    """Tag 9F59: as many offline in a row, then it declines where nobody can be asked."""
    first: Literal["as-asked", "decline"] = "as-asked"
    second: Literal["as-asked", "decline"] = "as-asked"
    answer_format: Literal[1, 2] = 2
    """Of GET PROCESSING OPTIONS, INTERNAL AUTHENTICATE and GENERATE AC: template 80 or 77. A
    cryptogram signed by CDA is always in 77."""
    state: Literal["active", "blocked"] = "active"
    objects: dict[Tag, Hex] = msgspec.field(default_factory=dict)
    """Objects that are wrong on purpose, tag to value in hex, an empty value for none: in records,
    FCI and the answer to GET PROCESSING OPTIONS (82, 94). Signatures cover what stands here."""
    country: Code3 = "156"
    currency: Code3 = "156"

    @property
    def card_number(self) -> Pan:
        return Pan(self.pan)

    def __repr__(self) -> str:
        return f"ApplicationProfile({self.aid} {self.label})"


A = TypeVar("A", bound=ApplicationProfile)


class CardProfile(msgspec.Struct, frozen=True, kw_only=True):
    """A card. `about` is one line for a list of profiles."""

    about: str
    application: list[dict[str, Any]]
    protocol: Literal["T=0", "T=1"] = "T=1"
    pse: bool = True
    """Whether the card has a payment system directory, 1PAY.SYS.DDF01."""
    language: Annotated[str, Meta(pattern=r"^([a-z]{2}){1,4}$")] = "zhen"
    state: Literal["active", "blocked"] = "active"
    applications: tuple[ApplicationProfile, ...] = ()
    """The tables of `application`, read."""

    def __repr__(self) -> str:
        return f"CardProfile({', '.join(map(repr, self.applications))})"


def names() -> list[str]:
    """The profiles that come with the package."""
    found = (entry.name for entry in data("cards").iterdir())
    return sorted(name.removesuffix(".toml") for name in found if name.endswith(".toml"))


def load_profile(name: str | Path) -> CardProfile:
    """A profile by name, or of a TOML file. Raises SettingsError naming file, key and what is
    allowed; the text holds neither card number nor PIN."""
    text = str(name)
    if not text.endswith(".toml"):
        if text not in names():
            raise SettingsError(f"{text}: no such card; expected one of {', '.join(names())}")
        return _read(data("cards", f"{text}.toml"))
    return _read(Path(name))


def _read(file: Path | Traversable) -> CardProfile:
    path = Path(str(file))
    raw = read_toml(path)
    source = str(path)
    if "applications" in raw:
        raise SettingsError(f"{source}: applications: unknown key; write [[application]] tables")
    card = convert(raw, CardProfile, source)
    if not card.application:
        raise SettingsError(f"{source}: application: missing; expected [[application]] tables")
    read = tuple(
        read_application(table, ApplicationProfile, source, f"application[{i}]")
        for i, table in enumerate(card.application)
    )
    aids = [a.aid for a in read]
    if len(set(aids)) != len(aids):
        raise SettingsError(f"{source}: application: an aid appears twice; expected each once")
    return msgspec.structs.replace(card, application=[], applications=read)


def read_application(raw: dict[str, Any], into: type[A], source: str, key: str) -> A:
    """One application's table, checked. Raises SettingsError."""
    for secret in ("pan", "pin"):
        if secret in raw and not isinstance(raw[secret], str):
            raise SettingsError(f"{source}: {key}.{secret}: expected digits in quotes")
    a = convert(raw, into, source, key)
    if not (13 <= len(a.pan) <= 19 and a.pan.isascii() and a.pan.isdigit() and _luhn(a.pan)):
        raise SettingsError(
            f"{source}: {key}.pan: not allowed; expected 13 to 19 digits with a valid check digit"
        )
    if a.pin:
        try:
            Pin(a.pin.encode())
        except ValueError:
            raise SettingsError(
                f"{source}: {key}.pin: not allowed; expected 4 to 12 digits"
            ) from None
    if a.pin_encipherment == "icc" and a.authentication not in ("dda", "cda"):
        raise SettingsError(
            f"{source}: {key}.pin_encipherment: icc is not allowed here; expected a key that the "
            "card has: with DDA or CDA, or its own"
        )
    if not 1 <= len(a.cvm) <= 20:
        raise SettingsError(f"{source}: {key}.cvm: expected 1 to 20 rules")
    for i, rule in enumerate(a.cvm):
        try:
            encode_rule(rule)
        except CvmError as e:
            raise SettingsError(f"{source}: {key}.cvm[{i}]: {e}") from None
    return a


def _luhn(digits: str) -> bool:
    """ISO/IEC 7812-1, Annex B."""
    total = 0
    for place, digit in enumerate(reversed(digits)):
        value = int(digit) << (place & 1)
        total += value - 9 if value > 9 else value
    return total % 10 == 0
