"""The helper as systemd starts it, behind a socket; certificate and keys by a stick."""

from __future__ import annotations

import asyncio
import json
import shutil
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.x509.oid import ExtendedKeyUsageOID

from cardamom.commissioning.answers import Answers
from cardamom.commissioning.enrol import Enroller
from cardamom.commissioning.helper import HelperFault, ask
from cardamom.daemon.identity import identity_of
from cardamom.engines.keys.check import check_value
from cardamom.engines.keys.cipher import Cipher
from cardamom.engines.keys.components import Component
from cardamom.engines.keys.working import Scheme
from cardamom.settings.load import load
from cardamom.simulator.testdata import data
from cardamom.store.guard import Binding
from cardamom.values.commissioning import Step
from cardamom.values.secret import Key
from support.certificates import SINCE, UNTIL, Holder, root
from support.keyed import BOARD, COMPONENTS, MASTER_CHECK, PROTECTION, bound, master_block

BINDING = Binding(board=BOARD, mark=None, scheme=Scheme.X9_19)
ACTIVATE = shutil.which("systemd-socket-activate")


@pytest.fixture
def helped(new: Path) -> Iterator[Path]:
    """Settings whose helper is a process of its own."""
    assert ACTIVATE is not None
    text = new.read_text("utf-8").replace('helper = ""', 'helper = "setup.sock"')
    new.write_text(text, "utf-8")
    command = [sys.executable, "-m", "cardamom.cli.main", "commission", "--helper"]
    activate = [ACTIVATE, "-l", str(new.parent / "setup.sock"), "-a", "--inetd"]
    with subprocess.Popen(
        [*activate, *command, "--settings", str(new)], stderr=subprocess.DEVNULL
    ) as process:
        ends = time.monotonic() + 10
        while not (new.parent / "setup.sock").exists() and time.monotonic() < ends:
            time.sleep(0.02)
        yield new
        if process.poll() is None:
            process.terminate()


@pytest.mark.skipif(ACTIVATE is None, reason="systemd is not installed")
def test_over_its_socket(helped: Path) -> None:
    settings = load(helped)
    ask(settings, helped, "network", answers={"network": "ethernet", "addressing": "dhcp"})
    assert json.loads((helped.parent / "network.json").read_text())["network"] == "ethernet"
    with pytest.raises(HelperFault, match="does no such thing now"):
        ask(settings, helped, "leave")


def test_a_helper_that_is_not_there_is_said(new: Path) -> None:
    new.write_text(new.read_text().replace('helper = ""', 'helper = "setup.sock"'))
    with pytest.raises(HelperFault, match=r"setup.sock does not answer"):
        ask(load(new), new, "network", answers={})


@pytest.fixture
def enroller(new: Path) -> Enroller:
    folder = new.parent
    (folder / "journal.key").write_text("AB" * 32)
    (folder / "stick").mkdir()
    answers = Answers(folder / "commission.json")
    answers.put_all({"mode": "demo", "merchant": "898310058120017", "terminal": "1020305A"})
    settings = load(new)
    slots = identity_of(settings, new).slots
    return Enroller(folder / "stick", settings, new, answers, slots, BINDING)


def does(enroller: Enroller, step: Step) -> str:
    return asyncio.run(enroller(step, "stick"))


def test_the_request_goes_out_and_the_certificate_comes_in(enroller: Enroller) -> None:
    assert "no USB stick named CARDAMOM is there" in does(enroller, Step.CERTIFICATE)
    stick = enroller.stick
    (stick / "readme.txt").touch()
    assert "1020305A.csr is on the stick" in does(enroller, Step.CERTIFICATE)
    csr = x509.load_pem_x509_csr((stick / "1020305A.csr").read_bytes())
    assert "CN=1020305A" in csr.subject.rfc4514_string()
    ca = root("Acquirer Root")
    made = signed(csr, ca)
    (stick / "1020305A.pem").write_bytes(made[: len(made) // 2])
    assert "cut off" in does(enroller, Step.CERTIFICATE)
    (stick / "1020305A.pem").write_bytes(ca.certificate.public_bytes(serialization.Encoding.PEM))
    assert does(enroller, Step.CERTIFICATE) != ""
    (stick / "1020305A.pem").write_bytes(made)
    assert does(enroller, Step.CERTIFICATE) == ""
    assert identity_of(enroller.settings, enroller.file).known
    assert asyncio.run(enroller(Step.CERTIFICATE, "later")) == ""


def signed(csr: x509.CertificateSigningRequest, ca: Holder) -> bytes:
    """As an acquirer makes it of a request, with its chain."""
    own = (
        x509.CertificateBuilder()
        .subject_name(csr.subject)
        .issuer_name(ca.certificate.subject)
        .public_key(csr.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(SINCE)
        .not_valid_after(UNTIL)
        .add_extension(x509.ExtendedKeyUsage([ExtendedKeyUsageOID.CLIENT_AUTH]), critical=False)
        .sign(ca.key, hashes.SHA256())
    )
    pem = serialization.Encoding.PEM
    return own.public_bytes(pem) + ca.certificate.public_bytes(pem)


def test_key_blocks_need_their_protection_key(enroller: Enroller) -> None:
    (enroller.stick / "readme.txt").touch()
    assert "there is no keys.txt" in does(enroller, Step.KEYS)
    (enroller.stick / "keys.txt").write_text(master_block() + "\n")
    assert "cardamom keys components" in does(enroller, Step.KEYS)


def test_a_key_that_was_typed_is_kept_and_key_blocks_come_in_under_it(enroller: Enroller) -> None:
    assert asyncio.run(enroller.protect(PROTECTION, "471 and 472")) == ""
    (enroller.stick / "keys.txt").write_text(master_block() + "\n")
    assert does(enroller, Step.KEYS) == ""
    journal = enroller.file.parent / "journal.db"
    with bound(journal, key=enroller.file.parent / "journal.key") as books:
        held = {each.slot: each.check_values for each in books.guard.keyring.held()}
    assert held["protection"] == (PROTECTION.check.digits,)
    assert held["master"] == (MASTER_CHECK,)
    assert b"471 and 472" in b"".join(f.read_bytes() for f in journal.parent.glob("journal.db*"))
    secret = (*COMPONENTS, PROTECTION.key.reveal().hex())
    for file in (each for each in enroller.file.parent.rglob("*") if each.is_file()):
        content = file.read_bytes()
        assert not any(bytes.fromhex(digits) in content for digits in secret), file
        assert not any(digits.encode() in content.upper() for digits in secret), file


def test_a_published_key_is_not_taken_in_production(enroller: Enroller) -> None:
    key = Key(bytes.fromhex(data("testkeys", "terminal-master.key").read_text().strip()))
    made = Component(key, Cipher.TDES, check_value(key, Cipher.TDES))
    enroller.answers.put(Step.MODE, "production")
    told = asyncio.run(enroller.protect(made, "1 and 2"))
    assert told == "this is a published test key: not allowed in production"
