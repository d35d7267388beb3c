"""EMV parameters: the test set, and what is refused."""

from __future__ import annotations

import hashlib
from pathlib import Path

import pytest

from cardamom.engines.emv.rules import Revoked
from cardamom.faults import SettingsError
from cardamom.settings.emv import load_rules, published_parameters
from cardamom.settings.testkeys import digests, is_test_key
from cardamom.simulator.pki.__main__ import CHAINS, digest_lines
from cardamom.simulator.testdata import RID, chain, issuer_keys

REPOSITORY = Path(__file__).parents[2]
TEXT = published_parameters().read_text("utf-8")


def write(folder: Path, text: str) -> Path:
    file = folder / "emv.toml"
    file.write_text(text, "utf-8")
    return file


def test_the_test_set_holds_the_keys_that_sign_the_test_cards() -> None:
    rules = load_rules(published_parameters())
    found = {(k.rid, k.index): (k.modulus, k.exponent) for k in rules.ca_keys}
    expected = {(RID, chain(n).index): (chain(n).ca.modulus, chain(n).ca.exponent) for n in CHAINS}
    assert found == expected
    assert [a.aid.hex().upper() for a in rules.aids] == ["F00000012345"]
    assert rules.aids[0].tac_online.hex().upper() == "DC4004F800"


def test_the_example_to_copy_is_the_packages_own() -> None:
    assert (REPOSITORY / "config" / "emv" / "test.toml").read_text("utf-8") == TEXT


def test_terminal_table(tmp_path: Path) -> None:
    table = (
        '[terminal]\ntype = "22"\ncapabilities = "E0E8C8"\ninterface_serial = "ABCD0001"\n'
        'additional_capabilities = "F000F0A001"\nacquirer_id = "123456"\n'
    )
    rules = load_rules(write(tmp_path, table + TEXT))
    assert rules.terminal_type == 0x22
    assert rules.capabilities == bytes.fromhex("E0E8C8")
    assert rules.additional_capabilities == bytes.fromhex("F000F0A001")
    assert (rules.interface_serial, rules.acquirer_id) == ("ABCD0001", "123456")


@pytest.mark.parametrize(
    ("old", "new", "said"),
    [
        ("floor_limit = 0", "floor_limit = -1", "aid[0].floor_limit: -1 is not allowed"),
        ('"0010000000"', '"00100000"', "aid[0].tac_denial: '00100000' is not allowed"),
        ("partial = true", "partail = true", "aid[0].partail: unknown key; allowed: aid, partial"),
        ('aid = "F00000012345"', "", "aid[0].aid: missing; expected text matching"),
        ("exponent = 3\n", "exponent = 5\n", "ca_key[0].exponent: 5 is not allowed; expected 3 or"),
        ('index = "01"', 'index = "09"', "ca_key[0].checksum: does not fit; expected "),
        ("[[aid]]", "[[aids]]", "aids: unknown key; allowed: aid, ca_key, revoked, terminal"),
        ("[[aid]]", '[[aid]]\naid = "F00000012345"\n[[aid]]', "aid: the same aid appears twice"),
        ("[[aid]]", "[terminal]\ntype = 21\n[[aid]]", "terminal.type: 21 is not allowed"),
        ("[[aid]]", '[terminal]\ntype = "17"\n[[aid]]', "terminal.type: '17' is not allowed"),
        (
            "[[aid]]",
            '[terminal]\ncapabilities = "E0E8CC"\n[[aid]]',
            "terminal.capabilities: E0E8CC is not allowed; expected no bit of 1F0717",
        ),
        (
            "exponent = 3\n",
            'exponent = 3\nexpires = "251301"\n',
            "ca_key[0].expires: '251301' is not allowed",
        ),
        (
            "[[aid]]",
            '[[revoked]]\nrid = "F000000123"\nindex = "01"\nserial = "01"\n[[aid]]',
            "revoked[0].serial: '01' is not allowed",
        ),
    ],
)
def test_errors_name_file_and_key(tmp_path: Path, old: str, new: str, said: str) -> None:
    file = write(tmp_path, TEXT.replace(old, new, 1))
    with pytest.raises(SettingsError) as caught:
        load_rules(file)
    assert str(caught.value).startswith(f"{file}: {said}")


def test_revoked_certificates(tmp_path: Path) -> None:
    table = '[[revoked]]\nrid = "F000000123"\nindex = "0A"\nserial = "00A1B2"\n'
    rules = load_rules(write(tmp_path, table + TEXT))
    assert rules.revoked == {Revoked(RID, 0x0A, bytes.fromhex("00A1B2"))}


def test_a_missing_file(tmp_path: Path) -> None:
    with pytest.raises(SettingsError, match="no such file"):
        load_rules(tmp_path / "none.toml")


def test_production_refuses_the_test_keys_under_any_name(tmp_path: Path) -> None:
    with pytest.raises(SettingsError, match=r"ca_key\[0\]: a published test key"):
        load_rules(published_parameters(), production=True)
    key = chain("ca1984").ca
    rid, index = bytes.fromhex("A000000333"), 0x51
    checksum = hashlib.sha1(rid + bytes((index,)) + key.modulus + b"\x03").hexdigest()  # noqa: S324
    renamed = (
        f'[[aid]]\naid = "A000000333010101"\n[[ca_key]]\nrid = "{rid.hex().upper()}"\n'
        f'index = "51"\nmodulus = "{key.modulus.hex().upper()}"\nexponent = 3\n'
        f'checksum = "{checksum.upper()}"\n'
    )
    file = write(tmp_path, renamed)
    assert len(load_rules(file).ca_keys) == 1
    with pytest.raises(SettingsError, match="a published test key"):
        load_rules(file, production=True)


def test_digests_hold_every_key_of_the_package() -> None:
    current = {line.split()[0] for line in digest_lines()}
    assert current <= digests()
    assert is_test_key(issuer_keys().ac.reveal())
    assert is_test_key(chain("ca1408").icc.modulus)
    assert not is_test_key(bytes(16))


def test_digest_lines_are_well_formed() -> None:
    assert all(len(d) == 64 and set(d) <= set("0123456789abcdef") for d in digests())


def test_a_terminal_says_no_more_of_itself_than_it_has() -> None:
    """Book 4, A2 and A3: no stripe, keyed numbers, cash, cashback or letters."""
    rules = load_rules(published_parameters())
    stripe_and_keys, cash_and_cashback, letters = 0xC0, 0x90, 0x40
    assert not rules.capabilities[0] & stripe_and_keys
    assert not rules.additional_capabilities[0] & cash_and_cashback
    assert not rules.additional_capabilities[2] & letters
