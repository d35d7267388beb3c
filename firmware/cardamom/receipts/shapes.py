"""What text mode cannot set: rules, the declined frame, hatched bars, the QR code. Masks ("1", set
where black), sent to a printer as raster images."""

from __future__ import annotations

from typing import Final

from PIL import Image, ImageDraw

from cardamom.receipts.glyphs import glyph
from cardamom.receipts.letters import columns
from cardamom.receipts.lines import CELL_W, QR_MODULE, Layout, Run, Stroke

BOX_H: Final = 75
BOX_EDGE: Final = 4
BOX_TEXT: Final = 12
"""From the frame's top to the cells."""
HATCH_H: Final = 15
HATCH_PERIOD: Final = 24
HATCH_BLACK: Final = 13
SIGN_EDGE: Final = 3
DASH: Final = 7
"""Black dots in each column of a dashed rule."""


def band(dots: int, height: int) -> Image.Image:
    return Image.new("1", (dots, height), 255)


def ruled(dots: int, stroke: Stroke) -> Image.Image:
    if stroke is Stroke.SOLID:
        return band(dots, 4)
    mask = Image.new("1", (dots, 2))
    draw = ImageDraw.Draw(mask)
    for x in range(0, dots, CELL_W):
        draw.rectangle((x, 0, x + DASH - 1, 1), fill=255)
    return mask


def signature(dots: int) -> Image.Image:
    return band(dots, SIGN_EDGE)


def boxed(dots: int, run: Run) -> Image.Image:
    mask = Image.new("1", (dots, BOX_H))
    ImageDraw.Draw(mask).rectangle((0, 0, dots - 1, BOX_H - 1), outline=255, width=BOX_EDGE)
    set_run(mask, run, BOX_TEXT)
    return mask


def hatched(dots: int) -> Image.Image:
    mask = Image.new("1", (dots, HATCH_H))
    mask.putdata(
        [
            255 if (x + y + HATCH_PERIOD // 4) % HATCH_PERIOD < HATCH_BLACK else 0
            for y in range(HATCH_H)
            for x in range(dots)
        ]
    )
    return mask


def qr_code(content: str, layout: Layout) -> Image.Image:
    """The code alone, as wide as whole bytes; the paper about it is its quiet zone."""
    import qrcode

    code = qrcode.QRCode(border=0, error_correction=qrcode.constants.ERROR_CORRECT_M)
    code.add_data(content)
    code.make(fit=True)
    modules = code.get_matrix()
    pitch = min(QR_MODULE[layout.width], layout.dots // (len(modules) + 8))
    small = Image.new("1", (len(modules), len(modules)))
    small.putdata([255 if dark else 0 for row in modules for dark in row])
    large = small.resize((len(modules) * pitch,) * 2, Image.Resampling.NEAREST)
    mask = Image.new("1", (-(-large.width // 8) * 8, large.height))
    mask.paste(large, ((mask.width - large.width) // 2, 0))
    return mask


def set_run(mask: Image.Image, run: Run, y: int) -> None:
    """Sets a run's characters into `mask`, their cells from `y` down."""
    x = run.x
    for char in run.text:
        dots = glyph(char, run.wide, run.high)
        mask.paste(255, (x, y), dots)
        x += columns(char) * CELL_W * run.wide
