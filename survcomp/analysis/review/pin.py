"""Pinned results: accept them, and compare a rerun with them number by number."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from survcomp.analysis.review.provenance import code, environment
from survcomp.errors import Fault, FileFaultError, NotFoundError, OtherSchemaError
from survcomp.evidence.files import read_bytes
from survcomp.values.records.results import (
    SCHEMA,
    Record,
    Results,
    check_schema,
    record_from_dict,
)

PINNED = "pinned.json"
PIN_AGAIN = "pin the analysis again with survcomp pin"
NOT_OURS = "it does not hold the `inputs` and `records` that survcomp pin writes"


@dataclass(frozen=True, slots=True, kw_only=True)
class Difference:
    """A record that does not agree with its pinned value.

    Attributes
    ----------
    id : str
        Id of the record.
    pinned, now : Record or None
        None where the record is new or gone.
    """

    id: str
    pinned: Record | None
    now: Record | None

    def __str__(self) -> str:
        if self.pinned is None:
            return f"{self.id}: new, now {_short(self.now)}"
        if self.now is None:
            return f"{self.id}: gone, pinned {_short(self.pinned)}"
        tolerance = self.now.tolerance
        within = "exactly" if not tolerance else f"within {tolerance:g}"
        return (
            f"{self.id}: pinned {_short(self.pinned)}, now {_short(self.now)} (must agree {within})"
        )


def _short(record: Record | None) -> str:
    if record is None:
        return "nothing"
    text = repr(record.value)
    unit = f" {record.unit}" if record.unit else ""
    return (text if len(text) <= 100 else f"{text[:97]}...") + unit


@dataclass(frozen=True, slots=True, kw_only=True)
class Check:
    """How a rerun compares with the pinned results.

    Attributes
    ----------
    analysis : str
        Folder name.
    compared : int
        Records compared.
    differences : tuple of Difference
        Empty when all agree.
    changed_inputs : tuple of str
        Input files whose content differs from that of the pinned run; not a difference by
        themselves.
    changed_code : str
        How survcomp's own code differs from that of the pinned run; empty if it does not.
    changed_environment : tuple of str
        What else differs: Python, platform, libraries.
    not_kept : bool
        Whether the pinned results are of before code and environment were kept with them.
    """

    analysis: str
    compared: int
    differences: tuple[Difference, ...]
    changed_inputs: tuple[str, ...]
    changed_code: str = ""
    changed_environment: tuple[str, ...] = ()
    not_kept: bool = False

    @property
    def agrees(self) -> bool:
        """Whether every record agrees."""
        return not self.differences


def pinned_dict(results: Results) -> dict[str, Any]:
    """What pinned.json holds: hashes of inputs and code, the environment, and every record."""
    whole = results.to_dict()
    head = {key: whole[key] for key in ("schema", "analysis", "inputs")}
    return {**head, "code": code(), "environment": environment(), "records": whole["records"]}


def is_pinned(folder: Path) -> bool:
    """Whether an analysis folder holds pinned results."""
    return (folder / PINNED).is_file()


def read_pinned(folder: Path) -> dict[str, Any]:
    """Read the pinned.json of an analysis.

    Raises
    ------
    NotFoundError
        If there is none.
    OtherSchemaError
        If another version of survcomp made it, with another schema.
    FileFaultError
        If it is not what `pinned_dict` makes.
    """
    path = folder / PINNED
    name = f"{folder.name}/{PINNED}"
    if not is_pinned(folder):
        raise NotFoundError(f"{name} does not exist; accept today's results with survcomp pin.")
    try:
        data = json.loads(read_bytes(path, name=name))
        check_schema(data["schema"], current=SCHEMA, remedy=PIN_AGAIN)
        records = [record_from_dict(entry) for entry in data["records"]]
        return {
            "inputs": dict(data["inputs"]),
            "records": records,
            "code": _of_texts(data, "code"),
            "environment": _of_texts(data, "environment"),
        }
    except OtherSchemaError as error:
        raise error.within(name) from error
    except (ValueError, KeyError, TypeError, RecursionError) as error:
        why = f"it is not JSON ({error})" if isinstance(error, json.JSONDecodeError) else NOT_OURS
        fault = Fault(name, "", f"is not a pinned result: {why}; make it again with survcomp pin")
        raise FileFaultError([fault]) from error


def _of_texts(data: Mapping[str, Any], key: str) -> dict[str, str] | None:
    """A table of texts, or None in pinned results of before it was kept."""
    if key not in data:
        return None
    texts = dict(data[key])
    if not all(isinstance(value, str) for value in texts.values()):
        raise TypeError(f"`{key}` must hold texts")
    return texts


def compare(results: Results, pinned: Mapping[str, Any]) -> Check:
    """Compare a rerun with its pinned records, id by id, by the tolerance of each kind."""
    before: dict[str, Record] = {record.id: record for record in pinned["records"]}
    now: dict[str, Record] = {record.id: record for record in results.records}
    differences = []
    for id in dict.fromkeys([*before, *now]):
        old, new = before.get(id), now.get(id)
        if old is None or new is None or not new.agrees_with(old):
            differences.append(Difference(id=id, pinned=old, now=new))
    inputs = {**pinned["inputs"], **results.inputs}
    changed = [name for name in inputs if pinned["inputs"].get(name) != results.inputs.get(name)]
    return Check(
        analysis=results.analysis,
        compared=len(before.keys() | now.keys()),
        differences=tuple(differences),
        changed_inputs=tuple(changed),
        changed_code=_changed_code(pinned.get("code")),
        changed_environment=_changed_environment(pinned.get("environment")),
        not_kept=pinned.get("code") is None or pinned.get("environment") is None,
    )


def _changed_code(before: Mapping[str, str] | None) -> str:
    now = code()
    if before is None or before == now:
        return ""
    if before.get("version") != now["version"]:
        return f"survcomp {before.get('version')} then, {now['version']} now"
    return f"survcomp {now['version']} then and now, with other source files"


def _changed_environment(before: Mapping[str, str] | None) -> tuple[str, ...]:
    if before is None:
        return ()
    now = environment()
    return tuple(
        f"{name} {before.get(name, 'not kept')} then, {now.get(name, 'not kept')} now"
        for name in {**before, **now}
        if before.get(name) != now.get(name)
    )
