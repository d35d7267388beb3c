"""The terminal's EMV parameters (EMV 4.4 Book 4, 10; Book 3, Annex C for the risk parameters)."""

from __future__ import annotations

from dataclasses import dataclass, field


@dataclass(frozen=True, slots=True)
class AidRule:
    """One AID the terminal supports, with its parameters.

    `partial`: the Application Selection Indicator (Book 1, 12.3.1). Action codes are 5 bytes
    (Book 3, 10.7). Amounts are minor units. `ddol`/`tdol` are the default DOLs.
    """

    aid: bytes
    partial: bool = True
    version: bytes = b"\x00\x01"
    """Tag 9F09."""
    floor_limit: int = 0
    tac_denial: bytes = bytes(5)
    tac_online: bytes = b"\xff\xff\xff\xff\xff"
    tac_default: bytes = b"\xff\xff\xff\xff\xff"
    target_percent: int = 0
    max_target_percent: int = 0
    threshold: int = 0
    ddol: bytes = b"\x9f\x37\x04"
    tdol: bytes = b""


@dataclass(frozen=True, slots=True)
class CaKey:
    """A certification authority public key (Book 2, 11.2.2). `expires`: YYMMDD digits or empty."""

    rid: bytes
    index: int
    modulus: bytes = field(repr=False)
    exponent: int
    checksum: bytes = b""
    """SHA-1 over RID, index, modulus, exponent; checked when the rules are loaded."""
    expires: str = ""


@dataclass(frozen=True, slots=True)
class Revoked:
    """An issuer certificate that holds no more (Book 2, 11.3). `serial`: 3 bytes."""

    rid: bytes
    index: int
    serial: bytes


@dataclass(frozen=True, slots=True)
class Rules:
    """All of it. The defaults are an attended, online-only POS with every kind of PIN, signature
    and no CVM (Book 4, Annex A)."""

    aids: tuple[AidRule, ...]
    ca_keys: tuple[CaKey, ...]
    revoked: frozenset[Revoked] = frozenset()
    country: str = "156"
    """Tag 9F1A, ISO 3166-1 numeric."""
    terminal_type: int = 0x21
    """Tag 9F35: attended, online only, operated by a merchant (Book 4, A1)."""
    capabilities: bytes = b"\x20\xf8\xc8"
    """Tag 9F33 (Book 4, A2): chips with contacts, neither stripe nor keyed numbers; plaintext and
    enciphered offline PIN, online PIN, signature, no CVM; SDA, DDA and CDA."""
    additional_capabilities: bytes = b"\x60\x00\xb0\xa0\x01"
    """Tag 9F40 (Book 4, A3): goods and services; digits, command and function keys; the attendant's
    printer and display; code table 1."""
    terminal_id: str = ""
    """Tag 9F1C, 8 characters."""
    merchant_id: str = ""
    """Tag 9F16, 15 characters."""
    merchant_category: str = "5812"
    """Tag 9F15."""
    merchant_name: str = ""
    """Tag 9F4E."""
    interface_serial: str = "00000001"
    """Tag 9F1E, 8 characters."""
    acquirer_id: str = ""
    """Tag 9F01, digits."""
    pin_bypass: bool = False
    languages: tuple[str, ...] = ("zh", "en")
    offline_approval: bool = False
    """A TC at the first GENERATE AC may stand: needs store and forward."""
