"""Keys at rest: sealed, each used once, and in one commit with what uses them."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest

from cardamom.engines.keys import dukpt, dukpt_aes, dukpt_tdes
from cardamom.engines.keys.working import Scheme
from cardamom.faults import JournalFault
from cardamom.store.books import Books
from cardamom.store.carry import begin_anew
from cardamom.store.guard import BLOCK, Binding
from cardamom.store.injection import (
    KeyRefused,
    erase_keys,
    import_block,
    take_protection,
)
from cardamom.store.keyring import HELD, Handed, Slot
from cardamom.store.salvage import Salvaged
from cardamom.values.events import Restarted, ReversalSent
from cardamom.values.states import ForbiddenStepError
from cardamom.values.terminal_events import BatchClosing, BatchTotalsSent
from support.dukpt import tdes_at
from support.keyed import (
    AES_BDK,
    AES_KSN,
    BDK,
    BOARD,
    KSN,
    PROTECTION,
    aes_block,
    bound,
    initial_block,
    inject,
)
from support.ledger import (
    CARD,
    MASTER,
    answer,
    asked,
    at,
    rows,
)


def _ksn(books: Books) -> str:
    return books.begin(asked(), CARD).ksn


def test_each_message_takes_the_next_key_and_the_host_derives_the_same(tmp_path: Path) -> None:
    handed = Handed()
    with bound(tmp_path / "j.db", scheme=Scheme.DUKPT_TDES, handed=handed) as books:
        inject(books, initial_block())
        for counter in range(1, 20):
            ksn = _ksn(books)
            assert int(ksn, 16) == int.from_bytes(KSN, "big") + counter
            assert handed.take(ksn) == dukpt_tdes.derive(BDK, bytes.fromhex(ksn))
            assert handed.take(ksn) is None


def test_aes_keys_the_same(tmp_path: Path) -> None:
    handed = Handed()
    with bound(tmp_path / "j.db", scheme=Scheme.DUKPT_AES, handed=handed) as books:
        inject(books, aes_block())
        ksn = _ksn(books)
        assert ksn == AES_KSN.hex().upper()[:-1] + "1"
        assert handed.take(ksn) == dukpt_aes.derive(AES_BDK, bytes.fromhex(ksn))


def test_aes_registers_with_working_keys_for_tdes(tmp_path: Path) -> None:
    handed, scheme = Handed(), Scheme.DUKPT_AES_TDES
    with bound(tmp_path / "j.db", scheme=scheme, handed=handed) as books:
        inject(books, aes_block())
        ksn = _ksn(books)
        assert handed.take(ksn) == dukpt.derive(scheme, AES_BDK, bytes.fromhex(ksn))


def test_follow_ups_and_totals_take_keys_of_their_own(tmp_path: Path) -> None:
    with bound(tmp_path / "j.db", scheme=Scheme.DUKPT_TDES) as books:
        inject(books, initial_block())
        taken = [_ksn(books)]
        books.append(1, (Restarted(at=at(9)),), None)
        for _ in range(2):
            sent = ReversalSent(at=at(10), host="acquirer.test:8583")
            owed = books.append(1, (sent,), None).owed
            assert owed is not None
            taken.append(owed.ksn)
        closing = BatchClosing(at=at(20), batch=1, operator="01", totals=())
        told = BatchTotalsSent(at=at(21), batch=1, currency="CNY")
        noted = books.note_all((closing, told))[1]
        again = books.note_all((told,))[0]
        assert isinstance(noted, BatchTotalsSent)
        assert isinstance(again, BatchTotalsSent)
        assert again.stan == noted.stan
        taken += [noted.ksn, again.ksn]
    assert len(set(taken)) == 5


def test_a_refused_commit_burns_no_key_and_hands_none_over(tmp_path: Path) -> None:
    path = tmp_path / "j.db"
    handed = Handed()
    with bound(path, scheme=Scheme.DUKPT_TDES, handed=handed) as books:
        inject(books, initial_block())
        first = _ksn(books)
        before = rows(path)
        with pytest.raises(ForbiddenStepError):
            books.begin((*asked(), asked()[2]), CARD)
        assert rows(path) == before
        following = _ksn(books)
        assert int(following, 16) == int(first, 16) + 1


@pytest.mark.parametrize("orderly", [True, False])
def test_no_key_is_used_twice_over_restarts(tmp_path: Path, orderly: bool) -> None:
    path, mark = tmp_path / "j.db", tmp_path / "mark"
    used: list[str] = []
    for start in range(4):
        with bound(path, mark=mark, scheme=Scheme.DUKPT_TDES, orderly=orderly) as books:
            if start == 0:
                inject(books, initial_block())
            used += [_ksn(books) for _ in range(3)]
    assert len(set(used)) == len(used)
    assert used == sorted(used)
    assert (int(used[-1], 16) - int(used[0], 16) == len(used) - 1) == orderly


@pytest.mark.parametrize("more", [1, 10, BLOCK])
def test_a_restored_journal_uses_no_key_twice(tmp_path: Path, more: int) -> None:
    path, mark, copy = tmp_path / "j.db", tmp_path / "mark", tmp_path / "copy"
    with bound(path, mark=mark, scheme=Scheme.DUKPT_TDES) as books:
        inject(books, initial_block())
        used = {_ksn(books)}
        books.checkpoint(truncate=True)
        shutil.copy(path, copy)
        used |= {_ksn(books) for _ in range(more)}
    for side in path.parent.glob("j.db-*"):
        side.unlink()
    shutil.copy(copy, path)
    with bound(path, mark=mark, scheme=Scheme.DUKPT_TDES) as books:
        if books.guard.barred is not None:
            take_protection(books, PROTECTION, "99", at(50))
        fresh = {books.begin(asked(batch=books.batch()), CARD).ksn for _ in range(BLOCK)}
        assert not used & fresh


def test_a_lost_hand_over_is_none_and_memory_is_bounded(tmp_path: Path) -> None:
    path = tmp_path / "j.db"
    handed = Handed()
    with bound(path, scheme=Scheme.DUKPT_TDES, handed=handed) as books:
        inject(books, initial_block())
        taken = [_ksn(books) for _ in range(HELD + 2)]
        assert [handed.take(k) is not None for k in taken] == [False] * 2 + [True] * HELD


def test_without_an_injected_key_nothing_is_written(tmp_path: Path) -> None:
    path = tmp_path / "j.db"
    with (
        bound(path, scheme=Scheme.DUKPT_TDES) as books,
        pytest.raises(JournalFault, match="cardamom keys"),
    ):
        _ksn(books)
    assert rows(path) == 0


def test_when_all_keys_are_used_nothing_is_written(tmp_path: Path) -> None:
    path = tmp_path / "j.db"
    last = tdes_at(dukpt_tdes.initial_key(BDK, KSN), KSN, dukpt_tdes.COUNTERS.last)
    with bound(path, mark=tmp_path / "mark", scheme=Scheme.DUKPT_TDES) as books:
        inject(books, initial_block())
        with books.commit():
            books.guard.keyring.put(Slot.DUKPT, last.to_bytes(), (), at())
        assert _ksn(books).endswith("FFF800")
        before = rows(path)
        for refused in (lambda: _ksn(books), lambda: books.guard.check(at())):
            with pytest.raises(JournalFault, match="inject a new initial key"):
                refused()
        assert rows(path) == before
        books.append(1, (answer(),), None)
    with (
        bound(path, mark=tmp_path / "mark", scheme=Scheme.DUKPT_TDES) as books,
        pytest.raises(JournalFault, match="inject a new initial key"),
    ):
        _ksn(books)


def test_an_initial_key_is_loaded_once(tmp_path: Path) -> None:
    path, mark = tmp_path / "j.db", tmp_path / "mark"
    with bound(path, mark=mark, scheme=Scheme.DUKPT_TDES) as books:
        inject(books, initial_block(), initial_block())
        _ksn(books)
        for _ in range(2):
            with pytest.raises(KeyRefused, match="used twice"):
                import_block(books, initial_block(), "99", at())
        import_block(books, initial_block(bytes.fromhex("FFFF9876543211000000")), "99", at())
        with pytest.raises(KeyRefused, match="used twice"):
            import_block(books, initial_block(), "99", at())
        assert erase_keys(books, "99", at()) == ("dukpt", "protection")
        inject(books)
        with pytest.raises(KeyRefused, match="used twice"):
            import_block(books, initial_block(), "99", at())


@pytest.mark.parametrize("how", ["a new journal", "components", "erased before"])
def test_a_lost_journal_does_not_let_its_initial_key_in_again(tmp_path: Path, how: str) -> None:
    """The mark alone remembers it then, however often it is written without a key there."""
    path, mark = tmp_path / "j.db", tmp_path / "mark"
    with bound(path, mark=mark, scheme=Scheme.DUKPT_TDES) as books:
        inject(books, initial_block())
        _ksn(books)
        if how == "erased before":
            erase_keys(books, "99", at())
            books.guard.release()
    for file in tmp_path.glob("j.db*"):
        file.unlink()
    if how == "a new journal":
        binding = Binding(board=BOARD, mark=mark, scheme=Scheme.DUKPT_TDES)
        begin_anew(path, MASTER, binding, Salvaged(), "Li Lei", at(99))
    for _ in range(2):
        with bound(path, mark=mark, scheme=Scheme.DUKPT_TDES, orderly=True) as books:
            inject(books)
            with pytest.raises(KeyRefused, match="used twice"):
                import_block(books, initial_block(), "99", at())
    with bound(path, mark=mark, scheme=Scheme.DUKPT_TDES) as books:
        import_block(books, initial_block(bytes.fromhex("FFFF9876543211000000")), "99", at())
        assert books.begin(asked(batch=books.batch()), CARD).ksn == "FFFF9876543211000001"
        with pytest.raises(KeyRefused, match="used twice"):
            import_block(books, initial_block(), "99", at())


def test_erased_keys_are_in_no_file_any_more(tmp_path: Path) -> None:
    path, mark = tmp_path / "j.db", tmp_path / "mark"
    with bound(path, mark=mark, scheme=Scheme.DUKPT_TDES) as books:
        inject(books, initial_block())
        for _ in range(3):
            _ksn(books)
        books.checkpoint()
        sealed = [row[0] for row in books._db.execute("SELECT sealed FROM key_slots")]
        erase_keys(books, "99", at())
        kept = [row[0] for row in books._db.execute("SELECT sealed FROM key_slots")]
        for file in tmp_path.iterdir():
            content = file.read_bytes()
            assert not any(box in content for box in sealed if box not in kept)
        assert len(sealed) == 3
        assert len(kept) == 1
