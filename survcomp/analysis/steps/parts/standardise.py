"""Adjustment of two rebuilt arms by published effects, or the refusal that is its result."""

from __future__ import annotations

import zlib
from collections.abc import Iterator

import numpy as np

from survcomp.analysis.plan.evidence import Evidence
from survcomp.analysis.plan.tables.comparisons import ComparisonTable, SideTable
from survcomp.analysis.steps.parts.context import Task
from survcomp.analysis.steps.parts.draws import SIMULATED, drawn_side
from survcomp.analysis.steps.parts.recorder import Recorder
from survcomp.analysis.steps.parts.sides import Side
from survcomp.comparison import (
    NoAdjustment,
    Standardisation,
    StandardisationSettings,
    Standardised,
    standardised_hazard_ratio,
)
from survcomp.errors import SurvcompError
from survcomp.values.populations.population import Population

FITTED_UNIT = "log hazard ratio"


def record_standardised(task: Task[ComparisonTable], sides: list[Side]) -> None:
    """Standardise as the analysis asks, and record what came of it."""
    table, settings, evidence, recorder = task.table, task.settings, task.evidence, task.recorder
    path = f"{task.prefix}/standardised"
    assert table.standardise is not None
    recorder.further(path, rests_on=_anchors(table), settings=task.keys("standardise"))
    chosen = [evidence.trial(e.trial).effect(e.effect) for e in table.standardise.effects]
    for index, effect in enumerate(chosen):
        cited = (f"citation:{effect.source}",)
        recorder.text(f"{path}/effects/{index}", f"{effect}; {effect.patients}", sources=cited)
    if settings.draws == 0:
        recorder.text(f"{path}/missing", "draws of the reconstructions: `settings.draws` is 0")
        return
    populations = [_population(side, evidence) for side in (table.treatment, table.comparator)]
    weighted = 0 if table.standardise.weighted == "treatment" else 1
    seed = [settings.seed, zlib.crc32(f"standardise/{table.id}".encode())]
    try:
        result = standardised_hazard_ratio(
            drawn_side(sides[0], settings),
            drawn_side(sides[1], settings),
            Standardisation(
                effects=chosen,
                baseline=populations[weighted],
                target=populations[1 - weighted],
                weighted=table.standardise.weighted,
            ),
            outcome=table.endpoint,
            assumptions=table.named,
            settings=StandardisationSettings(level=settings.level),
            rng=np.random.default_rng(seed),
        )
    except SurvcompError as error:
        raise error.within("`standardise`") from error
    for index, skipped in enumerate(result.skipped):
        recorder.text(f"{path}/skipped/{index}", f"{skipped.effect.covariate}: {skipped.reason}")
    if isinstance(result, NoAdjustment):
        recorder.text(f"{path}/missing", result.missing)
    else:
        _record_adjusted(path, result, recorder)


def _anchors(table: ComparisonTable) -> Iterator[str]:
    """Both baselines, and the published effects."""
    for side in (table.treatment, table.comparator):
        yield f"population:{side.trial}/{side.arm}"
    assert table.standardise is not None
    for effect in table.standardise.effects:
        yield f"effect:{effect.trial}/{effect.effect}"


def _population(side: SideTable, evidence: Evidence) -> Population:
    assert side.trial is not None
    assert side.arm is not None
    return evidence.trial(side.trial).population_of(side.arm)


def _record_adjusted(path: str, result: Standardised, recorder: Recorder) -> None:
    recorder.contrast(f"{path}/adjusted", result.adjusted, kind=SIMULATED)
    recorder.contrast(f"{path}/rubin", result.rubin, kind=SIMULATED)
    recorder.add(f"{path}/shift", result.shift, SIMULATED, unit=FITTED_UNIT)
    recorder.add(f"{path}/shift_se", result.shift_se, SIMULATED, unit=FITTED_UNIT)
    recorder.add(f"{path}/ess", result.ess, SIMULATED, unit="patients")
    for field in ("imputations", "replicates", "n_failed_imputations", "n_failed"):
        recorder.add(f"{path}/{field}", getattr(result, field), "count")
    for row in result.sensitivity:
        recorder.contrast(f"{path}/effects_times_{row.factor:g}", row.contrast, kind=SIMULATED)
    recorder.texts(f"{path}/notes", result.notes)
