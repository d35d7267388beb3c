"""What the acquirer answers: the host's mind, without its sockets."""

from __future__ import annotations

from collections.abc import Sequence
from zoneinfo import ZoneInfo

from cardamom.engines.iso8583.codec import Message
from cardamom.engines.iso8583.profile import Profile
from cardamom.engines.keys.working import WorkingKeys
from cardamom.simulator.acquirer.flags import Flag
from cardamom.simulator.acquirer.following import Following
from cardamom.simulator.acquirer.hostkeys import BaseKeys, HostKeys
from cardamom.simulator.acquirer.issuer import Issuer
from cardamom.simulator.acquirer.ledger import Ledger
from cardamom.simulator.acquirer.payments import Payments
from cardamom.simulator.acquirer.reading import MANAGEMENT, Asked, Role, read
from cardamom.simulator.acquirer.replies import Replies
from cardamom.simulator.acquirer.settlement import HostSettlement
from cardamom.story import tell
from cardamom.values.secret import Key


class AcquirerHost:
    """Answers one profile's messages; what it answers is durable in the ledger before."""

    def __init__(
        self,
        profile: Profile,
        ledger: Ledger,
        issuer: Issuer,
        master_key: Key,
        zone: ZoneInfo,
        base_keys: BaseKeys | None = None,
    ) -> None:
        self._profile = profile
        self._ledger = ledger
        self.keys = HostKeys(profile, master_key, base_keys)
        self._replies = Replies(profile, zone)
        self._payments = Payments(self._replies, ledger, issuer, self.keys)
        self._following = Following(self._replies, ledger)
        self._settlement = HostSettlement(self._replies, ledger, self._payments)

    def read(self, question: Message) -> Asked | str:
        """What the message is; or why it cannot be answered, a sentence."""
        asked = read(question, self._profile)
        if asked is None:
            return f"{question.mti} is no message that is known here"
        required = self._profile.messages[question.mti].required
        own = self._profile.closed_loop
        spared = own.without if own is not None and own.account in question.fields else []
        missing = [n for n in required if n not in question.fields and n not in spared]
        return f"{question.mti} lacks field {missing[0]}" if missing else asked

    def meet(self, asked: Asked, certificate: str) -> None:
        """A readable message came over a connection with this client certificate."""
        terminal = asked.message.get(41) or ""
        if terminal and certificate:
            self._ledger.flags.certificate(terminal, certificate)

    def answer(self, asked: Asked, keys: WorkingKeys | None, forced: str | None = None) -> Message:
        """The answer; durable in the ledger when this returns.

        `forced`: the response code, whatever else would be said; then nothing is done, but that a
        request is booked as refused.
        """
        serial = self.keys.serial(asked.message)
        if serial:
            get = asked.message.get
            self._ledger.flags.key_serial(serial, get(41) or "", get(11) or "")
        answer, said = self._answer(asked, keys, forced)
        self.note(asked, said)
        return answer

    def _answer(
        self, asked: Asked, keys: WorkingKeys | None, forced: str | None
    ) -> tuple[Message, str]:
        match asked.role:
            case Role.REQUEST:
                return self._payments.request(asked, keys, forced)
            case Role.ADVICE:
                return self._payments.advice(asked, forced)
            case Role.REVERSAL:
                return self._following.reversal(asked, forced)
            case Role.QUERY:
                return self._following.query(asked, forced)
            case Role.SCRIPTS:
                return self._following.scripts(asked, forced)
            case Role.TOTALS:
                return self._settlement.totals(asked, forced)
            case Role.UPLOAD:
                return self._settlement.upload(asked, forced)
            case Role.UPLOAD_END:
                return self._settlement.end(asked, forced)
            case Role.SIGN_ON | Role.SIGN_OFF | Role.ECHO:
                return self._network(asked, forced)

    def with_scripts(self, asked: Asked, answer: Message, scripts: Sequence[str]) -> Message:
        """The answer with these scripts for the card, where it answers a request of a chip."""
        if asked.role is not Role.REQUEST:
            return answer
        return self._payments.with_scripts(asked, answer, scripts)

    def refuse_mac(self, asked: Asked, keys: WorkingKeys | None) -> Message | None:
        """The answer to a message whose MAC does not hold, or for whose MAC there is no key. None
        where the profile has no code for it."""
        if keys is not None:
            get = asked.message.get
            detail = f"the MAC of {asked.message.mti} is wrong or missing"
            self._ledger.flags.raise_(Flag.WRONG_MAC, get(41) or "", get(11) or "", detail)
        codes = self._profile.codes.bad_mac
        self.note(asked, "refused: the MAC cannot be verified")
        return self._replies.reply(asked, codes[0]) if codes else None

    def is_stranger(self, asked: Asked) -> bool:
        """A request of a terminal that must sign on first, and has not."""
        terminal = self.keys.terminal(asked.message.get(41) or "")
        needed = self._profile.switches.sign_on and asked.role is Role.REQUEST
        return needed and not terminal.signed_on

    def note(self, asked: Asked, outcome: str) -> None:
        """One line a message, whatever becomes of it."""
        get = asked.message.get
        self._ledger.note(get(41) or "", get(11) or "", asked.message.mti, outcome)

    def refuse(self, why: str) -> None:
        """A message that cannot be answered."""
        self._ledger.note("", "", "", f"refused: {why}")
        tell("acquirer_refuses", why=why)

    def _network(self, asked: Asked, forced: str | None) -> tuple[Message, str]:
        said = f"network {MANAGEMENT[asked.role]}"
        name = asked.message.get(41) or ""
        terminal = self.keys.terminal(name)
        if forced or asked.role is Role.ECHO:
            return self._replies.reply(asked, forced or "00"), said
        if asked.role is Role.SIGN_OFF:
            terminal.signed_on = False
            return self._replies.reply(asked, "00"), said
        terminal.keys, terminal.signed_on = self.keys.fresh(), True
        fields = {
            **self._replies.with_batch(asked, self._ledger.batches.open_batch(name)),
            62: self.keys.delivered(terminal.keys),
        }
        return self._replies.reply(asked, "00", fields), said
