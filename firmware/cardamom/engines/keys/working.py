"""Working keys: what a message is protected with, wherever they came from."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from enum import StrEnum
from typing import Final

from cardamom.engines.keys.cipher import Cipher
from cardamom.engines.keys.mac import cmac_aes, cmac_tdes, retail_mac, unionpay_mac
from cardamom.engines.keys.pin_block import format_0, format_4, read_format_0, read_format_4
from cardamom.values.secret import Key, Pan, Pin, PinBlock

MAC_BYTES: Final = 8
"""A MAC in field 64 or 128 (ISO 8583): a longer one is cut to its first bytes."""


class Scheme(StrEnum):
    """Where keys come from and what is done with them."""

    X9_19 = "x9.19"
    """Session keys, TDES: retail MAC, PIN block format 0."""
    UNIONPAY = "unionpay"
    """Session keys, TDES: UnionPay's ECB MAC, PIN block format 0."""
    CMAC = "cmac"
    """Session keys, AES: CMAC, PIN block format 4."""
    DUKPT_TDES = "dukpt-tdes"
    """ANSI X9.24-1: retail MAC, PIN block format 0."""
    DUKPT_AES = "dukpt-aes"
    """ANSI X9.24-3: CMAC, PIN block format 4."""
    DUKPT_AES_TDES = "dukpt-aes-tdes"
    """ANSI X9.24-3 with working keys for TDES: CMAC, PIN block format 0."""

    @property
    def cipher(self) -> Cipher:
        """What the working keys are for."""
        return Cipher.AES if self in (Scheme.CMAC, Scheme.DUKPT_AES) else Cipher.TDES

    @property
    def dukpt(self) -> bool:
        """Each transaction has keys of its own, named by a key serial number."""
        return self in (Scheme.DUKPT_TDES, Scheme.DUKPT_AES, Scheme.DUKPT_AES_TDES)


_MACS: Final[dict[Scheme, Callable[[Key, bytes], bytes]]] = {
    Scheme.X9_19: retail_mac,
    Scheme.UNIONPAY: unionpay_mac,
    Scheme.CMAC: cmac_aes,
    Scheme.DUKPT_TDES: retail_mac,
    Scheme.DUKPT_AES: cmac_aes,
    Scheme.DUKPT_AES_TDES: cmac_tdes,
}


class NoKeyError(ValueError):
    """The host gave no key for this use."""


@dataclass(frozen=True, slots=True)
class WorkingKeys:
    """Keys by use, as the terminal names them; None where there is none."""

    scheme: Scheme
    pin: Key | None = None
    request: Key | None = None
    """MACs of what the terminal sends."""
    answer: Key | None = None
    """MACs of what the host sends."""
    data: Key | None = None
    """Data that the terminal enciphers."""
    answer_data: Key | None = None
    """Data that the host enciphers."""

    def pin_block(self, pin: Pin, pan: Pan) -> PinBlock:
        """8 bytes (format 0) or 16 (format 4). Raises NoKeyError, PinBlockError."""
        write = format_4 if self.scheme.cipher is Cipher.AES else format_0
        return write(pin, pan, _there(self.pin, "PIN key"))

    def read_pin(self, block: PinBlock, pan: Pan) -> Pin:
        """What the host does with it. Raises NoKeyError, PinBlockError."""
        read = read_format_4 if self.scheme.cipher is Cipher.AES else read_format_0
        return read(block, pan, _there(self.pin, "PIN key"))

    def mac(self, data: bytes) -> bytes:
        """Of a request: 8 bytes. Raises NoKeyError."""
        return _MACS[self.scheme](_there(self.request, "MAC key"), data)[:MAC_BYTES]

    def answer_mac(self, data: bytes) -> bytes:
        """Of an answer: 8 bytes. Raises NoKeyError."""
        return _MACS[self.scheme](_there(self.answer, "MAC key"), data)[:MAC_BYTES]


def _there(key: Key | None, name: str) -> Key:
    if key is None:
        raise NoKeyError(f"the host gave no {name}")
    return key
