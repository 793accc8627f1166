"""The list of all analyses, from the files that runs and pins have left; nothing is rerun."""

from __future__ import annotations

import json
from pathlib import Path

from survcomp.analysis.review.pin import compare, is_pinned, read_pinned
from survcomp.analysis.write import RESULTS
from survcomp.errors import InputError, OtherSchemaError, SurvcompError
from survcomp.evidence.files import read_bytes, sha256
from survcomp.evidence.find import Sources, overlaid
from survcomp.report.forms.index_page import Entry
from survcomp.values.records.results import Results

REPORTS, ANALYSES = "reports", "analyses"


def entries(root: Path) -> tuple[Entry, ...]:
    """Every analysis that has a folder in analyses or in reports, by name.

    Parameters
    ----------
    root : Path
        Folder that holds data/digitized.

    Returns
    -------
    tuple of Entry
        With the state that follows from the files today: whether the results in reports agree
        with the pinned ones, and whether an input was changed since they were made.

    Raises
    ------
    InputError
        If a file of results, or pinned results, cannot be read as such.
    """
    asked = {path.parent.name for path in (root / ANALYSES).glob("*/analysis.toml")}
    answered = {path.parent.name for path in (root / REPORTS).glob(f"*/{RESULTS}")}
    return tuple(_entry(root, name) for name in sorted(asked | answered))


def _entry(root: Path, name: str) -> Entry:
    folder = root / REPORTS / name
    results = _results(folder / RESULTS, f"{REPORTS}/{name}/{RESULTS}")
    state, agrees = _state(root, name, results)
    files = tuple(sorted(path.name for path in folder.glob("*") if path.is_file()))
    return Entry(analysis=name, results=results, files=files, state=state, agrees=agrees)


def _results(path: Path, name: str) -> Results | None:
    if not path.is_file():
        return None
    try:
        return Results.from_dict(json.loads(read_bytes(path, name=name)))
    except OtherSchemaError as error:
        raise error.within(name) from error
    except (ValueError, KeyError, TypeError, AttributeError, RecursionError) as error:
        raise InputError(
            f"{name} cannot be read as results ({error}); run the analysis again."
        ) from error


def _state(root: Path, name: str, results: Results | None) -> tuple[str, bool]:
    if results is None:
        return f"Not run yet: survcomp run {ANALYSES}/{name}", False
    changed = _changed(overlaid(root), root, results)
    if changed:
        return f"Changed since these results were made: {', '.join(changed)}. Run it again.", False
    if results.changes:
        paths = ", ".join(change.path for change in results.changes)
        return f"With changed settings ({paths}); nothing is pinned to compare them with.", False
    folder = root / ANALYSES / name
    if not is_pinned(folder):
        return f"Not pinned: survcomp pin {ANALYSES}/{name}", False
    try:
        check = compare(results, read_pinned(folder))
    except OtherSchemaError as error:
        return f"Cannot be compared with what is pinned: {error}", False
    if check.agrees:
        return f"All {check.compared} records agree with what is pinned.", True
    of = f"{len(check.differences)} of {check.compared} records differ from what is pinned"
    return f"{of}: survcomp check {ANALYSES}/{name}", False


def _changed(sources: Sources, project: Path, results: Results) -> list[str]:
    """Input files that are not what the results were made from."""
    return [
        name
        for name, hash in results.inputs.items()
        if _hash(sources.root_of(name, project), name) != hash
    ]


def _hash(root: Path, name: str) -> str:
    try:
        return sha256(root / name, name=name)
    except (SurvcompError, OSError):  # gone, or no file any more: not the same
        return ""
