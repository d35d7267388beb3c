"""A key that nobody knows whole: components by XOR, each with its own check value."""

from __future__ import annotations

import string
from collections.abc import Sequence
from dataclasses import dataclass
from functools import reduce

from cardamom.engines.keys.check import CheckValue, check_value, holds
from cardamom.engines.keys.cipher import Cipher, in_disguise
from cardamom.values.secret import Key


class ComponentError(ValueError):
    """What was typed is no component, or the components make no key; the text holds neither."""


@dataclass(frozen=True, slots=True)
class Component:
    """A component, or the key that components make."""

    key: Key
    cipher: Cipher
    check: CheckValue


def read_component(digits: str, check: str, cipher: Cipher) -> Component:
    """What one person types: hex digits and the check value that goes with them, gaps allowed.

    The check value is the cipher's own, whole or at least its first 6 digits. Raises
    ComponentError.
    """
    typed, checked = "".join(digits.split()), "".join(check.split())
    sizes = [2 * size for size in cipher.sizes]
    if len(typed) not in sizes or not set(typed) <= set(string.hexdigits):
        allowed = " or ".join(map(str, sizes))
        raise ComponentError(f"a component of this {cipher.words} key has {allowed} hex digits")
    key = Key(bytes.fromhex(typed))
    whole = check_value(key, cipher)
    if not (6 <= len(checked) <= len(whole.digits) and holds(key, cipher, checked)):
        raise ComponentError("the check value does not hold: type the component again")
    return Component(key, cipher, whole)


def join(components: Sequence[Component]) -> Component:
    """The key of two or three components, with its check value. Raises ComponentError."""
    if len(components) not in (2, 3):
        raise ComponentError("a key is made of two or three components")
    if len({(each.cipher, len(each.key.reveal())) for each in components}) != 1:
        raise ComponentError("the components are for keys of different lengths")
    if len({each.key for each in components}) != len(components):
        raise ComponentError("two components are the same: each person types their own")
    raw = reduce(_xor, (each.key.reveal() for each in components))
    key, cipher = Key(raw), components[0].cipher
    # all bytes alike: each component is another's complement; equal to one: the others are nothing
    if len(set(raw)) == 1 or key in {each.key for each in components}:
        raise ComponentError("the components make a key that one of them gives away")
    if cipher is Cipher.TDES and in_disguise(key):
        raise ComponentError("the components make a TDES key of which two parts are alike")
    return Component(key, cipher, check_value(key, cipher))


def _xor(one: bytes, other: bytes) -> bytes:
    return bytes(a ^ b for a, b in zip(one, other, strict=True))
