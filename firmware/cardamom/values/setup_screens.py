"""What the screens of the setting up are to say."""

from __future__ import annotations

from dataclasses import dataclass

from cardamom.values.commissioning import (
    Doing,
    KeyField,
    KeyRefusal,
    Letters,
    Refusal,
    Step,
    Trouble,
)


@dataclass(frozen=True, slots=True)
class SetupChoice:
    """One of `options`; `selected` is the row under the pointer. `number` of `of` questions."""

    step: Step
    number: int
    of: int
    options: tuple[str, ...]
    selected: int = 0


@dataclass(frozen=True, slots=True)
class SetupText:
    """`typed` as it is shown (a secret comes as stars). `waiting`: its last character may still
    change by another press of its key. `again`: typed once more, to be sure."""

    step: Step
    number: int
    of: int
    typed: str
    letters: Letters
    waiting: bool = False
    refused: Refusal | None = None
    again: bool = False


@dataclass(frozen=True, slots=True)
class SetupWorking:
    """No key does anything."""

    doing: Doing


@dataclass(frozen=True, slots=True)
class SetupTrouble:
    """What is wrong and what to do; `detail` is the sentence of whoever found it. Enter goes on or
    tries again, Cancel (with `back`) leaves it, Down (with `skip`) goes on without."""

    trouble: Trouble
    detail: str = ""
    back: bool = False
    skip: bool = False


@dataclass(frozen=True, slots=True)
class SetupSummary:
    """All answers, secrets as stars, three rows a page. Enter sets the terminal up."""

    rows: tuple[tuple[Step, str], ...]
    selected: int = 0


@dataclass(frozen=True, slots=True)
class SetupDone:
    """Written. Enter starts the terminal; a first sale is the test."""

    terminal_id: str


@dataclass(frozen=True, slots=True)
class SetupKeyText:
    """What the person of component `part` of `of` types. `typed` as it is shown: of a component
    stars, and the newest digit while it may still change (`waiting`); `count` are its digits."""

    field: KeyField
    part: int
    of: int
    typed: str
    count: int
    letters: Letters
    waiting: bool = False
    refused: KeyRefusal | None = None


@dataclass(frozen=True, slots=True)
class SetupKeyPart:
    """Component `part` of `of` is in, and `check` is its check value: the next person comes."""

    part: int
    of: int
    check: str


@dataclass(frozen=True, slots=True)
class SetupKeyWhole:
    """The check value of the key that the components make. Enter: it is the one on the sheets;
    Cancel: it is not. `taken`: it is kept now."""

    check: str
    cipher: str
    taken: bool = False


SetupScreen = (
    SetupChoice
    | SetupText
    | SetupWorking
    | SetupTrouble
    | SetupSummary
    | SetupDone
    | SetupKeyText
    | SetupKeyPart
    | SetupKeyWhole
)
