"""What stands beside the comparisons: baselines, published effects, exploratory figures."""

from __future__ import annotations

import math

from survcomp.analysis.plan.evidence import Evidence
from survcomp.analysis.plan.schema import (
    BaselineSideTable,
    ExploratoryTable,
    PublishedTable,
    SettingsTable,
)
from survcomp.analysis.steps.recorder import Recorder
from survcomp.comparison import bucher
from survcomp.errors import SurvcompError
from survcomp.values.populations.population import Median, Moment, Population, Proportion


def run_baselines(
    tables: tuple[BaselineSideTable, ...], evidence: Evidence, recorder: Recorder
) -> None:
    """Record the published baselines side by side, one row a covariate and kind of moment."""
    populations: list[tuple[str, Population]] = []
    for index, table in enumerate(tables):
        trial = evidence.trial(table.trial)
        population = trial.population_of(table.arm)
        populations.append((trial.id, population))
        recorder.text(f"baseline/side/{index}/study", trial.name)
        recorder.text(f"baseline/side/{index}/label", trial.arm(table.arm).label)
        recorder.text(f"baseline/side/{index}/analysis_set", population.basis.analysis_set)
        recorder.add(f"baseline/side/{index}/n", population.n, "count", unit="patients")
    keys = dict.fromkeys(
        (moment.name, moment.kind) for _, population in populations for moment in population.moments
    )
    for name, kind in keys:
        cells = [_find(population, name, kind) for _, population in populations]
        present = [cell for cell in cells if cell is not None]
        path = f"baseline/row/{name}.{kind}"
        recorder.text(f"{path}/label", present[0].title)
        recorder.text(f"{path}/kind", kind)
        definitions = {cell.definition for cell in present}
        recorder.add(f"{path}/definitions_differ", len(definitions) > 1, "count")
        for index, cell in enumerate(cells):
            if cell is not None:
                _record_cell(f"{path}/{index}", cell, populations[index][0], recorder)
        if len(cells) == 2 and len(definitions) == 1:
            difference = _standardised_difference(cells[0], cells[1])
            if difference is not None:
                recorder.add(f"{path}/difference", difference, "closed form", unit="SD")


def _find(population: Population, name: str, kind: str) -> Moment | None:
    for moment in population.moments:
        if moment.name == name and moment.kind == kind:
            return moment
    return None


def _record_cell(path: str, cell: Moment, trial: str, recorder: Recorder) -> None:
    cited = (f"citation:{trial}/{cell.source}",)
    unit = "probability" if isinstance(cell, Proportion) else ""
    recorder.add(f"{path}/value", cell.value, "published", unit=unit, sources=cited)
    if cell.n is not None:
        recorder.add(f"{path}/n", cell.n, "count", unit="patients")
    if isinstance(cell, Proportion) and cell.count is not None:
        recorder.add(f"{path}/count", cell.count, "count", unit="patients", sources=cited)
    if isinstance(cell, Median) and cell.low is not None and cell.high is not None:
        recorder.add(f"{path}/low", cell.low, "published")
        recorder.add(f"{path}/high", cell.high, "published")
        recorder.text(f"{path}/spread", cell.spread)
    if cell.definition:
        recorder.text(f"{path}/definition", cell.definition)


def _standardised_difference(a: Moment | None, b: Moment | None) -> float | None:
    """(p - q) over the root of the mean variance of two proportions; None for other moments."""
    if not isinstance(a, Proportion) or not isinstance(b, Proportion):
        return None
    variance = 0.5 * (a.value * (1 - a.value) + b.value * (1 - b.value))
    return (a.value - b.value) / math.sqrt(variance) if variance > 0 else None


def run_published(
    tables: tuple[PublishedTable, ...], evidence: Evidence, recorder: Recorder
) -> None:
    """Record published effects that are shown beside ours."""
    for index, table in enumerate(tables):
        trial = evidence.trial(table.trial)
        published = trial.contrast(table.contrast)
        path = f"published/{index}"
        recorder.text(f"{path}/study", trial.name)
        recorder.text(f"{path}/role", table.role)
        recorder.text(f"{path}/why", table.why)
        for field in ("cut", "n_treatment", "n_comparator", "ess", "covariates"):
            value = getattr(published, field)
            if value:
                recorder.text(f"{path}/{field}", value)
        recorder.contrast(path, published.contrast, kind="published")


def run_exploratory(
    table: ExploratoryTable, settings: SettingsTable, evidence: Evidence, recorder: Recorder
) -> None:
    """Record a Bucher comparison of two published effects."""
    path = f"exploratory/{table.id}"
    effects = [
        evidence.trial(side.trial).contrast(side.contrast) for side in (table.first, table.second)
    ]
    try:
        result = bucher(
            effects[0].contrast,
            effects[1].contrast,
            population=table.population,
            different_comparators=table.different_comparators,
            level=settings.level,
        )
    except SurvcompError as error:
        raise error.within(f"exploratory {table.id!r}") from error
    recorder.text(f"{path}/label", table.label)
    for name, effect in zip(("first", "second"), effects, strict=True):
        recorder.text(f"{path}/{name}/shown", str(effect.contrast))
        comparator = effect.contrast.comparator
        recorder.text(f"{path}/{name}/comparator", comparator, sources=effect.contrast.sources)
    recorder.contrast(path, result, kind="closed form")


def record_set_aside(evidence: Evidence, recorder: Recorder) -> None:
    """Record the numbers of every trial used that are kept but not used."""
    for trial in evidence.trials:
        for index, item in enumerate(trial.set_aside):
            path = f"set_aside/{trial.id}/{index}"
            cited = (f"citation:{trial.id}/{item.source}",)
            recorder.text(f"{path}/about", item.about)
            recorder.text(f"{path}/value", item.value, sources=cited)
            recorder.text(f"{path}/reason", item.reason)


def record_studies(evidence: Evidence, recorder: Recorder) -> None:
    """Record what each study that was used is."""
    for trial in evidence.trials:
        path = f"study/{trial.id}"
        for field in ("name", "registry", "design", "phase", "population"):
            value = getattr(trial, field)
            if value:
                recorder.text(f"{path}/{field}", value)
        recorder.texts(f"{path}/notes", trial.notes)
