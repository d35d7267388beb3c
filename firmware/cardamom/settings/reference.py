"""The settings page of the documentation, from the declarations: `python -m ...reference`."""

from __future__ import annotations

import sys
from typing import Any, get_type_hints

import msgspec

from cardamom.settings.convert import describe, metas
from cardamom.settings.model import Settings

HEAD = """# Settings

Every option of `terminal.toml`. Generated from `firmware/cardamom/settings/model.py`:
`python -m cardamom.settings.reference > docs/settings.md`.
"""


def page() -> str:
    """The page as Markdown."""
    hints = get_type_hints(Settings, include_extras=True)
    tables = []
    top = []
    for field in msgspec.structs.fields(Settings):
        hint = hints[field.name]
        if isinstance(hint, type) and issubclass(hint, msgspec.Struct):
            rows = [
                _row(f, get_type_hints(hint, include_extras=True)[f.name])
                for f in msgspec.structs.fields(hint)
            ]
            tables.append(_table(f"[{field.name}]", (hint.__doc__ or "").strip(), rows))
        else:
            top.append(_row(field, hint))
    return "\n".join([HEAD, _table("Top of the file", "", top), *tables])


def _table(title: str, about: str, rows: list[str]) -> str:
    head = ["| key | value | default | |", "| --- | --- | --- | --- |"]
    return "\n".join([f"## {title}", "", *([about, ""] if about else []), *head, *rows, ""])


def _row(field: Any, hint: Any) -> str:
    described = [m.description for m in metas(hint) if m.description]
    made = field.default is msgspec.NODEFAULT and not field.required
    value = field.default_factory() if made else field.default
    default = "required" if field.required else f"`{_default(value)}`"
    allowed = describe(hint).replace("|", "\\|")
    return f"| `{field.name}` | {allowed} | {default} | {described[-1] if described else ''} |"


def _default(value: object) -> str:
    match value:
        case bool():
            return str(value).lower()
        case tuple() | list():
            return "[" + ", ".join(map(str, value)) + "]"
        case str():
            return f'"{value}"'
        case _:
            return str(value)


if __name__ == "__main__":
    sys.stdout.write(page())
