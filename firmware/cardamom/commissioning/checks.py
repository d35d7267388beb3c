"""Whether an answer will do: pure, each with the reason why not."""

from __future__ import annotations

import ipaddress
import itertools
import re
from collections.abc import Callable, Mapping
from typing import Final
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from cardamom.values.commissioning import Refusal

Before = Mapping[str, str]
"""The other answers, by their step's name."""
Check = Callable[[str, Before], "Refusal | None"]

LABEL: Final = re.compile(r"(?!-)[0-9A-Za-z-]{1,63}(?<!-)")
PASSCODE_DIGITS: Final = range(6, 13)


def anything(_answer: str, _before: Before) -> Refusal | None:
    return None


def timezone(answer: str, _before: Before) -> Refusal | None:
    """An IANA name that this machine knows."""
    try:
        ZoneInfo(answer)
    except (ZoneInfoNotFoundError, ValueError, OSError):
        return Refusal.TIMEZONE
    return None


def wifi_country(answer: str, _before: Before) -> Refusal | None:
    """ISO 3166-1, two letters: it decides which channels may be used."""
    return None if re.fullmatch(r"[A-Z]{2}", answer) else Refusal.COUNTRY


def wifi_name(answer: str, _before: Before) -> Refusal | None:
    """IEEE 802.11: an SSID has 1 to 32 bytes."""
    return None if 1 <= len(answer.encode()) <= 32 and answer.isprintable() else Refusal.WIFI_NAME


def wifi_password(answer: str, _before: Before) -> Refusal | None:
    """WPA2 and WPA3 personal: 8 to 63 printable ASCII characters; empty for an open network."""
    if not answer or (8 <= len(answer) <= 63 and answer.isascii() and answer.isprintable()):
        return None
    return Refusal.WIFI_PASSWORD


def address(answer: str, _before: Before) -> Refusal | None:
    """An IPv4 address and the length of its network, as 192.0.2.9/24."""
    try:
        found = ipaddress.IPv4Interface(answer)
    except ValueError:
        return Refusal.ADDRESS
    network = found.network
    usable = answer.partition("/")[2].isdigit() and 8 <= network.prefixlen <= 30
    return (
        None
        if usable and found.ip not in (network.network_address, network.broadcast_address)
        else Refusal.ADDRESS
    )


def gateway(answer: str, before: Before) -> Refusal | None:
    """Within the network of the address, and not the address itself."""
    try:
        found = ipaddress.IPv4Address(answer)
        own = ipaddress.IPv4Interface(before.get("address", ""))
    except ValueError:
        return Refusal.GATEWAY
    return None if found in own.network and found != own.ip else Refusal.GATEWAY


def dns(answer: str, _before: Before) -> Refusal | None:
    """One or two IPv4 addresses, a comma between them."""
    parts = [part.strip() for part in answer.split(",")]
    try:
        for part in parts:
            ipaddress.IPv4Address(part)
    except ValueError:
        return Refusal.DNS
    return None if len(parts) <= 2 else Refusal.DNS


def host(answer: str, _before: Before) -> Refusal | None:
    """A name (RFC 1123) or an address, without a zone: that may hold any character."""
    if "%" in answer:
        return Refusal.HOST
    try:
        ipaddress.ip_address(answer)
    except ValueError:
        pass
    else:
        return None
    labels = answer.split(".")
    named = len(answer) <= 253 and all(LABEL.fullmatch(label) for label in labels)
    return None if named and not labels[-1].isdigit() else Refusal.HOST


def port(answer: str, _before: Before) -> Refusal | None:
    good = answer.isascii() and answer.isdigit() and len(answer) <= 5 and 1 <= int(answer) <= 65535
    return None if good else Refusal.PORT


def merchant(answer: str, _before: Before) -> Refusal | None:
    """ISO 8583 field 42."""
    return None if re.fullmatch(r"[0-9A-Za-z]{15}", answer) else Refusal.MERCHANT


def terminal(answer: str, _before: Before) -> Refusal | None:
    """ISO 8583 field 41."""
    return None if re.fullmatch(r"[0-9A-Za-z]{8}", answer) else Refusal.TERMINAL


def passcode(answer: str, _before: Before) -> Refusal | None:
    """6 to 12 digits, none of those that are tried first."""
    if not (answer.isascii() and answer.isdigit() and len(answer) in PASSCODE_DIGITS):
        return Refusal.PASSCODE
    steps = {int(b) - int(a) for a, b in itertools.pairwise(answer)}
    simple = len(set(answer)) < 3 or steps in ({1}, {-1}) or answer == PUBLISHED
    return Refusal.PASSCODE_SIMPLE if simple else None


PUBLISHED: Final = "246810"
"""The demo's."""
