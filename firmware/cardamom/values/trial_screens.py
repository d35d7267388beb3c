"""What the screens of the self-test are to say."""

from __future__ import annotations

from dataclasses import dataclass

from cardamom.values.keys import Key
from cardamom.values.selftest import Result, TestPart


@dataclass(frozen=True, slots=True)
class SelfTesting:
    """This part is being tried; `done` of `of` parts are through."""

    part: TestPart
    done: int
    of: int


@dataclass(frozen=True, slots=True)
class TestPattern:
    """Colours, greys and a frame. `asked`: Enter says that it is right, Cancel
    that it is not."""

    __test__ = False  # not pytest's

    asked: bool = False


@dataclass(frozen=True, slots=True)
class TestKeys:
    """The keys as they lie; those that came are marked."""

    __test__ = False

    came: frozenset[Key]


@dataclass(frozen=True, slots=True)
class LightsAsked:
    """The lights go on one by one, then a tone. `asked` as TestPattern's."""

    asked: bool = False


@dataclass(frozen=True, slots=True)
class SelfTestShown:
    """What came of it: parts with their grades, and the selected one's sentence. Up and Down turn
    the rows, Enter and Cancel leave."""

    results: tuple[Result, ...]
    selected: int = 0


TrialScreen = SelfTesting | TestPattern | TestKeys | LightsAsked | SelfTestShown
