"""The 40-pin header of a Raspberry Pi, for people with a wire in the hand."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Final

HEADER: Final = {
    2: 3, 3: 5, 4: 7, 14: 8, 15: 10, 17: 11, 18: 12, 27: 13, 22: 15, 23: 16, 24: 18, 10: 19, 9: 21,
    25: 22, 11: 23, 8: 24, 7: 26, 0: 27, 1: 28, 5: 29, 6: 31, 12: 32, 13: 33, 19: 35, 16: 36,
    26: 37, 20: 38, 21: 40,
}  # fmt: skip
"""Pin of the header by GPIO number (BCM), the same on every model with 40 pins."""


def pin(gpio: int) -> str:
    """`GPIO 24 (18)`: number and pin of the header."""
    return f"GPIO {gpio} ({HEADER[gpio]})"


def pins(gpios: Iterable[int]) -> str:
    """Several, `GPIO 5 (29), 6 (31)`."""
    return "GPIO " + ", ".join(f"{gpio} ({HEADER[gpio]})" for gpio in gpios)
