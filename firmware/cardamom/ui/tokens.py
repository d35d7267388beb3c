"""The look as numbers, read once from tokens.toml."""

from __future__ import annotations

import tomllib
from importlib import resources
from typing import Final

import msgspec


class Colours(msgspec.Struct, frozen=True):
    """Each colour has one meaning; `#RRGGBB`, exact in RGB565."""

    paper: str
    surface: str
    line: str
    ink: str
    ink2: str
    act: str
    ok: str
    no: str
    no_soft: str
    unk: str
    fake: str
    bezel: str
    lamp: str
    lamp_off: str
    white: str
    k_cancel: str
    k_clear: str
    k_enter: str
    k_fn: str
    pod: str


class Contrast(msgspec.Struct, frozen=True):
    """Pairs of colours, and the least contrast ratio (WCAG 2) that they may have."""

    least: float
    pairs: tuple[tuple[str, str], ...]


class Font(msgspec.Struct, frozen=True):
    """Font files, the Debian packages they come from, and how they are set."""

    cjk: str
    cjk_package: str
    latin: str
    latin_package: str
    folders: tuple[str, ...]
    cjk_stroke_strong: float
    cjk_stroke_medium: float
    optical_centre: float
    currency_scale: float
    currency_gap: float


class Type(msgspec.Struct, frozen=True):
    """Text sizes in units."""

    tag: int
    status: int
    caption: int
    hint: int
    note: int
    body: int
    label: int
    row: int
    sub: int
    chip_amount: int
    reason: int
    headline_s: int
    authorising: int
    reading: int
    headline: int
    outcome: int
    amount: int
    amount_field: int
    amount_xl: int
    headline_steps: tuple[int, ...]
    amount_steps: tuple[int, ...]


class Grid(msgspec.Struct, frozen=True):
    """Lengths in units."""

    status_h: int
    lights_y: int
    lights_h: int
    light_w: int
    light_h: int
    light_gap: int
    content_bottom: int
    keybar_h: int
    keycap: int
    keycap_radius: int
    keybar_inset: int
    margin: int
    text_inset: int
    column_text_x: int
    gap: int
    radius_field: int
    radius_row: int
    outline: int
    declined_frame: int
    hatch_h: int
    row_h_choice: int
    row_h_part: float
    walker_block: int
    walker_dot: int
    walker_gap: int
    pin_cell: int
    pin_star: int


class Icon(msgspec.Struct, frozen=True):
    """Sizes of pictograms in units; `units`, `stroke`, `corner` are of the drawing grid."""

    status: int
    bullet: int
    bullet_s: int
    small: int
    warn: int
    pictogram: int
    pictogram_wide: int
    emblem: int
    emblem_unknown: int
    emblem_reversal: int
    units: int
    stroke: float
    stroke_emblem: float
    corner: float
    supersample: int


class Motion(msgspec.Struct, frozen=True):
    """What moves by itself, in ticks; `budget_bytes` is the most one tick may send."""

    tick_ms: int
    walker_ticks: int
    caret_ticks: int
    budget_bytes: int


class Tokens(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    colour: Colours
    contrast: tuple[Contrast, ...]
    font: Font
    type: Type
    grid: Grid
    icon: Icon
    motion: Motion


def _load() -> Tokens:
    text = resources.files(__package__).joinpath("tokens.toml").read_text("utf-8")
    return msgspec.convert(tomllib.loads(text), Tokens)


TOKENS: Final = _load()
