"""What keys cost: DUKPT at the terminal and at the host, MACs, PIN blocks. Prints
`name: value unit`."""

from __future__ import annotations

import sys
import time
from collections.abc import Callable
from functools import partial
from pathlib import Path

if __name__ == "__main__":
    sys.path.insert(0, str(Path(__file__).parents[1]))

from cardamom.engines.keys import dukpt
from cardamom.engines.keys.working import Scheme
from cardamom.values.secret import Key, Pan, Pin

TRANSACTIONS = 1000
REPEATS = 5
BDK = Key(bytes(range(16)))
KINDS = {
    "TDES": (Scheme.DUKPT_TDES, BDK, bytes.fromhex("FFFF9876543210E00000")),
    "AES-128": (Scheme.DUKPT_AES, BDK, bytes.fromhex("123456789012345600000000")),
    "AES-256": (Scheme.DUKPT_AES, Key(bytes(range(32))), bytes.fromhex("123456789012345600000000")),
}
MESSAGE, PIN, PAN = bytes(300), Pin(b"1234"), Pan("6222020000000000")


def rate(work: Callable[[], object], rounds: int = 1) -> float:
    """Calls a second: the best of some runs, which is the least disturbed."""
    best = float("inf")
    for _ in range(REPEATS):
        began = time.perf_counter()
        for _ in range(rounds):
            work()
        best = min(best, time.perf_counter() - began)
    return rounds / best


def run(state: dukpt.State) -> None:
    """As the store does it: read, advance, write."""
    raw = state.to_bytes()
    for _ in range(TRANSACTIONS):
        raw = dukpt.advance(dukpt.read(raw))[0].to_bytes()


def main() -> None:
    for name, (scheme, bdk, serial) in KINDS.items():
        initial = dukpt.initial_key(scheme, bdk, serial)
        state = dukpt.load(scheme, initial, serial)
        _, _, keys = dukpt.advance(state)
        advances = TRANSACTIONS * rate(partial(run, state))
        loads = rate(partial(dukpt.load, scheme, initial, serial), 50)
        # a counter of many one-bits: what a host has to walk
        late = (int.from_bytes(serial, "big") | 0x3FF).to_bytes(len(serial), "big")
        figures = {
            "load": loads,
            "advance with its keys": advances,
            "host, ten one-bits": rate(partial(dukpt.derive, scheme, bdk, late), 200),
            "PIN block": rate(partial(keys.pin_block, PIN, PAN), 500),
            "MAC of 300 bytes": rate(partial(keys.mac, MESSAGE), 500),
        }
        for what, value in figures.items():
            sys.stdout.write(f"{name} {what}: {value:.0f} /s\n")
        sys.stdout.write(f"{name} state: {len(state.to_bytes())} bytes\n")


if __name__ == "__main__":
    main()
