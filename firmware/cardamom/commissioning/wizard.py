"""The setting up on the terminal's own screen and keys."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from cardamom.commissioning import act
from cardamom.commissioning.answers import Answers
from cardamom.commissioning.components import PERSONS, Entry
from cardamom.commissioning.helper import ask
from cardamom.commissioning.steps import NETWORK, SECRETS, STEPS, asked, refusal
from cardamom.commissioning.typing import STAR, WAIT_S, Typing
from cardamom.engines.keys.components import Component
from cardamom.faults import Fault
from cardamom.ports import Display, Keypad
from cardamom.settings.load import load
from cardamom.settings.model import Settings
from cardamom.story import tell
from cardamom.values.commissioning import Answering, Doing, Letters, Refusal, Stage, Step, Trouble
from cardamom.values.keys import Key
from cardamom.values.setup_screens import (
    SetupChoice,
    SetupDone,
    SetupSummary,
    SetupText,
    SetupTrouble,
    SetupWorking,
)

ROWS: Final = 4
LOOK_S: Final = 5.0
"""How often a wizard that waits for a key looks whether another face has ended it."""
CAPITALS: Final = frozenset({Step.TIMEZONE, Step.WIFI_COUNTRY})
NUMBERS: Final = frozenset({Step.ADDRESS, Step.GATEWAY, Step.DNS, Step.MERCHANT, Step.TERMINAL})
SUGGESTED: Final = (Step.LANGUAGE, Step.TIMEZONE, Step.MODE, Step.PROFILE, Step.PORT)
"""What the settings of a new terminal are likely right in; its numbers are an example's."""
Act = Callable[[Step, str], Awaitable[str]]
"""Does what a choice asks for; a sentence where that failed."""


Protect = Callable[[Component, str], Awaitable[str]]
"""Takes the key block protection key that these persons typed; a sentence where that failed."""


class Elsewhere(Exception):
    """The terminal was set up over SSH meanwhile."""


async def _nowhere(_made: Component, _persons: str) -> str:
    return "there is no journal for it here"


@dataclass(frozen=True, slots=True)
class Wizard:
    """`act` does certificate and keys, `protect` keeps what is typed of them; `spoke` is told the
    language when it is chosen."""

    settings: Settings
    file: Path
    answers: Answers
    display: Display
    keypad: Keypad
    act: Act
    spoke: Callable[[dict[str, str]], None]
    sleep: Callable[[float], Awaitable[None]] = asyncio.sleep
    clock_wrong: Callable[[], str] = lambda: ""
    """The date, where it cannot be right."""
    protect: Protect = _nowhere

    async def run(self) -> None:
        """Returns when the terminal is set up, or was left as it is."""
        try:
            await self._run()
        except Elsewhere:
            tell("setup_elsewhere")

    async def _run(self) -> None:
        self._begin()
        suggested = act.before(self.file)
        if why := self.answers.refused:
            await self._trouble(Trouble.BOOT_FILE, why)
            self.answers.note(refused="")
        if now := self.clock_wrong():
            await self._trouble(Trouble.CLOCK, now)
        step = self.answers.next_step()
        while True:
            answers = self.answers.all()
            self.spoke(answers)
            steps = asked(answers)
            if step is not None and step not in steps:
                step = self.answers.next_step()
            if step is None:
                if await self._finished(answers, steps):
                    return
                step = steps[-1]
                continue
            known: dict[str, str] = {
                **{s: suggested[s] for s in SUGGESTED if s in suggested},
                **answers,
            }
            forward = await self._put(step, known, steps)
            steps = asked(self.answers.all())
            at = steps.index(step)
            if forward:
                if step is [s for s in steps if s in NETWORK][-1] and not await self._connected():
                    continue
                step = steps[at + 1] if at + 1 < len(steps) else None
            elif at:
                step = steps[at - 1]
            elif self.settings.commissioning.stage is Stage.AGAIN:
                await self._root("leave")
                self.answers.forget()
                return

    def _begin(self) -> None:
        """A terminal that is set up again begins with what it has."""
        if self.settings.commissioning.stage is Stage.AGAIN and not self.answers.all():
            known = act.before(self.file)
            self.answers.put_all({**known, Step.NETWORK: "keep"} if known else {})

    async def _put(self, step: Step, answers: dict[str, str], steps: tuple[Step, ...]) -> bool:
        """Asks until the answer is durable; False for back."""
        number, of = steps.index(step) + 1, len(steps)
        while True:
            if STEPS[step].answering is Answering.CHOICE:
                answer = await self._choice(step, number, of, answers.get(step, ""))
            else:
                answer = await self._text(step, number, of, answers)
            if answer is None:
                return False
            if step is Step.KEYS and answer in PERSONS:
                await self._components(PERSONS[answer])
                continue
            if step in (Step.CERTIFICATE, Step.KEYS):
                doing = Doing.CERTIFICATE if step is Step.CERTIFICATE else Doing.KEYS
                self.display.show(SetupWorking(doing))
                if why := await self.act(step, answer):
                    await self._trouble(Trouble(step.value), why)
                    continue
            self.answers.put(step, answer)
            return True

    async def _choice(self, step: Step, number: int, of: int, before: str) -> str | None:
        options = STEPS[step].choices
        if step is Step.KEYS:
            options = (*options[:1], *PERSONS, *options[1:])
        row = options.index(before) if before in options else 0
        while True:
            self.display.show(SetupChoice(step, number, of, options, row))
            key = await self._key()
            if key is Key.CANCEL:
                return None
            if key is Key.ENTER:
                return options[row]
            if key is Key.UP:
                row = (row - 1) % len(options)
            elif key is Key.DOWN:
                row = (row + 1) % len(options)
            elif key.digit and key.digit <= min(ROWS, len(options)):
                return options[key.digit - 1]

    async def _components(self, persons: int) -> None:
        """The key block protection key, where it is typed to the end."""
        entry = Entry(self.display, self._key_within)
        try:
            typed = await entry.run(persons)
        except Fault as e:
            await self._trouble(Trouble.KEYS, str(e))
            return
        if typed is None:
            return
        self.display.show(SetupWorking(Doing.KEYS))
        if why := await self.protect(*typed):
            await self._trouble(Trouble.KEYS, why)
        else:
            await entry.taken(typed[0])

    async def _text(self, step: Step, number: int, of: int, answers: dict[str, str]) -> str | None:
        """A passcode is typed twice."""
        field = self._field(step, "" if step in SECRETS else answers.get(step, ""))
        first: str | None = None
        refused: Refusal | None = None
        while True:
            self.display.show(
                SetupText(
                    step,
                    number,
                    of,
                    field.shown,
                    field.letters,
                    waiting=field.cycling is not None,
                    refused=refused,
                    again=first is not None,
                )
            )
            if field.cycling is None:
                key = await self._key()
            elif (pressed := await self._key_within(WAIT_S)) is not None:
                key = pressed
            else:
                field = field.settled()
                continue
            if key is Key.CANCEL:
                return None
            if key is not Key.ENTER:
                field, refused = field.pressed(key), None
                continue
            refused = refusal(step, field.text, answers)
            if refused is not None:
                field = field.settled()
            elif step is not Step.PASSCODE or field.text == first:
                return field.text
            elif first is None:
                first, field = field.text, self._field(step, "")
            else:
                first, field, refused = None, self._field(step, ""), Refusal.PASSCODE_DIFFERS

    @staticmethod
    def _field(step: Step, text: str) -> Typing:
        letters = Letters.LOWER
        if step in CAPITALS:
            letters = Letters.UPPER
        elif step in NUMBERS:
            letters = Letters.DIGITS
        rule = STEPS[step]
        return Typing.of(rule.answering, rule.longest, text, first=letters.value)

    async def _connected(self) -> bool:
        """The network comes up, or the technician goes on without; False: back to its answers."""
        answers = self.answers.all()
        wanted = {s: answers[s] for s in (*NETWORK, Step.TIMEZONE) if s in answers}
        while True:
            self.display.show(SetupWorking(Doing.NETWORK))
            why = await self._root("network", answers=wanted)
            if not why:
                return True
            shown = SetupTrouble(Trouble.NO_NETWORK, why, back=True, skip=True)
            self.display.show(shown)
            key = await self._one_of(Key.ENTER, Key.CANCEL, Key.DOWN)
            if key is not Key.ENTER:
                return key is Key.DOWN

    async def _finished(self, answers: dict[str, str], steps: tuple[Step, ...]) -> bool:
        """All of it once more; False for back."""
        rows = tuple(
            (step, STAR * len(answers[step]) if step in SECRETS else answers[step])
            for step in steps
        )
        row = 0
        while True:
            self.display.show(SetupSummary(rows, row))
            key = await self._one_of(Key.ENTER, Key.CANCEL, Key.UP, Key.DOWN)
            if key is Key.CANCEL:
                return False
            if key in (Key.UP, Key.DOWN):
                pages = -(-len(rows) // ROWS)
                page = (row // ROWS + (1 if key is Key.DOWN else -1)) % pages
                row = page * ROWS
                continue
            self.display.show(SetupWorking(Doing.WRITING))
            why = await self._root("finish", answers={step.value: answers[step] for step in steps})
            if why:
                await self._trouble(Trouble.SETTINGS, why)
                return False
            self.answers.forget()
            self.display.show(SetupDone(answers[Step.TERMINAL]))
            await self._one_of(Key.ENTER, ended=True)
            return True

    async def _root(self, do: str, **what: object) -> str:
        """A sentence where it failed."""
        try:
            await asyncio.to_thread(ask, self.settings, self.file, do, **what)
        except Fault as e:
            tell("setup_failed", what=do, why=str(e))
            return str(e)
        return ""

    async def _trouble(self, trouble: Trouble, detail: str) -> None:
        self.display.show(SetupTrouble(trouble, detail))
        await self._one_of(Key.ENTER)

    async def _one_of(self, *wanted: Key, ended: bool = False) -> Key:
        while True:
            key = await self._key(ended=ended)
            if key in wanted:
                return key

    async def _key(self, *, ended: bool = False) -> Key:
        """The next key. Raises Elsewhere."""
        while True:
            key = await self._key_within(LOOK_S)
            if key is not None:
                return key
            if not ended and await asyncio.to_thread(self._done_elsewhere):
                raise Elsewhere

    async def _key_within(self, wait_s: float) -> Key | None:
        """The next key; None when the time is over."""
        pressed = asyncio.ensure_future(self.keypad.key())
        waited = asyncio.ensure_future(self.sleep(wait_s))
        try:
            await asyncio.wait({pressed, waited}, return_when=asyncio.FIRST_COMPLETED)
            return pressed.result() if pressed.done() else None
        finally:
            pressed.cancel()
            waited.cancel()

    def _done_elsewhere(self) -> bool:
        try:
            return load(self.file).commissioning.stage is Stage.DONE
        except Fault:
            return False
