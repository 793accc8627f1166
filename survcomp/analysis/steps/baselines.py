"""Published baselines of arms, side by side."""

from __future__ import annotations

import math

from survcomp.analysis.plan.step import Step
from survcomp.analysis.plan.tables.beside import BaselineSideTable
from survcomp.analysis.steps.parts.context import Context
from survcomp.analysis.steps.parts.recorder import Recorder
from survcomp.values.populations.population import Median, Moment, Population, Proportion


def run_baselines(context: Context, tables: tuple[BaselineSideTable, ...]) -> None:
    """Record the published baselines side by side, one row a covariate and kind of moment."""
    recorder = context.recorder
    arms = [f"population:{table.trial}/{table.arm}" for table in tables]
    recorder.under("baseline", rests_on=arms, settings=["baselines"])
    populations: list[tuple[str, Population]] = []
    for index, table in enumerate(tables):
        trial = context.evidence.trial(table.trial)
        population = trial.population_of(table.arm)
        populations.append((trial.id, population))
        path = f"baseline/side/{index}"
        recorder.under(path, rests_on=[arms[index]], settings=[f"baselines.{index}"])
        recorder.text(f"{path}/study", trial.name)
        recorder.text(f"{path}/label", trial.arm(table.arm).label)
        recorder.text(f"{path}/analysis_set", population.basis.analysis_set)
        recorder.add(f"{path}/n", population.n, "count", unit="patients")
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
                here = f"{path}/{index}"
                recorder.under(here, rests_on=[arms[index]], settings=[f"baselines.{index}"])
                _record_cell(here, cell, populations[index][0], recorder)
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


STEP = Step(
    key="baselines",
    place=50,
    table=BaselineSideTable,
    run=run_baselines,
    about="Side by side.",
    answers=False,
)
