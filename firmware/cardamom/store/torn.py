"""Torn transactions of taps, sealed, over restarts: they hold card numbers and are destroyed when
they are recovered, too old, or of a batch that is closed."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime

import msgspec

from cardamom.engines.emv.contactless.torn import TornLog, TornRecord
from cardamom.engines.emv.requests import EmvOrder
from cardamom.engines.emv.session import Cryptogram
from cardamom.faults import JournalFault
from cardamom.store.books import Books, TornRow
from cardamom.values.secret import Pan
from cardamom.values.tags import Tags


class _Inside(msgspec.Struct, frozen=True, array_like=True):
    """What is sealed."""

    pan: str
    psn: bytes
    order: EmvOrder
    asked: Cryptogram
    signed: bool
    sent: bytes
    recovery: bytes
    tags: dict[int, bytes]

    def __repr__(self) -> str:
        return "<_Inside hidden>"


def kept_torn(books: Books, now: datetime) -> TornLog:
    """Those that are not too old and open under the key at hand."""
    drop_stale(books, now)
    return TornLog(tuple(record for _, record in _kept(books)))


def keep_torn(books: Books, log: TornLog, seconds: int, now: datetime) -> None:
    """The log as it is now, in one commit; none where nothing changes. Raises JournalFault."""
    kept = list(_kept(books))
    known = [record for _, record in kept]
    gone = {row[0] for row in books.torn_rows()} - {id_ for id_, r in kept if r in log.records}
    new = [record for record in log.records if record not in known]
    if not gone and not new:
        return
    with books.commit():
        first = max((row[0] for row in books.torn_rows()), default=0) + 1
        books.erase_torn(gone)
        vault, at = books.vault(), int(now.timestamp())
        for id_, record in enumerate(new, first):
            sealed = vault.lock(_encode(record), _bound(id_))
            books.add_torn((id_, at, at + seconds, vault.key_id, sealed))


def drop_stale(books: Books, now: datetime) -> None:
    """Destroys what is too old; one from the future is of a clock that was wrong."""
    moment = int(now.timestamp())
    stale = [id_ for id_, at, until, _, _ in books.torn_rows() if not at <= moment <= until]
    if stale:
        with books.commit():
            books.erase_torn(stale)


def _kept(books: Books) -> Iterator[tuple[int, TornRecord]]:
    rows: list[TornRow] = books.torn_rows()
    if not rows:
        return
    vault = books.vault()
    for id_, _, _, master, sealed in rows:
        if master == vault.key_id:
            try:
                yield id_, _decode(vault.unlock(sealed, _bound(id_)))
            except (JournalFault, ValueError, msgspec.MsgspecError):
                continue  # of no use: the card makes a new cryptogram


def _encode(record: TornRecord) -> bytes:
    return msgspec.msgpack.encode(
        _Inside(
            record.pan.reveal(),
            record.psn,
            record.order,
            record.asked,
            record.signed,
            record.sent,
            record.recovery,
            dict(record.tags),
        )
    )


def _decode(plain: bytes) -> TornRecord:
    inside = msgspec.msgpack.decode(plain, type=_Inside)
    return TornRecord(
        pan=Pan(inside.pan),
        psn=inside.psn,
        order=inside.order,
        asked=inside.asked,
        signed=inside.signed,
        sent=inside.sent,
        recovery=inside.recovery,
        tags=Tags(inside.tags),
    )


def _bound(id_: int) -> bytes:
    return b"cardamom torn " + id_.to_bytes(8, "big")
