"""Messages of the control socket: one JSON object a line, each way.

A request names its operation in `op`; an answer is `{"ok": true, ...}` or `{"ok": false, "error":
..., "nothing_asked": ...}`. `nothing_asked` tells a till that no money can have moved.
"""

from __future__ import annotations

from typing import Annotated, Any, Final, Literal

import msgspec
from msgspec import Meta

from cardamom.faults import Fault
from cardamom.values.secret import Passcode
from cardamom.values.selftest import TestPart

MAX_LINE: Final = 65_536


TransactionId = Annotated[int, Meta(ge=1, le=2**62)]
Trace = Annotated[int, Meta(ge=1, le=999_999)]
Reference = Annotated[str, Meta(min_length=1, max_length=64)]
HostReference = Annotated[str, Meta(min_length=1, max_length=64)]
"""How the host names what it told a supervisor."""


AccountDigits = Annotated[str, Meta(pattern=r"^[0-9]{13,19}\Z")]
"""Of one of the merchant's own accounts."""
Uid = Annotated[str, Meta(pattern=r"^([0-9A-Fa-f]{2}){4}(([0-9A-Fa-f]{2}){3}){0,2}$")]


class ControlError(Fault):
    """The line is no message of this socket."""


class Request(
    msgspec.Struct, frozen=True, kw_only=True, tag_field="op", forbid_unknown_fields=True
):
    """Base of all requests."""


class Status(Request, frozen=True, kw_only=True, tag="status"):
    """How the terminal and its parts are."""


class Metrics(Request, frozen=True, kw_only=True, tag="metrics"):
    """Its numbers in Prometheus' text format."""


class Sale(Request, frozen=True, kw_only=True, tag="sale"):
    """Take a payment at this terminal; answered when its outcome is durable. `passcode`: a
    supervisor approves that the same card pays the same amount beside an unknown outcome. `online`:
    the merchant wants the issuer asked, whatever the amount."""

    amount: Annotated[str, Meta(max_length=20)]
    currency: Annotated[str, Meta(max_length=3)] = ""
    reference: Reference | None = None
    passcode: Passcode | None = None
    online: bool = False


class Void(Request, frozen=True, kw_only=True, tag="void"):
    """Take a sale of the open batch back; answered when its outcome is durable. Named by `id`, or
    by the trace number that its slip has."""

    id: TransactionId | None = None
    trace: Trace | None = None
    reference: Reference | None = None
    passcode: Passcode | None = None


class Refund(Request, frozen=True, kw_only=True, tag="refund"):
    """Give a sale's amount or a part of it back; without `amount` all that is left. Named as a void
    names it, of the newest batch that has the trace number."""

    id: TransactionId | None = None
    trace: Trace | None = None
    amount: Annotated[str, Meta(max_length=20)] | None = None
    currency: Annotated[str, Meta(max_length=3)] = ""
    reference: Reference | None = None
    passcode: Passcode | None = None


class Settle(Request, frozen=True, kw_only=True, tag="settle"):
    """Settle the open batch; with the passcode also over items that wait for a supervisor.
    `host_reference`, with the passcode: close a batch whose settlement the host goes on refusing,
    by what it told; refused where it is silent."""

    passcode: Passcode | None = None
    host_reference: HostReference | None = None


class Report(Request, frozen=True, kw_only=True, tag="report"):
    """The open batch (x), or the last settled one (z)."""

    report: Literal["x", "z"]
    print: bool = False


class Reprint(Request, frozen=True, kw_only=True, tag="reprint"):
    """A transaction's slips once more; without `id` those of the newest that has any."""

    id: TransactionId | None = None


class Owed(Request, frozen=True, kw_only=True, tag="owed"):
    """What is owed to the host, and what waits for a supervisor."""


class Close(Request, frozen=True, kw_only=True, tag="close"):
    """A supervisor tells what the host says became of a parked transaction."""

    id: TransactionId
    host_reference: HostReference
    taken: bool
    passcode: Passcode | None = None


class SelfTest(Request, frozen=True, kw_only=True, tag="self_test"):
    """Try each part, or `only` these; `attended`: somebody at the terminal answers and presses
    keys; `print`: the printer prints the result. Refused while something else is under way."""

    only: Annotated[list[TestPart], Meta(max_length=len(TestPart))] = []
    print: bool = False
    attended: bool = False


class Cancel(Request, frozen=True, kw_only=True, tag="cancel"):
    """Cancel what still waits for its turn, a card or a PIN: what was asked for under `reference`
    and nothing else; without one whatever is under way."""

    reference: Reference | None = None


class Transactions(Request, frozen=True, kw_only=True, tag="transactions"):
    """The newest transactions."""

    limit: Annotated[int, Meta(ge=1, le=1000)] = 20


class Show(Request, frozen=True, kw_only=True, tag="show"):
    """One transaction."""

    id: TransactionId


class Explain(Request, frozen=True, kw_only=True, tag="explain"):
    """One transaction with its transcript, masked."""

    id: TransactionId


class Traced(Request, frozen=True, kw_only=True, tag="trace"):
    """The link's messages, masked: those after number `after`. `minutes` switches the trace on for
    so long, 0 off; without it it stays as it is."""

    minutes: Annotated[int, Meta(ge=0, le=60)] | None = None
    after: Annotated[int, Meta(ge=0)] = 0


class SupportBegin(Request, frozen=True, kw_only=True, tag="support_begin"):
    """The account support's: a visit begins, and lasts as long as this connection. `key`: the
    fingerprint that sshd took."""

    key: Annotated[str, Meta(min_length=1, max_length=100)]
    origin: Annotated[str, Meta(min_length=1, max_length=100)]


class SupportAct(Request, frozen=True, kw_only=True, tag="support_act"):
    """What the visitor is about to do: done only where this is answered with ok."""

    what: Annotated[str, Meta(min_length=1, max_length=200)]


class MemberShow(Request, frozen=True, kw_only=True, tag="member_show"):
    """Whose card it is: by its number, or without one by what is held to the reader."""

    number: AccountDigits | None = None


class MemberList(Request, frozen=True, kw_only=True, tag="members"):
    """All members, masked."""

    passcode: Passcode | None = None


class MemberKeep(Request, frozen=True, kw_only=True, tag="member_keep"):
    """Add a member or change what is named; what is left out stays as it is."""

    number: AccountDigits
    name: Annotated[str, Meta(max_length=40)] | None = None
    uid: Uid | Literal[""] | None = None
    issue: Annotated[int, Meta(ge=0, le=99)] | None = None
    until: Annotated[str, Meta(pattern=r"^([0-9]{2}(0[1-9]|1[0-2]))?\Z")] | None = None
    blocked: bool | None = None
    passcode: Passcode | None = None


class MemberRemove(Request, frozen=True, kw_only=True, tag="member_remove"):
    """Forget a member."""

    number: AccountDigits
    passcode: Passcode | None = None


class MemberTag(Request, frozen=True, kw_only=True, tag="member_tag"):
    """Wait for a tag, and tell its UID: a card's record is signed for one tag."""

    passcode: Passcode | None = None


class MemberWrite(Request, frozen=True, kw_only=True, tag="member_write"):
    """Write a signed NDEF message, hex, to the tag with this UID, and read it again."""

    uid: Uid
    message: Annotated[str, Meta(pattern=r"^([0-9A-Fa-f]{2}){1,512}$")]
    passcode: Passcode | None = None


AnyRequest = (
    MemberShow
    | MemberList
    | MemberKeep
    | MemberRemove
    | MemberTag
    | MemberWrite
    | Status
    | Metrics
    | Sale
    | Void
    | Refund
    | Settle
    | Report
    | Reprint
    | Owed
    | Close
    | SelfTest
    | Cancel
    | Transactions
    | Show
    | Explain
    | Traced
    | SupportBegin
    | SupportAct
)


def _hidden(wanted: type, value: Any) -> Any:
    """A passcode, whose text no error may repeat."""
    if wanted is not Passcode or not isinstance(value, str):
        raise ValueError("a passcode is a string of digits")
    return Passcode(value.encode())


_decoder: msgspec.json.Decoder[AnyRequest] = msgspec.json.Decoder(AnyRequest, dec_hook=_hidden)


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
