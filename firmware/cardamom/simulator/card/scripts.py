"""Issuer script commands (EMV 4.4 Book 3, 6.5.1 to 6.5.3 and 6.5.10; Book 2, 9.2).

Secure messaging of format 2: class 84 and an 8-byte MAC at the end of the data. The MAC is taken
over header and length as they are sent, ATC, application cryptogram, and the data before the MAC,
with a session key that the application cryptogram of the first GENERATE AC diversifies.
"""

from __future__ import annotations

import hmac
from collections.abc import Callable

from cardamom.simulator.card import command as sw
from cardamom.simulator.card.application import Application, Step
from cardamom.simulator.card.command import Command, Refused
from cardamom.simulator.card.crypto import mac, session_key

MAC_SIZE = 8
APPLICATION_BLOCK = 0x1E
APPLICATION_UNBLOCK = 0x18
CARD_BLOCK = 0x16
PIN_CHANGE_UNBLOCK = 0x24
INSTRUCTIONS = frozenset({APPLICATION_BLOCK, APPLICATION_UNBLOCK, CARD_BLOCK, PIN_CHANGE_UNBLOCK})


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
    if (c.p1, c.p2) != (0, 0) and c.ins != PIN_CHANGE_UNBLOCK:
        raise Refused(sw.WRONG_PARAMETERS)
    match c.ins:
        case 0x1E:
            app.memory.blocked = True
        case 0x18:
            app.memory.blocked = False
        case 0x16:
            block_card()
        case _:
            if (c.p1, c.p2) != (0, 0):
                raise Refused(sw.CONDITIONS)  # a changed PIN would come enciphered
            app.memory.tries = app.on_card.profile.pin_tries
