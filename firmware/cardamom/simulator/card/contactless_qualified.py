"""Kernel 3 and Kernel 7's side of the air: the cryptogram with the processing options, fDDA in the
last record. An application whose qualifiers say so takes what its issuer sends in a second
presentment: selected once more, EXTERNAL AUTHENTICATE and scripts, for the last cryptogram."""

from __future__ import annotations

from collections.abc import Callable

from cardamom.engines.tlv import encode, encode_all
from cardamom.simulator.card import command as sw
from cardamom.simulator.card.analysis import Cid
from cardamom.simulator.card.application import ATC_LIMIT, Application, Step
from cardamom.simulator.card.command import Command, Refused
from cardamom.simulator.card.contactless_data import OWN_FILE
from cardamom.simulator.card.contactless_profile import ContactlessProfile
from cardamom.simulator.card.crypto import cryptogram_key, mac
from cardamom.simulator.card.personalise import Personalised
from cardamom.simulator.card.phone import Owner
from cardamom.simulator.pki.certificates import signed_dynamic_data
from cardamom.values.secret import Key

TTQ_SIZE = 4
ONLINE_REQUIRED, CVM_REQUIRED, OFFLINE_ONLY = 0x00800000, 0x00400000, 0x08000000
DEVICE_CVM_DONE = 0x0080
ISSUER_UPDATE = 0x0040
CARDHOLDER_METHODS = 0xC000
"""Online PIN and signature: a qVSDC card asks for them where the reader requires a method."""
SEE_PHONE = 0x6986
ONLINE_AFL = bytes.fromhex("10010100")
"""Number and expiry alone: nobody looks at certificates then."""


class QualifiedApplication(Application):
    """The cryptogram is made over what the PDOL asked for behind the qualifiers."""

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
        self._last_record = b""
        self._asked: tuple[Key, bytes] | None = None
        """Session key and ARQC that the issuer has to answer; outlives a reset."""

    def get_processing_options(self, c: Command) -> bytes:
        self._need(Step.SELECTED)
        profile = self._profile
        if profile.options_sw:
            raise Refused(int(profile.options_sw, 16))
        if len(c.data) < 2 + TTQ_SIZE or c.data[0] != 0x83 or c.data[1] != len(c.data) - 2:
            raise Refused(sw.WRONG_LENGTH)
        if self.memory.blocked or self.memory.atc >= ATC_LIMIT:
            raise Refused(sw.CONDITIONS)
        ttq, terminal = int.from_bytes(c.data[2 : 2 + TTQ_SIZE]), c.data[2 + TTQ_SIZE :]
        done = self._owner.unlocked(profile)
        if profile.unlock == "on-demand" and ttq & CVM_REQUIRED and not done:
            self._owner.asked = True
            raise Refused(SEE_PHONE)
        self.memory.atc += 1
        self.transaction.step = Step.DONE
        self._owner.spend()
        return encode(0x77, self._answer(self._decide(ttq), ttq, terminal, done=done))

    def resume(self) -> None:
        """Back to behind the ARQC. Refuses where none was given, or the card takes no updates."""
        t = self.transaction
        if t.step is Step.ASKED_ONLINE:
            return
        self._need(Step.SELECTED)
        if self._asked is None:
            raise Refused(sw.CONDITIONS)
        t.session, t.arqc = self._asked
        t.step = Step.ASKED_ONLINE

    def external_authenticate(self, c: Command) -> bytes:
        """As over the contacts (Book 3, 6.5.4), whatever the AIP says of that interface. An issuer
        that does not prove has no other try."""
        self.resume()
        if self.transaction.issuer_authenticated is not None:
            raise Refused(sw.CONDITIONS)
        if (c.p1, c.p2) != (0, 0):
            raise Refused(sw.WRONG_PARAMETERS)
        if not 8 <= len(c.data) <= 16:
            raise Refused(sw.WRONG_LENGTH)
        if not self._check_issuer(c.data):
            self._asked = None
            raise Refused(sw.ISSUER_AUTHENTICATION_FAILED)
        self.memory.last_online_atc = self.memory.atc
        return b""

    def read_record(self, sfi: int, number: int) -> bytes:
        if (sfi, number) == (OWN_FILE, 1) and self._last_record:
            return self._last_record
        return super().read_record(sfi, number)

    def _decide(self, ttq: int) -> Cid:
        if self._profile.first == "decline":
            return Cid.AAC
        if self._profile.offline and not ttq & ONLINE_REQUIRED:
            return Cid.TC
        return Cid.AAC if ttq & OFFLINE_ONLY else Cid.ARQC

    def _answer(self, decided: Cid, ttq: int, terminal: bytes, *, done: bool) -> bytes:
        profile, on_card, t = self._profile, self.on_card, self.transaction
        t.cvr.first = decided
        issuer_data = t.cvr.issuer_application_data()
        # where C-3, 5.4.3, looks for the cryptogram's type: byte 5, bits 6-5
        atc = self.memory.atc.to_bytes(2)
        t.session = cryptogram_key(on_card.key_ac, self.memory.atc)
        cryptogram = mac(t.session, terminal + on_card.aip + atc + issuer_data)
        updated = decided is Cid.ARQC and int(profile.ctq, 16) & ISSUER_UPDATE
        self._asked = (t.session, cryptogram) if updated else None
        ctq = int(profile.ctq, 16) | (DEVICE_CVM_DONE if done else 0)
        if profile.kernel == 3 and not ttq & CVM_REQUIRED:
            ctq &= ~CARDHOLDER_METHODS
        track2 = f"{profile.pan}D{profile.expiry}{profile.service_code}00000"
        objects = [
            (0x82, on_card.aip),
            (0x94, on_card.afl if decided is Cid.TC else ONLINE_AFL),
            (0x57, bytes.fromhex(track2 + "F" * (len(track2) % 2))),
            (0x9F10, issuer_data),
            (0x9F26, cryptogram),
            (0x9F27, bytes((decided,))),
            (0x9F36, atc),
            (0x9F6C, ctq.to_bytes(2)),
        ]
        if profile.form == "phone":
            objects.append((0x9F6E, bytes.fromhex("23800000")))
        if profile.spending:
            objects.append((0x9F5D, bytes.fromhex(profile.spending)))
        self._sign(ctq.to_bytes(2), terminal)
        return encode_all(objects)

    def _sign(self, ctq: bytes, terminal: bytes) -> None:
        """Over the terminal's number, amount and currency, and 9F69: the version, the card's own
        number, the qualifiers."""
        icc = self.on_card.icc
        related = bytes.fromhex(self._profile.fdda) + self._random(4) + ctq
        objects = [(0x9F69, related)]
        if icc is not None:
            number, amount, currency = terminal[-4:], terminal[:6], terminal[19:21]
            signed = signed_dynamic_data(
                icc,
                dynamic=b"\x02" + self.memory.atc.to_bytes(2),
                terminal=number + amount + currency + related,
            )
            objects.append((0x9F4B, signed))
        self._last_record = encode(0x70, encode_all(objects))
