"""A client of the acquirer that sees the bare line: a blocking TLS socket and messages by hand."""

from __future__ import annotations

import asyncio
import os
import socket
from collections.abc import Callable
from pathlib import Path
from types import TracebackType
from typing import Self, TypeVar

from cardamom.acquirer.tls import client_context
from cardamom.engines.iso8583.codec import Codec, Message
from cardamom.engines.iso8583.framing import Frames
from cardamom.engines.iso8583.mapping import message_for, network_request
from cardamom.engines.iso8583.profile import Profile
from cardamom.engines.keys.session import read_session_keys
from cardamom.engines.keys.working import WorkingKeys
from cardamom.simulator.acquirer.run import test_master_key as master_key
from cardamom.values.online import OnlineRequest
from support.acquirer import PROFILE, TLS, payment
from support.messages import AT, ZONE

PATIENCE_S = 10.0
T = TypeVar("T")


class Wire:
    """One connection. What is heard raises TimeoutError after `patience_s`."""

    def __init__(
        self,
        port: int,
        *,
        profile: Profile = PROFILE,
        tls: Path = TLS,
        client: str = "client",
        patience_s: float = PATIENCE_S,
    ) -> None:
        self.profile = profile
        self.keys: WorkingKeys | None = None
        self._codec = Codec(profile)
        self._frames = Frames(profile.framing)
        self._waiting: list[bytes] = []
        bare = socket.create_connection(("localhost", port), timeout=patience_s)
        context = client_context(tls / "ca.pem", tls / f"{client}.pem", tls / f"{client}.key")
        self.socket = context.wrap_socket(
            bare, server_hostname="localhost", suppress_ragged_eofs=False
        )

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        at: TracebackType | None,
    ) -> None:
        self.socket.close()

    def sign_on(self, stan: int = 1) -> Message:
        terminal, merchant = "10000001", "104110058120001"
        self.say(network_request("001", stan, terminal, merchant, self.profile, AT, ZONE, 1))
        answer = self.hear()
        scheme = self.profile.keys.scheme
        if not scheme.dukpt:
            keys = read_session_keys(answer.get(62) or "", master_key(), scheme)
            self.keys = keys.working(scheme)
        return answer

    def pay(self, request: OnlineRequest | None = None, *, ksn: str = "") -> None:
        """Send a sale; its answer is still to be heard."""
        asked = request or payment(None)
        self.say(message_for(asked, self.profile, ZONE, ksn=ksn))

    def say(self, message: Message, mac: Callable[[bytes], bytes] | None = None) -> None:
        """`mac`: another than the keys give."""
        own = self.keys.mac if self.keys and message.mti[1] != "8" else None
        self.socket.sendall(self._frames.wrap(self._codec.encode(message, mac or own)))

    def hear(self) -> Message:
        """The next message. EOFError where the line ends as TLS says, ssl.SSLEOFError where it
        just ends."""
        return self._codec.decode(self.raw())

    def raw(self) -> bytes:
        """The bytes of the next message, without its frame."""
        while not self._waiting:
            data = self.socket.recv(65536)
            if not data:
                raise EOFError
            self._waiting += self._frames.feed(data)
        return self._waiting.pop(0)

    def is_reset(self) -> bool:
        """Waits for the end below TLS, which tells RST from the end of a stream."""
        with socket.socket(fileno=os.dup(self.socket.fileno())) as bare:
            bare.settimeout(PATIENCE_S)
            try:
                while bare.recv(65536):
                    pass
            except ConnectionResetError:
                return True
        return False

    def stans(self, count: int) -> list[str]:
        """The trace numbers of the next answers."""
        return [self.hear().fields[11] for _ in range(count)]


def beside(work: Callable[[], T]) -> asyncio.Future[T]:
    """Blocking work in a thread, while the acquirer serves."""
    return asyncio.ensure_future(asyncio.to_thread(work))


def is_open(port: int) -> bool:
    """Whether somebody listens."""
    try:
        with socket.create_connection(("localhost", port), timeout=PATIENCE_S):
            return True
    except ConnectionRefusedError:
        return False
