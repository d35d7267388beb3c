"""What a damaged journal owes is found, and a new journal goes on with it."""

from __future__ import annotations

import sqlite3
from contextlib import closing
from pathlib import Path

import msgspec
import pytest

from cardamom.engines.keys.working import Scheme
from cardamom.faults import JournalFault
from cardamom.store.carry import Begun, _keep_aside, begin_anew
from cardamom.store.guard import Binding
from cardamom.store.injection import KeyRefused, import_block
from cardamom.store.mark import Mark, MarkFile
from cardamom.store.migrate import open_books
from cardamom.store.salvage import MARGIN, Found, read, salvage, write
from cardamom.store.schema import STEPS
from cardamom.store.verify import verify
from cardamom.values.events import AdviceSent, RepeatSent, Restarted, ReversalSent
from cardamom.values.secret import Key
from cardamom.values.states import Recourse, State, Step
from cardamom.values.terminal_events import BatchClosed, BatchClosing
from support.keyed import BOARD, KSN, bound, initial_block, inject
from support.ledger import (
    CARD,
    EVENTS,
    MASTER,
    NUMBER,
    answer,
    asked,
    at,
    books_at,
    card_read,
    card_result,
    intent,
    sell,
    started,
)

PAGE = 4096
HOST = "acquirer.test:8583"
REVERSING, FLYING, PARKED, ADVISING, REPEATING = 41, 42, 43, 44, 45


@pytest.fixture
def path(tmp_path: Path) -> Path:
    """Forty sales in a closed batch and the next, then one transaction of each kind that owes."""
    file = tmp_path / "j.db"
    with bound(file, mark=tmp_path / "mark") as books:
        for _ in range(30):
            sell(books)
        closing_ = BatchClosing(at=at(20), batch=1, operator="01", totals=())
        books.note_all((closing_, BatchClosed(at=at(21), batch=1, opened=2)))
        for _ in range(10):
            txn = books.begin(asked(batch=2), CARD).txn
            books.append(txn, (answer(), card_result()), None)
        txn = books.begin(asked("till-9", batch=2), CARD).txn
        assert txn == REVERSING
        books.append(txn, (Restarted(at=at(9)),), None)
        books.append(txn, (ReversalSent(at=at(10), host=HOST),), None)
        assert books.begin(asked(batch=2), CARD).txn == FLYING
        txn = books.begin(asked(batch=2), CARD).txn
        books.append(txn, (EVENTS[Step.NO_ANSWER], EVENTS[Step.PARK]), None)
        begun = (started(batch=2), card_read(), card_result(first=True))
        txn = books.begin(begun, CARD).txn
        books.append(txn, (AdviceSent(at=at(10), host=HOST),), None)
        begun_ = (started(batch=2), card_read(), intent(recourse=Recourse.REPEAT))
        txn = books.begin(begun_, CARD).txn
        books.append(txn, (EVENTS[Step.NO_ANSWER], RepeatSent(at=at(11), host=HOST)), None)
        assert txn == REPEATING
        books.checkpoint(truncate=True)
    return file


def _leaves(path: Path, table: str) -> list[int]:
    """Page numbers of a table's leaves, in order."""
    with closing(sqlite3.connect(path)) as db:
        try:
            query = "SELECT pageno FROM dbstat WHERE name = ? AND pagetype = 'leaf' ORDER BY path"
            return [row[0] for row in db.execute(query, (table,))]
        except sqlite3.OperationalError:
            pytest.skip("this SQLite has no dbstat")


def _destroy(path: Path, pages: list[int]) -> None:
    raw = bytearray(path.read_bytes())
    for page in pages:
        raw[(page - 1) * PAGE : page * PAGE] = b"\x5a" * PAGE
    path.write_bytes(raw)


def _states(found: Found) -> dict[int, bool]:
    return {story.txn: story.sound for story in found.salvaged.stories}


def _anew(path: Path, found: Found, tmp_path: Path, key: Key = MASTER) -> Begun:
    mark = tmp_path / "mark"
    return begin_anew(path, key, Binding(board=BOARD, mark=mark), found.salvaged, "Li Lei", at(99))


def test_a_whole_journal_tells_everything(path: Path, tmp_path: Path) -> None:
    found = salvage(path, MarkFile(tmp_path / "mark").read())
    assert found.salvaged.missing == 0
    assert not found.end_missing
    assert found.last_at == at(11)
    assert _states(found) == dict.fromkeys(range(REVERSING, REPEATING + 1), True)
    assert [r.txn for r in found.unsettled] == list(range(31, 41))
    assert found.unreadable == []
    with books_at(path) as books:
        assert found.owed == [books.get(txn) for txn in range(REVERSING, REPEATING + 1)]
    assert (found.salvaged.last_txn, found.salvaged.last_batch) == (REPEATING, 2)


def test_without_a_mark_numbers_go_on_with_a_margin(path: Path) -> None:
    with books_at(path) as books:
        used = books.guard.last_stan()
        books.append(REVERSING, (ReversalSent(at=at(12), host=HOST),), None)
    assert salvage(path).salvaged.last_stan == used + MARGIN


def test_the_log_is_read_too(path: Path) -> None:
    with books_at(path) as books:
        more = books.begin(asked(batch=2), CARD).txn
        found = salvage(path)
    assert _states(found)[more]


@pytest.mark.parametrize("lost", ["header", "every index", "early events", "the view"])
def test_damage_elsewhere_leaves_what_is_owed_sound(path: Path, lost: str) -> None:
    match lost:
        case "header":
            pages = [1]
        case "every index":
            with closing(sqlite3.connect(path)) as db:
                names = db.execute("SELECT name FROM sqlite_schema WHERE type = 'index'")
                pages = [page for (name,) in names.fetchall() for page in _leaves(path, name)]
        case "early events":
            pages = _leaves(path, "events")[1:3]
        case _:
            pages = _leaves(path, "transactions")
    _destroy(path, pages)
    found = salvage(path)
    assert (found.salvaged.missing > 0) == (lost == "early events")
    assert _states(found) == dict.fromkeys(range(REVERSING, REPEATING + 1), True)


def test_a_gap_among_or_behind_its_events_makes_a_transaction_unsure(path: Path) -> None:
    last = _leaves(path, "events")[-1]
    _destroy(path, [last, *_leaves(path, "transactions")])
    found = salvage(path)
    assert found.salvaged.missing == 0
    assert MarkFile(path.with_name("mark")).read() is not None
    found = salvage(path, Mark(seq=100_000, head=bytes(32), stan=500, batch=3))
    assert set(_states(found).values()) <= {False}
    assert found.salvaged.missing == 100_000 - found.salvaged.events
    assert found.end_missing
    assert (found.salvaged.last_stan, found.salvaged.last_batch) == (500, 3)


def test_what_the_view_alone_tells_is_shown_and_not_carried(path: Path) -> None:
    with books_at(path) as books:
        whole = {txn: len(books.events(txn)) for txn in range(REVERSING, REPEATING + 1)}
        books.checkpoint(truncate=True)
    _destroy(path, _leaves(path, "events")[-2:])
    found = salvage(path)
    assert found.end_missing
    assert [record.txn for record in found.owed] == list(whole)
    left = {story.txn: len(story.events) for story in found.salvaged.stories if story.sound}
    assert len(left) < len(whole)
    assert left == {txn: whole[txn] for txn in left}
    assert found.salvaged.last_txn == REPEATING


def test_a_file_that_is_cut_short_tells_that_its_end_is_missing(path: Path) -> None:
    """Without a mark, too: else nothing would seem to be owed, and nothing missing."""
    raw = path.read_bytes()
    path.write_bytes(raw[: len(raw) // PAGE // 2 * PAGE])
    found = salvage(path)
    assert 0 < found.salvaged.events < 200
    assert found.end_missing


def test_an_event_that_was_changed_is_not_proved(path: Path) -> None:
    raw = path.read_bytes()
    with closing(sqlite3.connect(path)) as db:
        query = "SELECT body FROM events WHERE txn = ? AND body LIKE '%\"started\"%'"
        body = db.execute(query, (REVERSING,)).fetchone()[0].encode()
    at_ = raw.index(body)
    path.write_bytes(
        raw[:at_] + body.replace(b'"minor":1234', b'"minor":9234') + raw[at_ + len(body) :]
    )
    found = salvage(path)
    assert found.salvaged.missing == 1
    states = _states(found)
    assert not states.pop(REVERSING)
    assert set(states.values()) == {True}


def test_a_new_journal_goes_on_with_what_is_owed(path: Path, tmp_path: Path) -> None:
    with books_at(path) as books:
        old = {txn: books.get(txn) for txn in range(REVERSING, REPEATING + 1)}
        used = {r.stan for r in books.recent(999)}
    known = MarkFile(tmp_path / "mark").read()
    _destroy(path, [1])
    file = write(salvage(path, known), tmp_path / "out")
    assert file.stat().st_mode & 0o777 == 0o600
    assert NUMBER not in file.read_text()
    begun = begin_anew(
        path,
        MASTER,
        Binding(board=BOARD, mark=tmp_path / "mark"),
        read(file),
        "Li Lei",
        at(99),
    )
    assert begun.open == (REVERSING, FLYING, ADVISING, REPEATING)
    assert begun.parked == (PARKED,)
    assert begun.batch == 3
    assert begun.kept is not None
    assert Path(begun.kept).is_file()
    assert verify(path).ok
    with bound(path, mark=tmp_path / "mark") as books:
        assert books.guard.barred is None
        for txn, before in old.items():
            now = books.get(txn)
            assert before is not None
            assert now is not None
            assert now.sealed != before.sealed
            for name in ("state", "stan", "amount", "host", "owed", "batch", "card_hash", "ksn"):
                assert getattr(now, name) == getattr(before, name)
            held = books.card(txn)
            assert held is not None
            assert (held.pan, held.expiry, held.psn) == (CARD.pan, CARD.expiry, CARD.psn)
        again = books.append(REVERSING, (ReversalSent(at=at(100), host=HOST),), None)
        assert again.owed is not None
        assert again.owed.attempts == 2
        sold = books.begin(asked(batch=3), CARD)
        assert sold.txn == REPEATING + 1
        assert sold.stan not in used
        assert known is not None
        assert sold.stan is not None
        assert sold.stan > known.stan
        assert books.by_reference("till-9") is not None
    assert verify(path).ok


def test_a_cut_between_the_old_journal_and_the_new_leaves_the_old(
    path: Path, tmp_path: Path
) -> None:
    _destroy(path, [1])
    found = salvage(path, MarkFile(tmp_path / "mark").read())
    damaged = path.read_bytes()
    path.with_name("j.db-wal").write_bytes(b"log")
    kept = _keep_aside(path, at(99))
    assert kept is not None
    assert path.read_bytes() == damaged
    begun = _anew(path, found, tmp_path)  # in the same second, as a clock without a battery has it
    assert begun.kept == str(kept)
    assert kept.read_bytes() == damaged
    assert kept.with_name(f"{kept.name}-wal").read_bytes() == b"log"
    assert verify(path).ok
    assert _keep_aside(path, at(99)) == kept.with_name(f"{kept.name}-2")
    assert kept.read_bytes() == damaged


def test_what_is_not_sure_waits_for_a_supervisor(path: Path, tmp_path: Path) -> None:
    found = salvage(path, Mark(seq=100_000, head=bytes(32), stan=500, batch=3))
    begun = _anew(_lost(path), found, tmp_path)
    assert begun.open == (ADVISING,)
    assert begun.parked == (REVERSING, FLYING, PARKED, REPEATING)
    with bound(path, mark=tmp_path / "mark") as books:
        record = books.get(REVERSING)
        assert record is not None
        assert (record.state, record.receipts_owed) == (State.PARKED, ("parked",))
        assert books.guard.last_stan() >= 500
        assert books.batch() == 4


def test_without_the_cards_data_a_reversal_waits_for_a_supervisor(
    path: Path, tmp_path: Path
) -> None:
    found = salvage(path)
    begun = _anew(_lost(path), found, tmp_path, Key(bytes(32)))
    assert begun.parked == (REVERSING, FLYING, PARKED, ADVISING, REPEATING)


def _lost(path: Path) -> Path:
    path.unlink()
    return path


def test_a_sound_journal_is_never_replaced(path: Path, tmp_path: Path) -> None:
    before = path.read_bytes()
    found = salvage(path)
    with pytest.raises(JournalFault, match="is a sound journal"):
        _anew(path, found, tmp_path)
    assert path.read_bytes() == before


def test_a_journal_of_newer_firmware_is_never_replaced(path: Path, tmp_path: Path) -> None:
    found = salvage(path)
    open_books(path, MASTER, at, (*STEPS, ("CREATE TABLE more (a INTEGER) STRICT",))).close()
    with pytest.raises(JournalFault, match="newer firmware"):
        _anew(path, found, tmp_path)
    assert not list(tmp_path.glob("*.damaged-*"))


def test_a_cut_in_the_middle_is_begun_again(path: Path, tmp_path: Path) -> None:
    found = salvage(path)
    path.with_name("j.db.new").write_bytes(b"half")
    path.with_name("j.db.new-wal").write_bytes(b"half")
    begun = _anew(_lost(path), found, tmp_path)
    assert begun.kept is None
    assert verify(path).ok
    assert not list(tmp_path.glob("j.db.new*"))


def test_a_lost_journal_begins_above_the_mark_alone(tmp_path: Path) -> None:
    mark = tmp_path / "mark"
    MarkFile(mark).write(Mark(seq=900, head=bytes(32), stan=700, batch=5))
    with pytest.raises(JournalFault, match="no event of a journal"):
        salvage(mark)
    found = Found(read(_empty(tmp_path)))
    begun = _anew(tmp_path / "j.db", found, tmp_path)
    assert (begun.batch, begun.last_stan) == (6, 700)
    with bound(tmp_path / "j.db", mark=mark) as books:
        assert books.begin(asked(batch=6), CARD).stan == 701


def _empty(folder: Path) -> Path:
    path = folder / "empty.json"
    path.write_text("{}")
    return path


@pytest.mark.parametrize("content", [b"", b"[]", b"\xff", b'{"format": 9}', b'{"stories": 1}'])
def test_a_file_that_is_none_of_ours_is_refused(tmp_path: Path, content: bytes) -> None:
    path = tmp_path / "owed.json"
    path.write_bytes(content)
    with pytest.raises(JournalFault):
        read(path)


def test_a_salvaged_file_is_not_overwritten(path: Path, tmp_path: Path) -> None:
    found = salvage(path)
    write(found, tmp_path / "out")
    with pytest.raises(JournalFault, match="another folder"):
        write(found, tmp_path / "out")


def test_no_initial_key_that_was_loaded_comes_in_again(tmp_path: Path) -> None:
    """The mark knows the last one alone."""
    path, mark = tmp_path / "j.db", tmp_path / "mark"
    other = bytes.fromhex("FFFF9876543211000000")
    with bound(path, mark=mark, scheme=Scheme.DUKPT_TDES) as books:
        inject(books, initial_block(), initial_block(other))
        sell(books)
        books.checkpoint(truncate=True)
    _destroy(path, [1])
    found = salvage(path, MarkFile(mark).read())
    assert found.salvaged.loaded == ("FFFF9876543210E00000", "FFFF9876543211000000")
    binding = Binding(board=BOARD, mark=mark, scheme=Scheme.DUKPT_TDES)
    begin_anew(path, MASTER, binding, read(write(found, tmp_path / "out")), "Li Lei", at(99))
    with bound(path, mark=mark, scheme=Scheme.DUKPT_TDES) as books:
        inject(books)
        for serial in (KSN, other):
            with pytest.raises(KeyRefused, match="used twice"):
                import_block(books, initial_block(serial), "99", at())
    changed = msgspec.structs.replace(found.salvaged, loaded=("zz",))
    _destroy(path, [1])
    with pytest.raises(JournalFault, match="was changed"):
        begin_anew(path, MASTER, binding, changed, "Li Lei", at(99))
