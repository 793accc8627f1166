"""Variances of a MAIC side by side: robust, ESS-scaled, M-estimation and bootstrap.

robust        Lin and Wei 1989: weights need not be counts, but are taken as known.
ESS-scaled    weights scaled to sum to the effective sample size, then the variance of the
              Cox model as if they were counts of patients: the "conventional estimator with
              ESS-scaled weights" of Chandler and Proskorovsky 2024, which covered best in
              their simulations of unanchored comparisons, with small samples in them. Its
              point estimate is that of the scaled weights.
M-estimation  the weights' balance equations and the effect's taken together, so that the
              weights are estimated in the variance too (`reweighting.m_estimation`).
bootstrap     both arms resampled and the weights estimated every time.

In all of them the aggregate targets are taken as known.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Literal, NamedTuple

import numpy as np

from survcomp.comparison.bootstrap.effects import (
    HazardRatioEffect,
    ResponseEffect,
    RMSTDifferenceEffect,
    SurvivalDifferenceEffect,
)
from survcomp.comparison.bootstrap.result import MaicBootstrap
from survcomp.comparison.matching_adjusted.response import (
    published_arm,
    response_assumptions,
    response_effect,
    slope,
    weighted_arm,
)
from survcomp.comparison.matching_adjusted.unanchored import (
    unanchored_assumptions,
    weighted_pairs,
)
from survcomp.comparison.matching_adjusted.variance_result import (
    Line,
    VarianceTable,
    filled,
)
from survcomp.comparison.reweighting.batched import standard_columns
from survcomp.comparison.reweighting.kinds import MatchedWeighting, WithinTolerance
from survcomp.comparison.reweighting.m_estimation import WeightForm, with_estimated_weights
from survcomp.comparison.reweighting.matching import Matching
from survcomp.comparison.two_arms.compatibility import compared_outcome
from survcomp.errors import InputError
from survcomp.estimation.cox.two_arm import Ties
from survcomp.estimation.cox.weighted import WeightedCox, weighted_cox
from survcomp.estimation.jackknife import jackknife_rmst, jackknife_survival, weighted_mean
from survcomp.values.checks import FloatArray
from survcomp.values.draws import Patients
from survcomp.values.patients.ipd import IPD
from survcomp.values.patients.outcome import PatientOutcome
from survcomp.values.response import Response
from survcomp.values.weights import Weights, WeightScale, check_weights

SurvivalEffect = HazardRatioEffect | RMSTDifferenceEffect | SurvivalDifferenceEffect


def maic_variances(
    treatment: IPD,
    comparator: Patients,
    matching: Matching,
    *,
    outcome: str | None = None,
    effect: SurvivalEffect | None = None,
    bootstrap: MaicBootstrap | None = None,
    assumptions: Mapping[str, str] | None = None,
    level: float = 0.95,
) -> VarianceTable:
    """Variances of an unanchored MAIC of two survival arms, side by side.

    Parameters
    ----------
    treatment : IPD
        The weighted arm.
    comparator : IPD, Reconstruction or Ensemble
        The comparator's patients; over its draws, where it has any, by Rubin's rules.
    matching : Matching
        The target, what is matched, the kind of weights, and their scale in the robust and the
        M-estimation rows; the ESS-scaled row has its own. Weights within a tolerance have no
        M-estimation: see `known_weight_variances`.
    outcome : str, optional
        Endpoint, for the result; it may be left out where the arms state it.
    effect : HazardRatioEffect, RMSTDifferenceEffect or SurvivalDifferenceEffect, optional
        The hazard ratio with Efron ties when left out. ESS-scaled is for a hazard ratio.
    bootstrap : MaicBootstrap, optional
        Of the same effect, to be shown beside the others.
    assumptions : mapping of str to str, optional
        As for `unanchored_maic`.
    level : float
        Confidence level.

    Returns
    -------
    VarianceTable

    Raises
    ------
    IncompatibleError
        If the two may not be compared, or the bootstrap is of another effect.
    InfeasibleTargetError, InputError
        As for `maic_weights` and `weighted_cox`; and if the weights have no M-estimation.

    References
    ----------
    Lin DY, Wei LJ (1989), JASA 84:1074. Chandler CO, Proskorovsky I (2024), Res Synth
    Methods 15:1094. Stefanski LA, Boos DD (2002), Am Stat 56:29.

    Examples
    --------
    >>> import pandas as pd
    >>> from survcomp import IPD, Matching, Mean, Population, maic_variances
    >>> frame = pd.DataFrame({"t": range(1, 41), "e": 1, "x": [0, 3, 1, 2] * 10})
    >>> a = IPD.from_frame(frame, time="t", event="e", time_unit="months", origin="observed",
    ...                    covariates=["x"])
    >>> b = IPD.from_times(range(1, 30), [], arm="B", time_unit="months")
    >>> target = Population.from_moments([Mean(name="x", value=2)], n=29, name="B's trial")
    >>> table = maic_variances(a, b, Matching(target, match=["x"]), outcome="OS")
    >>> [row.method for row in table.rows], table.default.method
    (['robust', 'ESS-scaled', 'M-estimation'], 'ESS-scaled')
    """
    outcome = compared_outcome(treatment, comparator, outcome=outcome)
    chosen = HazardRatioEffect() if effect is None else effect
    kind, population, scale = matching.kind, matching.population, matching.scale
    form = _smooth_form(kind)
    weights = kind.of(treatment, population, match=matching.match)
    z = standard_columns(treatment, population, matching.match)

    def lines(other: IPD) -> list[Line]:
        parts = _parts(chosen, treatment, other, weights, scale)
        influence = with_estimated_weights(parts.weighted, z, weights.value, scale=scale, form=form)
        estimated = _norm(influence, parts.other)
        known = _known_weights(chosen, treatment, other, weights, parts, scale)
        return [*known, ("M-estimation", scale, parts.estimate, estimated)]

    question = Asked(outcome, chosen, bootstrap, assumptions, level)
    return _table(treatment, comparator, weights, question, lines)


def known_weight_variances(
    treatment: IPD,
    comparator: Patients,
    weights: Weights,
    *,
    outcome: str | None = None,
    effect: SurvivalEffect | None = None,
    bootstrap: MaicBootstrap | None = None,
    assumptions: Mapping[str, str] | None = None,
    level: float = 0.95,
) -> VarianceTable:
    """Variances of a weighted hazard ratio that take the weights as known.

    For weights of any kind, with a bootstrap that estimates that kind again beside them;
    M-estimation is of weights that `maic_variances` makes itself.

    Parameters
    ----------
    treatment, comparator
        As for `maic_variances`.
    weights : Weights
        Joined by identifier.
    outcome, effect, bootstrap, assumptions, level
        As for `maic_variances`.

    Returns
    -------
    VarianceTable
        Rows "robust", on the raw scale, and "ESS-scaled" of a hazard ratio.

    Raises
    ------
    IncompatibleError
        If the two may not be compared, or the weights belong to other patients.

    Examples
    --------
    >>> import numpy as np
    >>> from survcomp import IPD, Weights, known_weight_variances
    >>> a = IPD.from_times([5, 8, 12], [14, 15], arm="A", time_unit="months", origin="observed",
    ...                    censoring="observed")
    >>> b = IPD.from_times([2, 3, 6, 9], [13], arm="B", time_unit="months", origin="observed",
    ...                    censoring="observed")
    >>> weights = Weights(id=a.id, value=np.array([2.0, 1, 1, 1, 1]), population="B's trial")
    >>> table = known_weight_variances(a, b, weights, outcome="OS")
    >>> [row.method for row in table.rows]
    ['robust', 'ESS-scaled']
    """
    check_weights(weights)
    outcome = compared_outcome(treatment, comparator, outcome=outcome)
    chosen = HazardRatioEffect() if effect is None else effect

    def lines(other: IPD) -> list[Line]:
        parts = _parts(chosen, treatment, other, weights, "raw")
        return _known_weights(chosen, treatment, other, weights, parts, "raw")

    question = Asked(outcome, chosen, bootstrap, assumptions, level)
    return _table(treatment, comparator, weights, question, lines)


class Asked(NamedTuple):
    """What the variances are asked for; see `maic_variances`."""

    outcome: str
    effect: SurvivalEffect
    bootstrap: MaicBootstrap | None
    assumptions: Mapping[str, str] | None
    level: float


def _table(
    treatment: IPD,
    comparator: Patients,
    weights: Weights,
    asked: Asked,
    lines: Callable[[IPD], list[Line]],
) -> VarianceTable:
    """The variances against each data set of the comparator, pooled where there are several."""
    pairs = weighted_pairs(treatment, comparator, weights)
    words = unanchored_assumptions(treatment, pairs.comparator[0], weights, asked.assumptions)
    return filled(
        [lines(other) for other in pairs.comparator],
        asked.bootstrap,
        VarianceTable(
            treatment=pairs.names[0],
            comparator=pairs.names[1],
            interval_label=pairs.interval_words,
            outcome=asked.outcome,
            population=weights.population,
            measure=asked.effect.measure,
            n=weights.n,
            ess=weights.ess,
            level=asked.level,
            rows=(),
            assumptions=words,
        ),
    )


def _known_weights(
    effect: SurvivalEffect,
    treatment: IPD,
    other: IPD,
    weights: Weights,
    parts: _Parts,
    scale: WeightScale,
) -> list[Line]:
    """Rows that take the weights as known: robust and, of a hazard ratio, ESS-scaled."""
    robust: Line = ("robust", scale, parts.estimate, _norm(parts.weighted, parts.other))
    if not isinstance(effect, HazardRatioEffect):
        return [robust]
    fit = _cox(treatment, other, weights, "ess", effect.ties)
    return [robust, ("ESS-scaled", "ess", fit.log_hr, fit.se_model)]


def response_variances(
    treatment: IPD,
    response: PatientOutcome,
    comparator: Response,
    matching: Matching,
    *,
    effect: ResponseEffect | None = None,
    bootstrap: MaicBootstrap | None = None,
    assumptions: Mapping[str, str] | None = None,
    level: float = 0.95,
) -> VarianceTable:
    """Variances of a weighted response rate against a published one, side by side.

    Parameters
    ----------
    treatment : IPD
        The weighted arm, with the covariates that are matched.
    response : PatientOutcome
        Who responded, joined by identifier.
    comparator : Response
        Published responders and their denominator.
    matching, bootstrap, assumptions, level
        As for `maic_variances`; the scale of the weights does not matter.
    effect : ResponseEffect, optional
        Log odds ratio when left out.

    Returns
    -------
    VarianceTable
        HC3, HC0 and M-estimation.

    Raises
    ------
    InputError
        If the outcome is not binary, or everybody or nobody of an arm responds; see
        `weighted_response` for a correction.

    Examples
    --------
    >>> import numpy as np
    >>> import pandas as pd
    >>> import survcomp as sc
    >>> frame = pd.DataFrame({"months": 12, "died": 0, "age": [52, 58, 63, 66, 71, 75] * 8})
    >>> mine = sc.IPD.from_frame(frame, time="months", event="died", time_unit="months",
    ...                          origin="observed", covariates=["age"], label="A")
    >>> orr = sc.PatientOutcome(id=mine.id, value=np.array([1, 1, 1, 0, 1, 0] * 8), name="ORR")
    >>> arm = sc.TrialArm(trial="T", arm="b", treatment="B")
    >>> theirs = sc.Response.from_published(arm, outcome="ORR", n=128, events=64)
    >>> target = sc.Population.from_moments([sc.Mean(name="age", value=61)], n=128, name="T")
    >>> table = sc.response_variances(mine, orr, theirs, sc.Matching(target, match=["age"]))
    >>> for row in table.rows:
    ...     print(f"{row.method}: {row.se:.3f}")
    HC3: 0.370
    HC0: 0.364
    M-estimation: 0.304
    """
    chosen = ResponseEffect() if effect is None else effect
    kind, population = matching.kind, matching.population
    form = _smooth_form(kind)
    weights = kind.of(treatment, population, match=matching.match)
    words = response_assumptions(treatment.arms[0], response, comparator, weights, assumptions)
    y, w = response.for_ids(treatment.id), weights.for_patients(treatment)
    arms = {kind: (weighted_arm(y, w, kind), published_arm(comparator, kind)) for kind in _HC}
    p, q = (arm.mean for arm in arms["HC0"])
    if not (0 < p < 1 and 0 < q < 1):
        raise InputError(
            f"{response.name}: the rates are {p:g} (weighted) and {q:g}: a cell is 0, and no "
            "variance of this kind is right. weighted_response has zero_cells='add half'."
        )
    lines: list[Line] = [
        (kind, "raw", *response_effect(*arms[kind], chosen.measure)) for kind in _HC
    ]
    z = standard_columns(treatment, population, matching.match)
    known = weighted_mean(y, w).influence * slope(p, chosen.measure)
    influence = with_estimated_weights(known, z, w, form=form)
    other = slope(q, chosen.measure) * arms["HC0"][1].variance ** 0.5
    lines.append(("M-estimation", "raw", lines[0][2], _norm(influence, np.array([other]))))
    return filled(
        [lines],
        bootstrap,
        VarianceTable(
            treatment=treatment.arms[0],
            comparator=comparator.treatment,
            outcome=response.name,
            population=population.name,
            measure=chosen.measure,
            n=weights.n,
            ess=weights.ess,
            level=level,
            rows=(),
            assumptions=words,
        ),
    )


_HC: tuple[Literal["HC3"], Literal["HC0"]] = ("HC3", "HC0")


def _smooth_form(kind: MatchedWeighting) -> WeightForm:
    if isinstance(kind, WithinTolerance):
        raise InputError(
            "`weighting`: M-estimation needs estimating equations that are smooth, and weights "
            "within a tolerance have none (which columns are pressed against the tolerance changes "
            "with the patients); use known_weight_variances, and bootstrap_maic for an interval "
            "in which they are estimated."
        )
    return kind.form


class _Parts(NamedTuple):
    """An effect and the influence of each patient on it, at known weights."""

    estimate: float
    weighted: FloatArray
    other: FloatArray


def _norm(*parts: FloatArray) -> float:
    return float(np.sqrt(sum(float(part @ part) for part in parts)))


def _parts(
    effect: SurvivalEffect,
    treatment: IPD,
    comparator: IPD,
    weights: Weights,
    scale: WeightScale,
) -> _Parts:
    if isinstance(effect, HazardRatioEffect):
        fit = _cox(treatment, comparator, weights, scale, effect.ties)
        return _Parts(fit.log_hr, fit.influence[: treatment.n], fit.influence[treatment.n :])
    if isinstance(effect, RMSTDifferenceEffect):
        weighted = jackknife_rmst(treatment, horizon=effect.horizon, weights=weights)
        other = jackknife_rmst(comparator, horizon=effect.horizon)
    elif isinstance(effect, SurvivalDifferenceEffect):
        weighted = jackknife_survival(treatment, at=effect.at, weights=weights)
        other = jackknife_survival(comparator, at=effect.at)
    else:
        raise InputError(
            "`effect` must be a HazardRatioEffect, an RMSTDifferenceEffect or a "
            f"SurvivalDifferenceEffect; got {type(effect).__name__}."
        )
    return _Parts(weighted.estimate - other.estimate, weighted.influence, -other.influence)


def _cox(
    treatment: IPD, comparator: IPD, weights: Weights, scale: WeightScale, ties: Ties
) -> WeightedCox:
    return weighted_cox(
        np.concatenate([treatment.time, comparator.time]),
        np.concatenate([treatment.event, comparator.event]),
        np.arange(treatment.n + comparator.n) < treatment.n,
        np.concatenate([weights.for_patients(treatment, scale=scale), np.ones(comparator.n)]),
        ties=ties,
    )
