"""What to do with card, paper or pen, and the house mark; one picture each, on the grid of 48."""

from __future__ import annotations

from cardamom.ui.pen import CUT, Pen, curve


def tap(pen: Pen) -> None:
    """A card and three arcs: the four-arc contactless symbol belongs to others."""
    pen.frame((1.2, 12.6, 26, 34.6))
    pen.box((6.4, 18.4, 13.2, 24), 1.2)
    pen.line((7.4, 29.2), (17.2, 29.2), width=2.4)
    for radius in (7.2, 14.2, 21):
        pen.arc((24.9, 23.6), radius, (-44, 44))


def hold(pen: Pen) -> None:
    """A card kept above the reader."""
    pen.frame((8, 1.8, 40, 22.2))
    pen.box((13, 7.4, 19.7, 13), 1.2)
    pen.line((26, 15.4), (34, 15.4), width=2.8)
    for radius in (5.8, 12.4):
        pen.arc((24, 38), radius, (-135, -45))
    pen.box((3, 38.2, 45, 46.6), 4)


def _seated(pen: Pen) -> None:
    pen.line((8.8, 28.8), (8.8, 7), width=3.6)
    pen.arc((11.4, 7), 2.6, (180, 270))
    pen.line((11.4, 4.4), (24.6, 4.4))
    pen.arc((24.6, 7), 2.6, (270, 360))
    pen.line((27.2, 7), (27.2, 28.8))
    pen.box((5, 30.6, 31, 32.2), 0, CUT)
    pen.box((7, 27, 10.6, 30.6))
    pen.box((25.4, 27, 29, 30.6))
    pen.box((13, 18.6, 23, 26.8), 1.4)
    pen.box((1.4, 32.2, 34.5, 45.2), 3.4)
    pen.box((5.6, 35.3, 30.3, 38), 1.35, CUT)


def seated(pen: Pen) -> None:
    """A card in the reader: leave it there."""
    _seated(pen)


def insert(pen: Pen) -> None:
    _seated(pen)
    pen.line((40.3, 11), (40.3, 35), width=4.4)
    pen.line((35.3, 31), (40.3, 36.9), (45.3, 31), width=4.2)


def remove(pen: Pen) -> None:
    _seated(pen)
    pen.line((40.3, 12), (40.3, 37.6), width=4.4)
    pen.line((35.3, 16.8), (40.3, 10.9), (45.3, 16.8), width=4.2)


def swipe(pen: Pen) -> None:
    pen.frame((4.4, 4, 43.6, 28))
    pen.box((4.4, 9.4, 43.6, 14.8))
    pen.line((11.4, 21.4), (21, 21.4), width=2.8)
    pen.line((6, 38), (40, 38))
    pen.line((35, 32.6), (41.4, 38), (35, 43.4))


def scan(pen: Pen) -> None:
    """A code in the finder's corners."""
    for x, dx in ((4, 1), (44, -1)):
        for y, dy in ((4, 1), (44, -1)):
            pen.line((x, y + 10 * dy), (x, y), (x + 10 * dx, y))
    for x, y in ((13, 13), (28, 13), (13, 28)):
        pen.frame((x, y, x + 8, y + 8), 0.6, 2.6)
    for dot_x, dot_y in ((28.0, 28.0), (33.4, 28.0), (28.0, 33.4), (33.4, 33.4)):
        pen.box((dot_x, dot_y, dot_x + 3.4, dot_y + 3.4))


def bank(pen: Pen) -> None:
    """The issuer is asked."""
    pen.shape((24, 6.6), (41.8, 17.6), (6.4, 17.6), rounding=1.7)
    for x in (8.6, 17.6, 26.6, 35.6):
        pen.box((x, 22.8, x + 4.3, 35.4))
    pen.box((4.8, 38.2, 43.6, 43.3), 1.3)


def printer(pen: Pen) -> None:
    pen.frame((13.8, 3.6, 36, 18), 0.8, 3.3)
    pen.box((4.9, 15, 45, 34.8), 3.6)
    pen.disc((38.2, 21.2), 2.3, CUT)
    pen.box((12.8, 26.2, 37, 36), 1, CUT)
    pen.frame((14.2, 27.6, 35.8, 43.7), 0.9, 3.1)


def pen_on_line(pen: Pen) -> None:
    """Sign here."""
    pen.shape((9.5, 37), (12.2, 23.6), (28, 6.4), (38.6, 17), (22.6, 33.4), rounding=0.4)
    pen.shape((30.4, 4.2), (34.6, 0.8), (44.4, 10.4), (41, 14.4), rounding=0.4)
    pen.line((3.4, 44.6), (42, 44.6), width=3.2)


def lock(pen: Pen) -> None:
    """What is typed here stays secret."""
    pen.box((6.6, 21.6, 42.8, 46.2), 2.6)
    pen.arc((24.6, 18), 10.4, (180, 360), width=4.4)
    pen.line((14.2, 18), (14.2, 24), width=4.4)
    pen.line((35, 18), (35, 24), width=4.4)
    pen.disc((24.6, 32), 3.6, CUT)
    pen.line((24.6, 32), (24.6, 38.6), width=3, tone=CUT)


def star(pen: Pen) -> None:
    """One digit of a PIN."""
    for x, y in ((0, 20), (17.6, 10.2), (17.6, -10.2)):
        pen.line((24 - x, 24 - y), (24 + x, 24 + y), width=6.6)


def pod(pen: Pen) -> None:
    """A cardamom pod."""
    outline = [
        *curve((15.2, 44), (12.6, 38), (12.8, 31)),
        *curve((12.8, 31), (13.4, 15.6), (26, 10.4)),
        *curve((26, 10.4), (31, 8.6), (37.4, 8.9)),
        *curve((37.4, 8.9), (39.9, 14), (39.8, 23)),
        *curve((39.8, 23), (38.6, 33), (30.4, 39.4)),
        *curve((30.4, 39.4), (23.4, 44), (15.2, 44)),
    ]
    pen.shape(*outline)
    pen.line((39.1, 5.8), (37.2, 9.6), width=3.6)
    pen.bend((34.6, 11.6), (18, 21.5), (17.4, 41), 2.6, CUT)
    pen.bend((35.6, 12.2), (27.4, 25.4), (18.2, 41.2), 2.6, CUT)
    pen.bend((37, 12.8), (38, 27.4), (18.9, 42), 2.6, CUT)


PICTOGRAMS = {
    "tap": tap,
    "hold": hold,
    "seated": seated,
    "insert": insert,
    "remove": remove,
    "swipe": swipe,
    "scan": scan,
    "bank": bank,
    "printer": printer,
    "pen": pen_on_line,
    "lock": lock,
    "star": star,
    "pod": pod,
}
