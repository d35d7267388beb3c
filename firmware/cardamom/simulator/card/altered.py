"""Cards that are wrong on purpose: single objects with another value, or left out."""

from __future__ import annotations

from collections.abc import Mapping

from cardamom.engines.tlv import encode, items


def altered(body: bytes, objects: Mapping[str, str]) -> bytes:
    """A template's objects as they stand, but for those that `objects` names (tag in hex): these
    have the value given, in hex; an empty one is left out."""
    return b"".join(
        encode(tag, bytes.fromhex(objects[name]) if name in objects else value)
        for tag, value in items(body)
        if objects.get(name := f"{tag:X}", "00")
    )
