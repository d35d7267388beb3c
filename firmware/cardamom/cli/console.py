"""The person at this terminal: asked on /dev/tty, whatever standard input is."""

from __future__ import annotations

import contextlib
import os
import termios
from collections.abc import Iterator
from typing import Self

from cardamom.faults import Fault

_LONGEST = 1024


class NobodyThere(Fault):
    """There is no terminal to ask at, or the person has left."""


class Console:
    """Opens /dev/tty. Raises NobodyThere where there is none."""

    def __init__(self) -> None:
        try:
            self._fd = os.open("/dev/tty", os.O_RDWR | os.O_NOCTTY | os.O_CLOEXEC)
        except OSError:
            raise NobodyThere(
                "keys are typed by persons: run this in a terminal of its own, not from a script"
            ) from None

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        os.close(self._fd)

    def say(self, text: str) -> None:
        os.write(self._fd, text.encode() + b"\n")

    def ask(self, prompt: str, *, hidden: bool = False) -> str:
        """One line; `hidden` is not echoed. Raises NobodyThere at its end."""
        with self._silent() if hidden else contextlib.nullcontext():
            os.write(self._fd, prompt.encode())
            typed = self._line()
        if hidden:
            os.write(self._fd, b"\n")
        return typed

    def _line(self) -> str:
        """Read by the byte: nothing that was typed stays behind in a buffer of ours."""
        typed = bytearray()
        while len(typed) <= _LONGEST:
            byte = os.read(self._fd, 1)
            if byte == b"\n":
                return typed.decode("utf-8", "replace").strip()
            if not byte:
                break
            typed += byte
        raise NobodyThere("nothing was typed: nothing was done")

    @contextlib.contextmanager
    def _silent(self) -> Iterator[None]:
        """Typed ahead is dropped as well: it was echoed."""
        before = termios.tcgetattr(self._fd)
        quiet = list(before)
        quiet[3] &= ~termios.ECHO
        try:
            termios.tcsetattr(self._fd, termios.TCSAFLUSH, quiet)
            yield
        finally:
            termios.tcsetattr(self._fd, termios.TCSAFLUSH, before)
