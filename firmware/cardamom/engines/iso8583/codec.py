"""Messages to bytes and back, as a profile says. Only MessageError escapes."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

import iso8583

from cardamom.engines.iso8583.profile import Encoding, FieldRule, Profile

Mac = Callable[[bytes], bytes]
"""Eight bytes over the message up to the MAC field."""

MAC_BYTES = 8


class MessageError(ValueError):
    """The bytes are no message of this profile, or a message cannot be written. The text names
    fields, never their values."""


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
        self._spec = _specification(profile)

    def encode(self, message: Message, mac: Mac | None = None) -> bytes:
        """The message's bytes, with a MAC at its end where `mac` is given."""
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
        if mac is not None:
            fields[mac_field(fields)] = "00" * MAC_BYTES
        raw = self._encode(message.mti, fields)
        if mac is None:
            return raw
        code = mac(self._covered(raw))
        return self._covered(raw) + self._mac_text(code)

    def decode(self, raw: bytes, mac: Mac | None = None) -> Message:
        """The message; with `mac` given, BadMacError unless its MAC holds."""
        try:
            read, _ = iso8583.decode(raw, self._spec)
        except iso8583.DecodeError as e:
            # its text and attributes carry the raw message: only the field's number goes on
            raise MessageError(f"the message cannot be read at field {e.field}") from None
        except (ValueError, KeyError, IndexError, TypeError, OverflowError) as e:
            raise MessageError(f"the message cannot be read ({type(e).__name__})") from None
        fields = {int(k): v for k, v in read.items() if k.isdigit() and int(k) > 1}
        message = Message(read["t"], fields)
        self._check(message)
        if mac is not None:
            self._check_mac(message, raw, mac)
        return message

    def _encode(self, mti: str, fields: Mapping[int, str]) -> bytes:
        document = {"t": mti, **{str(n): v for n, v in fields.items()}}
        try:
            raw, _ = iso8583.encode(document, self._spec)
        except iso8583.EncodeError as e:
            raise MessageError(f"{mti} cannot be written at field {e.field}") from None
        return bytes(raw)

    def _check(self, message: Message) -> None:
        """Numeric fields hold digits: what is computed with must be what it says."""
        for number, value in message.fields.items():
            rule = self.profile.fields.get(str(number))
            if rule is None:
                raise MessageError(f"the profile has no field {number}")
            if rule.type == "n" and not (value.isascii() and value.isdigit()):
                raise MessageError(f"field {number} is not numeric")
            if not value.isprintable():
                raise MessageError(f"field {number} has control characters")

    def _check_mac(self, message: Message, raw: bytes, mac: Mac) -> None:
        number = mac_field(message.fields, present=True)
        if number not in message.fields:
            raise BadMacError("the MAC is missing")
        if mac(self._covered(raw)).hex().upper() != message.fields[number].upper():
            raise BadMacError("the MAC is wrong")

    def _covered(self, raw: bytes) -> bytes:
        return raw[: -len(self._mac_text(bytes(MAC_BYTES)))]

    def _mac_text(self, code: bytes) -> bytes:
        if self.profile.encoding.binary == "hex":
            return code.hex().upper().encode()
        return code


def mac_field(fields: Mapping[int, str], *, present: bool = False) -> int:
    """64, or 128 where there is a secondary bitmap. `present`: the MAC is already among them."""
    others = [n for n in fields if not (present and n == 128)]
    secondary = any(n > 64 for n in others) or (present and 128 in fields)
    return 128 if secondary else 64


def _specification(profile: Profile) -> dict[str, dict[str, Any]]:
    """The profile as pyiso8583 wants it."""
    encoding = profile.encoding
    bitmap = "ascii" if encoding.bitmap == "hex" else "b"
    spec: dict[str, dict[str, Any]] = {
        "h": _plain("ascii", 0, "header"),
        "t": _plain("ascii" if encoding.mti == "ascii" else "b", 4, "message type"),
        "p": _plain(bitmap, 16, "primary bitmap"),
        "1": _plain(bitmap, 16, "secondary bitmap"),
    }
    for key, size in (("t", 2), ("p", 8), ("1", 8)):
        if spec[key]["data_enc"] == "b":
            spec[key]["max_len"] = size
    for number, rule in profile.fields.items():
        spec[number] = _field(rule, encoding)
    for other in range(2, 129):
        spec.setdefault(str(other), _plain("ascii", 0, "not in this profile"))
    return spec


def _plain(enc: str, size: int, name: str) -> dict[str, Any]:
    return {"data_enc": enc, "len_enc": "ascii", "len_type": 0, "max_len": size, "desc": name}


def _field(rule: FieldRule, encoding: Encoding) -> dict[str, Any]:
    digits = {"fixed": 0, "LL": 2, "LLL": 3}[rule.length]
    bcd_length = encoding.length == "bcd"
    spec: dict[str, Any] = {
        "data_enc": "ascii",
        "len_enc": "bcd" if bcd_length else "ascii",
        "len_type": (digits + 1) // 2 if bcd_length else digits,
        "max_len": rule.max,
        "desc": rule.name,
    }
    if rule.type == "b":
        written = rule.written or encoding.binary
        spec["data_enc"] = "b" if written == "binary" else "ascii"
        if written == "hex":
            spec["max_len"] = rule.max * 2
    elif rule.type in ("n", "z") and encoding.numeric == "bcd":
        spec |= {"data_enc": "b", "len_count": "nibbles", "left_pad": "0"}
    return spec
