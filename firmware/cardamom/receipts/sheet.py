"""Builds a Layout: fits words to the paper's width."""

from __future__ import annotations

from typing import Final

from cardamom.receipts.letters import columns, printable, wrap
from cardamom.receipts.lines import (
    CELL_H,
    CELL_W,
    COLUMNS,
    ROW,
    Bar,
    Box,
    Layout,
    Line,
    PaperWidth,
    Row,
    Rule,
    Run,
    Stroke,
)

MIDDLE: Final[dict[PaperWidth, int]] = {58: 17, 80: 26}
"""Where the middle column of a table ends."""


class Sheet:
    """Takes text as people write it; what does not fit beside its label takes its own line."""

    def __init__(self, width: PaperWidth) -> None:
        self.width = width
        self.columns = COLUMNS[width]
        self._lines: list[Line] = []

    def layout(self) -> Layout:
        return Layout(self.width, tuple(self._lines))

    def add(self, *lines: Line) -> None:
        self._lines.extend(lines)

    def solid(self) -> None:
        self.add(Rule(Stroke.SOLID))

    def dashed(self) -> None:
        self.add(Rule(Stroke.DASHED))

    def left(self, text: str) -> None:
        for line in wrap(printable(text), self.columns):
            self.add(Row((Run(0, line),)))

    def centred(self, text: str) -> None:
        for line in wrap(printable(text), self.columns):
            self.add(Row((self._centre(line, 1, 1),)))

    def headline(self, text: str) -> None:
        """Centred double size, a line for each in `text`; a longer one is double height alone."""
        for piece in text.split("\n"):
            line = printable(piece)
            wide = 2 if columns(line) * 2 <= self.columns else 1
            for part in wrap(line, self.columns // wide):
                self.add(_double(self._centre(part, wide, 2)))

    def pair(self, label: str, value: str) -> None:
        """Label at the left, value at the right."""
        label, value = printable(label), printable(value)
        if columns(label) + 1 + columns(value) <= self.columns:
            self.add(Row((Run(0, label), self._right(value, 1, 1))))
            return
        self.left(label)
        for line in wrap(value, self.columns):
            self.add(Row((self._right(line, 1, 1),)))

    def triple(self, label: str, count: str, value: str) -> None:
        """A row of a table: label at the left, a count that ends at MIDDLE, a value at the right.
        What does not fit takes its own line."""
        label, count, value = printable(label), printable(count), printable(value)
        middle = MIDDLE[self.width]
        counted = Run((middle - columns(count)) * CELL_W, count)
        if columns(label) + 1 + columns(count) > middle:
            self.left(label)
            label = ""
        runs: tuple[Run, ...] = (Run(0, label), counted) if label else (counted,)
        if columns(value) + 1 > self.columns - middle:
            self.add(Row(runs))
            runs = ()
        self.add(Row((*runs, self._right(value, 1, 1))))

    def double_pair(self, label: str, value: str) -> None:
        """Both double size."""
        label, value = printable(label), printable(value)
        if (columns(label) + 1 + columns(value)) * 2 <= self.columns:
            self.add(_double(Run(0, label, 2, 2), self._right(value, 2, 2)))
            return
        for text in (label, value):
            self.headline(text)

    def amount(self, label: str, value: str) -> None:
        """The amount as large as the paper allows; it steps down and is never cut."""
        label, value = printable(label), printable(value)
        sizes = ((3, 3), (2, 2), (1, 2)) if self.width == 80 else ((2, 2), (1, 2))
        room = self.columns - columns(label) - 1
        fitting = [size for size in sizes if columns(value) * size[0] <= room]
        wide, high = fitting[0] if fitting else sizes[-1]
        if not fitting:
            self.left(label)
            label = ""
        value_run = self._right(value, wide, high)
        runs = (Run(0, label), value_run) if label else (value_run,)
        self.add(Row(runs, CELL_H * (high + 1), 20 - 2 * high))

    def bar(self, text: str) -> None:
        text = printable(text)
        # on a whole column: in inverse the blanks before it are black cells
        self.add(Bar(Run((self.columns - columns(text)) // 2 * CELL_W, text)))

    def box(self, text: str) -> None:
        self.add(Box(self._centre(printable(text), 2, 2)))

    def _centre(self, text: str, wide: int, high: int) -> Run:
        return Run((self.columns - columns(text) * wide) * CELL_W // 2, text, wide, high)

    def _right(self, text: str, wide: int, high: int) -> Run:
        return Run((self.columns - columns(text) * wide) * CELL_W, text, wide, high)


def _double(*runs: Run) -> Row:
    return Row(runs, 2 * ROW, 6)
