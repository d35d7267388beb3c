"""The published test keys, as the simulators use them."""

from __future__ import annotations

import tomllib
from functools import cache
from importlib.resources import files
from importlib.resources.abc import Traversable

import msgspec

from cardamom.simulator.pki.rsa import RsaKey
from cardamom.values.secret import Key

RID = bytes.fromhex("F000000123")
"""Of the test applications: F is ISO/IEC 7816-4's unregistered category."""


class Chain(msgspec.Struct, frozen=True):
    """One path from a CA key to a card: CA key index and the keys below it."""

    index: int
    ca: RsaKey
    issuer: RsaKey
    icc: RsaKey


class IssuerKeys(msgspec.Struct, frozen=True):
    """Issuer master keys, double-length TDES: cryptograms, script MAC, script encipherment."""

    ac: Key
    smi: Key
    smc: Key


def data(*names: str) -> Traversable:
    """A file of the package's data."""
    return files("cardamom").joinpath("data", *names)


@cache
def chain(name: str) -> Chain:
    """`ca1984` or `ca1408`, by the size of the CA key."""
    raw = tomllib.loads(data("testkeys", "rsa.toml").read_text("utf-8"))[name]
    return Chain(int(raw["index"]), *(_key(raw[part]) for part in ("ca", "issuer", "icc")))


@cache
def issuer_keys() -> IssuerKeys:
    raw = tomllib.loads(data("testkeys", "issuer.toml").read_text("utf-8"))
    return IssuerKeys(*(Key(bytes.fromhex(raw[f"imk_{k}"])) for k in ("ac", "smi", "smc")))


def _key(raw: dict[str, str | int]) -> RsaKey:
    return RsaKey(int(str(raw["p"]), 16), int(str(raw["q"]), 16), int(raw["exponent"]))
