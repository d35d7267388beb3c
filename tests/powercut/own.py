"""The merchant's own card at the counter whose power is cut: its tag, its account, its settings."""

from __future__ import annotations

from decimal import Decimal
from typing import TYPE_CHECKING, Final

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

from cardamom.simulator.pn532.tags import Type2Tag, type_2
from support.members import PUBLIC, UID, record

if TYPE_CHECKING:
    from powercut.house import House, Settings

OWN: Final = "own"
"""What a till's customer holds to the reader: see House.till."""
OPENING: Final = Decimal("200.00")
"""On the account, as the simulated issuer's file comes."""
KEY_FILE: Final = "club.pub"
SIGNS: Final = {"sale": 1, "void": -1}


def tag() -> Type2Tag:
    """A card of that account."""
    return type_2(UID, record())


def public_key() -> bytes:
    """What KEY_FILE holds."""
    key = Ed25519PublicKey.from_public_bytes(PUBLIC)
    return key.public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo)


def settings(device: str) -> Settings:
    """Of a terminal whose PN532 is at that device."""
    return (
        ("contactless", f'device = "{device}"'),
        ("contactless", 'driver = "pn532"'),
        ("closed_loop", f'keys = ["{KEY_FILE}"]'),
    )


def account_agrees(house: House) -> list[str]:
    """What the issuer says is left is what the terminal's approved payments leave."""
    said = house.till(OWN, op="sale", amount="1.00", reference="left")["transaction"]
    house.idle()
    told = house.till(op="transactions", limit=1000)["transactions"]
    stand = [r for r in told if (r["tender"], r["outcome"]) == ("closed_loop", "approved")]
    left = OPENING - sum(SIGNS[r["kind"]] * Decimal(r["amount"]) for r in stand)
    if said["outcome"] != "approved" or Decimal(said["balance"]) != left:
        return [f"on the account {left} should be left: {said['outcome']}, {said['balance']}"]
    return []
