"""The register form of DUKPT, whatever its cipher (ANSI X9.24-1:2009, Annex A; ANSI X9.24-3:2017,
6.3): what a terminal may hold between two transactions.

A key belongs to a counter. Its parent is the counter without its lowest one-bit, and the initial
key stands at 0. With counter c next, a terminal holds the key of c and of what comes after it, and
no key of which a used one could be computed.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from math import comb

from cardamom.faults import Fault
from cardamom.values.secret import Key

Derive = Callable[[Key, int], Key]
"""A key and the counter of one of its children: the child."""


class KeysExhaustedError(Fault):
    """Each key was used once. Nothing goes on but a new initial key."""

    def __init__(self) -> None:
        super().__init__("all keys of this initial key are used: inject a new initial key")


class DukptError(ValueError):
    """A key, serial number or stored state that DUKPT cannot take; the text never holds a key."""


@dataclass(frozen=True, slots=True)
class Counters:
    """The counters that are used: `bits` wide, at most `most` one-bits, never 0."""

    bits: int
    most: int

    @property
    def last(self) -> int:
        return ((1 << self.most) - 1) << (self.bits - self.most)

    @property
    def end(self) -> int:
        """What stands as the next counter once `last` is used."""
        return 1 << self.bits

    def used(self, counter: int) -> bool:
        return 0 < counter < self.end and counter.bit_count() <= self.most

    def after(self, counter: int) -> int:
        """The next one: counters of too many one-bits are skipped."""
        if counter.bit_count() < self.most:
            return counter + 1
        return counter + (counter & -counter)

    def held(self, counter: int) -> tuple[int, ...]:
        """The counters whose keys are held, lowest first, while `counter` is the next to use."""
        if counter == self.end:
            return ()
        found = [counter]
        for bit in range((counter & -counter).bit_length(), self.bits):
            above = counter >> (bit + 1)
            if not counter >> bit & 1 and above.bit_count() < self.most:
                found.append((above << 1 | 1) << bit)
        return tuple(found)

    def left(self, counter: int) -> int:
        """How many keys are left, that of `counter` with them."""
        below, ones = 0, 0
        for bit in reversed(range(self.bits + 1)):
            if counter >> bit & 1:
                below += sum(comb(bit, more) for more in range(self.most - ones + 1))
                ones += 1
        return sum(comb(self.bits, ones) for ones in range(self.most + 1)) - below


def fill(counters: Counters, initial: Key, derive: Derive) -> tuple[Key, ...]:
    """The registers after loading; the initial key is not among them."""
    return tuple(derive(initial, counter) for counter in counters.held(1))


def take(
    counters: Counters, counter: int, registers: tuple[Key, ...], derive: Derive
) -> tuple[Key, tuple[Key, ...]]:
    """The key of `counter`, and the registers without it. Raises KeysExhaustedError."""
    if not registers:
        raise KeysExhaustedError
    current, rest = registers[0], registers[1:]
    if counter.bit_count() == counters.most:
        return current, rest
    lower = (1 << bit for bit in range((counter & -counter).bit_length() - 1))
    return current, (*(derive(current, counter | bit) for bit in lower), *rest)


def descend(counters: Counters, initial: Key, counter: int, derive: Derive) -> Key:
    """The key of `counter` from the initial key, one-bit for one-bit: the host's way. Raises
    DukptError for a counter that no terminal uses."""
    if not counters.used(counter):
        raise DukptError("no terminal uses the counter of this key serial number")
    key, reached = initial, 0
    for bit in reversed(range(counters.bits)):
        if counter >> bit & 1:
            reached |= 1 << bit
            key = derive(key, reached)
    return key
