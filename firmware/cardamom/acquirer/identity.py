"""As whom the terminal connects: with the certificate it was enrolled with, else the settings'."""

from __future__ import annotations

import contextlib
import ssl
from dataclasses import dataclass
from pathlib import Path

from cardamom.acquirer.slots import Slot, Slots
from cardamom.acquirer.tls import client_context, enrolled_context
from cardamom.faults import Fault, SettingsError

NONE_YET = (
    "this terminal has no certificate yet: `cardamom certificate request`, have the acquirer sign "
    "it, then `cardamom certificate install`"
)


@dataclass(frozen=True, slots=True)
class Identity:
    """`cert_file` and `key_file`: the settings', None where they name none. All calls block."""

    slots: Slots
    ca_file: Path
    cert_file: Path | None
    key_file: Path | None

    @property
    def certificate(self) -> Path:
        """The PEM file with the certificate in use, and its chain; it may not be there."""
        if self.cert_file is None or self.slots.has(Slot.CURRENT):
            return self.slots.path(Slot.CURRENT)
        return self.cert_file

    @property
    def known(self) -> bool:
        """Whether there is any certificate to connect with."""
        return self.cert_file is not None or self.slots.has(Slot.CURRENT)

    def context(self, slot: Slot = Slot.CURRENT) -> ssl.SSLContext:
        """To connect with. Raises SettingsError."""
        if self.slots.has(slot):
            return enrolled_context(self.ca_file, self.slots.path(slot), self.slots.secret())
        if slot is Slot.CURRENT and self.cert_file is not None and self.key_file is not None:
            return client_context(self.ca_file, self.cert_file, self.key_file)
        raise SettingsError(f"acquirer.certificate_dir: {NONE_YET}")

    def spare(self) -> ssl.SSLContext | None:
        """With the certificate that was in use before, for a host that does not know the new one;
        None where there is none that still holds."""
        if not self.slots.has(Slot.PREVIOUS):
            return None
        with contextlib.suppress(Fault):
            return self.context(Slot.PREVIOUS)
        return None

    def take_over(self) -> None:
        """The next certificate is the one in use from now on. Raises Fault."""
        before = None if self.slots.has(Slot.CURRENT) else self._from_settings()
        self.slots.take_over(before)

    def _from_settings(self) -> bytes | None:
        """The settings' own pair as a slot holds one; None where it cannot be read."""
        from cryptography.exceptions import UnsupportedAlgorithm
        from cryptography.hazmat.primitives import serialization

        if self.cert_file is None or self.key_file is None:
            return None
        try:
            key = serialization.load_pem_private_key(self.key_file.read_bytes(), None)
            sealed = key.private_bytes(
                serialization.Encoding.PEM,
                serialization.PrivateFormat.PKCS8,
                serialization.BestAvailableEncryption(self.slots.secret().reveal()),
            )
            return sealed + self.cert_file.read_bytes()
        except (OSError, ValueError, TypeError, UnsupportedAlgorithm):
            return None
