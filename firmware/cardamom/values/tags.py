"""A set of EMV data objects that never prints its values."""

from __future__ import annotations

from collections.abc import Iterator, Mapping


class Tags(Mapping[int, bytes]):
    """Tag number to value. `repr` names the tags alone: 5A, 57 and 5F20 may be among them."""

    __slots__ = ("_items",)

    def __init__(self, items: Mapping[int, bytes]) -> None:
        self._items = dict(items)

    def __getitem__(self, tag: int) -> bytes:
        return self._items[tag]

    def __iter__(self) -> Iterator[int]:
        return iter(self._items)

    def __len__(self) -> int:
        return len(self._items)

    def __repr__(self) -> str:
        return f"Tags({' '.join(f'{t:X}' for t in self._items)})"
