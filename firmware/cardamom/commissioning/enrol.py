"""Certificate and keys by a USB stick: the request out, the certificate and the key blocks in."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Final

from cardamom.acquirer.enrolment import Who
from cardamom.acquirer.slots import Slot, Slots
from cardamom.acquirer.tls import BUILT
from cardamom.commissioning.answers import Answers
from cardamom.commissioning.helper import ask
from cardamom.faults import Fault
from cardamom.settings.load import resolve
from cardamom.settings.model import Settings
from cardamom.settings.testkeys import digests, is_test_initial_key, is_test_key
from cardamom.store.guard import Binding
from cardamom.values.commissioning import Step

if TYPE_CHECKING:
    from cardamom.engines.keys.components import Component
    from cardamom.store.books import Books

ENDINGS: Final = ("pem", "crt", "cer", "der")
CA: Final = "ca.pem"
BLOCKS: Final = "keys.txt"
LONGEST: Final = 64_000


class EnrolFault(Fault):
    """What is on the stick, or is not; the sentence says what to do."""


@dataclass(frozen=True, slots=True)
class Enroller:
    """Does what the steps CERTIFICATE and KEYS choose. The journal is nobody else's meanwhile."""

    stick: Path
    settings: Settings
    file: Path
    answers: Answers
    slots: Slots
    binding: Binding

    async def __call__(self, step: Step, chosen: str) -> str:
        """A sentence where it failed, or where a person has to do something first."""
        if chosen != "stick":
            return ""
        try:
            work = self._certificate if step is Step.CERTIFICATE else self._keys
            await asyncio.to_thread(work)
        except Fault as e:
            return str(e)
        except OSError as e:
            return f"{self.stick}: {e.strerror}: put the stick in again"
        return ""

    async def protect(self, made: Component, persons: str) -> str:
        """Keeps the key block protection key that they typed; a sentence where that failed."""
        try:
            await asyncio.to_thread(self._protect, made, persons)
        except Fault as e:
            return str(e)
        return ""

    def _certificate(self) -> None:
        """Where the certificate lies on the stick it comes in, else the request goes out."""
        given = self.answers.all()
        terminal = given[Step.TERMINAL]
        self._present()
        if (ca := self.stick / CA).is_file():
            pem = ca.read_bytes()[:LONGEST].decode("ascii", "replace")
            ask(self.settings, self.file, "ca", pem=pem)
        found = [path for e in ENDINGS if (path := self.stick / f"{terminal}.{e}").is_file()]
        if not found:
            merchant = self.settings.merchant
            who = Who(terminal, given[Step.MERCHANT], merchant.name_en)
            # a request that waits may be for numbers that were corrected since
            csr = self.slots.request(who, fresh=self.answers.noted("request_for") != _key(who))
            self.answers.note(request_for=_key(who))
            (self.stick / f"{terminal}.csr").write_bytes(csr)
            raise EnrolFault(
                f"{terminal}.csr is on the stick. Have the acquirer sign it, put the certificate "
                f"beside it as {terminal}.pem, and choose this again"
            )
        try:
            authorities = resolve(self.file, self.settings.acquirer.ca_file).read_bytes()
        except OSError:
            authorities = b""
        production = given[Step.MODE] == "production"
        self.slots.install(
            found[0].read_bytes()[: LONGEST + 1],
            datetime.now(UTC),
            BUILT,
            authorities,
            digests() if production else frozenset(),
        )
        if not self.slots.has(Slot.CURRENT):
            self.slots.take_over()

    def _keys(self) -> None:
        """TR-31 blocks under the key block protection key."""
        from cardamom.store.injection import anything, import_block

        self._present()
        path = self.stick / BLOCKS
        if not path.is_file():
            raise EnrolFault(f"there is no {BLOCKS} on the stick: a key block a line")
        blocks = path.read_bytes()[:LONGEST].decode("ascii", "replace").split()
        if not blocks:
            raise EnrolFault(f"{BLOCKS} holds no key block")
        with self._books() as books:
            for block in blocks:
                import_block(
                    books,
                    block,
                    "technician",
                    datetime.now(UTC),
                    forbidden=_published if self._production else anything,
                )

    def _protect(self, made: Component, persons: str) -> None:
        from cardamom.store.injection import anything, take_protection

        with self._books() as books:
            forbidden = _published if self._production else anything
            take_protection(books, made, persons, datetime.now(UTC), forbidden=forbidden)

    @property
    def _production(self) -> bool:
        return self.answers.all()[Step.MODE] == "production"

    @contextlib.contextmanager
    def _books(self) -> Iterator[Books]:
        from cardamom.store.migrate import open_books
        from cardamom.store.schema import STEPS
        from cardamom.store.vault import read_key

        journal = resolve(self.file, self.settings.journal.path)
        key = read_key(resolve(self.file, self.settings.journal.key_file))
        opened = open_books(journal, key, lambda: datetime.now(UTC), STEPS, self.binding)
        with contextlib.closing(opened) as books:
            yield books
            books.guard.release()

    def _present(self) -> None:
        if not self.stick.is_dir() or not any(self.stick.iterdir()):
            raise EnrolFault(f"no USB stick named CARDAMOM is there ({self.stick})")


def _key(who: Who) -> str:
    return f"{who.terminal_id} {who.merchant_id}"


def _published(key: bytes, serial: bytes) -> bool:
    return is_test_key(key) or (bool(serial) and is_test_initial_key(key, serial))
