"""What a slip costs the terminal, and how long its bytes take on a slow line.

Prints lines `name: value unit`.
"""

from __future__ import annotations

import statistics
import sys
import time

from cardamom.receipts.escpos import encode_slip, warm
from cardamom.receipts.samples import NAMES, sample
from cardamom.values.merchant import Language

ROUNDS = 50
BYTES_PER_S = 1920
"""19200 baud, 8N1."""


def main() -> None:
    begin = time.perf_counter()
    warm()
    say("receipt_warm", (time.perf_counter() - begin) * 1000, "ms")
    begin = time.perf_counter()
    encode_slip(sample("sale-merchant", Language.ZH))
    say("receipt_first", (time.perf_counter() - begin) * 1000, "ms")
    for name in NAMES:
        taken = []
        for _ in range(ROUNDS):
            begin = time.perf_counter()
            data = encode_slip(sample(name, Language.ZH))
            taken.append((time.perf_counter() - begin) * 1000)
        say(f"receipt_{name}", statistics.median(taken), "ms")
        say(f"receipt_{name}_size", len(data), "bytes")
        say(f"receipt_{name}_at_19200_baud", len(data) / BYTES_PER_S, "s")


def say(name: str, value: float, unit: str) -> None:
    sys.stdout.write(f"{name}: {value:.4g} {unit}\n")


if __name__ == "__main__":
    main()
