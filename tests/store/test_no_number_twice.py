"""Sales, cuts, stops and restored journals in any order: no trace number, no key is used twice."""

from __future__ import annotations

import shutil
import tempfile
from pathlib import Path

from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, rule

from cardamom.engines.keys.working import Scheme
from cardamom.faults import JournalFault
from cardamom.store.books import Books
from cardamom.store.guard import BLOCK, Binding
from cardamom.store.injection import take_protection
from cardamom.store.migrate import open_books
from cardamom.store.schema import STEPS
from cardamom.store.verify import verify
from support.keyed import BOARD, PROTECTION, initial_block, inject
from support.ledger import MASTER, asked, at


class NumbersMachine(RuleBasedStateMachine):
    """The model: every number and key that a commit has given out, in any life of the journal."""

    def __init__(self) -> None:
        super().__init__()
        self.folder = tempfile.TemporaryDirectory()
        self.path = Path(self.folder.name) / "j.db"
        self.copies: list[Path] = []
        self.stans: list[int] = []
        self.ksns: list[str] = []
        self.books = self._opened()

    def teardown(self) -> None:
        self.books.close()
        assert verify(self.path).ok
        self.folder.cleanup()

    @initialize()
    def keys_come_in(self) -> None:
        inject(self.books, initial_block())

    @rule(count=st.sampled_from((1, 2, 5, BLOCK, 2 * BLOCK)))
    def sell(self, count: int) -> None:
        for _ in range(count):
            started, _, intent = asked(batch=self.books.batch())
            try:
                record = self.books.begin((started, intent), None)
            except JournalFault:
                assert self.books.guard.barred is not None
                return
            assert record.stan is not None
            self.stans.append(record.stan)
            self.ksns.append(record.ksn)

    @rule(orderly=st.booleans())
    def start_again(self, orderly: bool) -> None:
        if orderly:
            self.books.guard.release()
        self.books.close()
        self.books = self._opened()

    @rule()
    def copy(self) -> None:
        self.books.checkpoint(truncate=True)
        self.copies.append(self.path.with_name(f"copy{len(self.copies)}"))
        shutil.copy(self.path, self.copies[-1])

    @rule(data=st.data())
    def restore(self, data: st.DataObject) -> None:
        if not self.copies:
            return
        self.books.close()
        for side in self.path.parent.glob("j.db-*"):
            side.unlink()
        shutil.copy(data.draw(st.sampled_from(self.copies)), self.path)
        self.books = self._opened()

    @rule()
    def take_into_use_again(self) -> None:
        if self.books.guard.barred is not None:
            assert take_protection(self.books, PROTECTION, "99", at(60)).rearmed
            assert self.books.guard.barred is None

    @invariant()
    def nothing_was_used_twice(self) -> None:
        assert len(set(self.stans)) == len(self.stans)
        assert len(set(self.ksns)) == len(self.ksns)

    def _opened(self) -> Books:
        binding = Binding(board=BOARD, mark=self.path.with_name("mark"), scheme=Scheme.DUKPT_TDES)
        return open_books(self.path, MASTER, at, STEPS, binding)


TestNumbers = NumbersMachine.TestCase
TestNumbers.settings = settings(max_examples=30, stateful_step_count=15, deadline=None)
