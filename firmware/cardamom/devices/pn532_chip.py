"""The blocking side of a PN532 on a serial port, through nfcpy's driver: all calls from one thread.

ISO-DEP is ours, over the chip's InCommunicateThru: docs/contactless.md says why.
"""

from __future__ import annotations

import contextlib
import errno
import logging
import time
from collections.abc import Callable
from typing import Any, Final, TypeVar

from cardamom.devices.pn532_line import Line
from cardamom.devices.pn532_targets import Found, Target, parse_a, parse_b
from cardamom.engines.isodep.steps import Heard, Missed, Send, Steps, Tune, carrier_us
from cardamom.engines.isodep.traits import RATES
from cardamom.faults import DeviceFault
from cardamom.story import tell

T = TypeVar("T")

WAKE: Final = bytearray(10)
"""Bytes before a frame that wake a chip in power-down."""
FIRST_BAUD: Final = 115200
"""After a reset; a chip that was never reset may still be at another."""
BAUDS: Final = (1288000, 921600, 460800, 230400)
PN532: Final = 0x32
GUARD_S: Final = 0.0051
"""From the field's start to the first request (EMV Contactless Book D: tP)."""
OFF_S: Final = 0.0051
"""A field off for so long resets every card (the same: tRESET)."""
REST_US: Final = carrier_us(6780)
"""Between a card's frame and the next one of ours, at least (NFC Forum Digital 1.1, 6.10.3.1: FDT
poll)."""
USUAL_LIMIT: Final = 11
"""As the chip codes it: 100 us x 2^(n-1), here 102.4 ms. Enough for FWI 8, which payment cards tell
of, so that a tap needs no command to change it."""
MOST_LIMIT: Final = 16
"""3.28 s; what takes longer is timed here and cancelled."""
SLACK_S: Final = 0.5
"""What the chip may take beyond its own limit before it counts as lost."""
NO_ANSWER: Final = 0x01
RADIO_ERRORS: Final = frozenset((0x02, 0x03, 0x04, 0x05, 0x06, 0x07, 0x09, 0x0B, 0x13, 0x23))
"""CRC, parity, bit count, framing, collision, too long, protocol, format."""
LOSSES: Final = 3
"""Lost so often at one speed of the line, it is used at the next lower one."""
FORGIVEN: Final = 2000
"""So many commands that went well outweigh what was lost before them: some hundred taps."""
LINE_BITS: Final = 10
FRAMING: Final = 9 + 6 + 10
"""Bytes on the line around a command's data and its answer's: frames, ACK, status."""
BETWEEN: Final = 10 + 9
"""The same between two frames on the radio: around an answer's data and the next command's."""


class ChipLost(DeviceFault):
    """The chip does not answer, or not as it should: it is to be reset and opened anew."""


class Pn532Chip:
    """`baud`: of the line once it is open; less where the chip is lost again and again at it, as on
    wires that spoil it. `reset` pulses the reset line, where there is one."""

    def __init__(self, device: str, baud: int, reset: Callable[[], None] | None) -> None:
        self.device = device
        self._baud = baud
        self._reset = reset
        self._chipset: Any = None
        self._field = False
        self._limit = -1
        self._lost = False
        self._losses = 0
        self._good = 0
        self._heard_ns = 0
        """When the last frame of a card came."""
        self._heard = 0
        """Its bytes."""

    @property
    def baud(self) -> int:
        """The line's speed, once it is open."""
        return self._baud

    def open(self) -> None:
        """Where it is not open. One that was lost is reset first, one that does not answer once
        more. Raises DeviceFault."""
        if self._chipset is not None:
            return
        if self._reset is None:
            self._open()
        else:
            try:
                if self._lost:
                    self._pulse()
                self._open()
            except DeviceFault:
                self._pulse()
                self._open()
        self._lost = False

    def close(self) -> None:
        """Gives the port back; the field goes off where the chip still listens."""
        if self._chipset is not None:
            with contextlib.suppress(DeviceFault):
                self.switch(on=False)
        self._drop()

    def alive(self) -> None:
        """Raises ChipLost where the chip does not answer."""
        self._ask(lambda c: c.get_firmware_version())

    def firmware(self) -> str:
        """`PN532 1.6`: chip, version and revision (PN532 user manual, 7.2.2). Raises ChipLost."""
        told = bytes(self._ask(lambda c: c.get_firmware_version()))
        if len(told) < 3:
            self._lose()
            raise ChipLost("the PN532 tells nothing of its firmware")
        return f"PN5{told[0]:02X} {told[1]}.{told[2]}"

    def switch(self, *, on: bool) -> None:
        """The field; once it is on, cards have had the time to start."""
        if on == self._field:
            return
        # Without collision avoidance: a phone's own field must not keep ours off.
        self._ask(lambda c: c.rf_configuration(0x01, bytearray((on,))))
        self._field = on
        time.sleep(GUARD_S if on else OFF_S)

    def restart(self) -> None:
        """Resets every card in the field."""
        self.switch(on=False)
        self.switch(on=True)

    def search(self) -> Found:
        """One look for both types, type B first: a type A card is then ready to be activated."""
        self.switch(on=True)
        others = parse_b(self._list(2, 3, b"\0"))
        return Found(parse_a(self._list(2, 0)), others)

    def select(self, target: Target) -> None:
        """After a search for two a lone card may be halted. Raises ChipLost."""
        self._ask(lambda c: c.command(0x54, bytearray((target.number,)), 1.0))

    def again_a(self) -> list[Target]:
        """Resets the field and selects one type A card."""
        self.restart()
        return parse_a(self._list(1, 0))

    def again_b(self) -> list[Target]:
        """Resets the field and activates one type B card, as the chip does it."""
        self.restart()
        return parse_b(self._list(1, 3, b"\0"))

    def drive(self, steps: Steps[T]) -> tuple[T, int]:
        """Runs a protocol on the radio: its result, and the microseconds that chip, radio and card
        took, the serial line's time taken off. Raises IsoDepError and ChipLost."""
        took = 0
        try:
            step = next(steps)
            while True:
                heard: Heard = Missed.SILENCE
                if isinstance(step, Tune):
                    self._tune(step)
                else:
                    heard, us = self._air(step)
                    took += us
                step = steps.send(heard)
        except StopIteration as end:
            return end.value, took

    def air(self, frame: bytes, wait_us: int) -> Heard:
        """One frame with its answer."""
        return self._air(Send(frame, wait_us))[0]

    def _air(self, send: Send) -> tuple[Heard, int]:
        wait_s = self._set_limit(send.wait_us)
        # The last frame was over before it came down the line, and this one has to go up it.
        rest_us = REST_US - self._line_us(BETWEEN + self._heard + len(send.frame))
        quiet_us = (time.perf_counter_ns() - self._heard_ns) / 1000
        if max(send.guard_us, rest_us) > quiet_us:
            time.sleep((max(send.guard_us, rest_us) - quiet_us) / 1e6)
        began = time.perf_counter_ns()
        heard = self._thru(send.frame, wait_s)
        self._heard_ns = time.perf_counter_ns()
        took = (self._heard_ns - began) // 1000
        self._heard = len(heard) if isinstance(heard, bytes) else 0
        size = FRAMING + len(send.frame) + self._heard
        return heard, max(0, took - self._line_us(size))

    def _line_us(self, size: int) -> int:
        """What so many bytes take on the serial line."""
        return size * LINE_BITS * 1_000_000 // self._baud

    def _thru(self, frame: bytes, wait_s: float) -> Heard:
        timed_here = self._limit == 0
        try:
            answer = self._ask(
                lambda c: c.in_communicate_thru(bytearray(frame), wait_s), timed_here=timed_here
            )
        except _NothingHeard:
            return Missed.SILENCE
        except _Status as status:
            if status.code == NO_ANSWER:
                return Missed.SILENCE
            if status.code in RADIO_ERRORS:
                return Missed.GARBLED
            self._lose()
            raise ChipLost(f"the PN532 refuses a frame (status {status.code:02X})") from None
        return bytes(answer) if answer else Missed.GARBLED

    def _set_limit(self, wait_us: int) -> float:
        """Has the chip wait long enough; how long our side waits, in seconds."""
        wanted = next((n for n in range(1, MOST_LIMIT + 1) if 100 << (n - 1) >= wait_us), 0)
        if 0 < wanted <= USUAL_LIMIT:
            wanted = USUAL_LIMIT
        if wanted != self._limit:
            self._ask(lambda c: c.rf_configuration(0x02, bytearray((0x0A, 0x0B, wanted))))
            self._limit = wanted
        return wait_us / 1e6 if wanted == 0 else (100 << (wanted - 1)) / 1e6 + SLACK_S

    def _tune(self, rates: Tune) -> None:
        """Bits 6 to 4 of CIU_TxMode and CIU_RxMode."""
        names = ("CIU_TxMode", "CIU_RxMode")
        modes = self._ask(lambda c: c.read_register(*names))
        if not isinstance(modes, list) or len(modes) != len(names):
            self._lose()
            raise ChipLost("the PN532 tells nothing of its registers")
        codes = (RATES.index(rates.to_card), RATES.index(rates.from_card))
        values = [
            (name, mode & 0x8F | code << 4)
            for name, mode, code in zip(names, modes, codes, strict=True)
        ]
        self._ask(lambda c: c.write_register(*values))

    def _list(self, most: int, kind: int, data: bytes = b"") -> bytes:
        """InListPassiveTarget; nfcpy's own asks for one card, whatever it is told."""
        answer = self._ask(lambda c: c.command(0x4A, bytearray((most, kind)) + data, 1.0))
        return bytes(answer)

    def _ask(self, work: Callable[[Any], Any], *, timed_here: bool = False) -> Any:
        """One call of nfcpy's chipset. It raises what it likes where a frame is garbage."""
        if self._chipset is None:
            raise ChipLost("the PN532 is not open")
        from nfc.clf.pn532 import Chipset

        try:
            answer = work(self._chipset)
        except Chipset.Error as e:
            if e.errno not in (0x7F, 0xFF):
                raise _Status(e.errno) from None
            why = "it knows no such command"
        except OSError as e:
            if timed_here and e.errno == errno.ETIMEDOUT:
                raise _NothingHeard from None
            why = type(e).__name__
        except Exception as e:  # noqa: BLE001 see above
            why = type(e).__name__
        else:
            self._good += 1
            if self._good == FORGIVEN:
                self._losses = 0
            return answer
        self._lose()
        raise ChipLost(f"the PN532 does not answer as it should ({why})")

    def _open(self) -> None:
        from nfc.clf import pn532

        # Its loggers write whole frames: card data.
        logging.getLogger("nfc").setLevel(logging.CRITICAL)
        try:
            tty = Line(self.device)
        except OSError as e:
            raise DeviceFault(
                f"{self.device} cannot be opened ({type(e).__name__}): check contactless.device"
            ) from None
        log = logging.getLogger("nfc.clf.pn532")
        found = False
        try:
            chipset = pn532.Chipset(tty, logger=log)
            at = self._find(tty, chipset)
            found = True
            chipset.sam_configuration("normal")
            if at != self._baud:
                chipset.set_serial_baudrate(self._baud)
                tty.baudrate = self._baud  # opened anew, it might lose the ACK just sent
            pn532.Device(chipset, logger=log)
            chipset.rf_configuration(0x05, bytearray((0x00, 0x00, 0x00)))  # one try each
        except Exception as e:  # noqa: BLE001 nfcpy raises what it likes where a frame is garbage
            with contextlib.suppress(Exception):
                tty.close()
            if found:
                self._suspect_line()
            raise DeviceFault(
                f"no PN532 answers at {self.device} ({type(e).__name__}): check its wires and that "
                "its switches say HSU"
            ) from None
        self._chipset = chipset
        self._field, self._limit = False, -1

    def _find(self, tty: Any, chipset: Any) -> int:
        """The speed at which it answers: that of its start, or what an earlier run left it at."""
        for baud in dict.fromkeys((FIRST_BAUD, self._baud, *BAUDS)):
            tty.open(self.device, baud)
            try:
                tty.write(chipset.ACK + WAKE)  # ends a command that it may still be at
                if chipset.get_firmware_version()[0] == PN532:
                    return baud
            except Exception as e:  # noqa: BLE001 see above
                last = e
        raise last

    def _pulse(self) -> None:
        if self._reset is not None:
            try:
                self._reset()
            except Exception as e:  # noqa: BLE001 pin factories raise what they like
                why = type(e).__name__
                raise DeviceFault(
                    f"the PN532's reset line fails ({why}): check contactless.reset_pin"
                ) from None

    def _lose(self) -> None:
        self._lost = True
        self._suspect_line()
        self._drop()

    def _suspect_line(self) -> None:
        """A chip that hangs looks the same; a slower line costs it some milliseconds a tap."""
        self._losses += 1
        self._good = 0
        slower = [baud for baud in (*BAUDS, FIRST_BAUD) if baud < self._baud]
        if self._losses >= LOSSES and slower:
            self._baud, self._losses = slower[0], 0
            tell("pn532_line_slower", baud=self._baud)

    def _drop(self) -> None:
        chipset, self._chipset = self._chipset, None
        if chipset is not None:
            with contextlib.suppress(Exception):
                chipset.close()


class _Status(Exception):
    """The chip's own word for what went wrong."""

    def __init__(self, code: int) -> None:
        super().__init__(f"{code:02X}")
        self.code = code


class _NothingHeard(Exception):
    """The time that was ours to keep is over."""
