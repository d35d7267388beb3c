"""Cards in a PN532's field: found, activated, talked to. Blocking."""

from __future__ import annotations

import contextlib
import time
from dataclasses import dataclass
from enum import Enum
from typing import Final

from cardamom.devices.pn532_chip import Pn532Chip
from cardamom.devices.pn532_targets import Target
from cardamom.engines.isodep.activation import activate_a, activate_b
from cardamom.engines.isodep.protocol import DESELECT_WAIT_US, IsoDep
from cardamom.engines.isodep.steps import IsoDepError, Missed, carrier_us
from cardamom.faults import CardFault, DeviceFault
from cardamom.values.contactless import Tech

WUPB: Final = bytes.fromhex("050008")
"""All application families, one slot (ISO/IEC 14443-3, 7.7)."""
ATQB_WAIT_US: Final = carrier_us(7680)
PAUSE_S: Final = 0.002
"""Between two looks into the field, which take some three milliseconds each."""
READ_WAIT_US: Final = 10_000
WRITE_WAIT_US: Final = 20_000
PAGE: Final = 4
PAGES: Final = 16
"""Bytes that READ of a Type 2 tag answers (NFC Forum Type 2 Tag, READ)."""


class Seen(Enum):
    NOTHING = "nothing"
    MANY = "many"


@dataclass(slots=True)
class Activated:
    """A card with its protocol. `broken`: it can no longer be talked to."""

    target: Target
    protocol: IsoDep
    broken: bool = False


class Cards:
    """What is done with the chip, a method a call. Raises DeviceFault and CardFault."""

    def __init__(self, chip: Pn532Chip) -> None:
        self._chip = chip
        self._current: Activated | None = None
        self._last: Target | None = None
        """What was talked to last."""

    def open(self) -> None:
        self._chip.open()

    def close(self) -> None:
        self._current = None
        self._chip.close()

    def alive(self) -> None:
        self._chip.alive()

    def firmware(self) -> str:
        return self._chip.firmware()

    def restart(self) -> None:
        """Resets what is in the field."""
        self._current = None
        self._chip.restart()

    def switch(self, *, on: bool) -> None:
        if not on:
            self._current = None
        self._chip.switch(on=on)

    def off(self) -> None:
        """Switches the field off; never raises."""
        with contextlib.suppress(DeviceFault):
            self.switch(on=False)

    def look(self) -> bool:
        """Whether what was talked to last is in the field, or anything that may be it; resets what
        is there."""
        self.restart()
        found = self._chip.search()
        there = (*found.a, *found.b)
        if self._last is not None and self._last.keeps_uid and all(each.uid for each in there):
            return any(each.uid == self._last.uid for each in there)
        return bool(there)

    def watch(self, rate: int, looks: int) -> Activated | Target | Seen:
        """As `present`, until there is something, so many times at most."""
        for _ in range(looks):
            seen = self.present(rate)
            if seen is not Seen.NOTHING:
                return seen
            time.sleep(PAUSE_S)
        return Seen.NOTHING

    def present(self, rate: int) -> Activated | Target | Seen:
        """One look: a card that is alone, activated; a tag; more than one; nothing."""
        self._current = self._last = None
        found = self._chip.search()
        if found.count > 1:
            self._chip.switch(on=False)
            return Seen.MANY
        if not found.count:
            return Seen.NOTHING
        try:
            if found.b:
                activated = self._activate_b(rate)
            elif found.a[0].speaks_iso_dep:
                activated = self._activate_a(found.a[0], rate)
            else:
                self._chip.select(found.a[0])
                self._last = found.a[0]
                return found.a[0]
        except IsoDepError as e:
            self._chip.restart()
            raise CardFault(f"the card cannot be activated: {e}", gone=e.silent) from None
        self._current, self._last = activated, activated.target
        return activated

    def transmit(self, activated: Activated, command: bytes) -> tuple[bytes, int]:
        """Its answer and the microseconds it took."""
        if activated is not self._current or activated.broken:
            raise CardFault("the card is powered off", gone=True)
        try:
            return self._chip.drive(activated.protocol.exchange(command))
        except IsoDepError as e:
            activated.broken = True
            raise CardFault(f"the card broke off: {e}", gone=e.silent) from None
        except DeviceFault:
            activated.broken = True
            raise

    def sleep(self, activated: Activated) -> None:
        """Deselects it, where it can still be talked to, and switches the field off."""
        if activated is not self._current:
            return
        if not activated.broken:
            self._chip.drive(activated.protocol.deselect())
        self.switch(on=False)

    def read_page(self, target: Target, page: int) -> bytes:
        """READ of a Type 2 tag. What is wrong of it answers four bits, which the chip calls an
        error."""
        if target.tech is not Tech.A or not 0 <= page <= 0xFF:
            raise CardFault("the tag has no such page")
        heard = self._chip.air(bytes((0x30, page)), READ_WAIT_US)
        if isinstance(heard, Missed):
            raise CardFault("the tag cannot be read", gone=heard is Missed.SILENCE)
        if len(heard) != PAGES:
            raise CardFault("the tag cannot be read: a page has another length")
        return heard

    def write_page(self, target: Target, page: int, data: bytes) -> None:
        """WRITE of a Type 2 tag. Its answer is four bits without a checksum, of which the chip says
        only that they are in error: reading the page again tells what became of it."""
        if target.tech is not Tech.A or not 0 <= page <= 0xFF or len(data) != PAGE:
            raise CardFault("the tag has no such page")
        heard = self._chip.air(bytes((0xA2, page)) + data, WRITE_WAIT_US)
        if heard is Missed.SILENCE:
            raise CardFault("the tag left while it was written", gone=True)

    def _activate_a(self, target: Target, rate: int) -> Activated:
        self._chip.select(target)
        try:
            protocol, _ = self._chip.drive(activate_a(rate=rate))
        except IsoDepError:
            # A chip that keeps a lone card otherwise than InSelect says: from the beginning.
            again = self._chip.again_a()
            if len(again) != 1 or not again[0].speaks_iso_dep:
                raise
            target = again[0]
            protocol, _ = self._chip.drive(activate_a(rate=rate))
        return Activated(target, protocol)

    def _activate_b(self, rate: int) -> Activated:
        """The chip has sent ATTRIB itself, with frames of 64 bytes: the card is put to sleep and
        woken, and told of ours (as nfcpy's sense_ttb does)."""
        again = self._chip.again_b()
        if len(again) != 1:
            raise IsoDepError("the card left", silent=True)
        target = again[0]
        asleep = b"\xca\x01" if target.takes_cid else b"\xc2"
        self._chip.air(asleep, DESELECT_WAIT_US)
        atqb = self._chip.air(WUPB, ATQB_WAIT_US)
        if isinstance(atqb, Missed):
            raise IsoDepError("the card does not wake up", silent=atqb is Missed.SILENCE)
        (pupi, protocol), _ = self._chip.drive(activate_b(atqb, rate=rate))
        return Activated(Target(Tech.B, target.number, pupi), protocol)
