"""One terminal with its acquirer, printer and till, whose power can be cut and comes back."""

from __future__ import annotations

import json
import time
from contextlib import suppress
from pathlib import Path
from typing import Any, Final

from cardamom.control.client import LostError, NotReachedError, call
from cardamom.engines.passcode import TEST_PASSCODE
from cardamom.faults import DeviceFault
from cardamom.simulator.agreement import disagreements
from cardamom.simulator.pn532.simulated import SimulatedPn532
from cardamom.simulator.rig import Rig, RigConfig
from cardamom.simulator.testdata import data
from powercut import own
from powercut.nursery import Nursery

SETTLE_S: Final = 60.0
TAPPED: Final = "contactless/"
"""For everything owed to be delivered and printed once the power is back."""

PASSCODE: Final = TEST_PASSCODE.reveal().decode()

Settings = tuple[tuple[str, str], ...]
"""Sections of terminal.toml and a line for each."""

CARDS: Final = {
    "offline": """
about = "DDA, no CVM, approves offline"

[[application]]
aid = "F0000001234503"
label = "LAB PREPAID"
pan = "6222020000040318"
cvm = ["no CVM"]
offline = true
""",
    "refuses": """
about = "DDA, no CVM, answers AAC at the second GENERATE AC, whatever the issuer said"

[[application]]
aid = "F0000001234501"
label = "LAB DEBIT"
pan = "6222020000040615"
cvm = ["no CVM"]
second = "decline"
""",
}
"""Beside those of the package: they ask for no PIN."""


class PowerCut(Exception):
    """The terminal died while something was asked of it."""


class House(Rig):
    """`with House(...)`: acquirer and printer run; `power_on` starts the terminal. `own_cards`: its
    reader sees tags and takes the merchant's own cards, instead of bank cards tapped."""

    settle_s = SETTLE_S

    def __init__(
        self,
        folder: Path,
        nursery: Nursery,
        settings: Settings = (),
        profile: str = "",
        *,
        own_cards: bool = False,
    ) -> None:
        config = RigConfig(
            folder,
            "inprocess",
            "en",
            deadline_s=2.0,
            screens=False,
            profile=profile,
            contactless=not own_cards,
        )
        super().__init__(config)
        self._pn532 = SimulatedPn532() if own_cards else None
        self._tag = own.tag()
        self._nursery = nursery
        self._settings = settings
        self.cut = ""

    def prepare(self) -> None:
        if self._pn532 is not None:
            self._pn532.open()
            self._settings += own.settings(self._pn532.device)
        super().prepare()

    def stop(self) -> None:
        super().stop()
        if self._pn532 is not None:
            self._pn532.close()

    def start_terminal(self, limit_s: float = 30.0) -> None:
        """Not before the first `power_on`."""

    def power_on(self, cut: str = "") -> None:
        """Start the terminal, to die at that point. Raises PowerCut where it dies in its start."""
        self._stop("terminal")  # the dead one, to be buried
        self.cut = cut
        try:
            super().start_terminal(self.settle_s)
        except DeviceFault:
            if self.dead:
                raise PowerCut from None
            raise

    @property
    def dead(self) -> bool:
        return self.terminal is None or self.terminal.poll() is not None

    def points(self) -> list[str]:
        """The points that the terminal passed since it was started."""
        lines = (self.folder / "points").read_text("ascii").splitlines()
        return [line.split(" ", 1)[1] for line in lines]

    def fault(self, **fault: Any) -> None:
        """One more for the acquirer's script."""
        with (self.folder / "faults.jsonl").open("a", encoding="utf-8") as script:
            script.write(json.dumps(fault) + "\n")

    def card(self, profile: str) -> str:
        """The name that the hand knows a card by."""
        if profile not in CARDS:
            return profile
        file = self.folder / f"{profile}.toml"
        if not file.exists():
            file.write_text(CARDS[profile], "utf-8")
        return str(file)

    def till(self, profile: str = "", **request: Any) -> dict[str, Any]:
        """Ask as a till does, with a card in the reader, or in the field: `contactless/...`, or
        `own` where there are own cards. Raises PowerCut, or DeviceFault where the terminal
        refuses."""
        self._hold(profile)
        try:
            answer = call(self.control, request, timeout_s=self.settle_s)
        except (LostError, NotReachedError):
            if self._dies():
                raise PowerCut from None
            raise
        finally:
            if profile:
                self._take()
        if not answer["ok"]:
            raise DeviceFault(answer["error"])
        return answer

    def _hold(self, profile: str) -> None:
        tapped = profile.removeprefix(TAPPED)
        if profile == own.OWN and self._pn532 is not None:
            self._pn532.radio.put(self._tag)
        elif tapped != profile and self.tapping is not None:
            self.tapping.insert(tapped)
        elif profile:
            self.hand.insert(self.card(profile))

    def _take(self) -> None:
        if self._pn532 is not None:
            self._pn532.radio.take(self._tag)
        for hand in (self.hand, self.tapping):
            with suppress(Exception):  # its reader may be gone
                if hand is not None:
                    hand.remove()

    def idle(self) -> None:
        """Wait until nothing is under way, owed or to be printed; what is parked a supervisor
        closes. Raises PowerCut."""
        deadline = time.monotonic() + self.settle_s
        while not self._quiet():
            if self.dead:
                raise PowerCut
            if time.monotonic() > deadline:
                raise DeviceFault(f"something stays owed: {self._status()}")
            time.sleep(0.02)

    def disagreements(self) -> list[str]:
        """What ledger, journal and slips do not tell alike."""
        records = self.till(op="transactions", limit=1000)["transactions"]
        return disagreements(records, self.ledger(), self.slips)

    def approved_sales(self) -> list[dict[str, Any]]:
        """Oldest first."""
        records = self.till(op="transactions", limit=1000)["transactions"]
        return [r for r in reversed(records) if (r["kind"], r["outcome"]) == ("sale", "approved")]

    def supervise(self) -> None:
        """A supervisor asks the acquirer by telephone about all that is parked, and closes it."""
        for record in self.till(op="transactions", limit=1000)["transactions"]:
            if record["state"] not in ("parked", "advice_refused"):
                continue
            rows = [row for row in self.ledger() if row["stan"] == record["stan"]]
            self.till(
                op="close",
                id=record["id"],
                host_reference="CALL-1",
                taken=any(row["state"] == "approved" for row in rows),
                passcode=PASSCODE,
            )

    def _quiet(self) -> bool:
        status = self._status()
        if not status or status["busy"] or status["settling"] or not status["ready"]:
            return False
        unknown = status["unknown_outcomes"]
        if unknown and all(record["state"] == "parked" for record in unknown):
            self.supervise()
            return False
        return not (unknown or status["advices_owed"] or status["receipts_waiting"])

    def _status(self) -> dict[str, Any]:
        try:
            status: dict[str, Any] = call(self.control, {"op": "status"}, timeout_s=5)["status"]
        except (LostError, NotReachedError):
            return {}
        return status

    def _dies(self) -> bool:
        """Whether it is dead, or about to be."""
        with suppress(DeviceFault):
            self.until(lambda: self.dead, "it lives", 2.0)
        return self.dead

    def _write_settings(self) -> None:
        super()._write_settings()
        text = (self.folder / "terminal.toml").read_text("utf-8")
        for section, line in self._settings:
            head = f"[{section}]\n"
            if head in text:
                text = text.replace(head, f"{head}{line}\n", 1)
            else:
                text += f"\n{head}{line}\n"
        self._put("terminal.toml", text.encode())
        self._put(own.KEY_FILE, own.public_key())
        # floors that let a card approve alone; where settings name this file
        emv = data("emv", "test.toml").read_text("utf-8")
        self._put("floors.toml", emv.replace("floor_limit = 0 ", "floor_limit = 5000 ").encode())
        taps = data("emv", "contactless.toml").read_text("utf-8")
        self._put("updates.toml", taps.replace("# issuer_update", "issuer_update").encode())

    def _launch(self, name: str, *arguments: str) -> Any:
        log = (self.folder / f"{name}.log").open("a", encoding="utf-8")
        self._logs.append(log)
        cut = self.cut if name == "terminal" else ""
        child = self._nursery.start(arguments, log, cut=cut)
        self._processes[name] = child  # type: ignore[assignment]
        return child
