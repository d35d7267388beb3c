"""PIN blocks (ISO 9564-1)."""

from __future__ import annotations

import contextlib

from cardamom.engines.keys import aes, tdes
from cardamom.values.secret import Key, Pan, Pin, PinBlock


class PinBlockError(ValueError):
    """The block holds no PIN of this card; the text never holds either."""


def format_0(pin: Pin, pan: Pan, key: Key) -> PinBlock:
    """Format 0 (9.3.2): PIN field XOR account number field, enciphered under a TDES key: 8 bytes.

    Raises PinBlockError for a card number of fewer than 13 digits.
    """
    from psec import pinblock

    if len(pan.reveal()) < 13:
        raise PinBlockError("the card number is too short for a PIN block")
    clear = pinblock.encode_pinblock_iso_0(pin.reveal().decode(), pan.reveal())
    return PinBlock(tdes.encrypt(key, clear))


def read_format_0(block: PinBlock, pan: Pan, key: Key) -> Pin:
    """The PIN: what an issuer's HSM does. Raises PinBlockError."""
    from psec import pinblock

    pin = None
    with contextlib.suppress(ValueError):  # its text could hold digits: it goes no further
        clear = tdes.decrypt(key, block.reveal())
        pin = Pin(pinblock.decode_pinblock_iso_0(clear, pan.reveal()).encode())
    if pin is None:
        raise PinBlockError("the PIN block cannot be read")
    return pin


def format_4(pin: Pin, pan: Pan, key: Key, fill: bytes | None = None) -> PinBlock:
    """Format 4 (ISO 9564-1:2017, 9.4.2): PIN field enciphered under an AES key, account number
    field added, enciphered again: 16 bytes.

    `fill`: the 8 random bytes, where a test needs its own; else psec draws them.
    """
    from psec import pinblock

    pin_field: bytes = pinblock.encode_pin_field_iso_4(pin.reveal().decode())
    if fill is not None:
        pin_field = pin_field[:8] + fill
    inner = aes.encrypt(key, pin_field)
    return PinBlock(aes.encrypt(key, _add(inner, pan)))


def read_format_4(block: PinBlock, pan: Pan, key: Key) -> Pin:
    """The PIN: what an issuer's HSM does. Raises PinBlockError."""
    from psec import pinblock

    pin = None
    with contextlib.suppress(ValueError):  # its text could hold digits: it goes no further
        inner = _add(aes.decrypt(key, block.reveal()), pan)
        pin = Pin(pinblock.decode_pin_field_iso_4(aes.decrypt(key, inner)).encode())
    if pin is None:
        raise PinBlockError("the PIN block cannot be read")
    return pin


def _add(block: bytes, pan: Pan) -> bytes:
    """XOR with the account number field (9.4.2.3). Raises ValueError for another length."""
    from psec import pinblock

    field: bytes = pinblock.encode_pan_field_iso_4(pan.reveal())
    return bytes(a ^ b for a, b in zip(block, field, strict=True))
