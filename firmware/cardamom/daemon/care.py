"""What looks after board, certificates and their renewal, wired."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from cardamom.acquirer.expiry import Expiry
from cardamom.acquirer.identity import Identity
from cardamom.acquirer.link import Link
from cardamom.acquirer.renewal import Renewal
from cardamom.devices.board import Board
from cardamom.duties.upkeep import Upkeep
from cardamom.ports import Clock
from cardamom.settings.load import resolve
from cardamom.settings.model import Settings
from cardamom.values.alarms import Alarm


@dataclass(frozen=True, slots=True)
class Care:
    """`upkeep` and `renewal` are to be run."""

    board: Board
    expiry: Expiry
    upkeep: Upkeep
    renewal: Renewal

    def alarms(self) -> tuple[Alarm, ...]:
        """As seen last."""
        return (*self.upkeep.alarms(), *self.renewal.alarms())


def care_for(
    settings: Settings,
    file: Path,
    identity: Identity,
    link: Link,
    clock: Clock,
    close: list[Callable[[], Any]],
    *,
    paying: Callable[[], bool],
    changed: Callable[[], None],
) -> Care:
    """`file`: of the settings. `paying`: a payment is under way. `changed`: an alarm is new."""
    board = Board(resolve(file, settings.journal.path))
    expiry = Expiry(identity)
    close += [board.close, expiry.close]
    return Care(
        board,
        expiry,
        Upkeep(board, clock, expiry.look, changed=changed),
        Renewal(identity, link, paying=paying, changed=changed),
    )
