"""Dictionary, store and data object lists."""

from __future__ import annotations

from dataclasses import replace

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from cardamom.engines import tlv
from cardamom.engines.emv import dol
from cardamom.engines.emv.bits import Aip, Capability, Tsi, Tvr
from cardamom.engines.emv.dictionary import DICTIONARY, FORGIVEN, TEMPLATES, Format, Source
from cardamom.engines.emv.store import DataError, Store, config_data, transaction_data
from support.conformance import rows
from support.emv import ORDER, RULES


def store() -> Store:
    return Store(config_data(RULES), transaction_data(ORDER))


def test_dictionary_rows_are_sound() -> None:
    for tag, row in DICTIONARY.items():
        assert tlv.read_tag(tlv.tag_bytes(tag), 0)[0] == tag == row.tag
        assert row.least <= row.most
        assert row.name
        if row.template is not None:
            assert tlv.is_constructed(row.template)
            assert row.source is Source.CARD


def test_the_terminals_own_data_fit_the_dictionary() -> None:
    rules = replace(
        RULES, terminal_id="12345678", merchant_id="123456789012345", acquirer_id="48020000",
        merchant_name="Corner Shop",
    )  # fmt: skip
    held = config_data(rules) | transaction_data(ORDER)
    for tag, value in held.items():
        assert DICTIONARY[tag].fits(value), f"{tag:X}"
        assert DICTIONARY[tag].source is Source.TERMINAL, f"{tag:X}"
    assert held[0x9F01].hex() == "000048020000"
    assert held[0x81].hex() == "000004d2"
    assert held[0x9F41].hex() == "00000001"


def test_amounts_beyond_four_bytes_have_no_binary_form() -> None:
    data = transaction_data(replace(ORDER, amount_minor=999_999_999_999))
    assert data[0x9F02].hex() == "999999999999"
    assert 0x81 not in data
    assert 0x9F04 in data


def test_each_provenance_answers_for_its_own_tags() -> None:
    held = store()
    held.take(0x9F02, b"\xff" * 6)
    held.take(0x91, b"\xff" * 8)
    held.take(0xDF01, b"x")
    assert 0x9F02 not in held.card
    assert held.get(0x9F02) == bytes.fromhex("000000001234")
    assert held.get(0x91) is None
    assert held.get(0xDF01) == b"x"
    held.issuer[0x91] = bytes(8)
    held.terminal[0x5A] = b"\x01"
    assert held.get(0x91) == bytes(8)
    assert held.get(0x5A) is None
    assert 0x5A not in held.tags()
    assert list(held.tags()) == sorted(held.tags())


@pytest.mark.parametrize(("tag", "value"), [(0x82, b"\0"), (0x5F24, b""), (0x9F36, bytes(3))])
def test_wrong_lengths(tag: int, value: bytes) -> None:
    with pytest.raises(DataError, match=f"{tag:X}"):
        store().take(tag, value)


def test_taking_twice() -> None:
    held = store()
    held.take(0x82, b"\0\0")
    with pytest.raises(DataError, match="82"):
        held.take(0x82, b"\0\0")
    held.replace(0x82, b"\x18\0")
    assert held.get(0x82) == b"\x18\0"


# openemv/emv-utils, tests/emv_dol_test.c: tests 4 to 7
VALUES = {
    0x9C: "09", 0x9A: "240217", 0x5F2A: "0978", 0x9F02: "000123456789", 0x9F03: "000987654321",
    0x9F1A: "0528", 0x9F37: "DEADBEEF", 0x95: "1234554321",
}  # fmt: skip
DOL = "9F02069F03069F1A0295055F2A029A039C019F3704"
ODD_DOL = "9F02039F03079F1A0295065F2A029A009C039F3703"


def value_of(tag: int) -> bytes | None:
    return bytes.fromhex(VALUES[tag]) if tag in VALUES else None


@rows(
    "Book 3, 5.4",
    "text, built",
    (
        "a list of all lengths as they are",
        "values in order",
        DOL,
        "00012345678900098765432105281234554321097824021709DEADBEEF",
    ),
    (
        "a list with other lengths",
        "n cut and padded on the left, b on the right",
        ODD_DOL,
        "4567890000098765432105281234554321000978000009DEADBE",
    ),
    ("unknown tags and one that is absent", "zeros", "9F6602DF8101035A03", "0000000000000000"),
    ("constructed tags", "zeros", "7702A503", "0000000000"),
    ("an empty list", "no data", "", ""),
    ("n one byte too long", "leading zeros", "9F0208", "0000000123456789"),
    ("n one byte too short", "its first digits cut", "9F0205", "0123456789"),
    ("b too long", "zeros behind", "9F3706", "DEADBEEF0000"),
    ("b too short", "its last bytes cut", "9F3702", "DEAD"),
    ("a length of zero", "nothing", "9F37009C00", ""),
    ("one tag twice", "its value twice", "9C019C01", "0909"),
)
def test_building_a_dol(text: str, built: str) -> None:
    assert dol.build(bytes.fromhex(text), value_of).hex().upper() == built


@rows(
    "Book 3, 5.4",
    "text",
    ("a list cut behind a tag", "refused", DOL[:-2]),
    ("a list cut within a tag", "refused", DOL[:20]),
    ("a list for 255 bytes", "refused", "9F02FF"),
    ("a list for 253 bytes in two entries", "refused", "9F02FC9C01"),
    ("a list with a tag of four bytes", "refused", "9FFFFF01"),
)
def test_malformed_dols(text: str) -> None:
    with pytest.raises(tlv.TlvError):
        dol.build(bytes.fromhex(text), value_of)


@rows(
    "Book 3, 5.4",
    "tag, value, length, built",
    ("cn too long", "F behind", 0x5A, "1234", 4, "1234ffff"),
    ("cn too short", "its last digits cut", 0x5A, "1234", 1, "12"),
    ("an too long", "zeros behind", 0x8A, "3030", 3, "303000"),
    ("an too short", "its last characters cut", 0x9F1C, "3132333435363738", 4, "31323334"),
    ("ans too long", "zeros behind", 0x9F4E, "53", 3, "530000"),
    ("n of one byte in three", "leading zeros", 0x9C, "20", 3, "000020"),
    ("a proprietary tag of the card", "as b", 0xDF01, "AB", 2, "ab00"),
)
def test_fitting(tag: int, value: str, length: int, built: str) -> None:
    assert DICTIONARY[0x5A].format is Format.CN
    assert dol.fit(tag, bytes.fromhex(value), length).hex() == built


@rows(
    "Book 3, 4.3",
    "tag, value, kept",
    ("n of decimal digits", "kept", 0x9F42, "0156", True),
    ("n with a hexadecimal digit", "refused", 0x9F42, "015A", False),
    ("cn with filler behind", "kept", 0x5A, "47617390FF", True),
    ("cn of filler alone", "kept", 0x9F20, "FFFF", True),
    ("cn with a digit behind filler", "refused", 0x5A, "4761F390", False),
    ("b of any value", "kept", 0x9F07, "FFC0", True),
    ("b one byte short", "refused", 0x9F07, "FF", False),
    (
        "a date on 31 February",
        "kept: the month and a day up to 31 are checked",
        0x5F24,
        "270231",
        True,
    ),
    ("a date in month 13", "refused", 0x5F25, "271301", False),
    ("ans of control characters", "kept", 0x5F20, "0000", True),
)
def test_formats(tag: int, value: str, kept: bool) -> None:
    held = store()
    if kept:
        held.take(tag, bytes.fromhex(value))
        assert held.get(tag) == bytes.fromhex(value)
    else:
        with pytest.raises(DataError, match=f"{tag:X}"):
            held.take(tag, bytes.fromhex(value))


@pytest.mark.parametrize("tag", sorted(FORGIVEN))
def test_what_no_payment_needs_is_left_out(tag: int) -> None:
    held = store()
    held.take(tag, b"\xff" * 200)
    assert held.get(tag) is None


def test_each_template_is_constructed_and_no_object() -> None:
    assert all(tlv.is_constructed(tag) or tag in (0x80, 0x83) for tag in TEMPLATES)
    assert set(TEMPLATES) & set(DICTIONARY) == {0x71, 0x72}
    assert {row.template for row in DICTIONARY.values()} - {None} <= set(TEMPLATES)
    assert not any(
        row.well_formed(b"\xaa" * 6) for row in DICTIONARY.values() if row.format is Format.N
    )


@given(st.binary(max_size=60))
@settings(max_examples=150, deadline=None)
def test_any_dol_gives_its_length_or_its_error(text: bytes) -> None:
    try:
        expected = sum(length for _, length in dol.entries(text))
    except tlv.TlvError:
        expected = -1
    if 0 <= expected <= dol.MAX_DATA:
        assert len(dol.build(text, value_of)) == expected
    else:
        with pytest.raises(tlv.TlvError):
            dol.build(text, value_of)


@pytest.mark.parametrize(
    ("bit", "size", "text"),
    [
        (Tvr.ODA_NOT_PERFORMED, 5, "8000000000"),
        (Tvr.NEW_CARD, 5, "0008000000"),
        (Tvr.ONLINE_CVM_CAPTURED, 5, "0000040000"),
        (Tvr.RANDOMLY_SELECTED, 5, "0000001000"),
        (Tvr.SCRIPT_FAILED_AFTER, 5, "0000000010"),
        (Tsi.ODA_PERFORMED, 2, "8000"),
        (Tsi.SCRIPTS_PROCESSED, 2, "0400"),
        (Aip.SDA, 2, "4000"),
        (Aip.CDA, 2, "0100"),
        (Capability.PLAINTEXT_PIN, 3, "008000"),
        (Capability.NO_CVM, 3, "000800"),
        (Capability.CDA, 3, "000008"),
    ],
)
def test_bits_stand_where_the_books_have_them(bit: int, size: int, text: str) -> None:
    assert bit.to_bytes(size).hex() == text
