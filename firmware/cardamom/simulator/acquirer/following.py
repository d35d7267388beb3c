"""What follows a request: reversal, status query, issuer-script results."""

from __future__ import annotations

from cardamom.engines import tlv
from cardamom.engines.iso8583.codec import Message
from cardamom.simulator.acquirer.entries import APPROVED
from cardamom.simulator.acquirer.ledger import Entry, Ledger
from cardamom.simulator.acquirer.reading import Asked
from cardamom.simulator.acquirer.replies import Replies
from cardamom.simulator.acquirer.reversals import NOT_FOUND
from cardamom.values.money import BY_NUMBER


class Following:
    """Part of a host."""

    def __init__(self, replies: Replies, ledger: Ledger) -> None:
        self._replies = replies
        self._ledger = ledger

    def reversal(self, asked: Asked, forced: str | None) -> tuple[Message, str]:
        """Undoes the request, once; one that is unknown is refused when it comes after all."""
        if forced:
            return self._replies.reply(asked, forced), f"reversal {forced}"
        number = asked.message.get(49) or ""
        currency = BY_NUMBER[number].code if number in BY_NUMBER else number
        with self._ledger.commit():
            result = self._ledger.reversals.reverse(
                asked.spoken_of, int(asked.message.get(4) or 0), currency
            )
        answer = self._replies.reply(asked, result.code, _told(result.entry))
        return answer, f"reversal {'repeated ' if result.again else ''}{result.code}"

    def query(self, asked: Asked, forced: str | None) -> tuple[Message, str]:
        """What became of the request: approved as it was answered, else its code, else unknown."""
        entry = self._ledger.original(asked.spoken_of)
        code = forced or _standing(entry)
        return self._replies.reply(asked, code, _told(entry)), f"query {code}"

    def scripts(self, asked: Asked, forced: str | None) -> tuple[Message, str]:
        """Results of the issuer's scripts, written to the request's row."""
        entry = self._ledger.original(asked.spoken_of)
        code = forced or (APPROVED if entry else NOT_FOUND)
        if entry is not None and not forced:
            self._ledger.note_scripts(entry, self._results(asked.message))
        return self._replies.reply(asked, code, _told(entry)), f"scripts {code}"

    def _results(self, message: Message) -> str:
        tag = self._replies.profile.icc.script_results
        try:
            objects = dict(tlv.items(bytes.fromhex(message.get(55) or "")))
        except ValueError:  # TlvError is one
            return ""
        return objects.get(int(tag, 16), b"").hex().upper() if tag else ""


def _standing(entry: Entry | None) -> str:
    if entry is None or entry.state == "reversed":
        return NOT_FOUND
    return entry.code  # of a voided one, too: its request was approved


def _told(entry: Entry | None) -> dict[int, str]:
    return {37: entry.rrn, 38: entry.auth_code} if entry else {}
