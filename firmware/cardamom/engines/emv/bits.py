"""Bit-coded data: TVR, TSI, AIP, usage control (Book 3, Annex C), capabilities (Book 4, A2)."""

from __future__ import annotations

from enum import IntFlag


def bit_value(byte: int, bit: int, size: int) -> int:
    """The value of bit 8..1 of byte 1..size, as the books number them."""
    return 1 << (8 * (size - byte) + bit - 1)


class Tvr(IntFlag):
    """Terminal Verification Results, tag 95, as a 40-bit number (Book 3, C5)."""

    ODA_NOT_PERFORMED = bit_value(1, 8, 5)
    SDA_FAILED = bit_value(1, 7, 5)
    ICC_DATA_MISSING = bit_value(1, 6, 5)
    ON_EXCEPTION_FILE = bit_value(1, 5, 5)
    DDA_FAILED = bit_value(1, 4, 5)
    CDA_FAILED = bit_value(1, 3, 5)
    SDA_SELECTED = bit_value(1, 2, 5)

    VERSIONS_DIFFER = bit_value(2, 8, 5)
    EXPIRED = bit_value(2, 7, 5)
    NOT_YET_EFFECTIVE = bit_value(2, 6, 5)
    SERVICE_NOT_ALLOWED = bit_value(2, 5, 5)
    NEW_CARD = bit_value(2, 4, 5)

    CARDHOLDER_NOT_VERIFIED = bit_value(3, 8, 5)
    UNRECOGNISED_CVM = bit_value(3, 7, 5)
    PIN_TRY_LIMIT_EXCEEDED = bit_value(3, 6, 5)
    PIN_PAD_NOT_WORKING = bit_value(3, 5, 5)
    PIN_NOT_ENTERED = bit_value(3, 4, 5)
    ONLINE_CVM_CAPTURED = bit_value(3, 3, 5)

    FLOOR_LIMIT_EXCEEDED = bit_value(4, 8, 5)
    LOWER_LIMIT_EXCEEDED = bit_value(4, 7, 5)
    UPPER_LIMIT_EXCEEDED = bit_value(4, 6, 5)
    RANDOMLY_SELECTED = bit_value(4, 5, 5)
    MERCHANT_FORCED_ONLINE = bit_value(4, 4, 5)
    BIOMETRIC_TYPE_NOT_SUPPORTED = bit_value(4, 2, 5)

    DEFAULT_TDOL_USED = bit_value(5, 8, 5)
    ISSUER_AUTHENTICATION_FAILED = bit_value(5, 7, 5)
    SCRIPT_FAILED_BEFORE = bit_value(5, 6, 5)
    SCRIPT_FAILED_AFTER = bit_value(5, 5, 5)


class Tsi(IntFlag):
    """Transaction Status Information, tag 9B, as a 16-bit number (Book 3, C6)."""

    ODA_PERFORMED = bit_value(1, 8, 2)
    CARDHOLDER_VERIFIED = bit_value(1, 7, 2)
    CARD_RISK_MANAGED = bit_value(1, 6, 2)
    ISSUER_AUTHENTICATED = bit_value(1, 5, 2)
    TERMINAL_RISK_MANAGED = bit_value(1, 4, 2)
    SCRIPTS_PROCESSED = bit_value(1, 3, 2)


class Aip(IntFlag):
    """Application Interchange Profile, tag 82 (Book 3, C1)."""

    SDA = bit_value(1, 7, 2)
    DDA = bit_value(1, 6, 2)
    CARDHOLDER_VERIFICATION = bit_value(1, 5, 2)
    TERMINAL_RISK_MANAGEMENT = bit_value(1, 4, 2)
    ISSUER_AUTHENTICATION = bit_value(1, 3, 2)
    CDA = bit_value(1, 1, 2)


class Capability(IntFlag):
    """Terminal Capabilities, tag 9F33, as a 24-bit number (Book 4, A2)."""

    STRIPE = bit_value(1, 7, 3)
    PLAINTEXT_PIN = bit_value(2, 8, 3)
    ONLINE_PIN = bit_value(2, 7, 3)
    SIGNATURE = bit_value(2, 6, 3)
    ENCIPHERED_PIN = bit_value(2, 5, 3)
    NO_CVM = bit_value(2, 4, 3)
    SDA = bit_value(3, 8, 3)
    DDA = bit_value(3, 7, 3)
    CDA = bit_value(3, 4, 3)


class Usage(IntFlag):
    """Application Usage Control, tag 9F07 (Book 3, C2)."""

    DOMESTIC_CASH = bit_value(1, 8, 2)
    INTERNATIONAL_CASH = bit_value(1, 7, 2)
    DOMESTIC_GOODS = bit_value(1, 6, 2)
    INTERNATIONAL_GOODS = bit_value(1, 5, 2)
    DOMESTIC_SERVICES = bit_value(1, 4, 2)
    INTERNATIONAL_SERVICES = bit_value(1, 3, 2)
    AT_ATMS = bit_value(1, 2, 2)
    AT_OTHER_TERMINALS = bit_value(1, 1, 2)
    DOMESTIC_CASHBACK = bit_value(2, 8, 2)
    INTERNATIONAL_CASHBACK = bit_value(2, 7, 2)
