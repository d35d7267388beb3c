"""DUKPT by its scheme: one door to TDES and AES, for the terminal that stores a state and for the
host."""

from __future__ import annotations

from cardamom.engines.keys import dukpt_aes, dukpt_tdes
from cardamom.engines.keys.registers import DukptError
from cardamom.engines.keys.working import Scheme, WorkingKeys
from cardamom.values.secret import Key

State = dukpt_tdes.State | dukpt_aes.State


def load(scheme: Scheme, initial: Key, ksn: bytes) -> State:
    """A terminal with this initial key. `ksn`: 10 bytes (TDES) or 12 (AES); its counter starts
    anew. Raises DukptError."""
    if scheme is Scheme.DUKPT_TDES:
        return dukpt_tdes.load(initial, ksn)
    return dukpt_aes.load(initial, ksn, _working(scheme))


def read(raw: bytes) -> State:
    """A state as its `to_bytes` wrote it. Raises DukptError."""
    of_tdes = raw[:1] == bytes([dukpt_tdes.TAG])
    return dukpt_tdes.State.from_bytes(raw) if of_tdes else dukpt_aes.State.from_bytes(raw)


def advance(state: State, *, both_ways: bool = False) -> tuple[State, bytes, WorkingKeys]:
    """The state to keep before anything is done with the keys, their key serial number, and the
    keys. `both_ways`: requests and answers share a MAC key. Raises KeysExhaustedError."""
    if isinstance(state, dukpt_tdes.State):
        return dukpt_tdes.advance(state, both_ways=both_ways)
    return dukpt_aes.advance(state, both_ways=both_ways)


def derive(scheme: Scheme, bdk: Key, ksn: bytes, *, both_ways: bool = False) -> WorkingKeys:
    """The host's side, from the base derivation key. Raises DukptError."""
    if scheme is Scheme.DUKPT_TDES:
        return dukpt_tdes.derive(bdk, ksn, both_ways=both_ways)
    return dukpt_aes.derive(bdk, ksn, _working(scheme), both_ways=both_ways)


def initial_key(scheme: Scheme, bdk: Key, ksn: bytes) -> Key:
    """What is injected into the terminal of this serial number. Raises DukptError."""
    if scheme is Scheme.DUKPT_TDES:
        return dukpt_tdes.initial_key(bdk, ksn)
    return dukpt_aes.initial_key(bdk, ksn)


def _working(scheme: Scheme) -> dukpt_aes.Algorithm | None:
    """What AES DUKPT's working keys are for; None: AES of the initial key's length."""
    if not scheme.dukpt:
        raise DukptError(f"{scheme} has no keys by transaction")
    return dukpt_aes.Algorithm.TDES_2 if scheme is Scheme.DUKPT_AES_TDES else None
