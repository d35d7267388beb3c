"""Key files: what is wrong is named, and production takes nothing that the project publishes."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from cardamom.daemon.wiring import wire
from cardamom.engines.keys.blocks import WRAPPING_KEY, wrap
from cardamom.engines.keys.dukpt import initial_key
from cardamom.engines.keys.working import Scheme
from cardamom.faults import SettingsError
from cardamom.settings.keys import (
    read_key,
    refuse_open_key,
    refuse_shared_hash,
    refuse_test_certificate,
)
from cardamom.settings.load import load
from cardamom.settings.testkeys import base_derivation_keys, is_test_initial_key
from cardamom.simulator.acquirer.certificates import make_tls
from cardamom.simulator.testdata import data
from cardamom.values.secret import Key
from support.keyed import AES_KSN, BOARD, KSN, PROTECTION, bound, inject

MASTER = data("testkeys", "terminal-master.key").read_text("ascii").strip()
JOURNAL_KEY = Key(bytes([0x5A]) * 32)
SETTINGS = """
mode = "production"
[merchant]
id = "898310058120001"
name_zh = "豆蔻小馆"
name_en = "Cardamom Cafe"
acquirer_zh = "收单"
acquirer_en = "Acquirer"
[terminal]
id = "10203040"
[acquirer]
host = "127.0.0.1"
port = 7000
ca_file = "ca.pem"
cert_file = "client.pem"
key_file = "client.key"
[journal]
path = "journal.db"
key_file = "journal.key"
"""


def test_a_key_is_read(tmp_path: Path) -> None:
    path = tmp_path / "k"
    path.write_text("00112233445566778899aabbccddeeff\n", "ascii")
    path.chmod(0o600)
    key = read_key(path, "x.key_file", sizes=(16,), production=True)
    assert key.reveal() == bytes.fromhex("00112233445566778899AABBCCDDEEFF")


@pytest.mark.parametrize(
    ("text", "sentence"),
    [("zz", "not hex"), ("0011", "expected 32 hex digits"), (None, "cannot be")],
)
def test_a_wrong_key_file_is_named(tmp_path: Path, text: str | None, sentence: str) -> None:
    path = tmp_path / "k"
    if text is not None:
        path.write_text(text, "ascii")
    with pytest.raises(SettingsError, match=sentence) as caught:
        read_key(path, "x.key_file", sizes=(16,), production=False)
    assert "x.key_file" in str(caught.value)
    assert text is None or text not in str(caught.value).replace(str(path), "")


def test_production_refuses_the_published_master_key(tmp_path: Path) -> None:
    path = tmp_path / "k"
    path.write_text(MASTER, "ascii")
    read_key(path, "x.key_file", sizes=(16,), production=False)
    with pytest.raises(SettingsError, match="published test key"):
        read_key(path, "x.key_file", sizes=(16,), production=True)


@pytest.mark.parametrize("name", ["ca.pem", "client.pem", "client.key", "server.pem"])
def test_production_refuses_published_certificates_and_keys(tmp_path: Path, name: str) -> None:
    path = tmp_path / name
    path.write_bytes(data("testkeys", "tls", name).read_bytes())
    with pytest.raises(SettingsError, match=r"x\.file: .* published test"):
        refuse_test_certificate(path, "x.file")


@pytest.mark.parametrize("mode", [0o400, 0o440, 0o600, 0o640])
def test_a_private_key_is_for_its_owner(tmp_path: Path, mode: int) -> None:
    path = tmp_path / "k"
    path.touch()
    path.chmod(mode)
    refuse_open_key(path, "x.key_file")


@pytest.mark.parametrize("mode", [0o604, 0o644, 0o620, 0o601])
def test_a_private_key_that_others_reach_is_refused(tmp_path: Path, mode: int) -> None:
    path = tmp_path / "k"
    path.touch()
    path.chmod(mode)
    with pytest.raises(SettingsError, match=rf"x\.key_file: .* has mode {mode:o}"):
        refuse_open_key(path, "x.key_file")


def test_production_refuses_a_private_key_that_others_read(tmp_path: Path) -> None:
    make_tls(tmp_path)
    (tmp_path / "client.key").chmod(0o644)
    (tmp_path / "journal.key").write_text("5A" * 32, "ascii")
    (tmp_path / "journal.key").chmod(0o600)
    path = tmp_path / "terminal.toml"
    path.write_text(SETTINGS, "utf-8")
    with pytest.raises(SettingsError, match=r"acquirer\.key_file: .* has mode 644"):
        wire(load(path), path)


def test_production_refuses_a_test_master_key_that_a_demo_injected(tmp_path: Path) -> None:
    make_tls(tmp_path)
    (tmp_path / "client.key").chmod(0o600)
    (tmp_path / "journal.key").write_text(JOURNAL_KEY.reveal().hex(), "ascii")
    (tmp_path / "journal.key").chmod(0o600)
    (tmp_path / "serial").write_text(BOARD, "ascii")
    path = tmp_path / "terminal.toml"
    path.write_text(SETTINGS + '[security]\nboard_serial_file = "serial"\n', "utf-8")
    block = wrap(PROTECTION.key, Key(bytes.fromhex(MASTER)), WRAPPING_KEY, version="D")
    with bound(tmp_path / "journal.db", key=JOURNAL_KEY) as books:
        inject(books, block)
    with pytest.raises(SettingsError, match="injected terminal master key is a published test"):
        wire(load(path), path)


def test_an_initial_key_is_known_by_its_base_key_and_serial_number() -> None:
    for name, ksn in (("tdes", KSN), ("aes", AES_KSN)):
        base = base_derivation_keys()[name]
        scheme = Scheme(f"dukpt-{name}")
        key = initial_key(scheme, base, ksn).reveal()
        assert is_test_initial_key(key, ksn)
        assert not is_test_initial_key(key, bytes(len(ksn)))
        assert not is_test_initial_key(bytes(16), ksn)
    assert not is_test_initial_key(bytes(16), b"")


def test_a_whole_production_terminal_refuses_the_test_set(tmp_path: Path) -> None:
    """The demo's own keys, with nothing else wrong in the file."""
    for name in ("ca.pem", "client.pem", "client.key"):
        (tmp_path / name).write_bytes(data("testkeys", "tls", name).read_bytes())
    (tmp_path / "journal.key").write_text("5A" * 32, "ascii")
    (tmp_path / "journal.key").chmod(0o600)
    path = tmp_path / "terminal.toml"
    path.write_text(SETTINGS, "utf-8")
    with pytest.raises(SettingsError, match="not allowed in production"):
        wire(load(path), path)


def test_a_key_that_others_can_read_is_refused_in_production(tmp_path: Path) -> None:
    path = tmp_path / "journal.key"
    path.write_text("5A" * 32, "ascii")
    path.chmod(0o644)
    with pytest.raises(SettingsError, match=r"mode 644.*chmod 600"):
        read_key(path, "journal.key_file", sizes=(32,), production=True)
    path.chmod(0o440)  # as systemd's credentials are shown
    read_key(path, "journal.key_file", sizes=(32,), production=True)


@pytest.mark.parametrize("mode", [0o640, 0o604, 0o620, 0o700 | 0o010])
def test_the_passcodes_hash_is_the_terminals_alone(tmp_path: Path, mode: int) -> None:
    path = tmp_path / "supervisor"
    path.write_text("x", "ascii")
    path.chmod(0o600)
    refuse_shared_hash(path, "terminal.supervisor_hash_file")
    path.chmod(mode)
    with pytest.raises(SettingsError, match=rf"mode {mode:03o}.*chmod 600"):
        refuse_shared_hash(path, "terminal.supervisor_hash_file")


@pytest.mark.skipif(os.geteuid() != 0, reason="only root gives files away")
def test_anothers_passcode_file_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "supervisor"
    path.write_text("x", "ascii")
    path.chmod(0o600)
    os.chown(path, 4242, 4242)
    with pytest.raises(SettingsError, match="belongs to user 4242"):
        refuse_shared_hash(path, "terminal.supervisor_hash_file")
