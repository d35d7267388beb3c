"""What looks after board, certificates and their renewal, wired."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from cardamom.acquirer.expiry import Expiry
from cardamom.acquirer.identity import Identity
from cardamom.acquirer.link import Link
from cardamom.acquirer.renewal import Renewal
from cardamom.devices.board import Board
from cardamom.duties.upkeep import Upkeep
from cardamom.engines.emv.rules import Rules
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
    rules: Rules,
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
        Upkeep(board, clock, expiry.look, changed=changed, card_keys=tuple(_ends(rules))),
        Renewal(identity, link, paying=paying, changed=changed),
    )


def _ends(rules: Rules) -> Iterator[tuple[str, datetime]]:
    """Of the CA keys that have an end: name, and the midnight after its last day."""
    for key in rules.ca_keys:
        if key.expires:
            year, month, day = (int(key.expires[at : at + 2]) for at in (0, 2, 4))
            first = datetime((1900 if year >= 50 else 2000) + year, month, 1, tzinfo=UTC)
            yield f"{key.rid.hex().upper()} {key.index:02X}", first + timedelta(days=day)
