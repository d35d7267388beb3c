"""No secret stands in the repository but the published test keys.

Private keys, the tokens of services and random base64 are looked for everywhere; random hex, which
is what keys look like here, everywhere but in tests/: there stand published vectors, each beside
its source, and no scan can tell those from a key.
"""

from __future__ import annotations

import base64
import hashlib
import math
import re
from collections import Counter
from collections.abc import Iterator

import pytest

from support.repo import tracked_texts

TEST_KEYS = "firmware/cardamom/data/testkeys/"
"""Marked as such by its README, and refused in production by digests.txt."""

PUBLIC_HEX = {
    "config/emv/test.toml": "moduli and check sums of the test CA",
    "firmware/cardamom/data/emv/test.toml": "the same",
    "firmware/cardamom/cli/tlv.py": "a data object list",
    "firmware/cardamom/simulator/card/card.py": "an answer to reset",
    "firmware/cardamom/simulator/card/contactless_profile.py": "a data object list",
    "firmware/cardamom/simulator/card/personalise.py": "a data object list",
}

PRIVATE_KEY = re.compile(
    r"-----BEGIN (?:[A-Z]+ )?PRIVATE KEY(?: BLOCK)?-----"
    r"\s*(?:\\n)?[\"'\s]*[0-9A-Za-z+/]{16,}"
)
TOKENS = re.compile(
    r"\b(?:AKIA|ASIA)[0-9A-Z]{16}\b"  # Amazon Web Services
    r"|\bgh[pousr]_[0-9A-Za-z]{36}|\bgithub_pat_[0-9A-Za-z_]{22,}"  # GitHub
    r"|\bglpat-[0-9A-Za-z_-]{20}"  # GitLab
    r"|\bxox[abprs]-[0-9A-Za-z-]{10,}"  # Slack
    r"|\bAIza[0-9A-Za-z_-]{35}"  # Google
    r"|\bpypi-[0-9A-Za-z_-]{32,}"
    r"|\bsk-[0-9A-Za-z_-]{32,}|\bsk_live_[0-9A-Za-z]{16,}"
    r"|\beyJ[0-9A-Za-z_-]{10,}\.eyJ[0-9A-Za-z_-]{10,}\."  # a JSON web token
    r"|://[^/\s:@\"'{}<>$]+:[^/\s:@\"'{}<>$]{6,}@"  # a password in an address
)
HEX = re.compile(r"(?<![0-9A-Za-z])(?<!sha256:)[0-9A-Fa-f]{32,}(?![0-9A-Za-z])")
BASE64 = re.compile(r"(?<![0-9A-Za-z+/_-])[0-9A-Za-z+/_-]{32,}={0,2}(?![0-9A-Za-z+/_-])")
RANDOM_HEX = 3.0
"""Bits of entropy a digit, of 4: 32 random digits have 3.4 or so, patterns and counters less."""
RANDOM_BASE64 = 4.3
"""Of 6: 40 random characters have 4.8 or so, and words and names in capitals and small letters
less."""


def entropy(text: str) -> float:
    """Bits a character."""
    shares = [count / len(text) for count in Counter(text).values()]
    return -sum(share * math.log2(share) for share in shares)


def random_base64(text: str) -> bool:
    kinds = ("[0-9]", "[a-z]", "[A-Z]")
    return (
        HEX.fullmatch(text) is None
        and all(re.search(kind, text) for kind in kinds)
        and entropy(text) > RANDOM_BASE64
    )


def secrets(text: str, *, hex_too: bool = True) -> Iterator[tuple[int, str]]:
    """Line and kind of whatever looks like a secret."""
    found = [(m.start(), "private key") for m in PRIVATE_KEY.finditer(text)]
    found += [(m.start(), "token") for m in TOKENS.finditer(text)]
    found += [(m.start(), "base64") for m in BASE64.finditer(text) if random_base64(m[0])]
    if hex_too:
        found += [(m.start(), "hex") for m in HEX.finditer(text) if entropy(m[0]) > RANDOM_HEX]
    for start, kind in sorted(found):
        yield text.count("\n", 0, start) + 1, kind


def test_no_secret_stands_outside_the_test_keys() -> None:
    strange = [
        f"{path}:{line}: {kind}"
        for path, text in tracked_texts().items()
        if not path.startswith(TEST_KEYS)
        for line, kind in secrets(text, hex_too=not path.startswith("tests/"))
        if not (kind == "hex" and path in PUBLIC_HEX)
    ]
    assert strange == []


def test_no_exception_is_left_over() -> None:
    texts = tracked_texts()
    assert [path for path in PUBLIC_HEX if not list(secrets(texts.get(path, "")))] == []


def test_the_scan_sees_the_test_keys_themselves() -> None:
    seen = {
        path.removeprefix(TEST_KEYS): {kind for _, kind in secrets(text)}
        for path, text in tracked_texts().items()
        if path.startswith(TEST_KEYS)
    }
    assert {"private key", "base64"} <= seen["tls/client.key"]
    assert {"private key", "base64"} <= seen["tls/server.key"]
    for name in ("terminal-master.key", "base-derivation.toml", "issuer.toml", "rsa.toml"):
        assert "hex" in seen[name], name


RANDOM = hashlib.sha512(b"nobody's secret").digest()


@pytest.mark.parametrize("size", [16, 24, 32, 64])
@pytest.mark.parametrize("shape", ["{}", 'key = "{}"', "KEY={}", "Key(bytes.fromhex('{}'))"])
def test_the_scan_sees_a_key_in_hex_in_each_case(size: int, shape: str) -> None:
    for digits in (RANDOM[:size].hex(), RANDOM[:size].hex().upper()):
        assert [kind for _, kind in secrets(shape.format(digits))] == ["hex"]


@pytest.mark.parametrize("size", [30, 32, 48])
def test_the_scan_sees_a_key_in_base64(size: int) -> None:
    for text in (base64.b64encode(RANDOM[:size]), base64.urlsafe_b64encode(RANDOM[:size])):
        assert [kind for _, kind in secrets(f'x = "{text.decode()}"')] == ["base64"]


@pytest.mark.parametrize(
    "text",
    [
        "AKIA" + "Q7" * 8,
        "ghp_" + "a1B2" * 9,
        "glpat-" + "x1Y2z" * 4,
        "https://user:" + "hunter22" + "@example.org/",
        "eyJhbGciOiJIUzI1" + "." + "eyJzdWIiOiIxMjM0" + ".sig",
    ],
)
def test_the_scan_sees_a_token(text: str) -> None:
    assert "token" in [kind for _, kind in secrets(f"  {text}")]


@pytest.mark.parametrize("kind", ["", "RSA ", "EC ", "OPENSSH ", "ENCRYPTED "])
def test_the_scan_sees_a_private_key_of_any_kind(kind: str) -> None:
    text = f"-----BEGIN {kind}PRIVATE " + "KEY-----\n" + "MIIB" * 8
    assert "private key" in [found for _, found in secrets(text)]


def test_the_scan_passes_over_names_counters_and_the_locks_hashes() -> None:
    harmless = (
        "test_the_scan_passes_over_names_counters_and_the_locks_hashes",
        "0123456789ABCDEF" * 2 + "00" * 16,
        "--hash=sha256:" + RANDOM[:32].hex(),
        "https://example.org/docs/Emv_4.4_Book_3_Application_Specification_2022",
        "00112233" * 4,
    )
    assert [list(secrets(text)) for text in harmless] == [[] for _ in harmless]
