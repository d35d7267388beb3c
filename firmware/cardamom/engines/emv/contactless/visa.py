"""Kernel 3: qVSDC (EMV Contactless Book C-3). Magnetic stripe mode is not offered."""

from __future__ import annotations

from dataclasses import replace
from typing import Final

from cardamom.engines.emv.contactless.outcome import (
    Cvm,
    FinalOutcome,
    Message,
    OnlineData,
    Parameters,
    Start,
    Status,
    Ui,
)
from cardamom.engines.emv.contactless.qualified import (
    Unfit,
    authenticate,
    begin,
    complete_read,
    conclude,
    qualifiers,
    restrict,
    verify,
)
from cardamom.engines.emv.contactless.qualifiers import Ctq, Ttq
from cardamom.engines.emv.contactless.requests import TapSteps
from cardamom.engines.emv.contactless.tap import KernelObjects, Tap
from cardamom.engines.emv.online import external_authenticate
from cardamom.engines.emv.scripts import AFTER, BEFORE, run_scripts
from cardamom.values.events import Reason

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
        return _with_restart(tap, conclude(tap, cvm))
    except Unfit as unfit:
        return unfit.parameters


# C-3, 5.8 and 5.9
def _with_restart(tap: Tap, parameters: Parameters) -> Parameters:
    """An online request says that its answer makes a restart, where reader and card both can have
    the card updated by its issuer: TTQ byte 3, bit 8, and CTQ byte 2, bit 7."""
    both = Ttq.ISSUER_UPDATE in tap.ttq and Ctq.ISSUER_UPDATE in (qualifiers(tap) or Ctq(0))
    if parameters.final is not FinalOutcome.ONLINE_REQUEST or not both:
        return parameters
    return replace(
        parameters,
        start=Start.B,
        online_data=OnlineData.EMV,
        ui_on_restart=Ui(Message.PRESENT_AGAIN, Status.READY_TO_READ, language=tap.language),
    )


# C-3, 5.9
def update(tap: Tap) -> TapSteps[Parameters]:
    """Issuer authentication, where the answer has data for it, then the scripts: those to be run
    before a second cryptogram and those after it, for there is none. A card that does not know its
    issuer is sent none."""
    done = Parameters(
        FinalOutcome.END_APPLICATION,
        ui=Ui(Message.APPROVED, Status.CARD_READ_OK, language=tap.language),
    )
    data = tap.store.issuer.get(0x91)
    if data is not None and not (yield from external_authenticate(tap, data)):
        return done.because(Reason.CARD_DECLINED)
    yield from run_scripts(tap, BEFORE)
    yield from run_scripts(tap, AFTER)
    return done
