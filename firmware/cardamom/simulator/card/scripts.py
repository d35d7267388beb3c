"""Issuer script commands (EMV 4.4 Book 3, 6.5.1 to 6.5.3 and 6.5.10; Book 2, 9.2 and 9.3).

Secure messaging of format 2: class 84, or 04 for PUT DATA (ISO/IEC 7816-4), and an 8-byte MAC at
the end of the data. The MAC is taken over header and length as they are sent, ATC, application
cryptogram, and the data before the MAC, with a session key that the application cryptogram of the
first GENERATE AC diversifies. A new PIN comes in a block of format 2, enciphered with a session key
made in the same way.
"""

from __future__ import annotations

import hmac
from collections.abc import Callable

from cardamom.simulator.card import command as sw
from cardamom.simulator.card.application import Application, Step, pin_block
from cardamom.simulator.card.command import Command, Refused
from cardamom.simulator.card.crypto import decipher, mac, session_key
from cardamom.values.secret import Pin

MAC_SIZE = 8
APPLICATION_BLOCK = 0x1E
APPLICATION_UNBLOCK = 0x18
CARD_BLOCK = 0x16
PIN_CHANGE_UNBLOCK = 0x24
PUT_DATA = 0xDA
SCRIPT_COMMANDS = frozenset(
    {
        (0x84, APPLICATION_BLOCK),
        (0x84, APPLICATION_UNBLOCK),
        (0x84, CARD_BLOCK),
        (0x84, PIN_CHANGE_UNBLOCK),
        (0x04, PUT_DATA),
    }
)
UNBLOCK_ONLY, NEW_PIN = 0x00, 0x02
"""P2 of PIN CHANGE/UNBLOCK."""


def run_script(app: Application, c: Command, block_card: Callable[[], None]) -> bytes:
    """Carries one command out, if its MAC is right and an ARQC went before it."""
    t = app.transaction
    try:
        _check_state(app)
        _check_mac(app, c)
        _carry_out(app, c, block_card)
    except Refused:
        t.cvr.script_failed = True
        raise
    t.cvr.scripts += 1
    return b""


def _check_state(app: Application) -> None:
    if app.transaction.step < Step.ASKED_ONLINE or not app.transaction.arqc:
        raise Refused(sw.CONDITIONS)


def _check_mac(app: Application, c: Command) -> None:
    if len(c.data) < MAC_SIZE:
        raise Refused(sw.WRONG_LENGTH)
    body, given = c.data[:-MAC_SIZE], c.data[-MAC_SIZE:]
    arqc = app.transaction.arqc
    message = c.header + bytes((len(c.data),)) + app.memory.atc.to_bytes(2) + arqc + body
    if not hmac.compare_digest(mac(session_key(app.on_card.key_smi, arqc), message), given):
        raise Refused(sw.BAD_MAC)


def _carry_out(app: Application, c: Command, block_card: Callable[[], None]) -> None:
    body = c.data[:-MAC_SIZE]
    if c.ins == PUT_DATA:
        _put_data(app, c.p1 << 8 | c.p2, body)
        return
    if c.ins == PIN_CHANGE_UNBLOCK:
        _pin(app, c, body)
        return
    if (c.p1, c.p2) != (0, 0):
        raise Refused(sw.WRONG_PARAMETERS)
    match c.ins:
        case 0x1E:
            app.memory.blocked = True
        case 0x18:
            app.memory.blocked = False
        case _:
            block_card()


def _put_data(app: Application, tag: int, value: bytes) -> None:
    """The card's own limits, one byte each."""
    if tag not in (0x9F58, 0x9F59):
        raise Refused(sw.NO_DATA)
    if len(value) != 1:
        raise Refused(sw.WRONG_LENGTH)
    if tag == 0x9F58:
        app.memory.lower = value[0]
    else:
        app.memory.upper = value[0]


def _pin(app: Application, c: Command, body: bytes) -> None:
    """Unblocks the PIN, with NEW_PIN under another one."""
    if c.p1 != 0 or c.p2 not in (UNBLOCK_ONLY, NEW_PIN):
        raise Refused(sw.WRONG_PARAMETERS)
    if app.memory.pin is None:
        raise Refused(sw.CONDITIONS)
    if c.p2 == NEW_PIN:
        app.memory.pin = _new_pin(app, body)
    app.memory.tries = app.on_card.profile.pin_tries


def _new_pin(app: Application, enciphered: bytes) -> Pin:
    if not enciphered or len(enciphered) % 8:
        raise Refused(sw.WRONG_LENGTH)
    block = decipher(session_key(app.on_card.key_smc, app.transaction.arqc), enciphered)
    if block is None or len(block) != 8 or block[0] >> 4 != 2:
        raise Refused(sw.WRONG_DATA)
    try:
        pin = Pin(block.hex()[2 : 2 + (block[0] & 0x0F)].encode())
    except ValueError:
        raise Refused(sw.WRONG_DATA) from None
    if pin_block(pin) != block:
        raise Refused(sw.WRONG_DATA)
    return pin
