"""`survcomp trace`: the chain of a number, with the hash of every file on disk today."""

from __future__ import annotations

from dataclasses import dataclass, replace
from pathlib import Path

from survcomp.analysis.plan.load import FILE, load
from survcomp.analysis.review.stored import is_analysis, read_results
from survcomp.analysis.run import run
from survcomp.analysis.write import RESULTS
from survcomp.errors import NotFoundError
from survcomp.evidence import find_root
from survcomp.evidence.files import resolved, sha256
from survcomp.evidence.find import Sources, overlaid
from survcomp.report.chapters.build import build_document
from survcomp.report.document.plain import printable
from survcomp.report.forms.trace import Step, shown_in, trace
from survcomp.values.records.results import Results


def trace_number(where: Path, id: str, *, data: Path | None = None) -> tuple[str, tuple[Step, ...]]:
    """Trace a number of a report or of an analysis.

    Parameters
    ----------
    where : Path
        A report's folder, a results.json, or an analysis folder: then its report in
        reports/ is taken, and the analysis is run where there is none.
    id : str
        Id of a record or of an effect.
    data : Path, optional
        Folder that holds data/digitized, to compare the files with.

    Returns
    -------
    origin : str
        Where the results are from, in words.
    steps : tuple of Step
        Each file with whether it is on disk with the hash that it had.

    Raises
    ------
    NotFoundError
        If there are no results, or no such number; the nearest ids are suggested.
    """
    origin, results, files = _results(where, data)
    steps = trace(results, id, shown_in=shown_in(build_document(results)))
    return origin, tuple(
        _with_state(step, results, files) if step.title == "Files" else step for step in steps
    )


@dataclass(frozen=True, slots=True)
class _Files:
    """Where the files of results lie today; no project where none is found."""

    project: Path | None
    sources: Sources

    def root_of(self, name: str) -> Path | None:
        """The folder that a file of this name is compared in, if there is one."""
        return self.sources.root_of(name, self.project)


def _results(where: Path, data: Path | None) -> tuple[str, Results, _Files]:
    if not is_analysis(where):
        return str(where), read_results(where), _files(where, data)
    plan = load(where, data=data)
    files = _Files(plan.project, plan.evidence.sources)
    report = plan.project / "reports" / plan.slug / RESULTS
    if report.is_file():
        return str(report), read_results(report), files
    folder = where.parent if where.name == FILE else where
    return f"a run of {folder} just now (it has no report yet)", run(plan), files


def _files(where: Path, data: Path | None) -> _Files:
    """Where the files of a report are looked for."""
    if data is not None:
        root = find_root(data)
        return _Files(root, overlaid(root))
    here = resolved(where)
    for start in (here, Path.cwd()):
        try:
            root = find_root(start)
        except NotFoundError:
            continue
        return _Files(root, overlaid(root))
    # in no project, a report lies below its analysis
    analyses = (folder for folder in here.parents if (folder / FILE).is_file())
    return _Files(next(analyses, None), overlaid(None))


def _with_state(step: Step, results: Results, files: _Files) -> Step:
    lines = []
    for line in step.lines:
        name = line.split("  ")[0]
        lines.append(f"{line}  ({_state(name, results, files.root_of(name))})")
    return replace(step, lines=tuple(lines))


def _state(name: str, results: Results, root: Path | None) -> str:
    if root is None:
        return "not compared: no data/digitized here; name its folder with --data"
    path = resolved(root / name)
    if not path.is_relative_to(resolved(root)):
        return "not compared: it lies outside the data root"
    if not path.is_file():
        return "NOT on disk"
    same = sha256(path, name=name) == results.inputs.get(name)
    return "the same on disk" if same else "CHANGED on disk since"


def trace_text(origin: str, steps: tuple[Step, ...]) -> str:
    """A trace as text, one step under the other."""
    parts = [f"From {origin}"]
    for step in steps:
        parts.append(f"\n{step.title}")
        parts += [f"  {line}" for line in step.lines]
    return printable("\n".join(parts))
