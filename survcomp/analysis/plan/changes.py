"""Settings changed for one run: ``--set comparisons.pfs.comparator.cut="13.3 months"``."""

from __future__ import annotations

import copy
import hashlib
import json
import tomllib
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from survcomp.errors import InputError, NotFoundError
from survcomp.values.records.dotted import item_name
from survcomp.values.records.results import Change, Results


@dataclass(frozen=True, slots=True)
class Setting:
    """What is asked for.

    Attributes
    ----------
    path : str
        Dotted path; items of a list by their id or index.
    value : object
        As TOML holds it.
    """

    path: str
    value: Any


def parse_setting(text: str) -> Setting:
    """Read ``PATH=VALUE``.

    The value is TOML (``0.9``, ``true``, ``["a", "b"]``, ``{ median = 9 }``). What is no TOML and
    does not begin with a quote or a bracket is text, because a shell takes quotes away; the
    schema refuses text where it wants something else.

    Raises
    ------
    InputError
        If there is no path, no ``=``, or no value.

    Examples
    --------
    >>> parse_setting("settings.level=0.9")
    Setting(path='settings.level', value=0.9)
    >>> parse_setting("comparisons.pfs.comparator.cut=13.3 months").value
    '13.3 months'
    """
    path, equals, value = text.partition("=")
    path, value = path.strip(), value.strip()
    if not equals or not value or not all(path.split(".")):
        raise InputError(f"--set: must be PATH=VALUE, such as settings.level=0.9; got {text!r}.")
    return Setting(path, _toml_value(path, value))


def _toml_value(path: str, text: str) -> Any:
    try:
        parsed = tomllib.loads(f"value = {text}")
    except (tomllib.TOMLDecodeError, RecursionError) as error:
        if text[0] in "\"'[{" or "\n" in text:
            raise InputError(f"--set {path}: {text!r} is not a TOML value: {error}.") from error
        return text
    if list(parsed) != ["value"]:
        raise InputError(f"--set {path}: {text!r} is more than one TOML value.")
    return parsed["value"]


def with_settings(
    data: dict[str, Any], settings: Sequence[Setting], *, name: str
) -> dict[str, Any]:
    """A parsed analysis.toml with some settings changed; it is checked by its schema later.

    Raises
    ------
    NotFoundError
        If a path leads to an item that a list does not have; those it has are named.
    InputError
        If a path goes through something that holds no settings, or comes twice.
    """
    paths = [setting.path for setting in settings]
    twice = [path for path in paths if paths.count(path) > 1]
    if twice:
        raise InputError(f"--set {twice[0]}: is given twice.")
    changed = copy.deepcopy(data)
    for setting in settings:
        _put(changed, setting, name)
    return changed


def _put(data: dict[str, Any], setting: Setting, name: str) -> None:
    *parents, last = setting.path.split(".")
    here: Any = data
    for depth, part in enumerate(parents):
        here = _step(here, part, setting, depth, name)
    if isinstance(here, list):
        here[_index(here, last, setting, len(parents), name)] = setting.value
    elif isinstance(here, dict):
        here[last] = setting.value
    else:
        raise _no_settings(setting, len(parents), name)


def _step(here: Any, part: str, setting: Setting, depth: int, name: str) -> Any:
    if isinstance(here, list):
        return here[_index(here, part, setting, depth, name)]
    if isinstance(here, dict):
        return here.setdefault(part, {})  # the schema says whether there is such a table
    raise _no_settings(setting, depth, name)


def _no_settings(setting: Setting, depth: int, name: str) -> InputError:
    parent = ".".join(setting.path.split(".")[:depth])
    return InputError(f"{name}: --set {setting.path}: {parent} holds no settings below it.")


def _index(items: list[Any], part: str, setting: Setting, depth: int, name: str) -> int:
    names = [item_name(item, index) for index, item in enumerate(items)]
    if part in names:
        return names.index(part)
    if part.isdigit() and int(part) < len(items):
        return int(part)
    parent = ".".join(setting.path.split(".")[:depth])
    raise NotFoundError(
        f"{name}: --set {setting.path}: {parent} has no item {part!r}; it has "
        f"{', '.join(names) or 'none'}."
    )


def changes_made(
    before: dict[str, Any], after: dict[str, Any], settings: Iterable[Setting]
) -> tuple[Change, ...]:
    """What the settings changed, from the whole analysis as plain values before and after."""
    return tuple(
        Change(path=s.path, before=_value_at(before, s.path), after=_value_at(after, s.path))
        for s in settings
    )


def _value_at(data: Any, path: str) -> Any:
    for part in path.split("."):
        if isinstance(data, list):
            names = [item_name(item, index) for index, item in enumerate(data)]
            if part not in names and not (part.isdigit() and int(part) < len(data)):
                return None
            data = data[names.index(part) if part in names else int(part)]
        elif isinstance(data, dict):
            data = data.get(part)
        else:
            return None
    return data


def changed_folder(reports: Path, slug: str, changes: Sequence[Change]) -> Path:
    """Where a run with changed settings is written: a folder of its own for each set of changes."""
    text = json.dumps(sorted((c.path, c.after) for c in changes), sort_keys=True)
    return reports / f"{slug}--changed-{hashlib.sha256(text.encode()).hexdigest()[:8]}"


def refuse_overwriting(folder: Path, changes: Sequence[Change]) -> None:
    """Raise if a run with changed settings would overwrite the report of one without.

    Raises
    ------
    InputError
        If `folder` holds results that were made with other settings.
    """
    path = folder / "results.json"
    if not changes or not path.is_file():
        return
    try:
        before = Results.from_dict(json.loads(path.read_text("utf-8")))
    except (OSError, ValueError) as error:
        raise InputError(
            f"{folder} holds a results.json that cannot be read; name another --out."
        ) from error
    if before.changes != tuple(changes):
        raise InputError(
            f"{folder} holds the report of {before.analysis} with other settings; a run with --set "
            "never overwrites it. Name another --out."
        )
