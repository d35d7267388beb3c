"""When the terminal's own certificate ends, and that its end keeps nothing from starting."""

from __future__ import annotations

import asyncio
import ssl
from datetime import UTC, datetime
from pathlib import Path

import pytest

from cardamom.acquirer.expiry import Expiry, end_of
from cardamom.acquirer.identity import Identity
from cardamom.acquirer.selftest import own_certificate
from cardamom.acquirer.slots import Slots
from cardamom.acquirer.tls import client_context
from cardamom.values.secret import Key
from support.certificates import UNTIL, certificate, curve_key, root, terminal

PAST = datetime(2024, 6, 1, 12, 30, tzinfo=UTC)


def test_the_end_of_a_certificate(tmp_path: Path) -> None:
    ca = root()
    pem, _ = terminal(ca).write(tmp_path, "terminal")
    assert end_of(pem) == UNTIL


def test_the_first_of_a_chain_to_end_counts(tmp_path: Path) -> None:
    ca = root()
    between = certificate("between", ca, curve_key(), ca=True, until=PAST)
    pem, _ = terminal(between).write(tmp_path, "terminal", between)
    assert end_of(pem) == PAST


@pytest.mark.parametrize(
    "text", [b"", b"\xff\xfe", b"-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n"]
)
def test_what_is_no_certificate_has_no_end(tmp_path: Path, text: bytes) -> None:
    pem = tmp_path / "terminal.pem"
    assert end_of(pem) is None
    pem.write_bytes(text)
    assert end_of(pem) is None


def test_a_certificate_of_a_version_that_is_none_has_no_end(tmp_path: Path) -> None:
    pem = tmp_path / "terminal.pem"
    der = root().der.replace(bytes.fromhex("A003020102"), bytes.fromhex("A00302010D"))
    pem.write_text(ssl.DER_cert_to_PEM_cert(der))
    assert end_of(pem) is None
    assert own_certificate(pem) is None


def test_an_expired_certificate_keeps_no_terminal_from_starting(tmp_path: Path) -> None:
    ca = root()
    authority, _ = ca.write(tmp_path, "ca")
    pem, key = certificate("terminal", ca, curve_key(), until=PAST).write(tmp_path, "terminal")
    assert client_context(authority, pem, key).get_ca_certs()


def test_a_renewed_certificate_counts_at_the_next_look(tmp_path: Path) -> None:
    ca = root()

    async def script() -> list[datetime | None]:
        pem, key = (tmp_path / f"terminal.{end}" for end in ("pem", "key"))
        slots = Slots(tmp_path / "certificate", lambda: Key(bytes(32)))
        expiry = Expiry(Identity(slots, tmp_path / "ca.pem", pem, key))
        seen = []
        try:
            for until in (PAST, UNTIL):
                certificate("terminal", ca, curve_key(), until=until).write(tmp_path, "terminal")
                seen.append((await expiry.look()).end)
        finally:
            expiry.close()
        return seen

    assert asyncio.run(script()) == [PAST, UNTIL]


def test_the_last_of_several_cas_to_end_counts(tmp_path: Path) -> None:
    old = certificate("old", None, curve_key(), ca=True, until=PAST)
    path, _ = root().write(tmp_path, "ca", old)
    assert end_of(path, latest=True) == UNTIL
    assert end_of(path) == PAST
