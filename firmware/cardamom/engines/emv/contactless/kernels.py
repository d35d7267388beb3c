"""The kernels that there are, by short Kernel Identifier (Book B, Table 3-5). Another one joins by
a line here."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Final

from cardamom.engines.emv.contactless.mchip import OBJECTS as MCHIP_OBJECTS
from cardamom.engines.emv.contactless.mchip import mchip
from cardamom.engines.emv.contactless.outcome import Parameters
from cardamom.engines.emv.contactless.requests import TapSteps
from cardamom.engines.emv.contactless.tap import KernelObjects, Tap
from cardamom.engines.emv.contactless.unionpay import OBJECTS as UNIONPAY_OBJECTS
from cardamom.engines.emv.contactless.unionpay import unionpay
from cardamom.engines.emv.contactless.visa import OBJECTS as VISA_OBJECTS
from cardamom.engines.emv.contactless.visa import update, visa


@dataclass(frozen=True, slots=True)
class Kernel:
    """`run`: one application, selected, to its outcome. CardFault and what a parser raises may
    leave it: the entry point knows what to do. `update`: the same application, selected once more,
    is given what the issuer sent; CardFault may leave it. None: the kernel has no such thing."""

    run: Callable[[Tap], TapSteps[Parameters]]
    objects: KernelObjects
    update: Callable[[Tap], TapSteps[Parameters]] | None = None


KERNELS: Final[dict[int, Kernel]] = {
    2: Kernel(mchip, MCHIP_OBJECTS),
    3: Kernel(visa, VISA_OBJECTS, update),
    7: Kernel(unionpay, UNIONPAY_OBJECTS),
}
