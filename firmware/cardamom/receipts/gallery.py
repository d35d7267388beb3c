"""`python -m cardamom.receipts.gallery OUT`: every sample slip, as picture and in letters.

Writes `OUT/58mm/en/NAME.png`, `NAME.txt` and so on. With `--goldens` it writes what the tests hold
the slips to: pictures and letters on 58 mm, letters on 80 mm.
"""

from __future__ import annotations

import argparse
import sys
from pathlib import Path

from cardamom.receipts.image import draw
from cardamom.receipts.lines import PaperWidth
from cardamom.receipts.samples import NAMES, sample
from cardamom.values.merchant import Language


def render(
    out: Path, widths: tuple[PaperWidth, ...] = (58, 80), *, goldens: bool = False
) -> list[Path]:
    """Writes them all; the files written."""
    written = []
    for width in widths:
        for language in Language:
            folder = out / f"{width}mm" / language
            folder.mkdir(parents=True, exist_ok=True)
            for name in NAMES:
                layout = sample(name, language, width)
                picture, letters = folder / f"{name}.png", folder / f"{name}.txt"
                letters.write_text(layout.text(), "utf-8")
                written.append(letters)
                if width == 58 or not goldens:
                    draw(layout).save(picture, optimize=True)
                    written.append(picture)
    return written


def main(argv: list[str] | None = None) -> int:
    parser = argparse.ArgumentParser(prog="python -m cardamom.receipts.gallery")
    parser.add_argument("out", type=Path, help="folder to write to")
    parser.add_argument("--width", type=int, choices=(58, 80), help="only this paper, mm")
    parser.add_argument("--goldens", action="store_true", help="only what the tests keep")
    options = parser.parse_args(argv)
    widths: tuple[PaperWidth, ...] = (options.width,) if options.width else (58, 80)
    for path in render(options.out, widths, goldens=options.goldens):
        sys.stdout.write(f"{path}\n")
    return 0


if __name__ == "__main__":
    sys.exit(main())
