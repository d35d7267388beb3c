"""Where the link goes and as whom."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Final
from zoneinfo import ZoneInfo

from cardamom.acquirer.hosts import BACK_AFTER_S, FIRST_WAIT_S, LONGEST_WAIT_S, TRIES, Address
from cardamom.values.secret import Key

CONNECT_S: Final = 10.0
ECHO_AFTER_S: Final = 60.0
"""A line idle this long is asked whether it is still there."""
ECHO_ANSWER_S: Final = 5.0
LINGER_S: Final = 30.0
"""A short connection that owes an answer is kept this long for it, or for what follows."""
QUIET_S: Final = 5.0
"""The terminal leaves the backup host when it has asked nothing for this long."""


@dataclass(frozen=True, slots=True)
class LinkConfig:
    """`server_name` empty takes `host`; `backup` is tried while `host` fails."""

    host: str
    port: int
    terminal_id: str
    merchant_id: str
    deadline_s: float
    zone: ZoneInfo
    server_name: str = ""
    backup: Address | None = None
    pins: tuple[bytes, ...] = ()
    """SHA-256 of the public keys that a host may have; empty: any that its CA vouches for."""
    master_key: Key | None = field(default=None, repr=False)
    """Opens the key blocks of a sign-on."""
    connect_s: float = CONNECT_S
    echo_after_s: float = ECHO_AFTER_S
    echo_answer_s: float = ECHO_ANSWER_S
    quiet_s: float = QUIET_S
    linger_s: float = LINGER_S
    first_wait_s: float = FIRST_WAIT_S
    longest_wait_s: float = LONGEST_WAIT_S
    tries: int = TRIES
    back_after_s: float = BACK_AFTER_S

    @property
    def primary(self) -> Address:
        return Address(self.host, self.port, self.server_name)
