"""The network as NetworkManager is told of it: a connection's key file, and whether it came up.

nm-settings-keyfile(5): a file below /etc/NetworkManager/system-connections, its owner's alone. A
password is never an argument of a command, where every process could read it.
"""

from __future__ import annotations

import subprocess
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Final, Protocol

from cardamom.commissioning.files import FileFault, write_whole
from cardamom.faults import Fault
from cardamom.values.commissioning import Step

NAME: Final = "cardamom"
CONNECTIONS: Final = Path("/etc/NetworkManager/system-connections")
REGULATORY: Final = Path("/etc/modprobe.d/cardamom-wifi.conf")
UP_S: Final = 60


class NetworkFault(Fault):
    """The network did not come up, or the system cannot be told."""


class Network(Protocol):
    """Where network and time zone are set; as root."""

    def connect(self, answers: Mapping[str, str]) -> None:
        """Raises NetworkFault with a sentence."""

    def set_timezone(self, name: str) -> None:
        """Raises NetworkFault."""


@dataclass(frozen=True, slots=True)
class NetworkManager:
    """NetworkManager's nmcli, systemd's timedatectl."""

    connections: Path = CONNECTIONS
    regulatory: Path = REGULATORY

    def connect(self, answers: Mapping[str, str]) -> None:
        file = self.connections / f"{NAME}.nmconnection"
        try:
            if country := answers.get(Step.WIFI_COUNTRY):
                line = f"options cfg80211 ieee80211_regdom={country}\n"
                write_whole(self.regulatory, line.encode(), 0o644)
            write_whole(file, key_file(answers).encode())
        except FileFault as e:
            raise NetworkFault(str(e)) from None
        if answers.get(Step.NETWORK) == "wifi":
            _run("nmcli", "radio", "wifi", "on")
        _run("nmcli", "connection", "load", str(file))
        _run("nmcli", "--wait", str(UP_S), "connection", "up", "id", NAME)

    def set_timezone(self, name: str) -> None:
        _run("timedatectl", "set-timezone", name)


def key_file(answers: Mapping[str, str]) -> str:
    """The connection. A name of Wi-Fi stands as its bytes: no character needs an escape."""
    wifi = answers[Step.NETWORK] == "wifi"
    lines = [
        "[connection]",
        f"id={NAME}",
        f"type={'wifi' if wifi else 'ethernet'}",
        "autoconnect-priority=100",
    ]
    if wifi:
        name = "".join(f"{byte};" for byte in answers[Step.WIFI_NAME].encode())
        lines += ["", "[wifi]", "mode=infrastructure", f"ssid={name}"]
        if password := answers.get(Step.WIFI_PASSWORD):
            lines += ["", "[wifi-security]", "key-mgmt=wpa-psk", f"psk={_escaped(password)}"]
    lines += ["", "[ipv4]"]
    if answers.get(Step.ADDRESSING) == "static":
        servers = "".join(f"{part.strip()};" for part in answers[Step.DNS].split(","))
        lines += [
            "method=manual",
            f"address1={answers[Step.ADDRESS]},{answers[Step.GATEWAY]}",
            f"dns={servers}",
        ]
    else:
        lines.append("method=auto")
    return "\n".join([*lines, "", "[ipv6]", "method=auto", ""])


def _escaped(text: str) -> str:
    """GKeyFile: a backslash is doubled, blanks at the edges are \\s."""
    text = text.replace("\\", "\\\\")
    if text.startswith(" "):
        text = "\\s" + text[1:]
    return text[:-1] + "\\s" if text.endswith(" ") else text


def _run(*command: str) -> None:
    """Raises NetworkFault with what the command said."""
    try:
        done = subprocess.run(  # noqa: S603 fixed commands, checked answers
            command, capture_output=True, text=True, timeout=UP_S + 15, check=False
        )
    except (OSError, subprocess.TimeoutExpired):
        raise NetworkFault(f"{command[0]} did not answer: is it installed?") from None
    if done.returncode:
        said = done.stderr.strip().splitlines()
        raise NetworkFault(said[-1][:200] if said else f"{command[0]} ended with {done.returncode}")
