"""The test TLS set: it loads, its chain holds, and its wrong siblings are refused by name."""

from __future__ import annotations

import ssl
from pathlib import Path

import pytest

from cardamom.settings.testkeys import digests, is_test_key
from cardamom.simulator.acquirer.certificates import Wrong, make_tls
from cardamom.simulator.acquirer.certificates import digest_lines as tls_lines
from cardamom.simulator.acquirer.run import tls_files
from cardamom.simulator.acquirer.server import server_context
from cardamom.simulator.pki.__main__ import digest_lines, main
from cardamom.simulator.testdata import data

NAMES = ("ca.pem", "server.pem", "server.key", "client.pem", "client.key")


def shake_hands(folder: Path, name: str = "localhost", *, with_certificate: bool = True) -> str:
    """The TLS version of a handshake in memory; raises what the failing side raises."""
    to_server, to_client = ssl.MemoryBIO(), ssl.MemoryBIO()
    context = ssl.create_default_context(cafile=str(folder / "ca.pem"))
    if with_certificate:
        context.load_cert_chain(folder / "client.pem", folder / "client.key")
    client = context.wrap_bio(to_client, to_server, server_hostname=name)
    server = server_context(
        folder / "server.pem", folder / "server.key", folder / "ca.pem"
    ).wrap_bio(to_server, to_client, server_side=True)
    for _ in range(4):
        for side in (client, server):
            try:
                side.do_handshake()
            except ssl.SSLWantReadError:
                continue
    # with TLS 1.3 the server judges the client's certificate after the client is done
    client.write(b"?")
    assert server.read(1) == b"?"
    return client.version() or ""


@pytest.mark.parametrize("name", ["localhost", "127.0.0.1", "::1"])
def test_the_published_set_serves_on_loopback(name: str) -> None:
    with tls_files(*NAMES) as paths:
        assert shake_hands(paths[0].parent, name) == "TLSv1.3"


def test_a_terminal_without_certificate_is_turned_away(tmp_path: Path) -> None:
    make_tls(tmp_path)
    with pytest.raises(ssl.SSLError, match="PEER_DID_NOT_RETURN_A_CERTIFICATE"):
        shake_hands(tmp_path, with_certificate=False)


@pytest.mark.parametrize(
    ("wrong", "code"),
    [
        (Wrong.NOT_YET_VALID, 9),
        (Wrong.EXPIRED, 10),
        (Wrong.SELF_SIGNED, 18),
        (Wrong.OTHER_CA, 20),
        (Wrong.WRONG_NAME, 62),
    ],
)
def test_each_wrong_certificate_fails_its_own_way(tmp_path: Path, wrong: Wrong, code: int) -> None:
    """By OpenSSL's X509_V_ERR_ codes (x509_vfy.h)."""
    make_tls(tmp_path, wrong)
    with pytest.raises(ssl.SSLCertVerificationError) as refused:
        shake_hands(tmp_path)
    assert refused.value.verify_code == code


def test_the_digests_name_certificates_and_keys() -> None:
    text = data("testkeys", "tls", "client.pem").read_text("ascii")
    assert is_test_key(ssl.PEM_cert_to_DER_cert(text))
    kinds = [line.split(maxsplit=1)[1] for line in tls_lines()]
    assert sum("private key" in kind for kind in kinds) == 2
    assert sum("certificate" in kind for kind in kinds) == 3


def test_the_file_of_digests_is_current(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["digests"]) == 0
    printed = capsys.readouterr().out
    held = data("testkeys", "digests.txt").read_text("utf-8").splitlines()
    assert printed.splitlines() == [line for line in held if not line.startswith("#")]
    assert len(digests()) == len([*digest_lines(), *tls_lines()])
