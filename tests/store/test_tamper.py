"""The case was opened: keys go in one commit with the flag, out of log and copies too; what is owed
stays."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest

from cardamom.engines.keys.session import SessionKeys
from cardamom.engines.keys.working import Scheme
from cardamom.faults import JournalFault
from cardamom.store.books import Books
from cardamom.store.guard import Binding
from cardamom.store.injection import import_block, injected_master, take_protection
from cardamom.store.journal import SqliteJournal
from cardamom.store.migrate import scrub
from cardamom.store.session_keys import keep_session, kept_session
from cardamom.store.tamper import clear_tampered, erase_tampered, is_tampered
from cardamom.store.verify import verify
from cardamom.values.alarms import Cause
from cardamom.values.events import Restarted, ReversalSent
from cardamom.values.secret import Key
from cardamom.values.states import State
from support.keyed import (
    BOARD,
    KSN,
    MASTER_KEY,
    PROTECTION,
    bound,
    initial_block,
    inject,
    master_block,
)
from support.ledger import CARD, MASTER, asked, at, run_journal

SESSION = SessionKeys(Key(bytes(range(16))), Key(bytes(range(16, 32))))


def _sealed(books: Books) -> list[bytes]:
    """Every sealed key as it lies in the file."""
    query = "SELECT sealed FROM key_slots WHERE slot != 'board'"
    return [bytes(row[0]) for row in books._db.execute(query)]


def _owing(books: Books) -> int:
    """A sale whose answer never came."""
    txn = books.begin(asked(), CARD).txn
    books.append(txn, (Restarted(at=at(9)),), None)
    return txn


def test_keys_are_gone_from_file_log_and_copies(tmp_path: Path) -> None:
    path = tmp_path / "j.db"
    with bound(path, scheme=Scheme.DUKPT_TDES) as books:
        inject(books, initial_block())
        books.checkpoint()
        keep_session(books, SESSION, at())
        lay = _sealed(books)
        assert len(lay) == 3
        assert any(one in file.read_bytes() for file in tmp_path.iterdir() for one in lay)
        assert set(erase_tampered(books, at(3))) == {"protection", "dukpt", "session"}
        scrub(books, path)
        assert not any(one in file.read_bytes() for file in tmp_path.iterdir() for one in lay)
        assert books.opened_at() == at(3)
    assert verify(path).ok


def test_a_cut_leaves_all_of_it_or_nothing(tmp_path: Path) -> None:
    """The log is cut anywhere within the commit that erases, and after it."""
    path, log = tmp_path / "j.db", tmp_path / "j.db-wal"
    with bound(path) as books:
        inject(books, master_block())
        books.checkpoint(truncate=True)
        began = log.stat().st_size
        lay = _sealed(books)
        erase_tampered(books, at(3))
        file, whole = path.read_bytes(), log.read_bytes()
    seen = set()
    for end in (*range(began, len(whole), 1999), len(whole)):
        folder = tmp_path / f"cut{end}"
        folder.mkdir()
        (folder / "j.db").write_bytes(file)
        (folder / "j.db-wal").write_bytes(whole[:end])
        with bound(folder / "j.db") as books:
            held = {each.slot for each in books.guard.keyring.held()} - {"board"}
            seen.add((books.tampered(), bool(held)))
            if books.tampered():
                left = [one for one in lay for each in folder.iterdir() if one in each.read_bytes()]
                assert not left
        shutil.rmtree(folder)
    assert seen == {(False, True), (True, False)}


def test_no_payment_no_key_and_what_is_owed_stays(tmp_path: Path) -> None:
    path = tmp_path / "j.db"

    async def script(journal: SqliteJournal) -> None:
        assert not await journal.tampered()
        assert set(await journal.erase_keys(at(20))) == {"protection", "master"}
        assert journal.state().usable is False
        assert [alarm.cause for alarm in journal.alarms()] == [Cause.TAMPER]
        with pytest.raises(JournalFault, match="the case was opened"):
            await journal.begin(*asked(), card=CARD)
        (owing,) = await journal.owing()
        card = await journal.card(owing.txn)
        assert card is not None
        assert card.pan == CARD.pan
        sent = await journal.append(owing.txn, ReversalSent(at=at(21), host="h"))
        assert sent.state is State.REVERSING
        assert sent.owed is not None
        assert sent.owed.stan

    with bound(path) as books:
        inject(books, master_block())
        _owing(books)
    run_journal(path, script, binding=Binding(board=BOARD), low_space_bytes=0)
    assert is_tampered(path)


def test_over_dukpt_a_reversal_waits_for_new_keys(tmp_path: Path) -> None:
    path = tmp_path / "j.db"
    reversal = ReversalSent(at=at(21), host="h")
    with bound(path, scheme=Scheme.DUKPT_TDES) as books:
        inject(books, initial_block())
        txn = _owing(books)
        erase_tampered(books, at(3))
        with pytest.raises(JournalFault, match="no DUKPT key"):
            books.append(txn, (reversal,), None)
        assert clear_tampered(books, "tech", at(30))
        take_protection(books, PROTECTION, "tech", at(31))
        with pytest.raises(JournalFault, match="loaded before"):
            import_block(books, initial_block(), "tech", at(32))
        import_block(books, initial_block(KSN[:5] + b"\x01" + KSN[6:]), "tech", at(33))
        assert books.append(txn, (reversal,), None).owed is not None


def test_nothing_comes_in_before_a_technician_has_looked(tmp_path: Path) -> None:
    path = tmp_path / "j.db"
    with bound(path) as books:
        inject(books, master_block())
        erase_tampered(books, at(3))
    mine = Binding(board=BOARD)
    with bound(path) as books:  # over a restart
        assert books.tampered()
        with pytest.raises(JournalFault, match="tamper clear"):
            take_protection(books, PROTECTION, "tech", at(4))
        keep_session(books, SESSION, at(4))
        assert kept_session(books) is None
        assert clear_tampered(books, "tech", at(5))
        assert not clear_tampered(books, "tech", at(5))
        assert injected_master(path, MASTER, mine) is None
        inject(books, master_block())
        books.begin(asked(), CARD)
    assert injected_master(path, MASTER, mine) == MASTER_KEY
    assert not is_tampered(path)
    assert verify(path).ok


def test_without_a_journal_nothing_is_known(tmp_path: Path) -> None:
    assert not is_tampered(tmp_path / "nowhere.db")


def test_what_a_torn_tap_left_goes_too(tmp_path: Path) -> None:
    path = tmp_path / "j.db"
    with bound(path) as books:
        with books.commit():
            books.add_torn((1, 0, 9, "key", b"sealed of a torn tap"))
        erase_tampered(books, at(3))
        assert books.torn_rows() == []
        scrub(books, path)
    assert b"sealed of a torn tap" not in b"".join(f.read_bytes() for f in tmp_path.iterdir())


def test_the_flag_is_seen_before_a_migration(tmp_path: Path) -> None:
    path = tmp_path / "j.db"
    with bound(path) as books:
        erase_tampered(books, at(3))
        books.rows("PRAGMA user_version = 4")
    assert is_tampered(path)
