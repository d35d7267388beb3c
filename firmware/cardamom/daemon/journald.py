"""systemd's journal by its native protocol: fields that it indexes, not lines that it guesses at.

systemd.io, "Native Journal Protocol": a datagram of NAME=value lines; a value with a line break has
its length before it, 64 bits, little-endian; what is too large for a datagram goes as a sealed
memory file.
"""

from __future__ import annotations

import array
import contextlib
import errno
import fcntl
import os
import socket
from collections.abc import Iterable
from pathlib import Path
from typing import Final

SOCKET: Final = "/run/systemd/journal/socket"
WAIT_S: Final = 0.2
"""For a journal that does not read: a payment is not held up by its log."""
_SEALS: Final = fcntl.F_SEAL_SHRINK | fcntl.F_SEAL_GROW | fcntl.F_SEAL_WRITE | fcntl.F_SEAL_SEAL
_TOO_LARGE: Final = (errno.EMSGSIZE, errno.ENOBUFS)


def leads_to_journal(stream: str, descriptor: int) -> bool:
    """Whether `descriptor` is what systemd connected to its journal. `stream`: JOURNAL_STREAM, its
    device and inode (systemd.exec); a child of a service may have it and write elsewhere."""
    try:
        found = os.fstat(descriptor)
    except OSError:
        return False
    return stream == f"{found.st_dev}:{found.st_ino}"


def entry(fields: Iterable[tuple[str, str]]) -> bytes:
    """One log entry."""
    said = bytearray()
    for name, text in fields:
        value = text.encode("utf-8", "replace")
        if b"\n" in value:
            said += name.encode() + b"\n" + len(value).to_bytes(8, "little") + value + b"\n"
        else:
            said += name.encode() + b"=" + value + b"\n"
    return bytes(said)


class JournalSocket:
    """Sends entries; those that the journal does not take in time are dropped and counted."""

    def __init__(self, path: Path = Path(SOCKET)) -> None:
        self._path = str(path)
        self._socket = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM | socket.SOCK_CLOEXEC)
        self._socket.settimeout(WAIT_S)
        self.dropped = 0

    def send(self, said: bytes) -> bool:
        """Whether the journal has it. After a drop nobody waits until one is taken again."""
        try:
            self._send(said)
        except OSError:
            self.dropped += 1
            self._socket.settimeout(0)
            return False
        self._socket.settimeout(WAIT_S)
        return True

    def _send(self, said: bytes) -> None:
        try:
            self._socket.sendto(said, self._path)
        except OSError as e:
            if e.errno not in _TOO_LARGE:
                raise
            self._send_file(said)

    def _send_file(self, said: bytes) -> None:
        file = os.memfd_create("cardamom-log", os.MFD_CLOEXEC | os.MFD_ALLOW_SEALING)
        try:
            with open(file, "wb", closefd=False) as whole:
                whole.write(said)
            fcntl.fcntl(file, fcntl.F_ADD_SEALS, _SEALS)
            rights = [(socket.SOL_SOCKET, socket.SCM_RIGHTS, array.array("i", [file]))]
            self._socket.sendmsg([], rights, 0, self._path)
        finally:
            os.close(file)

    def close(self) -> None:
        with contextlib.suppress(OSError):
            self._socket.close()
