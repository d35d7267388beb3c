"""PIN blocks (ISO 9564-1)."""

from __future__ import annotations

import contextlib

from cardamom.engines.keys.tdes import decrypt, encrypt
from cardamom.values.secret import Key, Pan, Pin, PinBlock


class PinBlockError(ValueError):
    """The block holds no PIN of this card; the text never holds either."""


def format_0(pin: Pin, pan: Pan, key: Key) -> PinBlock:
    """Format 0 (9.3.2): PIN field XOR account number field, enciphered under a TDES key.

    Raises PinBlockError for a card number of fewer than 13 digits.
    """
    from psec import pinblock

    if len(pan.reveal()) < 13:
        raise PinBlockError("the card number is too short for a PIN block")
    clear = pinblock.encode_pinblock_iso_0(pin.reveal().decode(), pan.reveal())
    return PinBlock(encrypt(key, clear))


def read_format_0(block: PinBlock, pan: Pan, key: Key) -> Pin:
    """The PIN: what an issuer's HSM does. Raises PinBlockError."""
    from psec import pinblock

    pin = None
    with contextlib.suppress(ValueError):  # its text could hold digits: it goes no further
        clear = decrypt(key, block.reveal())
        pin = Pin(pinblock.decode_pinblock_iso_0(clear, pan.reveal()).encode())
    if pin is None:
        raise PinBlockError("the PIN block cannot be read")
    return pin
