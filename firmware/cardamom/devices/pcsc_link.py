"""The blocking side of PC/SC: one context, at most one card, all calls from one thread."""

from __future__ import annotations

import time
from dataclasses import dataclass, field
from enum import Enum
from typing import Any, Final

from cardamom.devices import pinpad
from cardamom.faults import CardFault, DeviceFault

SETTLE_S: Final = 1.0
"""How long after a failed command or power-off the removal may come to light: drivers poll (vpcd
every 400 ms)."""
COUNTER_BIT: Final = 16
"""Above it a reader state counts insertions and removals (pcsc-lite)."""


class Absent(DeviceFault):
    """The reader is not there: no pcscd, no reader plugged in."""


class Other(Absent):
    """Readers are there, but none of the name that is wanted. `found`: the first of them."""

    def __init__(self, wanted: str, readers: list[str]) -> None:
        super().__init__(
            f"no card reader is named {wanted!r}; there are: {', '.join(readers)}: plug the right "
            "one in, or set reader.name"
        )
        self.found = readers[0]


class Seen(Enum):
    """What a reader's slot holds."""

    EMPTY = "empty"
    CARD = "card"
    MUTE = "mute"
    """A card that answers no reset."""
    LEAVING = "leaving"
    """pcscd could not power a card off and calls the slot empty, but its own polling has not seen
    the card leave: one that comes back before it does would never be announced."""


@dataclass(slots=True)
class Powered:
    """A connected card: PC/SC handle, protocol, answer to reset."""

    handle: Any
    protocol: int
    atr: bytes = field(repr=False)


class PcscLink:
    """`name` chooses the reader by a part of its name, or the first. Raises Absent, DeviceFault or
    CardFault; after the first two the context is dropped and the next call makes a new one.

    `scard` is the module smartcard.scard, or one that does the same.
    """

    def __init__(self, name: str, scard: Any = None) -> None:
        self._wanted = name
        self._given = scard
        self._context: Any = None
        self._state = 0
        self._present: int | None = None
        """The counter when a card was last seen."""
        self._leaving_since: float | None = None
        self.reader = ""
        self._powered: Powered | None = None

    @property
    def _scard(self) -> Any:
        if self._given is None:
            import smartcard.scard

            self._given = smartcard.scard
        return self._given

    def find(self) -> str:
        """The reader's name. A context that a restart of pcscd has killed is made anew."""
        s = self._scard
        known = self._context is not None
        result, readers = self._list()
        if known and result not in (s.SCARD_S_SUCCESS, s.SCARD_E_NO_READERS_AVAILABLE):
            self.close()
            result, readers = self._list()
        if result == s.SCARD_E_NO_READERS_AVAILABLE or (
            result == s.SCARD_S_SUCCESS and not readers
        ):
            self._lose_reader()
            raise Absent("no card reader is plugged in: check its USB cable")
        if result != s.SCARD_S_SUCCESS:
            raise self._fault(result)
        chosen = next((r for r in readers if self._wanted.lower() in r.lower()), None)
        if chosen is None:
            self._lose_reader()
            raise Other(self._wanted, list(readers))
        if chosen != self.reader:
            self.reader, self._state = chosen, s.SCARD_STATE_UNAWARE
            self._present = None
        return str(chosen)

    def _list(self) -> tuple[int, list[str]]:
        s = self._scard
        if self._context is None:
            result, context = s.SCardEstablishContext(s.SCARD_SCOPE_USER)
            if result != s.SCARD_S_SUCCESS:
                return result, []
            self._context = context
        result, readers = s.SCardListReaders(self._context, [])
        return result, readers

    def look(self, wait_ms: int) -> Seen:
        """What is in the reader, after a change or `wait_ms`; at once where that is not known."""
        s = self._scard
        name = self.reader or self.find()
        result, states = s.SCardGetStatusChange(self._context, wait_ms, [(name, self._state)])
        if result not in (s.SCARD_S_SUCCESS, s.SCARD_E_TIMEOUT):
            raise self._fault(result)
        now = states[0][1]
        self._state = now & ~s.SCARD_STATE_CHANGED
        if now & (s.SCARD_STATE_UNKNOWN | s.SCARD_STATE_UNAVAILABLE):
            self._lose_reader()
            raise Absent("the card reader was unplugged: check its USB cable")
        if now & s.SCARD_STATE_PRESENT:
            self._present, self._leaving_since = now >> COUNTER_BIT, None
            return Seen.MUTE if now & s.SCARD_STATE_MUTE else Seen.CARD
        if now >> COUNTER_BIT == self._present:
            self._leaving_since = self._leaving_since or time.monotonic()
            if time.monotonic() - self._leaving_since < SETTLE_S:
                return Seen.LEAVING
        self._present = None
        return Seen.EMPTY

    def power(self) -> Powered:
        """Connects to the card, for us alone. Raises CardFault when it answers no reset."""
        s = self._scard
        self.unpower()
        result, handle, protocol = s.SCardConnect(
            self._context,
            self.reader,
            s.SCARD_SHARE_EXCLUSIVE,
            s.SCARD_PROTOCOL_T0 | s.SCARD_PROTOCOL_T1,
        )
        if result != s.SCARD_S_SUCCESS:
            raise self._fault(result)
        powered = self._powered = Powered(handle, protocol, b"")
        result, *_, atr = s.SCardStatus(handle)
        if result != s.SCARD_S_SUCCESS:
            self.unpower()
            raise self._fault(result)
        powered.atr = bytes(atr)
        return powered

    def transmit(self, powered: Powered, command: bytes) -> bytes:
        """One exchange as the protocol has it (a TPDU with T=0): data and status word."""
        s = self._scard
        if powered is not self._powered:
            raise CardFault("the card is powered off")
        pci = s.SCARD_PCI_T0 if powered.protocol == s.SCARD_PROTOCOL_T0 else s.SCARD_PCI_T1
        result, answer = s.SCardTransmit(powered.handle, pci, list(command))
        if result != s.SCARD_S_SUCCESS:
            raise self._card_fault(result)
        if len(answer) < 2:
            if self._gone():
                raise CardFault("the card was pulled", gone=True)
            raise CardFault("the card answers garbage: an answer has at least 2 bytes")
        return bytes(answer)

    def verify_pin(self, powered: Powered, structure: bytes) -> int | None:
        """The status word of a VERIFY whose PIN the reader takes on its own keys; None where it has
        none. It lasts as long as the customer takes."""
        s = self._scard
        if powered is not self._powered:
            raise CardFault("the card is powered off")
        result, answer = s.SCardControl(powered.handle, s.SCARD_CTL_CODE(pinpad.GET_FEATURES), [])
        # a reader without part 10 refuses the question
        found = pinpad.features(bytes(answer)) if result == s.SCARD_S_SUCCESS else {}
        if pinpad.VERIFY_PIN_DIRECT not in found:
            return None
        control = found[pinpad.VERIFY_PIN_DIRECT]
        result, answer = s.SCardControl(powered.handle, control, list(structure))
        if result != s.SCARD_S_SUCCESS:
            raise self._card_fault(result)
        if len(answer) != 2:
            raise CardFault("the reader's PIN entry answers garbage: a status word has 2 bytes")
        return int.from_bytes(bytes(answer))

    def unpower(self, powered: Powered | None = None) -> None:
        """Lets the card go, powered off; that one only where it is named."""
        if self._powered is None or powered not in (None, self._powered):
            return
        handle, self._powered = self._powered.handle, None
        self._scard.SCardDisconnect(handle, self._scard.SCARD_UNPOWER_CARD)

    def close(self) -> None:
        """Gives everything back; the next call starts afresh."""
        self.unpower()
        self._lose_reader()
        context, self._context = self._context, None
        if context is not None:
            self._scard.SCardReleaseContext(context)

    def _lose_reader(self) -> None:
        self.reader, self._state = "", 0
        self._present = None

    def _gone(self) -> bool:
        """Whether the card has left, waited for as long as drivers need to notice."""
        deadline = time.monotonic() + SETTLE_S
        while time.monotonic() < deadline:
            try:
                if self.look(100) in (Seen.EMPTY, Seen.LEAVING):
                    return True
            except DeviceFault:
                return True
        return False

    def _card_fault(self, result: int) -> Exception:
        """What a failed command says; the driver's own word may come before it sees a removal."""
        s = self._scard
        if result in (s.SCARD_W_REMOVED_CARD, s.SCARD_E_NO_SMARTCARD, s.SCARD_E_READER_UNAVAILABLE):
            return CardFault("the card was pulled", gone=True)
        if result == s.SCARD_W_RESET_CARD:
            return CardFault("another program reset the card")
        if self._gone():
            return CardFault("the card was pulled", gone=True)
        return CardFault(f"the card did not answer ({self._word(result)})")

    def _fault(self, result: int) -> Exception:
        """A failed call in words. What speaks against the context drops it."""
        s = self._scard
        if result in (
            s.SCARD_W_UNRESPONSIVE_CARD,
            s.SCARD_W_UNSUPPORTED_CARD,
            s.SCARD_W_UNPOWERED_CARD,
            s.SCARD_E_PROTO_MISMATCH,
        ):
            return CardFault("the card answers no reset: is it the right way round?")
        if result in (s.SCARD_W_REMOVED_CARD, s.SCARD_E_NO_SMARTCARD):
            return CardFault("the card was pulled", gone=True)
        if result == s.SCARD_E_SHARING_VIOLATION:
            return DeviceFault("another program holds the card reader: end it")
        self.close()
        if result in (s.SCARD_E_NO_SERVICE, s.SCARD_E_SERVICE_STOPPED):
            return Absent("pcscd is not running: start it with systemctl start pcscd.socket")
        if result in (s.SCARD_E_UNKNOWN_READER, s.SCARD_E_READER_UNAVAILABLE):
            return Absent("the card reader was unplugged: check its USB cable")
        if result in (s.SCARD_W_SECURITY_VIOLATION, s.SCARD_E_NO_ACCESS):
            return DeviceFault("pcscd refuses this user: install the polkit rule")
        return DeviceFault(f"the card reader failed ({self._word(result)})")

    def _word(self, result: int) -> str:
        return f"PC/SC {result & 0xFFFFFFFF:08X}"
