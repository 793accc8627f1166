"""Outcome models of an analysis: STC, G-computation and augmented, beside the weighting.

Each estimate has a generator of its own, seeded by the analysis and by its name: what is
asked for beside it does not change it. An estimator that refuses leaves its reason, in
words, where its estimate would be. A rebuilt comparator is taken over its draws; where there are
none, the one data set is taken and the reason recorded.
"""

from __future__ import annotations

import zlib
from collections.abc import Mapping
from dataclasses import dataclass
from typing import TypedDict

import numpy as np

from survcomp.adjustment import simulate_target
from survcomp.adjustment.imputed.target import TargetCovariates
from survcomp.analysis.plan.tables.comparisons import ComparisonTable
from survcomp.analysis.plan.tables.models import (
    AnchoredModelsTable,
    Method,
    ModelEffectTable,
    ModelsTable,
    ResponseModelsTable,
)
from survcomp.analysis.steps.parts.anchors import target_anchor
from survcomp.analysis.steps.parts.context import Task
from survcomp.analysis.steps.parts.draws import (
    NO_DRAWS,
    SIMULATED,
    could_not,
    drawn_side,
    record_share_reconstruction,
)
from survcomp.analysis.steps.parts.recorder import Recorder
from survcomp.analysis.steps.parts.sides import Side
from survcomp.analysis.steps.parts.weighting import (
    make_weights,
    target_table,
)
from survcomp.comparison import (
    Resampling,
    SurvivalEffect,
    UnanchoredSurvival,
    unanchored_augmented,
    unanchored_g_computation,
    unanchored_stc,
)
from survcomp.comparison.matching_adjusted.left_out import still_to_match, without_left_out
from survcomp.errors import ContradictionError, IncompatibleError, InputError, SurvcompError
from survcomp.estimation.outcome_models.survival import SurvivalModel
from survcomp.values.contrasts.contrast import Contrast
from survcomp.values.draws import Patients
from survcomp.values.patients.ipd import IPD
from survcomp.values.populations.population import Population
from survcomp.values.records.results import Kind

FITTED: Kind = "optimised"
LEFT_OUT = "{left} of {n} patients who are left out of the weighting are not in the models either."
NO_RATIO = (
    "a hazard ratio is no difference of means: an augmented estimator gives differences in RMST "
    "or survival."
)
ONE_DATA_SET = (
    "The models take the one data set of the comparator, so that their intervals do not hold the "
    "error of rebuilding it. {}"
)
NO_BCA = (
    "`models.interval`: BCa leaves out one patient at a time, and patients of different draws of "
    'the comparator are not the same. Use "percentile" or "normal"; or, for BCa of one data set '
    "without the error of rebuilding, `settings.draws` = 0."
)
Models = ModelsTable | AnchoredModelsTable | ResponseModelsTable


@dataclass(frozen=True, slots=True, kw_only=True)
class Outlook:
    """What every estimator of a comparison is given.

    Attributes
    ----------
    ipd : IPD
        One's own patients, without those left out of the weighting.
    population : Population
        The target.
    match : tuple of str
        What the augmented estimator weights by.
    endpoint : str
        Outcome of the contrasts.
    level : float
        Confidence level.
    left_out : int
        Patients left out of the weighting.
    """

    ipd: IPD
    population: Population
    match: tuple[str, ...]
    endpoint: str
    level: float
    left_out: int = 0

    def begin(self, path: str, models: Models, recorder: Recorder) -> None:
        """Say who is left out, and raise unless both sides have every covariate of the model."""
        if self.left_out:
            words = LEFT_OUT.format(left=self.left_out, n=self.ipd.n + self.left_out)
            recorder.text(f"{path}/left_out", words)
        for name in models.covariates:
            for known, whose in (
                (self.ipd.covariate_names, "your patients"),
                (self.population.covariates, f"the baseline of {self.population.name}"),
            ):
                if name not in known:
                    raise InputError(
                        f"`models.covariates`: {name!r} is not among the covariates of {whose}: "
                        f"{', '.join(known)}."
                    )

    def target(self, models: Models) -> TargetCovariates:
        """Simulated rows of the target, the same for every estimator."""
        rng = np.random.default_rng(models.seed)
        return simulate_target(self.population, self.ipd, covariates=models.covariates, rng=rng)

    def resampling(self, models: Models) -> Resampling:
        """Replicates and interval."""
        return Resampling(replicates=models.replicates, interval=models.interval, level=self.level)


class Common(TypedDict):
    """Arguments that the estimators have in common."""

    effect: SurvivalEffect
    rng: np.random.Generator
    model: SurvivalModel
    resampling: Resampling


def generator(models: Models, method: Method, measure: str) -> np.random.Generator:
    """A generator of the method's own for what it estimates."""
    return np.random.default_rng([models.seed, zlib.crc32(f"{method}/{measure}".encode())])


def record_models(asked: Task[ComparisonTable], sides: list[Side], models: ModelsTable) -> None:
    """Estimate an unanchored comparison by every method and effect asked for."""
    prefix, recorder, adjust = asked.prefix, asked.recorder, target_table(asked)
    population = asked.evidence.baseline(adjust, base=asked.folder)
    everybody = sides[0].ipd
    weights = make_weights(everybody, population, adjust)
    kept, kept_weights = without_left_out(everybody, weights)
    outlook = Outlook(
        ipd=kept,
        population=population,
        match=still_to_match(kept_weights),
        endpoint=asked.table.endpoint,
        level=asked.settings.level,
        left_out=everybody.n - kept.n,
    )
    path = f"{prefix}/models"
    recorder.further(
        path, rests_on=[target_anchor(adjust, asked)], settings=asked.keys("adjust", "models")
    )
    outlook.begin(path, models, recorder)
    comparator = _comparator(path, sides[1], asked, models, recorder)
    named = asked.table.named_for_weights
    sources = (f"{prefix}/treatment", f"{prefix}/comparator")
    for method in models.methods:
        for each in models.effects:
            here = f"{path}/{method}"
            try:
                effect = _unanchored(method, each, models, outlook, comparator, named)
            except SurvcompError as error:
                recorder.text(f"{here}/{each.contrast_measure}/refused", str(error))
            else:
                _record(here, effect, recorder, sources=sources)


def _comparator(
    path: str, side: Side, asked: Task[ComparisonTable], models: ModelsTable, recorder: Recorder
) -> Patients:
    """The comparator over its draws; or its one data set, and a record that says why."""
    if side.rebuilt is None:
        return side.ipd
    if asked.settings.draws == 0:
        recorder.text(f"{path}/one_data_set", ONE_DATA_SET.format(NO_DRAWS))
        return side.ipd
    try:
        drawn = drawn_side(side, asked.settings)
    except (ContradictionError, InputError) as error:
        recorder.text(f"{path}/one_data_set", ONE_DATA_SET.format(could_not(error)))
        return side.ipd
    if models.interval == "BCa":
        raise InputError(NO_BCA)
    return drawn


def _record(path: str, effect: Contrast, recorder: Recorder, *, sources: tuple[str, ...]) -> None:
    """A simulated effect; what rebuilding adds to its variance is a number, not a rounded note."""
    recorder.contrast(path, effect, kind=SIMULATED, sources=sources)
    if effect.se_reconstruction is not None:
        record_share_reconstruction(f"{path}/{effect.measure}", effect, recorder)


def _unanchored(
    method: Method,
    asked: ModelEffectTable,
    models: ModelsTable,
    outlook: Outlook,
    comparator: Patients,
    named: Mapping[str, str],
) -> Contrast:
    """One effect by one method."""
    arms = UnanchoredSurvival(outlook.ipd, comparator, outcome=outlook.endpoint, assumptions=named)
    common = Common(
        effect=asked.effect,
        rng=generator(models, method, asked.measure),
        model=models.survival_model,
        resampling=outlook.resampling(models),
    )
    if method == "STC":
        return unanchored_stc(
            arms,
            outlook.population,
            covariates=models.covariates,
            marginal_as_conditional=models.marginal_as_conditional,
            **common,
        )
    refuse_ratio(method, asked)
    target = outlook.target(models)
    if method == "G-computation":
        return unanchored_g_computation(arms, target, **common)
    return unanchored_augmented(arms, outlook.population, target, match=outlook.match, **common)


def refuse_ratio(method: Method, asked: ModelEffectTable) -> None:
    """Raise where an augmented estimator is asked for a hazard ratio."""
    if method == "augmented" and asked.measure == "log_hr":
        raise IncompatibleError(NO_RATIO)
