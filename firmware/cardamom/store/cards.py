"""Sealed card data in the journal: found, and destroyed when nothing needs it any more."""

from __future__ import annotations

from cardamom.faults import JournalFault
from cardamom.store.chain import DamageFault
from cardamom.store.reads import Reads, names
from cardamom.store.vault import KeyTrouble, digest_of
from cardamom.values.events import CardDataErased, CardRead
from cardamom.values.online import CardData
from cardamom.values.record import Record
from cardamom.values.states import NEEDS_CARD, WAITS_FOR_SUPERVISOR


class Cards(Reads):
    """Reads that need the vault's key."""

    def card(self, txn: int) -> CardData | None:
        """The sealed card data, without track 2; None where there is none or it was erased.

        Raises KeyTrouble when the key that sealed it is not at hand.
        """
        row = self._db.execute(
            "SELECT c.seq, c.data, k.master, k.wrapped FROM events e JOIN sealed_cards c "
            "ON c.seq = e.seq JOIN card_keys k ON k.seq = e.seq WHERE e.txn = ? "
            "ORDER BY e.seq DESC LIMIT 1",
            (txn,),
        ).fetchone()
        if row is None:
            return None
        seq, data, master, wrapped = row
        vault = self.vault()
        if master != vault.key_id:
            raise KeyTrouble(other_key(master, vault.key_id))
        if digest_of(data) != self.folded(txn).sealed:
            raise DamageFault(f"the sealed card data of transaction {txn} was changed")
        return vault.open(seq, data, wrapped)

    def has_card(self, txn: int) -> bool:
        """Whether its card data is there and opens under the key at hand."""
        try:
            return self.card(txn) is not None
        except JournalFault:
            return False

    def other_key(self) -> str | None:
        """A sentence where a message that is still to be sent needs card data under another key."""
        vault = self.vault()
        row = self._db.execute(
            "SELECT k.master FROM transactions t JOIN events e ON e.txn = t.txn JOIN card_keys k "
            "ON k.seq = e.seq WHERE t.state IN (SELECT value FROM json_each(?)) AND k.master <> ? "
            "LIMIT 1",
            (names(NEEDS_CARD - WAITS_FOR_SUPERVISOR), vault.key_id),
        ).fetchone()
        return None if row is None else other_key(row[0], vault.key_id)

    def _kept(self, txn: int) -> list[str]:
        """Digests of the transaction's card data that was not yet erased."""
        kept: list[str] = []
        for event in self.events(txn):
            if isinstance(event, CardRead) and event.sealed is not None:
                kept.append(event.sealed)
            elif isinstance(event, CardDataErased):
                kept.remove(event.sealed)
        return kept


def needs_card(record: Record) -> bool:
    """Whether a message that may follow needs the card's number."""
    return record.state in NEEDS_CARD or record.scripts is not None


def other_key(sealed_under: str, held: str) -> str:
    return (
        f"card data is sealed under journal key {sealed_under}, this terminal holds {held}: "
        "give it its old key back"
    )
