"""Every screen, pixel by pixel, against the pictures in tests/golden/screens.

`python -m cardamom.ui.gallery tests/golden/screens --goldens` renders them anew. A golden keeps
the upper five bits of each channel, as a picture on 16-bit glass: less is not seen. With the fonts
that the goldens were made with a picture is exact; another release of the font packages may move an
outline by a fraction of a pixel, so there a mean difference of MEAN levels is let pass.
"""

from __future__ import annotations

import hashlib
from pathlib import Path

import pytest
from PIL import Image, ImageChops, ImageStat

from cardamom.ui.fonts import find
from cardamom.ui.gallery import SIZES, golden, pictures, reduced
from cardamom.ui.specimens import SPECIMENS
from cardamom.ui.tokens import TOKENS
from cardamom.values.merchant import Language

GOLDEN = Path(__file__).parent.parent / "golden" / "screens"
MEAN = 4.0
FONTS = {
    "wqy-microhei.ttc": "2420e8078af796b19a3f6ef13de527a1a91c1e7171eea115926c614ced1009b3",
    "Inter-SemiBold": "8c1990b6012254ea2b487161697d107357dd0ee55811cfd91c8c11227bbef457",
}


def same_fonts() -> bool:
    files = (
        find(TOKENS.font.cjk, TOKENS.font.cjk_package),
        find(TOKENS.font.latin, TOKENS.font.latin_package),
    )
    found = [hashlib.sha256(path.read_bytes()).hexdigest() for path in files]
    return found == list(FONTS.values())


@pytest.mark.parametrize("language", list(Language))
@pytest.mark.parametrize("size", SIZES, ids=lambda s: f"{s[0]}x{s[1]}")
def test_each_screen_is_its_golden(size: tuple[int, int], language: Language) -> None:
    exact = same_fonts()
    wrong = []
    for name, picture in pictures(size, language):
        if not golden(size, name):
            continue
        with Image.open(GOLDEN / f"{size[0]}x{size[1]}" / language / f"{name}.png") as kept:
            difference = ImageChops.difference(reduced(picture).convert("RGB"), kept.convert("RGB"))
        off = max(ImageStat.Stat(difference).mean)
        if off > (0 if exact else MEAN):
            wrong.append(f"{name}: {off:.2f} levels off in {difference.getbbox()}")
    assert not wrong, "\n".join(wrong)


def test_no_golden_is_unused_and_none_is_missing() -> None:
    wanted = {
        GOLDEN / f"{w}x{h}" / language / f"{name}.png"
        for w, h in SIZES
        for language in Language
        for name in SPECIMENS
        if golden((w, h), name)
    }
    assert set(GOLDEN.rglob("*.png")) == wanted
