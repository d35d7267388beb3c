"""What clerk and supervisor ask for beside a sale: menu, the original, an amount, the passcode."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

from cardamom.texts.desk import WORDS, DeskWords
from cardamom.texts.reasons import reason_words
from cardamom.ui.canvas import Canvas
from cardamom.ui.chrome import ICON, C, Cap, G, Hint, Keys, Look, T, cancel, enter, hairline
from cardamom.ui.lettering import FIGURE_SPACE, Weight
from cardamom.ui.motion import caret_on
from cardamom.ui.scenes.entry import editing_keys, plain
from cardamom.values.account_screens import NothingToReprint, OwedList, OwedRow
from cardamom.values.kinds import Kind
from cardamom.values.operations import Operation
from cardamom.values.screens import (
    EnterPasscode,
    FindOriginal,
    Menu,
    RefundAmount,
    ShowOriginal,
)

ROWS: Final = 4
ROW_H: Final = 35.5
OWED_ROWS: Final = 3


def words_of(look: Look) -> DeskWords:
    return WORDS[look.language]


def heading(c: Canvas, title: str, note: str = "") -> None:
    """The first line of a list, and something small at its right."""
    right = c.width - G.text_inset
    room = right - G.text_inset
    if note:
        c.text(right, 41.6, note, T.note, C.ink2, anchor="right", cells=True)
        room -= c.text_width(note, T.note, cells=True) + 10
    c.text(G.text_inset, 41.6, title, c.fit(title, room, 25, steps=(24, 22, 20, 19)))


def rows_of(c: Canvas, rows: Sequence[tuple[str, str]], selected: int) -> Hint:
    """Four rows a page, each a label and what stands at its right; a hint to turn them."""
    page = selected // ROWS
    for row, (label, value) in enumerate(rows[page * ROWS : page * ROWS + ROWS]):
        centre = 76 + row * ROW_H
        chosen = page * ROWS + row == selected
        if chosen:
            c.box((8, centre - 17, c.width - 8, centre + 17), C.act, G.radius_row)
            c.icon("pointer", c.width - 28, centre - 8, 16, C.white)
        elif row and page * ROWS + row - 1 != selected:
            hairline(c, G.text_inset, c.width - G.text_inset, centre - ROW_H / 2)
        ink, faint = (C.white, C.white) if chosen else (C.ink, C.ink2)
        weight = Weight.STRONG if chosen else Weight.MEDIUM
        edge = c.width - (34 if chosen else G.text_inset)
        room = edge - 44
        if value:
            c.text(edge, centre, value, T.note, faint, weight=weight, anchor="right")
            room -= c.text_width(value, T.note, weight) + 8
        c.text(20, centre, str(row + 1), T.body, faint, cells=True)
        steps = (19, 18, 17, 16)
        c.text(44, centre, label, c.fit(label, room, T.row, weight, steps), ink, weight=weight)
    return Hint("", (Cap.UP, Cap.DOWN))


def page_of(selected: int, count: int, rows: int = ROWS) -> str:
    pages = -(-count // rows)
    return f"{selected // rows + 1}/{pages}" if pages > 1 else ""


def menu(c: Canvas, s: Menu, look: Look) -> Keys:
    """17."""
    d = words_of(look)
    heading(c, d.menu, page_of(s.selected, len(s.items)))
    rows = []
    for item in s.items:
        waits = item is Operation.OWED and s.waiting
        rows.append((d.operations[item], d.waiting.format(n=s.waiting) if waits else ""))
    turn = rows_of(c, rows, s.selected)
    return Keys(cancel(look.words.key_back), turn, enter(look.words.key_select))


def owed_list(c: Canvas, s: OwedList, look: Look) -> Keys:
    """As 17: amount, trace number and what becomes of it."""
    d = words_of(look)
    back = cancel(look.words.key_back)
    heading(c, d.owed, page_of(s.selected, len(s.rows), OWED_ROWS))
    if not s.rows:
        c.icon("disc_tick", 18, 84, ICON.emblem, C.ok)
        room = c.width - G.margin - 110
        c.text(110, 122, d.nothing_owed, c.fit(d.nothing_owed, room, T.headline_s))
        return Keys(left=back)
    page = s.selected // OWED_ROWS
    for at, row in enumerate(s.rows[page * OWED_ROWS : page * OWED_ROWS + OWED_ROWS]):
        _owed_row(c, row, look, 84 + at * 47, chosen=page * OWED_ROWS + at == s.selected)
    turn = Hint("", (Cap.UP, Cap.DOWN))
    return Keys(left=back, middle=turn if len(s.rows) > 1 else None)


def _owed_row(c: Canvas, row: OwedRow, look: Look, centre: float, *, chosen: bool) -> None:
    """Two lines: amount and what becomes of it, then which one it is."""
    if chosen:
        c.box((8, centre - 23, c.width - 8, centre + 23), C.act, G.radius_row)
    ink, faint = (C.white, C.white) if chosen else (C.ink, C.ink2)
    right = c.width - G.text_inset
    state = words_of(look).states.get(row.state, look.words.unknown)
    c.text(right, centre - 10, state, T.note, ink, anchor="right")
    amount = plain(row.amount)
    room = right - c.text_width(state, T.note) - 10 - G.text_inset
    c.text(G.text_inset, centre - 10, amount, c.fit(amount, room, T.row, steps=(19, 18, 16)), ink)
    below = look.words.kinds[row.kind]
    if row.stan:
        below += " · " + look.words.trace.format(stan=f"{row.stan:06d}")
    c.text(G.text_inset, centre + 11.4, below, T.caption, faint, weight=Weight.MEDIUM)


def find_original(c: Canvas, s: FindOriginal, look: Look) -> Keys:
    """As 02, with a trace number in the field."""
    w, d = look.words, words_of(look)
    c.text(G.text_inset, 43.7, w.kinds[s.kind], T.label, C.ink2, weight=Weight.MEDIUM)
    room = c.width - G.text_inset - G.margin
    c.text(G.text_inset, 76, d.enter_trace, c.fit(d.enter_trace, room, T.headline_s))
    right = _entry_field(c, look, refused=s.refused is not None)
    c.text(right - 18, 138.6, s.typed, T.amount_field, anchor="right", cells=True)
    reason = reason_words(s.refused, None, look.language) if s.refused else ""
    _below_field(c, reason or d.trace_hint, refused=bool(reason))
    return editing_keys(look)


def _entry_field(c: Canvas, look: Look, *, refused: bool) -> float:
    """The field of 02 with its caret; its right edge."""
    right = c.width - G.margin
    c.field((G.margin, 106, right, 172), C.white, C.act, 4 if refused else G.outline)
    if caret_on(look.tick):
        c.box((right - 13, 116, right - 10, 162), C.act)
    return right


def _below_field(c: Canvas, text: str, *, refused: bool) -> None:
    weight = Weight.STRONG if refused else Weight.MEDIUM
    size = c.fit(text, c.width - 32, T.caption, weight)
    colour = C.act if refused else C.ink2
    c.text(c.width - 16, 187.2, text, size, colour, weight=weight, anchor="right")


def refund_amount(c: Canvas, s: RefundAmount, look: Look) -> Keys:
    """As 02: how much of a sale to give back."""
    w, d = look.words, words_of(look)
    c.text(G.text_inset, 43.7, w.kinds[Kind.REFUND], T.label, C.ink2, weight=Weight.MEDIUM)
    c.text(G.text_inset, 76, d.refund_amount, T.headline_s)
    right = _entry_field(c, look, refused=s.refused)
    c.amount(right - 18, 157, s.amount, T.amount_field, c.width - 62, anchor="right")
    below = d.left
    if s.refused:
        below = d.over_left if s.amount.minor else w.amount_zero
    _below_field(c, below.format(amount=plain(s.left)), refused=s.refused)
    return editing_keys(look)


def show_original(c: Canvas, s: ShowOriginal, look: Look) -> Keys:
    """The amount at its largest, and what the slip in the hand says."""
    w, d = look.words, words_of(look)
    c.text(G.text_inset, 41.6, w.kinds[s.kind], T.sub)
    c.amount(c.middle, 95, s.amount, 44, c.width - 2 * G.margin)
    right = c.width - G.margin
    top = 108
    c.field((G.margin, top, right, 196), C.white, C.line, 1)
    when = f"{s.at:%m-%d %H:%M}"
    first = f"{plain(s.original)} · {s.stan:06d}" if s.stan else plain(s.original)
    rows = ((w.original, first), (d.card, s.card or "-"), (d.time, when))
    for row, (label, value) in enumerate(rows):
        centre = top + 15.4 + row * 28.6
        c.text(24, centre, label, T.note, C.ink2, weight=Weight.MEDIUM)
        room = right - 36 - c.text_width(label, T.note) - 10
        size = c.fit(value, room, T.body, steps=(18, 17, 16))
        c.text(right - 12, centre, value, size, anchor="right")
    if s.refused is None:
        return Keys(left=cancel(w.key_back), right=enter(w.act[s.kind]))
    _refused_row(c, reason_words(s.refused, None, look.language), (top + 58.4, 196))
    return Keys(left=cancel(w.key_back))


def _refused_row(c: Canvas, reason: str, at: tuple[float, float]) -> None:
    """Why not, in the place of the last row."""
    top, bottom = at
    c.box((G.margin, top, c.width - G.margin, bottom), C.no_soft, G.radius_row)
    centre = (top + bottom) / 2
    c.icon("octagon_cross", 20, centre - 10.6, 21.2, C.no)
    size = c.fit(reason, c.width - 2 * G.margin - 46, T.row, steps=(20, 19, 18, 17, 16))
    c.text(50, centre, reason, size, C.no)


def enter_passcode(c: Canvas, s: EnterPasscode, look: Look) -> Keys:
    """As 07 without an amount: for what, stars, and what was wrong."""
    w, d = look.words, words_of(look)
    name = d.operations[s.operation]
    c.text(G.text_inset, 43.7, name, T.label, C.ink2, weight=Weight.MEDIUM)
    room = c.width - 44.5 - 10 - G.text_inset
    size = c.fit(d.passcode, room, T.headline_s, steps=(28, 26, 25, 24, 23, 22))
    c.text(G.text_inset, 76, d.passcode, size)
    c.icon("lock", c.width - 44.5, 63, ICON.small, C.act)
    c.field((G.margin, 106, c.width - G.margin, 172), C.white, C.line if s.wait_s else C.act)
    for star in range(s.typed):
        c.icon("star", 24 + star * G.pin_cell, 139 - G.pin_star / 2, G.pin_star, C.ink)
    below, colour = d.passcode_hint, C.ink2
    if s.wait_s:
        wait = f"{s.wait_s:>2}".replace(" ", FIGURE_SPACE)
        below, colour = d.passcode_wait.format(n=wait), C.ink
    elif s.wrong:
        below, colour = d.passcode_wrong, C.ink
    c.text(G.text_inset, 185.4, below, T.body, colour, weight=Weight.MEDIUM, cells=True)
    return Keys(left=cancel(w.key_cancel)) if s.wait_s else editing_keys(look)


def nothing_to_reprint(c: Canvas, s: NothingToReprint, look: Look) -> Keys:
    """As a sale that was not completed: a ring with a bar, and why."""
    d = words_of(look)
    c.icon("ring_bar", 18, 36, ICON.emblem, C.ink)
    size = c.fit(d.no_reprint, c.width - G.margin - 110, T.reading)
    c.text(110, 75.2, d.no_reprint, size)
    below = d.no_reprint_below.get(s.operation, d.no_reprint_below[Operation.REPRINT])
    hairline(c, G.text_inset, c.width - G.text_inset, 124)
    size = c.fit(below, c.width - 4 * G.margin, T.reason)
    c.text(c.middle, 151, below, size, anchor="middle")
    return Keys(right=enter(look.words.key_done))
