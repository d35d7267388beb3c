"""Settings of the merchant's own cards."""

from __future__ import annotations

import base64
from pathlib import Path

import pytest
from cryptography.hazmat.primitives.asymmetric.ec import SECP256R1, generate_private_key
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

from cardamom.daemon.tap import own_cards
from cardamom.engines.closed_loop import key_id
from cardamom.faults import SettingsError
from cardamom.settings.closed_loop import closed_loop_for, read_public
from cardamom.settings.load import load
from cardamom.settings.needed import needed
from cardamom.settings.profile import find_message_profile, profile_names
from cardamom.simulator.testdata import data
from cardamom.values.member import UidUse
from cardamom.values.money import Money

TABLE = '\n[contactless]\ndriver = "pcsc"\n[closed_loop]\n'


def settings(folder: Path, table: str, profile: str = "") -> Path:
    text = data("demo", "terminal.toml").read_text("utf-8")
    words = {"language": "en", "reader": "inprocess", "reader_name": "", "reader_port": 0}
    words |= {"printer_port": 9100, "width": 58, "acquirer_port": 7000, "profile": profile}
    file = folder / "terminal.toml"
    file.write_text(text.format(**words, deadline=60.0, screens="") + table, "utf-8")
    return file


def public(folder: Path, *, wrong: bool = False) -> bytes:
    key = generate_private_key(SECP256R1()) if wrong else Ed25519PrivateKey.generate()
    pem = key.public_key().public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo)
    (folder / "club.pub").write_bytes(pem)
    if isinstance(key, Ed25519PrivateKey):
        return key.public_key().public_bytes_raw()
    return b""


def test_without_keys_there_are_none(tmp_path: Path) -> None:
    file = settings(tmp_path, "")
    assert closed_loop_for(load(file), file, pays=True) is None


def test_a_uid_is_refused_unless_it_is_said(tmp_path: Path) -> None:
    key = public(tmp_path)
    file = settings(tmp_path, TABLE + 'keys = ["club.pub"]\n')
    own = closed_loop_for(load(file), file, pays=True)
    assert own is not None
    assert (own.keys, own.uid, own.prefixes) == ({key_id(key): key}, UidUse.REFUSE, ("9990",))
    file = settings(tmp_path, TABLE + 'uid = "pay"\nuid_limit = "5.00"\n')
    own = closed_loop_for(load(file), file, pays=True)
    assert own is not None
    assert (own.uid, own.uid_limit, own.pays) == (UidUse.PAY, Money(500, "CNY"), True)


def test_cards_that_no_message_can_carry_are_refused_before_the_first_one_comes(
    tmp_path: Path,
) -> None:
    public(tmp_path)
    paying = settings(tmp_path, TABLE + 'keys = ["club.pub"]\n', profile="unionpay")
    with pytest.raises(
        SettingsError, match=r"terminal.toml: closed_loop.pays: .*'unionpay'.*expected false"
    ):
        own_cards(load(paying), paying)
    naming = settings(tmp_path, TABLE + 'keys = ["club.pub"]\npays = false\n', profile="unionpay")
    own = own_cards(load(naming), naming)
    assert own is not None
    assert not own.pays


@pytest.mark.parametrize("name", profile_names())
def test_which_profiles_carry_them(name: str) -> None:
    assert (find_message_profile(name).closed_loop is None) is (name == "unionpay")


def test_a_missing_key_is_asked_for(tmp_path: Path) -> None:
    file = settings(tmp_path, TABLE + 'keys = ["club.pub"]\n')
    assert any("closed_loop.keys[0]" in line for line in needed(file))


def test_a_key_of_a_kind_that_nobody_knows_is_named(tmp_path: Path) -> None:
    """Ed25519's own but for the last byte of its object identifier."""
    public(tmp_path)
    file = tmp_path / "club.pub"
    body = base64.b64decode("".join(file.read_text("ascii").splitlines()[1:-1]))
    other = base64.b64encode(body.replace(bytes.fromhex("2B6570"), bytes.fromhex("2B6501")))
    file.write_bytes(b"-----BEGIN PUBLIC KEY-----\n" + other + b"\n-----END PUBLIC KEY-----\n")
    with pytest.raises(SettingsError, match=r"keys\[0\].*no Ed25519 key"):
        read_public(file, "keys[0]")


@pytest.mark.parametrize(
    ("table", "words"),
    [
        (TABLE + 'keys = ["nowhere.pub"]\n', r"closed_loop.keys\[0\].*cannot be read"),
        (TABLE + 'keys = ["club.pub"]\n', r"closed_loop.keys\[0\].*no Ed25519 key"),
        (TABLE + 'keys = ["terminal.toml"]\n', r"closed_loop.keys\[0\].*no public key"),
        (TABLE + 'uid_limit = "a lot"\n', "closed_loop.uid_limit"),
        (TABLE + 'uid = "always"\n', "closed_loop.uid"),
        (TABLE + "prefixes = []\n", "closed_loop.prefixes"),
        (TABLE + 'uid = "pay"\npays = false\n', "closed_loop.uid: pay is not .*refuse or members"),
        ('\n[closed_loop]\nuid = "pay"\n', "contactless.driver"),
    ],
)
def test_wrong_settings_are_named(tmp_path: Path, table: str, words: str) -> None:
    public(tmp_path, wrong=True)
    file = settings(tmp_path, table)
    with pytest.raises(SettingsError, match=words):
        closed_loop_for(load(file), file, pays=True)
