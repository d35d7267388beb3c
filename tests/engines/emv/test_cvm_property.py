"""Random CVM lists before random customers and cards.

The result is that of the list read once more here, rule by rule (Book 3, 10.5; Book 4, Table 2);
nobody is asked for a PIN again but after a wrong one, and nothing is approved that the card did not
approve.
"""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from itertools import pairwise

from hypothesis import given, settings
from hypothesis import strategies as st

from cardamom.engines.apdu import Reply
from cardamom.engines.emv.contact import contact_kernel
from cardamom.engines.emv.replay import drive
from cardamom.engines.emv.requests import (
    Answer,
    CardHistory,
    Decision,
    EmvOrder,
    EnterPin,
    GoOnline,
    Outcome,
    PadVerified,
    PinRefusal,
    PinUse,
    Random,
    Recall,
    Request,
    Transmit,
)
from cardamom.engines.emv.rules import Rules
from cardamom.values.events import CvmUsed
from cardamom.values.secret import Pin
from support.emv import (
    AID,
    APPROVED,
    ORDER,
    PAN,
    RULES,
    UN,
    adf_fci,
    cryptogram,
    default_objects,
    entry,
    pse_fci,
    t,
)
from support.emv_rsa import ca_key, icc_certificate, issuer_certificate, pair

CA, ISSUER, ICC = pair(1408), pair(1152), pair(1024)
X, Y = 1_000, 2_000
PLAIN, ENCIPHERED = (0x01, 0x03), (0x04, 0x05)
KNOWN = (*range(0x10), 0x1E, 0x1F)


@dataclass(frozen=True)
class World:
    """`customer`: what is answered when a PIN is asked for. `verify`: status words, the last for
    ever. `tries`: what GET DATA says."""

    rules: tuple[tuple[int, int], ...]
    capabilities: int
    amount: int
    kind: int
    customer: str
    verify: tuple[int, ...]
    tries: int | None
    keys: bool
    cid: int

    @property
    def terminal(self) -> Rules:
        capabilities = bytes((0xE0, self.capabilities, 0))
        return replace(RULES, capabilities=capabilities, pin_bypass=True, ca_keys=(ca_key(CA),))

    @property
    def order(self) -> EmvOrder:
        other = 100 if self.kind == 0x09 else 0
        return replace(
            ORDER, amount_minor=self.amount, transaction_type=self.kind, other_minor=other
        )


methods = st.sampled_from([0, 1, 2, 3, 4, 5, 6, 9, 0x0F, 0x10, 0x1E, 0x1F, 0x20, 0x3E])
rule = st.tuples(
    st.builds(lambda m, n: m | n, methods, st.sampled_from([0, 0x40])), st.integers(0, 0x0A)
)
insistent = st.tuples(st.sampled_from([0x41, 0x42, 0x43, 0x44, 0x45]), st.sampled_from([0, 3]))
"""A PIN of some kind, else the next rule."""
words = st.sampled_from([0x9000, 0x63C2, 0x63C1, 0x63C0, 0x6983, 0x6984, 0x63CF])
worlds = st.builds(
    World,
    rules=(
        st.lists(rule, min_size=1, max_size=6) | st.lists(insistent, min_size=2, max_size=5)
    ).map(tuple),
    capabilities=st.sampled_from(
        [0xF8, 0xF8, 0xF8, 0xE8, 0xB0, 0x60, 0x28, 0x08, 0x00, 0x10, 0x40]
    ),
    amount=st.sampled_from([0, X - 1, X, X + 1, Y - 1, Y, Y + 1]),
    kind=st.sampled_from([0x00, 0x01, 0x09, 0x20]),
    customer=st.sampled_from(["pin", "bypass", "broken", "pad"]),
    verify=st.lists(words, min_size=1, max_size=5).map(tuple),
    tries=st.sampled_from([None, 0, 1, 3]),
    keys=st.booleans(),
    cid=st.sampled_from([0x00, 0x40]),
)


def keys() -> dict[int, bytes]:
    certificate, rest = issuer_certificate(CA, ISSUER)
    own, own_rest = icc_certificate(ISSUER, ICC, b"", pan=PAN)
    return {
        0x8F: b"\x94", 0x90: certificate, 0x92: rest, 0x9F32: b"\x03",
        0x9F46: own, 0x9F48: own_rest, 0x9F47: b"\x03",
    }  # fmt: skip


KEYS = keys()


@dataclass
class Play:
    """One payment: card, customer and host. `happened`: a PIN asked for by its use, a status word
    of VERIFY, in order; `given`: the type of the last cryptogram."""

    world: World
    words: list[int] = field(default_factory=list)
    happened: list[PinUse | int] = field(default_factory=list)
    given: int | None = None

    def __post_init__(self) -> None:
        self.words = list(self.world.verify)

    def run(self) -> Outcome:
        return drive(contact_kernel(self.world.order, self.world.terminal), self.serve)

    def serve(self, request: Request) -> Answer:
        match request:
            case Transmit(apdu):
                return self.card(apdu)
            case Random(size):
                return UN if size == 4 else bytes(size)
            case Recall():
                return CardHistory()
            case EnterPin():
                return self.customer(request)
            case GoOnline():
                return APPROVED
        raise AssertionError(request)

    def customer(self, question: EnterPin) -> Answer:
        self.happened.append(question.use)
        match self.world.customer:
            case "bypass":
                return PinRefusal.BYPASSED
            case "broken":
                return PinRefusal.PAD_FAULT
            case "pad" if question.use is not PinUse.ONLINE:
                return PadVerified(self.verified())
        return Pin(b"1234")

    def verified(self) -> int:
        word = self.words.pop(0) if len(self.words) > 1 else self.words[0]
        self.happened.append(word)
        return word

    def card(self, apdu: bytes) -> Reply:
        match apdu[:2].hex():
            case "00a4":
                return Reply(pse_fci() if apdu[5:6] == b"1" else adf_fci(AID), 0x9000)
            case "00b2":
                return self.record(apdu[2], apdu[3])
            case "80a8":
                return Reply(t(0x77, t(0x82, "1800") + t(0x94, "10010100")), 0x9000)
            case "80ca":
                tries = self.world.tries if apdu[2:4] == b"\x9f\x17" else None
                if tries is None:
                    return Reply(b"", 0x6A88)
                return Reply(t(0x9F17, bytes((tries,))), 0x9000)
            case "0084":
                return Reply(bytes(8), 0x9000)
            case "0020":
                return Reply(b"", self.verified())
        self.given = 0x80 if apdu[2] == 0x80 else self.world.cid
        return Reply(cryptogram(self.given), 0x9000)

    def record(self, number: int, p2: int) -> Reply:
        if number != 1:
            return Reply(b"", 0x6A83)
        if p2 == 0x0C:
            return Reply(t(0x70, entry()), 0x9000)
        rules = b"".join(bytes(rule) for rule in self.world.rules)
        objects = default_objects() | (KEYS if self.world.keys else {})
        objects |= {0x8E: X.to_bytes(4) + Y.to_bytes(4) + rules, 0x9F42: b"\x01\x56"}
        del objects[0x9F07]
        return Reply(t(0x70, b"".join(t(*item) for item in objects.items())), 0x9000)


def met(world: World, code: int, condition: int) -> bool:
    cash, back = world.kind == 0x01, world.kind == 0x09
    return {
        0: True,
        2: not cash and not back,
        3: supported(world, code & 0x3F),
        4: cash,
        5: back,
        6: world.amount < X,
        7: world.amount > X,
        8: world.amount < Y,
        9: world.amount > Y,
    }.get(condition, False)


def supported(world: World, method: int) -> bool:
    bits = {0: 0, 1: 0x80, 2: 0x40, 3: 0xA0, 4: 0x10, 5: 0x30, 0x1E: 0x20, 0x1F: 0x08}
    return method in bits and world.capabilities & bits[method] == bits[method]


@dataclass
class Customer:
    """What comes of asking, and what it leaves in the TVR's third byte."""

    world: World
    tvr: int = 0
    withheld: bool = False
    words: list[int] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.words = list(self.world.verify)

    def asked(self) -> bool:
        if self.withheld:
            return False
        if self.world.customer in ("bypass", "broken"):
            self.withheld = True
            self.tvr |= 0x08 if self.world.customer == "bypass" else 0x10
            return False
        return True

    def offline(self, method: int) -> bool:
        """Whether the card took the PIN."""
        if self.tvr & 0x20:
            return False
        tries = self.world.tries
        if tries == 0:
            self.tvr |= 0x20
            return False
        if method in ENCIPHERED and not self.world.keys:
            return False
        while self.asked():
            word = self.words.pop(0) if len(self.words) > 1 else self.words[0]
            if word == 0x9000:
                return True
            left = word & 0x0F if word >> 8 == 0x63 else 0
            tries = left if tries is None else min(left, tries - 1)
            if tries == 0:
                self.tvr |= 0x20
                return False
        return False


def expected(world: World) -> tuple[str, int, CvmUsed]:
    customer = Customer(world)
    last = "3f0001"
    for code, condition in world.rules:
        method, go_on = code & 0x3F, code & 0x40
        if not met(world, code, condition):
            continue
        if method not in KNOWN or not supported(world, method):
            if method not in KNOWN:
                customer.tvr |= 0x40
            elif method == 2 or (method in PLAIN + ENCIPHERED and not world.capabilities & 0x90):
                customer.tvr |= 0x10
            if go_on:
                continue
            break
        used, byte = perform(customer, method)
        last = f"{code:02x}{condition:02x}{byte:02x}"
        if used is not CvmUsed.FAILED:
            return last, customer.tvr, used
        if not go_on or method == 0:
            break
    return last, customer.tvr | 0x80, CvmUsed.FAILED


def perform(customer: Customer, method: int) -> tuple[CvmUsed, int]:
    if method == 0x1F:
        return CvmUsed.NONE, 2
    if method == 0x1E:
        return CvmUsed.SIGNATURE, 0
    if method == 0x02 and customer.asked():
        customer.tvr |= 0x04
        return CvmUsed.ONLINE_PIN, 0
    if method in PLAIN + ENCIPHERED and customer.offline(method):
        return (CvmUsed.SIGNATURE, 0) if method in (3, 5) else (CvmUsed.OFFLINE_PIN, 2)
    return CvmUsed.FAILED, 1


@given(worlds)
@settings(deadline=None, max_examples=600)
def test_every_list_ends_as_it_says(world: World) -> None:
    play = Play(world)
    outcome = play.run()
    found = outcome.tags[0x9F34].hex(), outcome.tags[0x95][2], outcome.cvm
    assert found == expected(world)
    assert (outcome.decision is Decision.APPROVED) == (play.given == 0x40)


@given(worlds)
@settings(deadline=None, max_examples=300)
def test_nobody_is_asked_twice_but_after_a_wrong_pin(world: World) -> None:
    play = Play(world)
    play.run()
    for before, after in pairwise(play.happened):
        if isinstance(after, PinUse):
            assert isinstance(before, int)
            assert before != 0x9000
    asked = [use for use in play.happened if isinstance(use, PinUse)]
    assert asked.count(PinUse.ONLINE) <= 1
    assert PinUse.ONLINE not in asked[:-1], "online comes last"
    assert len(asked) <= 16
