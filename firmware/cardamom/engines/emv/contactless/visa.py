"""Kernel 3: qVSDC (EMV Contactless Book C-3). Magnetic stripe mode and issuer updates are not
offered."""

from __future__ import annotations

from typing import Final

from cardamom.engines.emv.contactless.outcome import Cvm, Parameters
from cardamom.engines.emv.contactless.qualified import (
    Unfit,
    authenticate,
    begin,
    complete_read,
    conclude,
    restrict,
    verify,
)
from cardamom.engines.emv.contactless.requests import TapSteps
from cardamom.engines.emv.contactless.tap import KernelObjects, Tap

OBJECTS: Final = KernelObjects(
    terminal=frozenset({0x9F66}),
    lengths={
        0x9F26: (8, 8),
        0x9F51: (2, 2),
        0x9F5A: (1, 16),
        0x9F5D: (6, 6),
        0x9F69: (5, 16),
        0x9F6C: (2, 2),
        0x9F6E: (4, 4),
        0x9F7C: (0, 32),
    },
)
"""C-3, A.2."""


def visa(tap: Tap) -> TapSteps[Parameters]:
    """From initiation to the outcome; the card is needed no more once its records are read."""
    try:
        yield from begin(tap)
        yield from complete_read(tap)
        restrict(tap)
        authenticate(tap)
        cvm = Cvm.NOT_APPLICABLE if tap.decline else verify(tap)
        return conclude(tap, cvm)
    except Unfit as unfit:
        return unfit.parameters
