"""Certificates and lines that are wrong: refused, and told in words a technician can act on."""

from __future__ import annotations

import asyncio
import errno
import socket
import ssl
from datetime import UTC, datetime
from pathlib import Path

import pytest

from cardamom.acquirer.tls import client_context, in_words
from cardamom.faults import SettingsError
from cardamom.simulator.acquirer.certificates import (
    authority,
    client,
    make_tls,
)
from cardamom.simulator.acquirer.ledger import read_messages
from cardamom.simulator.acquirer.server import server_context
from cardamom.values.health import Condition
from cardamom.values.online import NotSent
from support.acquirer import acquirer, link_to, payment, running, until
from support.certificates import certificate, root, rsa_key

ENCIPHERED = (
    b"-----BEGIN ENCRYPTED PRIVATE KEY-----\nMIGjMF8=\n-----END ENCRYPTED PRIVATE KEY-----\n"
)
"""A key that asks for a password, which a daemon has nobody to ask for."""
NOW = datetime(2026, 4, 1, tzinfo=UTC)


def refused(folder: Path, server: ssl.SSLContext, own: ssl.SSLContext, **changes: object) -> str:
    """What the link says of a host that it does not get on with; nothing is sent to it."""

    async def go() -> str:
        async with acquirer(folder, context=server) as host:
            link = link_to(host.port, context=lambda: own, **changes)  # type: ignore[arg-type]
            async with running(link):
                await until(lambda: link.state().condition is Condition.FAULT)
                assert isinstance(await link.request(payment()), NotSent)
                return link.state().detail

    said = asyncio.run(go())
    assert read_messages(folder / "ledger.db") == []
    return said


def contexts(folder: Path) -> tuple[ssl.SSLContext, ssl.SSLContext]:
    """Server's and terminal's, of the files in a folder."""
    return (
        server_context(folder / "server.pem", folder / "server.key", folder / "ca.pem"),
        client_context(folder / "ca.pem", folder / "client.pem", folder / "client.key"),
    )


def test_the_name_is_the_server_name_where_one_is_set(tmp_path: Path) -> None:
    make_tls(tmp_path)
    said = refused(tmp_path, *contexts(tmp_path), server_name="acquirer.test")
    assert "another name than acquirer.server_name" in said


def test_a_terminal_the_host_does_not_know(tmp_path: Path) -> None:
    make_tls(tmp_path)
    stranger = client(authority("Another Test CA"))
    (tmp_path / "client.pem").write_bytes(stranger.certificate_pem)
    (tmp_path / "client.key").write_bytes(stranger.key_pem)
    said = refused(tmp_path, *contexts(tmp_path))
    assert "certificate" in said or "alert" in said


def test_a_host_that_speaks_no_tls() -> None:
    async def go() -> str:
        async def hello(_reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
            writer.write(b"220 welcome\r\n")
            await writer.drain()
            writer.close()

        plain = await asyncio.start_server(hello, "127.0.0.1", 0)
        port = plain.sockets[0].getsockname()[1]
        async with plain, running(link_to(port)) as link:
            await until(lambda: link.state().condition is Condition.FAULT)
            return link.state().detail

    assert "TLS failed" in asyncio.run(go())


def test_tls_below_1_2_is_not_spoken(tmp_path: Path) -> None:
    make_tls(tmp_path)
    own = contexts(tmp_path)[1]
    assert own.minimum_version is ssl.TLSVersion.TLSv1_2
    assert own.check_hostname
    assert own.verify_mode is ssl.CERT_REQUIRED
    assert len(own.get_ca_certs()) == 1, "the system's CAs vouch for no acquirer"
    assert own.security_level == 2
    assert {c["kea"] for c in own.get_ciphers()} <= {"kx-ecdhe", "kx-dhe", "kx-any"}


def test_tls_1_2_is_enough(tmp_path: Path) -> None:
    make_tls(tmp_path)
    server, own = contexts(tmp_path)
    server.maximum_version = ssl.TLSVersion.TLSv1_2

    async def go() -> None:
        async with acquirer(tmp_path, context=server) as host:
            link = link_to(host.port, context=lambda: own)
            async with running(link):
                await until(lambda: link.state().usable)

    asyncio.run(go())


@pytest.mark.parametrize(
    ("name", "content", "says"),
    [
        ("ca.pem", None, "acquirer.ca_file"),
        ("ca.pem", b"nonsense", "acquirer.ca_file"),
        ("client.pem", None, "acquirer.cert_file: .* is missing"),
        ("client.key", None, "acquirer.key_file: .* is missing; systemd hands it over"),
        ("client.key", b"nonsense", "acquirer.key_file"),
        (
            "client.key",
            ENCIPHERED,
            "acquirer.key_file",
        ),
    ],
)
def test_a_wrong_file_is_named(tmp_path: Path, name: str, content: bytes | None, says: str) -> None:
    make_tls(tmp_path)
    if content is None:
        (tmp_path / name).unlink()
    else:
        (tmp_path / name).write_bytes(content)
    with pytest.raises(SettingsError, match=says):
        client_context(tmp_path / "ca.pem", tmp_path / "client.pem", tmp_path / "client.key")


def test_a_key_of_another_certificate_is_named(tmp_path: Path) -> None:
    make_tls(tmp_path)
    (tmp_path / "client.key").write_bytes((tmp_path / "server.key").read_bytes())
    with pytest.raises(SettingsError, match=r"client\.pem belongs to another key than"):
        client_context(tmp_path / "ca.pem", tmp_path / "client.pem", tmp_path / "client.key")


def test_a_weak_certificate_of_ours_is_named(tmp_path: Path) -> None:
    ca = root()
    trusted, _ = ca.write(tmp_path, "ca")
    pem, key = certificate("terminal", ca, rsa_key(1024)).write(tmp_path, "client")
    with pytest.raises(SettingsError, match=r"client\.pem has a key that is too weak"):
        client_context(trusted, pem, key)


def test_a_file_that_goes_missing_later_does_not_end_the_link(tmp_path: Path) -> None:
    make_tls(tmp_path)

    def gone() -> ssl.SSLContext:
        return client_context(tmp_path / "no.pem", tmp_path / "no.pem", tmp_path / "no.key")

    async def go() -> str:
        async with running(link_to(9, context=gone)) as link:
            await until(lambda: link.state().condition is Condition.FAULT)
            return link.state().detail

    assert "acquirer.ca_file" in asyncio.run(go())


@pytest.mark.parametrize(
    ("error", "words"),
    [
        (socket.gaierror(socket.EAI_NONAME, "Name or service not known"), "name is not known"),
        (TimeoutError(), "the host does not answer"),
        (ConnectionRefusedError(), "refuses the connection: check acquirer.port"),
        (OSError(errno.ENETUNREACH, "x"), "the network is unreachable"),
        (OSError(errno.EHOSTUNREACH, "x"), "the network is unreachable"),
        (ConnectionResetError(), "the host closed the connection"),
        (ValueError("x"), "the connection failed (ValueError)"),
    ],
)
def test_lines_that_fail_in_words(error: Exception, words: str) -> None:
    assert words in in_words(error, NOW)
