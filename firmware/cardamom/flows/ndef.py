"""What a card or tag in the field has to say: its NDEF message."""

from __future__ import annotations

from typing import cast

from cardamom.engines.apdu import Reply
from cardamom.engines.ndef import NdefRecord, parse_message
from cardamom.engines.ndef_tags import read_type_2, read_type_4
from cardamom.faults import CardFault
from cardamom.ports import TapCard
from cardamom.tag_ports import Tag


class HalfReadError(CardFault):
    """A tag that has answered could not be read on."""


async def ndef_of(found: TapCard | Tag) -> list[NdefRecord]:
    """Its records, by Type 4 commands or Type 2 pages. Raises NdefError where it holds no message,
    CardFault where it leaves or is no Type 2 tag, HalfReadError where only its first page could be
    read.

    Anybody can write a tag, and copy one with its UID: neither says who holds it.
    """
    if hasattr(found, "transmit"):
        return parse_message(await _type_4(cast("TapCard", found)))
    return parse_message(await _type_2(found))


async def _type_4(card: TapCard) -> bytes:
    steps = read_type_4()
    try:
        sent = next(steps)
        while True:
            reply = await card.transmit(sent)
            sent = steps.send(Reply(reply.data, reply.sw))
    except StopIteration as end:
        message: bytes = end.value
        return message


async def _type_2(tag: Tag) -> bytes:
    steps = read_type_2()
    try:
        page = steps.send(await tag.read(next(steps)))
        while True:
            page = steps.send(await _on(tag, page))
    except StopIteration as end:
        message: bytes = end.value
        return message


async def _on(tag: Tag, page: int) -> bytes:
    try:
        return await tag.read(page)
    except CardFault as fault:
        raise HalfReadError(str(fault), gone=fault.gone) from None
