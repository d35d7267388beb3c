"""Keys come in through two persons and a key block, on a terminal that is stopped."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

from cardamom.cli.main import main
from cardamom.engines.keys.working import Scheme
from cardamom.simulator.testdata import data
from cardamom.store.alone import alone
from cardamom.store.verify import verify
from support.keyed import (
    BOARD,
    COMPONENTS,
    MASTER_CHECK,
    MASTER_KEY,
    OTHER_BOARD,
    PROTECTION,
    aes_block,
    bound,
    initial_block,
    inject,
    master_block,
    typed,
)
from support.ledger import CARD, MASTER, asked
from support.settings import TERMINAL
from support.typist import Typist


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    (tmp_path / "terminal.toml").write_text(TERMINAL, "utf-8")
    (tmp_path / "journal.key").write_text(MASTER.reveal().hex())
    (tmp_path / "serial").write_text(BOARD)
    monkeypatch.setenv("CARDAMOM_RUN", str(tmp_path))
    return tmp_path


def _journal(folder: Path) -> Path:
    return folder / "journal.db"


def _profile(folder: Path, scheme: Scheme) -> None:
    """The acquirer's profile asks for this scheme."""
    text = data("acquirers", "iso8583-1987.toml").read_text("utf-8")
    assert '"x9.19"' in text
    (folder / "profile.toml").write_text(text.replace('"x9.19"', f'"{scheme.value}"'), "utf-8")
    settings = TERMINAL.replace("port = 7000", 'port = 7000\nprofile = "profile.toml"')
    (folder / "terminal.toml").write_text(settings, "utf-8")


def _person(typist: Typist, name: str, digits: str, check: str) -> None:
    typist.waits_for("Your name: ")
    typist.types(name)
    typist.waits_for("(it is not shown): ")
    typist.types(digits)
    typist.waits_for("as on your sheet: ")
    typist.types(check)


def test_two_persons_type_a_component_each(folder: Path) -> None:
    first, second = typed()
    with Typist(["keys", "components"]) as typist:
        _person(typist, "Li", *first)
        typist.waits_for("holds")
        _person(typist, "Wang", *second)
        typist.waits_for(f"The key's check value is {PROTECTION.check}.")
        typist.waits_for("Type yes: ")
        typist.types("yes")
        assert typist.ends() == 0
        seen = typist.seen
    assert f"protection: check value {PROTECTION.check.digits}" in seen
    for digits in (*COMPONENTS, PROTECTION.key.reveal().hex().upper()):
        assert digits not in seen.upper()
    with bound(_journal(folder), mark=folder / "mark") as books:
        story = str(books._db.execute("SELECT body FROM events WHERE txn = 0").fetchall())
    assert "Li and Wang" in story
    assert not any(digits in story.upper() for digits in COMPONENTS)
    assert verify(_journal(folder)).ok


@pytest.mark.parametrize("how", ["same person", "wrong check values", "same component", "no"])
def test_what_two_persons_did_not_do_right_takes_nothing(folder: Path, how: str) -> None:
    first, second = typed()
    with Typist(["keys", "components"]) as typist:
        _person(typist, "Li", *first)
        match how:
            case "same person":
                typist.waits_for("Your name: ")
                typist.types(" li")
            case "wrong check values":
                typist.waits_for("Your name: ")
                typist.types("Wang")
                for _ in range(3):
                    typist.waits_for("(it is not shown): ")
                    typist.types(second[0])
                    typist.waits_for("as on your sheet: ")
                    typist.types("000000")
                    typist.waits_for("does not hold")
            case "same component":
                _person(typist, "Wang", *first)
            case _:
                _person(typist, "Wang", *second)
                typist.waits_for("Type yes: ")
                typist.types("no")
        assert typist.ends() == 30
        assert "nothing was taken" in typist.seen
    with bound(_journal(folder), mark=folder / "mark") as books:
        assert [held.slot for held in books.guard.keyring.held()] == ["board"]


def test_an_interrupt_leaves_the_screen_echoing_and_takes_nothing(folder: Path) -> None:
    with Typist(["keys", "components"]) as typist:
        typist.waits_for("Your name: ")
        typist.types("Li")
        typist.waits_for("(it is not shown): ")
        typist.interrupts()
        assert typist.ends() != 0
    with bound(_journal(folder), mark=folder / "mark") as books:
        assert len(books.guard.keyring.held()) == 1


def test_without_a_terminal_nobody_is_asked(folder: Path) -> None:
    done = subprocess.run(
        [sys.executable, "-m", "cardamom.cli.main", "keys", "components"],
        input="x\n" * 9,
        capture_output=True,
        text=True,
        check=False,
        start_new_session=True,
        env={**os.environ, "CARDAMOM_RUN": str(folder)},
    )
    assert done.returncode == 30
    assert "keys are typed by persons" in done.stderr


def test_a_block_comes_in_and_shows_its_check_value_alone(
    folder: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    _profile(folder, Scheme.DUKPT_TDES)
    with bound(_journal(folder), mark=folder / "mark") as books:
        inject(books)
    file = folder / "blocks.txt"
    file.write_text(initial_block() + "\n\n" + master_block() + "\n")
    assert main(["keys", "import", str(file), "--json"]) == 0
    dukpt, master = json.loads(capsys.readouterr().out)["injected"]
    assert dukpt["slot"] == "dukpt"
    assert dukpt["check_values"][1] == "FFFF9876543210E00000"
    assert master["check_values"] == [MASTER_CHECK]
    assert main(["keys", "list"]) == 0
    shown = capsys.readouterr().out
    assert "1048575 keys left" in shown
    assert MASTER_CHECK in shown
    assert MASTER_KEY.reveal().hex().upper() not in shown
    assert main(["keys", "list", "--json"]) == 0
    told = json.loads(capsys.readouterr().out)
    assert [each["slot"] for each in told["keys"]] == ["dukpt", "master", "protection"]
    assert told["refused"] is None


def test_a_block_comes_in_by_standard_input(folder: Path) -> None:
    with bound(_journal(folder), mark=folder / "mark") as books:
        inject(books)
    done = subprocess.run(
        [sys.executable, "-m", "cardamom.cli.main", "keys", "import", "-"],
        input=master_block(),
        capture_output=True,
        text=True,
        check=True,
        env={**os.environ, "CARDAMOM_RUN": str(folder)},
    )
    assert done.stdout == f"master: check value {MASTER_CHECK}\n"


@pytest.mark.parametrize(
    ("content", "match"),
    [
        (b"", "holds no key block"),
        (b"\xff\xfe", "is no text"),
        (b"B0080P0TE00E0000", "damaged or under another key"),
    ],
)
def test_a_file_without_a_sound_block_is_refused(
    folder: Path, capsys: pytest.CaptureFixture[str], content: bytes, match: str
) -> None:
    with bound(_journal(folder), mark=folder / "mark") as books:
        inject(books)
    file = folder / "blocks.txt"
    file.write_bytes(content)
    assert main(["keys", "import", str(file)]) == 30
    assert match in capsys.readouterr().err


def test_on_another_board_a_block_takes_it_into_use_again(
    folder: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    with bound(_journal(folder), mark=folder / "mark") as books:
        inject(books, master_block())
        books.begin(asked(), CARD)
    (folder / "serial").write_text(OTHER_BOARD)
    assert main(["keys", "list"]) == 0
    shown = capsys.readouterr().out
    assert shown.count("DOES NOT OPEN") == 2
    assert "! the keys in this journal belong to another board" in shown
    first, second = typed()
    with Typist(["keys", "components"]) as typist:
        _person(typist, "Li", *first)
        _person(typist, "Wang", *second)
        typist.waits_for("Type yes: ")
        typist.types("yes")
        assert typist.ends() == 0
        assert "parked for a supervisor" in typist.seen
    file = folder / "blocks.txt"
    file.write_text(master_block())
    assert main(["keys", "import", str(file)]) == 0
    assert main(["keys", "list"]) == 0
    assert "!" not in capsys.readouterr().out


def test_erasing_is_confirmed(folder: Path) -> None:
    with bound(_journal(folder), mark=folder / "mark") as books:
        inject(books, master_block())
    for word, left in (("no", 3), ("erase", 1)):
        with Typist(["keys", "erase"]) as typist:
            typist.waits_for("Type erase to go on: ")
            typist.types(word)
            assert typist.ends() == (0 if left == 1 else 30)
        with bound(_journal(folder), mark=folder / "mark") as books:
            assert len(books.guard.keyring.held()) == left


def test_a_running_terminal_keeps_its_journal(
    folder: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    with alone(_journal(folder)):
        assert main(["keys", "list"]) == 30
    assert "stop it first" in capsys.readouterr().err


@pytest.mark.parametrize("block", ["master", "base key's child", "AES base key's child"])
def test_production_refuses_a_published_key(
    folder: Path, capsys: pytest.CaptureFixture[str], block: str
) -> None:
    path = folder / "terminal.toml"
    path.write_text('mode = "production"\n' + TERMINAL, "utf-8")
    with bound(_journal(folder), mark=folder / "mark") as books:
        inject(books)
    file = folder / "blocks.txt"
    made = {"master": _published, "base key's child": initial_block}.get(block, aes_block)
    file.write_text(made())
    assert main(["keys", "import", str(file)]) == 30
    assert "published test key" in capsys.readouterr().err


def _published() -> str:
    from cardamom.engines.keys.blocks import WRAPPING_KEY, wrap
    from cardamom.engines.keys.cipher import Cipher
    from cardamom.values.secret import Key

    key = Key(bytes.fromhex(data("testkeys", "terminal-master.key").read_text().strip()))
    return wrap(PROTECTION.key, key, WRAPPING_KEY, Cipher.TDES, version="D")


@pytest.mark.parametrize(
    "arguments", [["import"], ["list", "x"], ["components", "0123456789ABCDEF"], ["steal"]]
)
def test_wrong_use_says_so(capsys: pytest.CaptureFixture[str], arguments: list[str]) -> None:
    with pytest.raises(SystemExit) as ended:
        main(["keys", *arguments])
    assert ended.value.code == 30
    assert "usage" in capsys.readouterr().err
