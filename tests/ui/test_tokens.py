"""The numbers of the look: contrast, colours exact on the panel, words in every place."""

from __future__ import annotations

from pathlib import Path

import msgspec
import pytest

from cardamom.faults import DeviceFault
from cardamom.ui.emblems import SHAPES, mask
from cardamom.ui.fonts import find
from cardamom.ui.lettering import FIGURE_SPACE, Weight, width
from cardamom.ui.tokens import TOKENS, Colours


def luminance(colour: str) -> float:
    """WCAG 2.1, relative luminance."""

    def part(level: float) -> float:
        return level / 12.92 if level <= 0.03928 else float(((level + 0.055) / 1.055) ** 2.4)

    red, green, blue = (part(int(colour[i : i + 2], 16) / 255) for i in (1, 3, 5))
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue


def contrast(one: str, other: str) -> float:
    light, dark = sorted((luminance(one), luminance(other)), reverse=True)
    return (light + 0.05) / (dark + 0.05)


def test_contrast() -> None:
    assert contrast("#FFFFFF", "#000000") == pytest.approx(21)
    for group in TOKENS.contrast:
        for one, other in group.pairs:
            ratio = contrast(getattr(TOKENS.colour, one), getattr(TOKENS.colour, other))
            assert ratio >= group.least, (one, other, ratio)


def test_colours_are_exact_in_rgb565() -> None:
    for name in msgspec.structs.fields(Colours):
        colour = getattr(TOKENS.colour, name.name)
        red, green, blue = (int(colour[i : i + 2], 16) for i in (1, 3, 5))
        assert red == (red >> 3) << 3 | red >> 5, name
        assert green == (green >> 2) << 2 | green >> 6, name
        assert blue == (blue >> 3) << 3 | blue >> 5, name


def test_every_shape_stays_inside_its_square() -> None:
    for name in SHAPES:
        shape = mask(name, 96)
        assert shape.size == (96, 96)
        assert shape.histogram()[255] > 0, name
        for edge in ((0, 0, 96, 1), (0, 95, 96, 96), (0, 0, 1, 96), (95, 0, 96, 96)):
            assert sum(shape.crop(edge).histogram()[128:]) == 0, (name, edge)


def test_digits_stand_in_cells() -> None:
    for px in (14, 17, 52):
        wide = {width(digit, px, Weight.STRONG, cells=True) for digit in "0123456789"}
        assert wide == {width(FIGURE_SPACE, px, Weight.STRONG, cells=True)}


def test_a_missing_font_names_its_package(tmp_path: Path) -> None:
    with pytest.raises(DeviceFault, match=r"Nothing-Bold .* package fonts-nothing$"):
        find("Nothing-Bold", "fonts-nothing", (str(tmp_path),))


def test_a_font_is_found_in_any_folder_with_any_suffix(tmp_path: Path) -> None:
    (tmp_path / "truetype" / "x").mkdir(parents=True)
    font = tmp_path / "truetype" / "x" / "Inter-SemiBold.ttf"
    font.touch()
    assert find("Inter-SemiBold", "fonts-inter", (str(tmp_path / "none"), str(tmp_path))) == font
