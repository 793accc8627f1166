"""Outcome models of an analysis: STC, G-computation and augmented, beside the weighting.

Each estimate has a generator of its own, seeded by the analysis and by its name: what is
asked for beside it does not change it. An estimator that refuses leaves its reason, in
words, where its estimate would be. A rebuilt comparator is taken over its draws; where there are
none, the one data set is taken and the reason recorded.
"""

from __future__ import annotations

import zlib
from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import TypedDict

import numpy as np

from survcomp.adjustment import simulate_target
from survcomp.adjustment.imputed.target import TargetCovariates
from survcomp.analysis.plan.models import (
    AnchoredModelEffectTable,
    AnchoredModelsTable,
    Method,
    ModelEffectTable,
    ModelsTable,
    ResponseModelsTable,
)
from survcomp.analysis.steps.draws import (
    COULD_NOT,
    NO_DRAWS,
    SIMULATED,
    drawn_side,
    record_share_reconstruction,
)
from survcomp.analysis.steps.recorder import Recorder
from survcomp.analysis.steps.sides import Side
from survcomp.analysis.steps.weighting import (
    Weighting,
    make_weights,
    still_to_match,
    without_left_out,
)
from survcomp.comparison import (
    AnchoredComparison,
    AnchoredSurvival,
    Resampling,
    SurvivalEffect,
    UnanchoredSurvival,
    anchored_augmented,
    anchored_g_computation,
    anchored_stc,
    unanchored_augmented,
    unanchored_g_computation,
    unanchored_stc,
)
from survcomp.comparison.outcome_models.contrast import share_notes
from survcomp.comparison.two_arms.paired_draws import Side as Drawn
from survcomp.errors import ContradictionError, IncompatibleError, InputError, SurvcompError
from survcomp.estimation.outcome_models.survival import SurvivalModel
from survcomp.values.contrast import TIME_FIELDS, Contrast, Question
from survcomp.values.derivation import Derivation
from survcomp.values.ensemble import Ensemble
from survcomp.values.ipd import IPD
from survcomp.values.populations.population import Population
from survcomp.values.records.results import Kind

FITTED: Kind = "optimised"
LEFT_OUT = "{left} of {n} patients who are left out of the weighting are not in the models either."
ONLY_A_RATIO = (
    "an anchored STC gives a hazard ratio, the coefficient of the arm; areas and rates at the "
    "target's means are not anchored. Use G-computation."
)
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


@dataclass(frozen=True, slots=True, kw_only=True)
class AnchoredTrial:
    """One's own trial and the published effect that it is anchored to.

    Attributes
    ----------
    outlook : Outlook
        Both arms' patients, and the target.
    treatment : str
        Arm of interest.
    published : Contrast
        Log hazard ratio of the other treatment against the common comparator.
    different_comparators : str
        Why the figure is shown, where the comparators differ.
    """

    outlook: Outlook
    treatment: str
    published: Contrast
    different_comparators: str

    def published_on(self, asked: AnchoredModelEffectTable) -> Contrast:
        """The published effect on the measure asked for.

        Raises
        ------
        IncompatibleError
            If none is given.
        """
        if asked.measure == "log_hr":
            return self.published
        also = asked.published
        if also is None:
            raise IncompatibleError(
                f"no published effect on this measure to anchor to: {asked.measure} needs "
                "`published` in `models.effects`."
            )
        effect, unit = asked.effect, self.outlook.ipd.time_unit
        in_time = effect.measure in TIME_FIELDS
        return Contrast.from_interval(
            Question(
                treatment=self.published.treatment,
                comparator=self.published.comparator,
                outcome=self.outlook.endpoint,
                measure=effect.measure,
                population=self.published.population,
                time_unit=unit if in_time else None,
                horizon=effect.horizon if in_time else None,
                estimand="marginal",
            ),
            estimate=also.estimate,
            ci_low=also.ci[0],
            ci_high=also.ci[1],
            level=also.level,
            derivation=Derivation(method=also.source, sources=self.published.sources),
        )


def generator(models: Models, method: Method, measure: str) -> np.random.Generator:
    """A generator of the method's own for what it estimates."""
    return np.random.default_rng([models.seed, zlib.crc32(f"{method}/{measure}".encode())])


def record_models(
    prefix: str, sides: list[Side], asked: Weighting, models: ModelsTable, recorder: Recorder
) -> None:
    """Estimate an unanchored comparison by every method and effect asked for."""
    population = asked.evidence.baseline(asked.adjust, base=asked.folder)
    everybody = sides[0].ipd
    weights = make_weights(everybody, population, asked.adjust)
    kept, own = without_left_out(everybody, weights)
    outlook = Outlook(
        ipd=kept,
        population=population,
        match=still_to_match(own),
        endpoint=asked.table.endpoint,
        level=asked.settings.level,
        left_out=everybody.n - kept.n,
    )
    path = f"{prefix}/models"
    outlook.begin(path, models, recorder)
    comparator = _comparator(path, sides[1], asked, models, recorder)
    named = asked.table.named_for_weights
    sources = (f"{prefix}/treatment", f"{prefix}/comparator")
    for method in models.methods:
        for each in models.effects:
            here = f"{path}/{method}"
            try:
                found = _unanchored(method, each, models, outlook, comparator, named)
            except SurvcompError as error:
                recorder.text(f"{here}/{each.contrast_measure}/refused", str(error))
            else:
                _record(here, found, comparator, recorder, sources=sources)


def _comparator(
    path: str, side: Side, asked: Weighting, models: ModelsTable, recorder: Recorder
) -> Drawn:
    """The comparator over its draws; or its one data set, and a record that says why."""
    if side.rebuilt is None:
        return side.ipd
    if asked.settings.draws == 0:
        recorder.text(f"{path}/one_data_set", ONE_DATA_SET.format(NO_DRAWS))
        return side.ipd
    try:
        found = drawn_side(side, asked.settings)
    except (ContradictionError, InputError) as error:
        recorder.text(f"{path}/one_data_set", ONE_DATA_SET.format(COULD_NOT.format(error)))
        return side.ipd
    if models.interval == "BCa":
        raise InputError(NO_BCA)
    return found


def _record(
    path: str, found: Contrast, comparator: Drawn, recorder: Recorder, *, sources: tuple[str, ...]
) -> None:
    """A simulated effect; what rebuilding adds to its variance is a number, not a rounded note."""
    draws = len(comparator) if isinstance(comparator, Ensemble) else 1
    share = share_notes(found.se, found.se_reconstruction, draws)
    notes = tuple(note for note in found.notes if note not in share)
    recorder.contrast(path, replace(found, notes=notes), kind=SIMULATED, sources=sources)
    if found.se_reconstruction is not None:
        record_share_reconstruction(f"{path}/{found.measure}", found, recorder)


def _unanchored(
    method: Method,
    asked: ModelEffectTable,
    models: ModelsTable,
    outlook: Outlook,
    comparator: Drawn,
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
    _refuse_ratio(method, asked)
    target = outlook.target(models)
    if method == "G-computation":
        return unanchored_g_computation(arms, target, **common)
    return unanchored_augmented(arms, outlook.population, target, match=outlook.match, **common)


def _refuse_ratio(method: Method, asked: ModelEffectTable) -> None:
    if method == "augmented" and asked.measure == "log_hr":
        raise IncompatibleError(NO_RATIO)


def record_anchored_models(
    prefix: str,
    trial: AnchoredTrial,
    models: AnchoredModelsTable,
    recorder: Recorder,
    *,
    sources: tuple[str, ...],
) -> None:
    """Estimate an anchored comparison by every method and effect asked for.

    Under ``own`` of each indirect effect stands the one in one's own trial that it is made of.
    """
    path = f"{prefix}/models"
    trial.outlook.begin(path, models, recorder)
    for each in models.effects:
        if each.published is not None:
            recorder.contrast(f"{prefix}/published", trial.published_on(each), kind="published")
    for method in models.methods:
        for each in models.effects:
            here = f"{path}/{method}"
            try:
                found = _anchored(method, each, models, trial)
            except SurvcompError as error:
                recorder.text(f"{here}/{each.contrast_measure}/refused", str(error))
                continue
            kind = FITTED if method == "STC" else SIMULATED
            indirect = replace(found.indirect, interval=_of_both(found))
            recorder.contrast(here, indirect, kind=kind, sources=sources)
            recorder.contrast(f"{here}/own", found.adjusted, kind=kind, sources=sources)


def _of_both(found: AnchoredComparison) -> str:
    """What the interval of an indirect effect holds, by that of each effect it is made of."""
    return f"{found.adjusted.interval}; of the published effect: {found.published.interval}"


def _anchored(
    method: Method,
    asked: AnchoredModelEffectTable,
    models: AnchoredModelsTable,
    trial: AnchoredTrial,
) -> AnchoredComparison:
    """One indirect effect by one method."""
    outlook = trial.outlook
    anchored = AnchoredSurvival(
        outlook.ipd,
        trial.published_on(asked),
        treatment=trial.treatment,
        outcome=outlook.endpoint,
        modifiers=models.modifiers,
        different_comparators=trial.different_comparators,
    )
    if method == "STC":
        if asked.measure != "log_hr":
            raise IncompatibleError(ONLY_A_RATIO)
        return anchored_stc(
            anchored,
            outlook.population,
            covariates=models.covariates,
            marginal_as_conditional=models.marginal_as_conditional,
            level=outlook.level,
        )
    _refuse_ratio(method, asked)
    target = outlook.target(models)
    common = Common(
        effect=asked.effect,
        rng=generator(models, method, asked.measure),
        model=models.survival_model,
        resampling=outlook.resampling(models),
    )
    if method == "G-computation":
        return anchored_g_computation(anchored, target, **common)
    return anchored_augmented(anchored, outlook.population, target, match=outlook.match, **common)
