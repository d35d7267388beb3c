"""The self-test: what is tried, what came of it, and what it was seen by."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime
from enum import StrEnum

import msgspec


class TestPart(StrEnum):
    """What is tried, in this order: what needs a person, or paper, comes last."""

    __test__ = False  # not pytest's

    JOURNAL = "journal"
    CLOCK = "clock"
    LINK = "link"
    KEYS = "keys"
    READER = "reader"
    CONTACTLESS = "contactless"
    BOARD = "board"
    DISK = "disk"
    DISPLAY = "display"
    LIGHTS = "lights"
    KEYPAD = "keypad"
    PRINTER = "printer"


class Grade(StrEnum):
    """What came of it."""

    OK = "ok"
    WARNING = "warning"
    """It works, and somebody should see to it."""
    FAILED = "failed"
    NOT_TRIED = "not_tried"
    """Nothing is known: it is not there, or it takes a person to tell."""


class Finding(StrEnum):
    """What was found; texts/selftest.py has a sentence for each, in each language."""

    JOURNAL_OK = "journal_ok"
    JOURNAL_LOW_SPACE = "journal_low_space"
    JOURNAL_FAULT = "journal_fault"
    CLOCK_OK = "clock_ok"
    CLOCK_UNTOLD = "clock_untold"
    CLOCK_UNSYNCED = "clock_unsynced"
    CLOCK_WRONG = "clock_wrong"
    LINK_OK = "link_ok"
    LINK_NO_ECHO = "link_no_echo"
    LINK_HOST_EXPIRES = "link_host_expires"
    LINK_OURS_EXPIRES = "link_ours_expires"
    LINK_OURS_EXPIRED = "link_ours_expired"
    LINK_FAULT = "link_fault"
    KEYS_OK = "keys_ok"
    KEYS_NONE = "keys_none"
    KEYS_FEW = "keys_few"
    KEYS_CLOSED = "keys_closed"
    KEYS_FAULT = "keys_fault"
    READER_CARD = "reader_card"
    READER_EMPTY = "reader_empty"
    READER_MUTE = "reader_mute"
    READER_FAULT = "reader_fault"
    CONTACTLESS_CHIP = "contactless_chip"
    CONTACTLESS_OK = "contactless_ok"
    CONTACTLESS_FAULT = "contactless_fault"
    BOARD_OK = "board_ok"
    BOARD_WARM = "board_warm"
    BOARD_HOT = "board_hot"
    BOARD_LOW_VOLTAGE = "board_low_voltage"
    BOARD_HAD_LOW_VOLTAGE = "board_had_low_voltage"
    BOARD_THROTTLED = "board_throttled"
    BOARD_OTHER = "board_other"
    BOARD_MUTE = "board_mute"
    DISK_OK = "disk_ok"
    DISK_WORN = "disk_worn"
    DISK_SPENT = "disk_spent"
    DISK_UNTOLD = "disk_untold"
    DISPLAY_RIGHT = "display_right"
    DISPLAY_WRONG = "display_wrong"
    DISPLAY_UNSEEN = "display_unseen"
    DISPLAY_FAULT = "display_fault"
    LIGHTS_RIGHT = "lights_right"
    LIGHTS_WRONG = "lights_wrong"
    LIGHTS_UNSEEN = "lights_unseen"
    LIGHTS_FAULT = "lights_fault"
    KEYPAD_OK = "keypad_ok"
    KEYPAD_LINE = "keypad_line"
    KEYPAD_KEYS = "keypad_keys"
    KEYPAD_SILENT = "keypad_silent"
    KEYPAD_UNTRIED = "keypad_untried"
    KEYPAD_FAULT = "keypad_fault"
    PRINTER_PRINTED = "printer_printed"
    PRINTER_ANSWERS = "printer_answers"
    PRINTER_LOW = "printer_low"
    PRINTER_OUT = "printer_out"
    PRINTER_FAULT = "printer_fault"
    PRINTER_NONE = "printer_none"
    BROKEN = "broken"
    """The trial itself failed."""


class Result(msgspec.Struct, frozen=True, kw_only=True):
    """What came of one part."""

    part: TestPart
    grade: Grade
    finding: Finding
    fill: dict[str, str] = {}
    """What the finding's sentence has blanks for: figures, pins and names of no language; `why` is
    English and stands in English sentences alone."""
    facts: dict[str, str] = {}
    """What was read on the way, for support: of no language, without secrets."""


class SelfTestReport(msgspec.Struct, frozen=True, kw_only=True):
    """A whole run."""

    at: datetime
    results: tuple[Result, ...]

    @property
    def well(self) -> bool:
        """Nothing failed and nothing is to be seen to; what was not tried tells nothing."""
        return all(r.grade in (Grade.OK, Grade.NOT_TRIED) for r in self.results)


def summary(results: Iterable[Result]) -> str:
    """One line for the journal: each part with its grade."""
    return " ".join(f"{r.part.value}={r.grade.value}" for r in results)


class JournalFacts(msgspec.Struct, frozen=True, kw_only=True):
    """What the journal's trial saw."""

    free_bytes: int
    commit_ms: float
    """Of the probe, durable."""
    tail: int
    """Events of the chain that were checked."""
    last: int
    """The last event's number."""
    keys: tuple[HeldKey, ...] = ()
    dukpt: bool = False
    """Messages take a key each."""
    dukpt_left: int | None = None
    """Keys left; None where there is no initial key that opens."""


class HeldKey(msgspec.Struct, frozen=True, kw_only=True):
    """A key by name and check values."""

    slot: str
    check_values: tuple[str, ...]
    opens: bool = True


class LinkFacts(msgspec.Struct, frozen=True, kw_only=True):
    """What a connection to the host is like."""

    host: str
    profile: str
    tls: str
    """As TLSv1.3."""
    cipher: str
    names: tuple[str, ...]
    """Of the host's certificate."""
    host_expires: datetime | None
    echo_ms: float | None
    """There and back; None where the profile has no echo."""


class DiskWear(msgspec.Struct, frozen=True, kw_only=True):
    """How much of a disk's writing life is spent."""

    name: str
    """As the kernel names it: mmcblk0."""
    used_percent: int
    """Upper end of the tenth that it reports."""
    spare: int = 0
    """Reserved blocks: 1 normal, 2 eight tenths are used, 3 nearly all are; 0 where it does not
    tell."""
