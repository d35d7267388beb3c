"""A bundle: what is in it, what never is, and who can open it."""

from __future__ import annotations

import io
import json
import subprocess
import tarfile
from datetime import UTC, datetime
from pathlib import Path

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.serialization import (
    Encoding,
    NoEncryption,
    PrivateFormat,
    PublicFormat,
)

from cardamom.cli import bundle_seal
from cardamom.cli.bundle_parts import Gatherer
from cardamom.cli.bundle_seal import packed, sealed
from cardamom.cli.main import FAULT, main
from cardamom.faults import Fault
from support.settings import TERMINAL

PAN = "6222020000040128"
AT = datetime(2026, 1, 1, tzinfo=UTC)
PARTS = [
    ("status.json", "{}\n"),
    ("log.jsonl", f"a {PAN} b"),
    ("stories/1.txt", "5A 622202******0128"),
]


def keys(folder: Path) -> tuple[Path, Path]:
    """An age identity and its recipients' file."""
    identity = folder / "identity"
    subprocess.run(["age-keygen", "-o", identity], check=True, capture_output=True)
    recipients = folder / f"{identity.name}.pub"
    told = subprocess.run(["age-keygen", "-y", identity], check=True, capture_output=True)
    recipients.write_bytes(told.stdout)
    return identity, recipients


def opened(box: bytes, identity: Path) -> subprocess.CompletedProcess[bytes]:
    """By age, which knows nothing of ours."""
    return subprocess.run(
        ["age", "-d", "-i", identity], input=box, capture_output=True, check=False
    )


def contents(archive: bytes) -> dict[str, str]:
    with tarfile.open(fileobj=io.BytesIO(archive)) as tar:
        files = {m.name: tar.extractfile(m) for m in tar.getmembers()}
        return {name: file.read().decode() for name, file in files.items() if file is not None}


def test_a_part_that_looks_like_a_card_number_stays_out_and_is_named() -> None:
    archive, left_out = packed(PARTS, (), AT)
    found = contents(archive)
    assert set(found) == {
        "cardamom/status.json",
        "cardamom/stories/1.txt",
        "cardamom/left-out.json",
    }
    assert left_out == {"log.jsonl": "it looks as if it held a card number"}
    assert json.loads(found["cardamom/left-out.json"]) == left_out
    assert PAN not in "".join(found.values())


def test_of_a_part_that_is_too_long_the_newest_end_is_kept_after_it_was_searched_whole() -> None:
    long = "x\n" * bundle_seal.LARGEST_PART
    archive, left_out = packed([("a", long + "the end"), ("b", f"{PAN}\n{long}")], (), AT)
    found = contents(archive)
    assert len(found["cardamom/a"]) == bundle_seal.LARGEST_PART
    assert found["cardamom/a"].endswith("the end")
    assert set(left_out) == {"b"}


def test_a_bundle_has_an_end() -> None:
    part = "x\n" * (bundle_seal.LARGEST_PART // 2)
    archive, left_out = packed([(f"{n}", part) for n in range(6)], (), AT)
    assert sum(map(len, contents(archive).values())) < bundle_seal.LARGEST + 1000
    assert set(left_out) == {"4", "5"}


def test_age_opens_it_with_supports_key_and_with_no_other(tmp_path: Path) -> None:
    identity, recipients = keys(tmp_path)
    (tmp_path / "other").mkdir()
    other, _ = keys(tmp_path / "other")
    archive, _ = packed(PARTS, (), AT)
    box = sealed(archive, recipients)
    assert opened(box, identity).stdout == archive
    assert opened(box, other).returncode
    assert opened(box[:-1] + bytes([box[-1] ^ 1]), identity).returncode


def test_support_may_seal_for_its_ssh_key(tmp_path: Path) -> None:
    key = Ed25519PrivateKey.generate()
    secret = key.private_bytes(Encoding.PEM, PrivateFormat.OpenSSH, NoEncryption())
    (tmp_path / "id").write_bytes(secret)
    public = key.public_key().public_bytes(Encoding.OpenSSH, PublicFormat.OpenSSH)
    (tmp_path / "id.pub").write_bytes(public + b"\n")
    assert opened(sealed(b"story", tmp_path / "id.pub"), tmp_path / "id").stdout == b"story"


@pytest.mark.parametrize("content", ["", "no key\n", "AGE-SECRET-KEY-1\n"])
def test_it_is_never_sealed_for_nobody(tmp_path: Path, content: str) -> None:
    recipients = tmp_path / "recipients"
    recipients.write_text(content)
    with pytest.raises(Fault, match="cannot be sealed"):
        sealed(b"story", recipients)


def test_beside_a_terminal_that_does_not_run_it_says_so_and_is_made_all_the_same(
    tmp_path: Path,
) -> None:
    identity, recipients = keys(tmp_path)
    settings = tmp_path / "terminal.toml"
    settings.write_text(TERMINAL)
    out = tmp_path / "bundle.age"
    options = ("--socket", str(tmp_path / "none"), "--settings", str(settings))
    code = main(["bundle", *options, "--to", str(recipients), "--out", str(out)])
    assert code == 0
    assert out.stat().st_mode & 0o777 == 0o600
    found = contents(opened(out.read_bytes(), identity).stdout)
    assert "not running" in found["cardamom/status.json"]
    told = json.loads(found["cardamom/settings.json"])
    assert told["merchant"]["name_zh"] == "hidden"
    assert json.loads(found["cardamom/about.json"])["cardamom"]
    assert main(["bundle", *options, "--to", str(recipients), "--out", str(out)]) == FAULT


def test_without_a_key_to_seal_for_nothing_is_gathered(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    missing = tmp_path / "recipients"
    assert main(["bundle", "--to", str(missing), "--out", str(tmp_path / "b")]) == FAULT
    assert "public keys there" in capsys.readouterr().err
    assert not (tmp_path / "b").exists()


def test_settings_lose_names_and_secrets(tmp_path: Path) -> None:
    settings = tmp_path / "terminal.toml"
    settings.write_text(TERMINAL)
    gatherer = Gatherer(tmp_path / "none", settings, 0, self_test=False)
    parts = dict(gatherer.parts())
    assert "豆蔻小馆" not in parts["settings.json"]
    assert "898310058120001" in gatherer.known
