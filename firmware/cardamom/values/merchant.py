"""Who sells: what headers of slips and the idle screen say."""

from __future__ import annotations

from enum import StrEnum

import msgspec


class Language(StrEnum):
    ZH = "zh"
    EN = "en"


class Merchant(msgspec.Struct, frozen=True, kw_only=True):
    """`name` by language; `acquirer` as slips name it."""

    name_zh: str
    name_en: str
    acquirer_zh: str
    acquirer_en: str
    language: Language
    merchant_id: str = ""
    terminal_id: str = ""
    """As reports head them; a slip says its transaction's own."""
    mode: str = "demo"
    """demo, training or production: whether DEMO marks appear."""
    receipt_url: str = ""
    """Where a customer finds the e-receipt, with `{terminal}`, `{batch}`, `{stan}` and `{rrn}` in
    it; the customer's slip carries it as a QR code. Empty: no code."""

    def name(self, language: Language) -> str:
        return self.name_zh if language is Language.ZH else self.name_en

    def acquirer(self, language: Language) -> str:
        return self.acquirer_zh if language is Language.ZH else self.acquirer_en
