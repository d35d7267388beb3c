"""Sealed card data: opened by its own key for its own event, by nothing else."""

from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from cardamom.faults import JournalFault
from cardamom.store.vault import Vault, digest_of, read_key
from cardamom.values.online import CardData
from cardamom.values.secret import Key, Pan
from support.ledger import CARD, MASTER, NUMBER

VAULT = Vault(MASTER)


@given(
    st.text("0123456789", min_size=8, max_size=19),
    st.text("0123456789", min_size=4, max_size=4),
    st.none() | st.integers(0, 99),
    st.integers(1, 2**62),
)
@settings(deadline=None)
def test_what_is_sealed_comes_back(number: str, expiry: str, psn: int | None, seq: int) -> None:
    card = CardData(Pan(number), expiry, psn)
    sealed = VAULT.seal(card, seq)
    assert VAULT.open(seq, sealed.data, sealed.wrapped) == card
    assert digest_of(sealed.data) == sealed.digest


def test_each_seal_has_a_key_of_its_own() -> None:
    one, two = VAULT.seal(CARD, 5), VAULT.seal(CARD, 5)
    assert one.data != two.data
    for data, wrapped in ((one.data, two.wrapped), (two.data, one.wrapped)):
        with pytest.raises(JournalFault):
            VAULT.open(5, data, wrapped)


@given(st.data())
@settings(deadline=None)
def test_a_changed_or_moved_box_is_refused_without_a_word_of_it(data: st.DataObject) -> None:
    sealed = VAULT.seal(CARD, 5)
    parts = [bytearray(sealed.data), bytearray(sealed.wrapped)]
    part = data.draw(st.sampled_from(parts))
    match data.draw(st.sampled_from(["flip", "cut", "seq", "key"])):
        case "flip":
            part[data.draw(st.integers(0, len(part) - 1))] ^= data.draw(st.integers(1, 255))
            vault, seq = VAULT, 5
        case "cut":
            del part[data.draw(st.integers(0, len(part) - 1)) :]
            vault, seq = VAULT, 5
        case "seq":
            vault, seq = VAULT, data.draw(st.integers(0, 2**63 - 1).filter(lambda n: n != 5))
        case _:
            vault, seq = Vault(Key(bytes(32))), 5
    with pytest.raises(JournalFault, match="cannot be opened") as refusal:
        vault.open(seq, bytes(parts[0]), bytes(parts[1]))
    assert NUMBER not in str(refusal.value)


def test_key_ids_tell_keys_apart_and_hold_no_key() -> None:
    other = Vault(Key(bytes(32)))
    assert VAULT.key_id != other.key_id
    assert VAULT.key_id not in MASTER.reveal().hex()


def test_a_key_file_is_64_hex_digits_with_space_around(tmp_path: Path) -> None:
    file = tmp_path / "journal.key"
    for text in (MASTER.reveal().hex(), f"  {MASTER.reveal().hex().upper()}\n"):
        file.write_text(text)
        assert read_key(file) == MASTER


@pytest.mark.parametrize(
    "content", [b"", b"00" * 31, b"00" * 33, b"zz" * 32, b"\xff\x00" * 32, MASTER.reveal()]
)
def test_anything_else_is_refused_and_never_told(tmp_path: Path, content: bytes) -> None:
    file = tmp_path / "journal.key"
    file.write_bytes(content)
    with pytest.raises(JournalFault, match="is not 64 hexadecimal digits") as refusal:
        read_key(file)
    assert repr(content)[2:-1] not in str(refusal.value) or not content


def test_an_absent_key_file_says_what_to_do(tmp_path: Path) -> None:
    with pytest.raises(JournalFault, match=r"cannot be read \(No such file.*credential"):
        read_key(tmp_path / "absent")
    with pytest.raises(JournalFault, match="cannot be read"):
        read_key(tmp_path)
