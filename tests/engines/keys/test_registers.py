"""The register form, walked to its end on small counters with keys that are only names."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cardamom.engines.keys import dukpt_aes, dukpt_tdes
from cardamom.engines.keys.registers import (
    Counters,
    DukptError,
    KeysExhaustedError,
    descend,
    fill,
    take,
)
from cardamom.values.secret import Key

SMALL = st.integers(1, 9).flatmap(
    lambda bits: st.builds(Counters, bits=st.just(bits), most=st.integers(1, bits))
)
INITIAL = Key(b"")


def name(key: Key, counter: int) -> Key:
    """The child's name is its parent's with its own behind."""
    return Key(key.reveal() + counter.to_bytes(4, "big"))


def path(key: Key) -> list[int]:
    raw = key.reveal()
    return [int.from_bytes(raw[at : at + 4], "big") for at in range(0, len(raw), 4)]


def ancestors(counter: int) -> set[int]:
    found = {counter}
    while counter:
        counter &= counter - 1
        found.add(counter)
    return found


@given(SMALL)
def test_every_counter_is_used_once_in_order_and_then_it_ends(counters: Counters) -> None:
    wanted = [n for n in range(1, 1 << counters.bits) if n.bit_count() <= counters.most]
    registers, counter = fill(counters, INITIAL, name), 1
    seen: list[int] = []
    while registers:
        assert counters.left(counter) == len(wanted) - len(seen)
        frontier = [n for n in wanted if n >= counter and n & (n - 1) < counter]
        assert list(counters.held(counter)) == frontier
        assert [path(key)[-1] for key in registers] == frontier
        for used in seen:
            assert not ancestors(used) & set(frontier), "a used key can be computed again"
        key, registers = take(counters, counter, registers, name)
        assert key == descend(counters, INITIAL, counter, name)
        seen.append(path(key)[-1])
        counter = counters.after(counter)
    assert seen == wanted
    assert seen[-1] == counters.last
    assert counter == counters.end
    assert counters.left(counter) == 0
    with pytest.raises(KeysExhaustedError, match="inject a new initial key"):
        take(counters, counter, registers, name)


@given(SMALL, st.integers(0, 1023))
def test_the_host_derives_for_no_counter_that_is_not_used(counters: Counters, counter: int) -> None:
    used = 0 < counter < 1 << counters.bits and counter.bit_count() <= counters.most
    if used:
        assert set(path(descend(counters, INITIAL, counter, name))) == ancestors(counter) - {0}
    else:
        with pytest.raises(DukptError):
            descend(counters, INITIAL, counter, name)


def test_as_many_keys_as_the_standards_promise() -> None:
    # X9.24-1, A.1: "more than 1 million"; X9.24-3, 6.1: 2 448 023 842
    assert dukpt_tdes.COUNTERS.left(1) == 2**20 - 1
    assert dukpt_aes.COUNTERS.left(1) == 2_448_023_842
    assert dukpt_tdes.COUNTERS.last == 0x1FF800
    assert dukpt_aes.COUNTERS.last == 0xFFFF0000
