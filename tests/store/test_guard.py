"""A journal is held to its board and its mark: a copy of it takes no payment, no number twice."""

from __future__ import annotations

import shutil
from dataclasses import replace
from pathlib import Path

import pytest

from cardamom.faults import JournalFault
from cardamom.store.books import Books
from cardamom.store.guard import BLOCK
from cardamom.store.injection import import_block, take_protection
from cardamom.store.keyring import board_mark
from cardamom.store.mark import MarkFile
from cardamom.store.numbers import MAX_STAN
from cardamom.store.verify import verify
from cardamom.values.events import Restarted, ReversalSent
from cardamom.values.secret import Key
from cardamom.values.states import State
from cardamom.values.terminal_events import BatchClosed, BatchClosing
from support.keyed import (
    BOARD,
    OTHER_BOARD,
    PROTECTION,
    bound,
    inject,
    master_block,
)
from support.ledger import (
    CARD,
    MASTER,
    answer,
    asked,
    at,
    card_read,
    card_result,
    sell,
    started,
    unguarded,
)


def _stans(books: Books, count: int) -> list[int]:
    found = []
    for _ in range(count):
        stan = books.begin(asked(batch=books.batch()), CARD).stan
        assert stan is not None
        found.append(stan)
    return found


@pytest.fixture
def paths(tmp_path: Path) -> tuple[Path, Path]:
    return tmp_path / "j.db", tmp_path / "mark"


def test_the_same_board_goes_on(paths: tuple[Path, Path]) -> None:
    path, mark = paths
    for _ in range(3):
        with bound(path, mark=mark) as books:
            assert books.guard.barred is None
            sell(books)
    assert verify(path).ok


def test_a_cut_skips_what_was_reserved_and_an_orderly_stop_nothing(
    paths: tuple[Path, Path],
) -> None:
    path, mark = paths
    with bound(path, mark=mark) as books:
        assert _stans(books, 2) == [1, 2]
    with bound(path, mark=mark, orderly=True) as books:
        assert _stans(books, 2) == [BLOCK + 1, BLOCK + 2]
    with bound(path, mark=mark) as books:
        assert _stans(books, 1) == [BLOCK + 3]


def test_the_mark_is_written_once_a_block(paths: tuple[Path, Path]) -> None:
    path, mark = paths
    with bound(path, mark=mark) as books:
        seen = set()
        for _ in range(3 * BLOCK):
            books.begin((asked()[0], asked()[2]), None)
            seen.add(mark.read_bytes())
        assert len(seen) <= 3 * BLOCK * 2 // BLOCK + 3


def test_numbers_stay_covered_where_they_come_round(paths: tuple[Path, Path]) -> None:
    path, mark = paths
    with bound(path, mark=mark, orderly=True) as books:
        sell(books)
    with unguarded(path) as db:
        db.execute("UPDATE meta SET value = ? WHERE name = 'stan'", (MAX_STAN - 2,))
    file = MarkFile(mark)
    known = file.read()
    assert known is not None
    file.write(replace(known, stan=MAX_STAN - 2))
    with bound(path, mark=mark) as books:
        got = _stans(books, 5)
    assert got == [MAX_STAN - 1, MAX_STAN, 2, 3, 4]
    with bound(path, mark=mark) as books:
        assert _stans(books, 1)[0] > 4


@pytest.mark.parametrize("sales", [1, 5, 40, 200])
def test_a_restored_journal_uses_no_trace_number_twice(
    paths: tuple[Path, Path], sales: int
) -> None:
    """Within a block it cannot be told from a sound one: its numbers are fresh all the same."""
    path, mark = paths
    copy = path.with_name("copy.db")
    with bound(path, mark=mark) as books:
        used = set(_stans(books, 3))
        books.checkpoint(truncate=True)
        shutil.copy(path, copy)
        used |= set(_stans(books, sales))
    for side in path.parent.glob("j.db-*"):
        side.unlink()
    shutil.copy(copy, path)
    with bound(path, mark=mark) as books:
        if books.guard.barred is None:
            assert not used & set(_stans(books, BLOCK * 2))
        else:
            assert sales * 3 >= BLOCK
            with pytest.raises(JournalFault, match="restored or cloned"):
                _stans(books, 1)


def _restored(path: Path, mark: Path) -> None:
    """A journal of one open sale, put back after fifty more."""
    copy = path.with_name("copy.db")
    with bound(path, mark=mark) as books:
        inject(books)
        books.begin(asked(), CARD)
        books.checkpoint(truncate=True)
        shutil.copy(path, copy)
        for _ in range(50):
            sell(books)
    for side in path.parent.glob("j.db-*"):
        side.unlink()
    shutil.copy(copy, path)


def test_a_restored_journal_takes_no_payment_and_sends_nothing(paths: tuple[Path, Path]) -> None:
    path, mark = paths
    _restored(path, mark)
    with bound(path, mark=mark) as books:
        assert books.guard.behind
        for kind in (lambda: books.begin(asked(), CARD), lambda: _reverse(books)):
            with pytest.raises(JournalFault, match=r"restored or cloned.*cardamom keys import"):
                kind()
        sold = books.get(1)
        assert sold is not None
        assert sold.state is State.REVERSING


def _reverse(books: Books) -> None:
    record = books.get(1)
    if record is not None and record.state is State.IN_FLIGHT:
        books.append(1, (Restarted(at=at(9)),), None)
    books.append(1, (ReversalSent(at=at(10), host="acquirer.test:8583"),), None)


def test_injecting_again_parks_what_stood_open_and_opens_a_new_batch(
    paths: tuple[Path, Path],
) -> None:
    path, mark = paths
    _restored(path, mark)
    known = MarkFile(mark).read()
    assert known is not None
    with bound(path, mark=mark) as books:
        done = import_block(books, master_block(), "99", at(60))
        assert done.rearmed
        parked = books.get(1)
        assert parked is not None
        assert parked.state is State.PARKED
        assert parked.receipts_owed == ("parked",)
        assert books.batch() == 2
        assert books.z_owed() == [1]
        assert _stans(books, 1)[0] > known.stan
    with bound(path, mark=mark) as books:
        assert books.guard.barred is None
    assert verify(path).ok


def test_a_cut_before_the_new_mark_leaves_it_refused(paths: tuple[Path, Path]) -> None:
    """The mark tells of the journal only after the commit that took it into use again."""
    path, mark = paths
    _restored(path, mark)
    before = mark.read_bytes()
    with bound(path, mark=mark) as books:
        import_block(books, master_block(), "99", at(60))
    mark.write_bytes(before)
    with bound(path, mark=mark) as books:
        assert books.guard.barred is not None
        import_block(books, master_block(), "99", at(61))
        assert books.guard.barred is None


def test_another_board_takes_no_payment_until_keys_come_in(paths: tuple[Path, Path]) -> None:
    path, mark = paths
    with bound(path, mark=mark) as books:
        inject(books, master_block())
        sell(books)
        books.begin(asked(), CARD)
    with bound(path, mark=mark, board=OTHER_BOARD) as books:
        with pytest.raises(JournalFault, match="belong to another board"):
            books.begin(asked(), CARD)
        with pytest.raises(JournalFault, match="cardamom keys components"):
            import_block(books, master_block(), "99", at(60))
        take_protection(books, PROTECTION, "99", at(60))
        assert [h.slot for h in books.guard.keyring.held()] == ["board", "protection"]
        found = books.get(2)
        assert found is not None
        assert found.state is State.PARKED
        sell(books)
    with bound(path, mark=mark, board=BOARD) as books, pytest.raises(JournalFault, match="board"):
        books.begin(asked(), CARD)
    assert verify(path).ok


def test_a_journal_that_says_it_is_of_this_board_opens_no_key_here(
    paths: tuple[Path, Path],
) -> None:
    """The board's number is bound to what is sealed, not only written beside it."""
    path, mark = paths
    with bound(path, mark=mark) as books:
        inject(books, master_block())
        books._db.execute("UPDATE key_slots SET board = ?", (board_mark(OTHER_BOARD),))
    with (
        bound(path, mark=mark, board=OTHER_BOARD) as books,
        pytest.raises(JournalFault, match="cannot be opened"),
    ):
        books.begin(asked(), CARD)


def test_an_advice_of_a_moved_journal_goes_on_where_its_card_data_opens(
    paths: tuple[Path, Path],
) -> None:
    path, mark = paths
    with bound(path, mark=mark) as books:
        txn = books.begin((started(), card_read(), card_result(first=True)), CARD).txn
    for board, key, state in (
        (OTHER_BOARD, MASTER, State.OFFLINE_APPROVED),
        (BOARD, Key(bytes(32)), State.ADVICE_REFUSED),
    ):
        with bound(path, mark=mark, board=board, key=key) as books:
            take_protection(books, PROTECTION, "99", at(60))
            found = books.get(txn)
            assert found is not None
            assert found.state is state


def test_an_approved_sale_of_a_moved_journal_is_undone_by_nobody(paths: tuple[Path, Path]) -> None:
    path, mark = paths
    with bound(path, mark=mark) as books:
        txn = books.begin(asked(), CARD).txn
        books.append(txn, (answer(), card_result()), None)
    with bound(path, mark=mark, board=OTHER_BOARD) as books:
        take_protection(books, PROTECTION, "99", at(60))
        found = books.get(txn)
        assert found is not None
        assert found.state is State.APPROVED


def test_a_journal_without_its_mark_takes_no_payment(paths: tuple[Path, Path]) -> None:
    path, mark = paths
    with bound(path, mark=mark) as books:
        sell(books)
    mark.unlink()
    with bound(path, mark=mark) as books, pytest.raises(JournalFault, match="is missing"):
        books.begin(asked(), CARD)


def test_a_new_journal_beside_an_old_mark_takes_no_payment(paths: tuple[Path, Path]) -> None:
    path, mark = paths
    with bound(path, mark=mark) as books:
        for _ in range(30):
            sell(books)
    for file in path.parent.glob("j.db*"):
        file.unlink()
    with bound(path, mark=mark) as books, pytest.raises(JournalFault, match="restored or cloned"):
        books.begin(asked(), CARD)


def test_a_cut_before_the_first_binding_was_committed_is_no_clone(
    paths: tuple[Path, Path],
) -> None:
    path, mark = paths
    with bound(path, mark=mark):
        first = mark.read_bytes()
    for file in path.parent.glob("j.db*"):
        file.unlink()
    mark.write_bytes(first)
    with bound(path, mark=mark) as books:
        assert _stans(books, 1) == [BLOCK + 1]


def test_a_mark_that_comes_later_is_taken_up(paths: tuple[Path, Path]) -> None:
    path, mark = paths
    with bound(path) as books:
        sell(books)
    with bound(path, mark=mark) as books:
        sell(books)
    assert MarkFile(mark).read() is not None


def test_the_batch_of_the_mark_is_that_of_the_journal(paths: tuple[Path, Path]) -> None:
    path, mark = paths
    with bound(path, mark=mark) as books:
        closing = BatchClosing(at=at(20), batch=1, operator="01", totals=())
        books.note_all((closing, BatchClosed(at=at(21), batch=1, opened=2)))
        known = MarkFile(mark).read()
        assert known is not None
        assert known.batch == 2


def test_a_mark_that_cannot_be_written_stops_numbers_before_they_are_used(
    paths: tuple[Path, Path],
) -> None:
    path, mark = paths
    with bound(path, mark=mark) as books:
        mark.unlink()
        mark.mkdir()
        with pytest.raises(JournalFault, match=r"security\.mark_file"):
            _stans(books, 2 * BLOCK)
        assert len(books.recent(999)) < BLOCK
        with pytest.raises(JournalFault, match=r"security\.mark_file"):
            books.probe()
