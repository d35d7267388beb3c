"""TDES DUKPT: the published sequences, and terminal against host."""

from __future__ import annotations

import contextlib
from collections.abc import Iterator
from itertools import islice

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from cardamom.engines.keys.dukpt_tdes import (
    COUNTERS,
    State,
    advance,
    derive,
    initial_key,
    load,
)
from cardamom.engines.keys.registers import DukptError, KeysExhaustedError
from cardamom.engines.keys.tdes import encrypt
from cardamom.engines.keys.working import Scheme, WorkingKeys
from cardamom.values.secret import Key, Pan, Pin
from support.dukpt import tdes_at

# ANSI X9.24-1:2009, A.4, as github.com/openemv/dukpt (test/dukpt_tdes_test.c) gives it
BDK = Key(bytes.fromhex("0123456789ABCDEFFEDCBA9876543210"))
SERIAL = bytes.fromhex("FFFF9876543210E00000")
INITIAL = Key(bytes.fromhex("6AC292FAA1315B4D858AB3A3D7D5933A"))
PIN, PAN = Pin(b"1234"), Pan("4012345678909")
FIRST = [
    "1B9C1845EB993A7A",
    "10A01C8D02C69107",
    "18DC07B94797B466",
    "0BC79509D5645DF7",
    "5BC0AF22AD87B327",
    "A16DF70AE36158D8",
    "27711C16CB257F8E",
    "50E55547A5027551",
    "536CF7F678ACFC8D",
    "EDABBA23221833FE",
    "2328981C57B4BDBA",
    "038D03CC926CF286",
    "6C8AA97088B62C68",
    "F17C9E1D72CD4950",
    "B170F6E7F7F2F64A",
    "D5D9638559EF53D6",
    "D544F8CDD292C863",
    "7A21BD10F36DC41D",
    "78649BD17D0DFA60",
    "7E7E16EA0C31AD56",
    "72105C22EBC791E6",
]
"""PIN blocks of counters 1 to 15 hex (A.4.2)."""
ROLLOVER = {
    0xFF800: "33365F5CC6F23C35",
    0xFF801: "3A86BF003F835C9D",
    0xFF802: "3DB977D05C36DF3F",
    0xFF804: "BA83243305712099",
    0xFF808: "B0DA04AC90A36D85",
    0xFF810: "2CF02BD9C309EEDA",
    0xFF820: "9D1E2F77AEEE81C6",
    0xFF840: "40870B0F8BA2011C",
    0xFF880: "22E340D6ABB40981",
    0xFF900: "1A4C10AFBA03A430",
    0xFFA00: "849763B43E5F9CFF",
    0xFFC00: "DEFC6F09F8927B71",
    0x100000: "73EC88AD0AC5830E",
}
"""PIN blocks where the counter comes to ten one-bits and carries (A.4.3)."""

# MACs and enciphered data of A.4.2, as github.com/moov-io/dukpt (pkg/des/des_test.go) gives them
DATA = b"4012345678909D987"
MACS = [
    ("9CCC78173FC4FB64", "20364223C1FF00FA"),
    ("F608A9BCA6FFC311", "D1FCA6BEF05D24D2"),
    ("20B59A4FEAC937E3", "BAD4CC9CC2AE326C"),
    ("C7BFA6CC44161828", "1EB08AEECE6FF0C2"),
    ("0202B96339022058", "5CBE3E81D1D2A0FB"),
]
FIRST_BLOCKS = [
    ("FC0D53B7EA1FDA9E", "1FCC89AF66222F27"),
    ("A2B4E70F846E63D6", "5B692A6B1FDD5E25"),
    ("BD751E65F10E75B6", "345992D4163E4926"),
    ("1118F50947441BBD", "418C7413576C0D18"),
    ("9FD7BD1EC28845AC", "7D4C109E49E83355"),
]
"""The data's first 8 bytes, enciphered by the terminal and by the host."""

KEYS = st.binary(min_size=16, max_size=16).map(Key)
SERIALS = st.binary(min_size=10, max_size=10)


def run(state: State) -> Iterator[tuple[bytes, WorkingKeys]]:
    """Transactions, each from a state that was written and read back."""
    while True:
        state = State.from_bytes(state.to_bytes())
        after, ksn, keys = advance(state)
        assert State.from_bytes(after.to_bytes()) == after
        assert after.left == state.left - 1
        yield ksn, keys
        state = after


def number(counter: int) -> bytes:
    return (int.from_bytes(SERIAL, "big") | counter).to_bytes(10, "big")


def test_the_initial_key_of_the_standard() -> None:
    assert initial_key(BDK, SERIAL) == INITIAL
    assert initial_key(BDK, number(0x1FF800)) == INITIAL


def test_the_initial_sequence_of_the_standard() -> None:
    for counter, (ksn, keys) in enumerate(islice(run(load(INITIAL, SERIAL)), 21), 1):
        assert ksn == number(counter)
        assert keys.pin_block(PIN, PAN).reveal().hex().upper() == FIRST[counter - 1]
        assert keys == derive(BDK, ksn)
        assert keys.scheme is Scheme.DUKPT_TDES


def test_the_macs_of_the_standard_in_both_directions() -> None:
    for (_, keys), (request, answer) in zip(run(load(INITIAL, SERIAL)), MACS, strict=False):
        assert keys.mac(DATA).hex().upper() == request
        assert keys.answer_mac(DATA).hex().upper() == answer


def test_the_data_keys_of_the_standard_in_both_directions() -> None:
    for (_, keys), blocks in zip(run(load(INITIAL, SERIAL)), FIRST_BLOCKS, strict=False):
        assert keys.data is not None
        assert keys.answer_data is not None
        found = [encrypt(key, DATA[:8]).hex().upper() for key in (keys.data, keys.answer_data)]
        assert tuple(found) == blocks


def test_the_rollover_sequence_of_the_standard() -> None:
    terminal = run(tdes_at(INITIAL, SERIAL, 0xFF800))
    for counter, block in ROLLOVER.items():
        ksn, keys = next(terminal)
        assert ksn == number(counter)
        assert keys.pin_block(PIN, PAN).reveal().hex().upper() == block
        assert keys == derive(BDK, ksn)


def test_one_mac_key_and_one_data_key_where_the_host_has_them_so() -> None:
    _, ksn, keys = advance(load(INITIAL, SERIAL), both_ways=True)
    assert keys == derive(BDK, ksn, both_ways=True)
    assert keys.mac(DATA).hex().upper() == MACS[0][0]
    assert keys.answer == keys.request
    assert keys.answer_data == keys.data


@given(KEYS, SERIALS)
@settings(deadline=None, max_examples=20)
def test_terminal_and_host_agree(bdk: Key, serial: bytes) -> None:
    initial = initial_key(bdk, serial)
    state = load(initial, serial)
    assert state == tdes_at(initial, serial, 1)
    assert initial not in state.registers
    for ksn, keys in islice(run(state), 40):
        assert keys == derive(bdk, ksn)


@given(KEYS, SERIALS, st.integers(1, COUNTERS.last).filter(COUNTERS.used))
@settings(deadline=None, max_examples=40)
def test_terminal_and_host_agree_anywhere(bdk: Key, serial: bytes, counter: int) -> None:
    state = tdes_at(initial_key(bdk, serial), serial, counter)
    for _ in range(min(5, state.left)):
        state, ksn, keys = advance(State.from_bytes(state.to_bytes()))
        assert keys == derive(bdk, ksn)
        assert state == tdes_at(initial_key(bdk, serial), serial, state.counter)


@pytest.mark.parametrize("start", [1, 0x3F0, 0x1FF00, 0xFF600, 0xFF800])
def test_a_thousand_transactions(start: int) -> None:
    seen = set()
    for ksn, keys in islice(run(tdes_at(INITIAL, SERIAL, start)), 1000):
        assert keys == derive(BDK, ksn)
        seen.add(keys.pin)
    assert len(seen) == 1000


def test_the_last_keys_and_then_none() -> None:
    state = tdes_at(INITIAL, SERIAL, 0x1FF000)
    while state.left:
        state, ksn, keys = advance(State.from_bytes(state.to_bytes()))
        assert keys == derive(BDK, ksn)
    assert ksn == number(0x1FF800)
    assert state.registers == ()
    for _ in range(2):
        with pytest.raises(KeysExhaustedError):
            advance(State.from_bytes(state.to_bytes()))


@given(st.data())
@settings(deadline=None, max_examples=200)
def test_only_its_own_error_leaves_a_stored_state(data: st.DataObject) -> None:
    raw = bytearray(tdes_at(INITIAL, SERIAL, 0xFF801).to_bytes())
    at = data.draw(st.integers(0, len(raw) - 1))
    raw[at] ^= data.draw(st.integers(1, 255))
    for stored in (bytes(raw), bytes(raw[:at]), data.draw(st.binary(max_size=80))):
        with contextlib.suppress(DukptError):
            assert State.from_bytes(stored).to_bytes() == stored


@pytest.mark.parametrize("counter", [0, 0x7FF, 0x200001, 0xFFFFFF])
def test_a_stored_state_with_an_impossible_counter_is_refused(counter: int) -> None:
    raw = load(INITIAL, SERIAL).to_bytes()
    with pytest.raises(DukptError, match="counter"):
        State.from_bytes(raw[:11] + counter.to_bytes(3, "big") + raw[14:])


def test_a_stored_state_set_back_is_refused_for_its_registers() -> None:
    after, _, _ = advance(load(INITIAL, SERIAL))
    raw = after.to_bytes()
    with pytest.raises(DukptError, match="registers"):
        State.from_bytes(raw[:11] + (1).to_bytes(3, "big") + raw[14:])


@pytest.mark.parametrize("size", [0, 8, 24, 32])
def test_other_keys_are_refused(size: int) -> None:
    for attempt in (lambda key: load(key, SERIAL), lambda key: derive(key, number(1))):
        with pytest.raises(DukptError, match="32 hex digits"):
            attempt(Key(bytes(range(size))))


def test_other_serial_numbers_are_refused() -> None:
    for ksn in (b"", SERIAL[2:], SERIAL + b"\0"):
        with pytest.raises(DukptError, match="20 hex digits"):
            load(INITIAL, ksn)
        with pytest.raises(DukptError, match="20 hex digits"):
            derive(BDK, ksn)
    for counter in (0, 0x7FF):
        with pytest.raises(DukptError, match="no terminal uses"):
            derive(BDK, number(counter))


def test_no_key_prints() -> None:
    state = load(INITIAL, SERIAL)
    text = f"{state!r} {advance(state)!r} {derive(BDK, number(1))!r}".upper()
    secrets = [INITIAL, *state.registers, derive(BDK, number(1)).pin]
    for key in secrets:
        assert key is not None
        assert key.reveal()[:4].hex().upper() not in text
        assert repr(key.reveal()[:4])[2:-1].upper() not in text
