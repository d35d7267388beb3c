"""The card: power, command dispatch, application selection."""

from __future__ import annotations

import os
from collections.abc import Callable
from typing import Final

from cardamom.simulator.card import command as sw
from cardamom.simulator.card.application import Application
from cardamom.simulator.card.command import Command, Refused, parse_command
from cardamom.simulator.card.personalise import directory, personalise
from cardamom.simulator.card.profile import CardProfile
from cardamom.simulator.card.scripts import SCRIPT_COMMANDS, run_script

DIRECTORY: Final = b"1PAY.SYS.DDF01"

ATR_T0: Final = bytes.fromhex("3B6800004341524441304D4D")
"""EMV 4.4 Book 1, 8.3: TB1 00, TC1 00, then eight historical bytes."""
ATR_T1: Final = bytes.fromhex("3BE800FF8131FE45434152444130414D")
"""TB1 00, TC1 FF, TD1 81, TD2 31, TA3 FE, TB3 45, historical bytes; the check byte follows."""


class Card:
    """A card from one profile. It keeps ATC, PIN tries and blocks for as long as it lives, and
    forgets the rest at each reset. `process` never raises: whatever comes, a status word goes."""

    def __init__(
        self, profile: CardProfile, *, random: Callable[[int], bytes] = os.urandom
    ) -> None:
        self.profile = profile
        self.applications = [
            Application(personalise(profile, a), random) for a in profile.applications
        ]
        self._directory_fci, self._directory = directory(profile)
        self._blocked = profile.state == "blocked"
        self._selected: Application | None = None
        self._in_directory = False
        self._last_selected = -1
        self.powered = False

    @property
    def speaks_t0(self) -> bool:
        return self.profile.protocol == "T=0"

    @property
    def atr(self) -> bytes:
        return ATR_T0 if self.profile.protocol == "T=0" else with_check(ATR_T1)

    def power_on(self) -> bytes:
        """The answer to reset."""
        self.powered = True
        return self.reset()

    def reset(self) -> bytes:
        """A warm reset: the answer to reset."""
        self._selected = None
        self._in_directory = False
        self._last_selected = -1
        return self.atr

    def power_off(self) -> None:
        self.powered = False
        self.reset()

    def process(self, command: bytes) -> bytes:
        """One command APDU to its final answer, data and status word. How T=0 cuts it up is
        wire.py's."""
        try:
            return self._dispatch(parse_command(command)) + sw.OK.to_bytes(2)
        except Refused as refused:
            return refused.data + refused.sw.to_bytes(2)

    def _dispatch(self, c: Command) -> bytes:
        if c.cla not in (0x00, 0x04, 0x80, 0x84):
            raise Refused(sw.UNKNOWN_CLASS)
        match c.cla, c.ins:
            case 0x00, 0xA4:
                return self._select(c)
            case 0x00, 0xB2:
                return self._read_record(c)
            case cla, ins if (cla, ins) in SCRIPT_COMMANDS:
                return run_script(self._application(), c, self._block)
        handlers = {
            (0x00, 0x20): Application.verify,
            (0x00, 0x82): Application.external_authenticate,
            (0x00, 0x84): Application.get_challenge,
            (0x00, 0x88): Application.internal_authenticate,
            (0x80, 0xA8): Application.get_processing_options,
            (0x80, 0xAE): Application.generate_ac,
            (0x80, 0xCA): Application.get_data,
        }
        if handler := handlers.get((c.cla, c.ins)):
            return handler(self._application(), c)
        raise Refused(sw.UNKNOWN_INSTRUCTION)

    def _select(self, c: Command) -> bytes:
        """By name, full or partial, first or next (Book 1, 11.3)."""
        if self._blocked:
            raise Refused(sw.NOT_SUPPORTED)
        if c.p1 != 0x04 or c.p2 not in (0x00, 0x02):
            raise Refused(sw.WRONG_PARAMETERS)
        if not 5 <= len(c.data) <= 16:
            raise Refused(sw.WRONG_LENGTH)
        if c.data == DIRECTORY:
            if not self.profile.pse or c.p2:
                raise Refused(sw.NOT_FOUND)
            self._selected, self._in_directory = None, True
            return self._directory_fci
        start = self._last_selected + 1 if c.p2 else 0
        for place in range(start, len(self.applications)):
            application = self.applications[place]
            if application.on_card.aid.startswith(c.data):
                self._last_selected, self._in_directory = place, False
                self._selected = application
                return application.select()
        raise Refused(sw.NOT_FOUND)

    def _read_record(self, c: Command) -> bytes:
        if c.p2 & 0x07 != 0x04 or c.data:
            raise Refused(sw.WRONG_PARAMETERS)
        sfi = c.p2 >> 3
        if not self._in_directory:
            return self._application().read_record(sfi, c.p1)
        if sfi != 1:
            raise Refused(sw.NOT_FOUND)
        if (sfi, c.p1) not in self._directory:
            raise Refused(sw.NO_RECORD)
        return self._directory[sfi, c.p1]

    def _application(self) -> Application:
        if self._selected is None:
            raise Refused(sw.CONDITIONS)
        return self._selected

    def _block(self) -> None:
        self._blocked = True


def with_check(atr: bytes) -> bytes:
    """An answer to reset with TCK: the exclusive-or from T0 on is zero (ISO/IEC 7816-3, 8.2.5)."""
    check = 0
    for byte in atr[1:]:
        check ^= byte
    return atr + bytes((check,))
