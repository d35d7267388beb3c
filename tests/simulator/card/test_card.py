"""The card from outside: selection, records, PIN, status words, power."""

from __future__ import annotations

import pytest

from cardamom.engines.apdu import command
from cardamom.simulator.card.card import Card
from cardamom.simulator.card.profile import names
from support.cards import initiate, objects, powered, read, select, send

DIRECTORY = "00A404000E315041592E5359532E444446303100"


def verify(card: Card, block: str) -> int:
    return send(card, "0020008008" + block).sw


@pytest.mark.parametrize("profile", names())
def test_atr_is_a_cold_reset_of_book_1(profile: str) -> None:
    card = powered(profile)
    if card.profile.protocol == "T=0":
        assert card.atr.hex().upper() == "3B6800004341524441304D4D"
    else:
        assert card.atr.hex().upper() == "3BE800FF8131FE45434152444130414D75"


def test_directory_lists_each_application() -> None:
    card = powered("two-applications")
    fci = send(card, DIRECTORY)
    assert objects(fci)[0x88] == b"\x01"
    assert objects(fci)[0x5F2D] == b"zhen"
    first, second = read(card, 1, 1), read(card, 1, 2)
    assert first.data.hex().upper() == (
        "701961174F07F000000123450150094C41422044454249548701" + "01"
    )
    assert objects(second)[0x4F].hex().upper() == "F0000001234502"
    assert read(card, 1, 3).sw == 0x6A83
    assert read(card, 2, 1).sw == 0x6A82


def test_a_card_without_directory() -> None:
    assert send(powered("sda"), DIRECTORY).sw == 0x6A82


def test_select_by_full_name() -> None:
    fci = select(powered(), "F0000001234501")
    assert fci.data.hex().upper() == (
        "6F2D8407F0000001234501A52250094C41422044454249548701019F38069F1A029F3501"
        "5F2D047A68656E9F110101"
    )


def test_select_by_part_of_the_name_and_next() -> None:
    card = powered("two-applications")
    part = bytes.fromhex("F00000012345")
    first = send(card, command(0x00, 0xA4, 0x04, 0x00, part, 0))
    following = send(card, command(0x00, 0xA4, 0x04, 0x02, part, 0))
    assert [objects(r)[0x84][-1] for r in (first, following)] == [1, 2]
    assert send(card, command(0x00, 0xA4, 0x04, 0x02, part, 0)).sw == 0x6A82


def test_a_blocked_application_shows_its_fci_with_a_warning() -> None:
    card = powered("blocked")
    answer = select(card)
    assert answer.sw == 0x6283
    assert objects(answer)[0x84].hex().upper() == "F0000001234501"
    assert send(card, "80A8000005830301562100").sw == 0x6985


def test_get_processing_options() -> None:
    card = powered()
    assert initiate(card).data.hex().upper() == "771282023800940C080101001001020218010400"
    assert send(card, "80A8000005830301562100").sw == 0x6985, "once a selection"


@pytest.mark.parametrize(
    ("body", "sw"),
    [
        ("028300", 0x6700),
        ("0483020156", 0x6700),
        ("06830301562100", 0x6700),
        ("058403015621", 0x6A80),
        ("0183", 0x6A80),
    ],
)
def test_wrong_command_templates(body: str, sw: int) -> None:
    card = powered()
    select(card)
    assert send(card, f"80A80000{body}00").sw == sw


def test_nothing_is_read_before_options_were_asked_for() -> None:
    card = powered()
    assert read(card, 1, 1).sw == 0x6985
    select(card)
    assert read(card, 1, 1).sw == 0x6985
    assert send(card, "80AE800000").sw == 0x6985
    assert verify(card, "24123456FFFFFFFF") == 0x6985


def test_status_words_of_wrong_commands() -> None:
    card = powered()
    initiate(card)
    wrong = {
        "00FF0000": 0x6D00,
        "80200080": 0x6D00,
        "90A40400": 0x6E00,
        "00A4000005F00000012345": 0x6A86,
        "00A4040004F0000001": 0x6700,
        "00A4040007F0000001234509": 0x6A82,
        "00B2050C00": 0x6A83,
        "00B2012400": 0x6A82,
        "00B2010800": 0x6A86,
        "0088000003010203": 0x6700,
        "80CA9F7900": 0x6A88,
        "00840100": 0x6A86,
        "00": 0x6700,
        "": 0x6700,
        "00A4040005F0": 0x6700,
        "00A40400000005F000000123": 0x6700,
    }
    answers = {raw: send(card, raw).sw for raw in wrong}
    assert {k: f"{v:04X}" for k, v in answers.items()} == {k: f"{v:04X}" for k, v in wrong.items()}


def test_challenge_is_eight_fresh_bytes() -> None:
    card = powered()
    select(card)
    first, second = send(card, "0084000000"), send(card, "0084000000")
    assert len(first.data) == 8
    assert first.data != second.data


def test_counters_by_get_data() -> None:
    card = powered("offline-pin")
    initiate(card)
    assert send(card, "80CA9F3600").data.hex().upper() == "9F36020001"
    assert send(card, "80CA9F1300").data.hex().upper() == "9F13020000"
    assert send(card, "80CA9F1700").data.hex().upper() == "9F170103"
    signature = powered("signature")
    initiate(signature)
    assert send(signature, "80CA9F1700").sw == 0x6A88, "a card without a PIN has no counter"


def test_offline_pin_counts_down_and_blocks() -> None:
    card = powered("offline-pin")
    initiate(card)
    assert verify(card, "241235FFFFFFFFFF") == 0x63C2
    assert verify(card, "241234FFFFFFFFFF") == 0x9000
    assert verify(card, "241235FFFFFFFFFF") == 0x63C2, "a right PIN gives all tries back"
    assert verify(card, "251234FFFFFFFFFF") == 0x63C1, "the length is part of the block"
    card.reset()
    initiate(card)
    assert verify(card, "249999FFFFFFFFFF") == 0x63C0, "a reset gives no tries back"
    assert verify(card, "241234FFFFFFFFFF") == 0x6983
    assert send(card, "80CA9F1700").data == bytes.fromhex("9F170100")


def test_pin_of_another_form() -> None:
    card = powered("offline-pin")
    initiate(card)
    assert send(card, "00200080031234FF").sw == 0x6700
    assert send(card, "0020008108241234FFFFFFFFFF").sw == 0x6A86
    assert send(card, "0020008808241234FFFFFFFFFF").sw == 0x6985, "no key to encipher with"
    assert send(card, "80CA9F1700").data == bytes.fromhex("9F170103"), "no try was used up"
    no_pin = powered("signature")
    initiate(no_pin)
    assert verify(no_pin, "241234FFFFFFFFFF") == 0x6985


def test_a_reset_forgets_the_transaction_and_keeps_the_counter() -> None:
    card = powered()
    initiate(card)
    card.power_off()
    card.power_on()
    assert read(card, 1, 1).sw == 0x6985
    initiate(card)
    assert send(card, "80CA9F3600").data.hex().upper() == "9F36020002"


def test_the_counter_ends() -> None:
    card = powered()
    card.applications[0].memory.atc = 0xFFFF
    select(card)
    assert send(card, "80A8000005830301562100").sw == 0x6985
