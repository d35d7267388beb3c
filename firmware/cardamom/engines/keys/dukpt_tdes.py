"""TDES DUKPT (ANSI X9.24-1:2009, Annex A)."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

from cardamom.engines.keys import tdes
from cardamom.engines.keys.registers import Counters, DukptError, descend, fill, take
from cardamom.engines.keys.working import Scheme, WorkingKeys
from cardamom.values.secret import Key

COUNTERS: Final = Counters(bits=21, most=10)
TAG: Final = 0x01
"""First byte of a stored state."""

_SERIAL: Final = 10
_KEY: Final = 16
_COUNTER: Final = 3
_COUNTER_MASK: Final = COUNTERS.end - 1
_C0: Final = bytes.fromhex("C0C0C0C000000000") * 2

# table A-1, each half alike
_PIN: Final = bytes.fromhex("00000000000000FF") * 2
_REQUEST: Final = bytes.fromhex("000000000000FF00") * 2
_ANSWER: Final = bytes.fromhex("00000000FF000000") * 2
_DATA: Final = bytes.fromhex("0000000000FF0000") * 2
_ANSWER_DATA: Final = bytes.fromhex("000000FF00000000") * 2


@dataclass(frozen=True, slots=True)
class State:
    """What the terminal holds: never the initial key, never a used one."""

    serial: bytes
    """The key serial number, 10 bytes, with a counter of 0."""
    counter: int
    """The next to use."""
    registers: tuple[Key, ...]
    """The keys of COUNTERS.held(counter)."""

    @property
    def scheme(self) -> Scheme:
        return Scheme.DUKPT_TDES

    @property
    def left(self) -> int:
        """How many transactions are left."""
        return COUNTERS.left(self.counter)

    def to_bytes(self) -> bytes:
        """To be sealed: the keys are in clear."""
        keys = b"".join(key.reveal() for key in self.registers)
        return bytes([TAG]) + self.serial + self.counter.to_bytes(_COUNTER, "big") + keys

    @classmethod
    def from_bytes(cls, raw: bytes) -> State:
        """Raises DukptError."""
        start = 1 + _SERIAL + _COUNTER
        serial, counter = raw[1 : 1 + _SERIAL], int.from_bytes(raw[1 + _SERIAL : start], "big")
        if len(raw) < start or raw[0] != TAG or serial != _without_counter(serial):
            raise DukptError("this is no stored state of TDES DUKPT")
        if not (COUNTERS.used(counter) or counter == COUNTERS.end):
            raise DukptError("the stored state's counter is not one that is used")
        keys = [Key(raw[at : at + _KEY]) for at in range(start, len(raw), _KEY)]
        if len(raw) - start != _KEY * len(COUNTERS.held(counter)):
            raise DukptError("the stored state has other registers than its counter asks for")
        return cls(serial, counter, tuple(keys))


def initial_key(bdk: Key, ksn: bytes) -> Key:
    """The initial key of a terminal (A.6): the base derivation key over its serial number."""
    _double(bdk)
    serial = _without_counter(_serial(ksn))[:8]
    left = tdes.encrypt(bdk, serial)
    return Key(left + tdes.encrypt(Key(_xor(bdk.reveal(), _C0)), serial))


def load(initial: Key, ksn: bytes) -> State:
    """The command "load initial key" (A.2): the counter of `ksn`, 10 bytes, starts anew. Raises
    DukptError."""
    _double(initial)
    serial = _without_counter(_serial(ksn))
    return State(serial, 1, fill(COUNTERS, initial, _Derive(serial)))


def advance(state: State, *, both_ways: bool = False) -> tuple[State, bytes, WorkingKeys]:
    """The state to keep before anything is done with the keys, the key serial number that names
    them, and the keys. Raises KeysExhaustedError.

    `both_ways`: one MAC key and one data key for requests and answers, as table A-1 leaves open.
    """
    counter = state.counter
    key, rest = take(COUNTERS, counter, state.registers, _Derive(state.serial))
    after = State(state.serial, COUNTERS.after(counter), rest)
    return after, _with_counter(state.serial, counter), _working(key, both_ways=both_ways)


def derive(bdk: Key, ksn: bytes, *, both_ways: bool = False) -> WorkingKeys:
    """The host's side, from the base derivation key. Raises DukptError."""
    serial = _serial(ksn)
    counter = int.from_bytes(serial[-_COUNTER:], "big") & _COUNTER_MASK
    below = _Derive(_without_counter(serial))
    key = descend(COUNTERS, initial_key(bdk, ksn), counter, below)
    return _working(key, both_ways=both_ways)


@dataclass(frozen=True, slots=True)
class _Derive:
    """The non-reversible key generation process (A.3)."""

    serial: bytes

    def __call__(self, key: Key, counter: int) -> Key:
        data = _with_counter(self.serial, counter)[-8:]
        right = _half(key.reveal(), data)
        return Key(_half(_xor(key.reveal(), _C0), data) + right)


def _half(key: bytes, data: bytes) -> bytes:
    return _xor(tdes.encrypt(Key(key[:8]), _xor(data, key[8:])), key[8:])


def _working(key: Key, *, both_ways: bool) -> WorkingKeys:
    raw = key.reveal()
    request, data = Key(_xor(raw, _REQUEST)), _data_key(_xor(raw, _DATA))
    return WorkingKeys(
        Scheme.DUKPT_TDES,
        pin=Key(_xor(raw, _PIN)),
        request=request,
        answer=request if both_ways else Key(_xor(raw, _ANSWER)),
        data=data,
        answer_data=data if both_ways else _data_key(_xor(raw, _ANSWER_DATA)),
    )


def _data_key(variant: bytes) -> Key:
    """A data key is its variant enciphered by itself, half for half (A.4.1)."""
    return Key(tdes.encrypt(Key(variant), variant))


def _serial(ksn: bytes) -> bytes:
    if len(ksn) != _SERIAL:
        raise DukptError("a key serial number of TDES DUKPT has 20 hex digits")
    return ksn


def _double(key: Key) -> None:
    if len(key.reveal()) != _KEY:
        raise DukptError("TDES DUKPT takes a double-length key of 32 hex digits")


def _without_counter(serial: bytes) -> bytes:
    return (int.from_bytes(serial, "big") & ~_COUNTER_MASK).to_bytes(_SERIAL, "big")


def _with_counter(serial: bytes, counter: int) -> bytes:
    return (int.from_bytes(serial, "big") | counter).to_bytes(_SERIAL, "big")


def _xor(one: bytes, other: bytes) -> bytes:
    return bytes(a ^ b for a, b in zip(one, other, strict=True))
