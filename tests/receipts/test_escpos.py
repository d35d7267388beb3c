"""ESC/POS: exact bytes where they are short, and what a printer draws of all."""

from __future__ import annotations

import shutil
import subprocess
from pathlib import Path

import pytest
from PIL import Image, ImageChops

from cardamom.receipts.escpos import TEAR_BAR, encode_slip
from cardamom.receipts.image import draw
from cardamom.receipts.lines import Bar, Layout, PaperWidth, Row, Run
from cardamom.receipts.place import Cells, place
from cardamom.receipts.samples import NAMES, sample
from cardamom.simulator.printer.printer import Printer
from cardamom.simulator.printer.roll import Slip
from cardamom.simulator.printer.server import DOTS
from cardamom.values.merchant import Language

WIDTHS: tuple[PaperWidth, ...] = (58, 80)


def printed(layout: Layout) -> Slip:
    slips: list[Slip] = []
    printer = Printer(DOTS[layout.width], slips.append)
    assert printer.receive(encode_slip(layout)) == b""
    assert not printer.unknown
    assert len(slips) == 1
    return slips[0]


def test_exact_bytes_of_a_short_slip() -> None:
    row = Row((Run(0, "卡号"), Run(240, "￥1", 2, 2)), 72, 16)
    expected = (
        b"\x1b@"  # reset
        b"\x1c&"  # two-byte characters
        b"\x1bJ\x18"  # 8 dots of head, 16 above the cells
        b"\x1b3\x52"  # 56 below the row's top, 26 of tail
        b"\xbf\xa8\xba\xc5" + b" " * 16 + b"\x1d!\x11\xa3\xa41\n"
        b"\x1bJ\x60"  # past the tear bar
        b"\x1dVB\x00"
    )
    assert encode_slip(Layout(58, (row,))) == expected


def test_a_bar_is_inverse_text_between_black_edges() -> None:
    data = encode_slip(Layout(80, (Bar(Run(240, "测试")),)))
    line = b"\x1dB\x01" + b" " * 20 + "测试".encode("gb18030") + b" " * 24 + b"\n\x1dB\x00"
    edges = [b"\x1dv0\x00\x48\x00" + bytes((h, 0)) + b"\xff" * 72 * h for h in (5, 7)]
    assert data.index(edges[0]) < data.index(line) < data.index(edges[1])


@pytest.mark.parametrize("width", WIDTHS)
@pytest.mark.parametrize("language", list(Language))
@pytest.mark.parametrize("name", NAMES)
def test_the_printer_draws_what_the_picture_shows(
    name: str, language: Language, width: PaperWidth
) -> None:
    layout = sample(name, language, width)
    picture, slip = draw(layout), printed(layout)
    tail = TEAR_BAR if width == 58 else 0  # the 80 mm profile has a cutter
    assert slip.image.size == (picture.width, picture.height + tail)
    on_paper = slip.image.crop((0, 0, *picture.size))
    assert ImageChops.logical_xor(picture, on_paper).getbbox() is None


@pytest.mark.parametrize("width", WIDTHS)
@pytest.mark.parametrize("language", list(Language))
@pytest.mark.parametrize("name", NAMES)
def test_the_printer_writes_what_the_layout_says(
    name: str, language: Language, width: PaperWidth
) -> None:
    layout = sample(name, language, width)
    parts, _ = place(layout)
    said = [
        [run.text for run in part.runs] if isinstance(part, Cells) else "raster" for part in parts
    ]
    lines = printed(layout).text.splitlines()
    assert len(lines) == len(said)
    for line, texts in zip(lines, said, strict=True):
        if isinstance(texts, str):
            assert line.startswith("[raster")
        else:
            assert line.split() == " ".join(texts).split()


@pytest.mark.skipif(shutil.which("zbarimg") is None, reason="zbarimg is not installed")
@pytest.mark.parametrize("width", WIDTHS)
def test_the_printed_code_reads_back(width: PaperWidth, tmp_path: Path) -> None:
    slip = printed(sample("sale-customer", Language.ZH, width))
    paper = Image.new("L", (slip.image.width + 80, slip.image.height), 255)
    paper.paste(slip.image, (40, 0))
    paper.save(tmp_path / "slip.png")
    read = subprocess.run(
        ["zbarimg", "--quiet", "--raw", tmp_path / "slip.png"],
        capture_output=True,
        check=True,
        text=True,
    )
    assert read.stdout.strip() == "cardamom.test/532613000345"
