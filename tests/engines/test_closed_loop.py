"""Closed-loop records: a vector by other means, each flaw, round trips and noise."""

from __future__ import annotations

from datetime import date

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from hypothesis import given
from hypothesis import strategies as st

from cardamom.engines.closed_loop import (
    TYPE,
    ClosedLoopCard,
    ClosedLoopError,
    Flaw,
    account_number,
    card_of,
    check_digit,
    key_id,
    message,
    signed,
)
from cardamom.engines.ndef import NdefError, NdefRecord, Tnf, parse_message
from cardamom.engines.ndef_tags import read_type_2
from cardamom.simulator.pn532.tags import type_2
from cardamom.values.secret import Pan

# RFC 8032, 7.1, test 1
PRIVATE = bytes.fromhex("9d61b19deffd5a60ba844af492ec2cc44449c5697b326919703bac031cae7f60")
PUBLIC = bytes.fromhex("d75a980182b10ab7d54bfed3c964073a0ee172f3daa62325af021a68f707511a")
KEYS = {key_id(PUBLIC): PUBLIC}
UID = bytes.fromhex("04A1B2C3D4E5F6")
CARD = ClosedLoopCard(Pan("9990010000000010"), 0, "2912", UID)
PREFIXES = ("9990",)
# `openssl pkeyutl -sign -rawin` (OpenSSL 3.0.19) with that key, over the label, a byte 01 and the
# unsigned part put together by hand
UNSIGNED = bytes.fromhex("0121FE31DF0029120704A1B2C3D4E5F6109990010000000010")
SIGNATURE = bytes.fromhex(
    "3013F347A7259BA0378A38C08C216963201C56D0E23AB2D522CC7DECF7372ED4"
    "E12781D796D54E1A2DC6940104A399DC67E892F809F17034C370BA705B447F0A"
)
OTHER = bytes(range(32))


def read(written: bytes, uid: bytes = UID) -> ClosedLoopCard:
    return card_of(parse_message(written), uid, KEYS, PREFIXES)


def flaw(written: bytes, uid: bytes = UID, prefixes: tuple[str, ...] = PREFIXES) -> Flaw:
    with pytest.raises(ClosedLoopError) as refused:
        card_of(parse_message(written), uid, KEYS, prefixes)
    return refused.value.flaw


def test_the_vector_both_ways() -> None:
    written = message(UNSIGNED + SIGNATURE)
    assert signed(CARD, PRIVATE) == written
    assert read(written) == CARD


def test_it_fits_the_smallest_tag_that_is_named() -> None:
    longest = ClosedLoopCard(Pan("9990010000000000" + "00" + check_digit("999001000000000000")),
                             99, "2912", bytes(range(1, 11)))  # fmt: skip
    ntag213 = 144
    assert len(signed(longest, PRIVATE)) + 3 <= ntag213


def test_each_flaw_is_told() -> None:
    good = signed(CARD, PRIVATE)
    assert flaw(good, UID[:-1] + b"\0") is Flaw.COPIED
    assert flaw(good, prefixes=("9991",)) is Flaw.OTHER_NUMBER
    assert flaw(signed(CARD, OTHER)) is Flaw.OTHER_KEY
    assert flaw(message(UNSIGNED + bytes(64))) is Flaw.FORGED
    assert flaw(message(UNSIGNED[:-1])) is Flaw.MALFORMED
    assert flaw(bytes.fromhex("D1010155") + b"\0") is Flaw.NO_RECORD
    twice = NdefRecord(Tnf.EXTERNAL, TYPE, UNSIGNED + SIGNATURE)
    with pytest.raises(ClosedLoopError) as refused:
        card_of([twice, twice], UID, KEYS, PREFIXES)
    assert refused.value.flaw is Flaw.MALFORMED


def test_cards_of_a_key_that_was_taken_back_are_refused() -> None:
    """Two keys while one comes in for the other; then the old one's file is no longer named."""
    new = Ed25519PrivateKey.from_private_bytes(OTHER).public_key().public_bytes_raw()
    old, both = signed(CARD, PRIVATE), KEYS | {key_id(new): new}
    assert card_of(parse_message(old), UID, both, PREFIXES) == CARD
    assert card_of(parse_message(signed(CARD, OTHER)), UID, both, PREFIXES) == CARD
    with pytest.raises(ClosedLoopError) as refused:
        card_of(parse_message(old), UID, {key_id(new): new}, PREFIXES)
    assert refused.value.flaw is Flaw.OTHER_KEY


@pytest.mark.parametrize("at", range(len(UNSIGNED + SIGNATURE)))
def test_no_byte_may_change(at: int) -> None:
    changed = bytearray(UNSIGNED + SIGNATURE)
    changed[at] ^= 0x01
    with pytest.raises(ClosedLoopError):
        read(message(bytes(changed)))


def test_it_says_nothing_of_itself() -> None:
    assert "0000000010" not in repr(CARD)
    assert UID.hex() not in repr(CARD)


@pytest.mark.parametrize(
    ("until", "today", "over"),
    [("2912", date(2029, 12, 31), False), ("2912", date(2030, 1, 1), True)],
)
def test_it_is_valid_through_its_month(until: str, today: date, over: bool) -> None:
    assert ClosedLoopCard(CARD.number, 0, until, UID).expired(today) is over


@pytest.mark.parametrize(
    "number", ["9990010000000011", "999001000000", "99900100000000100000", "99900100000000 0"]
)
def test_numbers_that_no_card_has(number: str) -> None:
    with pytest.raises(ValueError, match="account number"):
        account_number(number, PREFIXES)


@pytest.mark.parametrize("uid", [b"\x08\1\2\3", b"", bytes(5)])
def test_a_uid_that_is_made_anew_is_never_signed(uid: bytes) -> None:
    with pytest.raises(ValueError, match="UID"):
        signed(ClosedLoopCard(CARD.number, 0, "2912", uid), PRIVATE)


numbers = st.integers(12, 18).flatmap(
    lambda n: st.text("0123456789", min_size=n - 4, max_size=n - 4)
).map(lambda tail: "9990" + tail + check_digit("9990" + tail))  # fmt: skip
uids = st.sampled_from((4, 7, 10)).flatmap(lambda n: st.binary(min_size=n, max_size=n))


@given(numbers, st.integers(0, 99), st.integers(0, 99), st.integers(1, 12), uids)
def test_what_is_signed_is_read(number: str, issue: int, year: int, month: int, uid: bytes) -> None:
    card = ClosedLoopCard(Pan(number), issue, f"{year:02d}{month:02d}", b"\4" + uid[1:])
    assert read(signed(card, PRIVATE), card.uid) == card


@given(st.binary(max_size=200))
def test_only_its_own_error_escapes(payload: bytes) -> None:
    with pytest.raises(ClosedLoopError):
        card_of([NdefRecord(Tnf.EXTERNAL, TYPE, payload)], UID, KEYS, PREFIXES)


@given(st.binary(max_size=60))
def test_nor_behind_a_head_that_is_right(tail: bytes) -> None:
    with pytest.raises(ClosedLoopError):
        card_of([NdefRecord(Tnf.EXTERNAL, TYPE, UNSIGNED[:5] + tail + SIGNATURE)], UID, KEYS, ())


@given(st.data())
def test_a_spoilt_tag_is_the_same_card_or_none(data: st.DataObject) -> None:
    """Bytes of its pages changed, from the capabilities on, and the rest cut off or not."""
    memory = bytearray(type_2(UID, signed(CARD, PRIVATE)).memory)
    at = st.tuples(st.integers(12, len(memory) - 1), st.integers(0, 255))
    for where, what in data.draw(st.lists(at, min_size=1, max_size=4)):
        memory[where] = what
    del memory[data.draw(st.integers(16, len(memory))) :]
    steps = read_type_2()
    try:
        page = next(steps)
        while True:
            page = steps.send(bytes(memory[page * 4 : page * 4 + 16]))
    except NdefError:
        return
    except StopIteration as end:
        message_read: bytes = end.value
    try:
        assert read(message_read) == CARD
    except (NdefError, ClosedLoopError):
        return


@given(st.binary(min_size=1, max_size=12), st.integers(0, 130))
def test_so_is_a_message_with_something_in_between(noise: bytes, at: int) -> None:
    good = signed(CARD, PRIVATE)
    with pytest.raises((NdefError, ClosedLoopError)):
        read(good[:at] + noise + good[at:])
