"""Combination selection (EMV Contactless Book B, 3.3): what of the card's applications the terminal
has a kernel for."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from typing import Final

from cardamom.engines import tlv
from cardamom.engines.emv.contactless.preprocessing import Prepared
from cardamom.engines.emv.fci import DISCRETIONARY, FCI, PROPRIETARY, display_name, parse_fci
from cardamom.engines.emv.session import Steps, ask_card

PPSE: Final = b"2PAY.SYS.DDF01"
MAX_ENTRIES: Final = 32
"""Cards carry a handful; what is behind is passed over."""
DEFAULT_KERNELS: Final = {
    bytes.fromhex("A000000003"): 3,
    bytes.fromhex("A000000004"): 2,
    bytes.fromhex("A000000025"): 4,
    bytes.fromhex("A000000065"): 5,
    bytes.fromhex("A000000152"): 6,
    bytes.fromhex("A000000324"): 6,
    bytes.fromhex("A000000333"): 7,
}
"""By RID, where the directory names no kernel (Book B, Table 3-6)."""
ANY_KERNEL: Final = 0


@dataclass(frozen=True, slots=True)
class Candidate:
    """A combination that the card has, with the name to SELECT."""

    aid: bytes
    name: str
    priority: int
    prepared: Prepared
    extended: bytes = b""

    @property
    def rank(self) -> int:
        """Priority 1 is the highest; none comes last (3.3.3.2)."""
        return self.priority or 16


# Book B, 3.3.2
def build_candidates(
    prepared: Sequence[Prepared], kernels: Collection[int], capabilities: bytes
) -> Steps[list[Candidate]]:
    """By the directory, 2PAY.SYS.DDF01; a card without a sound one has none. Highest priority
    first, else in the card's order."""
    reply = yield from ask_card(0x00, 0xA4, 0x04, 0x00, PPSE, le=0)
    if not reply.ok:
        return []
    try:
        entries = _entries(reply.data)
    except tlv.TlvError:
        return []
    found: list[Candidate] = []
    for entry in entries[:MAX_ENTRIES]:
        found += _of_entry(entry, prepared, kernels, capabilities)
    return sorted(found, key=lambda c: c.rank)


def _entries(data: bytes) -> list[dict[int, bytes]]:
    """The Directory Entries in the FCI's Issuer Discretionary Data; one that is no TLV is passed
    over."""
    _, body = tlv.only(data, FCI)
    own = tlv.distinct(tlv.distinct(body).get(PROPRIETARY, b""))
    found: list[dict[int, bytes]] = []
    for tag, value in tlv.items(own.get(DISCRETIONARY, b"")):
        if tag != 0x61:
            continue
        try:
            found.append(tlv.distinct(value))
        except tlv.TlvError:
            continue
    return found


# Book B, 3.3.2.5
def _of_entry(
    entry: dict[int, bytes],
    prepared: Sequence[Prepared],
    kernels: Collection[int],
    capabilities: bytes,
) -> list[Candidate]:
    aid = entry.get(0x4F, b"")
    asked = requested_kernel(aid, entry.get(0x9F2A, b""))
    if not 5 <= len(aid) <= 16 or asked is None:
        return []
    indicator = entry.get(0x87, b"")
    name = display_name(aid, entry, None, capabilities)
    found: dict[int, Prepared] = {}
    for p in prepared:
        c = p.combination
        fits = c.rule.aid == aid or (c.rule.partial and aid.startswith(c.rule.aid))
        if not fits or c.kernel not in kernels or asked not in (ANY_KERNEL, c.kernel):
            continue
        # of two entries for one kernel the more exact one counts
        if c.kernel in found and len(found[c.kernel].combination.rule.aid) >= len(c.rule.aid):
            continue
        found[c.kernel] = p
    return [
        Candidate(
            aid=aid,
            name=name,
            priority=indicator[0] & 0x0F if len(indicator) == 1 else 0,
            prepared=p,
            extended=entry.get(0x9F29, b"") if p.combination.extended_selection else b"",
        )
        for p in found.values()
    ]


# Book B, 3.3.2.5 steps B and C
def requested_kernel(aid: bytes, identifier: bytes) -> int | None:
    """The kernel that tag 9F2A asks for, 0 for any; None where it is out of form.

    Bits 8-7 of its first byte say whose number it is: international ones stand in that byte, a
    domestic one is bytes 1 to 3, none where its short number is 0.
    """
    if not identifier:
        return DEFAULT_KERNELS.get(aid[:5], ANY_KERNEL)
    first = identifier[0]
    if first & 0x80 == 0:
        return first
    if first & 0x3F == 0:
        return ANY_KERNEL
    return int.from_bytes(identifier[:3]) if len(identifier) >= 3 else None


# Book B, 3.3.3
def final_select(candidate: Candidate) -> Steps[dict[int, bytes] | None]:
    """SELECT with what the card wants to have behind its name; the FCI's objects, None where the
    card does not have it after all or its FCI is unsound."""
    name = (candidate.aid + candidate.extended)[:255]
    reply = yield from ask_card(0x00, 0xA4, 0x04, 0x00, name, le=0)
    if not reply.ok:
        return None
    try:
        return parse_fci(reply.data)
    except tlv.TlvError:
        return None
