"""Options of what guards the machine: the switch under the lid, the firewall."""

from __future__ import annotations

from typing import Annotated, Literal

import msgspec
from msgspec import Meta

from cardamom.settings.section import Section

Pin = Annotated[int, Meta(ge=0, le=27)]


class TamperSettings(Section, frozen=True):
    """The switch under the lid."""

    driver: Annotated[
        Literal["none", "gpio", "simulated"],
        Meta(description="gpio: a contact between a pin and ground; opened, it erases the keys"),
    ] = "none"
    pin: Annotated[Pin, Meta(description="GPIO of the contact")] = 26
    lid_on: Annotated[
        Literal["closed", "open"],
        Meta(
            description="how the contact is while the lid is on; closed: a cut wire counts as open"
        ),
    ] = "closed"
    debounce_ms: Annotated[
        int, Meta(ge=5, le=1000, description="for so long it must be open to count")
    ] = 50


class FirewallSettings(Section, frozen=True):
    """What may go in and out of the machine; besides, the acquirer and a network printer."""

    driver: Annotated[
        Literal["nftables", "none"],
        Meta(description="nftables: `cardamom firewall apply` and the units put it in force"),
    ] = "nftables"
    ssh_from: Annotated[
        list[str],
        Meta(description="networks from where SSH is let in, as 198.51.100.0/24; empty: any"),
    ] = msgspec.field(default_factory=list)
    resolvers: Annotated[
        list[str], Meta(description="addresses of the resolvers; empty: any, as DHCP tells them")
    ] = msgspec.field(default_factory=list)
    time_servers: Annotated[
        list[str], Meta(description="addresses of the time servers; empty: any")
    ] = msgspec.field(default_factory=list)
    also: Annotated[
        list[str], Meta(description="where else it may go by TCP, as 192.0.2.80:19532")
    ] = msgspec.field(default_factory=list)
