"""The link with the terminal's own journal as its key store: over restarts, under every scheme."""

from __future__ import annotations

import asyncio
from dataclasses import replace
from pathlib import Path

import msgspec
import pytest

from cardamom.engines.iso8583.profile import Keys, Profile
from cardamom.engines.keys.blocks import INITIAL_KEY, wrap
from cardamom.engines.keys.cipher import Cipher
from cardamom.engines.keys.dukpt import initial_key
from cardamom.engines.keys.working import Scheme
from cardamom.store.guard import Binding
from cardamom.store.injection import import_block, take_protection
from cardamom.store.journal import SqliteJournal
from cardamom.values.events import NoAnswer as NoAnswerEvent
from cardamom.values.events import Reason, ReversalSent, Started
from cardamom.values.online import NoAnswer, NotSent, OnlineAnswer, OnlineRequest, Purpose
from cardamom.values.record import Record
from cardamom.values.secret import Key
from support.acquirer import PROFILE, payment
from support.keyed import AES_KSN, BOARD, KSN, PROTECTION, bound
from support.ledger import MASTER, asked, at
from support.stage import SIGN_ON, Stage, playing, silent

BASE = Key(bytes(range(16)))
DUKPT = [scheme for scheme in Scheme if scheme.dukpt]


def _profile(scheme: Scheme, *, short: bool = False) -> Profile:
    rule = msgspec.convert({"scheme": scheme.value}, Keys)
    switches = msgspec.structs.replace(PROFILE.switches, connection="short" if short else "held")
    return msgspec.structs.replace(PROFILE, keys=rule, switches=switches)


def _inject(path: Path, scheme: Scheme) -> None:
    cipher, ksn = Cipher.AES, AES_KSN
    if scheme is Scheme.DUKPT_TDES:
        cipher, ksn = Cipher.TDES, KSN
    key = initial_key(scheme, BASE, ksn)
    block = wrap(PROTECTION.key, key, INITIAL_KEY, cipher, version="D", serial=ksn)
    with bound(path, mark=path.with_name("mark"), scheme=scheme) as books:
        take_protection(books, PROTECTION, "99", at())
        import_block(books, block, "99", at())


def _journal(path: Path, scheme: Scheme) -> SqliteJournal:
    binding = Binding(board=BOARD, mark=path.with_name("mark"), scheme=scheme)
    return SqliteJournal(path, MASTER, now=at, binding=binding)


async def _begin(journal: SqliteJournal) -> Record:
    like = payment().record
    begun, read, intent = asked()
    assert isinstance(begun, Started)
    begun = msgspec.structs.replace(
        begun, terminal_id=like.terminal_id, merchant_id=like.merchant_id, amount=like.amount
    )
    return await journal.begin(begun, read, intent, card=payment().card)


def _request(of: Record, host: str) -> OnlineRequest:
    return replace(payment(stan=of.stan or 0), record=msgspec.structs.replace(of, host=host))


@pytest.mark.parametrize("scheme", DUKPT)
def test_dukpt_over_restarts(tmp_path: Path, scheme: Scheme) -> None:
    path = tmp_path / "j.db"
    _inject(path, scheme)
    stage = Stage(_profile(scheme))
    stage.base = BASE
    taken: list[str] = []

    async def life() -> None:
        journal = _journal(path, scheme)
        async with playing(stage, keys=journal, store=journal) as link:
            for _ in range(2):
                record = await _begin(journal)
                taken.append(record.ksn)
                assert isinstance(await link.request(_request(record, link.name)), OnlineAnswer)
        await journal.close()

    for _ in range(3):
        asyncio.run(life())
    assert len(set(taken)) == 6
    assert all(heard.sealed for heard in stage.heard if heard.code is None)
    assert len(stage.payments) == 6


@pytest.mark.parametrize("scheme", DUKPT)
def test_a_key_lost_in_a_cut_is_burnt_and_the_reversal_takes_the_next(
    tmp_path: Path, scheme: Scheme
) -> None:
    path = tmp_path / "j.db"
    _inject(path, scheme)
    stage = Stage(_profile(scheme))
    stage.base = BASE

    async def before() -> Record:
        journal = _journal(path, scheme)
        try:
            return await _begin(journal)
        finally:
            await journal.close()

    cut = asyncio.run(before())

    async def after() -> None:
        journal = _journal(path, scheme)
        async with playing(stage, keys=journal, store=journal, deadline_s=0.5) as link:
            lost = await link.request(_request(cut, link.name))
            assert isinstance(lost, NotSent)
            assert "key" in lost.why
            silence = NoAnswerEvent(at=at(9), reason=Reason.NO_ANSWER, why="silence")
            await journal.append(cut.txn, silence)
            sent = ReversalSent(at=at(10), host=cut.host or "")
            stage.script.append(silent)
            for wanted in (NoAnswer, OnlineAnswer):
                owed = await journal.append(cut.txn, sent)
                assert owed.owed is not None
                assert int(owed.owed.ksn, 16) > int(cut.ksn, 16)
                reversal = replace(
                    _request(owed, link.name),
                    purpose=Purpose.REVERSAL,
                    delivery=owed.owed,
                    pin=None,
                )
                assert isinstance(await link.request(reversal), wanted)
        await journal.close()

    asyncio.run(after())
    assert [h.mti for h in stage.heard if h.code is None] == ["0420", "0421"]
    assert all(heard.sealed for heard in stage.heard if heard.code is None)


def test_short_connections_keep_session_keys_over_a_restart(tmp_path: Path) -> None:
    path, scheme = tmp_path / "j.db", Scheme.X9_19
    stage = Stage(_profile(scheme, short=True))

    async def life() -> None:
        journal = _journal(path, scheme)
        async with playing(stage, store=journal, keys=journal) as link:
            record = await _begin(journal)
            assert isinstance(await link.request(_request(record, link.name)), OnlineAnswer)
        await journal.close()

    for _ in range(3):
        asyncio.run(life())
    assert stage.said(SIGN_ON) == 1
    assert all(heard.sealed for heard in stage.heard if heard.code is None)
    assert len(stage.payments) == 3
