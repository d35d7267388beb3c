"""A bundle's archive: searched for card data, packed, sealed.

The seal is age's (age-encryption.org/v1), by Debian's `age`: it authenticates what it encrypts,
takes support's SSH keys as well as its own, and needs no certificates, which OpenSSL's CMS does.
"""

from __future__ import annotations

import gzip
import io
import json
import subprocess
import tarfile
from collections.abc import Collection, Iterable
from datetime import datetime
from pathlib import Path
from typing import Final

from cardamom.engines.suspicion import suspicions
from cardamom.faults import Fault

LARGEST_PART: Final = 4_000_000
LARGEST: Final = 16_000_000
"""Bytes before they are packed."""
SEAL_S: Final = 60


def packed(
    parts: Iterable[tuple[str, str]], known: Collection[str], at: datetime
) -> tuple[bytes, dict[str, str]]:
    """The archive, and why a part is not in it. Of a part that is too long its end is kept."""
    buffer = io.BytesIO()
    left_out: dict[str, str] = {}
    room = LARGEST
    with (
        gzip.GzipFile(fileobj=buffer, mode="wb", mtime=0) as zipped,
        tarfile.open(fileobj=zipped, mode="w") as archive,
    ):
        for name, text in parts:
            content = text.encode("utf-8", "replace")[-min(LARGEST_PART, max(room, 0)) :]
            if found := suspicions(name + "\n" + text, known):
                left_out[name] = f"it looks as if it held {' and '.join(found)}"
            elif room <= 0:
                left_out[name] = f"the bundle has its {LARGEST // 1_000_000} MB"
            else:
                room -= len(content)
                _add(archive, name, content, at)
        _add(archive, "left-out.json", json.dumps(left_out, indent=2).encode(), at)
    return buffer.getvalue(), left_out


def _add(archive: tarfile.TarFile, name: str, content: bytes, at: datetime) -> None:
    info = tarfile.TarInfo(f"cardamom/{name}")
    info.size, info.mode, info.mtime = len(content), 0o600, int(at.timestamp())
    archive.addfile(info, io.BytesIO(content))


def sealed(content: bytes, recipients: Path) -> bytes:
    """For whoever has a key to one of them. Nothing touches the disk open. Raises Fault."""
    try:
        done = subprocess.run(  # noqa: S603 fixed words and a file that is there
            ["/usr/bin/age", "--encrypt", "--recipients-file", str(recipients)],
            input=content,
            capture_output=True,
            check=False,
            timeout=SEAL_S,
        )
    except FileNotFoundError:
        raise Fault("age, which seals bundles, is missing: apt-get install age") from None
    except subprocess.TimeoutExpired:
        raise Fault("the bundle could not be sealed in time") from None
    if done.returncode:
        why = done.stderr.decode(errors="replace").strip().splitlines()
        raise Fault(f"the bundle cannot be sealed for {recipients}: {why[0] if why else 'age'}")
    return done.stdout
