"""Settlement step by step, what it came to, and reports to read."""

from __future__ import annotations

from typing import Final

from cardamom.texts.desk import DeskWords
from cardamom.ui.canvas import Canvas
from cardamom.ui.chrome import ICON, C, G, Keys, Look, T, cancel, enter, hairline
from cardamom.ui.lettering import Weight
from cardamom.ui.scenes.desk import heading, words_of
from cardamom.values.account_screens import BatchFull, ReportShown
from cardamom.values.money import Money
from cardamom.values.report import ReportKind, ReportRow
from cardamom.values.screens import (
    Settled,
    SettlementRefused,
    SettleRefusal,
    SettleStep,
    Settling,
)
from cardamom.values.totals import Totals

NODE: Final = 22
"""Side of a step's number."""
STEPS: Final = tuple(SettleStep)


def settling(c: Canvas, s: Settling, look: Look) -> Keys:
    """19: four steps, how far the upload is, and that power may be cut."""
    d = words_of(look)
    heading(c, d.settlement.format(batch=s.batch))
    _steps(c, s.step, d)
    if s.step is SettleStep.UPLOAD and s.of:
        c.text(c.middle, 136.4, f"{s.done} / {s.of}", 29, anchor="middle", cells=True)
    else:
        doing = d.doing[s.step]
        size = c.fit(doing, c.width - 2 * G.margin, 26)
        c.text(c.middle, 136.4, doing, size, anchor="middle")
    _progress(c, _share(s))
    below, colour, weight = d.keep_power, C.ink2, Weight.MEDIUM
    if s.code is not None:
        below, colour, weight = d.refused.format(code=s.code), C.no, Weight.STRONG
    elif s.waiting:
        below, colour, weight = d.no_answer, C.ink, Weight.STRONG
    size = c.fit(below, c.width - 2 * G.margin, T.hint, weight, (16, 15))
    c.text(c.middle, 190.4, below, size, colour, weight=weight, anchor="middle")
    return Keys()


def _share(s: Settling) -> float:
    """How full the bar is: it takes turns with the count's second digit, so that little changes."""
    if not s.of:
        return STEPS.index(s.step) / len(STEPS)
    if s.done >= s.of:
        return 1.0
    return (s.done + 5) // 10 * 10 / s.of


def _steps(c: Canvas, now: SettleStep, d: DeskWords) -> None:
    first, last = 49.0, c.width - 49.0
    pitch = (last - first) / (len(STEPS) - 1)
    at = STEPS.index(now)
    for i, step in enumerate(STEPS):
        x, y = first + i * pitch, 76.0
        if i:
            colour = C.ok if i <= at else C.line
            c.box((x - pitch + NODE / 2 + 1, y - 1, x - NODE / 2 - 1, y + 1), colour)
        where = (x - NODE / 2, y - NODE / 2, x + NODE / 2, y + NODE / 2)
        if i < at:
            c.icon("disc_tick", where[0], where[1], NODE, C.ok)
        elif i == at:
            c.box(where, C.act, 4)
            c.text(x, y, str(i + 1), 16, C.white, anchor="middle")
        else:
            c.field(where, C.paper, C.ink2, 1.4, 4)
            c.text(x, y, str(i + 1), 16, C.ink2, anchor="middle")
        colour = C.act if i == at else C.ink if i < at else C.ink2
        weight = Weight.STRONG if i == at else Weight.MEDIUM
        size = c.fit(d.steps[step], pitch - 4, T.hint, weight, (16, 15))
        c.text(x, 101, d.steps[step], size, colour, weight=weight, anchor="middle")


def _progress(c: Canvas, share: float) -> None:
    left, top, right, bottom = G.margin, 160, c.width - G.margin, 176
    c.field((left, top, right, bottom), C.white, C.ink2, 1.4, 3)
    full = left + 3 + (right - left - 6) * min(1.0, max(0.0, share))
    if c.px(full) > c.px(left + 3):
        c.box((left + 3, top + 3, full, bottom - 3), C.act)


def settled(c: Canvas, s: Settled, look: Look) -> Keys:
    """The batch is closed: its sums, and whether the host's agreed."""
    d = words_of(look)
    c.icon("disc_tick", 14.5, 28, ICON.warn, C.ok)
    right = c.width - G.text_inset
    number = f"{s.batch:06d}"
    c.text(right, 44.6, number, T.row, C.ink2, anchor="right", cells=True)
    room = right - c.text_width(number, T.row, cells=True) - 12 - 56
    c.text(56, 44.6, d.settled, c.fit(d.settled, room, T.headline_s))
    rows = s.totals[:3]
    if not rows:
        c.box((G.margin, 74, c.width - G.margin, 150), C.surface, G.radius_row)
        c.text(c.middle, 112, d.empty, T.headline_s, anchor="middle")
        return Keys(right=enter(look.words.key_done))
    height = (76, 44, 28)[len(rows) - 1]
    for row, totals in enumerate(rows):
        _sum(c, 74 + row * (height + 4), height, totals, d)
    below = d.uploaded.format(n=s.uploaded) if s.uploaded else d.agreed
    size = c.fit(below, c.width - 2 * G.margin, T.note, Weight.MEDIUM)
    c.text(c.middle, 184.4, below, size, weight=Weight.MEDIUM, anchor="middle")
    return Keys(right=enter(look.words.key_done))


def _sum(c: Canvas, top: float, height: float, totals: Totals, d: DeskWords) -> None:
    right = c.width - G.margin
    c.box((G.margin, top, right, top + height), C.surface, G.radius_row)
    centre = top + height / 2
    label = d.count.format(n=_items(totals))
    c.text(24, centre, label, T.body, weight=Weight.MEDIUM)
    left = 24 + c.text_width(label, T.body, Weight.MEDIUM) + 10
    _net(c, totals, right - 12, centre, right - 12 - left, min(40.0, height * 0.85))


def _net(c: Canvas, totals: Totals, right: float, centre: float, room: float, start: float) -> None:
    money = Money(min(abs(totals.net_minor), 999_999_999_999), totals.currency)
    if totals.net_minor >= 0:
        c.amount(right, centre + 0.365 * start, money, start, room, anchor="right")
        return
    text = f"-{money.unit.sign}{money.digits(grouped=True)}"
    size = c.fit(text, room, start * 0.85, steps=(28, 26, 24, 22, 20, 18, 16))
    c.text(right, centre, text, size, anchor="right", cells=True)


def _items(totals: Totals) -> int:
    return totals.debits + totals.debit_reversals + totals.credits + totals.credit_reversals


def settlement_refused(c: Canvas, s: SettlementRefused, look: Look) -> Keys:
    """Nothing was begun: what is in the way, and what will end it."""
    w, d = look.words, words_of(look)
    c.icon("warn", 14.5, 27, ICON.warn, C.no)
    room = c.width - G.margin - 56
    c.text(56, 44, d.not_now, c.fit(d.not_now, room, 27, steps=(24, 22)))
    c.box((G.margin, 72, c.width - G.margin, 126), C.surface, G.radius_row)
    why = d.why_not[s.why].format(n=s.count)
    size = c.fit(why, c.width - 4 * G.margin, T.reason, steps=(26, 25, 24, 23, 22, 20))
    c.text(c.middle, 99, why, size, anchor="middle")
    then = d.then[s.why]
    size = c.fit(then, c.width - 2 * G.margin, T.row, Weight.MEDIUM, (20, 19, 18, 17, 16))
    c.text(c.middle, 161, then, size, weight=Weight.MEDIUM, anchor="middle")
    if s.why is SettleRefusal.PARKED:
        return Keys(left=cancel(w.key_back), right=enter(w.key_supervisor))
    return Keys(right=enter(w.key_got_it))


def batch_full(c: Canvas, s: BatchFull, look: Look) -> Keys:
    """As 15: no payment until the batch is settled."""
    w, d = look.words, words_of(look)
    c.icon("warn", 18, 36, ICON.emblem, C.no)
    size = c.fit(d.batch_full, c.width - G.margin - 110, T.reading)
    c.text(110, 75.2, d.batch_full, size)
    below = d.batch_limit.format(n=s.limit)
    hairline(c, G.text_inset, c.width - G.text_inset, 124)
    size = c.fit(below, c.width - 4 * G.margin, T.reason)
    c.text(c.middle, 151, below, size, anchor="middle")
    return Keys(left=cancel(w.key_back), right=enter(w.key_settle))


def report_shown(c: Canvas, s: ReportShown, look: Look) -> Keys:
    """Counts and amounts by kind, the sum below; where currencies are many, sums alone."""
    w, d, report = look.words, words_of(look), s.report
    title = d.report if report.kind is ReportKind.X else d.z_report
    heading(c, title.format(batch=report.batch))
    if not report.totals:
        c.box((G.margin, 66, c.width - G.margin, 108), C.surface, G.radius_row)
        size = c.fit(d.nothing_done, c.width - 4 * G.margin, T.row)
        c.text(c.middle, 87, d.nothing_done, size, anchor="middle")
    elif len(report.totals) == 1:
        y = 70.0
        for row in report.rows:
            _kind_row(c, y, row, look)
            y += 27
        hairline(c, G.text_inset, c.width - G.text_inset, y - 13)
        totals = report.totals[0]
        count = sum(row.count for row in report.rows)
        total = f"{d.total} {count}"
        c.text(G.text_inset, y + 4, total, T.row)
        left = G.text_inset + c.text_width(total, T.row) + 10
        edge = c.width - G.text_inset
        _net(c, totals, edge, y + 4, edge - left, 30)
    else:
        height = 112 / max(3, len(report.totals[:4])) - 4
        for at, totals in enumerate(report.totals[:4]):
            _sum(c, 62 + at * (height + 4), height, totals, d)
    _open_items(c, s, look)
    return Keys(left=cancel(w.key_back), right=enter(w.key_print))


def _kind_row(c: Canvas, y: float, row: ReportRow, look: Look) -> None:
    money = Money(row.minor, row.currency)
    value = ("-" if row.sign < 0 else "") + money.digits(grouped=True)
    edge = c.width - G.text_inset
    c.text(G.text_inset, y, look.words.kinds[row.kind], T.body, weight=Weight.MEDIUM)
    middle = c.width * 0.44
    c.text(middle, y, str(row.count), T.body, C.ink2, anchor="right", cells=True)
    size = c.fit(value, edge - middle - 8, T.body, steps=(18, 17, 16))
    c.text(edge, y, value, size, anchor="right", cells=True)


def _open_items(c: Canvas, s: ReportShown, look: Look) -> None:
    """What stands beside the totals, in one line."""
    d, report = words_of(look), s.report
    parts = [f"{d.unknown} {len(report.pending)}"] if report.pending else []
    listed = (report.advices, report.waiting)
    parts += [f"{d.states[items[0].state]} {len(items)}" for items in listed if items]
    below = " · ".join(parts)
    if below:
        size = c.fit(below, c.width - 2 * G.margin, T.hint, Weight.STRONG, (16,))
        c.text(c.middle, 188, below, size, anchor="middle")
