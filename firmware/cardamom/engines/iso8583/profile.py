"""A message profile: what one acquirer's ISO 8583 looks like, as data."""

from __future__ import annotations

from typing import Annotated, Literal

import msgspec
from msgspec import Meta

from cardamom.engines.keys.working import Scheme
from cardamom.values.events import Verdict
from cardamom.values.kinds import Kind
from cardamom.values.online import Purpose
from cardamom.values.states import Recourse

HexBytes = Annotated[str, Meta(pattern=r"^([0-9A-Fa-f]{2})*$")]
Code = Annotated[str, Meta(pattern=r"^[0-9A-Z]{2}$")]
Mti = Annotated[str, Meta(pattern=r"^[0-9]{4}$")]
FieldNumber = Annotated[int, Meta(ge=2, le=128)]
Digits = Annotated[str, Meta(pattern=r"^[0-9]*$")]
Processing = Annotated[str, Meta(pattern=r"^[0-9]{6}$")]
Tag = Annotated[str, Meta(pattern=r"^([0-9A-F]{2}){1,3}$")]
Compose = dict[str, str]
"""Field number to template (template.py)."""


class Part(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Base of a profile's tables."""


class Switches(Part, frozen=True):
    """What this host does at all."""

    sign_on: bool = True
    mac: bool = True
    pin_key: bool = True
    echo: bool = True
    connection: Literal["held", "short"] = "held"
    """Short: a connection for each exchange, or for those that wait in a queue."""
    reversal_keeps_stan: bool = False
    """A reversal has the trace number of the request that it undoes."""


class Keys(Part, frozen=True):
    """How messages are protected, and how session keys come at sign-on."""

    scheme: Scheme = Scheme.X9_19
    delivery: Literal["tr31", "unionpay"] = "tr31"
    """Field 62 of the sign-on's answer: named TR-31 key blocks, or UnionPay's enciphered keys."""


class Framing(Part, frozen=True):
    """What stands before a message on the wire; TPDU and header are the terminal's, in hex."""

    length: Literal["binary2", "ascii4"] = "binary2"
    tpdu: Annotated[str, Meta(pattern=r"^([0-9A-Fa-f]{10})?$")] = ""
    header: HexBytes = ""


class Encoding(Part, frozen=True):
    """How the parts of a message are written."""

    mti: Literal["ascii", "bcd"] = "ascii"
    numeric: Literal["ascii", "bcd"] = "ascii"
    length: Literal["ascii", "bcd"] = "ascii"
    bitmap: Literal["hex", "binary"] = "hex"
    binary: Literal["hex", "binary"] = "hex"


class Codes(Part, frozen=True):
    """What field 39 means; whatever is in no list declines."""

    approved: list[Code]
    partial: list[Code] = []
    referral: list[Code] = []
    reversal_done: list[Code] = []
    """The host holds the request as undone; anything else asks for the reversal again."""
    again: list[Code] = []
    """To what follows a request, these are no answer: it is sent again."""
    bad_mac: list[Code] = msgspec.field(default_factory=lambda: ["A0"])
    """The host could not verify the request's MAC: sign on, and once more under new keys."""

    def verdict(self, code: str, purpose: Purpose = Purpose.REQUEST) -> Verdict:
        """What the code says of a message of this purpose."""
        match purpose:
            case Purpose.REVERSAL:
                return Verdict.APPROVED if code in self.reversal_done else Verdict.AGAIN
            case Purpose.REPEAT | Purpose.ADVICE | Purpose.SCRIPTS | Purpose.UPLOAD if (
                code in self.again
            ):
                return Verdict.AGAIN
            case Purpose.QUERY | Purpose.ADVICE | Purpose.SCRIPTS | Purpose.UPLOAD:
                return Verdict.APPROVED if code in self.approved else Verdict.DECLINED
        if code in self.approved:
            return Verdict.APPROVED
        if code in self.partial:
            return Verdict.PARTIAL
        return Verdict.REFERRAL if code in self.referral else Verdict.DECLINED


class Reasons(Part, frozen=True):
    """Field 39 of a reversal, by cause. Field practice: the standard gives none."""

    no_response: Code = "68"
    bad_mac: Code = "A0"
    other: Code = "06"


class Values(Part, frozen=True):
    """Fixed values. An empty one leaves its field out."""

    network: Digits = "001"
    """Field 24."""
    condition: Digits = "00"
    """Field 25."""
    chip_entry: Annotated[str, Meta(pattern=r"^[0-9]{2}$")] = "05"
    tap_entry: Annotated[str, Meta(pattern=r"^[0-9]{2}$")] = "07"
    original_entry: Annotated[str, Meta(pattern=r"^[0-9]{2}$")] = "01"
    """Field 22, first two digits: the card was read by its contacts, by a tap, or its original's
    data serve."""
    pin_capable: Annotated[str, Meta(pattern=r"^[0-9]$")] = "1"
    no_pin: Annotated[str, Meta(pattern=r"^[0-9]?$")] = ""
    """Field 22, third digit; `no_pin` where no PIN is sent, if that is told apart."""
    pin_capture: Digits = ""
    """Field 26, beside a PIN."""
    security: Digits = ""
    """Field 53, beside a PIN."""
    acquirer: Annotated[str, Meta(pattern=r"^[0-9]{0,11}$")] = ""
    forwarder: Annotated[str, Meta(pattern=r"^[0-9]{0,11}$")] = ""
    """Institutions in field 90."""


class KindRule(Part, frozen=True):
    """How one kind of transaction is asked for."""

    request: Mti
    processing: Processing
    recourse: Recourse = Recourse.REVERSE
    """What follows where an answer stays out."""
    type: Digits = ""
    """The part `type`."""
    compose: Compose = {}
    without: list[FieldNumber] = []
    """Fields of the message that this kind does not have."""


class ClosedLoop(Part, frozen=True):
    """How the merchant's own cards are told from bank cards."""

    account: FieldNumber = 2
    """The field of the account number."""
    entry: Annotated[str, Meta(pattern=r"^[0-9]{2}$")] = "07"
    """Field 22, first two digits, of a signed record; of a UID alone `uid_entry`."""
    uid_entry: Annotated[str, Meta(pattern=r"^[0-9]{2}$")] = "01"
    without: list[FieldNumber] = []
    """Fields that such a card's messages do not have, required or not."""


class Sending(Part, frozen=True):
    """How a message of one purpose is sent."""

    message: Mti
    repeat: Annotated[str, Meta(pattern=r"^([0-9]{4})?$")] = ""
    """Message type of a second and later attempt; empty: the same."""
    type: Digits = ""
    """The part `type`; empty: the kind's."""
    processing: Annotated[str, Meta(pattern=r"^([0-9]{6})?$")] = ""
    """Field 3; empty: the kind's."""
    compose: Compose = {}
    without: list[FieldNumber] = []


class Follow(Part, frozen=True):
    """What follows a request, by purpose (values/online.py); what is missing is never sent."""

    reversal: Sending | None = None
    query: Sending | None = None
    advice: Sending | None = None
    scripts: Sending | None = None
    upload: Sending | None = None

    def rule(self, purpose: Purpose) -> Sending | None:
        found: Sending | None = getattr(self, purpose.value, None)
        return found

    def rules(self) -> dict[Purpose, Sending]:
        """Those that there are."""
        return {p: rule for p in Purpose if (rule := self.rule(p)) is not None}


class Agreed(Part, frozen=True):
    """Where an answer to totals says that the host's are the same."""

    field: FieldNumber
    value: str
    at: Annotated[int, Meta(ge=0)] = 0
    """Offset in the field."""


class Settlement(Part, frozen=True):
    """Totals of a batch, and what ends an upload."""

    totals: Sending
    agreed: Agreed
    end: Sending | None = None


class Network(Part, frozen=True):
    """Network management."""

    sign_on: Sending | None = None
    sign_off: Sending | None = None
    echo: Sending | None = None


class MessageRule(Part, frozen=True):
    """The fields of a message."""

    required: list[FieldNumber]
    optional: list[FieldNumber] = []

    @property
    def fields(self) -> frozenset[int]:
        return frozenset((*self.required, *self.optional))

    @property
    def sealed(self) -> bool:
        """It has a MAC, where the host has any."""
        return not self.fields.isdisjoint((64, 128))


class Icc(Part, frozen=True):
    """Tags of field 55, in order. An empty list takes `request`."""

    request: list[Tag]
    reversal: list[Tag] = []
    advice: list[Tag] = []
    scripts: list[Tag] = []
    upload: list[Tag] = []
    script_results: Tag | Literal[""] = ""
    """The tag of issuer-script results, behind the others; empty: they are not told so."""

    def tags(self, purpose: Purpose = Purpose.REQUEST) -> list[int]:
        chosen: list[str] = getattr(self, purpose.value, []) or self.request
        return [int(tag, 16) for tag in chosen]


class Match(Part, frozen=True):
    """Fields that an answer repeats."""

    echoed: list[FieldNumber]


class FieldRule(Part, frozen=True):
    """One field. `max`: digits, characters or bytes by type; `length`: LL or LLL when variable."""

    name: str
    type: Literal["n", "an", "ans", "z", "b"]
    max: Annotated[int, Meta(ge=1, le=999)]
    length: Literal["fixed", "LL", "LLL"] = "fixed"
    written: Literal["", "hex", "binary"] = msgspec.field(default="", name="as")
    """Of a binary field: overrides encoding.binary."""
    pad: Literal["left", "right"] = "left"
    """Where an odd number of BCD digits is filled up with 0."""
    show: bool | list[Mti] = False
    """Whether, or in which messages, a person may read it: in logs and in `describe` everything
    else is masked."""
    split: dict[str, Annotated[int, Meta(ge=1)]] = {}
    """For people: the names of its parts and how many characters each has."""

    def shown_in(self, mti: str) -> bool:
        return self.show if isinstance(self.show, bool) else mti in self.show


class Profile(Part, frozen=True):
    """All of it."""

    name: str
    codes: Codes
    kinds: dict[Kind, KindRule]
    messages: dict[Mti, MessageRule]
    icc: Icc
    match: Match
    fields: dict[str, FieldRule]
    switches: Switches = Switches()
    keys: Keys = Keys()
    framing: Framing = Framing()
    encoding: Encoding = Encoding()
    values: Values = Values()
    reasons: Reasons = Reasons()
    compose: Compose = {}
    """Fields made of parts, of every message that has them; a kind or purpose may have its own."""
    follow: Follow = Follow()
    network: Network = Network()
    closed_loop: ClosedLoop | None = None
    """None: this host takes no closed-loop cards."""
    settlement: Settlement | None = None
    """None: this host takes no totals."""

    def problems(self) -> list[str]:
        """What the tables alone cannot tell, each as `key: sentence`."""
        from cardamom.engines.iso8583.checks import problems

        return list(problems(self))


def answer_of(mti: str) -> str:
    """The message type of the answer: 0200 to 0210, 0421 to 0430 (ISO 8583:1987, 4.1)."""
    return f"{mti[:2]}{int(mti[2]) + 1}0"
