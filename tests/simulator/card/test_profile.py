"""Card profiles: what comes with the package, and errors that name file and key."""

from __future__ import annotations

from pathlib import Path

import pytest
from msgspec import structs

from cardamom.faults import SettingsError
from cardamom.simulator.card.card import Card
from cardamom.simulator.card.cvm import CvmError, encode_list, encode_rule
from cardamom.simulator.card.profile import load_profile, names
from support.cards import initiate, objects, read

PAN = "6222020000040128"
GOOD = f"""
about = "a card"
protocol = "T=1"

[[application]]
aid = "F0000001234501"
label = "LAB DEBIT"
pan = "{PAN}"
pin = "123456"
cvm = ["online PIN if supported", "no CVM"]
"""


def write(folder: Path, text: str) -> Path:
    file = folder / "card.toml"
    file.write_text(text, "utf-8")
    return file


def test_each_published_profile_loads_and_has_its_own_numbers() -> None:
    assert set(names()) >= {
        "debit",
        "signature",
        "offline-pin",
        "no-cvm",
        "expired",
        "blocked",
        "declines-second",
        "sda",
        "two-applications",
        "cda",
    }
    numbers = [a.pan for name in names() for a in load_profile(name).applications]
    assert len(set(numbers)) == len(numbers)
    assert all(n.startswith("622202") for n in numbers)


def test_a_profile_of_ones_own(tmp_path: Path) -> None:
    profile = load_profile(write(tmp_path, GOOD))
    assert profile.applications[0].label == "LAB DEBIT"
    assert profile.applications[0].psn == 1


@pytest.mark.parametrize(
    ("old", "new", "said"),
    [
        ('"T=1"', '"T=2"', "protocol: 'T=2' is not allowed; expected one of T=0, T=1"),
        ("about", "abuot", "abuot: unknown key; allowed: about, application, protocol"),
        (PAN, "6222020000040129", "application[0].pan: not allowed; expected 13 to 19 digits"),
        (f'"{PAN}"', PAN, "application[0].pan: expected digits in quotes"),
        ('"123456"', '"12"', "application[0].pin: not allowed; expected 4 to 12 digits"),
        ("F0000001234501", "F0", "application[0].aid: 'F0' is not allowed; expected text matching"),
        ("label", "lable", "application[0].lable: unknown key"),
        ('label = "LAB DEBIT"', "", "application[0].label: missing; expected text"),
        ("if supported", "if lucky", "application[0].cvm[0]: 'online PIN if lucky' is not a rule"),
        ("[[application]]", "[[application]]\n[[application]]", "application[0].aid: missing"),
        ("about", "applications = []\nabout", "applications: unknown key"),
    ],
)
def test_errors_name_file_and_key(tmp_path: Path, old: str, new: str, said: str) -> None:
    file = write(tmp_path, GOOD.replace(old, new))
    with pytest.raises(SettingsError) as caught:
        load_profile(file)
    text = str(caught.value)
    assert text.startswith(f"{file}: {said}")
    assert PAN not in text
    assert "123456" not in text.replace("F0000001234501", "")


def test_an_aid_twice(tmp_path: Path) -> None:
    table = GOOD[GOOD.index("[[") :]
    with pytest.raises(SettingsError, match="an aid appears twice"):
        load_profile(write(tmp_path, GOOD + table))


def test_an_unknown_name_lists_the_known_ones() -> None:
    with pytest.raises(
        SettingsError, match="nope: no such card; expected one of blocked, cda, cvm-by-amount"
    ):
        load_profile("nope")


def test_a_profile_does_not_print_its_number() -> None:
    profile = load_profile("debit")
    for text in (repr(profile), repr(profile.applications[0])):
        assert "622202" not in text
        assert "123456" not in text.replace("F0000001234501", "")


def test_cvm_rules_in_words() -> None:
    """EMV 4.4 Book 3, C3."""
    assert encode_rule("online PIN if supported").hex() == "4203"
    assert encode_rule("offline PIN if supported else fail").hex() == "0103"
    assert encode_rule("signature").hex().upper() == "5E00"
    assert encode_rule("offline PIN and signature if over x").hex() == "4307"
    assert encode_rule("no CVM if under y").hex().upper() == "5F08"
    assert encode_rule("fail always else fail").hex() == "0000"
    assert encode_list(["no CVM"], 1000, 2).hex().upper() == "000003E8000000025F00"
    with pytest.raises(CvmError):
        encode_rule("PIN")


def test_objects_that_are_wrong_on_purpose() -> None:
    changed = structs.replace(
        load_profile("debit").applications[0], objects={"5F24": "491331", "5F28": "", "94": "0801"}
    )
    card = Card(structs.replace(load_profile("debit"), applications=(changed,)))
    card.power_on()
    found = objects(initiate(card))
    assert found[0x94].hex() == "0801"
    record = objects(read(card, 2, 1))
    assert record[0x5F24].hex() == "491331"
    assert 0x5F28 not in record
    assert 0x5A in record
