"""Key blocks (ASC X9 TR-31:2018, ANSI X9.143:2021): keys that travel under another key, bound to
their use."""

from __future__ import annotations

import string
import warnings
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any, Final

from cardamom.engines.keys.check import Method, holds
from cardamom.engines.keys.cipher import Cipher, in_disguise
from cardamom.values.secret import Key

PIN_KEY: Final = "P0"
CBC_MAC_KEY: Final = "M1"
"""ISO/IEC 9797-1 algorithm 1."""
MAC_KEY: Final = "M3"
"""ISO/IEC 9797-1 algorithm 3: the retail MAC."""
CMAC_KEY: Final = "M6"
"""ISO/IEC 9797-1:2011 algorithm 5."""
DERIVATION_KEY: Final = "B0"
"""A base derivation key: on the host's side alone."""
INITIAL_KEY: Final = "B1"
WRAPPING_KEY: Final = "K0"
PROTECTION_KEY: Final = "K1"
"""Of key blocks."""


@dataclass(frozen=True, slots=True)
class _Use:
    """What a key of this usage may be; the first mode is the one that is written."""

    words: str
    modes: str
    ciphers: tuple[Cipher, ...] = (Cipher.TDES, Cipher.AES)


USES: Final[Mapping[str, _Use]] = {
    PIN_KEY: _Use("PIN encryption", "EBN"),
    CBC_MAC_KEY: _Use("MAC, ISO 9797-1 algorithm 1", "CN", (Cipher.TDES,)),
    MAC_KEY: _Use("MAC, ISO 9797-1 algorithm 3", "CN", (Cipher.TDES,)),
    CMAC_KEY: _Use("CMAC", "CN"),
    DERIVATION_KEY: _Use("base derivation", "XN"),
    INITIAL_KEY: _Use("DUKPT initial key", "XN"),
    WRAPPING_KEY: _Use("key wrapping", "DBN"),
    PROTECTION_KEY: _Use("key block protection", "DBN"),
}
"""X9.143, tables of usage and mode, as far as a terminal can do something with them."""

_PROTECTORS: Final[Mapping[str, Cipher]] = {
    "B": Cipher.TDES,
    "C": Cipher.TDES,
    "D": Cipher.AES,
}
_EXPORTABILITY: Final = "ENS"
_CHECKS: Final[Mapping[str, Method]] = {"00": Method.ZEROS, "01": Method.CMAC}
"""Of optional block KC."""
_TDES_SERIAL: Final = 20
_AES_IDENTIFIER: Final = 16


class KeyBlockError(ValueError):
    """The key block does not hold; the text never holds the key."""


@dataclass(frozen=True, slots=True)
class KeyBlock:
    """A key and what its header says of it."""

    version: str
    usage: str
    cipher: Cipher
    mode: str
    exportability: str
    key: Key
    serial: bytes | None = None
    """The key serial number of a DUKPT key, 10 bytes (TDES) or 12 (AES); None where none is
    given."""


def wrap(
    protector: Key,
    key: Key,
    usage: str,
    cipher: Cipher = Cipher.TDES,
    *,
    version: str = "",
    serial: bytes = b"",
) -> str:
    """A block for transport, not exportable further.

    `version`: B under a TDES key of 16 or 24 bytes, D under an AES key; else D for 32 bytes and B
    for fewer. `serial`: the key serial number that goes with a DUKPT key, 10 or 12 bytes. Raises
    KeyBlockError for what `read` would refuse.
    """
    from psec import tr31

    version = version or ("D" if len(protector.reveal()) == 32 else "B")
    if version not in ("B", "D"):
        raise KeyBlockError(f"key blocks of version {version} are not written: use B or D")
    use = _use(usage)
    _hold(usage, cipher, use.modes[0], key)
    _hold_protector(protector, version, cipher, key)
    header = tr31.Header(version, usage, cipher.value, use.modes[0], "00", "N")
    if serial and cipher is Cipher.TDES:
        header.blocks["KS"] = serial.hex().upper()
    elif serial:
        header.blocks["IK"] = serial[:8].hex().upper()
    with _two_key_tdes():
        block: str = tr31.wrap(protector.reveal(), header, key.reveal())
    return block


def read(protector: Key, block: str) -> KeyBlock:
    """The key of a block of version B, C or D, with its header. Raises KeyBlockError where it
    is damaged, or of a usage, algorithm, mode, length or strength that cannot be used."""
    from psec import tr31

    version = block[:1]
    if version not in _PROTECTORS:
        raise KeyBlockError("the key block is of no version that is read: expected B, C or D")
    header, raw = None, b""
    with _two_key_tdes():
        try:
            header, raw = tr31.unwrap(protector.reveal(), block)
        except (tr31.KeyBlockError, tr31.HeaderError, ValueError):
            header = None
    if header is None:
        raise KeyBlockError("the key block is damaged or under another key")
    key = Key(raw)
    try:
        cipher = Cipher(header.algorithm)
    except ValueError:
        raise KeyBlockError(
            f"the key is for algorithm {header.algorithm}: expected T or A"
        ) from None
    if header.exportability not in _EXPORTABILITY:
        raise KeyBlockError(f"the key block has an unknown exportability {header.exportability}")
    if header.version_num[:1] == "c":
        raise KeyBlockError("the key block holds a component, not a key")
    _hold(header.key_usage, cipher, header.mode_of_use, key)
    _hold_protector(protector, version, cipher, key)
    _hold_check(key, cipher, header.blocks.get("KC"))
    return KeyBlock(
        version,
        header.key_usage,
        cipher,
        header.mode_of_use,
        header.exportability,
        key,
        _serial(header, cipher),
    )


def unwrap(
    protector: Key, block: str, usage: str | tuple[str, ...], cipher: Cipher | None = None
) -> Key:
    """The key of a block that must be for `usage`, or one of them, and for `cipher` where it is
    given. Raises KeyBlockError."""
    found = read(protector, block)
    wanted = (usage,) if isinstance(usage, str) else usage
    if found.usage not in wanted:
        expected = " or ".join(wanted)
        raise KeyBlockError(f"the key block is for {found.usage}, expected {expected}")
    if cipher is not None and found.cipher is not cipher:
        raise KeyBlockError(f"the key is for {found.cipher.words}, expected {cipher.words}")
    return found.key


def initial_key(protector: Key, block: str) -> KeyBlock:
    """A DUKPT initial key with its key serial number. Raises KeyBlockError."""
    found = read(protector, block)
    if found.usage != INITIAL_KEY:
        raise KeyBlockError(f"the key block is for {found.usage}, expected {INITIAL_KEY}")
    if found.serial is None:
        wanted = "KS" if found.cipher is Cipher.TDES else "IK"
        raise KeyBlockError(f"the key block names no key serial number: optional block {wanted}")
    return found


def _use(usage: str) -> _Use:
    use = USES.get(usage)
    if use is None:
        raise KeyBlockError(
            f"the key block is for {usage}: a terminal uses {', '.join(USES)} alone"
        )
    return use


def _hold(usage: str, cipher: Cipher, mode: str, key: Key) -> None:
    """The header's words go together, and the key with them."""
    use, raw = _use(usage), key.reveal()
    if cipher not in use.ciphers:
        raise KeyBlockError(f"a key for {usage} ({use.words}) cannot be for {cipher.words}")
    if mode not in use.modes:
        allowed = " or ".join(use.modes)
        raise KeyBlockError(f"a key for {usage} ({use.words}) has mode {mode}, expected {allowed}")
    derives = usage in (DERIVATION_KEY, INITIAL_KEY)
    sizes = (16,) if cipher is Cipher.TDES and derives else cipher.sizes
    if len(raw) not in sizes:
        allowed = " or ".join(str(8 * size) for size in sizes)
        raise KeyBlockError(
            f"a {cipher.words} key for {usage} has {8 * len(raw)} bits, expected {allowed}"
        )
    if cipher is Cipher.TDES and in_disguise(key):
        raise KeyBlockError("two parts of the TDES key are alike: it is a weaker key in disguise")


def _hold_protector(protector: Key, version: str, cipher: Cipher, key: Key) -> None:
    """X9.24-1: what protects a key is as strong as it. The protector's length fits its version."""
    own, size = _PROTECTORS[version], len(protector.reveal())
    if size not in own.sizes:
        raise KeyBlockError(f"version {version} asks for a {own.words} key of another length")
    if cipher is Cipher.AES and own is Cipher.TDES:
        raise KeyBlockError("an AES key cannot travel under a TDES key")
    if cipher is own and len(key.reveal()) > size:
        raise KeyBlockError("the key is longer than the one it travels under")


def _hold_check(key: Key, cipher: Cipher, given: str | None) -> None:
    """Optional block KC: method (2 hex digits) and check value."""
    if given is None:
        return
    method = _CHECKS.get(given[:2])
    if method is None or not holds(key, cipher, given[2:], method):
        raise KeyBlockError("the check value in the key block is not the key's")


def _serial(header: Any, cipher: Cipher) -> bytes | None:
    """Optional block KS (key serial number) or IK (initial key ID) of a DUKPT key."""
    if header.key_usage not in (DERIVATION_KEY, INITIAL_KEY):
        return None
    name, width = ("KS", _TDES_SERIAL) if cipher is Cipher.TDES else ("IK", _AES_IDENTIFIER)
    digits = header.blocks.get(name)
    if digits is None:
        return None
    if len(digits) != width or not set(digits) <= set(string.hexdigits):
        raise KeyBlockError(f"optional block {name} of the key block is not {width} hex digits")
    serial = bytes.fromhex(digits)
    return serial if cipher is Cipher.TDES else serial + bytes(4)


@contextmanager
def _two_key_tdes() -> Iterator[None]:
    """psec hands 16-byte TDES keys on, which newer cryptography takes with a warning."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        yield
