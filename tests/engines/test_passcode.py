"""The supervisor's passcode as a hash."""

from __future__ import annotations

import hashlib

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cardamom.engines.passcode import HashError, check_hash, hash_passcode, matches
from cardamom.values.secret import Passcode

CODE = Passcode(b"246810")


def test_scrypt_is_that_of_the_rfc() -> None:
    """RFC 7914, 12, third vector: what the hash below is built on."""
    digest = hashlib.scrypt(
        b"pleaseletmein", salt=b"SodiumChloride", n=16384, r=8, p=1, dklen=64, maxmem=64 << 20
    )
    assert digest.hex().startswith(
        "7023bdcb3afd7348461c06cd81fd38ebfda8fbba904f8e3ea9b543f6545da1f2"
    )


def test_only_the_same_digits_match() -> None:
    line = hash_passcode(CODE, bytes(range(16)))
    check_hash(line)
    assert line.startswith("scrypt$n=16384,r=8,p=5$AAECAwQFBgcICQoLDA0ODw==$")
    assert matches(CODE, line + "\n")
    assert not matches(Passcode(b"246811"), line)
    assert not matches(Passcode(b"2468100"), line)
    assert hash_passcode(CODE, bytes(16)) != line


@pytest.mark.parametrize("digits", [b"", b"12345", b"1234567890123", b"12345a", b"12 456"])
def test_what_is_no_passcode(digits: bytes) -> None:
    with pytest.raises(ValueError, match="6 to 12 digits"):
        Passcode(digits)


def test_a_passcode_does_not_print() -> None:
    assert "246810" not in f"{CODE!r} {CODE}"


@pytest.mark.parametrize(
    "line",
    [
        "",
        "246810",
        "scrypt$n=16384,r=8,p=5$AAECAwQFBgcICQoLDA0ODw==$AAAA",
        "scrypt$n=16383,r=8,p=5$AAECAwQFBgcICQoLDA0ODw==$" + "A" * 43 + "=",
        "scrypt$n=99999999,r=8,p=5$AAECAwQFBgcICQoLDA0ODw==$" + "A" * 43 + "=",
        "scrypt$n=16384,r=0,p=5$AAECAwQFBgcICQoLDA0ODw==$" + "A" * 43 + "=",
        "scrypt$n=16384,r=8,p=5$AAE=$" + "A" * 43 + "=",
        "scrypt$n=16384,r=8,p=5$===A$" + "A" * 43 + "=",
    ],
)
def test_what_is_no_hash(line: str) -> None:
    with pytest.raises(HashError):
        matches(CODE, line)


@given(st.text())
def test_any_text_only_raises_its_own_error(text: str) -> None:
    with pytest.raises(HashError):
        check_hash("scrypt$" + text)
