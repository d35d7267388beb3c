"""Whatever comes, the card answers with a status word."""

from __future__ import annotations

from hypothesis import given, settings
from hypothesis import strategies as st

from cardamom.simulator.card.card import Card
from cardamom.simulator.card.profile import load_profile, names
from cardamom.simulator.card.wire import Wire
from support.cards import CDOL_DATA, OPTIONS

AID = bytes.fromhex("F0000001234501")
TURNS = [
    bytes.fromhex("00A404000E315041592E5359532E444446303100"),
    b"\x00\xa4\x04\x00\x07" + AID + b"\x00",
    b"\x80\xa8\x00\x00\x05" + OPTIONS + b"\x00",
    bytes.fromhex("00B2010C00"),
    bytes.fromhex("00C0000000"),
    bytes.fromhex("80CA9F1700"),
    bytes.fromhex("0020008008241234FFFFFFFFFF"),
    bytes.fromhex("00880000040102030400"),
    b"\x80\xae\x80\x00\x1d" + CDOL_DATA + b"\x00",
    b"\x80\xae\x40\x00\x29" + bytes(10) + b"00" + CDOL_DATA + b"\x00",
    bytes.fromhex("841E0000080102030405060708"),
]
CARDS = {name: Card(load_profile(name)) for name in names()}

apdus = st.one_of(
    st.sampled_from(TURNS),
    st.binary(max_size=270),
    st.tuples(
        st.sampled_from(TURNS), st.integers(0, 40), st.integers(0, 255), st.integers(0, 40)
    ).map(lambda t: (t[0][: t[1]] + bytes((t[2],)) + t[0][t[1] + 1 :])[: max(1, 60 - t[3])]),
)


@settings(deadline=None, max_examples=150)
@given(st.sampled_from(sorted(CARDS)), st.lists(apdus, max_size=14))
def test_every_command_gets_a_status_word(name: str, commands: list[bytes]) -> None:
    wire = Wire(CARDS[name])
    wire.power_on()
    for sent in commands:
        for answer in (wire.answer(sent), wire.card.process(sent)):
            assert 2 <= len(answer) <= 258
            assert answer[-2] == 0x90 or 0x61 <= answer[-2] <= 0x6F
