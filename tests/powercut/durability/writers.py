"""What a terminal writes beside sales, a process each, and whether it is there after a cut.

`python -m powercut.durability.writers NAME VARIANT FOLDER` writes, and tells on standard output the
number of each writing that returned. Variants: `as it is`, and those that leave a sync out, to show
that its loss is found.
"""

from __future__ import annotations

import contextlib
import os
import shutil
import sys
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import partial
from hashlib import sha256
from pathlib import Path
from typing import Final

from cardamom.cli import passcode
from cardamom.engines.keys.check import check_value
from cardamom.engines.keys.cipher import Cipher
from cardamom.engines.keys.components import Component
from cardamom.engines.keys.working import Scheme
from cardamom.faults import JournalFault
from cardamom.store import salvage
from cardamom.store.books import Books
from cardamom.store.carry import begin_anew
from cardamom.store.guard import Binding
from cardamom.store.injection import import_block, protection, take_protection
from cardamom.store.mark import Mark, MarkFile
from cardamom.store.verify import verify
from cardamom.values.secret import Key
from support.keyed import BOARD, PROTECTION, bound, initial_block
from support.ledger import CARD, MASTER, asked, at, sell

AS_IT_IS: Final = "as it is"

Told = Callable[[int], None]
Write = Callable[[Path, str, Told], None]
Judge = Callable[[Path, int], str]


@dataclass(frozen=True)
class Writer:
    """`prepare` with the power safe; `write` is cut; `judge` says what is wrong behind writing
    number `told`, 0 for none, empty where nothing is. `last`: a cut beyond that request of the disk
    comes too late."""

    variants: tuple[str, ...]
    write: Write
    judge: Judge
    prepare: Callable[[Path], None] = lambda _: None
    last: int = 200


class _SlackMark(MarkFile):
    """Leaves out the sync of the file, of the folder, or both."""

    def __init__(self, path: Path, *, file: bool, folder: bool) -> None:
        super().__init__(path)
        self._file, self._folder = file, folder

    def _replace(self, content: bytes) -> None:
        part = self._path.with_name(self._path.name + ".part")
        part.write_bytes(content)
        if self._file:
            _sync(part)
        part.rename(self._path)
        if self._folder:
            _sync(self._path.parent)


def _marks(folder: Path, variant: str, told: Told) -> None:
    path = folder / "mark"
    match variant:
        case "without the folder's sync":
            file: MarkFile = _SlackMark(path, file=True, folder=False)
        case "without any sync":
            file = _SlackMark(path, file=False, folder=False)
        case _:
            file = MarkFile(path, in_place="in place" in variant)
    for number in range(1, 100):
        file.write(Mark(seq=number, head=bytes(32), stan=number, batch=1))
        told(number)


def _mark_is(folder: Path, told: int) -> str:
    mark = MarkFile(folder / "mark").read()
    there = mark.seq if mark is not None else 0
    return f"mark {there} behind {told}" if there < told else ""


def _level(books: Books, variant: str) -> None:
    if variant != AS_IT_IS:
        books._db.execute(f"PRAGMA synchronous = {variant.rsplit('=', 1)[1]}")


@contextlib.contextmanager
def _books(folder: Path, variant: str = AS_IT_IS) -> Iterator[Books]:
    with bound(folder / "j.db", mark=folder / "mark", scheme=Scheme.DUKPT_TDES) as books:
        _level(books, variant)
        yield books


def _component(number: int) -> Component:
    key = Key(sha256(str(number).encode()).digest()[:16])
    return Component(key, Cipher.AES, check_value(key, Cipher.AES))


def _keys(folder: Path, variant: str, told: Told) -> None:
    with _books(folder, variant) as books:
        for number in range(1, 100):
            take_protection(books, _component(number), "Li Lei", at())
            told(number)


def _key_is(folder: Path, told: int) -> str:
    with _books(folder) as books:
        if books.guard.barred is not None:
            return str(books.guard.barred)
        found = protection(books)
        wanted = [_component(number).key for number in (told, told + 1)]
        if found is None:
            return f"no key behind {told}" if told else ""
        return "" if found[1] in wanted else f"not the key of writing {told}"


def _inject(folder: Path) -> None:
    with _books(folder) as books:
        take_protection(books, PROTECTION, "Li Lei", at())
        import_block(books, initial_block(), "Li Lei", at())


def _draws(folder: Path, variant: str, told: Told, *, checkpoint: int = 1000) -> None:
    """Each payment takes the next DUKPT key; the log moves into the file after so many."""
    with _books(folder, variant) as books:
        for number in range(1, 151):
            books.begin(asked(), CARD)
            told(_counter(books))
            if number % checkpoint == 0:
                books.checkpoint()


def _draw_is(folder: Path, told: int) -> str:
    with _books(folder) as books:
        if books.guard.barred is not None:
            return str(books.guard.barred)
        there = _counter(books)
    return f"DUKPT counter {there} behind {told}: a key is used twice" if there < told else ""


def _counter(books: Books) -> int:
    """Of the next key."""
    state = books.guard.keyring.dukpt()
    return state.counter if state is not None else 0


def _damage(folder: Path) -> None:
    """A journal that owes and whose first leaf is gone, and what was salvaged of it."""
    path = folder / "j.db"
    with bound(path, mark=folder / "mark") as books:
        for _ in range(10):
            sell(books)
        books.begin(asked("till-9"), CARD)
        books.checkpoint(truncate=True)
    raw = bytearray(path.read_bytes())
    raw[4 * 4096 : 6 * 4096] = b"\x5a" * 8192
    path.write_bytes(raw)
    salvage.write(salvage.salvage(path, MarkFile(folder / "mark").read()), folder)
    shutil.copyfile(path, folder / "damaged")


def _anew(folder: Path, _: str, told: Told) -> None:
    salvaged = salvage.read(folder / salvage.NAME)
    binding = Binding(board=BOARD, mark=folder / "mark")
    begin_anew(folder / "j.db", MASTER, binding, salvaged, "Li Lei", at(99))
    told(1)


def _anew_is(folder: Path, told: int) -> str:
    """The old one or the new one, never none; from the old one it is begun once more."""
    path = folder / "j.db"
    if not path.exists():
        return "there is no journal, old or new: a start would make an empty one"
    if path.read_bytes() == (folder / "damaged").read_bytes():
        if told:
            return "the damaged journal is back"
        _anew(folder, AS_IT_IS, lambda _: None)
    if problems := verify(path).problems:
        return f"the new journal is damaged: {problems[0]}"
    with bound(path, mark=folder / "mark") as books:
        owed = len(books.owing()) + len(books.in_states(["parked"]))
        if books.guard.barred is not None:
            return str(books.guard.barred)
    return "" if owed == 1 else f"{owed} transactions are owed, not one"


def _hashes(folder: Path, _: str, told: Told) -> None:
    for number in range(1, 60):
        passcode._write(folder / "supervisor.hash", f"hash {number}")
        told(number)


def _hash_is(folder: Path, told: int) -> str:
    path = folder / "supervisor.hash"
    there = int(path.read_text("ascii").split()[1]) if path.exists() else 0
    return f"passcode {there} behind {told}" if there < told else ""


def _salvages(folder: Path, _: str, told: Told) -> None:
    for number in range(1, 30):
        salvage.write(salvage.Found(salvage.Salvaged(last_txn=number)), folder / f"out{number}")
        told(number)


def _salvage_is(folder: Path, told: int) -> str:
    for number in range(1, told + 1):
        if salvage.read(folder / f"out{number}" / salvage.NAME).last_txn != number:
            return f"the file of writing {number} is another"
    return ""


SYNCHRONOUS: Final = ("synchronous=NORMAL", "synchronous=OFF")

WRITERS: Final = {
    "mark": Writer((AS_IT_IS, "without the folder's sync", "without any sync"), _marks, _mark_is),
    "mark in place": Writer(("as it is, in place",), _marks, _mark_is),
    "keyring": Writer((AS_IT_IS, *SYNCHRONOUS), _keys, _key_is, last=500),
    "DUKPT counter": Writer((AS_IT_IS, *SYNCHRONOUS), _draws, _draw_is, _inject, last=500),
    "checkpoints": Writer((AS_IT_IS,), partial(_draws, checkpoint=8), _draw_is, _inject, last=500),
    "journal new": Writer((AS_IT_IS,), _anew, _anew_is, _damage, last=300),
    "passcode": Writer((AS_IT_IS,), _hashes, _hash_is),
    "salvage": Writer((AS_IT_IS,), _salvages, _salvage_is),
}


def judged(name: str, folder: Path, told: int) -> str:
    """What is wrong; what a fault or a broken file says is wrong as well."""
    try:
        return WRITERS[name].judge(folder, told)
    except (JournalFault, OSError, ValueError, IndexError) as e:
        return f"{type(e).__name__}: {e}"


def _sync(path: Path) -> None:
    fd = os.open(path, os.O_RDONLY)
    try:
        os.fsync(fd)
    finally:
        os.close(fd)


def main(arguments: list[str]) -> int:
    name, variant, folder = arguments
    WRITERS[name].write(Path(folder), variant, lambda number: print(number, flush=True))
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
