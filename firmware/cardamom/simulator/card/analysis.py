"""Card action analysis (EMV 4.4 Book 3, 10.8): what cryptogram the card gives."""

from __future__ import annotations

from dataclasses import dataclass
from enum import IntEnum

from cardamom.simulator.card.profile import ApplicationProfile


class Cid(IntEnum):
    """Cryptogram type, bits 8 and 7 of the Cryptogram Information Data (Book 3, Table 14)."""

    AAC = 0x00
    TC = 0x40
    ARQC = 0x80


@dataclass(frozen=True, slots=True)
class Velocity:
    """Transactions since the last one online, this one among them, and the card's own limits."""

    offline: int
    lower: int | None
    upper: int | None

    @property
    def wants_online(self) -> bool:
        return self.lower is not None and self.offline > self.lower

    @property
    def refuses_offline(self) -> bool:
        return self.upper is not None and self.offline > self.upper


def first_decision(profile: ApplicationProfile, asked: Cid, velocity: Velocity) -> Cid:
    """Never more than was asked for."""
    if asked is Cid.AAC or profile.first == "decline":
        return Cid.AAC
    if asked is Cid.TC and profile.offline and not velocity.wants_online:
        return Cid.TC
    return Cid.ARQC


def second_decision(
    profile: ApplicationProfile,
    asked: Cid,
    velocity: Velocity,
    *,
    offline: bool,
    authenticated: bool | None,
) -> Cid:
    """`offline`: the response code says that the terminal could not go online. `authenticated` is
    None where no issuer authentication was tried."""
    if asked is not Cid.TC or profile.second == "decline" or authenticated is False:
        return Cid.AAC
    if offline:
        return Cid.TC if profile.offline and not velocity.refuses_offline else Cid.AAC
    if authenticated is None and profile.arpc == "required":
        return Cid.AAC
    return Cid.TC
