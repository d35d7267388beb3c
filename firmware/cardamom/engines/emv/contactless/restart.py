"""The card in the field: the first time (EMV Contactless Book B, 3.2), and once more with the
issuer's answer, to be updated (3.3.2.1, 3.3.3.5; Book A, 8.1.1.9).

A second presentment changes nothing of what the issuer decided: it ends with what was given to the
card, and why not all of it.
"""

from __future__ import annotations

from typing import Final

from cardamom.engines.emv.contactless.combinations import Candidate, final_select
from cardamom.engines.emv.contactless.kernels import KERNELS
from cardamom.engines.emv.contactless.outcome import (
    Message,
    Parameters,
    Status,
    Ui,
    end_application,
    try_again,
)
from cardamom.engines.emv.contactless.requests import (
    Activate,
    Presented,
    Show,
    TapSteps,
    Updated,
    UpdateKernel,
)
from cardamom.engines.emv.contactless.tap import Tap
from cardamom.engines.emv.notes import NotAgain, StartedAgain
from cardamom.faults import CardFault
from cardamom.values.events import Reason

MAX_STARTS: Final = 10
"""Presentations for one sale; then it is another card's turn."""
MAX_COLLISIONS: Final = 50
PRESENT_AGAIN: Final = Ui(Message.PRESENT_AGAIN, Status.READY_TO_READ)


# Book B, 3.2
def start_b(activate: Activate) -> TapSteps[Reason | None]:
    """None where one card is there; why none came else."""
    for _ in range(MAX_COLLISIONS):
        presented: Presented | Reason = yield activate
        if isinstance(presented, Reason):
            return presented
        if presented is Presented.CARD:
            yield Show(Ui(Message.PROCESSING, Status.PROCESSING))
            return None
        activate = Activate(Ui(Message.ONE_CARD_ONLY, Status.COLLISION))
    return Reason.TIMEOUT


def update_card(tap: Tap, chosen: Candidate, online: Parameters) -> UpdateKernel:
    """Start B with the issuer's answer, which `tap` has. `chosen`: the combination that paid;
    `online`: the online request's parameters.

    A card that leaves before a script was sent to it is asked for again. After that it is not:
    nobody knows which command it still carried out.
    """
    ui = online.ui_on_restart or PRESENT_AGAIN
    for _ in range(MAX_STARTS):
        reason = yield from start_b(Activate(ui))
        if reason is not None:
            tap.watch(NotAgain(reason.value))
            return _updated(tap, Parameters(online.final, reason=reason))
        tap.watch(StartedAgain(update=True))
        try:
            parameters = yield from _once(tap, chosen)
        except CardFault as fault:
            # Book B, 3.3.3.7
            parameters = try_again()
            yield Show(parameters.ui or ui)
            if any(script.result for script in tap.scripts):
                pulled = Reason.CARD_PULLED if fault.gone else Reason.CARD_ERROR
                return _updated(tap, parameters.because(pulled))
            continue
        if parameters.ui is not None:
            yield Show(parameters.ui)
        return _updated(tap, parameters)
    return _updated(tap, end_application())


def _once(tap: Tap, chosen: Candidate) -> TapSteps[Parameters]:
    """One presentation. Raises CardFault."""
    # Book B, 3.3.2.1: no directory, straight to 3.3.3.3 with the combination of the first time
    selected = yield from final_select(chosen)
    kernel = KERNELS[chosen.prepared.combination.kernel]
    if selected is None or kernel.update is None:
        # Book B, 3.3.3.5
        return end_application(status=Status.READY_TO_READ)
    return (yield from kernel.update(tap))


def _updated(tap: Tap, parameters: Parameters) -> Updated:
    return Updated(parameters, tap.store.terminal.get(0x9F5B, b""), parameters.reason)
