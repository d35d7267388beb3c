"""Named objects as lines for people and as JSON with stable keys."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Any

from cardamom.engines.emv.explain.objects import Node


def lines(nodes: Iterable[Node], depth: int = 0, longest: int | None = None) -> Iterator[str]:
    """An object a line, what is in it below it, two spaces deeper. `longest`: so many hex digits of
    a value are shown."""
    for node in nodes:
        bare = bool(node.inside) and not node.says
        value = "" if bare or not node.value else f"  {_cut(node.value, longest)}"
        said = f"  {node.says[0]}" if len(node.says) == 1 and not node.source else ""
        yield f"{'  ' * depth}{node.tag} {node.name}{value}{said}".rstrip()
        if not said:
            for number, text in enumerate(node.says):
                source = f"  ({node.source})" if node.source and not number else ""
                yield f"{'  ' * (depth + 1)}{text}{source}"
        yield from lines(node.inside, depth + 1, longest)


def _cut(value: str, longest: int | None) -> str:
    if longest is None or len(value) <= longest:
        return value
    return f"{value[: longest // 2]}... ({len(value) // 2} B)"


def as_json(node: Node) -> dict[str, Any]:
    """One object; a template has no value of its own, but what is in it."""
    return {
        "tag": node.tag,
        "name": node.name,
        "value": node.value if not node.inside or node.says else None,
        "says": list(node.says),
        "source": node.source,
        "inside": [as_json(each) for each in node.inside],
    }
