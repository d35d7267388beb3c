"""Bits of the contactless kernels: TTQ, CTQ, and what Kernel 2 adds to AIP and TVR."""

from __future__ import annotations

from enum import IntFlag


def _bit(byte: int, bit: int, size: int) -> int:
    """The value of bit 8..1 of byte 1..size, as the books number them."""
    return 1 << (8 * (size - byte) + bit - 1)


class Ttq(IntFlag):
    """Terminal Transaction Qualifiers, tag 9F66, as a 32-bit number (Book A, 5.7; C-3, A.2)."""

    MAG_STRIPE = _bit(1, 8, 4)
    EMV_MODE = _bit(1, 6, 4)
    """qVSDC; qUICS."""
    CONTACT_CHIP = _bit(1, 5, 4)
    OFFLINE_ONLY = _bit(1, 4, 4)
    ONLINE_PIN = _bit(1, 3, 4)
    SIGNATURE = _bit(1, 2, 4)
    ODA_FOR_ONLINE = _bit(1, 1, 4)
    ONLINE_REQUIRED = _bit(2, 8, 4)
    """An online cryptogram is required: set by pre-processing alone."""
    CVM_REQUIRED = _bit(2, 7, 4)
    """Set by pre-processing alone."""
    CONTACT_OFFLINE_PIN = _bit(2, 6, 4)
    ISSUER_UPDATE = _bit(3, 8, 4)
    DEVICE_CVM = _bit(3, 7, 4)
    FDDA_1 = _bit(4, 8, 4)
    """Kernel 7: fDDA version 01 (JR/T 0025.12)."""


class Ctq(IntFlag):
    """Card Transaction Qualifiers, tag 9F6C, as a 16-bit number (C-3, A.2)."""

    ONLINE_PIN = _bit(1, 8, 2)
    SIGNATURE = _bit(1, 7, 2)
    ONLINE_IF_ODA_FAILS = _bit(1, 6, 2)
    SWITCH_IF_ODA_FAILS = _bit(1, 5, 2)
    ONLINE_IF_EXPIRED = _bit(1, 4, 2)
    SWITCH_FOR_CASH = _bit(1, 3, 2)
    SWITCH_FOR_CASHBACK = _bit(1, 2, 2)
    DEVICE_CVM_DONE = _bit(2, 8, 2)
    ISSUER_UPDATE = _bit(2, 7, 2)


class Aip2(IntFlag):
    """What the AIP has beside Book 3's (C-2, A.1)."""

    ON_DEVICE_CVM = _bit(1, 2, 2)
    EMV_MODE = _bit(2, 8, 2)
    RELAY_RESISTANCE = _bit(2, 1, 2)


class Relay(IntFlag):
    """Byte 5 of the TVR for the relay resistance protocol (C-2, A.1)."""

    THRESHOLD_EXCEEDED = _bit(5, 4, 5)
    TIME_LIMITS_EXCEEDED = _bit(5, 3, 5)
    PERFORMED = _bit(5, 2, 5)
    NOT_PERFORMED = _bit(5, 1, 5)
