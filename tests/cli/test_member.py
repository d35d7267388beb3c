"""`cardamom member` where no terminal is asked: the key, and a record signed with it."""

from __future__ import annotations

import io
from collections.abc import Callable
from pathlib import Path

import pytest

from cardamom.cli.main import FAULT, main
from cardamom.engines.closed_loop import card_of, key_id
from cardamom.engines.ndef import parse_message
from cardamom.settings.closed_loop import read_public

PHRASE = "a phrase for tests"
NUMBER = "9990010000000010"
Typed = Callable[..., None]


@pytest.fixture
def typed(monkeypatch: pytest.MonkeyPatch) -> Typed:
    def lines(*words: str) -> None:
        monkeypatch.setattr("sys.stdin", io.StringIO("".join(f"{w}\n" for w in words)))

    return lines


@pytest.fixture
def key(tmp_path: Path, typed: Typed) -> Path:
    typed(PHRASE, PHRASE)
    assert main(["member", "key", str(tmp_path / "club.key")]) == 0
    return tmp_path / "club.key"


def sign(key: Path, uid: str = "04A1B2C3D4E5F6", number: str = NUMBER, until: str = "2912") -> int:
    return main(["member", "sign", number, "--key", str(key), "--uid", uid, "--until", until])


def test_a_record_is_signed_with_the_key_that_was_made(
    key: Path, typed: Typed, capsys: pytest.CaptureFixture[str]
) -> None:
    capsys.readouterr()
    typed(PHRASE)
    assert sign(key) == 0
    message = bytes.fromhex(capsys.readouterr().out.strip())
    public = read_public(key.with_name("club.key.pub"), "here")
    card = card_of(
        parse_message(message), bytes.fromhex("04A1B2C3D4E5F6"), {key_id(public): public}, ("9990",)
    )
    assert (card.number.reveal(), card.until, card.issue) == (NUMBER, "2912", 0)


def test_the_private_key_is_its_owners_alone_and_enciphered(key: Path) -> None:
    assert key.stat().st_mode & 0o777 == 0o600
    assert b"ENCRYPTED" in key.read_bytes()


@pytest.mark.parametrize(
    ("words", "said"),
    [
        ((PHRASE, "another phrase"), "differ"),
        (("short", "short"), "at least 8"),
    ],
)
def test_no_key_is_made_of_a_poor_phrase(
    tmp_path: Path,
    typed: Typed,
    capsys: pytest.CaptureFixture[str],
    words: tuple[str, ...],
    said: str,
) -> None:
    typed(*words)
    assert main(["member", "key", str(tmp_path / "club.key")]) == FAULT
    assert said in capsys.readouterr().err
    assert list(tmp_path.iterdir()) == []


def test_a_key_is_never_written_over(
    key: Path, typed: Typed, capsys: pytest.CaptureFixture[str]
) -> None:
    before = key.read_bytes(), key.with_name("club.key.pub").read_bytes()
    typed(PHRASE, PHRASE)
    assert main(["member", "key", str(key)]) == FAULT
    assert "is there already" in capsys.readouterr().err
    assert (key.read_bytes(), key.with_name("club.key.pub").read_bytes()) == before


@pytest.mark.parametrize(
    ("phrase", "wrong", "said"),
    [
        ("another phrase", {}, "does not open"),
        (PHRASE, {"uid": "04xx"}, "in hex"),
        (PHRASE, {"uid": "08112233"}, "made anew"),
        (PHRASE, {"number": "9990010000000011"}, "check digit"),
        (PHRASE, {"until": "2913"}, "YYMM"),
    ],
)
def test_what_cannot_be_signed_is_told(
    key: Path,
    typed: Typed,
    capsys: pytest.CaptureFixture[str],
    phrase: str,
    wrong: dict[str, str],
    said: str,
) -> None:
    capsys.readouterr()
    typed(phrase)
    assert sign(key, **wrong) == FAULT
    told = capsys.readouterr()
    assert said in told.err
    assert told.out == ""


def test_a_terminal_that_is_away_is_told(
    tmp_path: Path, typed: Typed, capsys: pytest.CaptureFixture[str]
) -> None:
    typed("246810")
    socket = str(tmp_path / "none.sock")
    assert main(["member", "list", "--socket", socket]) == FAULT
    assert capsys.readouterr().err
