"""Idle, amount, PIN: screens that wait for the keypad."""

from __future__ import annotations

from cardamom.texts.alarms import ALARMS
from cardamom.ui.canvas import Canvas
from cardamom.ui.chrome import ICON, C, Cap, G, Hint, Keys, Look, T, cancel, enter, menu
from cardamom.ui.lettering import FIGURE_SPACE, Weight
from cardamom.ui.motion import caret_on
from cardamom.values.alarms import Cause
from cardamom.values.kinds import Kind
from cardamom.values.money import Money
from cardamom.values.screens import EnterAmount, EnterPin, Idle, SupportSeen


def idle(c: Canvas, s: Idle, look: Look) -> Keys:
    """01 and 22. The house mark, a welcome, and what to do."""
    w = look.words
    if look.training:
        c.ground = C.fake
        c.box((0, 0, c.width, 48), C.fake)
        c.text(c.middle, 34.4, w.practice_idle, T.note, C.white, anchor="middle")
    strip = s.alarm or s.support
    drop = 9 if look.training else -7 if strip else 0
    c.icon("pod", 16, 57 + drop, ICON.pictogram, C.fake if look.training else C.pod)
    x, room = 122.0, c.width - G.margin - 122
    size = c.fit(w.welcome, room, T.outcome, steps=(40, 36, 33))
    c.text(x, 77.3 + drop, w.welcome, size)
    name = c.fit(s.merchant, room, T.sub, Weight.MEDIUM)
    y = 77.3 + drop + 0.6 * (size + name) + 6.8
    c.text(x, y, s.merchant, name, C.ink2, weight=Weight.MEDIUM)
    prompt = c.fit(w.type_amount, c.width - 2 * G.margin, T.body)
    c.text(c.middle, 150 if strip else 181, w.type_amount, prompt, C.act, anchor="middle")
    if s.alarm:
        _alarm(c, s.alarm, s.alarms, look)
    elif s.support:
        _support(c, s.support, look)
    return Keys(left=menu(w.key_menu) if s.menu else None)


def _alarm(c: Canvas, cause: Cause, count: int, look: Look) -> None:
    """A strip above the keys: amber where money is open, else as a failed part."""
    money = cause is Cause.PARKED
    c.box((G.margin, 164, c.width - G.margin, 196), C.unk if money else C.no_soft, G.radius_row)
    icon, colour = ("diamond_question", C.ink) if money else ("warn", C.no)
    c.icon(icon, 20, 168.5, 23, colour)
    right = c.width - G.margin - 10
    if count > 1:
        c.text(right, 180, f"+{count - 1}", T.note, colour, anchor="right", cells=True)
        right -= c.text_width(f"+{count - 1}", T.note, cells=True) + 8
    text = ALARMS[look.language][cause].short
    size = c.fit(text, right - 50, T.body, steps=(18, 17, 16))
    c.text(50, 180, text, size, colour)


def _support(c: Canvas, seen: SupportSeen, look: Look) -> None:
    """A strip above the keys: filled while somebody is here, an outline after."""
    here = seen is SupportSeen.HERE
    at = (G.margin, 164, c.width - G.margin, 196)
    if here:
        c.box(at, C.act, G.radius_row)
    else:
        c.field(at, C.white, C.act, 1.5, G.radius_row)
    text = look.words.support[seen]
    size = c.fit(text, c.width - 2 * G.margin - 24, T.body, steps=(18, 17, 16))
    c.text(c.middle, 180, text, size, C.white if here else C.act, anchor="middle")


def enter_amount(c: Canvas, s: EnterAmount, look: Look) -> Keys:
    """02. The field grows a heavier outline, and the line below says why, where it refused."""
    w = look.words
    c.text(G.text_inset, 43.7, w.kinds[Kind.SALE], T.label, C.ink2, weight=Weight.MEDIUM)
    c.text(G.text_inset, 76, w.enter_amount, T.headline_s)
    right = c.width - G.margin
    c.field((G.margin, 106, right, 172), C.white, C.act, 4 if s.refused else G.outline)
    c.amount(right - 18, 157, s.amount, T.amount_field, c.width - 62, anchor="right")
    if caret_on(look.tick):
        c.box((right - 13, 116, right - 10, 162), C.act)
    below, colour, weight = w.limit, C.ink2, Weight.MEDIUM
    if s.refused:
        below = w.over_limit if s.amount.minor else w.amount_zero
        colour, weight = C.act, Weight.STRONG
    text = below.format(amount=plain(s.limit))
    c.text(c.width - 16, 187.2, text, T.caption, colour, weight=weight, anchor="right")
    return editing_keys(look)


def enter_pin(c: Canvas, s: EnterPin, look: Look) -> Keys:
    """07. The amount first; stars only, from a fixed left edge, so that one changes no other."""
    w = look.words
    c.amount(c.middle, 74, s.amount, T.amount, c.width - 2 * G.margin)
    c.text(G.text_inset, 104, w.enter_pin, T.headline_s)
    c.icon("lock", c.width - 44.5, 91, ICON.small, C.act)
    c.field((G.margin, 126, c.width - G.margin, 168), C.white, C.act)
    for star in range(s.typed):
        x = 24 + star * G.pin_cell
        c.icon("star", x, 147 - G.pin_star / 2, G.pin_star, C.ink)
    below, colour = w.cover_keypad, C.ink2
    if s.wrong or s.last_try:
        below = w.wrong_pin if not s.last_try else w.wrong_last_try if s.wrong else w.last_try
        colour = C.ink
    left = w.seconds_left.format(n=f"{s.seconds_left:>2}".replace(" ", FIGURE_SPACE))
    edge = c.width - G.text_inset
    room = edge - c.text_width(left, T.hint, Weight.MEDIUM, cells=True) - 10 - G.text_inset
    size = c.fit(below, room, T.body, Weight.MEDIUM, (18, 17, 16))
    c.text(G.text_inset, 185, below, size, colour, weight=Weight.MEDIUM)
    c.text(edge, 184.8, left, T.hint, C.ink2, weight=Weight.MEDIUM, anchor="right", cells=True)
    return editing_keys(look)


def editing_keys(look: Look) -> Keys:
    """Of a field that takes digits."""
    w = look.words
    clear = Hint(w.key_clear, (Cap.CLEAR,))
    return Keys(cancel(w.key_cancel), clear, enter(w.key_ok))


def plain(money: Money) -> str:
    """An amount inside a line of text."""
    return f"{money.unit.sign}{money.digits(grouped=True)}"
