"""A weighted (MAIC) comparison of an analysis: everything that its report must show."""

from __future__ import annotations

from dataclasses import replace
from typing import get_args

import numpy as np

from survcomp.adjustment import (
    balance_table,
    target_overlap,
    weighted_at_risk,
)
from survcomp.analysis.plan.tables.comparisons import ComparisonTable
from survcomp.analysis.plan.tables.own import BaselineTargetTable, TargetTable
from survcomp.analysis.steps.parts.anchors import target_anchor
from survcomp.analysis.steps.parts.context import Task
from survcomp.analysis.steps.parts.diagnostics import (
    record_balance,
    record_overlap,
    record_weighted_at_risk,
    record_weights,
)
from survcomp.analysis.steps.parts.draws import (
    NO_DRAWS,
    SIMULATED,
    could_not,
    drawn_side,
    record_drawn_effect,
)
from survcomp.analysis.steps.parts.recorder import Recorder
from survcomp.analysis.steps.parts.sides import EXACT, Side, at_risk_times
from survcomp.analysis.steps.parts.variances import (
    bootstrap_row,
    record_bootstrap,
    record_row,
    record_variances,
)
from survcomp.comparison import (
    DependenceTable,
    Entropy,
    MaicBootstrap,
    MaxESS,
    Resampling,
    VarianceTable,
    WithinTolerance,
    bootstrap_maic,
    hazard_ratio_dependence,
    known_weight_variances,
    maic_variances,
    unanchored_maic,
    unanchored_maic_rmst,
)
from survcomp.comparison.matching_adjusted.hazard_ratio import DrawVariance
from survcomp.comparison.matching_adjusted.variance_result import WORDS
from survcomp.comparison.reweighting.kinds import MatchedWeighting
from survcomp.comparison.reweighting.matching import Matching
from survcomp.errors import ContradictionError, InputError
from survcomp.estimation import kaplan_meier
from survcomp.values.contrasts.contrast import Contrast
from survcomp.values.contrasts.link_estimate import LinkEstimate
from survcomp.values.patients.ipd import IPD
from survcomp.values.populations.population import Population
from survcomp.values.records.results import Kind
from survcomp.values.refused import Refused
from survcomp.values.weights import Weights

FITTED: Kind = "optimised"
LOG_HR = "log hazard ratio"


def target_table(asked: Task[ComparisonTable]) -> TargetTable:
    """The table `adjust` of a comparison that has one."""
    assert asked.table.adjust is not None
    return asked.table.adjust


def record_weighted(asked: Task[ComparisonTable], sides: list[Side]) -> None:
    """Weight the treatment's patients, compare, and record the effect with its diagnostics.

    The naive comparison and the weighted one have the same comparator. Patients left out on
    request have weight 0; variances are of the others.
    """
    prefix, recorder, adjust = asked.prefix, asked.recorder, target_table(asked)
    _say_what_it_rests_on(asked)
    target = asked.evidence.baseline(adjust, base=asked.folder)
    treatment, comparator = sides[0].ipd, sides[1].ipd
    weights = make_weights(treatment, target, adjust)
    recorder.text(f"{prefix}/adjustment", f"weighted to {target.name}")
    path = f"{prefix}/maic"
    record_weights(f"{path}/weights", treatment, weights, recorder)
    overlap = target_overlap(
        treatment,
        target,
        match=adjust.match,
        all_or_none=adjust.all_or_none,
        missing=adjust.missing,
    )
    record_overlap(f"{path}/overlap", overlap, recorder)
    kept, kept_weights = without_left_out(treatment, weights)
    drawn = _bootstrapped(kept, sides[1], target, weights, asked)
    table = _variances(kept, comparator, target, kept_weights, asked)
    lead = record_variances(f"{path}/variance", table, drawn, adjust, recorder)
    contrast = unanchored_maic(
        treatment,
        comparator,
        weights,
        outcome=asked.table.endpoint,
        assumptions=asked.table.named_for_weights,
        level=asked.settings.level,
    )
    shown = _with_variance(contrast, weights, table, drawn, lead)
    kind = SIMULATED if lead == "bootstrap" else FITTED
    sources = (f"{prefix}/treatment", f"{prefix}/comparator")
    recorder.contrast(path, shown, kind=kind, sources=sources)
    if sides[1].rebuilt is not None and lead != "bootstrap":
        over_draws = weighted_over_draws(kept, sides[1], target, kept_weights, lead, asked)
        record_drawn_effect(f"{path}/over_draws", over_draws, shown, recorder)
    if drawn is not None:
        assert adjust.bootstrap is not None
        record_bootstrap(f"{path}/bootstrap", drawn, adjust.bootstrap, recorder)
    _record_beside(path, treatment, comparator, weights, asked, recorder)
    left = weighted_at_risk(treatment, weights, times=at_risk_times(sides).tolist())
    record_weighted_at_risk(f"{path}/km", left.rows, recorder)
    record_balance(f"{prefix}/balance", balance_table(treatment, target, weights), recorder)


def _say_what_it_rests_on(asked: Task[ComparisonTable]) -> None:
    """Beside both sides: the baseline, and how it is weighted to."""
    recorder, path = asked.recorder, f"{asked.prefix}/maic"
    target = [target_anchor(target_table(asked), asked)]
    for here in (path, f"{asked.prefix}/balance"):
        recorder.further(here, rests_on=target, settings=asked.keys("adjust"))
    recorder.further(f"{path}/km", settings=["settings.ci_transform"])
    for part in ("rmst_difference", "dependence"):
        recorder.further(f"{path}/{part}", settings=asked.keys("rmst_horizon"))


def make_weights(ipd: IPD, target: Population, adjust: BaselineTargetTable) -> Weights:
    """Weights of the kind asked for."""
    return kind_of_weights(adjust).of(
        ipd,
        target,
        match=adjust.match,
        all_or_none=adjust.all_or_none,
        missing=adjust.missing,
    )


def kind_of_weights(adjust: BaselineTargetTable) -> MatchedWeighting:
    """The kind asked for."""
    if adjust.tolerance is not None:
        return WithinTolerance(tolerance=adjust.tolerance)
    return Entropy() if adjust.kind == "entropy" else MaxESS()


def without_left_out(ipd: IPD, weights: Weights) -> tuple[IPD, Weights]:
    """Patients who are not left out, and their weights."""
    if not weights.excluded:
        return ipd, weights
    keep = ~np.isin(ipd.id, weights.excluded)
    kept = ipd.only(keep)
    value = np.asarray(weights.value)[keep]
    return kept, replace(weights, id=kept.id, value=value, excluded=())


def still_to_match(weights: Weights) -> tuple[str, ...]:
    """Moments to match among those who are not left out."""
    return tuple(name for name, _ in weights.coefficients)


def _variances(
    kept: IPD, comparator: IPD, target: Population, weights: Weights, asked: Task[ComparisonTable]
) -> VarianceTable:
    named, level = asked.table.named_for_weights, asked.settings.level
    match = still_to_match(weights)
    if target_table(asked).kind != "within tolerance" and match:
        return maic_variances(
            kept,
            comparator,
            Matching(target, match=match, weighting=kind_of_weights(target_table(asked))),
            outcome=asked.table.endpoint,
            assumptions=named,
            level=level,
        )
    return known_weight_variances(
        kept,
        comparator,
        weights,
        outcome=asked.table.endpoint,
        assumptions=named,
        level=level,
    )


def _bootstrapped(
    kept: IPD, other: Side, target: Population, weights: Weights, asked: Task[ComparisonTable]
) -> MaicBootstrap | None:
    """Replicates, over draws of a rebuilt comparator where draws are asked for."""
    wanted = target_table(asked).bootstrap
    if wanted is None:
        return None
    match = still_to_match(weights)
    if not match:
        raise InputError(
            "`adjust.bootstrap`: every covariate is matched by leaving patients out; there are no "
            "weights to estimate."
        )
    comparator = drawn_side(other, asked.settings) if asked.settings.draws else other.ipd
    return bootstrap_maic(
        kept,
        comparator,
        Matching(target, match=match, weighting=kind_of_weights(target_table(asked))),
        outcome=asked.table.endpoint,
        rng=np.random.default_rng(wanted.seed),
        resampling=Resampling(
            replicates=wanted.replicates, interval=wanted.interval, level=asked.settings.level
        ),
        assumptions=asked.table.named_for_weights,
    )


def weighted_over_draws(
    kept: IPD,
    other: Side,
    target: Population,
    weights: Weights,
    lead: str,
    asked: Task[ComparisonTable],
) -> Contrast | Refused:
    """The weighted effect over draws of the comparator, or why there is none."""
    if asked.settings.draws == 0:
        return NO_DRAWS
    method: DrawVariance = next(m for m in get_args(DrawVariance) if m == lead)
    try:
        draws = drawn_side(other, asked.settings)
        return unanchored_maic(
            kept,
            draws,
            weights,
            outcome=asked.table.endpoint,
            variance=method,
            population=target if method == "M-estimation" else None,
            assumptions=asked.table.named_for_weights,
            level=asked.settings.level,
        )
    except (ContradictionError, InputError) as error:
        return could_not(error)


def _with_variance(
    contrast: Contrast,
    weights: Weights,
    table: VarianceTable,
    drawn: MaicBootstrap | None,
    lead: str,
) -> Contrast:
    """The contrast with the estimate, error and interval of the method that leads."""
    if lead == "bootstrap":
        assert drawn is not None
        row = bootstrap_row(drawn)
        leading = replace(
            contrast.with_numbers(row.numbers),
            interval=f"{drawn.interval_label}; {WORDS['bootstrap']}",
            notes=(*contrast.notes, *drawn.notes),
        )
    else:
        row = next(row for row in table.rows if row.method == lead)
        leading = table.apply(contrast, method=row.method)
    method = (
        f"unanchored MAIC, {weights.method}, matched on {', '.join(weights.matched)}; weighted Cox "
        f"model, Efron ties, weights on the {row.scale} scale; standard error: {WORDS[row.method]}"
    )
    return replace(leading, method=method)


def _record_beside(
    path: str,
    treatment: IPD,
    comparator: IPD,
    weights: Weights,
    asked: Task[ComparisonTable],
    recorder: Recorder,
) -> None:
    """The weighted curve, RMST difference, and what the hazard ratio depends on."""
    unit = treatment.time_unit
    curve = kaplan_meier(treatment, weights=weights)
    recorder.add(f"{path}/km/time", tuple(map(float, curve.time)), "series", unit=unit)
    survival = tuple(map(float, curve.survival))
    recorder.add(f"{path}/km/survival", survival, FITTED, unit="probability")
    recorder.add(f"{path}/km/median", curve.median().value, EXACT, unit=unit)
    horizon = asked.table.rmst_horizon
    if horizon is not None:
        area = unanchored_maic_rmst(
            treatment,
            comparator,
            weights,
            outcome=asked.table.endpoint,
            horizon=horizon,
            assumptions=asked.table.named_for_weights,
            level=asked.settings.level,
        )
        recorder.contrast(path, area, kind=FITTED)
    table = hazard_ratio_dependence(
        treatment,
        comparator,
        weights,
        followed_to=() if horizon is None else (horizon,),
        level=asked.settings.level,
    )
    _record_dependence(f"{path}/dependence", table, recorder)


def _record_dependence(path: str, table: DependenceTable, recorder: Recorder) -> None:
    for index, row in enumerate(table.rows):
        here = f"{path}/{index}"
        recorder.text(f"{here}/scale", row.scale)
        recorder.add(f"{here}/followed_to", row.followed_to, EXACT, unit=table.time_unit)
        numbers = LinkEstimate.sampling(row.estimate, row.se, level=table.level)
        unit = table.time_unit
        record_row(here, numbers, FITTED, recorder, measure=row.measure, time_unit=unit)
