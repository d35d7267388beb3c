"""A key's components: a person's field, a component that is in, the whole key's check value."""

from __future__ import annotations

from typing import Final

from cardamom.texts.key_entry import KEY_WORDS
from cardamom.ui.canvas import Canvas
from cardamom.ui.chrome import ICON, C, G, Keys, Look, T, cancel, enter, hairline, menu, words_block
from cardamom.ui.lettering import Weight
from cardamom.ui.motion import caret_on
from cardamom.ui.scenes.desk import heading
from cardamom.values.commissioning import KeyField, Letters
from cardamom.values.setup_screens import SetupKeyPart, SetupKeyText, SetupKeyWhole

FIELD: Final = (92, 140)
SHOWN: Final = 16
"""Hex digits that are shown, the newest ones."""
GROUP: Final = 4
HEX: Final = "2: 2 A B C    3: 3 D E F"


def key_text(c: Canvas, s: SetupKeyText, look: Look, letters: str) -> Keys:
    """`letters`: what F does where a name is typed."""
    w = KEY_WORDS[look.language]
    heading(c, w.title.format(part=s.part, of=s.of))
    right = c.width - G.margin
    refused = s.refused is not None
    c.field((G.margin, FIELD[0], right, FIELD[1]), C.white, C.act, 4 if refused else G.outline)
    hexadecimal = s.letters is Letters.HEX
    shown = grouped(s.typed) if hexadecimal else s.typed
    c.text(G.margin + 10, (FIELD[0] + FIELD[1]) / 2, shown, 22)
    end = G.margin + 12 + c.text_width(shown, 22)
    if s.waiting:
        c.box((end - 14, FIELD[1] - 9, end - 2, FIELD[1] - 6), C.act)
    elif caret_on(look.tick):
        c.box((end, FIELD[0] + 9, end + 3, FIELD[1] - 9), C.act)
    c.text(G.text_inset, 72, w.hints[s.field], T.note, C.ink2)
    mark = str(s.count) if hexadecimal else s.letters.value
    c.text(right, 72, mark, T.note, C.act, anchor="right")
    if s.refused is not None:
        why = w.refusals[s.refused]
        size = c.fit(why, c.width - 2 * G.text_inset, T.body, steps=(19, 18, 17, 16))
        c.text(G.text_inset, 168, why, size, C.act)
    else:
        below = HEX if hexadecimal else w.alone
        c.text(G.text_inset, 168, below, T.body, C.ink2, weight=Weight.MEDIUM)
    middle = menu(letters) if s.field is KeyField.PERSON else None
    return Keys(cancel(look.words.key_cancel), middle, enter(look.words.key_ok))


def grouped(typed: str) -> str:
    """The newest digits, in fours from the first digit on."""
    start = max(0, -(-(len(typed) - SHOWN) // GROUP) * GROUP)
    groups = [typed[at : at + GROUP] for at in range(start, len(typed), GROUP)]
    return ("… " if start else "") + " ".join(groups)


def key_part(c: Canvas, s: SetupKeyPart, look: Look) -> Keys:
    """The check value stands in place of the component."""
    w = KEY_WORDS[look.language]
    below = w.last_person if s.part == s.of else w.next_person
    return _checked(c, "disc_tick", w.held.format(part=s.part, of=s.of), below, s.check, look)


def key_whole(c: Canvas, s: SetupKeyWhole, look: Look) -> Keys:
    """Asked before it is taken, told afterwards."""
    w = KEY_WORDS[look.language]
    value = f"{s.cipher} {s.check}"
    if s.taken:
        return _checked(c, "disc_tick", w.taken, w.taken_below, value, look)
    _checked(c, "warn", w.compare, w.compare_below, value, look)
    return Keys(cancel(w.no), None, enter(w.yes))


def _checked(c: Canvas, icon: str, what: str, below: str, value: str, look: Look) -> Keys:
    w = KEY_WORDS[look.language]
    c.icon(icon, 18, 46, ICON.emblem, C.ok if icon == "disc_tick" else C.act)
    words_block(c, 110, 74, what, T.headline_s, below)
    hairline(c, G.text_inset, c.width - G.text_inset, 134)
    c.text(G.text_inset, 165, w.check, T.note, C.ink2, weight=Weight.MEDIUM)
    room = c.width - 2 * G.text_inset - c.text_width(w.check, T.note, Weight.MEDIUM) - 12
    size = c.fit(value, room, 26, steps=(24, 22, 20, 18))
    c.text(c.width - G.text_inset, 165, value, size, anchor="right")
    return Keys(right=enter(look.words.key_done if "tick" in icon else w.yes))
