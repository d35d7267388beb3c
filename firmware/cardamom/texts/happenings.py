"""A logged event as a sentence, and what to do about it."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from cardamom.texts.happenings_en import EN
from cardamom.texts.happenings_zh import ZH
from cardamom.values.merchant import Language

WORDS: Final = {Language.EN: EN, Language.ZH: ZH}


class _Said(dict[str, str]):
    """Fields that an entry has not are shown as a dash."""

    def __missing__(self, name: str) -> str:
        return "-"


def explained(event: str, fields: Mapping[str, str], language: Language) -> tuple[str, str]:
    """The sentence, and what to do: both empty for an event that is not listed."""
    sentence, what_to_do = WORDS[language].get(event, ("", ""))
    said = _Said({**fields, "why": fields.get("why", "").rstrip("."), **_exact(sentence, fields)})
    return sentence.format_map(said).strip(), what_to_do.format_map(said)


def _exact(sentence: str, fields: Mapping[str, str]) -> dict[str, str]:
    """A `why` that the sentence does not end by itself keeps its own full stop."""
    why = fields.get("why", "")
    return {"why": why} if sentence.endswith("{why}") else {}
