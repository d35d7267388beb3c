from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from cardamom.engines import tlv
from cardamom.engines.tlv import TlvError
from support.conformance import case, rows

FCI = bytes.fromhex("6F208404315041598801015F2D046E6C656EA50E8801025F2D04656E6E6C9F110101")


@rows(
    "Book 3, B1",
    "data, tag, behind",
    ("a tag of one byte", "read", "5A", 0x5A, 1),
    ("a tag of two bytes", "read", "9F02", 0x9F02, 2),
    ("a tag of three bytes", "read", "DF8101", 0xDF8101, 3),
)
def test_tags(data: str, tag: int, behind: int) -> None:
    assert tlv.read_tag(bytes.fromhex(data), 0) == (tag, behind)
    assert tlv.tag_bytes(tag).hex().upper() == data


@rows(
    "Book 3, B2",
    "data, length, behind",
    ("a length of one byte", "read", "7F", 127, 1),
    ("a length of two bytes", "read", "8180", 128, 2),
    ("a length of three bytes", "read", "820100", 256, 3),
    ("a length of two bytes that one could tell", "read", "8105", 5, 2),
)
def test_lengths(data: str, length: int, behind: int) -> None:
    assert tlv.read_length(bytes.fromhex(data), 0) == (length, behind)


@rows(
    "Book 3, B2",
    "data",
    ("Book 3, B1", "a tag cut behind its first byte", "refused", "9F"),
    ("Book 3, B1", "a tag cut behind its second byte", "refused", "DF81"),
    ("Book 3, B1", "a tag of four bytes", "refused", "DF818101"),
    ("a tag without a length", "refused", "5A"),
    ("a length greater than what is there", "refused", "5A02FF"),
    ("the indefinite length", "refused", "5A80"),
    ("a length of four bytes", "refused", "5A83000001"),
    ("a length of three bytes cut short", "refused", "5A82FF"),
    ("a length of two bytes cut short", "refused", "5A81"),
    ("a length of 65535 bytes that are not there", "refused", "5A82FFFF00"),
)
def test_what_is_no_tlv(data: str) -> None:
    with pytest.raises(TlvError):
        list(tlv.items(bytes.fromhex(data)))


@case("Book 3, B1", "bytes 00 before, between and behind objects", "passed over")
def test_filler_is_skipped() -> None:
    assert list(tlv.items(bytes.fromhex("00009C0109000000"))) == [(0x9C, b"\x09")]
    assert list(tlv.items(b"")) == []


def test_walk_and_find() -> None:
    nested = tlv.encode(0x6F, tlv.encode(0xA5, tlv.encode(0x88, b"\x01") + b"\x9c\x00"))
    assert [tag for tag, _ in tlv.walk(nested)] == [0x6F, 0xA5, 0x88, 0x9C]
    assert tlv.find(nested, 0x88) == b"\x01"
    assert tlv.find(nested, 0x5A) is None


@case("Book 3, B3", "templates nested twelve deep", "refused")
def test_nesting_is_bounded() -> None:
    data = b""
    for _ in range(12):
        data = tlv.encode(0x70, data)
    with pytest.raises(TlvError, match="deep"):
        list(tlv.walk(data))


def test_only_and_distinct() -> None:
    assert tlv.only(b"\x80\x01\xff", 0x77, 0x80) == (0x80, b"\xff")
    for bad in (b"", b"\x77\x00\x77\x00", b"\x70\x00"):
        with pytest.raises(TlvError):
            tlv.only(bad, 0x77, 0x80)
    with pytest.raises(TlvError, match="5A"):
        tlv.distinct(b"\x5a\x01\x01\x5a\x01\x02")
    assert tlv.distinct(b"\x5a\x01\x01\x57\x00") == {0x5A: b"\x01", 0x57: b""}


@pytest.mark.parametrize(("tag", "constructed"), [(0x6F, True), (0xBF0C, True), (0x9F02, False)])
def test_constructed(tag: int, constructed: bool) -> None:
    assert tlv.is_constructed(tag) == constructed


TAGS = st.sampled_from([0x5A, 0x57, 0x9F02, 0x5F2D, 0xDF8101, 0x6F, 0xBF0C, 0x9F7F])
OBJECTS = st.lists(st.tuples(TAGS, st.binary(max_size=300)), max_size=6)


@given(OBJECTS)
@settings(max_examples=80, deadline=None)
def test_round_trip(objects: list[tuple[int, bytes]]) -> None:
    assert list(tlv.items(tlv.encode_all(objects))) == objects


@given(st.binary(max_size=80))
@settings(max_examples=250, deadline=None)
def test_only_its_own_error_leaves(data: bytes) -> None:
    for parse in (tlv.items, tlv.walk):
        try:
            found = list(parse(data))
        except TlvError:
            continue
        assert all(len(value) <= len(data) for _, value in found)


def test_a_value_too_long() -> None:
    assert tlv.encode(0x70, bytes(65535))[:4].hex() == "7082ffff"
    with pytest.raises(TlvError):
        tlv.encode(0x70, bytes(65536))
