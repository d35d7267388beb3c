"""Vectors published by others: tests/vectors, each file naming its source."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from cardamom.engines.emv.rules import CaKey

EMV = Path(__file__).parents[1] / "vectors" / "emv"


def _lines(name: str) -> list[str]:
    text = (EMV / name).read_text("utf-8")
    return [line for line in text.splitlines() if line and not line.startswith("#")]


def ca_keys() -> list[CaKey]:
    """Scheme keys with their published hashes."""
    found = []
    for line in _lines("ca_keys.txt"):
        rid, index, exponent, modulus, digest = line.split()
        found.append(
            CaKey(
                bytes.fromhex(rid),
                int(index, 16),
                bytes.fromhex(modulus),
                int(exponent, 16),
                bytes.fromhex(digest),
            )
        )
    return found


def chains() -> dict[str, bytes]:
    """Certificates, keys and signatures of two cards by name."""
    pairs = (line.split(" = ") for line in _lines("chains.txt"))
    return {name: bytes.fromhex(value) for name, value in pairs}


@dataclass(frozen=True, slots=True)
class Decided:
    """What another kernel makes of this: the words of a line before and behind its `=`."""

    given: tuple[str, ...]
    result: tuple[str, ...]


def decisions(kind: str) -> list[Decided]:
    """Those of one step: cvm, restrict, risk, actions or script."""
    found = []
    for line in _lines("decisions.txt"):
        given, result = line.split(" = ")
        name, *words = given.split()
        if name == kind:
            found.append(Decided(tuple(words), tuple(result.split())))
    return found
