"""The entry point (EMV Contactless Book B): a generator as the contact kernel is one, from
pre-processing to the final outcome.

It yields requests and returns a TapResult. Whatever card, host or customer do becomes an outcome;
only a programming error leaves it as an exception.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from functools import partial
from typing import Final

from cardamom.engines.emv.contactless.closing import close
from cardamom.engines.emv.contactless.combinations import (
    Candidate,
    build_candidates,
    final_select,
)
from cardamom.engines.emv.contactless.kernels import KERNELS
from cardamom.engines.emv.contactless.outcome import (
    FinalOutcome,
    Message,
    OnlineData,
    Parameters,
    Start,
    Status,
    Ui,
    end_application,
    try_again,
)
from cardamom.engines.emv.contactless.preprocessing import Prepared, prepare_all
from cardamom.engines.emv.contactless.requests import (
    Activate,
    Remember,
    Show,
    TapKernel,
    TapResult,
    TapSteps,
    UpdateKernel,
)
from cardamom.engines.emv.contactless.restart import MAX_STARTS, start_b, update_card
from cardamom.engines.emv.contactless.rules import TapRules
from cardamom.engines.emv.contactless.tap import Tap
from cardamom.engines.emv.contactless.torn import TornLog
from cardamom.engines.emv.fci import preferred_language
from cardamom.engines.emv.notes import StartedAgain, Watch, unwatched
from cardamom.engines.emv.requests import Decision, EmvOrder, Outcome
from cardamom.engines.emv.session import CARD_DATA_ERRORS, Ended
from cardamom.faults import CardFault
from cardamom.values.events import Reason

PRESENT_CARD: Final = Ui(Message.PRESENT_CARD, Status.READY_TO_READ)


@dataclass(slots=True)
class _Visit:
    """One sale at the reader, over as many presentations as it takes."""

    order: EmvOrder
    rules: TapRules
    torn: TornLog
    watch: Watch
    prepared: tuple[Prepared, ...] = ()
    tap: Tap | None = field(default=None)
    """The application that was selected last."""
    chosen: Candidate | None = None
    """The combination of `tap`."""


def entry_point(
    order: EmvOrder, rules: TapRules, torn: TornLog | None = None, watch: Watch = unwatched
) -> TapKernel:
    """One sale by tap. `torn`: what the last result remembered of torn transactions; `watch` is
    told what the kernels note."""
    visit = _Visit(order, rules, torn or TornLog(), watch)
    parameters = yield from _start_a(visit)
    outcome = yield from close(visit.tap, parameters)
    return TapResult(outcome, parameters, visit.torn, _restart(visit, parameters, outcome))


# Book A, 6.2 (Start, Online Response Data) and 8.1.1.9
def _restart(
    visit: _Visit, parameters: Parameters, outcome: Outcome
) -> Callable[[], UpdateKernel] | None:
    """Only an approval is followed by another presentment, and only one that brings something: for
    a script of which no command can be run nobody is asked to tap again."""
    tap, chosen = visit.tap, visit.chosen
    if tap is None or chosen is None or outcome.decision is not Decision.APPROVED:
        return None
    brings = 0x91 in tap.store.issuer or any(script.commands for script in tap.scripts)
    if parameters.online_data is not OnlineData.EMV or not brings:
        return None
    return partial(update_card, tap, chosen, parameters)


# Book B, 3.1
def _start_a(visit: _Visit) -> TapSteps[Parameters]:
    visit.prepared = prepare_all(visit.order, visit.rules)
    if not visit.prepared:
        return Parameters(
            FinalOutcome.ANOTHER_INTERFACE,
            ui=Ui(Message.INSERT_OR_SWIPE, Status.PROCESSING_ERROR),
            reason=Reason.OTHER_INTERFACE,
        )
    activate = Activate(PRESENT_CARD)
    for presentment in range(MAX_STARTS):
        reason = yield from start_b(activate)
        if reason is not None:
            visit.tap = None
            return Parameters(FinalOutcome.END_APPLICATION, reason=reason)
        if presentment:
            visit.watch(StartedAgain(update=False))
        known = visit.torn
        parameters = yield from _start_c(visit)
        if visit.torn != known:
            yield Remember(visit.torn)
        # Book B, 3.5: a kernel that wants the card once more
        if parameters.start is not Start.B or parameters.final is FinalOutcome.ONLINE_REQUEST:
            return parameters
        if parameters.ui is not None:
            yield Show(parameters.ui)
        activate = Activate(parameters.ui_on_restart or PRESENT_CARD, parameters.field_off_ms or 0)
    visit.tap = None
    return end_application()


# Book B, 3.3
def _start_c(visit: _Visit) -> TapSteps[Parameters]:
    """The kernels of the combinations that the card has, until one does not pass on."""
    visit.tap = None
    capabilities = visit.rules.rules.additional_capabilities
    passed_on = False
    try:
        candidates = yield from build_candidates(visit.prepared, KERNELS.keys(), capabilities)
        for candidate in candidates:
            objects = yield from final_select(candidate)
            if objects is None:
                continue
            parameters = yield from _start_d(visit, candidate, objects)
            if parameters.final is not FinalOutcome.SELECT_NEXT:
                return parameters
            passed_on = True
    except CardFault:
        return try_again()
    visit.tap = None
    # Book B, 3.3.2.7
    return end_application(Reason.NOT_ACCEPTED if passed_on else Reason.NO_APPLICATION)


# Book B, 3.4
def _start_d(visit: _Visit, candidate: Candidate, fci: dict[int, bytes]) -> TapSteps[Parameters]:
    """One kernel over one application. Raises CardFault."""
    combination = candidate.prepared.combination
    kernel = KERNELS[combination.kernel]
    seconds = combination.mchip.torn_seconds
    visit.chosen = candidate
    visit.tap = tap = Tap(
        visit.order,
        visit.rules.rules,
        watch=visit.watch,
        prepared=candidate.prepared,
        objects=kernel.objects,
        torn=visit.torn.cleaned(visit.order, seconds=seconds),
    )
    try:
        for tag, value in fci.items():
            tap.store.take(tag, value)
        tap.select(candidate.aid, candidate.name)
        tap.language = preferred_language(fci.get(0x5F2D, b""), tap.rules.languages)
        parameters = yield from kernel.run(tap)
    except Ended as end:
        return end_application(end.reason)
    except CARD_DATA_ERRORS:
        return end_application()
    finally:
        visit.torn = tap.torn
    return parameters
