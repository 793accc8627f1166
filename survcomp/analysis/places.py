"""Where the evidence that results rest on stands: file, lines, rows and citations."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from pathlib import Path

from survcomp.evidence.files import inside, read_rows, shown
from survcomp.evidence.find import EVIDENCE, trial_folder
from survcomp.evidence.trial_folders.lines import Lines, lines_of_file
from survcomp.evidence.trial_folders.read import read_table
from survcomp.evidence.trial_folders.schema import CurveTable
from survcomp.values.records.results import Place
from survcomp.values.trial import Trial


def places(anchors: Iterable[str], trials: Iterable[Trial], *, root: Path) -> dict[str, Place]:
    """Place of each anchor and citation that lies in one of the trials.

    Parameters
    ----------
    anchors : iterable of str
        From `survcomp.values.records.lineage.anchors_of_all`.
    trials : iterable of Trial
        The trials that the analysis read.
    root : Path
        The data root.
    """
    wanted = dict.fromkeys(anchors)
    known: dict[str, Place] = {}
    for trial in trials:
        known.update(_places_of(trial, wanted, root))
    return {anchor: known[anchor] for anchor in wanted if anchor in known}


def _places_of(trial: Trial, wanted: Iterable[str], root: Path) -> dict[str, Place]:
    path = trial_folder(root, trial.id) / "trial.toml"
    file = shown(path, root)
    lines = lines_of_file(path, name=file)
    tables = read_table(root, trial.id).curves
    citations = {citation.id for citation in trial.citations}

    def place(
        section: str,
        sources: Sequence[str] = (),
        tables: tuple[tuple[str, int, int], ...] = (),
    ) -> Place:
        known = [s if "/" in s else f"{trial.id}/{s}" for s in dict.fromkeys(sources) if s]
        cited = tuple(s for s in known if s.split("/", 1)[1] in citations)
        span: Lines | None = lines.get(section)
        return Place(file=file, lines=span, tables=tables, citations=cited)

    here = {f"study:{trial.id}": Place(file=file)}
    for id in citations:
        here[f"citation:{trial.id}/{id}"] = place(f"citations.{id}")
    for i, (arm, population) in enumerate(trial.populations):
        sources = [moment.source for moment in population.moments]
        here[f"population:{trial.id}/{arm}"] = place(f"populations[{i}]", sources)
    for i, response in enumerate(trial.responses):
        here[f"response:{response.id}"] = place(f"responses[{i}]", [response.source])
    for i, contrast in enumerate(trial.contrasts):
        sources = [s.removeprefix("citation:") for s in contrast.contrast.sources]
        here[f"contrast:{trial.id}/{contrast.id}"] = place(f"contrasts[{i}]", sources)
    for i, (id, effect) in enumerate(trial.effects):
        here[f"effect:{trial.id}/{id}"] = place(f"effects[{i}]", [effect.source])
    for i, (curve, table) in enumerate(zip(trial.curves, tables, strict=True)):
        anchor = f"curve:{curve.id}"
        if anchor in wanted:
            rows = _rows_of(table, trial.id, root=root, file=file)
            here[anchor] = place(f"curves[{i}]", curve.sources, rows)
    return here


def _rows_of(
    table: CurveTable, trial: str, *, root: Path, file: str
) -> tuple[tuple[str, int, int], ...]:
    """CSV files of a curve with their first and last row of numbers."""
    rows_of = []
    for name in (table.points, table.at_risk):
        if name:
            path = inside(root, name, base=root / EVIDENCE / trial, file=file, field="curves")
            shown_name = shown(path, root)
            _, rows = read_rows(path, name=shown_name)
            rows_of.append((shown_name, rows[0][0], rows[-1][0]))
    return tuple(rows_of)
