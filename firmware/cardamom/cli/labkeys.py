"""Keys of a demo's terminal: what an acquirer's technician would bring in, from published ones."""

from __future__ import annotations

import secrets
from pathlib import Path
from typing import Final

SERIALS: Final = {"tdes": "FFFF9876543210E00000", "aes": "123456789012345600000000"}
"""Key serial numbers of the published examples (ANSI X9.24-1:2009, A.4; X9.24-3:2017, annex B)."""


def bring_in(settings_file: Path) -> None:
    """Under DUKPT, an initial key of a published base derivation key; else nothing. On the journal
    of a terminal that is not running."""
    from cardamom.cli import offline
    from cardamom.engines.keys.blocks import INITIAL_KEY, wrap
    from cardamom.engines.keys.check import check_value
    from cardamom.engines.keys.cipher import Cipher
    from cardamom.engines.keys.components import Component
    from cardamom.engines.keys.dukpt import initial_key
    from cardamom.engines.keys.working import Scheme
    from cardamom.settings.profile import find_message_profile
    from cardamom.settings.testkeys import base_derivation_keys
    from cardamom.store.injection import import_block, take_protection
    from cardamom.values.secret import Key

    settings = offline.read_settings(settings_file)
    scheme = find_message_profile(settings.acquirer.profile, settings_file).keys.scheme
    if not scheme.dukpt:
        return
    name = "tdes" if scheme is Scheme.DUKPT_TDES else "aes"
    cipher, serial = Cipher[name.upper()], bytes.fromhex(SERIALS[name])
    protector = Key(secrets.token_bytes(32))
    initial = initial_key(scheme, base_derivation_keys()[name], serial)
    block = wrap(protector, initial, INITIAL_KEY, cipher, version="D", serial=serial)
    key = offline.journal_key(settings, settings_file, None)
    with offline.stopped(settings, settings_file, key) as books:
        made = Component(protector, Cipher.AES, check_value(protector, Cipher.AES))
        take_protection(books, made, "demo", offline.now())
        import_block(books, block, "demo", offline.now())
