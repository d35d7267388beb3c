"""The questions on the panel, screen by screen, as a technician meets them."""

from __future__ import annotations

import asyncio
from dataclasses import replace
from pathlib import Path

from cardamom.commissioning.answers import Answers
from cardamom.commissioning.wizard import Wizard
from cardamom.engines.keys.components import Component
from cardamom.settings.load import load
from cardamom.values.commissioning import Doing, Letters, Refusal, Stage, Step, Trouble
from cardamom.values.keys import Key
from cardamom.values.screens import Screen, StatusLine
from cardamom.values.setup_screens import (
    SetupChoice,
    SetupDone,
    SetupKeyWhole,
    SetupSummary,
    SetupText,
    SetupTrouble,
    SetupWorking,
)
from support.hands import HandKeypad
from support.keyed import PROTECTION, typed
from support.technician import hex_presses, presses

ALL = {
    "language": "en",
    "timezone": "Asia/Shanghai",
    "network": "keep",
    "mode": "demo",
    "profile": "unionpay",
    "host": "acquirer.example",
    "port": "7443",
    "merchant": "898310058120017",
    "terminal": "1020305A",
    "passcode": "195732",
    "certificate": "later",
    "keys": "later",
}


KEYS = ("stick", "two", "three", "later")


class Seen:
    """ports.Display that keeps what was shown."""

    def __init__(self) -> None:
        self.screens: list[Screen] = []

    def show(self, screen: Screen) -> None:
        self.screens.append(screen)

    def status(self, line: StatusLine) -> None:
        pass


class Bench:
    """A wizard whose keys are pressed as it comes to read them."""

    def __init__(self, file: Path, *, stick: str = "") -> None:
        self.file = file
        self.answers = Answers(file.parent / "commission.json")
        self.seen = Seen()
        self.keypad = HandKeypad()
        self.stick = stick
        self.clock = ""
        self.spoken: list[str] = []
        self.kept: list[tuple[Component, str]] = []
        self.full = ""

    async def protect(self, made: Component, persons: str) -> str:
        self.kept.append((made, persons))
        return self.full

    async def act(self, step: Step, chosen: str) -> str:
        return self.stick if (step, chosen) == (Step.CERTIFICATE, "stick") else ""

    def run(self, *keys: Key | str) -> list[Screen]:
        """Until the wizard ends, or waits for a key that nobody presses."""
        self.keypad = HandKeypad()
        self.keypad.press(*keys)
        self.seen.screens.clear()
        wizard = Wizard(
            load(self.file),
            self.file,
            self.answers,
            self.seen,
            self.keypad,
            self.act,
            lambda given: self.spoken.append(given.get("language", "zh")),
            clock_wrong=lambda: self.clock,
            protect=self.protect,
        )

        async def until_it_waits() -> None:
            job = asyncio.create_task(wizard.run())
            while not job.done():
                before = len(self.seen.screens)
                await asyncio.sleep(0.1)
                works = isinstance(self.seen.screens[-1], SetupWorking)
                if self.keypad.waiting == 0 and len(self.seen.screens) == before and not works:
                    break
            if job.done():
                job.result()
            job.cancel()

        asyncio.run(until_it_waits())
        return list(self.seen.screens)


def test_a_choice_by_pointer_and_the_language_that_follows(new: Path) -> None:
    bench = Bench(new)
    shown = bench.run("down", "enter")
    assert shown == [
        SetupChoice(Step.LANGUAGE, 1, 12, ("zh", "en"), 0),
        SetupChoice(Step.LANGUAGE, 1, 12, ("zh", "en"), 1),
        SetupText(Step.TIMEZONE, 2, 12, "Asia/Shanghai", Letters.UPPER),
    ]
    assert bench.spoken == ["zh", "en"]
    assert bench.answers.all() == {"language": "en"}


def test_letters_typed_refused_corrected(new: Path) -> None:
    bench = Bench(new)
    bench.answers.put_all({**ALL, "network": "wifi", "addressing": "dhcp"})
    bench.answers.put(Step.WIFI_COUNTRY, "")
    shown = bench.run("2", "enter", "clear", *presses("CN", Letters.UPPER), "enter")
    texts = [(s.typed, s.waiting, s.refused) for s in shown[:7] if isinstance(s, SetupText)]
    assert texts == [
        ("", False, None),
        ("A", True, None),
        ("A", False, Refusal.COUNTRY),
        ("", False, None),
        ("A", True, None),
        ("B", True, None),
        ("C", True, None),
    ]
    last = shown[-1]
    assert isinstance(last, SetupText)
    assert last.step is Step.WIFI_NAME


def test_a_passcode_twice_and_never_shown(new: Path) -> None:
    bench = Bench(new)
    bench.answers.put_all({**ALL, "passcode": ""})
    shown = bench.run(
        *"195732", "enter", *"195733", "enter", *"195732", "enter", *"195732", "enter"
    )
    texts = [s for s in shown if isinstance(s, SetupText)]
    assert all(set(s.typed) <= {"*"} for s in texts)
    assert [s.refused for s in texts if s.refused] == [Refusal.PASSCODE_DIFFERS]
    assert bench.answers.all()["passcode"] == "195732"


def test_without_network_again_without_it_or_back(new: Path) -> None:
    bench = Bench(new)
    bench.answers.put_all(ALL)
    bench.answers.put_all({"network": "ethernet"})
    (new.parent / "no-network").touch()
    away = SetupTrouble(Trouble.NO_NETWORK, "the simulated network is away", back=True, skip=True)
    shown = bench.run("1", "enter", "down")
    assert shown[1:5] == [
        SetupWorking(Doing.NETWORK),
        away,
        SetupWorking(Doing.NETWORK),
        away,
    ]
    assert isinstance(shown[-1], SetupChoice)
    assert shown[-1].step is Step.MODE
    bench.answers.put_all({"addressing": ""})
    shown = bench.run("1", "cancel")
    assert shown[-2:] == [away, shown[0]]


def test_what_a_boot_file_was_refused_for_and_a_clock_at_1970(new: Path) -> None:
    bench = Bench(new)
    bench.clock = "1970-01-01"
    bench.answers.note(refused="cardamom.toml: port: expected 1 to 65535")
    shown = bench.run("enter", "enter")
    assert shown[:2] == [
        SetupTrouble(Trouble.BOOT_FILE, "cardamom.toml: port: expected 1 to 65535"),
        SetupTrouble(Trouble.CLOCK, "1970-01-01"),
    ]
    assert isinstance(bench.run("enter")[-1], SetupChoice), "told once"


def test_a_certificate_that_is_not_there_yet(new: Path) -> None:
    bench = Bench(new, stick="1020305A.csr is on the stick")
    bench.answers.put_all({**ALL, "certificate": ""})
    shown = bench.run("1", "enter", "2")
    assert shown[1:4] == [
        SetupWorking(Doing.CERTIFICATE),
        SetupTrouble(Trouble.CERTIFICATE, "1020305A.csr is on the stick"),
        shown[0],
    ]
    assert isinstance(shown[-1], SetupChoice)
    assert shown[-1].step is Step.KEYS


def test_the_end_is_looked_over_and_written(new: Path) -> None:
    bench = Bench(new)
    bench.answers.put_all(ALL)
    shown = bench.run("down", "cancel", "4", "enter", "enter")
    first = shown[0]
    assert isinstance(first, SetupSummary)
    assert (Step.PASSCODE, "******") in first.rows
    assert (Step.WIFI_NAME) not in dict(first.rows)
    assert shown[2] == SetupChoice(Step.KEYS, 12, 12, KEYS, 3)
    assert shown[-2:] == [SetupWorking(Doing.WRITING), SetupDone("1020305A")]
    assert load(new).commissioning.stage is Stage.DONE
    assert bench.answers.all() == {}


def test_answers_that_make_no_settings_are_said(new: Path) -> None:
    bench = Bench(new)
    new.write_text(new.read_text() + '[reader]\ndriver = "inprocess"\n')
    bench.answers.put_all({**ALL, "mode": "production"})
    shown = bench.run("enter")
    trouble = shown[-1]
    assert isinstance(trouble, SetupTrouble)
    assert trouble.trouble is Trouble.SETTINGS
    assert "reader.driver: simulated parts are not allowed" in trouble.detail
    assert load(new).commissioning.stage is Stage.NEW


def test_once_more_begins_with_what_is_set_and_may_be_left(new: Path) -> None:
    text = new.read_text().replace('stage = "new"', 'stage = "again"')
    new.write_text(text)
    bench = Bench(new)
    bench.run("cancel")
    # asked first: what the settings do not hold, the passcode
    shown = Bench(new).run()
    assert isinstance(shown[0], SetupText | SetupChoice)
    bench = Bench(new)
    shown = bench.run(*["cancel"] * 12)
    assert load(new).commissioning.stage is Stage.DONE
    assert bench.answers.all() == {}
    assert new.read_text() == text.replace('stage = "again"', 'stage = "done"')


def components() -> list[str]:
    """Both persons, each to the screen behind the component."""
    keys: list[str] = []
    for name, (digits, check) in zip("12", typed(), strict=True):
        keys += [
            name,
            "enter",
            *hex_presses(digits),
            "enter",
            *hex_presses(check),
            "enter",
            "enter",
        ]
    return keys


def test_components_are_typed_and_the_question_stays(new: Path) -> None:
    bench = Bench(new)
    bench.answers.put_all({name: answer for name, answer in ALL.items() if name != "keys"})
    shown = bench.run("2", *components(), "enter", "enter")
    assert bench.kept == [(PROTECTION, "1 and 2")]
    assert shown[0] == SetupChoice(Step.KEYS, 12, 12, KEYS, 0)
    whole = SetupKeyWhole(PROTECTION.check.digits, "AES")
    assert shown[-4:] == [
        whole,
        SetupWorking(Doing.KEYS),
        replace(whole, taken=True),
        SetupChoice(Step.KEYS, 12, 12, KEYS, 0),
    ]
    assert "keys" not in bench.answers.all()
    kept = bench.answers.all()
    assert not any(digits in repr(kept) for digits, _ in typed())


def test_components_that_are_refused_or_left_take_nothing(new: Path) -> None:
    bench = Bench(new)
    bench.answers.put_all({name: answer for name, answer in ALL.items() if name != "keys"})
    bench.full = "the disk is full: free space on it"
    shown = bench.run("2", *components(), "enter", "enter")
    assert shown[-2:] == [
        SetupTrouble(Trouble.KEYS, bench.full),
        SetupChoice(Step.KEYS, 12, 12, KEYS, 0),
    ]
    bench.kept.clear()
    assert bench.run("3", "1", "enter", "cancel")[-1] == SetupChoice(Step.KEYS, 12, 12, KEYS, 0)
    assert bench.kept == []
