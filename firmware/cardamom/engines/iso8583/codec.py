"""Messages to bytes and back, as a profile says. Only MessageError escapes."""

from __future__ import annotations

import hmac
from collections.abc import Callable, Mapping

import iso8583

from cardamom.engines.iso8583.profile import Profile
from cardamom.engines.iso8583.specification import specification, tracks_in_bcd

Mac = Callable[[bytes], bytes]
"""Eight bytes over the message up to the MAC field."""

MAC_BYTES = 8
_PLACES = {"t": "the message type", "p": "the bitmap", "1": "the secondary bitmap"}


class MessageError(ValueError):
    """The bytes are no message of this profile, or a message cannot be written. The text names
    fields, never their values. `byte`: how far it could be read."""

    def __init__(self, text: str, byte: int = 0) -> None:
        super().__init__(text)
        self.byte = byte


class BadMacError(MessageError):
    """The message is readable and its MAC is wrong or missing."""


class Message:
    """Message type and fields by number; binary fields in upper-case hex. Prints numbers alone."""

    __slots__ = ("fields", "mti")

    def __init__(self, mti: str, fields: Mapping[int, str]) -> None:
        self.mti = mti
        self.fields = dict(fields)

    def get(self, number: int) -> str | None:
        return self.fields.get(number)

    def __repr__(self) -> str:
        return f"Message({self.mti} {' '.join(map(str, sorted(self.fields)))})"

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Message) and (other.mti, other.fields) == (self.mti, self.fields)

    __hash__ = None  # type: ignore[assignment]


class Codec:
    """Writes and reads one profile's messages."""

    def __init__(self, profile: Profile) -> None:
        self.profile = profile
        self._spec = specification(profile)
        self._tracks = tracks_in_bcd(profile)
        self._numeric = frozenset(int(n) for n, f in profile.fields.items() if f.type == "n")
        self._known = frozenset(map(int, profile.fields))

    def encode(self, message: Message, mac: Mac | None = None) -> bytes:
        """The message's bytes, with a MAC at its end where `mac` is given and the profile has a
        field for it."""
        rule = self.profile.messages.get(message.mti)
        if rule is None:
            raise MessageError(f"the profile has no message {message.mti}")
        missing = [n for n in rule.required if n not in message.fields]
        if missing:
            raise MessageError(f"{message.mti} lacks field {missing[0]}")
        extra = set(message.fields) - {*rule.required, *rule.optional}
        if extra:
            raise MessageError(f"{message.mti} has no field {min(extra)}")
        fields = dict(message.fields)
        if not rule.sealed:
            mac = None
        if mac is not None:
            fields[mac_field(fields)] = "00" * MAC_BYTES
        raw = self._encode(message.mti, fields)
        if mac is None:
            return raw
        number = mac_field(message.fields)
        covered = raw[: -self._mac_width(number)]
        return covered + self._mac_text(number, mac(covered))

    def decode(self, raw: bytes, mac: Mac | None = None) -> Message:
        """The message; with `mac` given, BadMacError unless its MAC holds. A message that the
        profile knows and has no MAC field for needs none."""
        read: dict[str, str] | None = None
        at, byte = "", 0
        try:
            read, _ = iso8583.decode(raw, self._spec)
        except iso8583.DecodeError as e:
            at = f" at {_PLACES.get(e.field, f'field {e.field}')}, byte {e.pos}"
            byte = int(e.pos)
        except (ValueError, KeyError, IndexError, TypeError, OverflowError):
            at = ""
        if read is None:
            # raised out here: a DecodeError holds the raw message and must not be its context
            raise MessageError(f"the message cannot be read{at}", byte)
        fields = {int(k): v for k, v in read.items() if k.isdigit() and int(k) > 1}
        for number in self._tracks & fields.keys():
            fields[number] = fields[number].replace("D", "=")
        message = Message(read["t"], fields)
        self._check(message)
        rule = self.profile.messages.get(message.mti)
        if mac is not None and (rule is None or rule.sealed):
            self._check_mac(message, raw, mac)
        return message

    def _encode(self, mti: str, fields: Mapping[int, str]) -> bytes:
        document = {"t": mti, **{str(n): v for n, v in fields.items()}}
        for number in self._tracks & fields.keys():
            document[str(number)] = fields[number].replace("=", "D")
        raw, at = None, ""
        try:
            raw, _ = iso8583.encode(document, self._spec)
        except iso8583.EncodeError as e:
            at = e.field
        if raw is None:
            raise MessageError(f"{mti} cannot be written at field {at}")
        return bytes(raw)

    def _check(self, message: Message) -> None:
        """Numeric fields hold digits: what is computed with must be what it says."""
        for number, value in message.fields.items():
            if number not in self._known:
                raise MessageError(f"the profile has no field {number}")
            if number in self._numeric and not (value.isascii() and value.isdigit()):
                raise MessageError(f"field {number} is not numeric")
            if not value.isprintable():
                raise MessageError(f"field {number} has control characters")

    def _check_mac(self, message: Message, raw: bytes, mac: Mac) -> None:
        number = mac_field(message.fields, present=True)
        if number not in message.fields:
            raise BadMacError("the MAC is missing")
        expected = mac(raw[: -self._mac_width(number)]).hex().upper()
        if not hmac.compare_digest(expected, message.fields[number].upper()):
            raise BadMacError("the MAC is wrong")

    def _mac_width(self, number: int) -> int:
        return MAC_BYTES if self._spec[str(number)]["data_enc"] == "b" else 2 * MAC_BYTES

    def _mac_text(self, number: int, code: bytes) -> bytes:
        if self._spec[str(number)]["data_enc"] == "b":
            return code
        return code.hex().upper().encode()


def mac_field(fields: Mapping[int, str], *, present: bool = False) -> int:
    """64, or 128 where there is a secondary bitmap. `present`: the MAC is already among them."""
    others = [n for n in fields if not (present and n == 128)]
    secondary = any(n > 64 for n in others) or (present and 128 in fields)
    return 128 if secondary else 64
