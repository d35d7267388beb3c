"""A passcode's hash: scrypt (RFC 7914), as one line of text that a file can hold."""

from __future__ import annotations

import base64
import binascii
import hashlib
import hmac
import re
from typing import Final

from cardamom.values.secret import Passcode

TEST_PASSCODE: Final = Passcode(b"246810")
"""Published: serves a demo that names no other, and production refuses it."""
N: Final = 1 << 14
R: Final = 8
P: Final = 5
"""OWASP Password Storage Cheat Sheet's scrypt row for 16 MiB: what a board of 512 MB can spare. Six
digits fall to whoever holds the hash all the same: the file is read by the daemon alone."""
SALT: Final = 16
DIGEST: Final = 32
_LINE: Final = re.compile(
    r"scrypt\$n=([0-9]{1,8}),r=([0-9]{1,3}),p=([0-9]{1,3})\$([A-Za-z0-9+/=]+)\$([A-Za-z0-9+/=]+)"
)
_MOST_MEMORY: Final = 64 << 20


class HashError(ValueError):
    """The text is no hash of a passcode."""


def hash_passcode(passcode: Passcode, salt: bytes) -> str:
    """`scrypt$n=..,r=..,p=..$SALT$DIGEST`, both in base64. `salt`: SALT random bytes."""
    digest = _scrypt(passcode, salt, N, R, P)
    return f"scrypt$n={N},r={R},p={P}${_text(salt)}${_text(digest)}"


def check_hash(line: str) -> None:
    """Raises HashError where `matches` could not use the line."""
    _read(line)


def matches(passcode: Passcode, line: str) -> bool:
    """Whether the line is this passcode's hash. Takes a good part of a second. Raises HashError."""
    n, r, p, salt, digest = _read(line)
    return hmac.compare_digest(_scrypt(passcode, salt, n, r, p), digest)


def _read(line: str) -> tuple[int, int, int, bytes, bytes]:
    found = _LINE.fullmatch(line.strip())
    if found is None:
        raise HashError("not a line that `cardamom passcode` wrote")
    n, r, p = (int(number) for number in found.groups()[:3])
    try:
        salt, digest = (base64.b64decode(part, validate=True) for part in found.groups()[3:])
    except binascii.Error:
        raise HashError("salt or digest is no base64") from None
    power = n > 1 and n & (n - 1) == 0
    if not power or r < 1 or p < 1 or 128 * n * r * p > 8 * _MOST_MEMORY:
        raise HashError("its cost is none that this terminal computes")
    if len(salt) < SALT or len(digest) != DIGEST or 128 * n * r > _MOST_MEMORY // 2:
        raise HashError("its salt, digest or memory has another size")
    return n, r, p, salt, digest


def _scrypt(passcode: Passcode, salt: bytes, n: int, r: int, p: int) -> bytes:
    return hashlib.scrypt(
        passcode.reveal(), salt=salt, n=n, r=r, p=p, maxmem=_MOST_MEMORY, dklen=DIGEST
    )


def _text(data: bytes) -> str:
    return base64.b64encode(data).decode("ascii")
