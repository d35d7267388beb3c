"""Where a terminal keeps the certificates that it was enrolled with, one file a slot.

A slot is one PEM file, the enciphered key first, then certificate and chain, so that one rename
changes both. A power cut leaves the old file or the new one.

    waiting   key and request; the certificate has not come yet
    next      renewed, beside the one in use, until the host has taken it
    current   in use
    previous  in use before; a host that does not take the current one is shown it
"""

from __future__ import annotations

import contextlib
import os
from collections.abc import Callable, Iterator
from datetime import datetime
from enum import StrEnum
from pathlib import Path
from typing import Final

from cardamom.acquirer.enrolment import (
    CertificateRefused,
    Enrolled,
    Who,
    accept,
    described,
    make_request,
    secret_of,
)
from cardamom.acquirer.tls import loadable
from cardamom.faults import Fault
from cardamom.values.secret import Key

_BEGIN_REQUEST: Final = b"-----BEGIN CERTIFICATE REQUEST-----"
_BEGIN_CERTIFICATE: Final = b"-----BEGIN CERTIFICATE-----"


class Slot(StrEnum):
    WAITING = "waiting"
    NEXT = "next"
    CURRENT = "current"
    PREVIOUS = "previous"


class Disk:
    """Steps on the file system, each durable when it returns."""

    def write(self, path: Path, data: bytes) -> None:
        """Whole or not at all, and never readable by others."""
        beside = path.with_name(f"{path.name}.new")
        beside.unlink(missing_ok=True)
        fd = os.open(beside, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC, 0o600)
        with os.fdopen(fd, "wb") as file:
            file.write(data)
            file.flush()
            os.fsync(file.fileno())
        self.rename(beside, path)

    def rename(self, source: Path, target: Path) -> None:
        source.replace(target)
        self._sync(target.parent)

    def remove(self, path: Path) -> None:
        path.unlink(missing_ok=True)
        self._sync(path.parent)

    def _sync(self, folder: Path) -> None:
        fd = os.open(folder, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
        try:
            os.fsync(fd)
        finally:
            os.close(fd)


class Slots:
    """`journal_key`: enciphers the keys here; asked for when one is needed. All calls block."""

    def __init__(
        self, folder: Path, journal_key: Callable[[], Key], disk: Disk | None = None
    ) -> None:
        self.folder = folder
        self._journal_key = journal_key
        self._disk = disk or Disk()

    def path(self, slot: Slot) -> Path:
        return self.folder / f"{slot}.pem"

    def has(self, slot: Slot) -> bool:
        return self.path(slot).is_file()

    def stamp(self, slot: Slot) -> tuple[int, int] | None:
        """Another whenever the slot has another content; None where it has none."""
        try:
            found = self.path(slot).stat()
        except OSError:
            return None
        return found.st_ino, found.st_mtime_ns

    def secret(self) -> Key:
        return secret_of(self._journal_key())

    def hold(self, journal_key: Key) -> None:
        """Use this key from now on, wherever it came from."""
        self._journal_key = lambda: journal_key

    def waiting(self) -> bytes | None:
        """The request that waits for its certificate, PEM."""
        held = self._read(Slot.WAITING)
        if held is None or _BEGIN_REQUEST not in held:
            return None
        return _split(held, _BEGIN_REQUEST)[1]

    def request(self, who: Who, *, fresh: bool = False) -> bytes:
        """The request that waits for its certificate, PEM; a new key's where none waits, or where a
        `fresh` one is asked for. The key in use stays as it is. Raises Fault."""
        waiting = None if fresh else self.waiting()
        if waiting is not None:
            return waiting
        made = make_request(who, self.secret())
        with self._told():
            self.folder.mkdir(mode=0o700, parents=True, exist_ok=True)
            self._disk.write(self.path(Slot.WAITING), made.key_pem + made.csr_pem)
        return made.csr_pem

    def install(
        self,
        data: bytes,
        now: datetime,
        floor: datetime,
        authorities: bytes = b"",
        published: frozenset[str] = frozenset(),
    ) -> Enrolled:
        """Takes the certificate for the request that waits: beside the one in use, to be tried.
        `floor`, `authorities`: as accept has them. `published`: fingerprints that are refused.
        Raises CertificateRefused, and then nothing has changed."""
        waiting = self._read(Slot.WAITING)
        if waiting is None or _BEGIN_REQUEST not in waiting:
            raise CertificateRefused(
                "no request waits for a certificate here: make one with `cardamom certificate "
                "request` and have the acquirer sign it"
            )
        key, csr = _split(waiting, _BEGIN_REQUEST)
        enrolled = accept(data, csr, now, floor, authorities)
        if enrolled.fingerprint in published:
            raise CertificateRefused(
                "this is a published test certificate: not allowed in production"
            )
        with self._told():
            trial = self.path(Slot.NEXT).with_suffix(".trial")
            self._disk.write(trial, key + enrolled.chain_pem)
            try:
                loadable(trial, self.secret())
            except Fault as e:
                self._disk.remove(trial)
                raise CertificateRefused(str(e)) from None
            self._disk.rename(trial, self.path(Slot.NEXT))
            self._disk.remove(self.path(Slot.WAITING))
        return enrolled

    def take_over(self, before: bytes | None = None) -> None:
        """The next becomes the current one. `before`: what was in use where that was no slot; its
        key under the terminal's secret. May be repeated after a cut. Raises Fault."""
        if not self.has(Slot.NEXT):
            return
        with self._told():
            current = self._read(Slot.CURRENT) or before
            if current is not None:
                self._disk.write(self.path(Slot.PREVIOUS), current)
            self._disk.rename(self.path(Slot.NEXT), self.path(Slot.CURRENT))

    def drop(self, slot: Slot) -> None:
        """Raises Fault."""
        with self._told():
            if self.has(slot):
                self._disk.remove(self.path(slot))

    def described(self, slot: Slot) -> Enrolled | None:
        """The certificate in a slot; None where there is none that can be read."""
        held = self._read(slot)
        if held is None or _BEGIN_CERTIFICATE not in held:
            return None
        try:
            return described(_split(held, _BEGIN_CERTIFICATE)[1])
        except CertificateRefused:
            return None

    def _read(self, slot: Slot) -> bytes | None:
        with self._told():
            try:
                return self.path(slot).read_bytes()
            except FileNotFoundError:
                return None

    @contextlib.contextmanager
    def _told(self) -> Iterator[None]:
        try:
            yield
        except OSError as e:
            raise Fault(
                f"the certificate's folder {self.folder} cannot be used ({e.strerror}): see to its "
                "owner, and to room on the disk"
            ) from None


def _split(held: bytes, at: bytes) -> tuple[bytes, bytes]:
    where = held.index(at)
    return held[:where], held[where:]
