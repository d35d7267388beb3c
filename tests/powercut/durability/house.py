"""The house of powercut with the terminal's journal and mark on a card that can lose them."""

from __future__ import annotations

import shutil
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

from cardamom.faults import DeviceFault, JournalFault
from cardamom.store.database import open_for_reading
from cardamom.store.mark import MarkFile
from cardamom.store.verify import verify
from powercut.durability.card import Card
from powercut.house import House, PowerCut
from powercut.nursery import Nursery
from powercut.scenarios import Scenario

IMPATIENT: Final = (("terminal", "pin_s = 10"),)
"""Some cards of a random day ask for a PIN that nobody types."""


@dataclass(frozen=True)
class Survived:
    """What the card still had. `acknowledged` and `lost`: commits of the run that was cut."""

    acknowledged: int
    lost: int
    damage: tuple[str, ...]


class DiskHouse(House):
    """`request` cuts at that write or flush of the disk; else the point does that `power_on`
    names. The acquirer, the printer and the till are elsewhere: their disks lose nothing."""

    def __init__(
        self,
        folder: Path,
        nursery: Nursery,
        scenario: Scenario,
        card: Card,
        *,
        level: str,
        request: int = 0,
    ) -> None:
        super().__init__(folder, nursery, (*scenario.settings, *IMPATIENT), scenario.profile)
        self.sd = card
        self._level = level
        self._request = request

    def power_on(self, cut: str = "") -> None:
        if cut and self.sd.cut:
            raise PowerCut
        at = cut.partition(" ")[0]
        super().power_on(f"{at} {self.sd.pid} {self._level}" if cut else "")

    @property
    def dead(self) -> bool:
        return super().dead or self.sd.cut

    def stop(self) -> None:
        super().stop()
        self.sd.remove()

    def power_off(self) -> None:
        """Whatever runs, the power is gone now."""
        self.sd.pull()
        if self.terminal is not None:
            with suppress(ProcessLookupError):
                self.terminal.kill()
            self.terminal.wait()

    def mend(self) -> Survived:
        """The card is read as a start finds it."""
        self.sd.mend()
        found = self.folder / "found"
        found.mkdir()
        for file in self.sd.at.iterdir():
            if file.is_file() and not file.name.endswith("-shm"):
                shutil.copyfile(file, found / file.name)
        heads = self._heads()
        path = found / "journal.db"
        try:
            with open_for_reading(path) as db:
                there = dict(db.execute("SELECT seq, hash FROM events").fetchall())
                lost = sum(there.get(seq) != head for seq, head in heads.items())
            damage = [f"{problem}" for problem in verify(path).problems]
        except JournalFault as fault:
            unfinished = not heads  # a cut before the journal was made
            return Survived(len(heads), len(heads), () if unfinished else (str(fault),))
        return Survived(len(heads), lost, (*damage, *_mark(found, there)))

    def _heads(self) -> dict[int, bytes]:
        with suppress(FileNotFoundError):
            lines = (self.folder / "heads").read_text("ascii").splitlines()
            told = ((int(seq), bytes.fromhex(head)) for seq, head in map(str.split, lines))
            return {seq: head for seq, head in told if seq}  # 0: before the first event
        return {}

    def _launch(self, name: str, *arguments: str) -> Any:
        child = super()._launch(name, *arguments)
        if name == "terminal" and self.cut and self._request:
            self.sd.cut_at(self._request, child.pid)
        return child

    def _ready(self) -> bool:
        if self.sd.cut:
            raise DeviceFault("the power was cut")
        return super()._ready()

    def _write_settings(self) -> None:
        super()._write_settings()
        text = (self.folder / "terminal.toml").read_text("utf-8")
        moved = text.replace('path = "journal.db"', 'path = "card/journal.db"')
        if moved == text:
            raise DeviceFault("the settings name no journal to move to the card")
        self._put("terminal.toml", moved.encode())


def _mark(found: Path, there: dict[int, bytes]) -> list[str]:
    """Whether mark and journal still belong together."""
    for path in found.glob("*mark*"):
        if path.name.endswith(".part"):
            continue
        try:
            mark = MarkFile(path).read()
        except JournalFault as fault:
            return [str(fault)]
        if mark is not None and mark.seq and there.get(mark.seq) != mark.head:
            return [f"the journal is behind its mark: event {mark.seq} is missing"]
    return []
