"""Every screen as a picture: `python -m cardamom.ui.gallery OUT_DIR [--size WxH] [--lang LANG]`.

Writes OUT_DIR/<size>/<lang>/NAME.png and a contact sheet OUT_DIR/sheet-<lang>-<width>.png, as in
the documentation. With `--goldens` it writes what the tests hold every screen to, and no sheets:
the upper five bits of each channel, and in 480x320 one screen of each kind.
"""

from __future__ import annotations

import argparse
from collections.abc import Iterator
from pathlib import Path
from typing import Final, cast

from PIL import Image

from cardamom.ui.render import render
from cardamom.ui.specimens import SPECIMENS
from cardamom.values.merchant import Language

SIZES: Final = ((320, 240), (480, 320))
COLUMNS: Final = 6
GAP: Final = 12
BACKDROP: Final = "#6B757B"


def pictures(size: tuple[int, int], language: Language) -> Iterator[tuple[str, Image.Image]]:
    """Name and picture of each specimen."""
    for name, specimen in SPECIMENS.items():
        yield name, render(specimen.of(language), specimen.status, language, size)


def sheet(shown: list[Image.Image]) -> Image.Image:
    """All pictures, of one size, side by side."""
    wide, high = shown[0].size
    rows = -(-len(shown) // COLUMNS)
    whole = Image.new("RGB", (COLUMNS * (wide + GAP) + GAP, rows * (high + GAP) + GAP), BACKDROP)
    for i, picture in enumerate(shown):
        row, column = divmod(i, COLUMNS)
        whole.paste(picture, (GAP + column * (wide + GAP), GAP + row * (high + GAP)))
    return whole


def golden(size: tuple[int, int], name: str) -> bool:
    """Whether the tests keep this picture: all in 320x240, else the first of each number."""
    kinds = {name[:2]: name for name in reversed(SPECIMENS)}
    return size == SIZES[0] or kinds[name[:2]] == name


def reduced(picture: Image.Image) -> Image.Image:
    """As glass with five bits a channel shows it, with a palette where that is exact."""
    coarse = picture.point([(level & 0xF8) | level >> 5 for level in range(256)] * 3)
    colours = coarse.getcolors(256)
    if colours is None:
        return coarse
    ordered = [cast("tuple[int, int, int]", c) for _, c in sorted(colours, reverse=True)]
    palette = Image.new("P", (1, 1))
    palette.putpalette([level for colour in ordered for level in colour])
    exact = coarse.quantize(palette=palette, dither=Image.Dither.NONE)
    return exact if exact.convert("RGB").tobytes() == coarse.tobytes() else coarse


def write_goldens(folder: Path) -> int:
    """Renders the goldens anew into `folder`, which then holds nothing else; their number."""
    for old in folder.rglob("*.png"):
        old.unlink()
    count = 0
    for size in SIZES:
        for language in Language:
            into = folder / f"{size[0]}x{size[1]}" / language
            into.mkdir(parents=True, exist_ok=True)
            for name, picture in pictures(size, language):
                if golden(size, name):
                    reduced(picture).save(into / f"{name}.png", optimize=True)
                    count += 1
    return count


def write(folder: Path, sizes: tuple[tuple[int, int], ...], languages: tuple[Language, ...]) -> int:
    """Renders everything anew into `folder`; the number of screens written."""
    count = 0
    for size in sizes:
        name_of_size = f"{size[0]}x{size[1]}"
        for language in languages:
            into = folder / name_of_size / language
            into.mkdir(parents=True, exist_ok=True)
            shown = []
            for name, picture in pictures(size, language):
                picture.save(into / f"{name}.png", optimize=True)
                shown.append(picture)
            sheet(shown).save(folder / f"sheet-{language}-{size[0]}.png", optimize=True)
            count += len(shown)
    return count


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m cardamom.ui.gallery", description=__doc__)
    parser.add_argument("out_dir", type=Path)
    parser.add_argument("--size", choices=[f"{w}x{h}" for w, h in SIZES])
    parser.add_argument("--lang", choices=list(Language))
    parser.add_argument("--goldens", action="store_true")
    asked = parser.parse_args()
    if asked.goldens:
        print(f"{write_goldens(asked.out_dir)} goldens in {asked.out_dir}")
        return
    sizes = tuple(s for s in SIZES if asked.size in (None, f"{s[0]}x{s[1]}"))
    languages = tuple(lang for lang in Language if asked.lang in (None, lang))
    count = write(asked.out_dir, sizes, languages)
    print(f"{count} screens in {asked.out_dir}")


if __name__ == "__main__":
    main()
