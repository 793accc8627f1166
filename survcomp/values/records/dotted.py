"""Settings by dotted path: ``comparisons.pfs.treatment.cut``; items of a list by id or index."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True, slots=True)
class Leaf:
    """One setting.

    Attributes
    ----------
    path : str
        Dotted path; items of a list by their id where they have one, else by their index.
    indexed : str
        The same with items by index, as `Results.defaults` names them: ``comparisons[0].role``.
    value : object
        A plain value, or a list of plain values.
    """

    path: str
    indexed: str
    value: Any


def leaves(settings: Any, path: str = "", indexed: str = "") -> Iterator[Leaf]:
    """Every setting, depth first, in the order in which it stands.

    Examples
    --------
    >>> [leaf.path for leaf in leaves({"a": 1, "list": [{"id": "x", "b": [1, 2]}]})]
    ['a', 'list.x.id', 'list.x.b']
    """
    if isinstance(settings, Mapping):
        for key, value in settings.items():
            joined = f"{path}.{key}" if path else str(key)
            yield from leaves(value, joined, f"{indexed}.{key}" if indexed else str(key))
    elif isinstance(settings, list) and any(isinstance(item, Mapping) for item in settings):
        for index, item in enumerate(settings):
            yield from leaves(item, f"{path}.{item_name(item, index)}", f"{indexed}[{index}]")
    else:
        yield Leaf(path, indexed, settings)


def item_name(item: Any, index: int) -> str:
    """How a path names an item of a list."""
    id = item.get("id") if isinstance(item, Mapping) else None
    return id if isinstance(id, str) and id else str(index)


def is_empty(value: Any) -> bool:
    """Whether a setting says nothing."""
    return value is None or value == "" or value == [] or value == {} or value is False
