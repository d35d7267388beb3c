"""Where the terminal master key comes from when the terminal starts."""

from __future__ import annotations

from pathlib import Path

from cardamom.daemon.binding import binding_of
from cardamom.engines.iso8583.profile import Profile
from cardamom.settings.keys import read_key, refuse_test_key
from cardamom.settings.load import resolve
from cardamom.settings.model import Settings
from cardamom.store.injection import injected_master
from cardamom.store.tamper import is_tampered
from cardamom.values.secret import Key


def master_key(settings: Settings, file: Path, profile: Profile) -> Key | None:
    """From its file, else as it was injected; None where there is none, or the case was opened.
    Raises SettingsError."""
    journal = resolve(file, settings.journal.path)
    if is_tampered(journal):
        return None
    production = settings.mode == "production"
    named = settings.acquirer.master_key_file
    if named:
        where = f"{file}: acquirer.master_key_file"
        return read_key(resolve(file, named), where, sizes=(16, 24, 32), production=production)
    key_file = resolve(file, settings.journal.key_file)
    master = injected_master(journal, key_file, binding_of(settings, file, profile))
    if master is not None and production:
        refuse_test_key(master, "the injected terminal master key")
    return master
