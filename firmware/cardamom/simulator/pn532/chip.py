"""The chip: one command in, its answer out (PN532 user manual UM0701-02, 7)."""

from __future__ import annotations

from collections.abc import Callable
from typing import Final, TypeVar

from cardamom.engines.isodep.activation import activate_a
from cardamom.engines.isodep.protocol import IsoDep
from cardamom.engines.isodep.steps import Heard, IsoDepError, Missed, Send, Steps
from cardamom.engines.isodep.traits import parse_atqb
from cardamom.simulator.pn532.frames import ERROR, Command, answer
from cardamom.simulator.pn532.picc import SELECTED, InField
from cardamom.simulator.pn532.radio import Radio
from cardamom.simulator.pn532.tags import ACK, WRITE
from cardamom.simulator.pn532.times import Pace
from cardamom.values.contactless import Tech

T = TypeVar("T")

BAUDS: Final = (9600, 19200, 38400, 57600, 115200, 230400, 460800, 921600, 1288000)
BAUD: Final = 115200
FIRMWARE: Final = bytes.fromhex("32010607")
TX_MODE, RX_MODE = 0x6302, 0x6303
TIMED_OUT, BAD_CRC, WRONG_PARAMETER, WRONG_CONTEXT = 0x01, 0x02, 0x10, 0x27
AUTOMATIC_RATS: Final = 0x10
OWN_FSD: Final = 64
"""The frames that the chip's own ISO-DEP takes."""
NO_ANSWER: Final = None
"""The chip goes on waiting: only the host can end it."""


class Chip:
    """`leaves_selected`: whether a lone card is still selected after a search for two; the manual
    leaves it open."""

    def __init__(self, radio: Radio, pace: Pace, *, leaves_selected: bool = False) -> None:
        self.radio = radio
        self.pace = pace
        self.leaves_selected = leaves_selected
        self.hung = False
        self.commands = 0
        self.hang_after: int | None = None
        """So many commands from now on it hangs."""
        self.reset()

    def reset(self) -> None:
        """The reset line, or power."""
        self.hung = False
        self.asleep = True
        self.baud = BAUD
        self.next_baud: int | None = None
        """From the host's next ACK on."""
        self._registers: dict[int, int] = {}
        self._parameters = AUTOMATIC_RATS | 0x04
        self._timeout = 0x0A
        self._targets: list[InField] = []
        self._current: InField | None = None
        self._layers: dict[int, IsoDep] = {}
        self.radio.switch(on=False)

    def run(self, command: Command) -> bytes | None:
        """The answering frame; NO_ANSWER where there is none."""
        self.commands += 1
        self.pace.chip()
        known: dict[int, Callable[[bytes], bytes | None]] = {
            0x00: self._diagnose,
            0x02: lambda _: FIRMWARE,
            0x04: lambda _: bytes((0, self.radio.on, len(self._targets), 0, 0)),
            0x06: self._read_register,
            0x08: self._write_register,
            0x10: self._set_baud,
            0x12: self._set_parameters,
            0x14: lambda _: b"",
            0x16: self._power_down,
            0x32: self._rf_configuration,
            0x40: self._data_exchange,
            0x42: self._communicate_thru,
            0x44: lambda d: self._release(d, forget=False),
            0x4A: self._list_passive_target,
            0x52: lambda d: self._release(d, forget=True),
            0x54: self._select,
        }
        work = known.get(command.code)
        if work is None:
            return ERROR
        try:
            data = work(command.data)
        except IndexError:
            return ERROR
        return NO_ANSWER if data is None else answer(command.code, data)

    def _diagnose(self, data: bytes) -> bytes:
        return data if data[0] == 0 else b"\0"

    def _read_register(self, data: bytes) -> bytes:
        return bytes(
            self._registers.get(int.from_bytes(data[at : at + 2]), 0)
            for at in range(0, len(data), 2)
        )

    def _write_register(self, data: bytes) -> bytes:
        for at in range(0, len(data), 3):
            self._registers[int.from_bytes(data[at : at + 2])] = data[at + 2]
        return b""

    def _set_baud(self, data: bytes) -> bytes:
        self.next_baud = BAUDS[data[0]]
        return b""

    def _set_parameters(self, data: bytes) -> bytes:
        self._parameters = data[0]
        return b""

    def _power_down(self, _: bytes) -> bytes:
        self.radio.switch(on=False)
        self.asleep = True
        return b"\0"

    def _rf_configuration(self, data: bytes) -> bytes:
        if data[0] == 0x01:
            self.radio.switch(on=bool(data[1] & 1))
        elif data[0] == 0x02:
            self._timeout = data[3]
        return b""

    def _list_passive_target(self, data: bytes) -> bytes:
        most, kind = data[0], data[1]
        if not 1 <= most <= 2 or kind not in (0, 3):
            return b"\0"
        self._targets, self._current, self._layers = [], None, {}
        self.radio.switch(on=True)
        found = self._search_a(most) if kind == 0 else self._search_b(most)
        return bytes((len(self._targets),)) + found

    def _search_a(self, most: int) -> bytes:
        self._tune(Tech.A, (0, 0))
        told = b""
        while len(self._targets) < most:
            answering = self.radio.request(Tech.A, wake=False)
            if not answering:
                break
            card, atqa = answering[0]
            self.radio.choose(card, [other for other, _ in answering])
            self._targets.append(card)
            self._current = card
            number = len(self._targets)
            told += bytes((number, atqa[1], atqa[0], card.sak, len(card.uid))) + card.uid
            if card.sak & SELECTED and self._parameters & AUTOMATIC_RATS:
                self._layers[number], ats = self._rats()
                told += ats
            if most > 1:
                self._halt()
        if most > 1 and self.leaves_selected and len(self._targets) == 1:
            self._wake(1)
        return told

    def _rats(self) -> tuple[IsoDep, bytes]:
        heard: list[bytes] = []

        def radio(frame: bytes) -> Heard:
            # the chip's own frames are 64 bytes long
            said = self.radio.exchange(b"\xe0\x50" if frame[0] == 0xE0 else frame, Tech.A)
            if isinstance(said, bytes):
                heard.append(said)
            return said

        layer = _drive(activate_a(), radio)
        return IsoDep(layer.traits, fsd=OWN_FSD), heard[0]

    def _search_b(self, most: int) -> bytes:
        self._tune(Tech.B, (0, 0))
        told = b""
        while len(self._targets) < most:
            answering = self.radio.request(Tech.B, wake=False)
            # More than one in a slot collide; the chip asks again with more slots.
            if not answering:
                break
            card, atqb = answering[0]
            try:
                pupi, traits = parse_atqb(atqb)
            except IsoDepError:
                break  # of no use to the chip
            cid = int(traits.takes_cid)  # the firmware numbers cards from 1
            said = self.radio.exchange(b"\x1d" + pupi + bytes((0, 0x05, 0x01, cid)), Tech.B)
            if isinstance(said, Missed):
                break
            self._targets.append(card)
            self._current = card
            number = len(self._targets)
            self._layers[number] = IsoDep(traits, fsd=OWN_FSD, cid=cid or None)
            told += bytes((number,)) + atqb + bytes((len(said),)) + said
            if len(answering) > 1 and most > 1:
                other, atqb = answering[1]
                self._targets.append(other)
                told += b"\x02" + atqb + b"\x01\x00"
                break
        return told

    def _halt(self) -> None:
        self.radio.exchange(b"\x50\x00", Tech.A)
        self._current = None

    def _wake(self, number: int) -> None:
        card = self._targets[number - 1]
        answering = [c for c, _ in self.radio.request(Tech.A, wake=True)]
        if card in answering:
            self.radio.choose(card, answering)
            self._current = card

    def _select(self, data: bytes) -> bytes:
        number = data[0]
        if not 1 <= number <= len(self._targets):
            return bytes((WRONG_CONTEXT,))
        if self._current is self._targets[number - 1]:
            return b"\0"
        self._wake(number)
        return b"\0" if self._current is not None else bytes((TIMED_OUT,))

    def _release(self, _: bytes, *, forget: bool) -> bytes:
        for layer in self._layers.values():
            _drive(layer.deselect(), self._air)
        self._layers = {}
        if forget:
            self._targets = []
        self._current = None
        return b"\0"

    def _communicate_thru(self, data: bytes) -> bytes | None:
        """WUPB is a frame like any other here; the cards tell it by their state."""
        heard = self._air(data)
        if data[:1] == bytes((WRITE,)) and heard == ACK:
            return bytes((BAD_CRC,))  # four bits have no checksum
        return self._status(heard)

    def _data_exchange(self, data: bytes) -> bytes | None:
        number = data[0] & 0x3F
        if not 1 <= number <= len(self._targets):
            return bytes((WRONG_CONTEXT,))
        layer = self._layers.get(number)
        if layer is None:
            return self._status(self._air(data[1:]))
        try:
            return b"\0" + _drive(layer.exchange(data[1:]), self._air)
        except IsoDepError as fault:
            return bytes((TIMED_OUT if fault.silent else BAD_CRC,))

    def _status(self, heard: Heard) -> bytes | None:
        if isinstance(heard, bytes):
            return b"\0" + heard
        if heard is Missed.GARBLED:
            return bytes((BAD_CRC,))
        return bytes((TIMED_OUT,)) if self._timeout else None

    def _air(self, frame: bytes) -> Heard:
        mode = self._registers.get(TX_MODE, 0), self._registers.get(RX_MODE, 0)
        tech = Tech.B if mode[0] & 3 == 3 else Tech.A
        if tech is Tech.B and len(frame) == 3 and frame[0] == 0x05:
            answering = self.radio.request(Tech.B, wake=bool(frame[2] & 0x08))
            if len(answering) != 1:
                return Missed.GARBLED if answering else Missed.SILENCE
            return answering[0][1]
        return self.radio.exchange(frame, tech, (mode[0] >> 4 & 7, mode[1] >> 4 & 7))

    def _tune(self, tech: Tech, speeds: tuple[int, int]) -> None:
        framing = 0x83 if tech is Tech.B else 0x80
        self._registers[TX_MODE] = framing | speeds[0] << 4
        self._registers[RX_MODE] = framing | speeds[1] << 4


def _drive(steps: Steps[T], radio: Callable[[bytes], Heard]) -> T:
    try:
        step = next(steps)
        while True:
            heard = radio(step.frame) if isinstance(step, Send) else Missed.SILENCE
            step = steps.send(heard)
    except StopIteration as end:
        result: T = end.value
        return result
