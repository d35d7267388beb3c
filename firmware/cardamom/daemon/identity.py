"""The terminal's TLS identity from its settings, for daemon and command line."""

from __future__ import annotations

from pathlib import Path

from cardamom.acquirer.identity import Identity
from cardamom.acquirer.slots import Slots
from cardamom.settings.load import resolve
from cardamom.settings.model import Settings
from cardamom.store.vault import read_key


def identity_of(settings: Settings, file: Path, journal_key: Path | None = None) -> Identity:
    """`journal_key`: file with the journal's key; else that of the settings. Nothing is opened."""
    acquirer = settings.acquirer
    key = journal_key or resolve(file, settings.journal.key_file)
    if acquirer.certificate_dir:
        folder = resolve(file, acquirer.certificate_dir)
    else:
        folder = resolve(file, settings.journal.path).with_name("certificate")
    return Identity(
        Slots(folder, lambda: read_key(key)),
        resolve(file, acquirer.ca_file),
        resolve(file, acquirer.cert_file) if acquirer.cert_file else None,
        resolve(file, acquirer.key_file) if acquirer.key_file else None,
    )
