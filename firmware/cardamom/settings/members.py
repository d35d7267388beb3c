"""Settings of the merchant's own cards."""

from __future__ import annotations

from typing import Annotated, Literal

import msgspec
from msgspec import Meta

from cardamom.settings.section import Section


class ClosedLoopSettings(Section, frozen=True):
    """The merchant's own cards: members, prepaid accounts. Needs a contactless reader."""

    keys: Annotated[
        list[str],
        Meta(
            max_length=8,
            description="files with the public keys that cards are signed by, as `cardamom member "
            "key` makes them; empty: no signed cards",
        ),
    ] = msgspec.field(default_factory=list)
    pays: Annotated[
        bool,
        Meta(
            description="false: they name members and pay nothing, all that they can where the "
            "message profile has no [closed_loop], as unionpay"
        ),
    ] = True
    prefixes: Annotated[
        list[Annotated[str, Meta(pattern=r"^[0-9]{4,12}$")]],
        Meta(
            min_length=1,
            description="what account numbers begin with; a card with another number is refused",
        ),
    ] = msgspec.field(default_factory=lambda: ["9990"])
    uid: Annotated[
        Literal["refuse", "members", "pay"],
        Meta(
            description="what a registered UID without a signed record may do; anybody can copy "
            "one. members: name a member; pay: pay as well"
        ),
    ] = "refuse"
    uid_limit: Annotated[
        str, Meta(max_length=20, description="the most that a UID alone pays, as 20.00")
    ] = "20.00"
