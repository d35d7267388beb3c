"""Slips held to recorded pictures. Renew with `python -m cardamom.receipts.gallery --goldens
tests/golden/receipts`, and look at what changed."""

from __future__ import annotations

from pathlib import Path

import pytest
from PIL import Image

from cardamom.receipts.gallery import render

GOLDEN = Path(__file__).parents[1] / "golden" / "receipts"


@pytest.fixture(scope="module")
def drawn(tmp_path_factory: pytest.TempPathFactory) -> Path:
    out = tmp_path_factory.mktemp("receipts")
    render(out, goldens=True)
    return out


def names(folder: Path) -> set[str]:
    return {str(p.relative_to(folder)) for p in folder.rglob("*") if p.is_file()}


def test_none_is_missing_and_none_is_unused(drawn: Path) -> None:
    assert names(drawn) == names(GOLDEN)


def test_letters_are_as_recorded(drawn: Path) -> None:
    for name in sorted(n for n in names(drawn) if n.endswith(".txt")):
        assert (drawn / name).read_text("utf-8") == (GOLDEN / name).read_text("utf-8"), name


def test_dots_are_as_recorded(drawn: Path) -> None:
    """Decoded pixels, not files: zlib differs between wheels."""
    for name in sorted(n for n in names(drawn) if n.endswith(".png")):
        with Image.open(drawn / name) as new, Image.open(GOLDEN / name) as old:
            assert new.size == old.size, name
            assert new.convert("1").tobytes() == old.convert("1").tobytes(), name
