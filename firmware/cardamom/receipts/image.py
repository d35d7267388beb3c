"""A slip as a picture, dot for dot what a printer puts on paper."""

from __future__ import annotations

from PIL import Image, ImageChops

from cardamom.receipts.lines import CELL_H, Layout
from cardamom.receipts.place import Cells, place
from cardamom.receipts.shapes import set_run


def draw(layout: Layout) -> Image.Image:
    """Black on white, mode "1", one pixel a dot."""
    parts, height = place(layout)
    ink = Image.new("1", (layout.dots, height))
    for part in parts:
        if isinstance(part, Cells):
            for run in part.runs:
                # cells of unlike height stand on one foot, as printers set them
                set_run(ink, run, part.y + part.height - CELL_H * run.high)
            if part.inverse:
                area = (0, part.y, layout.dots, part.y + part.height)
                ink.paste(ImageChops.invert(ink.crop(area)), area)
        else:
            ink.paste(255, ((layout.dots - part.mask.width) // 2, part.y), part.mask)
    return ImageChops.invert(ink)
