"""The data dictionary (EMV 4.4 Book 3, Annex A) as a table: every data object of a contact
transaction but those of XDA and biometrics, which this kernel does not have."""

from __future__ import annotations

import re
from dataclasses import dataclass
from enum import Enum
from typing import Final


class Source(Enum):
    """Who gives the value. A card can never speak for the terminal, nor the issuer for the card."""

    CARD = "card"
    TERMINAL = "terminal"
    ISSUER = "issuer"


class Format(Enum):
    """Book 3, 4.3. It decides how a value is padded and cut in a DOL (5.4)."""

    A = "a"
    AN = "an"
    ANS = "ans"
    B = "b"
    CN = "cn"
    N = "n"
    VAR = "var"


@dataclass(frozen=True, slots=True)
class DataObject:
    """One row: lengths in bytes; `template` is the tag it comes in, None for a primitive of the
    terminal or of a command."""

    tag: int
    name: str
    format: Format
    least: int
    most: int
    source: Source
    template: int | None = None

    def fits(self, value: bytes) -> bool:
        return self.least <= len(value) <= self.most

    # Book 3, 4.3 and 7.5
    def well_formed(self, value: bytes) -> bool:
        """The format holds, and a date is one. Binary data always hold."""
        text = _FORMS.get(self.format)
        if text is not None:
            return text.fullmatch(value) is not None
        digits = value.hex()
        if self.format is Format.CN:
            return digits.rstrip("f").isdecimal() or not digits.rstrip("f")
        if self.format is Format.N and not digits.isdecimal():
            return False
        return self.tag not in DATES or (
            1 <= int(digits[2:4]) <= 12 and 1 <= int(digits[4:6]) <= 31
        )


_FORMS: Final = {
    Format.A: re.compile(rb"[A-Za-z]*"),
    Format.AN: re.compile(rb"[A-Za-z0-9]*"),
    Format.ANS: re.compile(rb"[ -~\xa0-\xff]*"),
}
DATES: Final = (0x5F24, 0x5F25)
"""YYMMDD from the card."""

_C, _T, _I = Source.CARD, Source.TERMINAL, Source.ISSUER
_F = Format
_RECORD, _FCI, _REPLY = 0x70, 0xA5, 0x77

DICTIONARY: Final[dict[int, DataObject]] = {
    row.tag: row
    for row in (
        DataObject(0x42, "Issuer Identification Number", _F.N, 3, 3, _C, 0xBF0C),
        DataObject(0x4F, "Application Dedicated File Name", _F.B, 5, 16, _C, 0x61),
        DataObject(0x50, "Application Label", _F.ANS, 1, 16, _C, _FCI),
        DataObject(0x57, "Track 2 Equivalent Data", _F.B, 0, 19, _C, _RECORD),
        DataObject(0x5A, "Application PAN", _F.CN, 0, 10, _C, _RECORD),
        DataObject(0x5F20, "Cardholder Name", _F.ANS, 2, 26, _C, _RECORD),
        DataObject(0x5F24, "Application Expiration Date", _F.N, 3, 3, _C, _RECORD),
        DataObject(0x5F25, "Application Effective Date", _F.N, 3, 3, _C, _RECORD),
        DataObject(0x5F28, "Issuer Country Code", _F.N, 2, 2, _C, _RECORD),
        DataObject(0x5F2A, "Transaction Currency Code", _F.N, 2, 2, _T),
        DataObject(0x5F2D, "Language Preference", _F.AN, 2, 8, _C, _FCI),
        DataObject(0x5F30, "Service Code", _F.N, 2, 2, _C, _RECORD),
        DataObject(0x5F34, "Application PAN Sequence Number", _F.N, 1, 1, _C, _RECORD),
        DataObject(0x5F36, "Transaction Currency Exponent", _F.N, 1, 1, _T),
        DataObject(0x5F50, "Issuer URL", _F.ANS, 0, 99, _C, 0xBF0C),
        DataObject(0x5F53, "International Bank Account Number (IBAN)", _F.VAR, 0, 34, _C, 0xBF0C),
        DataObject(0x5F54, "Bank Identifier Code (BIC)", _F.VAR, 8, 11, _C, 0xBF0C),
        DataObject(0x5F55, "Issuer Country Code (alpha2)", _F.A, 2, 2, _C, 0xBF0C),
        DataObject(0x5F56, "Issuer Country Code (alpha3)", _F.A, 3, 3, _C, 0xBF0C),
        DataObject(0x5F57, "Account Type", _F.N, 1, 1, _T),
        DataObject(0x71, "Issuer Script Template 1", _F.B, 0, 255, _I),
        DataObject(0x72, "Issuer Script Template 2", _F.B, 0, 255, _I),
        DataObject(0x81, "Amount, Authorised (Binary)", _F.B, 4, 4, _T),
        DataObject(0x82, "Application Interchange Profile", _F.B, 2, 2, _C, _REPLY),
        DataObject(0x84, "Dedicated File Name", _F.B, 5, 16, _C, 0x6F),
        DataObject(0x87, "Application Priority Indicator", _F.B, 1, 1, _C, _FCI),
        DataObject(0x88, "Short File Identifier", _F.B, 1, 1, _C, _FCI),
        DataObject(0x86, "Issuer Script Command", _F.B, 0, 261, _I),
        DataObject(0x89, "Authorisation Code", _F.AN, 6, 6, _I),
        DataObject(0x8A, "Authorisation Response Code", _F.AN, 2, 2, _T),
        DataObject(0x8C, "CDOL1", _F.B, 0, 252, _C, _RECORD),
        DataObject(0x8D, "CDOL2", _F.B, 0, 252, _C, _RECORD),
        DataObject(0x8E, "CVM List", _F.B, 0, 252, _C, _RECORD),
        DataObject(0x8F, "CA Public Key Index (ICC)", _F.B, 1, 1, _C, _RECORD),
        DataObject(0x90, "Issuer Public Key Certificate", _F.B, 0, 248, _C, _RECORD),
        DataObject(0x91, "Issuer Authentication Data", _F.B, 8, 16, _I),
        DataObject(0x92, "Issuer Public Key Remainder", _F.B, 0, 248, _C, _RECORD),
        DataObject(0x93, "Signed Static Application Data", _F.B, 0, 248, _C, _RECORD),
        DataObject(0x94, "Application File Locator", _F.VAR, 0, 252, _C, _REPLY),
        DataObject(0x95, "Terminal Verification Results", _F.B, 5, 5, _T),
        DataObject(0x97, "TDOL", _F.B, 0, 252, _C, _RECORD),
        DataObject(0x98, "TC Hash Value", _F.B, 20, 20, _T),
        DataObject(0x99, "Transaction PIN Data", _F.B, 0, 99, _T),
        DataObject(0x9A, "Transaction Date", _F.N, 3, 3, _T),
        DataObject(0x9B, "Transaction Status Information", _F.B, 2, 2, _T),
        DataObject(0x9C, "Transaction Type", _F.N, 1, 1, _T),
        DataObject(0x9D, "Directory Definition File Name", _F.B, 5, 16, _C, 0x61),
        DataObject(0x9F01, "Acquirer Identifier", _F.N, 6, 6, _T),
        DataObject(0x9F02, "Amount, Authorised (Numeric)", _F.N, 6, 6, _T),
        DataObject(0x9F03, "Amount, Other (Numeric)", _F.N, 6, 6, _T),
        DataObject(0x9F04, "Amount, Other (Binary)", _F.B, 4, 4, _T),
        DataObject(0x9F05, "Application Discretionary Data", _F.B, 1, 32, _C, _RECORD),
        DataObject(0x9F06, "Application Identifier (terminal)", _F.B, 5, 16, _T),
        DataObject(0x9F07, "Application Usage Control", _F.B, 2, 2, _C, _RECORD),
        DataObject(0x9F08, "Application Version Number (ICC)", _F.B, 2, 2, _C, _RECORD),
        DataObject(0x9F09, "Application Version Number (terminal)", _F.B, 2, 2, _T),
        DataObject(
            0x9F0A, "Application Selection Registered Proprietary Data", _F.B, 0, 99, _C, 0x73
        ),
        DataObject(0x9F0B, "Cardholder Name Extended", _F.ANS, 27, 45, _C, _RECORD),
        DataObject(0x9F0C, "Issuer Identification Number Extended", _F.N, 3, 4, _C, 0xBF0C),
        DataObject(0x9F0D, "Issuer Action Code - Default", _F.B, 5, 5, _C, _RECORD),
        DataObject(0x9F0E, "Issuer Action Code - Denial", _F.B, 5, 5, _C, _RECORD),
        DataObject(0x9F0F, "Issuer Action Code - Online", _F.B, 5, 5, _C, _RECORD),
        DataObject(0x9F10, "Issuer Application Data", _F.B, 0, 32, _C, _REPLY),
        DataObject(0x9F11, "Issuer Code Table Index", _F.N, 1, 1, _C, _FCI),
        DataObject(0x9F12, "Application Preferred Name", _F.ANS, 1, 16, _C, _FCI),
        DataObject(0x9F13, "Last Online ATC Register", _F.B, 2, 2, _C),
        DataObject(0x9F14, "Lower Consecutive Offline Limit", _F.B, 1, 1, _C, _RECORD),
        DataObject(0x9F15, "Merchant Category Code", _F.N, 2, 2, _T),
        DataObject(0x9F16, "Merchant Identifier", _F.ANS, 15, 15, _T),
        DataObject(0x9F17, "PIN Try Counter", _F.B, 1, 1, _C),
        DataObject(0x9F18, "Issuer Script Identifier", _F.B, 4, 4, _I),
        DataObject(0x9F19, "Token Requestor ID", _F.N, 6, 6, _C, _RECORD),
        DataObject(0x9F1A, "Terminal Country Code", _F.N, 2, 2, _T),
        DataObject(0x9F1B, "Terminal Floor Limit", _F.B, 4, 4, _T),
        DataObject(0x9F1C, "Terminal Identification", _F.AN, 8, 8, _T),
        DataObject(0x9F1D, "Terminal Risk Management Data", _F.B, 1, 8, _T),
        DataObject(0x9F1E, "Interface Device Serial Number", _F.AN, 8, 8, _T),
        DataObject(0x9F1F, "Track 1 Discretionary Data", _F.ANS, 0, 99, _C, _RECORD),
        DataObject(0x9F20, "Track 2 Discretionary Data", _F.CN, 0, 99, _C, _RECORD),
        DataObject(0x9F21, "Transaction Time", _F.N, 3, 3, _T),
        DataObject(0x9F22, "CA Public Key Index (terminal)", _F.B, 1, 1, _T),
        DataObject(0x9F23, "Upper Consecutive Offline Limit", _F.B, 1, 1, _C, _RECORD),
        DataObject(0x9F24, "Payment Account Reference (PAR)", _F.AN, 29, 29, _C, _RECORD),
        DataObject(0x9F25, "Last 4 Digits of PAN", _F.N, 2, 2, _C, _RECORD),
        DataObject(0x9F26, "Application Cryptogram", _F.B, 8, 8, _C, _REPLY),
        DataObject(0x9F27, "Cryptogram Information Data", _F.B, 1, 1, _C, _REPLY),
        DataObject(
            0x9F2D, "ICC PIN Encipherment Public Key Certificate", _F.B, 0, 248, _C, _RECORD
        ),
        DataObject(0x9F2E, "ICC PIN Encipherment Public Key Exponent", _F.B, 1, 3, _C, _RECORD),
        DataObject(0x9F2F, "ICC PIN Encipherment Public Key Remainder", _F.B, 0, 248, _C, _RECORD),
        DataObject(0x9F32, "Issuer Public Key Exponent", _F.B, 1, 3, _C, _RECORD),
        DataObject(0x9F33, "Terminal Capabilities", _F.B, 3, 3, _T),
        DataObject(0x9F34, "CVM Results", _F.B, 3, 3, _T),
        DataObject(0x9F35, "Terminal Type", _F.N, 1, 1, _T),
        DataObject(0x9F36, "Application Transaction Counter", _F.B, 2, 2, _C, _REPLY),
        DataObject(0x9F37, "Unpredictable Number", _F.B, 4, 4, _T),
        DataObject(0x9F38, "PDOL", _F.B, 0, 252, _C, _FCI),
        DataObject(0x9F39, "POS Entry Mode", _F.N, 1, 1, _T),
        DataObject(0x9F3A, "Amount, Reference Currency", _F.B, 4, 4, _T),
        DataObject(0x9F3B, "Application Reference Currency", _F.N, 2, 8, _C, _RECORD),
        DataObject(0x9F3C, "Transaction Reference Currency Code", _F.N, 2, 2, _T),
        DataObject(0x9F3D, "Transaction Reference Currency Exponent", _F.N, 1, 1, _T),
        DataObject(0x9F40, "Additional Terminal Capabilities", _F.B, 5, 5, _T),
        DataObject(0x9F41, "Transaction Sequence Counter", _F.N, 2, 4, _T),
        DataObject(0x9F42, "Application Currency Code", _F.N, 2, 2, _C, _RECORD),
        DataObject(0x9F43, "Application Reference Currency Exponent", _F.N, 1, 4, _C, _RECORD),
        DataObject(0x9F44, "Application Currency Exponent", _F.N, 1, 1, _C, _RECORD),
        DataObject(0x9F45, "Data Authentication Code", _F.B, 2, 2, _C),
        DataObject(0x9F46, "ICC Public Key Certificate", _F.B, 0, 248, _C, _RECORD),
        DataObject(0x9F47, "ICC Public Key Exponent", _F.B, 1, 3, _C, _RECORD),
        DataObject(0x9F48, "ICC Public Key Remainder", _F.B, 0, 248, _C, _RECORD),
        DataObject(0x9F49, "DDOL", _F.B, 0, 252, _C, _RECORD),
        DataObject(0x9F4A, "SDA Tag List", _F.VAR, 0, 252, _C, _RECORD),
        DataObject(0x9F4B, "Signed Dynamic Application Data", _F.B, 0, 248, _C, _REPLY),
        DataObject(0x9F4C, "ICC Dynamic Number", _F.B, 2, 8, _C),
        DataObject(0x9F4D, "Log Entry", _F.B, 2, 2, _C, 0xBF0C),
        DataObject(0x9F4E, "Merchant Name and Location", _F.ANS, 0, 99, _T),
        DataObject(0x9F4F, "Log Format", _F.B, 0, 252, _C),
        DataObject(0x9F5B, "Issuer Script Results", _F.B, 0, 99, _T),
    )
}

TEMPLATES: Final[dict[int, str]] = {
    0x61: "Application Template",
    0x6F: "File Control Information (FCI) Template",
    0x70: "READ RECORD Response Message Template",
    0x71: "Issuer Script Template 1",
    0x72: "Issuer Script Template 2",
    0x73: "Directory Discretionary Template",
    0x77: "Response Message Template Format 2",
    0x80: "Response Message Template Format 1",
    0x83: "Command Template",
    0xA5: "File Control Information (FCI) Proprietary Template",
    0xBF0C: "File Control Information (FCI) Issuer Discretionary Data",
}

LETTERS: Final = frozenset({Format.A, Format.AN, Format.ANS})
"""Formats for people: a card that gets these wrong can still pay."""
FORGIVEN: Final = frozenset(
    {0x42, 0x87, 0x88, 0x9D, 0x9F0A, 0x9F0C, 0x9F11, 0x9F4D, 0x5F53, 0x5F54}
)
"""Objects of selection that no step of a payment needs: one out of form is left out."""
