"""The relay resistance protocol of Kernel 2 (C-2, state R1): how long the card takes to answer
a few random bytes, against what it says of itself."""

from __future__ import annotations

from typing import Final

from cardamom.engines import tlv
from cardamom.engines.emv.bits import Tvr
from cardamom.engines.emv.contactless.mchip_errors import L2, Broken
from cardamom.engines.emv.contactless.qualifiers import Relay
from cardamom.engines.emv.contactless.rules import RelayRules
from cardamom.engines.emv.contactless.tap import Tap
from cardamom.engines.emv.requests import Random
from cardamom.engines.emv.session import Steps, ask_card

TERMINAL_ENTROPY: Final = 0xDF8301
DEVICE_ENTROPY: Final = 0xDF8302
MIN_TIME: Final = 0xDF8303
MAX_TIME: Final = 0xDF8304
DEVICE_ESTIMATE: Final = 0xDF8305
MEASURED: Final = 0xDF8306
COUNTER: Final = 0xDF8307
TAGS: Final = (
    TERMINAL_ENTROPY, DEVICE_ENTROPY, MIN_TIME, MAX_TIME, DEVICE_ESTIMATE, MEASURED, COUNTER,
)  # fmt: skip
ANSWER_SIZE: Final = 10
MOST_REPEATS: Final = 2


def exchange(tap: Tap, rules: RelayRules) -> Steps[None]:
    """EXCHANGE RELAY RESISTANCE DATA, up to three times; the TVR says how it went.

    Raises Broken where the card's answer is none, or came sooner than it can.
    """
    terminal = tap.store.terminal
    for repeat in range(MOST_REPEATS + 1):
        entropy: bytes = yield Random(4)
        # S3.61: the unpredictable number of the cryptogram is the entropy
        terminal[0x9F37] = terminal[TERMINAL_ENTROPY] = entropy
        terminal[COUNTER] = bytes((repeat,))
        reply = yield from ask_card(0x80, 0xEA, 0x00, 0x00, entropy, le=0)
        if not reply.ok:
            raise Broken(L2.STATUS_BYTES, reply.sw)
        _take(tap, reply.data)
        measured = measure(reply.took_us, rules, _number(tap, DEVICE_ESTIMATE))
        terminal[MEASURED] = measured.to_bytes(2)
        # SR1.19
        if measured < max(0, _number(tap, MIN_TIME) - rules.min_grace):
            raise Broken(L2.CARD_DATA_ERROR)
        # SR1.22
        if measured <= _number(tap, MAX_TIME) + rules.max_grace:
            break
    _judge(tap, rules, measured)


def _take(tap: Tap, data: bytes) -> None:
    """SR1.14: a fresh answer takes the place of the one before."""
    try:
        _, body = tlv.only(data, 0x80)
    except tlv.TlvError:
        raise Broken(L2.PARSING_ERROR) from None
    if len(body) != ANSWER_SIZE:
        raise Broken(L2.PARSING_ERROR)
    terminal = tap.store.terminal
    terminal[DEVICE_ENTROPY] = body[:4]
    terminal[MIN_TIME], terminal[MAX_TIME] = body[4:6], body[6:8]
    terminal[DEVICE_ESTIMATE] = body[8:10]


# SR1.18
def measure(took_us: int, rules: RelayRules, device_estimate: int) -> int:
    """The card's own time, in units of 100 microseconds: what the exchange took, without what the
    radio needs for command and answer."""
    radio = rules.command_time + min(device_estimate, rules.answer_time)
    return min(max(0, took_us // 100 - radio), 0xFFFF)


# SR1.28 to SR1.32
def _judge(tap: Tap, rules: RelayRules, measured: int) -> None:
    bits = Relay.PERFORMED
    least, most = _number(tap, MIN_TIME), _number(tap, MAX_TIME)
    if measured > most + rules.max_grace:
        bits |= Relay.TIME_LIMITS_EXCEEDED
    device, ours = _number(tap, DEVICE_ESTIMATE), rules.answer_time
    far_apart = min(device, ours) * 100 < rules.mismatch_percent * max(device, ours)
    if far_apart or max(0, measured - least) > rules.accuracy:
        bits |= Relay.THRESHOLD_EXCEEDED
    tap.set_tvr(Tvr(int(bits)))


def _number(tap: Tap, tag: int) -> int:
    return int.from_bytes(tap.store.terminal[tag])


def signed(tap: Tap) -> bytes:
    """What a card that did the protocol signs behind the transaction's hash (C-2, S910.3)."""
    terminal = tap.store.terminal
    return b"".join(
        terminal[tag]
        for tag in (TERMINAL_ENTROPY, DEVICE_ENTROPY, MIN_TIME, MAX_TIME, DEVICE_ESTIMATE)
    )


# S910.39
def marked_track2(tap: Tap) -> bytes | None:
    """Track 2 with the protocol's results in its discretionary data, for the issuer: CA key index,
    counter, device entropy in decimal, and the time in milliseconds."""
    text = tap.store.card.get(0x57, b"").hex().rstrip("f")
    number, separator, rest = text.partition("d")
    if not separator or len(rest) < 7:
        return None
    terminal = tap.store.terminal
    index = tap.store.card.get(0x8F, b"\xff")[0]
    entropy = terminal[DEVICE_ENTROPY]
    digits = f"{index if index < 0x0A else 0}{terminal[COUNTER][0] % 10}"
    digits += f"{int.from_bytes(entropy[2:]):05d}"
    if len(number) <= 16:
        digits += f"{entropy[1]:03d}"
    digits += f"{min(_number(tap, MEASURED) // 10, 999):03d}"
    whole = number + "d" + rest[:7] + digits
    return bytes.fromhex(whole + "f" * (len(whole) % 2))
