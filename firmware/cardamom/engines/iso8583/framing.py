"""Where one message ends and the next begins. Only FramingError escapes."""

from __future__ import annotations

from cardamom.engines.iso8583.profile import Framing

LARGEST = 8192
"""More than any message of any profile: what claims more is not one."""


class FramingError(ValueError):
    """The bytes are not framed as the profile says."""


class Frames:
    """Cuts a byte stream into messages, and frames messages for it."""

    def __init__(self, rule: Framing) -> None:
        self._rule = rule
        self._prefix = bytes.fromhex(rule.tpdu + rule.header)
        self._width = 2 if rule.length == "binary2" else 4
        self._buffer = bytearray()

    def wrap(self, message: bytes) -> bytes:
        body = self._prefix + message
        if len(body) > LARGEST:
            raise FramingError("the message is too long")
        if self._rule.length == "binary2":
            return len(body).to_bytes(2) + body
        return f"{len(body):04d}".encode() + body

    def feed(self, data: bytes) -> list[bytes]:
        """Messages complete by now, without TPDU and header. FramingError: give up the link."""
        self._buffer += data
        found = []
        while len(self._buffer) >= self._width:
            size = self._size()
            if not len(self._prefix) < size <= LARGEST:
                raise FramingError("the length of a message is absurd")
            if len(self._buffer) < self._width + size:
                break
            found.append(bytes(self._buffer[self._width + len(self._prefix) : self._width + size]))
            del self._buffer[: self._width + size]
        return found

    def _size(self) -> int:
        head = bytes(self._buffer[: self._width])
        if self._rule.length == "binary2":
            return int.from_bytes(head)
        if not head.isdigit():
            raise FramingError("the length of a message is not four digits")
        return int(head)
