"""Journals that hold keys and are bound to a board, and the keys that go in."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path
from typing import Final

from cardamom.engines.keys import dukpt_aes, dukpt_tdes
from cardamom.engines.keys.blocks import INITIAL_KEY, WRAPPING_KEY, wrap
from cardamom.engines.keys.check import check_value
from cardamom.engines.keys.cipher import Cipher
from cardamom.engines.keys.components import join, read_component
from cardamom.engines.keys.working import Scheme
from cardamom.store.books import Books
from cardamom.store.guard import Binding
from cardamom.store.injection import import_block, take_protection
from cardamom.store.keyring import Handed
from cardamom.store.migrate import open_books
from cardamom.store.schema import STEPS
from cardamom.values.secret import Key
from support.ledger import MASTER, at

BOARD: Final = "10000000abcdef01"
OTHER_BOARD: Final = "10000000abcdef02"

BDK: Final = Key(bytes.fromhex("0123456789ABCDEFFEDCBA9876543210"))
KSN: Final = bytes.fromhex("FFFF9876543210E00000")
"""ANSI X9.24-1:2009, Annex A."""
AES_BDK: Final = Key(bytes.fromhex("FEDCBA9876543210F1F1F1F1F1F1F1F1"))
AES_KSN: Final = bytes.fromhex("123456789012345600000000")
"""ANSI X9.24-3:2017, Annex B."""

COMPONENTS: Final = (
    "11223344556677889900AABBCCDDEEFF00112233445566778899AABBCCDDEEFF",
    "A1B2C3D4E5F60718293A4B5C6D7E8F900F1E2D3C4B5A69788796A5B4C3D2E1F0",
)


def typed() -> tuple[tuple[str, str], ...]:
    """What two persons type: component and check value."""
    return tuple(
        (digits, check_value(Key(bytes.fromhex(digits)), Cipher.AES).digits)
        for digits in COMPONENTS
    )


PROTECTION: Final = join([read_component(*each, Cipher.AES) for each in typed()])


def initial_block(serial: bytes = KSN) -> str:
    """A TDES initial key as an acquirer sends it."""
    key = dukpt_tdes.initial_key(BDK, serial)
    return wrap(PROTECTION.key, key, INITIAL_KEY, Cipher.TDES, version="D", serial=serial)


def aes_block() -> str:
    key = dukpt_aes.initial_key(AES_BDK, AES_KSN)
    return wrap(PROTECTION.key, key, INITIAL_KEY, Cipher.AES, version="D", serial=AES_KSN)


MASTER_KEY: Final = BDK
MASTER_CHECK: Final = "08D7B4"
"""Its well-known check value."""


def master_block() -> str:
    return wrap(PROTECTION.key, MASTER_KEY, WRAPPING_KEY, Cipher.TDES, version="D")


@contextmanager
def bound(
    path: Path,
    *,
    board: str = BOARD,
    mark: Path | None = None,
    scheme: Scheme = Scheme.X9_19,
    key: Key | Path = MASTER,
    handed: Handed | None = None,
    orderly: bool = False,
) -> Iterator[Books]:
    """The journal held to a board; without `orderly` it ends as in a cut."""
    binding = Binding(board=board, mark=mark, scheme=scheme)
    with closing(open_books(path, key, at, STEPS, binding, handed)) as books:
        yield books
        if orderly:
            books.guard.release()


def inject(books: Books, *blocks: str) -> None:
    """The protection key and these blocks."""
    take_protection(books, PROTECTION, "99", at())
    for block in blocks:
        import_block(books, block, "99", at())
