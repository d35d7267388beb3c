"""Screens about the merchant's own cards, beside a sale."""

from __future__ import annotations

from dataclasses import dataclass

from cardamom.values.events import Reason


@dataclass(frozen=True, slots=True)
class HoldMemberCard:
    """A member's card is waited for; `writing`: it will be written."""

    writing: bool = False


@dataclass(frozen=True, slots=True)
class MemberShown:
    """Whose card it is: `number` masked, `name` where the registry has one. `refused`: why it is
    nobody's, or not valid. `proved`: by a record that the merchant signed. `written`: just now."""

    number: str = ""
    name: str = ""
    refused: Reason | None = None
    proved: bool = True
    written: bool = False


MemberScreen = HoldMemberCard | MemberShown
