"""What the merchant's own cards may do, by the settings."""

from __future__ import annotations

from pathlib import Path

from cardamom.engines.closed_loop import key_id
from cardamom.faults import SettingsError
from cardamom.settings.load import resolve
from cardamom.settings.model import Settings
from cardamom.values.member import ClosedLoop, UidUse
from cardamom.values.money import parse_amount


def closed_loop_for(settings: Settings, file: Path, *, pays: bool) -> ClosedLoop | None:
    """None where there are no such cards. `pays`: the acquirer's profile takes them.

    Raises SettingsError, also where they are to pay and the profile says nowhere how.
    """
    own = settings.closed_loop
    if not own.keys and own.uid == "refuse":
        return None
    if own.pays and not pays:
        raise SettingsError(
            f"{file}: closed_loop.pays: true is not allowed with acquirer.profile "
            f"{settings.acquirer.profile!r}, which has no [closed_loop]; expected false, for cards "
            "that name members and pay nothing, or a profile with that table"
        )
    keys = [
        read_public(resolve(file, name), f"{file}: closed_loop.keys[{i}]")
        for i, name in enumerate(own.keys)
    ]
    return ClosedLoop(
        keys={key_id(key): key for key in keys},
        prefixes=tuple(own.prefixes),
        uid=UidUse(own.uid),
        uid_limit=parse_amount(own.uid_limit, settings.terminal.currency),
        pays=own.pays,
    )


def read_public(path: Path, where: str) -> bytes:
    """The 32 bytes of an Ed25519 public key in a PEM file. Raises SettingsError."""
    from cryptography.exceptions import UnsupportedAlgorithm
    from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey
    from cryptography.hazmat.primitives.serialization import load_pem_public_key

    try:
        key = load_pem_public_key(path.read_bytes())
    except OSError as e:
        raise SettingsError(f"{where}: {path} cannot be read ({e.strerror})") from None
    except ValueError:
        raise SettingsError(f"{where}: {path} is no public key in PEM") from None
    except UnsupportedAlgorithm:
        raise SettingsError(f"{where}: {path} is no Ed25519 key") from None
    if not isinstance(key, Ed25519PublicKey):
        raise SettingsError(f"{where}: {path} is no Ed25519 key")
    return key.public_bytes_raw()
