"""Names of objects, bits and codes, and which byte does not fit."""

from __future__ import annotations

import contextlib

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cardamom.engines.emv.bits import Aip, Capability, Tsi, Tvr, Usage
from cardamom.engines.emv.cvm_list import Method
from cardamom.engines.emv.dictionary import DICTIONARY
from cardamom.engines.emv.explain.lines import as_json, lines
from cardamom.engines.emv.explain.objects import (
    DecodeError,
    Node,
    dol_entries,
    listed,
    name_of,
    objects,
    tag_entries,
    value_node,
)
from cardamom.texts.chip_bits import BITS
from cardamom.texts.chip_codes import CVM_METHODS
from cardamom.texts.chip_results import CCD, MASTERCARD, VISA
from cardamom.values.merchant import Language

EN, ZH = Language.EN, Language.ZH
ENUMS = {0x95: Tvr, 0x9B: Tsi, 0x82: Aip, 0x9F07: Usage, 0x9F33: Capability}


def says(tag: int, text: str, language: Language = EN) -> tuple[str, ...]:
    return value_node(tag, text, language).says


@pytest.mark.parametrize("tag", ENUMS)
def test_every_bit_that_the_kernel_knows_has_a_name_where_it_stands(tag: int) -> None:
    coded = BITS[tag]
    for member in ENUMS[tag]:
        text = int(member).to_bytes(coded.size).hex().upper()
        for language in Language:
            (said,) = says(tag, text, language)
            place, _, name = said.partition(" ")
            byte, bit = map(int, place.split("."))
            assert int(member) == 1 << (8 * (coded.size - byte) + bit - 1)
            assert name not in ("reserved", "保留")


@pytest.mark.parametrize("coded", [*BITS.values(), CCD, VISA, MASTERCARD])
def test_no_bit_has_two_names(coded: object) -> None:
    rows = coded.rows  # type: ignore[attr-defined]
    places = [(byte, bit) for byte, bit, _, _ in rows]
    assert len(set(places)) == len(places)
    assert all(1 <= byte <= coded.size and 1 <= bit <= 8 for byte, bit in places)  # type: ignore[attr-defined]


def test_every_method_of_the_kernel_has_words() -> None:
    assert {m.value for m in Method} <= CVM_METHODS.keys()


def test_every_object_of_the_dictionary_has_a_chinese_name_but_rare_ones() -> None:
    lacking = [tag for tag in DICTIONARY if name_of(tag, ZH) == DICTIONARY[tag].name]
    assert len(lacking) < len(DICTIONARY) / 4


# EMV 4.4 Book 3, C5 and C6: byte and bit as the book prints them
@pytest.mark.parametrize(
    ("tag", "value", "said"),
    [
        (0x95, "0000008000", ("4.8 transaction exceeds the floor limit",)),
        (
            0x95,
            "4240040000",
            (
                "1.7 SDA failed",
                "1.2 SDA selected",
                "2.7 expired application",
                "3.3 online CVM captured",
            ),
        ),
        (0x95, "0000000000", ("no bit is set",)),
        (0x95, "0004000000", ("2.3 reserved",)),
        (
            0x9B,
            "E800",
            (
                "1.8 offline data authentication was performed",
                "1.7 cardholder verification was performed",
                "1.6 card risk management was performed",
                "1.4 terminal risk management was performed",
            ),
        ),
        (
            0x9F34,
            "440302",
            (("enciphered PIN checked by the card, if the terminal supports it: successful"),),
        ),
        (0x9F34, "3F0001", ("no CVM performed, always: failed",)),
        (0x9F27, "80", ("ARQC (go online)",)),
        (0x9F27, "09", ("AAC (declined)", "advice required", "service not allowed")),
        (0x94, "0801020110010100", ("SFI 1 record 1, signed", "SFI 1 record 2", "SFI 2 record 1")),
        (0x9F35, "22", ("attended, offline with online capability; merchant",)),
        (0x9A, "251126", ("2025-11-26",)),
        (0x9F02, "000000001234", ("1234",)),
        (0x5F2A, "0156", ("CNY",)),
        (0x8A, "5A33", ('"Z3" unable to go online, offline declined',)),
        (0x9F5B, "2011223344", ("11223344: script processing successful",)),
        (0x9F5B, "1200000000", ("00000000: script processing failed at command 2",)),
        (0x87, "81", ("1; the customer must confirm",)),
        (0x50, "5445535420435245444954", ('"TEST CREDIT"',)),
        (0x9F36, "00A1", ("161",)),
    ],
)
def test_what_a_value_says(tag: int, value: str, said: tuple[str, ...]) -> None:
    assert says(tag, value) == said


# The first three are the examples of public IAD decoders for Visa CVN 18 and 10, M/Chip 4 and CCD
@pytest.mark.parametrize(
    ("value", "said"),
    [
        ("06011203A00000", ["Visa, CVN 18 (12), key index 01", "first GENERATE AC: ARQC"]),
        ("06000A03A08800", ["Visa, CVN 10 (0A), key index 00", "CVR 2.8 last online transaction"]),
        (
            "0110A04003223000000000001126980002FF",
            [
                "Mastercard M/Chip, CVN 10, key index 01",
                "CVR 2.7 CDA returned in the first",
                "CVR 4.2 domestic transaction",
                "CVR 5.6 lower cumulative offline",
            ],
        ),
        (
            "0FA526A83100000000000001500000000F240000000000000000000000000000",
            [
                "Common Core Definitions, CCI A5, key index 26",
                "CVR 1.4 CDA performed",
                "CVR 2.1 last online transaction not completed",
                "PIN tries left: 3",
            ],
        ),
        ("07010103A0A00401", ["UnionPay, CVN 1 (01)", "algorithm: 3DES"]),
    ],
)
def test_issuer_application_data(value: str, said: list[str]) -> None:
    told = "\n".join(says(0x9F10, value))
    for words in said:
        assert words in told


def test_issuer_application_data_of_an_unknown_form_say_nothing() -> None:
    assert says(0x9F10, "AABBCC") == ()


# Book 3, Table 43 and 44; amounts X and Y in front
def test_a_cvm_list() -> None:
    assert says(0x8E, "00000000000003E842031E061F00") == (
        "X = 0, Y = 1000",
        "4203 enciphered PIN checked online, if the terminal supports it; else the next rule",
        "1E06 signature, if in the card's currency and under X; else fail",
        "1F00 no CVM required, always; else fail",
    )


def test_lists_name_what_they_ask_for() -> None:
    found = [(n.tag, n.says) for n in dol_entries(bytes.fromhex("9F02065F2A029F3704"), EN)]
    assert found == [("9F02", ("6 bytes",)), ("5F2A", ("2 bytes",)), ("9F37", ("4 bytes",))]
    assert [n.tag for n in tag_entries(bytes.fromhex("82"), EN)] == ["82"]


def test_what_a_command_carries_is_named_by_its_list() -> None:
    raw = bytes.fromhex("9F020695055F2A02")
    nodes = listed(raw, "000000001234" + "0000008000" + "0156", EN)
    assert [n.tag for n in nodes] == ["9F02", "95", "5F2A"]
    assert nodes[1].says == ("4.8 transaction exceeds the floor limit",)
    assert listed(raw, "00", EN) == ()


def test_objects_within_objects() -> None:
    (fci,) = objects("6F128407A0000000031010A50750055445535431", EN)
    assert [n.tag for n in fci.inside] == ["84", "A5"]
    assert fci.inside[1].inside[0].says == ('"TEST1"',)
    assert [line.split()[0] for line in lines([fci])] == ["6F", "84", "A5", "50"]
    assert as_json(fci)["value"] is None


@pytest.mark.parametrize(
    ("raw", "at"),
    [
        ("9F", 0),
        ("9FFFFFFF01", 0),
        ("5A", 0),
        ("5A80", 0),
        ("9A0325", 2),
        ("5001419A0325", 5),
        ("70035A0847", 4),
        ("00006F05A503500541", 8),
    ],
)
def test_bad_input_says_at_which_byte(raw: str, at: int) -> None:
    with pytest.raises(DecodeError) as caught:
        objects(raw, EN)
    assert caught.value.at == at
    assert str(caught.value).startswith(f"byte {at}: ")


def test_hidden_values_are_named_and_not_read() -> None:
    (record,) = objects("70115A08476173******01199F4604********", EN)
    assert [(n.tag, n.value, n.says) for n in record.inside] == [
        ("5A", "476173******0119", ()),
        ("9F46", "********", ()),
    ]
    (whole,) = objects("7003******", EN)
    assert whole.inside == ()


def test_a_number_is_hidden_even_where_it_came_in_clear() -> None:
    (node,) = objects("5A084761739001010119", EN)
    assert node.value == "476173******0119"
    told = "\n".join(lines(objects("57134761739001010119D27122011234000000000F9F1F0131", EN)))
    assert "4761" not in told


def flat(nodes: tuple[Node, ...]) -> list[Node]:
    return [each for node in nodes for each in (node, *flat(node.inside))]


@given(st.binary(max_size=80), st.sampled_from(Language))
def test_whatever_the_bytes_only_a_decode_error_leaves(raw: bytes, language: Language) -> None:
    with contextlib.suppress(DecodeError):
        assert all(node.tag for node in flat(objects(raw.hex().upper(), language)))


@given(st.sampled_from(sorted({*DICTIONARY, *BITS})), st.binary(max_size=40))
def test_any_value_of_any_object_can_be_named(tag: int, raw: bytes) -> None:
    for language in Language:
        node = value_node(tag, raw.hex().upper(), language)
        assert list(lines([node]))
        assert as_json(node)["tag"] == f"{tag:X}"
