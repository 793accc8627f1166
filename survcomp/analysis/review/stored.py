"""Results that lie on disk: a report's folder, a results.json, or an analysis with pinned ones."""

from __future__ import annotations

import json
from pathlib import Path

from survcomp.analysis.plan.load import FILE
from survcomp.analysis.review.pin import is_pinned, read_pinned
from survcomp.analysis.write import RESULTS
from survcomp.errors import Fault, FileFaultError, NotFoundError, OtherSchemaError, SurvcompError
from survcomp.evidence.files import read_bytes, resolved
from survcomp.values.records.results import Results


def read_results(path: Path) -> Results:
    """Read a results.json, or the one in a folder.

    Raises
    ------
    NotFoundError
        If there is none.
    OtherSchemaError
        If another version of survcomp wrote it, with another schema.
    FileFaultError
        If it is not what `survcomp run` writes.
    """
    file = path / RESULTS if path.is_dir() else path
    name = str(file)
    if not file.is_file():
        raise NotFoundError(f"no {RESULTS} in {path}; survcomp run writes it.")
    try:
        return Results.from_dict(json.loads(read_bytes(file, name=name)))
    except FileFaultError:
        raise
    except OtherSchemaError as error:
        raise error.within(name) from error
    except (ValueError, RecursionError, SurvcompError) as error:
        raise FileFaultError([Fault(name, "", f"is not results of survcomp: {error}")]) from error


def is_analysis(path: Path) -> bool:
    """Whether a path is an analysis: a folder with analysis.toml, or that file."""
    return path.name == FILE or (path / FILE).is_file()


def pinned_results(folder: Path) -> Results:
    """The pinned results of an analysis folder; no settings are pinned."""
    pinned = read_pinned(folder)
    return Results(
        analysis=resolved(folder).name,
        title="",
        settings={},
        defaults=(),
        inputs=pinned["inputs"],
        citations={},
        records=tuple(pinned["records"]),
    )


def results_or_pinned(path: Path) -> Results:
    """Results of a report's folder, of a results.json, or pinned in an analysis folder.

    Raises
    ------
    NotFoundError
        If the path holds none of them.
    """
    if is_analysis(path):
        return pinned_results(path.parent if path.name == FILE else path)
    if path.is_dir() and not (path / RESULTS).is_file() and is_pinned(path):
        return pinned_results(path)
    return read_results(path)
