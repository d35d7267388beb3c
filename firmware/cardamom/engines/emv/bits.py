"""Bit-coded data: TVR, TSI, AIP, usage control (Book 3, Annex C), capabilities (Book 4, A2)."""

from __future__ import annotations

from enum import IntFlag


def _bit(byte: int, bit: int, size: int) -> int:
    """The value of bit 8..1 of byte 1..size, as the books number them."""
    return 1 << (8 * (size - byte) + bit - 1)


class Tvr(IntFlag):
    """Terminal Verification Results, tag 95, as a 40-bit number (Book 3, C5)."""

    ODA_NOT_PERFORMED = _bit(1, 8, 5)
    SDA_FAILED = _bit(1, 7, 5)
    ICC_DATA_MISSING = _bit(1, 6, 5)
    ON_EXCEPTION_FILE = _bit(1, 5, 5)
    DDA_FAILED = _bit(1, 4, 5)
    CDA_FAILED = _bit(1, 3, 5)
    SDA_SELECTED = _bit(1, 2, 5)

    VERSIONS_DIFFER = _bit(2, 8, 5)
    EXPIRED = _bit(2, 7, 5)
    NOT_YET_EFFECTIVE = _bit(2, 6, 5)
    SERVICE_NOT_ALLOWED = _bit(2, 5, 5)
    NEW_CARD = _bit(2, 4, 5)

    CARDHOLDER_NOT_VERIFIED = _bit(3, 8, 5)
    UNRECOGNISED_CVM = _bit(3, 7, 5)
    PIN_TRY_LIMIT_EXCEEDED = _bit(3, 6, 5)
    PIN_PAD_NOT_WORKING = _bit(3, 5, 5)
    PIN_NOT_ENTERED = _bit(3, 4, 5)
    ONLINE_CVM_CAPTURED = _bit(3, 3, 5)

    FLOOR_LIMIT_EXCEEDED = _bit(4, 8, 5)
    LOWER_LIMIT_EXCEEDED = _bit(4, 7, 5)
    UPPER_LIMIT_EXCEEDED = _bit(4, 6, 5)
    RANDOMLY_SELECTED = _bit(4, 5, 5)
    MERCHANT_FORCED_ONLINE = _bit(4, 4, 5)
    BIOMETRIC_TYPE_NOT_SUPPORTED = _bit(4, 2, 5)

    DEFAULT_TDOL_USED = _bit(5, 8, 5)
    ISSUER_AUTHENTICATION_FAILED = _bit(5, 7, 5)
    SCRIPT_FAILED_BEFORE = _bit(5, 6, 5)
    SCRIPT_FAILED_AFTER = _bit(5, 5, 5)


class Tsi(IntFlag):
    """Transaction Status Information, tag 9B, as a 16-bit number (Book 3, C6)."""

    ODA_PERFORMED = _bit(1, 8, 2)
    CARDHOLDER_VERIFIED = _bit(1, 7, 2)
    CARD_RISK_MANAGED = _bit(1, 6, 2)
    ISSUER_AUTHENTICATED = _bit(1, 5, 2)
    TERMINAL_RISK_MANAGED = _bit(1, 4, 2)
    SCRIPTS_PROCESSED = _bit(1, 3, 2)


class Aip(IntFlag):
    """Application Interchange Profile, tag 82 (Book 3, C1)."""

    SDA = _bit(1, 7, 2)
    DDA = _bit(1, 6, 2)
    CARDHOLDER_VERIFICATION = _bit(1, 5, 2)
    TERMINAL_RISK_MANAGEMENT = _bit(1, 4, 2)
    ISSUER_AUTHENTICATION = _bit(1, 3, 2)
    CDA = _bit(1, 1, 2)


class Capability(IntFlag):
    """Terminal Capabilities, tag 9F33, as a 24-bit number (Book 4, A2)."""

    STRIPE = _bit(1, 7, 3)
    PLAINTEXT_PIN = _bit(2, 8, 3)
    ONLINE_PIN = _bit(2, 7, 3)
    SIGNATURE = _bit(2, 6, 3)
    ENCIPHERED_PIN = _bit(2, 5, 3)
    NO_CVM = _bit(2, 4, 3)
    SDA = _bit(3, 8, 3)
    DDA = _bit(3, 7, 3)
    CDA = _bit(3, 4, 3)


class Usage(IntFlag):
    """Application Usage Control, tag 9F07 (Book 3, C2)."""

    DOMESTIC_CASH = _bit(1, 8, 2)
    INTERNATIONAL_CASH = _bit(1, 7, 2)
    DOMESTIC_GOODS = _bit(1, 6, 2)
    INTERNATIONAL_GOODS = _bit(1, 5, 2)
    DOMESTIC_SERVICES = _bit(1, 4, 2)
    INTERNATIONAL_SERVICES = _bit(1, 3, 2)
    AT_ATMS = _bit(1, 2, 2)
    AT_OTHER_TERMINALS = _bit(1, 1, 2)
    DOMESTIC_CASHBACK = _bit(2, 8, 2)
    INTERNATIONAL_CASHBACK = _bit(2, 7, 2)
