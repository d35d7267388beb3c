"""Kernel 2's side of the air: relay resistance, recovery of a torn transaction, a phone's wish to
be looked at."""

from __future__ import annotations

from collections.abc import Callable
from typing import Final

from cardamom.engines.emv.dol import build, entries
from cardamom.engines.tlv import encode, only
from cardamom.simulator.card import command as sw
from cardamom.simulator.card.application import Application, Step
from cardamom.simulator.card.command import Command, Refused
from cardamom.simulator.card.contactless_profile import ContactlessProfile
from cardamom.simulator.card.personalise import CDOL1, Personalised
from cardamom.simulator.card.phone import Owner

SEE_PHONE: Final = bytes.fromhex("000001")
"""POS Cardholder Interaction Information."""
ENTROPY_SIZE: Final = 4


class MchipApplication(Application):
    """The contact card's GENERATE AC, first only, with what Kernel 2 adds."""

    def __init__(
        self,
        on_card: Personalised,
        profile: ContactlessProfile,
        random: Callable[[int], bytes],
        owner: Owner,
    ) -> None:
        super().__init__(on_card, random)
        self._profile = profile
        self._owner = owner
        self._relayed = b""
        self._given = b""
        """The last cryptogram's answer, kept for RECOVER AC."""
        self._torn = b""
        """What the DRDOL asked for in that transaction."""

    def select(self) -> bytes:
        self._relayed = b""
        return super().select()

    def get_processing_options(self, c: Command) -> bytes:
        if self._profile.options_sw:
            raise Refused(int(self._profile.options_sw, 16))
        return super().get_processing_options(c)

    def get_data(self, c: Command) -> bytes:
        if (c.p1, c.p2) == (0x9F, 0x50) and self._profile.balance:
            return encode(0x9F50, bytes.fromhex(self._profile.balance))
        return super().get_data(c)

    def exchange_relay_resistance(self, c: Command) -> bytes:
        """C-2, 5: EXCHANGE RELAY RESISTANCE DATA."""
        self._need(Step.INITIATED)
        relay = self._profile.relay
        if relay is None:
            raise Refused(sw.UNKNOWN_INSTRUCTION)
        if len(c.data) != ENTROPY_SIZE:
            raise Refused(sw.WRONG_LENGTH)
        answer = self._random(ENTROPY_SIZE)
        answer += b"".join(n.to_bytes(2) for n in (relay.least, relay.most, relay.estimate))
        self._relayed = c.data + answer
        return encode(0x80, answer)

    def signed_too(self) -> bytes:
        return self._relayed

    def generate_ac(self, c: Command) -> bytes:
        """Once a transaction. A locked phone declines and wants to be looked at."""
        self._given = b""
        if self._profile.unlock == "on-demand" and not self._owner.verified:
            self._owner.asked = True
            refused = super().generate_ac(Command(c.cla, c.ins, 0x00, c.p2, c.data, c.le))
            return encode(0x77, only(refused, 0x77)[1] + encode(0xDF4B, SEE_PHONE))
        self._owner.spend()
        self._given = super().generate_ac(c)
        self._torn = self._recovery_data(c.data)
        self.transaction.step = Step.DONE
        return self._given

    def recover_ac(self, c: Command) -> bytes:
        """C-2, 5: the answer that was lost, once more. A transaction whose GENERATE AC never came
        here is another than the last one, whose answer would prove nothing: refused."""
        self._need(Step.INITIATED)
        if not self._given or not self._profile.recovery or c.data != self._torn:
            raise Refused(sw.CONDITIONS)
        self.transaction.step = Step.DONE
        return self._given

    def _recovery_data(self, sent: bytes) -> bytes:
        """Of what the CDOL had sent."""
        values, at = {}, 0
        for tag, size in entries(CDOL1):
            values[tag] = sent[at : at + size]
            at += size
        return build(bytes.fromhex(self._profile.recovery), values.get)
