"""The journal of a terminal that is stopped, opened for a technician's command."""

from __future__ import annotations

import contextlib
import os
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING

from cardamom.cli.main import Parser
from cardamom.cli.places import run_folder
from cardamom.store.alone import alone

if TYPE_CHECKING:
    from cardamom.settings.model import Settings
    from cardamom.store.books import Books
    from cardamom.values.secret import Key

INSTALLED_SETTINGS = Path("/etc/cardamom/terminal.toml")

KEY_HELP = """\
The terminal must be stopped, and the journal's key at hand. On an installed terminal, as root:

  systemctl stop cardamom
  umask 077; systemd-creds decrypt --name=journal.key \\
    /etc/credstore.encrypted/cardamom.journal.key /run/journal.key
  cardamom {verb} --journal-key /run/journal.key ...
  rm /run/journal.key
  systemctl start cardamom

As root the command goes on as the owner of the journal's folder once it has read its files.
"""


def add_options(parser: Parser) -> None:
    """--settings and --journal-key."""
    folder = run_folder()
    default = folder / "terminal.toml" if folder else INSTALLED_SETTINGS
    parser.add_argument("--settings", type=Path, default=default, help="the terminal's settings")
    parser.add_argument(
        "--journal-key", type=Path, help="file with the journal's key; else that of the settings"
    )


def read_settings(file: Path) -> Settings:
    from cardamom.settings.load import load

    return load(file)


def journal_of(settings: Settings, file: Path) -> Path:
    from cardamom.settings.load import resolve

    return resolve(file, settings.journal.path)


def journal_key(settings: Settings, file: Path, named: Path | None) -> Key:
    """Raises JournalFault."""
    from cardamom.settings.load import resolve
    from cardamom.store.vault import read_key

    return read_key(named or resolve(file, settings.journal.key_file))


@contextlib.contextmanager
def stopped(settings: Settings, file: Path, key: Key) -> Iterator[Books]:
    """The books, for this process alone. Raises AlreadyRunning while the terminal runs, and
    JournalFault."""
    import sqlite3

    from cardamom.daemon.binding import binding_of
    from cardamom.store.database import fault_of
    from cardamom.store.migrate import open_books
    from cardamom.store.schema import STEPS

    path = journal_of(settings, file)
    binding = binding_of(settings, file)
    become_owner(path.parent)
    with alone(path):
        try:
            with contextlib.closing(open_books(path, key, now, STEPS, binding)) as books:
                yield books
                books.guard.release()
        except sqlite3.Error as e:
            raise fault_of(e, path) from e


def become_owner(folder: Path) -> None:
    """As root: what is written next must be the terminal's own."""
    if os.geteuid() != 0 or not folder.is_dir():
        return
    owner = folder.stat()
    if owner.st_uid != 0:
        os.setgroups([])
        os.setgid(owner.st_gid)
        os.setuid(owner.st_uid)


def now() -> datetime:
    return datetime.now(UTC)


def operator() -> str:
    """Who is logged in, for the journal."""
    return os.environ.get("SUDO_USER") or os.environ.get("LOGNAME") or f"uid {os.getuid()}"
