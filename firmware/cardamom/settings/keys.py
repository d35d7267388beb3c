"""Key files that the settings name: hex digits, as systemd hands them over."""

from __future__ import annotations

import os
import ssl
from pathlib import Path

from cardamom.engines.passcode import check_hash
from cardamom.faults import SettingsError
from cardamom.settings.testkeys import is_test_key
from cardamom.values.secret import Key


def read_key(path: Path, key: str, *, sizes: tuple[int, ...], production: bool) -> Key:
    """The key in the file. Raises SettingsError naming `key`; in production for a test key too."""
    wanted = " or ".join(str(2 * size) for size in sizes) + " hex digits"
    try:
        raw = bytes.fromhex(path.read_text("ascii").strip())
    except OSError as e:
        raise SettingsError(f"{key}: {path} cannot be read ({e.strerror})") from None
    except ValueError:
        raise SettingsError(f"{key}: {path} is not hex; expected {wanted}") from None
    if len(raw) not in sizes:
        raise SettingsError(f"{key}: {path} has {2 * len(raw)} hex digits; expected {wanted}")
    if production:
        refuse_test_key(Key(raw), f"{key}: {path}")
        refuse_open_key(path, key)
    return Key(raw)


def refuse_test_key(key: Key, where: str) -> None:
    """Raises SettingsError, beginning with `where`, for a published test key."""
    if is_test_key(key.reveal()):
        raise SettingsError(f"{where} is a published test key: not allowed in production")


def read_passcode_hash(path: Path, key: str) -> str:
    """The supervisor's passcode as its hash. Raises SettingsError naming `key`."""
    try:
        line = path.read_text("ascii").strip()
        check_hash(line)
    except OSError as e:
        raise SettingsError(f"{key}: {path} cannot be read ({e.strerror})") from None
    except ValueError:
        raise SettingsError(
            f"{key}: {path} is no passcode's hash; expected what `cardamom passcode` writes"
        ) from None
    return line


def refuse_shared_hash(path: Path, key: str) -> None:
    """Raises SettingsError unless the passcode's hash is the terminal's own user's alone: six
    digits fall to whoever reads it, and whoever writes it is the supervisor."""
    try:
        found = path.stat()
    except OSError:
        return  # whoever reads it says so in better words
    mode = found.st_mode & 0o777
    if mode & 0o077:
        raise SettingsError(
            f"{key}: {path} has mode {mode:03o}, so others can reach the supervisor's passcode: "
            "chmod 600 it"
        )
    if found.st_uid != os.geteuid():
        raise SettingsError(
            f"{key}: {path} belongs to user {found.st_uid} and not to the terminal's, "
            f"{os.geteuid()}: chown it"
        )


def refuse_open_key(path: Path, key: str) -> None:
    """Raises SettingsError when others may read the private key, or more than its owner write it.

    The group may read: systemd's credentials show 0440 where an ACL lets the daemon's user in.
    """
    try:
        mode = path.stat().st_mode & 0o777
    except OSError:
        return  # whoever loads it says so in better words
    if mode & 0o027:
        raise SettingsError(
            f"{key}: {path} has mode {mode:03o}, so others can reach this terminal's key; "
            "chmod 600 it, or hand it over with LoadCredential="
        )


def refuse_test_certificate(path: Path, key: str) -> None:
    """Raises SettingsError when a PEM file holds a published test certificate or key."""
    try:
        text = path.read_text("ascii")
    except (OSError, ValueError):
        return  # whoever loads it says so in better words
    for part in text.split("-----BEGIN ")[1:]:
        label, _, rest = part.partition("-----")
        body = rest.partition("-----END ")[0]
        pem = f"-----BEGIN CERTIFICATE-----{body}-----END CERTIFICATE-----"
        try:
            material = ssl.PEM_cert_to_DER_cert(pem)
        except ValueError:
            continue
        if is_test_key(material):
            raise SettingsError(
                f"{key}: {path} holds a published test {label.lower()}: not allowed in production"
            )
