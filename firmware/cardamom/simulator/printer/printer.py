"""The printer's electronics: buffer, status, paper, cover, power. No wires here."""

from __future__ import annotations

from collections import Counter, deque
from collections.abc import Callable

from cardamom.simulator.printer.roll import Roll, Slip
from cardamom.simulator.printer.tokens import Token, Tokenizer

COMMANDS = "paper ok|low|out, paper left DOTS, cover open|closed, power on|off, mute on|off, status"


class Printer:
    """Bytes in, answers out. Real-time status is answered at once, everything else in order, and
    only while there is paper and the cover is closed."""

    def __init__(self, dots: int, on_slip: Callable[[Slip], None]) -> None:
        self._roll = Roll(dots)
        self._on_slip = on_slip
        self._tokens = Tokenizer()
        self._waiting: deque[Token] = deque()
        self._paper = "ok"
        self._cover_open = False
        self.mute = False
        """Answers nothing: a serial printer with one wire, or a dead one."""
        self.power = True
        self.slips = 0

    @property
    def unknown(self) -> Counter[str]:
        return self._roll.unknown

    @property
    def offline(self) -> bool:
        return self._paper == "out" or self._cover_open

    def receive(self, data: bytes) -> bytes:
        """What it answers to `data`."""
        if not self.power:
            return b""
        answers = b""
        for token in self._tokens.tokens(data):
            if token.name == "DLE EOT":
                answers += self._status(token.data[0])
            else:
                self._waiting.append(token)
        answers += self.work()
        return b"" if self.mute else answers

    def work(self) -> bytes:
        """Prints what waits, as far as it can; answers to commands among it."""
        answers = b""
        while self._waiting and not self.offline:
            token = self._waiting.popleft()
            if token.name == "GS r":
                answers += bytes((0x03 if self._paper == "low" else 0,))
                continue
            slip = self._roll.execute(token)
            if slip is not None:
                self.slips += 1
                self._on_slip(slip)
            if self._roll.empty:
                self._paper = "out"
        return answers

    def command(self, line: str) -> str:
        """What a hand at the printer does, in words (COMMANDS); the answer is a line."""
        match line.split():
            case ["paper", ("ok" | "low" | "out") as state]:
                self._paper, self._roll.left = state, None
            case ["paper", "left", dots] if dots.isdigit():
                self._roll.left = int(dots)
            case ["cover", ("open" | "closed") as state]:
                self._cover_open = state == "open"
            case ["mute", ("on" | "off") as state]:
                self.mute = state == "on"
            case ["power", "off"]:
                self.power = False
                self._waiting.clear()
                self._tokens.clear()
                self._roll = _fresh(self._roll)
            case ["power", "on"]:
                self.power = True
            case ["status"]:
                pass
            case _:
                return f"not understood; one of: {COMMANDS}"
        self.work()
        return self.describe()

    def describe(self) -> str:
        parts = [
            f"power {'on' if self.power else 'off'}",
            f"paper {self._paper}",
            f"cover {'open' if self._cover_open else 'closed'}",
            f"slips {self.slips}",
        ]
        parts += [f"unknown {name}: {count}" for name, count in sorted(self.unknown.items())]
        return ", ".join(parts)

    def _status(self, n: int) -> bytes:
        """DLE EOT n: 1 printer, 2 cause of offline, 4 paper sensor."""
        out = self._paper == "out"
        match n:
            case 1:
                return bytes((0x12 | (0x0C if self.offline else 0x04),))
            case 2:
                return bytes((0x12 | (0x04 if self._cover_open else 0) | (0x20 if out else 0),))
            case 3:
                return b"\x12"
            case 4:
                return bytes((0x72 if out else 0x1E if self._paper == "low" else 0x12,))
            case _:
                self.unknown[f"DLE EOT {n}"] += 1
                return b""


def _fresh(roll: Roll) -> Roll:
    """Switched off: buffer and half a slip are gone, the paper and the count stay."""
    new = Roll(roll.dots)
    new.left, new.unknown = roll.left, roll.unknown
    return new
