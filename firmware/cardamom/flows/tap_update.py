"""The second presentment: what its issuer sent is given to the card that paid.

The outcome is durable and told by then, and its slips are being printed: whatever comes of this
changes nothing of it.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from math import ceil

from cardamom.engines.emv.contactless.outcome import Message, Status, Ui
from cardamom.engines.emv.contactless.requests import Activate, Presented, Updated
from cardamom.faults import JournalFault
from cardamom.flows.present import Again, Tap, Tapped, pressed, tapped
from cardamom.flows.tap_driver import Visit, serve_entry
from cardamom.flows.terminal import Terminal, first, meanwhile
from cardamom.ports import TapCard
from cardamom.story import about, tell
from cardamom.values.contactless import Tech
from cardamom.values.events import AnyEvent, Reason, ScriptOwed
from cardamom.values.keys import Key
from cardamom.values.record import Record
from cardamom.values.screens import PresentAgain

RANDOM_UID = 0x08
"""First byte of a UID of four that is made up anew each time (ISO/IEC 14443-3, 6.5.4)."""


async def update_card(t: Terminal, visit: Visit, record: Record) -> Record:
    """Asks for the card once more and gives it what `visit.restart` has; the record with the
    script results as they are then. Raises nothing: a fault leaves the record as it was."""
    with about(record.txn, record.stan):
        tell("update_asked")
        second = _Second(visit.sitting, visit.taps, visit.torn, activated=True, record=record)
        second.ends = t.clock.monotonic() + visit.taps.update_s
        try:
            updated = await _updated(t, visit, second)
            visit.taps.signals.tell(Status.NOT_READY)
            return await _kept(t, second, updated)
        except JournalFault as fault:
            tell("journal_fault", why=str(fault), asked=True)
            return record
        finally:
            t.online.conclude(record.txn)


async def _updated(t: Terminal, visit: Visit, second: _Second) -> Updated | None:
    """None where our own firmware broke off."""
    assert visit.restart is not None  # noqa: S101 else nobody asks for the card again
    try:
        return await serve_entry(t, second, visit.restart())
    except Exception as e:  # noqa: BLE001 the outcome is told: nothing may undo it
        tell("kernel_broke", error=e)
        return None


async def _kept(t: Terminal, second: _Second, updated: Updated | None) -> Record:
    record = second.record
    results = updated.results.hex().upper() if updated is not None else record.scripts or ""
    now = t.clock.now()
    events: list[AnyEvent] = [*second.sitting.tape.event(now)]
    if results and results != record.scripts:
        events.append(ScriptOwed(at=now, results=results))
    if events:
        record = await t.journal.append(record.txn, *events)
    if updated is not None and updated.why is None:
        tell("update_done", results=results or "none")
    else:
        why = Reason.FAULT if updated is None else updated.why
        tell("update_missing", reason=why, results=results or "none")
    return record


@dataclass(slots=True)
class _Second(Visit):
    """The same customer at the field once more, until `ends` (monotonic). `other`: the card that
    was held up last did not pay."""

    record: Record = field(kw_only=True)
    ends: float = 0.0
    other: bool = False

    def show(self, t: Terminal, ui: Ui) -> None:
        self.taps.signals.tell(ui.status)
        if ui.message is Message.PROCESSING:
            self._display(t, reading=True)

    async def activate(
        self,
        t: Terminal,
        request: Activate,  # noqa: ARG002 the screen says it already
    ) -> Presented | Reason:
        """The card that paid, by tap; another one is passed over."""
        before = self.sitting.card
        await before.close()
        t.keypad.clear()
        leftover = False
        while (left := self.ends - t.clock.monotonic()) > 0:
            self.taps.signals.tell(Status.READY_TO_READ)
            async with meanwhile(self._count(t)):
                name, got = await first(
                    tap=tapped(t, self.taps, Tap(self.said, leftover=leftover, tags=False)),
                    key=pressed(t, Key.CANCEL),
                    hurry=self.sitting.order.hurry.wait(),
                    timeout=t.clock.sleep(left),
                )
            if name != "tap":
                return Reason.TIMEOUT if name == "timeout" else Reason.CANCELLED
            if isinstance(got, Again) and got.why is Reason.FAULT:
                return Reason.FAULT
            if isinstance(got, Tapped) and may_be(before, got.card):
                self.sitting.card = self.sitting.order.card = got.card
                return Presented.CARD
            self.said, leftover = None, True
            if isinstance(got, Again):
                self.said, leftover = got.why, got.leftover
            elif isinstance(got, Tapped):
                tell("update_other_card")
                self.taps.signals.tell(Status.PROCESSING_ERROR)
                await got.card.close()
            self.other = not isinstance(got, Again) or got.why is Reason.NOT_ACCEPTED
        return Reason.TIMEOUT

    def _display(self, t: Terminal, *, reading: bool = False) -> None:
        left = max(0, ceil(self.ends - t.clock.monotonic()))
        t.display.show(PresentAgain(self.record.amount, left, reading, self.other and not reading))

    async def _count(self, t: Terminal) -> None:
        """Shows the seconds that are left."""
        while True:
            self._display(t)
            await t.clock.sleep(1.0)


def may_be(one: object, other: TapCard) -> bool:
    """Whether it can be the same card, by what it says before it is asked: a UID of type A that is
    not made up each time. Of all else its own cryptography decides."""
    fixed = [_fixed(one), _fixed(other)]
    if getattr(one, "tech", other.tech) is not other.tech:
        return False
    return fixed[0] == fixed[1]


def _fixed(card: object) -> bytes:
    """The UID that stays; empty where none does."""
    uid: bytes = getattr(card, "uid", b"")
    random = len(uid) == 4 and uid[0] == RANDOM_UID
    return b"" if random or getattr(card, "tech", None) is not Tech.A else uid
