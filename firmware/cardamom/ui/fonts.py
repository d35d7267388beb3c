"""Fonts of the Debian packages, found by file name: their folders differ between releases."""

from __future__ import annotations

from functools import lru_cache
from pathlib import Path

from PIL import ImageFont

from cardamom.faults import DeviceFault
from cardamom.ui.tokens import TOKENS


@lru_cache(maxsize=64)
def latin(px: int) -> ImageFont.FreeTypeFont:
    """Inter SemiBold at `px` pixels an em. Raises DeviceFault naming the package if missing."""
    return _open(find(TOKENS.font.latin, TOKENS.font.latin_package), px)


@lru_cache(maxsize=64)
def cjk(px: int) -> ImageFont.FreeTypeFont:
    """WenQuanYi Micro Hei (face 0; face 1 is the monospaced one) at `px` pixels an em."""
    return _open(find(TOKENS.font.cjk, TOKENS.font.cjk_package), px)


@lru_cache(maxsize=8)
def find(name: str, package: str, folders: tuple[str, ...] = TOKENS.font.folders) -> Path:
    """The file called `name`, with any font suffix where it has none."""
    pattern = name if Path(name).suffix else f"{name}.[ot]t[fc]"
    for folder in folders:
        for path in sorted(Path(folder).rglob(pattern)):
            return path
    raise DeviceFault(f"the font {name} is missing: install the Debian package {package}")


def _open(path: Path, px: int) -> ImageFont.FreeTypeFont:
    # with Raqm a picture would depend on libfribidi being there
    return ImageFont.truetype(str(path), px, index=0, layout_engine=ImageFont.Layout.BASIC)
