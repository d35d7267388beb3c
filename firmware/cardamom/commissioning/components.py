"""The components of the key block protection key, typed at the terminal by a person each.

ISO 11568: nobody has more than one of them, each is held to its own check value, and none is seen
again once it is typed. They are in memory until the key is taken or the entry is left, and nowhere
else.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import Final

from cardamom.commissioning.typing import WAIT_S, Typing
from cardamom.engines.keys.cipher import Cipher
from cardamom.engines.keys.components import Component, ComponentError, join, read_component
from cardamom.faults import Fault
from cardamom.ports import Display
from cardamom.values.commissioning import Answering, KeyField, KeyRefusal, Letters
from cardamom.values.keys import Key
from cardamom.values.setup_screens import SetupKeyPart, SetupKeyText, SetupKeyWhole

TRIES: Final = 3
PATIENCE_S: Final = 120.0
"""Without a key an entry that was begun is left: nobody may find half a component."""
LONGEST_NAME: Final = 20
CHECK_DIGITS: Final = 6
"""Of a check value, at least."""
LONGEST_CHECK: Final = 16
PERSONS: Final = {"two": 2, "three": 3}


class ComponentsRefused(Fault):
    """The components make no key; nothing was taken."""


class _Left(Exception):
    """Cancel, or nobody is there."""


@dataclass(frozen=True, slots=True)
class Entry:
    """`key_within`: the next key, None when so many seconds are over."""

    display: Display
    key_within: Callable[[float], Awaitable[Key | None]]

    async def run(self, of: int) -> tuple[Component, str] | None:
        """The key, and who typed it; None where the entry was left. Raises ComponentsRefused."""
        names: list[str] = []
        parts: list[Component] = []
        try:
            for part in range(1, of + 1):
                names.append(await self._person(part, of, names))
                parts.append(await self._component(part, of, parts))
                self.display.show(SetupKeyPart(part, of, parts[-1].check.digits))
                await self._enter()
            try:
                made = join(parts)
            except ComponentError as e:
                raise ComponentsRefused(f"{e}: nothing was taken") from None
            self.display.show(SetupKeyWhole(made.check.digits, made.cipher.words))
            await self._enter()
        except _Left:
            return None
        return made, " and ".join(names)

    async def taken(self, made: Component) -> None:
        """Tells of it until Enter."""
        self.display.show(SetupKeyWhole(made.check.digits, made.cipher.words, taken=True))
        try:
            await self._enter()
        except _Left:
            return

    async def _person(self, part: int, of: int, before: list[str]) -> str:
        field = Typing.of(Answering.TEXT, LONGEST_NAME, first=Letters.DIGITS.value)
        refused: KeyRefusal | None = None
        while True:
            field = await self._typed(KeyField.PERSON, part, of, field, refused)
            name = field.text.strip()
            if not name:
                refused = KeyRefusal.NOBODY
            elif name.casefold() in map(str.casefold, before):
                refused = KeyRefusal.SAME_PERSON
            else:
                return name

    async def _component(self, part: int, of: int, before: list[Component]) -> Component:
        """With the first one the check value tells the cipher; the others are for the same."""
        ciphers = (before[0].cipher,) if before else tuple(Cipher)
        sizes = {2 * size for cipher in ciphers for size in cipher.sizes}
        if before:
            sizes = {2 * len(before[0].key.reveal())}
        refused: KeyRefusal | None = None
        for _ in range(TRIES):
            digits = await self._of_length(KeyField.COMPONENT, part, of, sizes, refused)
            allowed = set(range(CHECK_DIGITS, LONGEST_CHECK + 1))
            check = await self._of_length(KeyField.CHECK, part, of, allowed)
            for cipher in ciphers:
                try:
                    return read_component(digits, check, cipher)
                except ComponentError:
                    refused = KeyRefusal.CHECK
        raise ComponentsRefused(f"{TRIES} wrong components: nothing was taken")

    async def _of_length(
        self,
        what: KeyField,
        part: int,
        of: int,
        allowed: set[int],
        refused: KeyRefusal | None = None,
    ) -> str:
        secret = what is KeyField.COMPONENT
        answering = Answering.SECRET if secret else Answering.TEXT
        field = Typing.of(answering, max(allowed), first=Letters.HEX.value)
        while True:
            field = await self._typed(what, part, of, field, refused)
            if len(field.text) in allowed:
                return field.text
            refused = KeyRefusal.LENGTH if secret else KeyRefusal.CHECK_LENGTH

    async def _typed(
        self, what: KeyField, part: int, of: int, field: Typing, refused: KeyRefusal | None
    ) -> Typing:
        """Until Enter."""
        while True:
            self.display.show(
                SetupKeyText(
                    what,
                    part,
                    of,
                    field.shown,
                    len(field.text),
                    field.letters,
                    waiting=field.cycling is not None,
                    refused=refused,
                )
            )
            if field.cycling is None:
                key = await self._key()
            elif (pressed := await self.key_within(WAIT_S)) is not None:
                key = pressed
            else:
                field = field.settled()
                continue
            if key is Key.CANCEL:
                raise _Left
            if key is Key.ENTER:
                return field.settled()
            field, refused = field.pressed(key), None

    async def _enter(self) -> None:
        """Raises _Left on Cancel."""
        while (key := await self._key()) is not Key.ENTER:
            if key is Key.CANCEL:
                raise _Left

    async def _key(self) -> Key:
        key = await self.key_within(PATIENCE_S)
        if key is None:
            raise _Left
        return key
