"""Adjustment of two rebuilt arms by published effects, or the refusal that is its result."""

from __future__ import annotations

import zlib

import numpy as np

from survcomp.analysis.plan.evidence import Evidence
from survcomp.analysis.plan.schema import ComparisonTable, SettingsTable, SideTable
from survcomp.analysis.steps.draws import SIMULATED, drawn_side
from survcomp.analysis.steps.recorder import Recorder
from survcomp.analysis.steps.sides import Side
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


def record_standardised(
    path: str,
    sides: list[Side],
    table: ComparisonTable,
    settings: SettingsTable,
    evidence: Evidence,
    recorder: Recorder,
) -> None:
    """Standardise as the analysis asks, and record what came of it."""
    assert table.standardise is not None
    chosen = [evidence.trial(e.trial).effect(e.effect) for e in table.standardise.effects]
    for index, effect in enumerate(chosen):
        cited = (f"citation:{effect.source}",)
        recorder.text(f"{path}/effects/{index}", f"{effect}; {effect.patients}", sources=cited)
    if settings.draws == 0:
        recorder.text(f"{path}/missing", "draws of the reconstructions: `settings.draws` is 0")
        return
    populations = [_population(side, evidence) for side in (table.treatment, table.comparator)]
    own = 0 if table.standardise.weighted == "treatment" else 1
    seed = [settings.seed, zlib.crc32(f"standardise/{table.id}".encode())]
    try:
        found = standardised_hazard_ratio(
            drawn_side(sides[0], settings),
            drawn_side(sides[1], settings),
            Standardisation(
                effects=chosen,
                baseline=populations[own],
                target=populations[1 - own],
                weighted=table.standardise.weighted,
            ),
            outcome=table.endpoint,
            assumptions=table.named,
            settings=StandardisationSettings(level=settings.level),
            rng=np.random.default_rng(seed),
        )
    except SurvcompError as error:
        raise error.within("`standardise`") from error
    for index, skipped in enumerate(found.skipped):
        recorder.text(f"{path}/skipped/{index}", f"{skipped.effect.covariate}: {skipped.reason}")
    if isinstance(found, NoAdjustment):
        recorder.text(f"{path}/missing", found.missing)
    else:
        _record_adjusted(path, found, recorder)


def _population(side: SideTable, evidence: Evidence) -> Population:
    assert side.trial is not None
    assert side.arm is not None
    return evidence.trial(side.trial).population_of(side.arm)


def _record_adjusted(path: str, found: Standardised, recorder: Recorder) -> None:
    recorder.contrast(f"{path}/adjusted", found.adjusted, kind=SIMULATED)
    recorder.contrast(f"{path}/rubin", found.rubin, kind=SIMULATED)
    recorder.add(f"{path}/shift", found.shift, SIMULATED, unit=FITTED_UNIT)
    recorder.add(f"{path}/shift_se", found.shift_se, SIMULATED, unit=FITTED_UNIT)
    recorder.add(f"{path}/ess", found.ess, SIMULATED, unit="patients")
    for field in ("imputations", "replicates", "n_failed_imputations", "n_failed"):
        recorder.add(f"{path}/{field}", getattr(found, field), "count")
    for row in found.sensitivity:
        recorder.contrast(f"{path}/effects_times_{row.factor:g}", row.contrast, kind=SIMULATED)
    recorder.texts(f"{path}/notes", found.notes)
