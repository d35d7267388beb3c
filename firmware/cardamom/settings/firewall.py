"""The terminal's firewall as nftables takes it, made from the settings."""

from __future__ import annotations

import ipaddress
from collections.abc import Iterable, Sequence
from typing import Final

from cardamom.faults import SettingsError
from cardamom.settings.model import Settings

TABLE: Final = "inet cardamom"

_HEAD: Final = """\
#!/usr/sbin/nft -f
# A terminal's firewall: out to the acquirer, its names and its time; in by SSH; nothing else,
# either way. Made by `cardamom firewall` from terminal.toml; what is changed here is lost.

table inet cardamom
delete table inet cardamom

table inet cardamom {
  chain input {
    type filter hook input priority filter; policy drop;

    ct state established,related accept
    ct state invalid drop
    iif lo accept

"""
_IN: Final = """
    # An address from DHCP is renewed by packets that no connection is known for.
    udp sport 67 udp dport 68 accept
    ip6 saddr fe80::/10 udp sport 547 udp dport 546 accept
    # Without neighbour discovery there is no IPv6 (RFC 4890, 4.4.1).
    icmpv6 type nd-router-advert ip6 hoplimit 255 accept
    icmpv6 type { nd-neighbor-solicit, nd-neighbor-advert } ip6 hoplimit 255 accept
    icmp type echo-request limit rate 4/second accept
    icmpv6 type echo-request limit rate 4/second accept

    counter comment "refused in"
  }

  chain forward {
    type filter hook forward priority filter; policy drop;
  }

  chain output {
    type filter hook output priority filter; policy drop;

    ct state established,related accept
    oif lo accept
    # An SSH session from before these rules is known to nobody: it goes on, and none begins so.
    tcp sport 22 tcp flags & (syn | rst | ack) == ack accept

"""
_OUT: Final = """
    udp sport 68 udp dport 67 accept
    ip6 daddr { fe80::/10, ff02::1:2 } udp sport 546 udp dport 547 accept
    icmpv6 type { nd-router-solicit, nd-neighbor-solicit, nd-neighbor-advert } accept
    icmpv6 type mld2-listener-report accept

    # One line a minute says what wanted out: a wrong address here is found in the log.
    limit rate 1/minute log prefix "cardamom refused out: " level info
    counter comment "refused out"
    # At once instead of a timeout: a payment is not held up by what is not let out.
    reject
  }
}
"""


def rules(settings: Settings) -> str:
    """The whole file; loaded, it replaces this table and touches no other. Raises SettingsError."""
    acquirer, printer, chosen = settings.acquirer, settings.printer, settings.firewall
    out = [("acquirer", acquirer.host, acquirer.port)]
    if acquirer.backup_host:
        out.append(("backup host", acquirer.backup_host, acquirer.backup_port or acquirer.port))
    if printer.driver == "network":
        out.append(("printer", printer.host, printer.port))
    out += [("also", *_place(place)) for place in chosen.also]
    lines = [_to(*each) for each in out]
    lines += _asked("names", chosen.resolvers, "meta l4proto { tcp, udp } th dport 53", "resolvers")
    lines += _asked("time", chosen.time_servers, "udp dport 123", "time_servers")
    ssh = "tcp dport 22 ct state new limit rate 12/minute accept"
    come = [f"    {_match('saddr', net)}{ssh}" for net in _nets(chosen.ssh_from, "ssh_from")]
    return _HEAD + _text(come or [f"    {ssh}"]) + _IN + _text(lines) + _OUT


def _text(lines: Iterable[str]) -> str:
    return "".join(f"{line}\n" for line in lines)


def _to(what: str, host: str, port: int) -> str:
    """A name lets out to any address: it may have another tomorrow, and at the start no resolver
    answers yet."""
    try:
        to = _match("daddr", str(ipaddress.ip_address(host)))
    except ValueError:
        to, what = "", f"{what} {host}: a name, so any address"
    return f"    {to}tcp dport {port} ct state new accept comment {_quoted(what)}"


def _quoted(text: str) -> str:
    return (
        '"' + "".join(c for c in text if c.isascii() and (c.isalnum() or c in " .:,-"))[:100] + '"'
    )


def _asked(what: str, servers: Sequence[str], how: str, key: str) -> list[str]:
    """Of these servers, or of any where none is named: DHCP may tell them."""
    to = [_match("daddr", net) for net in _nets(servers, key)] or [""]
    return [f'    {each}{how} accept comment "{what}"' for each in to]


def _match(side: str, net: str) -> str:
    # a zone (fe80::1%eth0) may hold any character, also what nft reads as another rule
    return f"{'ip6' if ':' in net else 'ip'} {side} {net.partition('%')[0]} "


def _nets(texts: Iterable[str], key: str) -> list[str]:
    found = []
    for text in texts:
        if "%" in text:
            raise SettingsError(f"firewall.{key}: {text!r} has a zone")
        try:
            net = ipaddress.ip_network(text)
        except ValueError as e:
            raise SettingsError(f"firewall.{key}: {e}") from None
        found.append(str(net) if net.num_addresses > 1 else str(net.network_address))
    return found


def _place(text: str) -> tuple[str, int]:
    host, _, port = text.rpartition(":")
    if not host or not port.isdecimal() or not 1 <= int(port) <= 65535:
        raise SettingsError(f"firewall.also: {text!r} is no address:port")
    return host.strip("[]"), int(port)
