"""Each byte of a recorded transaction flipped, cut and lengthened in turn: always an outcome, and
never an approval that the card did not give."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import cache

import pytest

from cardamom.engines import tlv
from cardamom.engines.apdu import Reply, parse_reply
from cardamom.engines.emv.bits import Tvr
from cardamom.engines.emv.contact import contact_kernel
from cardamom.engines.emv.replay import drive
from cardamom.engines.emv.requests import (
    Answer,
    CardHistory,
    Choose,
    Decision,
    EnterPin,
    GoOnline,
    Outcome,
    Random,
    Recall,
    Request,
    Transmit,
)
from cardamom.values.online import OnlineAnswer
from cardamom.values.secret import Pin
from support.conformance import case
from support.emv_issuer import TODAY, answer_of, card_of, transmit
from support.emv_rules import test_rules as parameters

# pyemv hands double-length keys to cryptography as they are
pytestmark = pytest.mark.filterwarnings("ignore:.*-key TripleDES:Warning")
MOST_COMMANDS = 200


@dataclass(frozen=True)
class Recording:
    """One approved transaction: what was sent, what came back, what the host said."""

    commands: tuple[bytes, ...]
    replies: tuple[Reply, ...]
    host: OnlineAnswer


@cache
def recorded(profile: str) -> Recording:
    card = card_of(profile)
    card.power_on()
    commands: list[bytes] = []
    replies: list[Reply] = []
    said: list[OnlineAnswer] = []

    def exchange(command: bytes) -> Reply:
        commands.append(command)
        replies.append(parse_reply(transmit(card, command)))
        return replies[-1]

    def host(request: GoOnline) -> OnlineAnswer:
        said.append(answer_of(request))
        return said[-1]

    outcome = play(exchange, host)
    assert outcome.decision is Decision.APPROVED
    return Recording(tuple(commands), tuple(replies), said[0])


def play(exchange: Callable[[bytes], Reply], host: Callable[[GoOnline], OnlineAnswer]) -> Outcome:
    asked = 0

    def serve(request: Request) -> Answer:
        nonlocal asked
        asked += 1
        assert asked < MOST_COMMANDS
        match request:
            case Transmit(apdu):
                return exchange(apdu)
            case Random(size):
                return bytes(range(0x51, 0x51 + size))
            case Recall():
                return CardHistory()
            case Choose(among):
                return among[0]
            case EnterPin():
                return Pin(b"123456")
            case GoOnline():
                return host(request)

    return drive(contact_kernel(TODAY, parameters()), serve)


def rerun(recording: Recording, at: int, changed: Reply) -> tuple[Outcome, bytes, Reply]:
    """The card answers in the recorded order, whatever it is asked, one answer changed; then it is
    at its end. Where it signed a cryptogram and is asked for none now, it gives one in the clear.
    The outcome, the last command and its answer."""
    number = -1
    last = (b"", changed)

    def exchange(command: bytes) -> Reply:
        nonlocal number, last
        number += 1
        if number == at:
            reply = changed
        elif number < len(recording.replies):
            reply = recording.replies[number]
            if command[:2] == b"\x80\xae" and not command[2] & 0x10:
                reply = in_the_clear(reply, command[2])
        else:
            reply = Reply(b"", 0x6F00)
        last = (command, reply)
        return reply

    return play(exchange, lambda _: recording.host), *last


def in_the_clear(reply: Reply, cid: int) -> Reply:
    """The same answer without CDA's signature."""
    ((template, body),) = tlv.items(reply.data)
    objects = dict(tlv.items(body)) if template == 0x77 else {}
    if 0x9F4B not in objects:
        return reply
    del objects[0x9F4B]
    plain = objects | {0x9F27: bytes((cid,)), 0x9F26: bytes(8)}
    return Reply(tlv.encode(0x77, tlv.encode_all(plain.items())), reply.sw)


def mutations(reply: Reply) -> Iterator[Reply]:
    data, size = reply.data, len(reply.data)
    for at in range(size):
        flip = bytes((data[at] ^ 1 << at % 8,))
        yield Reply(data[:at] + flip + data[at + 1 :], reply.sw)
        yield Reply(data[:at], reply.sw)
        yield Reply(data[:at] + b"\xff" + data[at:], reply.sw)
    for bit in range(16):
        yield Reply(data, reply.sw ^ 1 << bit)


def gives_tc(command: bytes, reply: Reply) -> bool:
    """Read without the kernel's parser: a TC that a GENERATE AC asked for."""
    if command[:2] != b"\x80\xae" or command[2] & 0xC0 != 0x40 or reply.sw != 0x9000:
        return False
    ((template, body),) = tlv.items(reply.data)
    cid = body if template == 0x80 else dict(tlv.items(body))[0x9F27]
    return cid[0] & 0xC0 == 0x40


def signed_record(recording: Recording, at: int) -> bool:
    """A record of file 2, which the issuer signed on the simulated cards."""
    command = recording.commands[at]
    return command[:2] == b"\x00\xb2" and command[3] == 0x14


@case(
    "Book 3, 7.5",
    "a CDA card: each byte of each answer flipped, cut and lengthened (3 611 runs)",
    "an outcome each time; approved only with a signed TC, untouched; "
    "signed data that differ: TVR 1.3 or card error",
)
@pytest.mark.parametrize("profile", ["cda"])
def test_a_card_with_cda(profile: str) -> None:
    recording = recorded(profile)
    approved = 0
    for at, reply in enumerate(recording.replies):
        for changed in mutations(reply):
            outcome, command, last = rerun(recording, at, changed)
            if outcome.decision is not Decision.APPROVED:
                assert outcome.reason is not None
                continue
            approved += 1
            assert gives_tc(command, last)
            assert recording.commands[at][:2] != b"\x80\xae"
            if signed_record(recording, at):
                assert Tvr.CDA_FAILED in Tvr(int.from_bytes(outcome.tags[0x95]))
    assert approved > 100


@case(
    "Book 3, 7.5",
    "cards with SDA and DDA: each byte of each answer flipped, cut and lengthened (5 527 runs)",
    "an outcome each time; approved only with a TC; "
    "signed data that differ: TVR 1.7, 1.4 or card error",
)
@pytest.mark.parametrize("profile", ["sda", "debit"])
def test_cards_without_cda(profile: str) -> None:
    recording = recorded(profile)
    for at, reply in enumerate(recording.replies):
        for changed in mutations(reply):
            outcome, command, last = rerun(recording, at, changed)
            if outcome.decision is not Decision.APPROVED:
                assert outcome.reason is not None
                continue
            assert gives_tc(command, last)
            if signed_record(recording, at):
                tvr = Tvr(int.from_bytes(outcome.tags[0x95]))
                assert tvr & (Tvr.SDA_FAILED | Tvr.DDA_FAILED)
