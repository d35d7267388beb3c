"""TOML tables to typed structs, each error naming file, key and what is allowed."""

from __future__ import annotations

import tomllib
from enum import Enum
from pathlib import Path
from typing import Annotated, Any, Literal, TypeVar, Union, get_args, get_origin, get_type_hints

import msgspec
from msgspec import Meta

from cardamom.faults import SettingsError

S = TypeVar("S", bound=msgspec.Struct)


def read_toml(path: Path) -> dict[str, Any]:
    """The file's tables. Raises SettingsError naming the file."""
    try:
        return tomllib.loads(path.read_text("utf-8"))
    except FileNotFoundError:
        raise SettingsError(f"{path}: no such file") from None
    except (OSError, UnicodeDecodeError) as e:
        raise SettingsError(f"{path}: cannot be read ({type(e).__name__})") from None
    except tomllib.TOMLDecodeError as e:
        raise SettingsError(f"{path}: not TOML: {e}") from None


def convert(raw: object, into: type[S], source: str, key: str = "") -> S:
    """`raw` as a struct of type `into`. Raises SettingsError for the first key that is wrong."""
    if not isinstance(raw, dict):
        raise SettingsError(f"{source}: {key or 'the file'}: expected a table")
    hints = get_type_hints(into, include_extras=True)
    fields = {f.encode_name: f for f in msgspec.structs.fields(into)}
    for name in raw:
        if name not in fields:
            allowed = ", ".join(fields)
            raise SettingsError(f"{source}: {_join(key, name)}: unknown key; allowed: {allowed}")
    values: dict[str, Any] = {}
    for name, field in fields.items():
        where = _join(key, name)
        hint = hints[field.name]
        if name not in raw:
            if field.required:
                raise SettingsError(f"{source}: {where}: missing; expected {describe(hint)}")
            continue
        values[field.name] = _value(raw[name], hint, source, where)
    return into(**values)


def _value(raw: object, hint: Any, source: str, where: str) -> Any:
    plain = _strip(hint)
    if isinstance(plain, type) and issubclass(plain, msgspec.Struct):
        return convert(raw, plain, source, where)
    if get_origin(plain) is dict and isinstance(raw, dict):
        key_hint, value_hint = get_args(plain)
        return {
            _value(k, key_hint, source, _join(where, k)): _value(
                v, value_hint, source, _join(where, k)
            )
            for k, v in raw.items()
        }
    try:
        return msgspec.convert(raw, hint)
    except msgspec.ValidationError:
        raise SettingsError(
            f"{source}: {where}: {_shown(raw)} is not allowed; expected {describe(hint)}"
        ) from None


def _shown(raw: object) -> str:
    text = repr(raw)
    return text if len(text) <= 40 else text[:37] + "..."


def _join(key: str, name: str) -> str:
    return f"{key}.{name}" if key else name


def _strip(hint: Any) -> Any:
    while get_origin(hint) is Annotated:
        hint = get_args(hint)[0]
    return hint


def metas(hint: Any) -> list[Meta]:
    """All msgspec.Meta of an annotated type, outermost last."""
    if get_origin(hint) is not Annotated:
        return []
    inner, *notes = get_args(hint)
    return metas(inner) + [n for n in notes if isinstance(n, Meta)]


def describe(hint: Any) -> str:
    """What a value of this type may be, in words."""
    plain = _strip(hint)
    if get_origin(plain) is Literal:
        return "one of " + ", ".join(map(str, get_args(plain)))
    if isinstance(plain, type) and issubclass(plain, Enum):
        return "one of " + ", ".join(str(m.value) for m in plain)
    if get_origin(plain) is tuple:
        parts = get_args(plain)
        return f"a list of {len(parts)}, each {describe(parts[0])}"
    if get_origin(plain) is list:
        most = [m.max_length for m in metas(hint) if m.max_length is not None]
        count = f" of at most {most[-1]}" if most else ""
        return f"a list{count}, each {describe(get_args(plain)[0])}"
    if get_origin(plain) is Union:
        return " or ".join(describe(a) for a in get_args(plain) if a is not type(None))
    return _NAMES.get(plain, "a table") + _bounds(metas(hint))


_NAMES = {str: "text", int: "a whole number", float: "a number", bool: "true or false"}


def _bounds(notes: list[Meta]) -> str:
    words = []
    for meta in notes:
        if meta.ge is not None and meta.le is not None:
            words.append(f" from {meta.ge} to {meta.le}")
        if meta.pattern is not None:
            words.append(f" matching {meta.pattern}")
        if meta.min_length is not None and meta.max_length is not None:
            words.append(f" of {meta.min_length} to {meta.max_length} characters")
        elif meta.min_length is not None:
            words.append(f" of at least {meta.min_length} characters")
    return "".join(words)
