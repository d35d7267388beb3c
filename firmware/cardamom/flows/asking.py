"""What the keypad asks a clerk or supervisor: numbers, an amount, a passcode, a row of a list."""

from __future__ import annotations

from collections.abc import Callable

from cardamom.flows.rights import NotAllowed
from cardamom.flows.terminal import Terminal, first
from cardamom.values.events import Reason
from cardamom.values.keys import Key
from cardamom.values.kinds import Kind
from cardamom.values.money import Money
from cardamom.values.operations import Operation
from cardamom.values.screens import EnterPasscode, FindOriginal, RefundAmount, Screen
from cardamom.values.secret import Passcode

TRACE_DIGITS = 6
PAGE = 4
"""Rows a page (reference of the screens)."""


async def pressed_or_left(t: Terminal) -> Key:
    """The next key; Cancel when the keypad is left alone."""
    name, key = await first(key=t.keypad.key(), left=t.clock.sleep(t.config.amount_s))
    return Key.CANCEL if name == "left" else key


async def answered(t: Terminal, screen: Screen, *wanted: Key) -> Key:
    """Shows the screen until one of the keys, or Cancel."""
    t.display.show(screen)
    while True:
        key = await pressed_or_left(t)
        if key in (Key.CANCEL, *wanted):
            return key


async def choose_row(
    t: Terminal, rows: int, screen: Callable[[int], Screen], *, selected: int = 0
) -> int | None:
    """The row chosen by digit or pointer, from 0; None for Cancel. A digit counts on its page."""
    while True:
        t.display.show(screen(selected))
        key = await pressed_or_left(t)
        first_row = selected - selected % PAGE
        if key is Key.CANCEL:
            return None
        if key is Key.ENTER:
            return selected if rows else None
        if key is Key.UP and rows:
            selected = (selected - 1) % rows
        elif key is Key.DOWN and rows:
            selected = (selected + 1) % rows
        elif key.digit and key.digit <= PAGE and first_row + key.digit <= rows:
            return first_row + key.digit - 1


async def ask_trace(t: Terminal, kind: Kind, refused: Reason | None) -> int | None:
    """A trace number; None for Cancel. `refused`: why the last one would not do."""
    typed = ""
    while True:
        t.display.show(FindOriginal(kind, typed, refused))
        key = await pressed_or_left(t)
        if key is Key.CANCEL:
            return None
        if key.digit is not None and len(typed) < TRACE_DIGITS:
            typed, refused = typed + key.value, None
        elif key is Key.CLEAR:
            typed, refused = typed[:-1], None
        elif key is Key.ENTER and typed and int(typed):
            return int(typed)


async def ask_amount(t: Terminal, left: Money) -> Money | None:
    """How much of `left` to give back; None for Cancel. Enter alone takes all of it."""
    typed = 0
    fresh = True
    refused = False
    while True:
        shown = left.minor if fresh else typed
        t.display.show(RefundAmount(Money(shown, left.currency), left, refused))
        key = await pressed_or_left(t)
        refused = False
        if key is Key.CANCEL:
            return None
        if key is Key.ENTER and shown:
            return Money(shown, left.currency)
        if key is Key.ENTER:
            refused = True
        elif key is Key.CLEAR:
            typed, fresh = (0 if fresh else typed // 10), False
        elif key.digit is not None:
            longer = (0 if fresh else typed) * 10 + key.digit
            refused = longer > left.minor
            typed, fresh = (typed if refused else longer), fresh and refused


async def approved(t: Terminal, operation: Operation, what: str = "") -> bool:
    """Whether a supervisor typed the passcode for it. Raises JournalFault."""
    wrong = False
    while True:
        passcode = await _passcode(t, operation, wrong=wrong)
        if passcode is None:
            return False
        try:
            await t.rights.prove(operation, passcode, what)
        except NotAllowed:
            wrong = True
        else:
            return True


async def _passcode(t: Terminal, operation: Operation, *, wrong: bool) -> Passcode | None:
    """Digits shown as stars; None for Cancel."""
    typed = bytearray()
    try:
        while True:
            wait = t.rights.wait_s
            shown = EnterPasscode(operation, len(typed), wrong and not typed, wait)
            t.display.show(shown)
            if wait:
                name, key = await first(key=t.keypad.key(), tick=t.clock.sleep(1.0))
                if name == "key" and key is Key.CANCEL:
                    return None
                continue
            key = await pressed_or_left(t)
            if key is Key.CANCEL:
                return None
            if key.digit is not None and len(typed) < Passcode.LONGEST:
                typed.append(0x30 + key.digit)
            elif key is Key.CLEAR:
                typed[:] = bytes(len(typed))
                typed.clear()
            elif key is Key.ENTER and len(typed) >= Passcode.SHORTEST:
                return Passcode(bytes(typed))
    finally:
        typed[:] = bytes(len(typed))
