"""Cards of a merchant's own for tests: their keys, their tags, and a shop that takes them."""

from __future__ import annotations

from cardamom.engines.closed_loop import ClosedLoopCard, key_id, message, signed
from cardamom.faults import CardFault
from cardamom.simulator.pn532.tags import type_2
from cardamom.values.contactless import Tech
from cardamom.values.member import ClosedLoop, UidUse
from cardamom.values.money import Money
from cardamom.values.secret import Pan
from support.hand_taps import TapShop

# RFC 8032, 7.1, tests 1 and 2
PRIVATE = bytes.fromhex("9d61b19deffd5a60ba844af492ec2cc44449c5697b326919703bac031cae7f60")
PUBLIC = bytes.fromhex("d75a980182b10ab7d54bfed3c964073a0ee172f3daa62325af021a68f707511a")
STRANGER = bytes.fromhex("4ccd089b28ff96da9db6c346ec114e0f5b8a319f35aba624da8cf6ed4fb8a6fb")
NUMBER = Pan("9990010000000010")
UID = bytes.fromhex("04A1B2C3D4E5F6")


def record(*, uid: bytes = UID, issue: int = 0, until: str = "4912", key: bytes = PRIVATE) -> bytes:
    """The NDEF message of a card."""
    return signed(ClosedLoopCard(NUMBER, issue, until, uid), key)


def forged() -> bytes:
    """The same with a bit of its signature changed."""
    good = record()
    head = good.index(b"card") + 4
    return message(good[head:-1] + bytes((good[-1] ^ 1,)))


class HandMemberTag:
    """ports.Tag over the simulated tag's memory. `torn`: it leaves after so many writes. `spoilt`:
    from that page on nothing can be read, though it is there."""

    tech = Tech.A

    def __init__(
        self,
        message: bytes = b"",
        uid: bytes = UID,
        torn: int | None = None,
        spoilt: int = 256,
    ) -> None:
        self.uid = uid
        self.tag = type_2(uid, message)
        self.torn = torn
        self.spoilt = spoilt
        self.closed = False

    async def read(self, page: int) -> bytes:
        if self.torn == 0 or page >= self.spoilt or page * 4 >= len(self.tag.memory):
            raise CardFault("the tag cannot be read", gone=self.torn == 0)
        return (self.tag.memory * 2)[page * 4 : page * 4 + 16]

    async def write(self, page: int, data: bytes) -> None:
        if self.torn is not None:
            if self.torn == 0:
                raise CardFault("the tag left while it was written", gone=True)
            self.torn -= 1
        at = page * 4
        self.tag.memory = self.tag.memory[:at] + data + self.tag.memory[at + 4 :]

    async def removed(self) -> None:
        return

    async def close(self) -> None:
        self.closed = True


class MemberShop(TapShop):
    """A shop that takes its own cards."""

    uid = UidUse.REFUSE
    pays = True

    def closed_loop(self) -> ClosedLoop:
        return ClosedLoop(
            {key_id(PUBLIC): PUBLIC}, ("9990",), self.uid, Money(2000, "CNY"), self.pays
        )

    def hold(self, tag: HandMemberTag) -> HandMemberTag:
        self.field.hold(tag)
        return tag
