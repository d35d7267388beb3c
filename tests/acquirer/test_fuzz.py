"""Any bytes from the host, cut anywhere: the link's own values, and never a wrong approval."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass
from functools import partial
from itertools import pairwise
from typing import Any, cast

from hypothesis import given, settings
from hypothesis import strategies as st

from cardamom.acquirer.hosts import Address
from cardamom.acquirer.session import Lost, Session, Unbelievable
from cardamom.engines.iso8583.codec import Codec, Message
from cardamom.engines.iso8583.framing import Frames
from cardamom.engines.keys.mac import retail_mac
from cardamom.engines.keys.session import SessionKeys
from cardamom.values.online import Late
from cardamom.values.secret import Key
from support.acquirer import PROFILE

MAC_KEY = Key(bytes(range(16)))
OTHER_KEY = Key(bytes(range(16, 32)))
CODEC = Codec(PROFILE)
FIELDS = {
    3: "000000",
    4: "000000001234",
    7: "0331201530",
    11: "000042",
    12: "041530",
    13: "0401",
    41: "10000001",
    42: "104110058120001",
    49: "156",
}
ASKED = Message(
    "0200",
    {**FIELDS, 2: "6222020000040128", 14: "4912", 22: "051", 24: "001", 25: "00", 60: "000003"},
)
SALE = Message("0210", {**FIELDS, 39: "00", 38: "ABC123", 37: "123456789012"})
HOST = Address("host.test", 1)


@dataclass(slots=True)
class Wire:
    """What a session writes to."""

    sent: bytes = b""
    closed: bool = False

    @property
    def transport(self) -> Wire:
        return self

    def write(self, data: bytes) -> None:
        self.sent += data

    def is_closing(self) -> bool:
        return self.closed

    def abort(self) -> None:
        self.closed = True


def framed(message: Message, key: Key = MAC_KEY) -> bytes:
    return Frames(PROFILE.framing).wrap(CODEC.encode(message, partial(retail_mac, key)))


def changed(**changes: str) -> Message:
    return Message("0210", {**SALE.fields, **{int(k[1:]): v for k, v in changes.items()}})


def heard(chunks: list[bytes]) -> tuple[Message | Exception, list[Late]]:
    """How the session ends a question when the host says these chunks and hangs up."""
    late: list[Late] = []

    async def go() -> Message | Exception:
        reader, wire = asyncio.StreamReader(), Wire()
        session = Session(reader, cast("Any", wire), CODEC, HOST, late.append)
        session.keys = SessionKeys(mac=MAC_KEY)
        keys = session.keys.working(PROFILE.keys.scheme)
        asked = asyncio.create_task(session.ask(ASKED, 60.0, same, keys))
        await asyncio.sleep(0)
        assert wire.sent, "the question left before anything is heard"
        for chunk in chunks:
            reader.feed_data(chunk)
            await asyncio.sleep(0)
        reader.feed_eof()
        (result,) = await asyncio.gather(asked, return_exceptions=True)
        await session.close()
        assert isinstance(result, Message | Exception)
        return result

    return asyncio.run(go()), late


def same(answer: Message) -> None:
    for number, value in FIELDS.items():
        if answer.get(number) != value:
            raise Unbelievable(f"field {number}")


APPROVALS_OF_OTHERS = st.sampled_from(
    [
        framed(changed(f11="000041")),
        framed(changed(f41="20000002")),
        framed(SALE, OTHER_KEY),
        Frames(PROFILE.framing).wrap(CODEC.encode(SALE)),
        framed(changed(f4="000000009999")),
        framed(changed(f49="840")),
        framed(changed(f13="0402")),
        framed(changed(f42="104110058120002")),
    ]
)
"""Each an approval that is not this question's, or that nobody can believe."""
DECLINE = framed(changed(f39="51"))
JUNK = st.one_of(
    st.binary(max_size=80),
    st.binary(min_size=1, max_size=80).map(lambda b: len(b).to_bytes(2) + b),
    st.integers(0, len(framed(SALE)) - 1).map(lambda n: framed(SALE)[:n]),
)


def cut(data: bytes, places: list[int]) -> list[bytes]:
    """The same bytes in pieces."""
    edges = sorted({0, len(data), *(p % (len(data) + 1) for p in places)})
    return [data[a:b] for a, b in pairwise(edges)]


CUTS = st.lists(st.integers(0, 2000), max_size=12)


@given(st.lists(st.one_of(APPROVALS_OF_OTHERS, JUNK, st.just(DECLINE)), max_size=6), CUTS)
@settings(deadline=None, max_examples=300)
def test_no_stream_makes_an_approval_of_what_is_none(parts: list[bytes], places: list[int]) -> None:
    result, late = heard(cut(b"".join(parts), places))
    if isinstance(result, Message):
        assert result.fields[39] == "51"
    else:
        assert isinstance(result, Lost | Unbelievable)
        assert not isinstance(result, Lost) or result.sent
    assert all(told.stan in (41, 42) for told in late)


@given(st.integers(0, len(framed(SALE)) - 1), st.integers(1, 255).filter(lambda x: x != 0x20), CUTS)
@settings(deadline=None, max_examples=300)
def test_one_changed_byte_takes_the_approval_away(at: int, bits: int, places: list[int]) -> None:
    """0x20 turns the MAC's own hex digits into small letters, which say the same."""
    data = bytearray(framed(SALE))
    data[at] ^= bits
    result, late = heard(cut(bytes(data), places))
    assert isinstance(result, Lost | Unbelievable)
    assert late == []


@given(CUTS)
@settings(deadline=None)
def test_an_answer_is_understood_however_slowly_it_comes(places: list[int]) -> None:
    result, late = heard(cut(framed(SALE), places))
    assert isinstance(result, Message)
    assert result.fields[39] == "00"
    assert late == []


def test_a_byte_at_a_time() -> None:
    result, _ = heard([bytes((b,)) for b in framed(changed(f11="000041")) + DECLINE])
    assert isinstance(result, Message)
    assert result.fields[39] == "51"


@given(st.permutations(["41", "42", "43"]), st.integers(1, 3), CUTS)
@settings(deadline=None)
def test_answers_out_of_order_and_doubled(order: list[str], times: int, places: list[int]) -> None:
    """The one that is asked for is found; the others, and its doubles, are late."""
    stream = b"".join(framed(changed(f11=f"0000{stan}")) * times for stan in order)
    result, late = heard(cut(stream, places))
    assert isinstance(result, Message)
    assert result.fields[11] == "000042"
    assert sorted(told.stan for told in late) == sorted([41, 43] * times + [42] * (times - 1))
