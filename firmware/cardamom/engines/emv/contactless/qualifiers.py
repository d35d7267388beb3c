"""Bits of the contactless kernels: TTQ, CTQ, and what Kernel 2 adds to AIP and TVR."""

from __future__ import annotations

from enum import IntFlag

from cardamom.engines.emv.bits import bit_value


class Ttq(IntFlag):
    """Terminal Transaction Qualifiers, tag 9F66, as a 32-bit number (Book A, 5.7; C-3, A.2)."""

    MAG_STRIPE = bit_value(1, 8, 4)
    EMV_MODE = bit_value(1, 6, 4)
    """qVSDC; qUICS."""
    CONTACT_CHIP = bit_value(1, 5, 4)
    OFFLINE_ONLY = bit_value(1, 4, 4)
    ONLINE_PIN = bit_value(1, 3, 4)
    SIGNATURE = bit_value(1, 2, 4)
    ODA_FOR_ONLINE = bit_value(1, 1, 4)
    ONLINE_REQUIRED = bit_value(2, 8, 4)
    """An online cryptogram is required: set by pre-processing alone."""
    CVM_REQUIRED = bit_value(2, 7, 4)
    """Set by pre-processing alone."""
    CONTACT_OFFLINE_PIN = bit_value(2, 6, 4)
    ISSUER_UPDATE = bit_value(3, 8, 4)
    DEVICE_CVM = bit_value(3, 7, 4)
    FDDA_1 = bit_value(4, 8, 4)
    """Kernel 7: fDDA version 01 (JR/T 0025.12)."""


class Ctq(IntFlag):
    """Card Transaction Qualifiers, tag 9F6C, as a 16-bit number (C-3, A.2)."""

    ONLINE_PIN = bit_value(1, 8, 2)
    SIGNATURE = bit_value(1, 7, 2)
    ONLINE_IF_ODA_FAILS = bit_value(1, 6, 2)
    SWITCH_IF_ODA_FAILS = bit_value(1, 5, 2)
    ONLINE_IF_EXPIRED = bit_value(1, 4, 2)
    SWITCH_FOR_CASH = bit_value(1, 3, 2)
    SWITCH_FOR_CASHBACK = bit_value(1, 2, 2)
    DEVICE_CVM_DONE = bit_value(2, 8, 2)
    ISSUER_UPDATE = bit_value(2, 7, 2)


class Aip2(IntFlag):
    """What the AIP has beside Book 3's (C-2, A.1)."""

    ON_DEVICE_CVM = bit_value(1, 2, 2)
    EMV_MODE = bit_value(2, 8, 2)
    RELAY_RESISTANCE = bit_value(2, 1, 2)


class Relay(IntFlag):
    """Byte 5 of the TVR for the relay resistance protocol (C-2, A.1)."""

    THRESHOLD_EXCEEDED = bit_value(5, 4, 5)
    TIME_LIMITS_EXCEEDED = bit_value(5, 3, 5)
    PERFORMED = bit_value(5, 2, 5)
    NOT_PERFORMED = bit_value(5, 1, 5)
