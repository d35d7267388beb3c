"""systemd's notification protocol (sd_notify(3)): a datagram to the socket it names."""

from __future__ import annotations

import os
import socket


class Notifier:
    """Tells systemd about readiness and life. Silent where systemd is not there."""

    def __init__(self) -> None:
        path = os.environ.pop("NOTIFY_SOCKET", "")
        self._address = "\0" + path[1:] if path.startswith("@") else path
        usec = os.environ.get("WATCHDOG_USEC", "0")
        self.watchdog_s = int(usec) / 1e6 if usec.isdigit() else 0.0
        """How often systemd wants to hear from us; 0: never."""

    @property
    def heard(self) -> bool:
        """Whether systemd listens."""
        return bool(self._address)

    def tell(self, *lines: str) -> None:
        if not self._address:
            return
        with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM | socket.SOCK_CLOEXEC) as sock:
            try:
                sock.sendto("\n".join(lines).encode(), self._address)
            except OSError:
                return  # systemd will notice by its own timeout

    def ready(self, status: str) -> None:
        self.tell("READY=1", f"STATUS={status}")

    def stopping(self) -> None:
        self.tell("STOPPING=1")

    def alive(self) -> None:
        self.tell("WATCHDOG=1")
