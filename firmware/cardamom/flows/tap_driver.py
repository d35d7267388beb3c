"""Serves the entry point: what a kernel asks of card, customer and host, and what a tap asks of
field, lights and screen."""

from __future__ import annotations

from collections.abc import Callable, Generator
from dataclasses import dataclass, replace
from typing import Any, Final, TypeVar

from cardamom.engines.emv.contactless.entry import entry_point
from cardamom.engines.emv.contactless.outcome import Message, Ui
from cardamom.engines.emv.contactless.preprocessing import prepare_all
from cardamom.engines.emv.contactless.requests import (
    Activate,
    Presented,
    Remember,
    Show,
    TapRequest,
    UpdateKernel,
)
from cardamom.engines.emv.contactless.rules import TapRules
from cardamom.engines.emv.contactless.torn import TornLog
from cardamom.engines.emv.requests import Decision, EmvOrder, Outcome
from cardamom.faults import CardFault, JournalFault
from cardamom.flows.kernel_driver import Refused, Sitting, answer_one
from cardamom.flows.present import Tagged, Tapped, present
from cardamom.flows.taps import Taps
from cardamom.flows.terminal import Terminal
from cardamom.ports import Card
from cardamom.story import tell
from cardamom.values.events import Reason
from cardamom.values.screens import Reading

RETRY: Final = {
    Message.SEE_PHONE: Reason.SEE_PHONE,
    Message.ONE_CARD_ONLY: Reason.ONE_CARD,
    Message.PRESENT_AGAIN: Reason.PRESENT_AGAIN,
}
"""What is said above the invitation to present the card."""
ANOTHER_TRY: Final = frozenset(
    {
        Reason.OTHER_INTERFACE,
        Reason.NO_APPLICATION,
        Reason.NOT_ACCEPTED,
        Reason.CARD_ERROR,
        Reason.CARD_BLOCKED,
    }
)
"""Nothing was decided: the customer may use the slot, or another card."""


_UNTAPED: Final = (Show, Activate, Remember)
R = TypeVar("R")


@dataclass(slots=True)
class Visit:
    """One customer at the field. `torn`: what is remembered of torn transactions. `inserted`: the
    card went into the slot instead."""

    sitting: Sitting
    taps: Taps
    torn: TornLog
    activated: bool = False
    said: Reason | None = None
    """What was shown last that the customer must know when asked once more."""
    inserted: Card | None = None
    restart: Callable[[], UpdateKernel] | None = None
    """What is to be done once more with the card, after its outcome."""

    def show(self, t: Terminal, ui: Ui) -> None:
        """Lights and tones at once: at 'card read OK' the card may leave, before anybody is asked.
        The screen says the rest when the flow comes to it."""
        self.taps.signals.tell(ui.status)
        self.said = RETRY.get(ui.message, self.said)
        if ui.message is Message.PROCESSING:
            t.display.show(Reading(self.sitting.order.amount, contact=False))

    async def activate(self, t: Terminal, request: Activate) -> Presented | Reason:
        """The card that is there already; later on the next one, by tap or into the slot."""
        if not self.activated:
            self.activated = True
            return Presented.CARD
        await self.sitting.card.close()
        if request.field_off_ms:
            await self.taps.reader.field(on=False)
            await t.clock.sleep(request.field_off_ms / 1000)
        why = self.said or RETRY.get(request.ui.message)
        got = await present(t, self.sitting.order, taps=True, retry=why)
        if isinstance(got, Reason):
            return got
        if isinstance(got, Tagged):  # none were asked for
            return Reason.NOT_ACCEPTED
        if isinstance(got, Tapped):
            self.sitting.card = self.sitting.order.card = got.card
            return Presented.CARD
        self.inserted = got
        return Reason.OTHER_INTERFACE


def offers(taps: Taps, order: EmvOrder, *, alone: bool) -> TapRules | None:
    """The rules under which this amount may be tapped; None where it may not."""
    rules = replace(taps.rules, rules=replace(taps.rules.rules, offline_approval=alone))
    return rules if prepare_all(order, rules) else None


async def serve_tap(t: Terminal, visit: Visit, order: EmvOrder, rules: TapRules) -> Outcome:
    """From the card in the field to the outcome. Only JournalFault escapes, before a request."""
    try:
        kernel = entry_point(order, rules, visit.torn, visit.sitting.tape.note)
        result = await serve_entry(t, visit, kernel)
    except JournalFault:
        raise
    except Refused as refused:
        return Outcome(Decision.ENDED, refused.reason)
    except Exception as e:  # noqa: BLE001 money must still end right
        tell("kernel_broke", error=e)
        asked = visit.sitting.asked is not None
        return Outcome(Decision.DECLINED, Reason.FAULT, went_online=asked)
    visit.restart = result.restart
    return result.outcome


async def serve_entry(t: Terminal, visit: Visit, kernel: Generator[TapRequest, Any, R]) -> R:
    """The entry point to its end. What ends it early leaves it as an exception."""
    tape = visit.sitting.tape
    try:
        request: TapRequest = next(kernel)
        while True:
            try:
                answer = await _answer(t, visit, request)
            except CardFault as fault:
                tell("card_fault", device="contactless", why=str(fault), gone=fault.gone)
                if not isinstance(request, _UNTAPED):
                    tape.broke(request, gone=fault.gone)
                request = kernel.throw(fault)
            else:
                if not isinstance(request, _UNTAPED):
                    tape.answered(request, answer)
                request = kernel.send(answer)
    except StopIteration as end:
        result: R = end.value
        return result
    finally:
        kernel.close()


async def _answer(t: Terminal, visit: Visit, request: TapRequest) -> Any:
    match request:
        case Show(ui):
            visit.show(t, ui)
            return None
        case Activate():
            return await visit.activate(t, request)
        case Remember(torn):
            t.journal.keep_torn(torn, seconds=visit.taps.torn_seconds)
            return None
        case _:
            return await answer_one(t, visit.sitting, request)
