"""What NetworkManager is told, and that no secret is an argument of a command."""

from __future__ import annotations

import configparser
import os
from pathlib import Path

import pytest

from cardamom.commissioning.network import NetworkFault, NetworkManager, key_file

WIFI = {
    "network": "wifi",
    "wifi_country": "CN",
    "wifi_name": "店;5G",
    "wifi_password": " se\\cret ",
    "addressing": "static",
    "address": "192.0.2.20/24",
    "gateway": "192.0.2.1",
    "dns": "192.0.2.1, 198.51.100.1",
}


def test_the_key_file_of_a_fixed_wifi() -> None:
    parsed = configparser.RawConfigParser()
    parsed.read_string(key_file(WIFI))
    assert parsed["connection"]["type"] == "wifi"
    name = bytes(int(b) for b in parsed["wifi"]["ssid"].strip(";").split(";"))
    assert name.decode() == "店;5G"
    assert parsed["wifi-security"]["psk"] == "\\sse\\\\cret\\s"
    assert dict(parsed["ipv4"]) == {
        "method": "manual",
        "address1": "192.0.2.20/24,192.0.2.1",
        "dns": "192.0.2.1;198.51.100.1;",
    }


def test_an_open_wifi_and_a_cable_have_no_password() -> None:
    assert "wifi-security" not in key_file({**WIFI, "wifi_password": ""})
    cable = key_file({"network": "ethernet", "addressing": "dhcp"})
    assert "type=ethernet" in cable
    assert "method=auto" in cable


@pytest.fixture
def tools(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A nmcli that notes its arguments, and fails while `away` is there."""
    tool = tmp_path / "bin" / "nmcli"
    tool.parent.mkdir()
    tool.write_text(
        f'#!/bin/sh\necho "$@" >> {tmp_path}/said\n'
        f'[ ! -e {tmp_path}/away ] || {{ echo "Error: no network" >&2; exit 4; }}\n'
    )
    tool.chmod(0o755)
    monkeypatch.setenv("PATH", f"{tool.parent}:{os.environ['PATH']}")
    return tmp_path


def test_it_is_told_by_a_file_that_its_owner_alone_reads(tools: Path) -> None:
    network = NetworkManager(tools, tools / "wifi.conf")
    network.connect(WIFI)
    file = tools / "cardamom.nmconnection"
    assert file.stat().st_mode & 0o777 == 0o600
    assert file.read_text() == key_file(WIFI)
    assert "ieee80211_regdom=CN" in (tools / "wifi.conf").read_text()
    said = (tools / "said").read_text()
    assert f"connection load {file}" in said
    assert "cret" not in said


def test_what_nmcli_says_is_told(tools: Path) -> None:
    (tools / "away").touch()
    with pytest.raises(NetworkFault, match=r"^Error: no network$"):
        NetworkManager(tools, tools / "wifi.conf").connect(WIFI)


def test_a_machine_without_it_is_told(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PATH", str(tmp_path))
    with pytest.raises(NetworkFault, match="nmcli did not answer"):
        NetworkManager(tmp_path, tmp_path / "c").connect({"network": "ethernet"})
