"""Model-based standardisation with published effects: adjusting what has no covariates.

Rebuilt patients have no covariates, so a matching-adjusted comparison of them is impossible.
What can be done is to impute covariates that have the published marginals and, through
published prognostic effects, the published link to the outcome, and to weight by those. The
adjustment is then carried by the effects: it amounts to about
sum of beta_j (target mean - own mean), printed beside the result, and is as good as they are.
Without a usable effect nothing can be adjusted, whatever weights and an effective sample size
may suggest, and the result is that refusal.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Literal, NamedTuple

import numpy as np
from numpy.typing import NDArray
from scipy.stats import t as student_t

from survcomp.adjust.imputed_covariates import (
    Copula,
    Keys,
    Marginals,
    assign_rows,
    copula,
    draw_ranks,
    marginals,
)
from survcomp.adjust.joint_effects import JointEffects, as_published, joint_effects
from survcomp.adjust.maic import maic_weights
from survcomp.adjust.matching import columns_for
from survcomp.adjust.row_weights import row_weights
from survcomp.adjust.usable_effects import EffectChoice, usable_effects
from survcomp.compare.compatibility import check_compatible
from survcomp.compare.cox import PROPORTIONAL
from survcomp.compare.naive import naive_hazard_ratio
from survcomp.compare.paired_draws import Side, check_units, data_sets
from survcomp.compare.pooled import pooled_hazard_ratio
from survcomp.compare.standardised_result import (
    CovariateShift,
    EffectsScaled,
    NoAdjustment,
    Standardised,
)
from survcomp.errors import IncompatibleError, InfeasibleTargetError, InputError
from survcomp.estimate.pool import pool
from survcomp.estimate.weighted_pair import weighted_pair, weighted_pair_log_hr
from survcomp.values.basis import NOT_STATED
from survcomp.values.checks import BoolArray, FloatArray, check_option, read_only_matrix
from survcomp.values.contrast import Contrast, normal_quantile
from survcomp.values.effects import Correlation, PrognosticEffect
from survcomp.values.ipd import IPD
from survcomp.values.population import Population
from survcomp.values.weights import effective_sample_size

Weighted = Literal["treatment", "comparator"]
METHOD = "model-based standardisation with published prognostic effects"
OWN, TARGET = "own_population", "target_population"
FACTORS = (0.5, 1.5)
MOST_FAILED = 0.2
"""More failures than this share would choose the result by what happens to be reachable."""

IntArray = NDArray[np.intp]


def standardised_hazard_ratio(
    treatment: Side,
    comparator: Side,
    *,
    outcome: str,
    effects: Sequence[PrognosticEffect],
    baseline: Population,
    target: Population,
    weighted: Weighted = "treatment",
    correlation: Correlation | None = None,
    assumptions: Mapping[str, str] | None = None,
    factors: Sequence[float] = FACTORS,
    imputations: int = 100,
    replicates: int = 500,
    level: float = 0.95,
    rng: np.random.Generator,
) -> Standardised | NoAdjustment:
    r"""Hazard ratio after standardising one arm's patients to the other's population.

    Parameters
    ----------
    treatment, comparator : Ensemble or IPD
        One arm each, without covariates; two ensembles have equally many draws.
    outcome : str
        Endpoint, as the effects name it.
    effects : sequence of PrognosticEffect
        Published effects. Those of another endpoint, or of a covariate that the effect and
        both baseline tables do not define in the same words, are skipped, and listed.
    baseline : Population
        Of the arm that is weighted.
    target : Population
        Of the other arm.
    weighted : {"treatment", "comparator"}
        Whose patients are weighted to the other's population.
    correlation : Correlation, optional
        Of the covariates. Several univariable effects are refused without it.
        Multivariable ones are imputed with independent covariates where it is left out.
    assumptions : mapping of str to str, optional
        As for `naive_hazard_ratio`; and "own_population" or "target_population", in words,
        where a baseline is of another analysis set than its arm's curve.
    factors : sequence of float
        Factors of the effects in the sensitivity analyses.
    imputations : int
        Imputations M behind the estimate, at least 2; imputation m uses draw m.
    replicates : int
        Bootstrap replicates, at least 20.
    level : float
        Confidence level.
    rng : Generator
        The same generator gives the same result.

    Returns
    -------
    Standardised or NoAdjustment
        The second where no effect can be used, or several univariable ones come without
        correlation; it says what is missing, with the naive comparison.

    Raises
    ------
    InputError
        If a side is one reconstruction or has covariates of its own, two usable effects are
        of one covariate, or an option is not allowed.
    IncompatibleError
        If the arms, or an arm and its baseline, may not be put together.
    InfeasibleTargetError
        If more than a fifth of the imputations, or of the replicates, have no weights that
        reach the target, or no finite hazard ratio.

    Notes
    -----
    An imputation makes rows of covariates with the baseline's marginals (Gaussian copula),
    draws the effects from N(beta, se^2), gives the rows to the patients by the permutation
    algorithm, fits MAIC's weights of the rows to the target, and a Cox model with them.
    The estimate is the mean of M.

    A replicate of the interval takes one draw of each arm, resamples its patients, draws
    the effects once, and imputes twice. With R replicates, the mean squares between and
    within them give the variance of a mean of endless imputations,
    (MS_between - MS_within) / 2 (von Hippel and Bartlett), to which the Monte Carlo error of
    the estimate, the variance between the M imputations over M, is added. Rubin's rules
    treat the noise of imputation as if it were error of the estimate of an uncongenial
    analysis, and come out wider.

    The baseline of a resampled arm is kept as published although other patients would have
    had another, so the interval is a little too wide; the target's moments are taken as
    known.

    References
    ----------
    Sylvestre MP, Abrahamowicz M (2008), Stat Med 27:2618. Signorovitch JE et al. (2010),
    PharmacoEconomics 28:935. Schomaker M, Heumann C (2018), Stat Med 37:2252. von Hippel
    PT, Bartlett JW (2021), Stat Sci 36:400.

    Examples
    --------
    >>> from survcomp.values import Proportion
    >>> chance = np.random.default_rng(1)
    >>> arms = [
    ...     IPD.from_times(chance.exponential(scale, 60), [12.0] * 40, arm=name,
    ...                    time_unit="months", origin="observed", censoring="observed")
    ...     for name, scale in (("new", 8), ("old", 5))]
    >>> own, other = (
    ...     Population.from_moments(
    ...         [Proportion(name="stage_3", value=share, definition="ISS stage III")],
    ...         n=100, name=name)
    ...     for name, share in (("new's trial", 0.2), ("old's trial", 0.4)))
    >>> effect = PrognosticEffect(
    ...     covariate="stage_3", definition="ISS stage III", log_hr=0.7, se=0.15,
    ...     model="multivariable", endpoint="OS", source="P1")
    >>> found = standardised_hazard_ratio(
    ...     *arms, outcome="OS", effects=[effect], baseline=own, target=other,
    ...     imputations=20, replicates=50, rng=np.random.default_rng(2))
    >>> round(found.shift, 2), found.n_failed
    (0.14, 0)
    """
    check_option(weighted, Weighted, name="weighted")
    _check_numbers(imputations, replicates, factors)
    left = data_sets(treatment, name="treatment")
    right = data_sets(comparator, name="comparator")
    check_units(left[0], right[0])
    mine, others = (left, right) if weighted == "treatment" else (right, left)
    if mine[0].covariate_names:
        raise InputError(
            f"`{weighted}` has covariates of its own ({', '.join(mine[0].covariate_names)}): "
            "weight by them with maic_weights; imputed ones are for patients who have none."
        )
    words = dict(assumptions or {})
    population_words = (
        *_same_patients(baseline, mine[0], OWN, words.pop(OWN, "")),
        *_same_patients(target, others[0], TARGET, words.pop(TARGET, "")),
    )
    naive = _naive(treatment, comparator, outcome, words, level)
    choice = usable_effects(
        effects, baseline=baseline, target=target, endpoint=outcome, correlation=correlation
    )
    if choice.missing:
        return NoAdjustment(naive=naive, missing=choice.missing, skipped=choice.skipped)
    own_rng, *seeds = rng.spawn(2)
    plan = _plan(choice, mine, others, baseline, target, correlation, weighted, own_rng)
    scales = (1.0, *factors)
    first, ess = _imputations(plan, scales, imputations, seeds[0])
    second = _replicates(plan, scales, replicates, seeds[0])
    return _result(
        plan,
        naive,
        assumptions=(
            *_model_assumptions(plan, mine[0].arms[0]),
            *population_words,
            *check_compatible(
                left[0].basis,
                right[0].basis,
                names=(left[0].arms[0], right[0].arms[0]),
                assumptions=words,
            ),
            PROPORTIONAL,
        ),
        factors=tuple(factors),
        imputed=first,
        ess=ess,
        resampled=second,
        level=level,
    )


def _check_numbers(imputations: int, replicates: int, factors: Sequence[float]) -> None:
    for name, value, least in (("imputations", imputations, 2), ("replicates", replicates, 20)):
        if isinstance(value, bool) or not isinstance(value, int) or value < least:
            raise InputError(f"`{name}` must be a whole number of at least {least}; got {value!r}.")
    for factor in factors:
        if not (math.isfinite(factor) and factor >= 0):
            raise InputError(f"`factors` must be finite and at least 0; got {factor!r}.")


def _same_patients(population: Population, ipd: IPD, key: str, words: str) -> tuple[str, ...]:
    """A baseline and a curve must be of the same analysis set, or the difference be named."""
    sets = (population.basis.analysis_set, ipd.basis.analysis_set)
    label, arm = key.replace("_", " ").capitalize(), ipd.arms[0]
    if sets[0] == sets[1] and sets[0] != NOT_STATED:
        if words:
            raise InputError(
                f"`assumptions.{key}` is named, but both sides have {sets[0]!r}: leave it out."
            )
        return ()
    if NOT_STATED in sets:
        return (
            words
            or f"{label}: whether the baseline of {population.name} is of the patients in the "
            f"curve of {arm} is not stated; taken to be so.",
        )
    if not words:
        raise IncompatibleError(
            f"the baseline of {population.name} is of {sets[0]} patients and the curve of {arm} of "
            f"{sets[1]} ones; name it under assumptions ({key}) to go on."
        )
    return (f"{label}: baseline of {sets[0]} patients, curve of {sets[1]} ones. {words}",)


def _naive(
    treatment: Side, comparator: Side, outcome: str, words: Mapping[str, str], level: float
) -> Contrast:
    if isinstance(treatment, IPD) and isinstance(comparator, IPD):
        return naive_hazard_ratio(
            treatment, comparator, outcome=outcome, assumptions=words, level=level
        )
    return pooled_hazard_ratio(
        treatment, comparator, outcome=outcome, assumptions=words, level=level
    )


class _Arm(NamedTuple):
    """Outcomes of one data set of an arm: ascending, events before censorings at a tie."""

    time: FloatArray
    event: BoolArray


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class _Plan:
    """Everything an imputation needs.

    `columns` are the sorted values of the matched columns, less their targets and in
    standard deviations; `column_of` says which covariate each belongs to.
    """

    choice: EffectChoice
    mine: tuple[_Arm, ...]
    others: tuple[_Arm, ...]
    weighted: Weighted
    found: Marginals
    joined: Copula
    effects: JointEffects
    columns: FloatArray
    column_of: IntArray
    some_ipd: IPD
    baseline: Population
    target: Population
    correlation: Correlation | None


def _plan(
    choice: EffectChoice,
    mine: tuple[IPD, ...],
    others: tuple[IPD, ...],
    baseline: Population,
    target: Population,
    correlation: Correlation | None,
    weighted: Weighted,
    rng: np.random.Generator,
) -> _Plan:
    names = [effect.covariate for effect in choice.usable]
    found = marginals(baseline, names, n=mine[0].n)
    used = correlation if len(names) > 1 else None
    joined = copula(found, used)
    some_ipd = replace(mine[0], covariate_names=found.names, covariate_values=found.values)
    matched = columns_for(some_ipd, target, names)
    arms = tuple(_outcomes(ipd) for ipd in mine)
    return _Plan(
        choice=choice,
        mine=arms,
        others=tuple(_outcomes(ipd) for ipd in others),
        weighted=weighted,
        found=found,
        joined=joined,
        effects=_effects(choice, arms, found, joined, rng),
        columns=np.column_stack([(c.values - c.target) / c.values.std() for c in matched]),
        column_of=np.array([names.index(c.covariate) for c in matched], dtype=np.intp),
        some_ipd=some_ipd,
        baseline=baseline,
        target=target,
        correlation=used,
    )


def _effects(
    choice: EffectChoice,
    arms: Sequence[_Arm],
    found: Marginals,
    joined: Copula,
    rng: np.random.Generator,
) -> JointEffects:
    if choice.model == "multivariable":
        return as_published(choice.usable, words="multivariable effects as published")
    if len(choice.usable) == 1:
        return as_published(choice.usable, words="the univariable effect of one covariate")
    return joint_effects(choice.usable, arms, found, joined, rng=rng)


def _outcomes(ipd: IPD) -> _Arm:
    order = np.lexsort((~ipd.event, ipd.time))
    return _Arm(ipd.time[order], ipd.event[order])


def _resampled(arm: _Arm, rng: np.random.Generator) -> _Arm:
    """The arm's patients drawn with replacement, still in order."""
    picked = np.sort(rng.integers(arm.time.size, size=arm.time.size))
    return _Arm(arm.time[picked], arm.event[picked])


class _Pair(NamedTuple):
    """Two arms end to end, the weighted one first."""

    mine: _Arm
    time: FloatArray
    event: BoolArray
    treated: BoolArray

    @classmethod
    def of(cls, plan: _Plan, mine: _Arm, other: _Arm) -> _Pair:
        is_mine = np.arange(mine.time.size + other.time.size) < mine.time.size
        return cls(
            mine,
            np.r_[mine.time, other.time],
            np.r_[mine.event, other.event],
            is_mine if plan.weighted == "treatment" else ~is_mine,
        )


class _Imputed(NamedTuple):
    """Rows of covariates with their weights, and the keys by which patients get them."""

    rows: FloatArray
    weights: FloatArray
    keys: Keys


def _impute(plan: _Plan, rng: np.random.Generator) -> _Imputed:
    ranks = draw_ranks(plan.found.n, plan.joined, rng)
    keys = Keys.draw(plan.found.n, rng)
    z = plan.columns[ranks[:, plan.column_of], np.arange(plan.column_of.size)]
    rows = plan.found.values[ranks, np.arange(ranks.shape[1])]
    return _Imputed(rows, row_weights(z), keys)


def _weights_of(pair: _Pair, imputed: _Imputed, beta: FloatArray) -> FloatArray:
    """Weight of every patient of a pair, 1 for those who are not weighted."""
    given = assign_rows(pair.mine.event, imputed.rows @ beta, imputed.keys)
    return np.append(imputed.weights[given], np.ones(pair.time.size - given.size))


class _Fits(NamedTuple):
    """Log hazard ratios and robust variances, of shape (imputations, factors); NaN: none."""

    log_hr: FloatArray
    variance: FloatArray


def _imputations(
    plan: _Plan, scales: Sequence[float], m: int, rng: np.random.Generator
) -> tuple[_Fits, float]:
    """M imputations of the arms as they are, and the mean effective sample size."""
    log_hr, variance = np.full((m, len(scales)), np.nan), np.full((m, len(scales)), np.nan)
    ess = []
    for number, own in enumerate(rng.spawn(m)):
        pair = _Pair.of(
            plan, plan.mine[number % len(plan.mine)], plan.others[number % len(plan.others)]
        )
        beta = plan.effects.redraw(own)
        try:
            imputed = _impute(plan, own)
            fits = [
                weighted_pair(
                    pair.time, pair.event, pair.treated, _weights_of(pair, imputed, scale * beta)
                )
                for scale in scales
            ]
        except (InfeasibleTargetError, InputError):
            continue  # counted as failed
        ess.append(effective_sample_size(imputed.weights))
        log_hr[number] = [fit.log_hr for fit in fits]
        variance[number] = [fit.se_robust**2 for fit in fits]
    _check_failures(plan, int(np.isnan(log_hr[:, 0]).sum()), m, "imputations")
    return _Fits(log_hr, variance), float(np.mean(ess))


def _replicates(
    plan: _Plan, scales: Sequence[float], replicates: int, rng: np.random.Generator
) -> FloatArray:
    """Log hazard ratios of shape (replicates, 2 imputations, factors); NaN where none."""
    out = np.full((replicates, 2, len(scales)), np.nan)
    for number, own in enumerate(rng.spawn(replicates)):
        mine = plan.mine[own.integers(len(plan.mine))]
        other = plan.others[own.integers(len(plan.others))]
        pair = _Pair.of(plan, _resampled(mine, own), _resampled(other, own))
        beta = plan.effects.redraw(own)
        try:
            out[number] = [_two_scales(plan, pair, scales, beta, own) for _ in range(2)]
        except (InfeasibleTargetError, InputError):
            continue  # counted as failed
    _check_failures(plan, int(np.isnan(out[:, 0, 0]).sum()), replicates, "replicates")
    return out


def _two_scales(
    plan: _Plan, pair: _Pair, scales: Sequence[float], beta: FloatArray, rng: np.random.Generator
) -> list[float]:
    imputed = _impute(plan, rng)
    return [
        weighted_pair_log_hr(
            pair.time, pair.event, pair.treated, _weights_of(pair, imputed, scale * beta)
        )
        for scale in scales
    ]


def _check_failures(plan: _Plan, failed: int, of: int, what: str) -> None:
    if failed <= MOST_FAILED * of:
        return
    _explain(plan)
    raise InfeasibleTargetError(
        f"{failed} of {of} {what} have no weights that reach {plan.target.name}, or no finite "
        "hazard ratio; use fewer covariates."
    )


def _explain(plan: _Plan) -> None:
    """Let `maic_weights` say what is out of reach, on rows that are made as all others."""
    ranks = draw_ranks(plan.found.n, plan.joined, np.random.default_rng(0))
    rows = plan.found.values[ranks, np.arange(ranks.shape[1])]
    values = read_only_matrix(list(rows.T), columns=rows.shape[1])
    ipd = replace(plan.some_ipd, covariate_values=values)
    maic_weights(ipd, plan.target, match=list(plan.found.names))


class _Spread(NamedTuple):
    """Variance between bootstrap replicates without the noise of imputation."""

    variance: float
    df: float


def _between(pairs: FloatArray) -> _Spread:
    """Variance components of replicates (rows) with two imputations each (columns).

    Degrees of freedom by Satterthwaite, as in von Hippel and Bartlett (2021).
    """
    r = pairs.shape[0]
    ms_between = 2.0 * float(pairs.mean(axis=1).var(ddof=1))
    ms_within = float(np.mean((pairs[:, 0] - pairs[:, 1]) ** 2)) / 2.0
    variance = (ms_between - ms_within) / 2.0
    if not variance > 0:
        raise InputError(
            f"`replicates`: {r} are too few to tell sampling error from the noise of imputation."
        )
    df = (ms_between - ms_within) ** 2 / (ms_between**2 / (r - 1) + ms_within**2 / r)
    return _Spread(variance, df)


def _result(
    plan: _Plan,
    naive: Contrast,
    *,
    assumptions: tuple[str, ...],
    factors: tuple[float, ...],
    imputed: _Fits,
    ess: float,
    resampled: FloatArray,
    level: float,
) -> Standardised:
    worked = ~np.isnan(imputed.log_hr[:, 0])
    kept = ~np.isnan(resampled[:, 0, 0])
    failed = (int((~worked).sum()), int((~kept).sum()))
    notes = (
        *_link_notes(plan),
        f"Effective sample size {ess:.1f} of {plan.found.n}; it says what the weights cost, not "
        "how much was adjusted.",
        f"{failed[0]} of {worked.size} imputations and {failed[1]} of {kept.size} bootstrap "
        "replicates had no weights or no finite hazard ratio and are left out.",
    )
    base = replace(
        naive,
        population=plan.target.name,
        p=None,
        # the nearest of the contrast's words: outcome models carry the adjustment
        adjustment="regression",
        assumptions=assumptions,
        notes=notes,
        method=f"{METHOD}, not a MAIC: {plan.effects.words}; covariates imputed by the permutation "
        f"algorithm; weighted Cox model, Efron ties; {worked.size} imputations",
    )

    def contrast(column: int) -> Contrast:
        estimates = imputed.log_hr[worked, column]
        return _bootstrapped(base, estimates, resampled[kept, :, column], level)

    shifts, shift, shift_se = _shift(plan)
    return Standardised(
        adjusted=contrast(0),
        rubin=_by_rubin(base, imputed.log_hr[worked, 0], imputed.variance[worked, 0], level),
        naive=naive,
        shift=shift,
        shift_se=shift_se,
        covariates=shifts,
        sensitivity=tuple(
            EffectsScaled(factor=f, contrast=contrast(i)) for i, f in enumerate(factors, start=1)
        ),
        skipped=plan.choice.skipped,
        ess=ess,
        n=plan.found.n,
        imputations=int(worked.size),
        replicates=int(kept.size),
        n_failed_imputations=failed[0],
        n_failed=failed[1],
        notes=notes,
    )


def _bootstrapped(
    base: Contrast, estimates: FloatArray, pairs: FloatArray, level: float
) -> Contrast:
    estimate, spread = float(estimates.mean()), _between(pairs)
    se = math.sqrt(spread.variance + float(estimates.var(ddof=1)) / estimates.size)
    half = float(student_t.ppf(0.5 + level / 2, spread.df)) * se
    return replace(
        base,
        estimate=estimate,
        se=se,
        se_reconstruction=None,
        ci_low=estimate - half,
        ci_high=estimate + half,
        level=level,
        interval="sampling, reconstruction and the published effects' errors together, by "
        "bootstrap-then-impute",
        method=f"{base.method}, {pairs.shape[0]} bootstrap replicates with two each",
    )


def _by_rubin(
    base: Contrast, estimates: FloatArray, variances: FloatArray, level: float
) -> Contrast:
    normal_quantile(level)
    pooled = pool(estimates, variances, level=level)
    return replace(
        base,
        estimate=pooled.estimate,
        se=pooled.se_sampling,
        se_reconstruction=pooled.se_reconstruction,
        ci_low=pooled.ci_low,
        ci_high=pooled.ci_high,
        level=level,
        interval="Rubin's rules over the imputations, weights taken as known; too wide here",
        method=f"{base.method}, pooled by Rubin's rules",
    )


def _shift(plan: _Plan) -> tuple[tuple[CovariateShift, ...], float, float]:
    sign = 1.0 if plan.weighted == "treatment" else -1.0
    rows, difference = [], np.empty(len(plan.choice.usable))
    for j, effect in enumerate(plan.choice.usable):
        moments = {moment.kind: moment for moment in plan.target.named(effect.covariate)}
        kind = next(k for k in ("proportion", "mean", "median") if k in moments)
        values = plan.found.values[:, j]
        own = float(np.median(values) if kind == "median" else values.mean())
        difference[j] = sign * (moments[kind].value - own)
        rows.append(
            CovariateShift(
                covariate=effect.covariate,
                definition=effect.definition,
                source=effect.source,
                moment=kind,
                log_hr=float(plan.effects.log_hr[j]),
                own=own,
                target=moments[kind].value,
                shift=float(plan.effects.log_hr[j] * difference[j]),
            )
        )
    total = float(sum(row.shift for row in rows))
    return tuple(rows), total, float(np.linalg.norm(difference @ plan.effects.root))


def _link_notes(plan: _Plan) -> tuple[str, ...]:
    """What carries the link between the imputed covariates and the outcome."""
    carried = "; ".join(
        f"{e} (in {e.patients})" if e.patients else str(e) for e in plan.choice.usable
    )
    joined = (
        f"Covariates are joined by the correlations of {plan.correlation.source}, met to within "
        f"{plan.joined.departure:.2f}."
        if plan.correlation is not None
        else "Covariates are imputed as independent of each other."
        if len(plan.choice.usable) > 1
        else "One covariate is imputed."
    )
    skipped = tuple(
        f"Not used: {s.effect.covariate} [{s.effect.source}]: {s.reason}."
        for s in plan.choice.skipped
    )
    _, shift, se = _shift(plan)
    return (
        "No patient's covariates are known: the link to the outcome is carried by published "
        f"effects alone: {carried}.",
        f"The adjustment amounts to a shift of the log hazard ratio by {shift:+.3f} (SE {se:.3f} "
        "from the effects), sum of beta (target mean - own mean).",
        joined,
        *skipped,
    )


def _model_assumptions(plan: _Plan, arm: str) -> tuple[str, ...]:
    names = ", ".join(plan.found.names)
    return (
        f"Unanchored: whatever is prognostic or modifies the effect, other than {names}, is "
        "taken to be distributed alike in the two groups.",
        f"The published effects hold for the patients of {arm}, are proportional and do not "
        "depend on each other; their errors are the published standard errors.",
        "Censoring does not depend on the covariates.",
        f"The moments of {plan.target.name} are taken as known.",
    )
