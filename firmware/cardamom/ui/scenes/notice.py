"""Alarms, and the last picture of a daemon that stops."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

from cardamom.texts.alarms import ALARMS
from cardamom.texts.notices import OTHER_READER, REFUSED, UNOPENED
from cardamom.ui.canvas import Canvas
from cardamom.ui.chrome import ICON, C, G, Keys, Look, T, enter, menu
from cardamom.ui.lettering import Weight
from cardamom.ui.scenes.outcome import amber_panel, with_trace
from cardamom.values.alarms import Cause
from cardamom.values.notices import (
    AlarmShown,
    KeysUnopened,
    OtherReader,
    SettingsRefused,
    Stopping,
)


def alarm(c: Canvas, s: AlarmShown, look: Look) -> Keys:
    """As 13 where money is open, else as 15: what is wrong, and what to do."""
    w, words = look.words, ALARMS[look.language][s.cause]
    right = c.width - G.margin
    if s.cause is Cause.PARKED:
        which = with_trace(s.amount, s.stan) if s.amount else ""
        amber_panel(c, "diamond_question", words.what, which)
        top, bottom = 118, 194
        c.field((G.margin, top, right, bottom), C.white, C.line, 1)
    else:
        c.icon("warn", 16, 30, ICON.emblem_reversal, C.no)
        size = c.fit(words.what, right - 98, T.reading)
        c.text(98, 66.4, words.what, size)
        top, bottom = 112, 194
        c.box((G.margin, top, right, bottom), C.no_soft, G.radius_field)
    room = right - G.margin - 24
    size = min(c.fit(line, room, T.row, Weight.MEDIUM, (20, 19, 18, 17, 16)) for line in words.do)
    centre = (top + bottom) / 2 - 15 * (len(words.do) - 1)
    for row, line in enumerate(words.do):
        c.text(24, centre + 30 * row, line, size, weight=Weight.MEDIUM)
    if s.idle:
        return Keys(left=menu(w.key_menu), right=enter(w.key_retry))
    return Keys(right=enter(w.key_got_it))


def stopping(c: Canvas, s: Stopping, look: Look) -> Keys:
    """The daemon is gone: no key does anything."""
    w = look.words
    headline = w.restarting if s.fault else w.stopped
    below = w.restarting_below if s.fault else w.stopped_below
    c.icon("ring_bar", 18, 76, ICON.emblem, C.ink2)
    room = c.width - G.margin - 112
    size = c.fit(headline, room, T.authorising)
    c.text(112, 103, headline, size)
    small = c.fit(below, room, T.body, Weight.MEDIUM, (18, 17, 16))
    y = 103 + 0.6 * (size + small) + 6.8
    c.text(112, y, below, small, C.ink2, weight=Weight.MEDIUM)
    return Keys()


_SMALL: Final = 16
_STEP: Final = 19.5
_LINES: Final = 5


def settings_refused(c: Canvas, s: SettingsRefused, look: Look) -> Keys:
    """What the technician has to correct, as far as it has room; the log has all of it."""
    words = REFUSED[look.language]
    lines = wrapped(c, s.why, c.width - 2 * G.margin - 16)
    if len(lines) > _LINES:
        lines = [*lines[: _LINES - 1], lines[_LINES - 1][:-1] + "…"]
    _not_started(c, words.what, lines, words.do)
    return Keys()


def keys_unopened(c: Canvas, _: KeysUnopened, look: Look) -> Keys:
    """As settings that are refused: what it may come from, and what makes it good."""
    words = UNOPENED[look.language]
    _not_started(c, words.what, words.why, words.do)
    return Keys()


def _not_started(c: Canvas, what: str, why: Sequence[str], do: str) -> None:
    right = c.width - G.margin
    c.icon("warn", 14.5, 27, ICON.warn, C.no)
    c.text(56, 44, what, c.fit(what, right - 56, 27, steps=(24, 22, 20)))
    c.box((G.margin, 64, right, 164), C.no_soft, G.radius_field)
    room = right - G.margin - 16
    size = min(c.fit(line, room, _SMALL, Weight.MEDIUM) for line in why)
    for row, line in enumerate(why):
        c.text(G.margin + 8, 76 + _STEP * row, line, size, weight=Weight.MEDIUM)
    size = c.fit(do, right - G.margin, 18, steps=(17, 16, 15))
    c.text(c.middle, 183, do, size, anchor="middle")


def other_reader(c: Canvas, s: OtherReader, look: Look) -> Keys:
    """As 15: which is there, which should be."""
    w, words = look.words, OTHER_READER[look.language]
    right = c.width - G.margin
    c.icon("warn", 14.5, 27, ICON.warn, C.no)
    c.text(56, 44, words.what, c.fit(words.what, right - 56, 27, steps=(24, 22, 20)))
    rows = ((words.wanted, s.wanted, C.surface), (words.found, s.found, C.no_soft))
    for row, (label, name, ground) in enumerate(rows):
        top = 64 + 40 * row
        c.box((G.margin, top, right, top + 36), ground, 3)
        c.text(G.margin + 8, top + 18, label, T.note, weight=Weight.MEDIUM)
        longest = max(c.text_width(each[0], T.note, Weight.MEDIUM) for each in rows)
        left = G.margin + 18 + longest
        c.text(left, top + 18, _cut(c, name, right - 8 - left), _SMALL)
    for row, line in enumerate(words.do):
        size = c.fit(line, right - G.margin, T.note, Weight.MEDIUM, (16, 15))
        c.text(G.margin + 8, 162 + 24 * row, line, size, weight=Weight.MEDIUM)
    return Keys(left=menu(w.key_menu), right=enter(w.key_retry))


def _cut(c: Canvas, name: str, room: float) -> str:
    """The beginning of a name, which tells maker and model."""
    if c.text_width(name, _SMALL) <= room:
        return name
    while name and c.text_width(f"{name}…", _SMALL) > room:
        name = name[:-1]
    return f"{name.rstrip()}…"


def wrapped(c: Canvas, text: str, room: float) -> list[str]:
    """Lines no longer than `room`; a word that is longer is broken, as paths are."""
    lines = [""]
    for word in text.split():
        joined = f"{lines[-1]} {word}".strip()
        if c.text_width(joined, _SMALL, Weight.MEDIUM) <= room:
            lines[-1] = joined
            continue
        if lines[-1]:
            lines.append("")
        for letter in word:
            if c.text_width(lines[-1] + letter, _SMALL, Weight.MEDIUM) > room:
                lines.append("")
            lines[-1] += letter
    return lines
