"""Terminals that are already far into their counters, and the two derivations written a second
time: whole numbers instead of bytes, the definition instead of the walk."""

from __future__ import annotations

from collections.abc import Callable

from cryptography.hazmat.decrepit.ciphers.algorithms import TripleDES
from cryptography.hazmat.primitives.ciphers import Cipher, modes
from cryptography.hazmat.primitives.ciphers.algorithms import AES

from cardamom.engines.keys import dukpt_aes, dukpt_tdes
from cardamom.engines.keys.registers import Counters
from cardamom.values.secret import Key


def frontier(counters: Counters, counter: int) -> list[int]:
    """The used counters from `counter` on whose parents lie before it, lowest first: one at most
    for each place of the lowest one-bit."""
    found = []
    for bit in range(counters.bits):
        multiple = -(-counter >> bit)
        candidate = multiple << bit
        if multiple & 1 and counters.used(candidate):
            found.append(candidate)
    return sorted(found)


def tdes_key(initial: bytes, ksn: bytes, counter: int) -> bytes:
    """The key of `counter` (X9.24-1:2009, A.3)."""
    base = int.from_bytes(ksn[-8:], "big") >> 21 << 21
    mask = 0xC0C0C0C000000000
    left, right = int.from_bytes(initial[:8], "big"), int.from_bytes(initial[8:], "big")
    for bit in reversed(range(21)):
        if counter >> bit & 1:
            base |= 1 << bit
            other = _des(left ^ mask, base ^ right ^ mask) ^ right ^ mask
            left, right = other, _des(left, base ^ right) ^ right
    return left.to_bytes(8, "big") + right.to_bytes(8, "big")


def aes_key(initial: bytes, identifier: bytes, counter: int) -> bytes:
    """The derivation key of `counter` (X9.24-3:2017, 6.3)."""
    key, reached = initial, 0
    indicator = {16: "00020080", 24: "000300C0", 32: "00040100"}[len(initial)]
    for bit in reversed(range(32)):
        if counter >> bit & 1:
            reached |= 1 << bit
            encryptor = Cipher(AES(key), modes.ECB()).encryptor()  # noqa: S305 single blocks
            tail = f"8000{indicator}{identifier[4:].hex()}{reached:08x}"
            blocks = bytes.fromhex(f"0101{tail}0102{tail}")
            key = encryptor.update(blocks)[: len(initial)]
    return key


def tdes_at(initial: Key, ksn: bytes, counter: int) -> dukpt_tdes.State:
    """A terminal whose next counter this is."""
    serial = (int.from_bytes(ksn, "big") >> 21 << 21).to_bytes(10, "big")
    return dukpt_tdes.State(
        serial,
        counter,
        _keys(dukpt_tdes.COUNTERS, counter, lambda n: tdes_key(initial.reveal(), ksn, n)),
    )


def aes_at(initial: Key, ksn: bytes, counter: int, working: dukpt_aes.Algorithm) -> dukpt_aes.State:
    """A terminal whose next counter this is."""
    return dukpt_aes.State(
        ksn[:8],
        working,
        counter,
        len(initial.reveal()),
        _keys(dukpt_aes.COUNTERS, counter, lambda n: aes_key(initial.reveal(), ksn[:8], n)),
    )


def _keys(counters: Counters, counter: int, key: Callable[[int], bytes]) -> tuple[Key, ...]:
    return tuple(Key(key(n)) for n in frontier(counters, counter))


def _des(key: int, data: int) -> int:
    cipher = Cipher(TripleDES(key.to_bytes(8, "big") * 3), modes.ECB())  # noqa: S305 one block
    encryptor = cipher.encryptor()
    return int.from_bytes(encryptor.update(data.to_bytes(8, "big")), "big")
