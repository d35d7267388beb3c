"""The chain: a digest worked out by hand, what breaks it, and that no bytes break the reader."""

from __future__ import annotations

import contextlib
import hashlib

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from cardamom.store.chain import GENESIS, ChainRow, DamageFault, breaks, decode, encode, link
from support.ledger import EVENTS, answer, card_read, receipt_owed, started


def _chained(count: int, start: int = 1, previous: bytes = GENESIS) -> list[ChainRow]:
    rows: list[ChainRow] = []
    for seq in range(start, start + count):
        body = b'{"n":%d}' % seq
        previous = link(previous, seq, 1, body)
        rows.append((seq, 1, body, previous))
    return rows


def test_a_link_covers_hash_numbers_and_body() -> None:
    message = bytes(32) + bytes.fromhex("00000000000000020000000000000007") + b'{"a":1}'
    assert link(bytes(32), 2, 7, b'{"a":1}') == hashlib.sha256(message).digest()


def test_a_whole_chain_has_no_breaks() -> None:
    rows = _chained(5)
    assert list(breaks(rows, 0, GENESIS)) == []
    assert list(breaks(rows[2:], 2, rows[1][3])) == []
    assert list(breaks([], 0, GENESIS)) == []


def test_each_break_is_told_once_and_by_its_number() -> None:
    rows = _chained(6)
    changed = [*rows]
    changed[2] = (3, 1, b'{"n":9}', rows[2][3])
    assert [seq for seq, _ in breaks(changed, 0, GENESIS)] == [3]
    moved = [*rows]
    moved[3] = (4, 2, rows[3][2], rows[3][3])
    assert [seq for seq, _ in breaks(moved, 0, GENESIS)] == [4]
    rehashed = [*rows]
    rehashed[1] = (2, 1, b"x", link(rows[0][3], 2, 1, b"x"))
    assert [seq for seq, _ in breaks(rehashed, 0, GENESIS)] == [3]
    negative = [(1, -5, b"", b"")]
    assert [seq for seq, _ in breaks(negative, 0, GENESIS)] == [1]


def test_a_gap_names_the_first_that_is_missing() -> None:
    rows = _chained(6)
    assert list(breaks([*rows[:2], *rows[4:]], 0, GENESIS)) == [(3, "events 3 to 4 are missing")]
    assert [seq for seq, _ in breaks(rows[1:], 0, GENESIS)] == [1]


@pytest.mark.parametrize("event", [started("r"), card_read(), receipt_owed("a"), *EVENTS.values()])
def test_an_event_comes_back_as_it_was(event: object) -> None:
    assert decode(encode(event)) == event  # type: ignore[arg-type]


@given(st.binary() | st.text().map(str.encode))
@settings(deadline=None)
def test_only_damage_escapes_from_any_bytes(body: bytes) -> None:
    with pytest.raises(DamageFault):
        decode(body)


@given(st.data())
@settings(deadline=None)
def test_only_damage_escapes_from_a_changed_event(data: st.DataObject) -> None:
    body = bytearray(encode(answer()))
    at = data.draw(st.integers(0, len(body) - 1))
    body[at] = data.draw(st.integers(0, 255))
    with contextlib.suppress(DamageFault):
        decode(bytes(body))
