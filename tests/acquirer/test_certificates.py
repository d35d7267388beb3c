"""A table of certificates, each shown by a real TLS server on loopback: what is wrong is refused
and named, before a byte of a message leaves; what is right is taken."""

from __future__ import annotations

import asyncio
import base64
import hashlib
import ssl
import warnings
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import ed25519, rsa
from cryptography.x509.oid import ExtendedKeyUsageOID
from hypothesis import given
from hypothesis import strategies as st

from cardamom.acquirer.pins import check_pin, public_key, read_pin
from cardamom.acquirer.tls import BUILT, client_context
from cardamom.faults import HostFault, SettingsError
from cardamom.simulator.acquirer.ledger import read_messages
from cardamom.values.health import Condition
from cardamom.values.online import NotSent
from support.acquirer import acquirer, link_to, payment, running, until
from support.certificates import (
    Holder,
    careless_context,
    certificate,
    curve_key,
    host,
    plain_tls_server,
    root,
    rsa_key,
    signed_with_sha1,
    terminal,
)

NOW = datetime(2026, 4, 1, 12, tzinfo=UTC)


@dataclass(frozen=True, slots=True)
class Shown:
    """What a server has, under the CA that the terminal trusts."""

    server: Holder
    trusted: Holder
    chain: tuple[Holder, ...] = ()
    known_client: bool = True
    tune: Callable[[ssl.SSLContext], None] = field(default=lambda _context: None)


def right() -> Shown:
    ca = root()
    return Shown(host(ca), ca)


def expired() -> Shown:
    ca = root()
    return Shown(host(ca, until=NOW - timedelta(days=1)), ca)


def not_yet_valid() -> Shown:
    ca = root()
    return Shown(host(ca, since=datetime(2049, 1, 1, tzinfo=UTC)), ca)


def self_signed() -> Shown:
    return Shown(host(None), root())


def unknown_ca() -> Shown:
    return Shown(host(root("Another Root")), root())


def unknown_chain() -> Shown:
    other = root("Another Root")
    return Shown(host(other), root(), (other,))


def wrong_name() -> Shown:
    ca = root()
    return Shown(host(ca, names=(x509.DNSName("other.test"),)), ca)


def weak_key() -> Shown:
    ca = root()
    return Shown(host(ca, rsa_key(1024)), ca)


def weak_ca() -> Shown:
    ca = root(key=rsa_key(1024))
    return Shown(host(ca), ca)


def weak_signature() -> Shown:
    ca = root(key=rsa_key(2048))
    return Shown(signed_with_sha1(host(ca), ca), ca)


def for_a_client() -> Shown:
    ca = root()
    return Shown(host(ca, use=ExtendedKeyUsageOID.CLIENT_AUTH), ca)


def signed_by_no_ca() -> Shown:
    ca = root()
    leaf = certificate("some shop", ca, curve_key())
    return Shown(host(leaf), ca, (leaf,))


def tls_1_1() -> Shown:
    ca = root(key=rsa_key(2048))

    def old(context: ssl.SSLContext) -> None:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", DeprecationWarning)
            context.minimum_version = ssl.TLSVersion.TLSv1
            context.maximum_version = ssl.TLSVersion.TLSv1_1

    return Shown(host(ca, rsa_key(2048)), ca, tune=old)


def a_stranger_s() -> Shown:
    ca = root()
    return Shown(host(ca), ca, known_client=False)


def contexts(shown: Shown, folder: Path) -> tuple[ssl.SSLContext, ssl.SSLContext]:
    """The server's, and the terminal's."""
    trusted, _ = shown.trusted.write(folder, "ca")
    pem, key = shown.server.write(folder, "server", *shown.chain)
    clients = root("Terminals")
    known, _ = clients.write(folder, "clients")
    own = terminal(clients if shown.known_client else root("Other terminals"))
    server = careless_context(pem, key, known)
    shown.tune(server)
    return server, client_context(trusted, *own.write(folder, "terminal"))


def refused(shown: Shown, folder: Path, **changes: object) -> str:
    """What the link says of the host; nothing is sent to it."""
    server, own = contexts(shown, folder)
    changes.setdefault("now", lambda: NOW)

    async def go() -> str:
        async with acquirer(folder, context=server) as served:
            link = link_to(served.port, context=lambda: own, **changes)  # type: ignore[arg-type]
            async with running(link):
                await until(lambda: link.state().condition is Condition.FAULT)
                assert isinstance(await link.request(payment()), NotSent)
                return link.state().detail

    said = asyncio.run(go())
    assert read_messages(folder / "ledger.db") == []
    return said


def taken(shown: Shown, folder: Path, **changes: object) -> None:
    """The link comes up."""
    server, own = contexts(shown, folder)

    async def go() -> None:
        async with acquirer(folder, context=server) as served:
            link = link_to(served.port, context=lambda: own, **changes)  # type: ignore[arg-type]
            async with running(link):
                await until(lambda: link.state().usable)

    asyncio.run(go())


@pytest.mark.parametrize(
    ("make", "words"),
    [
        (expired, "the host's certificate has expired"),
        (not_yet_valid, "the host's certificate is not valid yet"),
        (self_signed, "the host's certificate is self-signed"),
        (unknown_ca, "the host's certificate is from a CA that acquirer.ca_file does not hold"),
        (unknown_chain, "the host's chain ends in a CA that acquirer.ca_file does not hold"),
        (wrong_name, "the host's certificate is for another name than acquirer.server_name"),
        (weak_key, "the host's certificate has a key that is too weak: RSA needs 2048 bits"),
        (weak_ca, "a CA in the host's chain has a key that is too weak: RSA needs 2048 bits"),
        (weak_signature, "the host's chain has a signature that is too weak, as SHA-1 is"),
        (for_a_client, "the host's certificate is not for a server"),
        (signed_by_no_ca, "the host's certificate is signed by one that is no CA"),
    ],
)
def test_what_is_wrong_is_refused_and_named(
    tmp_path: Path, make: Callable[[], Shown], words: str
) -> None:
    assert words in refused(make(), tmp_path)


@pytest.mark.parametrize(
    ("make", "words"),
    [
        (tls_1_1, "the host speaks no TLS 1.2 or later"),
        (a_stranger_s, "the host does not know the CA of acquirer.cert_file"),
    ],
)
def test_a_host_that_turns_away_is_understood(
    tmp_path: Path, make: Callable[[], Shown], words: str
) -> None:
    server, own = contexts(make(), tmp_path)

    async def go(port: int) -> str:
        link = link_to(port, context=lambda: own)
        async with running(link):
            await until(lambda: link.state().condition is Condition.FAULT)
            assert isinstance(await link.request(payment()), NotSent)
            return link.state().detail

    with plain_tls_server(server) as port:
        assert words in asyncio.run(go(port))


@pytest.mark.parametrize("make", [curve_key, lambda: rsa_key(2048)], ids=["P-256", "RSA 2048"])
def test_what_is_right_is_taken(tmp_path: Path, make: Callable[[], rsa.RSAPrivateKey]) -> None:
    ca = root()
    taken(Shown(host(ca, make()), ca), tmp_path)


def test_a_chain_over_an_intermediate_is_taken(tmp_path: Path) -> None:
    ca = root()
    between = certificate("Test Issuing CA", ca, curve_key(), ca=True)
    taken(Shown(host(between), ca, (between,)), tmp_path)


@pytest.mark.parametrize(
    ("clock", "floor"),
    [
        (BUILT - timedelta(days=1), datetime(1970, 1, 1, tzinfo=UTC)),
        (NOW, NOW + timedelta(minutes=1)),
    ],
    ids=["before the build", "before the last event"],
)
@pytest.mark.parametrize("make", [not_yet_valid, expired])
def test_a_clock_that_is_plainly_wrong_is_named_instead(
    tmp_path: Path, clock: datetime, floor: datetime, make: Callable[[], Shown]
) -> None:
    said = refused(make(), tmp_path, now=lambda: clock, clock_floor=lambda: floor)
    assert said == f"this terminal's clock says {clock:%Y-%m-%d %H:%M} UTC: set it"


def test_a_clock_that_may_be_right_is_not_blamed(tmp_path: Path) -> None:
    said = refused(not_yet_valid(), tmp_path, clock_floor=lambda: NOW)
    assert said == "the host's certificate is not valid yet"


def pin_of(holder: Holder) -> bytes:
    """Through cryptography, which the firmware's own way does not use."""
    form = serialization.PublicFormat.SubjectPublicKeyInfo
    key = holder.certificate.public_key().public_bytes(serialization.Encoding.DER, form)
    return hashlib.sha256(key).digest()


def test_the_pinned_key_is_taken(tmp_path: Path) -> None:
    shown = right()
    taken(shown, tmp_path, pins=(pin_of(shown.server),))


def test_the_second_pin_is_for_the_key_to_come(tmp_path: Path) -> None:
    shown = right()
    taken(shown, tmp_path, pins=(bytes(32), pin_of(shown.server)))


def test_another_key_is_refused_and_its_pin_shown(tmp_path: Path) -> None:
    shown = right()
    found = pin_of(shown.server)
    said = refused(shown, tmp_path, pins=(bytes(32), pin_of(shown.trusted)))
    assert "the host's key is not one of acquirer.pins" in said
    assert base64.b64encode(found).decode() in said
    assert found.hex() in said


@pytest.mark.parametrize(
    "make",
    [curve_key, lambda: rsa_key(2048), ed25519.Ed25519PrivateKey.generate],
    ids=["P-256", "RSA", "Ed25519"],
)
def test_the_public_key_is_cut_out_as_it_stands(make: Callable[[], rsa.RSAPrivateKey]) -> None:
    holder = certificate("name", root(), make(), names=(x509.DNSName("localhost"),))
    assert hashlib.sha256(public_key(holder.der)).digest() == pin_of(holder)


@given(st.binary(max_size=200))
def test_no_bytes_are_a_pinned_certificate(data: bytes) -> None:
    with pytest.raises(HostFault):
        check_pin(data, (bytes(32),))


def test_a_pin_is_read_in_hex_and_in_base64() -> None:
    digest = hashlib.sha256(b"key").digest()
    assert read_pin(digest.hex()) == digest
    assert read_pin(digest.hex().upper()) == digest
    assert read_pin(base64.b64encode(digest).decode()) == digest
    for wrong in ("", "sha256", digest.hex()[2:], "g" * 64, base64.b64encode(digest[1:]).decode()):
        with pytest.raises(SettingsError, match=r"acquirer\.pins"):
            read_pin(wrong)
