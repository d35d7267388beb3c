"""What the panel of a whole terminal shows, held against the recorded pictures."""

from __future__ import annotations

from pathlib import Path
from typing import Final

from PIL import Image, ImageChops, ImageStat

from cardamom.simulator.rig import Rig
from cardamom.ui.gallery import reduced

GOLDEN: Final = Path(__file__).parent.parent / "golden" / "screens" / "320x240"
BODY: Final = (0, 24, 320, 200)
"""Between status line and keys: these go by the hour and by where a screen stands."""
MEAN: Final = 4.0
"""Levels that other fonts than the recorded ones may differ by."""


def pictured(rig: Rig, name: str, language: str) -> bool:
    """Whether the panel's last picture is the recorded one between status line and keys."""
    pictures = sorted(rig.screens.glob("*.png"), key=lambda path: path.stat().st_mtime_ns)
    if not pictures:
        return False
    try:
        with Image.open(pictures[-1]) as picture:
            seen = reduced(picture.convert("RGB")).convert("RGB").crop(BODY)
    except (OSError, SyntaxError):  # it is being written
        return False
    with Image.open(GOLDEN / language / f"{name}.png") as kept:
        wanted = kept.convert("RGB").crop(BODY)
    return max(ImageStat.Stat(ImageChops.difference(seen, wanted)).mean) <= MEAN
