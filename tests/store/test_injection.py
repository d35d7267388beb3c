"""Keys come in, are kept, and are lost: each way is told and has its way out."""

from __future__ import annotations

import sqlite3
from contextlib import closing
from pathlib import Path

import pytest

from cardamom.engines.keys import dukpt_tdes
from cardamom.engines.keys.cipher import Cipher
from cardamom.engines.keys.session import SessionKeys
from cardamom.engines.keys.working import Scheme
from cardamom.faults import JournalFault
from cardamom.store.guard import Binding
from cardamom.store.injection import (
    KeyRefused,
    import_block,
    injected_master,
    master,
    protection,
    take_protection,
)
from cardamom.store.journal import SqliteJournal
from cardamom.store.session_keys import keep_session, kept_session
from cardamom.store.verify import verify
from cardamom.values.alarms import Cause
from cardamom.values.events import Restarted
from cardamom.values.secret import Key
from cardamom.values.states import State, Step
from support.keyed import (
    BDK,
    BOARD,
    MASTER_KEY,
    OTHER_BOARD,
    PROTECTION,
    aes_block,
    bound,
    initial_block,
    inject,
    master_block,
)
from support.ledger import (
    CARD,
    EVENTS,
    MASTER,
    asked,
    at,
    card_read,
    card_result,
    receipt_printed,
    rows,
    run_journal,
    sell,
    started,
)

SESSION = SessionKeys(
    Key(bytes.fromhex("0123456789ABCDEFFEDCBA9876543210")),
    Key(bytes.fromhex("1123456789ABCDEFFEDCBA9876543210")),
)


def test_keys_are_sealed_for_their_slot_and_say_what_they_are(tmp_path: Path) -> None:
    path = tmp_path / "j.db"
    with bound(path, scheme=Scheme.DUKPT_TDES) as books:
        inject(books, initial_block(), master_block())
        told = {h.slot: h.check_values for h in books.guard.keyring.held() if h.slot != "board"}
        assert told["protection"] == (PROTECTION.check.digits,)
        assert told["dukpt"][1] == "FFFF9876543210E00000"
        assert set(told) == {"protection", "dukpt", "master"}
        held = protection(books)
        assert held == (Cipher.AES, PROTECTION.key)
        found = master(books)
        assert found is not None
        assert found[0] is Cipher.TDES
        books.checkpoint()
        events = books._db.execute("SELECT body FROM events WHERE txn = 0").fetchall()
        secret = (PROTECTION.key.reveal(), found[1].reveal())
        for file in tmp_path.iterdir():
            content = file.read_bytes()
            assert not any(key in content or key.hex().encode() in content for key in secret)
        assert sum("keys_changed" in body for (body,) in events) == 3
        books._db.execute(
            "UPDATE key_slots SET sealed = (SELECT sealed FROM key_slots WHERE slot = 'master') "
            "WHERE slot = 'protection'"
        )
        with pytest.raises(JournalFault, match="was changed"):
            protection(books)
    assert verify(path).ok


def test_a_terminal_finds_its_injected_master_key_at_its_start(tmp_path: Path) -> None:
    path = tmp_path / "j.db"
    mine, other = Binding(board=BOARD), Binding(board=OTHER_BOARD)
    assert injected_master(path, MASTER, mine) is None
    with bound(path) as books:
        assert injected_master(path, MASTER, mine) is None
        inject(books, master_block())
    found = injected_master(path, MASTER, mine)
    assert found == MASTER_KEY
    assert injected_master(path, MASTER, other) is None
    assert injected_master(path, Key(bytes(32)), mine) is None
    assert injected_master(path, tmp_path / "nowhere.key", mine) is None


def test_the_first_start_after_an_update_finds_the_master_key_too(tmp_path: Path) -> None:
    """The link is told its key before the journal is migrated."""
    path = tmp_path / "j.db"
    with bound(path) as books:
        inject(books, master_block())
    with closing(sqlite3.connect(path)) as db:  # as the schema that first had keys
        db.executescript("DROP TABLE torn; DROP TABLE members; PRAGMA user_version = 3")
    assert injected_master(path, MASTER, Binding(board=BOARD)) == MASTER_KEY
    with bound(path) as books:
        assert books.torn_rows() == []
    assert injected_master(path, MASTER, Binding(board=BOARD)) == MASTER_KEY
    with closing(sqlite3.connect(path)) as db:  # older than any keys
        db.executescript("DROP TABLE key_slots; PRAGMA user_version = 2")
    assert injected_master(path, MASTER, Binding(board=BOARD)) is None


def test_keys_under_another_journal_key_say_so(tmp_path: Path) -> None:
    path = tmp_path / "j.db"
    with bound(path, scheme=Scheme.DUKPT_TDES) as books:
        inject(books, initial_block())
    with bound(path, key=Key(bytes(32)), scheme=Scheme.DUKPT_TDES) as books:
        with pytest.raises(JournalFault, match="give it its old key back"):
            books.begin((asked()[0], asked()[2]), None)
        assert not any(held.opens for held in books.guard.keyring.held())


def test_a_lost_journal_key_has_a_way_out(tmp_path: Path) -> None:
    """What needed it waits for a supervisor once keys came in under the new one; sales go on."""
    path, mark, new = tmp_path / "j.db", tmp_path / "mark", Key(bytes(32))
    with bound(path, mark=mark) as books:
        inject(books, master_block())
        reversing = books.begin(asked(), CARD).txn
        books.append(reversing, (Restarted(at=at(9)),), None)
        advising = books.begin((started(), card_read(), card_result(first=True)), CARD).txn
        done = sell(books)

    async def script(journal: SqliteJournal) -> None:
        seen = await journal.check()
        assert not seen.usable
        assert "give it its old key back" in seen.detail
        assert [alarm.cause for alarm in journal.alarms()] == [Cause.KEY_LOST]
        with pytest.raises(JournalFault, match="give it its old key back"):
            await journal.card(reversing)
        with pytest.raises(JournalFault, match="give it its old key back"):
            await journal.begin(*asked(), card=CARD)
        await journal.append(done, receipt_printed("merchant"))

    binding = Binding(board=BOARD, mark=mark)
    run_journal(path, script, key=new, binding=binding, low_space_bytes=0)
    with bound(path, mark=mark, key=new) as books:
        assert take_protection(books, PROTECTION, "99", at(60)).rearmed
        states = [record.state for record in books.recent(3)]
        assert states == [State.APPROVED, State.ADVICE_REFUSED, State.PARKED]
        assert advising in {record.txn for record in books.receipts_owed()}
        assert books.other_key() is None
        sell(books)
        books.append(reversing, (EVENTS[Step.CLOSE],), None)
    assert verify(path).ok


def test_an_initial_key_is_one_that_the_profile_takes(tmp_path: Path) -> None:
    for scheme, block, match in (
        (Scheme.X9_19, initial_block(), "takes no DUKPT keys"),
        (Scheme.DUKPT_TDES, aes_block(), "is for AES, the acquirer's profile takes one for TDES"),
        (Scheme.DUKPT_AES, initial_block(), "is for TDES"),
    ):
        path = tmp_path / f"{scheme}.db"
        with bound(path, scheme=scheme) as books:
            inject(books)
            before = rows(path)
            with pytest.raises(KeyRefused, match=match):
                import_block(books, block, "99", at())
            assert rows(path) == before


@pytest.mark.parametrize(
    ("block", "match"),
    [
        ("D0000", "damaged or under another key"),
        ("X", "no version that is read"),
        ("", "no version that is read"),
    ],
)
def test_a_block_that_does_not_hold_is_refused_whole(
    tmp_path: Path, block: str, match: str
) -> None:
    path = tmp_path / "j.db"
    with bound(path) as books:
        inject(books)
        before = rows(path)
        with pytest.raises(KeyRefused, match=match):
            import_block(books, block, "99", at())
        assert rows(path) == before


def test_a_block_needs_the_protection_key(tmp_path: Path) -> None:
    with (
        bound(tmp_path / "j.db") as books,
        pytest.raises(JournalFault, match="cardamom keys components"),
    ):
        import_block(books, initial_block(), "99", at())


def test_session_keys_outlive_a_restart_and_are_replaced_in_one_commit(tmp_path: Path) -> None:
    path = tmp_path / "j.db"
    with bound(path) as books:
        assert kept_session(books) is None
        keep_session(books, SESSION, at())
        sell(books)
    with bound(path) as books:
        assert kept_session(books) == SESSION
        keep_session(books, SessionKeys(mac=SESSION.mac), at(1))
    with bound(path) as books:
        assert kept_session(books) == SessionKeys(mac=SESSION.mac)
        story = [books._db.execute("SELECT body FROM events WHERE txn = 0").fetchall()]
        assert len(story[0]) == 2
        assert '"check_values":["08D7B4","' in story[0][0][0]
    with bound(path, board="another") as books:
        assert kept_session(books) is None
    assert verify(path).ok


def test_the_journal_is_a_session_key_store_and_hands_dukpt_keys_over(tmp_path: Path) -> None:
    path = tmp_path / "j.db"

    async def script(journal: SqliteJournal) -> None:
        assert await journal.kept() is None
        await journal.keep(SESSION)
        assert await journal.kept() == SESSION

    run_journal(path, script, binding=Binding(board="b1"))
    with bound(path, board="b1", scheme=Scheme.DUKPT_TDES) as books:
        inject(books, initial_block())

    async def pay(journal: SqliteJournal) -> None:
        record = await journal.begin(*asked(), card=CARD)
        keys = journal.take(record.ksn)
        assert keys == dukpt_tdes.derive(BDK, bytes.fromhex(record.ksn))
        assert journal.take(record.ksn) is None
        assert journal.take("00") is None

    run_journal(path, pay, binding=Binding(board="b1", scheme=Scheme.DUKPT_TDES))


def test_a_missing_dukpt_key_is_a_fault_of_the_journal_with_a_sentence(tmp_path: Path) -> None:
    async def script(journal: SqliteJournal) -> None:
        seen = await journal.check()
        assert not seen.usable
        assert "cardamom keys import" in seen.detail
        assert [alarm.cause for alarm in journal.alarms()] == [Cause.KEY_LOST]

    path = tmp_path / "j.db"
    run_journal(
        path, script, binding=Binding(board="b1", scheme=Scheme.DUKPT_TDES), low_space_bytes=0
    )

    async def elsewhere(journal: SqliteJournal) -> None:
        assert "another board" in (await journal.check()).detail
        assert [alarm.cause for alarm in journal.alarms()] == [Cause.CLONED]

    run_journal(path, elsewhere, binding=Binding(board="b2"), low_space_bytes=0)

    async def home(journal: SqliteJournal) -> None:
        assert (await journal.check()).usable
        assert journal.alarms() == ()

    run_journal(path, home, binding=Binding(board="b1"), low_space_bytes=0)
