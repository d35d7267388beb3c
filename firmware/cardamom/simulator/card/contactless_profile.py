"""Profiles of contactless cards and phones: small TOML files in data/cards/contactless."""

from __future__ import annotations

from importlib.resources.abc import Traversable
from pathlib import Path
from typing import Annotated, Any, Literal

import msgspec
from msgspec import Meta

from cardamom.faults import SettingsError
from cardamom.settings.convert import convert, read_toml
from cardamom.simulator.card.profile import Aid, ApplicationProfile, Hex, read_application
from cardamom.simulator.testdata import data

QUALIFIED_PDOL = "9F66049F02069F03069F1A0295055F2A029A039C019F3704"
"""What Kernels 3 and 7 are told with GET PROCESSING OPTIONS: the qualifiers, then what the
cryptogram covers."""
MCHIP_PDOL = "9F1A029F3501"
PDOLS = {2: MCHIP_PDOL, 3: QUALIFIED_PDOL, 7: QUALIFIED_PDOL}


class Relay(msgspec.Struct, frozen=True, kw_only=True):
    """The relay resistance protocol, in units of 100 microseconds."""

    least: Annotated[int, Meta(ge=0, le=0xFFFF)] = 0
    most: Annotated[int, Meta(ge=0, le=0xFFFF)] = 100
    estimate: Annotated[int, Meta(ge=0, le=0xFFFF)] = 24


class ContactlessProfile(ApplicationProfile, frozen=True, kw_only=True):
    """One contactless application, by the kernel that it is for. `pdol` is given by that."""

    cvm: list[str] = msgspec.field(default_factory=lambda: ["no CVM"])
    kernel: Literal[2, 3, 7]
    named_kernel: Hex = ""
    """Tag 9F2A in the directory; empty: the number of `kernel`."""
    ctq: Annotated[str, Meta(pattern=r"^[0-9A-F]{4}$")] = "0000"
    """Tag 9F6C, Kernels 3 and 7: byte 1 is what the card asks for."""
    form: Literal["card", "phone"] = "card"
    unlock: Literal["done", "on-demand", "never"] = "never"
    """A phone's owner: verified before the tap, when the terminal requires it, or not at all."""
    spending: Annotated[str, Meta(pattern=r"^([0-9]{12})?$")] = ""
    """Tag 9F5D, Kernels 3 and 7: what may still be spent offline."""
    fdda: Literal["01", "00"] = "01"
    relay: Relay | None = None
    recovery: Hex = ""
    """Tag 9F51, Kernel 2: the DRDOL; empty: torn transactions are not recovered."""
    files: Literal["packed", "apart"] = "packed"
    """Kernel 2 with CDA: six records, or one for each long object and eight in all."""
    balance: Annotated[str, Meta(pattern=r"^([0-9]{12})?$")] = ""
    """Tag 9F50, Kernel 2: the offline balance."""
    options_sw: Annotated[str, Meta(pattern=r"^([0-9A-F]{4})?$")] = ""
    """What GET PROCESSING OPTIONS is refused with."""
    extended: Aid | Literal[""] = ""
    """Tag 9F29: what is to stand behind the name in SELECT."""


class ContactlessCard(msgspec.Struct, frozen=True, kw_only=True):
    """A card or phone. `about` is one line for a list of profiles."""

    about: str
    application: list[dict[str, Any]]
    ppse: bool = True
    """Whether there is a directory, 2PAY.SYS.DDF01."""
    language: Annotated[str, Meta(pattern=r"^([a-z]{2}){1,4}$")] = "zhen"
    applications: tuple[ContactlessProfile, ...] = ()
    """The tables of `application`, read."""

    def __repr__(self) -> str:
        return f"ContactlessCard({', '.join(map(repr, self.applications))})"


def contactless_names() -> list[str]:
    """The profiles that come with the package."""
    found = (entry.name for entry in data("cards", "contactless").iterdir())
    return sorted(name.removesuffix(".toml") for name in found if name.endswith(".toml"))


def load_contactless(name: str | Path) -> ContactlessCard:
    """A profile by name, or of a TOML file. Raises SettingsError naming file, key and what is
    allowed."""
    text = str(name)
    if text.endswith(".toml"):
        return _read(Path(name))
    if text not in contactless_names():
        known = ", ".join(contactless_names())
        raise SettingsError(f"{text}: no such contactless card; expected one of {known}")
    return _read(data("cards", "contactless", f"{text}.toml"))


def _read(file: Path | Traversable) -> ContactlessCard:
    path = Path(str(file))
    source = str(path)
    raw = read_toml(path)
    if "applications" in raw:
        raise SettingsError(f"{source}: applications: unknown key; write [[application]] tables")
    card = convert(raw, ContactlessCard, source)
    if not card.application:
        raise SettingsError(f"{source}: application: missing; expected [[application]] tables")
    read = tuple(
        _application(table, source, f"application[{i}]") for i, table in enumerate(card.application)
    )
    return msgspec.structs.replace(card, application=[], applications=read)


def _application(raw: dict[str, Any], source: str, key: str) -> ContactlessProfile:
    a = read_application(raw, ContactlessProfile, source, key)
    if "pdol" not in raw:
        a = msgspec.structs.replace(a, pdol=PDOLS[a.kernel])
    if "authentication" not in raw and a.kernel == 2:
        a = msgspec.structs.replace(a, authentication="cda")
    return a
