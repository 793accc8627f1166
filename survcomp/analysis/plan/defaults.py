"""The settings of an analysis that were left to their default, with their values."""

from __future__ import annotations

from typing import Any

from survcomp.evidence.trial_folders.fields import Table


def defaults_used(table: Table, path: str = "") -> list[str]:
    """Paths of the settings of a checked table that were not written in the file."""
    defaults: list[str] = []
    for name in type(table).model_fields:
        value = getattr(table, name)
        here = f"{path}.{name}" if path else name
        if name not in table.model_fields_set:
            if not _is_empty(value):
                defaults += _leaves(value, here)
        elif isinstance(value, Table):
            defaults += defaults_used(value, here)
        elif isinstance(value, tuple):
            for index, item in enumerate(value):
                if isinstance(item, Table):
                    defaults += defaults_used(item, f"{here}[{index}]")
    return defaults


def _is_empty(value: Any) -> bool:
    return value is None or value == "" or value == () or value == {}


def _leaves(value: Any, path: str) -> list[str]:
    """Each setting below a default, with its value: ``settings.level = 0.95``."""
    if isinstance(value, Table):
        names = type(value).model_fields
        return [leaf for n in names for leaf in _leaves(getattr(value, n), f"{path}.{n}")]
    return [f"{path} = {value}"]
