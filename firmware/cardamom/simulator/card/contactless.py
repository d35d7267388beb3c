"""A contactless card or phone that computes real cryptograms: directory and applications."""

from __future__ import annotations

import os
from collections.abc import Callable
from typing import Final

from cardamom.engines.tlv import encode, encode_all
from cardamom.simulator.card import command as sw
from cardamom.simulator.card.application import Application
from cardamom.simulator.card.card import ATR_T1, with_check
from cardamom.simulator.card.command import Command, Refused, parse_command
from cardamom.simulator.card.contactless_data import personalise_contactless
from cardamom.simulator.card.contactless_mchip import MchipApplication
from cardamom.simulator.card.contactless_profile import ContactlessCard, ContactlessProfile
from cardamom.simulator.card.contactless_qualified import QualifiedApplication
from cardamom.simulator.card.phone import Owner
from cardamom.simulator.card.scripts import SCRIPT_COMMANDS, run_script

DIRECTORY: Final = b"2PAY.SYS.DDF01"


class TappedCard:
    """As card.Card, over the air: no contacts. Issuer scripts are for applications that are updated
    in a second presentment. `owner`: who holds the phone."""

    def __init__(
        self, profile: ContactlessCard, *, random: Callable[[int], bytes] = os.urandom
    ) -> None:
        self.profile = profile
        self.owner = Owner()
        self.applications = [_application(profile, a, random, self.owner)
                             for a in profile.applications]  # fmt: skip
        self._selected: Application | None = None
        self._blocked = False
        self.powered = False

    @property
    def speaks_t0(self) -> bool:
        return False

    @property
    def atr(self) -> bytes:
        """For a reader that speaks of every card as one with contacts."""
        return with_check(ATR_T1)

    def power_on(self) -> bytes:
        """Into the field. A phone's owner has seen by now what it asked for."""
        self.powered = True
        self.owner.look()
        return self.reset()

    def reset(self) -> bytes:
        self._selected = None
        return self.atr

    def power_off(self) -> None:
        self.powered = False
        self._selected = None

    def process(self, command: bytes) -> bytes:
        """One command APDU to its answer, data and status word; never raises."""
        try:
            return self._dispatch(parse_command(command)) + sw.OK.to_bytes(2)
        except Refused as refused:
            return refused.data + refused.sw.to_bytes(2)

    def _dispatch(self, c: Command) -> bytes:
        match c.cla, c.ins:
            case 0x00, 0xA4:
                return self._select(c)
            case 0x00, 0xB2:
                return self._application().read_record(c.p2 >> 3, c.p1)
            case 0x80, 0xA8:
                return self._application().get_processing_options(c)
            case 0x80, 0xCA:
                return self._application().get_data(c)
            case 0x80, 0xAE:
                return self._mchip().generate_ac(c)
            case 0x80, 0xEA:
                return self._mchip().exchange_relay_resistance(c)
            case 0x80, 0xD0:
                return self._mchip().recover_ac(c)
            case 0x00, 0x82:
                return self._qualified().external_authenticate(c)
            case cla, ins if (cla, ins) in SCRIPT_COMMANDS:
                application = self._qualified()
                application.resume()
                return run_script(application, c, self._block)
        raise Refused(sw.UNKNOWN_INSTRUCTION)

    def _select(self, c: Command) -> bytes:
        if self._blocked:
            raise Refused(sw.NOT_SUPPORTED)
        if c.p1 != 0x04 or c.p2 != 0x00:
            raise Refused(sw.WRONG_PARAMETERS)
        if c.data == DIRECTORY and self.profile.ppse:
            self._selected = None
            return self._directory()
        for application in self.applications:
            profile = application.on_card.profile
            behind = profile.extended if isinstance(profile, ContactlessProfile) else ""
            if c.data and (application.on_card.aid + bytes.fromhex(behind)).startswith(c.data):
                self._selected = application
                return application.select()
        raise Refused(sw.NOT_FOUND)

    def _directory(self) -> bytes:
        """EMV Contactless Book B, 3.3.1: one entry an application."""
        entries = b"".join(encode(0x61, _entry(a)) for a in self.profile.applications)
        return encode(0x6F, encode(0x84, DIRECTORY) + encode(0xA5, encode(0xBF0C, entries)))

    def _application(self) -> Application:
        if self._selected is None:
            raise Refused(sw.CONDITIONS)
        return self._selected

    def _mchip(self) -> MchipApplication:
        application = self._application()
        if not isinstance(application, MchipApplication):
            raise Refused(sw.UNKNOWN_INSTRUCTION)
        return application

    def _qualified(self) -> QualifiedApplication:
        application = self._application()
        if not isinstance(application, QualifiedApplication):
            raise Refused(sw.UNKNOWN_INSTRUCTION)
        return application

    def _block(self) -> None:
        self._blocked = True


def _entry(a: ContactlessProfile) -> bytes:
    objects = [
        (0x4F, bytes.fromhex(a.aid)),
        (0x50, a.label.encode()),
        (0x87, bytes((a.priority,))),
        (0x9F2A, bytes.fromhex(a.named_kernel) or bytes((a.kernel,))),
    ]
    if a.extended:
        objects.append((0x9F29, bytes.fromhex(a.extended)))
    return encode_all(objects)


def _application(
    card: ContactlessCard, a: ContactlessProfile, random: Callable[[int], bytes], owner: Owner
) -> Application:
    on_card = personalise_contactless(card, a)
    if a.kernel == 2:
        return MchipApplication(on_card, a, random, owner)
    return QualifiedApplication(on_card, a, random, owner)
