"""Messages of the control socket: one JSON object a line, each way.

A request names its operation in `op`; an answer is `{"ok": true, ...}` or `{"ok": false, "error":
..., "nothing_asked": ...}`. `nothing_asked` tells a till that no money can have moved.
"""

from __future__ import annotations

from typing import Annotated, Any, Final

import msgspec
from msgspec import Meta

from cardamom.faults import Fault

MAX_LINE: Final = 65_536
ENCODING: Final = "utf-8"


class ControlError(Fault):
    """The line is no message of this socket."""


class Request(
    msgspec.Struct, frozen=True, kw_only=True, tag_field="op", forbid_unknown_fields=True
):
    """Base of all requests."""


class Status(Request, frozen=True, kw_only=True, tag="status"):
    """How the terminal and its parts are."""


class Sale(Request, frozen=True, kw_only=True, tag="sale"):
    """Take a payment at this terminal; answered when its outcome is durable."""

    amount: Annotated[str, Meta(max_length=20)]
    currency: Annotated[str, Meta(max_length=3)] = ""
    reference: Annotated[str, Meta(min_length=1, max_length=64)] | None = None


class Cancel(Request, frozen=True, kw_only=True, tag="cancel"):
    """Cancel a sale that still waits for a card or a PIN."""


class Transactions(Request, frozen=True, kw_only=True, tag="transactions"):
    """The newest transactions."""

    limit: Annotated[int, Meta(ge=1, le=1000)] = 20


class Show(Request, frozen=True, kw_only=True, tag="show"):
    """One transaction."""

    id: Annotated[int, Meta(ge=1)]


AnyRequest = Status | Sale | Cancel | Transactions | Show

_decoder: msgspec.json.Decoder[AnyRequest] = msgspec.json.Decoder(AnyRequest)


def decode(line: bytes) -> AnyRequest:
    """A request. Raises ControlError with a sentence that says what to do."""
    try:
        return _decoder.decode(line)
    except msgspec.ValidationError as e:
        raise ControlError(f"the request is wrong: {e}") from None
    except (msgspec.DecodeError, UnicodeDecodeError):
        raise ControlError("the request is not one line of JSON") from None


def encode(message: Any) -> bytes:
    """One line, with its end."""
    return msgspec.json.encode(message) + b"\n"
