"""AES DUKPT (ANSI X9.24-3:2017, clause 6.3 and Annex A)."""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum
from typing import Final

from cardamom.engines.keys import aes
from cardamom.engines.keys.registers import Counters, DukptError, descend, fill, take
from cardamom.engines.keys.working import Scheme, WorkingKeys
from cardamom.values.secret import Key

COUNTERS: Final = Counters(bits=32, most=16)
TAG: Final = 0x02
"""First byte of a stored state."""

_IDENTIFIER: Final = 8
_SERIAL: Final = 12
_COUNTER: Final = 5
"""Bytes of a stored counter: COUNTERS.end has 33 bits."""
_SIZES: Final = (16, 24, 32)

_PIN: Final = 0x1000
_REQUEST: Final = 0x2000
_ANSWER: Final = 0x2001
_MAC_BOTH: Final = 0x2002
_DATA: Final = 0x3000
_ANSWER_DATA: Final = 0x3001
_DATA_BOTH: Final = 0x3002
_DERIVATION: Final = 0x8000
_INITIAL: Final = 0x8001
"""Key usage indicators (table 2), as the terminal sees them: it makes the MACs of requests and
verifies those of answers."""


class Algorithm(Enum):
    """What a key is for: algorithm indicator and length in bits (tables 3 and 4)."""

    TDES_2 = (0x0000, 128)
    TDES_3 = (0x0001, 192)
    AES_128 = (0x0002, 128)
    AES_192 = (0x0003, 192)
    AES_256 = (0x0004, 256)

    @property
    def indicator(self) -> int:
        return self.value[0]

    @property
    def bits(self) -> int:
        return self.value[1]

    @property
    def aes(self) -> bool:
        return self.indicator >= 0x0002


_BY_SIZE: Final = {16: Algorithm.AES_128, 24: Algorithm.AES_192, 32: Algorithm.AES_256}
_BY_INDICATOR: Final = {each.indicator: each for each in Algorithm}


@dataclass(frozen=True, slots=True)
class State:
    """What the terminal holds: never the initial key, never a used one."""

    identifier: bytes
    """The initial key ID, 8 bytes."""
    working: Algorithm
    counter: int
    """The next to use."""
    size: int
    """Bytes of a derivation key."""
    registers: tuple[Key, ...]
    """The keys of COUNTERS.held(counter)."""

    @property
    def scheme(self) -> Scheme:
        return _scheme(self.working)

    @property
    def left(self) -> int:
        """How many transactions are left."""
        return COUNTERS.left(self.counter)

    def to_bytes(self) -> bytes:
        """To be sealed: the keys are in clear."""
        head = bytes([TAG, self.working.indicator, self.size]) + self.identifier
        keys = b"".join(key.reveal() for key in self.registers)
        return head + self.counter.to_bytes(_COUNTER, "big") + keys

    @classmethod
    def from_bytes(cls, raw: bytes) -> State:
        """Raises DukptError."""
        start = 3 + _IDENTIFIER + _COUNTER
        if len(raw) < start or raw[0] != TAG or raw[2] not in _SIZES:
            raise DukptError("this is no stored state of AES DUKPT")
        working, size = _BY_INDICATOR.get(raw[1]), raw[2]
        if working is None or not _strong_enough(size, working):
            raise DukptError("the stored state is for an unknown algorithm")
        counter = int.from_bytes(raw[start - _COUNTER : start], "big")
        if not (COUNTERS.used(counter) or counter == COUNTERS.end):
            raise DukptError("the stored state's counter is not one that is used")
        if len(raw) - start != size * len(COUNTERS.held(counter)):
            raise DukptError("the stored state has other registers than its counter asks for")
        keys = tuple(Key(raw[at : at + size]) for at in range(start, len(raw), size))
        return cls(raw[3 : 3 + _IDENTIFIER], working, counter, size, keys)


def initial_key(bdk: Key, ksn: bytes) -> Key:
    """The initial key of a terminal, as long as the base derivation key. Raises DukptError."""
    identifier = _serial(ksn)[:_IDENTIFIER]
    return _derived(bdk, _INITIAL, _own_algorithm(bdk), identifier)


def load(initial: Key, ksn: bytes, working: Algorithm | None = None) -> State:
    """The state of a terminal with this initial key: the counter of `ksn`, 12 bytes, starts anew.
    Raises DukptError.

    `working`: what the working keys are for; else AES with keys as long as the initial key.
    """
    own = _own_algorithm(initial)
    working = working or own
    _hold_strength(initial, working)
    identifier = _serial(ksn)[:_IDENTIFIER]
    registers = fill(COUNTERS, initial, _Derive(identifier))
    return State(identifier, working, 1, len(initial.reveal()), registers)


def advance(state: State, *, both_ways: bool = False) -> tuple[State, bytes, WorkingKeys]:
    """The state to keep before anything is done with the keys, the key serial number that names
    them, and the keys. Raises KeysExhaustedError.

    `both_ways`: one MAC key and one data key for requests and answers.
    """
    counter, identifier = state.counter, state.identifier
    key, rest = take(COUNTERS, counter, state.registers, _Derive(identifier))
    after = State(identifier, state.working, COUNTERS.after(counter), state.size, rest)
    ksn = identifier + counter.to_bytes(4, "big")
    return after, ksn, _working(key, state.working, ksn, both_ways=both_ways)


def derive(
    bdk: Key, ksn: bytes, working: Algorithm | None = None, *, both_ways: bool = False
) -> WorkingKeys:
    """The host's side, from the base derivation key. Raises DukptError."""
    initial = initial_key(bdk, ksn)
    working = working or _own_algorithm(bdk)
    _hold_strength(initial, working)
    counter = int.from_bytes(ksn[_IDENTIFIER:], "big")
    key = descend(COUNTERS, initial, counter, _Derive(ksn[:_IDENTIFIER]))
    return _working(key, working, ksn, both_ways=both_ways)


@dataclass(frozen=True, slots=True)
class _Derive:
    """A derivation key's child is a derivation key."""

    identifier: bytes

    def __call__(self, key: Key, counter: int) -> Key:
        context = self.identifier[4:] + counter.to_bytes(4, "big")
        return _derived(key, _DERIVATION, _own_algorithm(key), context)


def _derived(key: Key, usage: int, algorithm: Algorithm, context: bytes) -> Key:
    """The derived key: blocks of derivation data (6.3.2) enciphered, as many as are needed.

    `context`: the initial key ID, or its last 4 bytes and the counter.
    """
    size = algorithm.bits // 8
    data = b"".join(
        bytes([1, block])
        + usage.to_bytes(2, "big")
        + algorithm.indicator.to_bytes(2, "big")
        + algorithm.bits.to_bytes(2, "big")
        + context
        for block in range(1, -(-size // 16) + 1)
    )
    return Key(aes.encrypt(key, data)[:size])


def _working(key: Key, algorithm: Algorithm, ksn: bytes, *, both_ways: bool) -> WorkingKeys:
    context = ksn[4:]

    def of(usage: int, both: int = 0) -> Key:
        return _derived(key, both if both_ways and both else usage, algorithm, context)

    return WorkingKeys(
        _scheme(algorithm),
        pin=of(_PIN),
        request=of(_REQUEST, _MAC_BOTH),
        answer=of(_ANSWER, _MAC_BOTH),
        data=of(_DATA, _DATA_BOTH),
        answer_data=of(_ANSWER_DATA, _DATA_BOTH),
    )


def _scheme(working: Algorithm) -> Scheme:
    return Scheme.DUKPT_AES if working.aes else Scheme.DUKPT_AES_TDES


def _serial(ksn: bytes) -> bytes:
    if len(ksn) != _SERIAL:
        raise DukptError("a key serial number of AES DUKPT has 24 hex digits")
    return ksn


def _own_algorithm(key: Key) -> Algorithm:
    algorithm = _BY_SIZE.get(len(key.reveal()))
    if algorithm is None:
        raise DukptError("AES DUKPT takes a key of 32, 48 or 64 hex digits")
    return algorithm


def _hold_strength(key: Key, working: Algorithm) -> None:
    if not _strong_enough(len(key.reveal()), working):
        raise DukptError("a working key may not be stronger than the key it comes from")


def _strong_enough(size: int, working: Algorithm) -> bool:
    """6.2: whatever is derived is no stronger. TDES of three keys has 112 bits."""
    return not working.aes or working.bits <= 8 * size
