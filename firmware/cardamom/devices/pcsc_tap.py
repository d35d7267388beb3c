"""Any contactless PC/SC reader, of the ACR1252's kind: it polls and activates by itself.

What such readers keep to themselves: whether two cards are in the field (most take one of them or
none), and their field, which stays on. Powering the card off resets it.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Final

import msgspec

from cardamom.devices.pcsc import CALL_DEADLINE_S, PcscCard, PcscReader
from cardamom.devices.pcsc_link import PcscLink
from cardamom.engines.apdu import Reply
from cardamom.engines.contactless_atr import is_storage
from cardamom.faults import CardFault
from cardamom.values.contactless import Tech
from cardamom.values.health import Health, Part

GET_UID: Final = bytes.fromhex("FFCA000000")
"""PC/SC part 3, 3.2.2.1.3: GET DATA, UID or PUPI."""
GET_HISTORY: Final = bytes.fromhex("FFCA010000")
"""The same, historical bytes of an ATS: type A alone has them."""
READ: Final = bytes.fromhex("FFB000")
"""PC/SC part 3, 3.2.2.1.8: READ BINARY of a storage tag."""
PAGES: Final = 16
WRITE: Final = bytes.fromhex("FFD600")
"""PC/SC part 3, 3.2.2.1.9: UPDATE BINARY, one page of a Type 2 tag."""
PAGE: Final = 4


class PcscTapReader:
    """ports.ContactlessReader. `name`: part of the reader's name. `scard` stands in for
    smartcard.scard."""

    def __init__(self, name: str = "PICC", *, scard: Any = None) -> None:
        self._reader = PcscReader(name, scard=scard)

    def state(self) -> Health:
        return _ours(self._reader.state())

    async def check(self) -> Health:
        return _ours(await self._reader.check())

    async def presented(self) -> PcscTapCard | PcscTag:
        """See ports.ContactlessReader. More than one card is never told by such a reader."""
        card = await self._reader.inserted()
        answer = await card.transmit(GET_UID)
        uid = answer.data if answer.ok else b""
        tech = Tech.A if (await card.transmit(GET_HISTORY)).ok else Tech.B
        if is_storage(card.atr):
            return PcscTag(self, card, Tech.A, uid)
        return PcscTapCard(self, card, tech, uid)

    async def empty(self) -> None:
        """See ports.ContactlessReader."""
        await self._reader.empty()

    async def field(self, *, on: bool) -> None:
        """See ports.ContactlessReader: off powers the card off, which is all that PC/SC has."""
        if not on:
            await self._reader.call(PcscLink.unpower, CALL_DEADLINE_S)

    async def close(self) -> None:
        await self._reader.close()


class PcscTapCard:
    """ports.TapCard."""

    def __init__(self, reader: PcscTapReader, card: PcscCard, tech: Tech, uid: bytes) -> None:
        self._reader = reader
        self._card = card
        self.tech = tech
        self.uid = uid

    @property
    def atr(self) -> bytes:
        return self._card.atr

    @property
    def pad(self) -> None:
        """See ports.Card: it has no keys."""
        return None

    async def transmit(self, command: bytes) -> Reply:
        """See ports.Card. What is meant for the reader (class FF) is never sent: it would not reach
        the card."""
        if command[:1] == b"\xff":
            raise CardFault("class FF is the reader's own")
        return await self._card.transmit(command)

    def announce(self, commands: Sequence[bytes]) -> None:
        """See ports.TapCard: nothing is sent before it is asked for."""

    async def removed(self) -> None:
        """See ports.Card."""
        await self._reader.empty()

    async def close(self) -> None:
        await self._card.close()


class PcscTag:
    """ports.Tag."""

    def __init__(self, reader: PcscTapReader, card: PcscCard, tech: Tech, uid: bytes) -> None:
        self._reader = reader
        self._card = card
        self.tech = tech
        self.uid = uid

    async def read(self, page: int) -> bytes:
        """See ports.Tag."""
        if not 0 <= page <= 0xFF:
            raise CardFault("the tag has no such page")
        answer = await self._card.transmit(READ + bytes((page, PAGES)))
        if not answer.ok or len(answer.data) != PAGES:
            raise CardFault("the tag cannot be read")
        return answer.data

    async def write(self, page: int, data: bytes) -> None:
        """See ports.Tag."""
        if not 0 <= page <= 0xFF or len(data) != PAGE:
            raise CardFault("the tag has no such page")
        await self._card.transmit(WRITE + bytes((page, PAGE)) + data)

    async def removed(self) -> None:
        """See ports.Tag."""
        await self._reader.empty()

    async def close(self) -> None:
        """See ports.Tag."""
        await self._card.close()


def _ours(health: Health) -> Health:
    return msgspec.structs.replace(health, part=Part.CONTACTLESS)
