"""Files that a power cut leaves whole, and one that is to be unreadable afterwards."""

from __future__ import annotations

import contextlib
import os
from pathlib import Path

from cardamom.faults import Fault


class FileFault(Fault):
    """A file cannot be written or erased."""


def write_whole(path: Path, data: bytes, mode: int = 0o600, owner: Path | None = None) -> None:
    """The old content or the new, whatever happens. `owner`: belongs to whom this folder belongs.

    Raises FileFault.
    """
    beside = path.with_name(f"{path.name}.new")
    try:
        with contextlib.suppress(FileNotFoundError):
            beside.unlink()
        fd = os.open(beside, os.O_WRONLY | os.O_CREAT | os.O_EXCL, mode)
        with os.fdopen(fd, "wb") as file:
            os.fchmod(file.fileno(), mode)
            if owner is not None and os.geteuid() == 0:
                whose = owner.stat()
                os.fchown(file.fileno(), whose.st_uid, whose.st_gid)
            file.write(data)
            file.flush()
            os.fsync(file.fileno())
        beside.replace(path)
        sync_folder(path.parent)
    except OSError as e:
        with contextlib.suppress(OSError):  # half a file helps nobody, and may hold a secret
            beside.unlink()
        raise FileFault(f"{path} cannot be written: {e.strerror}") from None


def erase(path: Path) -> None:
    """Overwrites, cuts to nothing, unlinks, each on the medium before the next.

    FAT writes the same clusters again, so nothing that reads the file system finds it any more. The
    card's own controller may keep the old flash page until it needs it: only a card that is
    destroyed is surely empty. Raises FileFault.
    """
    try:
        with path.open("r+b") as file:
            size = os.fstat(file.fileno()).st_size
            for filling in (b"\xff", b"\0"):
                file.seek(0)
                file.write(filling * size)
                file.flush()
                os.fsync(file.fileno())
            file.truncate(0)
            os.fsync(file.fileno())
        path.unlink()
        sync_folder(path.parent)
    except FileNotFoundError:
        return
    except OSError as e:
        raise FileFault(f"{path} cannot be erased: {e.strerror}") from None


def sync_folder(folder: Path) -> None:
    """Else a power cut may bring an old name back."""
    fd = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(fd)
    finally:
        os.close(fd)
