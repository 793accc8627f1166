"""A weighted (MAIC) comparison of an analysis: everything that its report must show."""

from __future__ import annotations

import math
from collections.abc import Iterable
from dataclasses import dataclass, replace
from pathlib import Path
from typing import get_args

import numpy as np

from survcomp.adjustment import (
    Balance,
    Overlap,
    balance_table,
    target_overlap,
    weight_histogram,
    weight_summary,
    weighted_at_risk,
)
from survcomp.adjustment.diagnostics.influence import WeightedAtRisk
from survcomp.analysis.plan.evidence import Evidence
from survcomp.analysis.plan.own import BaselineTargetTable, BootstrapTable, TargetTable
from survcomp.analysis.plan.schema import ComparisonTable, SettingsTable
from survcomp.analysis.steps.draws import (
    COULD_NOT,
    NO_DRAWS,
    SIMULATED,
    drawn_side,
    record_drawn_effect,
)
from survcomp.analysis.steps.recorder import NATURAL, UNIT, Recorder
from survcomp.analysis.steps.sides import EXACT, Side, at_risk_times
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
    pooled_maic,
    unanchored_maic,
    unanchored_maic_rmst,
)
from survcomp.comparison.matching_adjusted.over_draws import DrawVariance
from survcomp.comparison.matching_adjusted.variance_result import WORDS, VarianceRow
from survcomp.comparison.reweighting.kinds import MatchedWeighting
from survcomp.comparison.reweighting.matching import Matching
from survcomp.errors import ContradictionError, InputError
from survcomp.estimation import kaplan_meier
from survcomp.values.contrast import Contrast, Measure
from survcomp.values.ensemble import Ensemble
from survcomp.values.ipd import IPD
from survcomp.values.populations.population import Population
from survcomp.values.records.results import Kind
from survcomp.values.weights import Weights

FITTED: Kind = "optimised"
LOG_HR = "log hazard ratio"
ROUNDING = 1e-9
"""A distance left after exact matching is rounding noise below this: it is recorded as 0."""

RULE = "ESS-scaled where the effective sample size is below 50, else robust"

LEFT_OUT = (
    "{left} of {n} patients are left out of the weighting; the naive comparison still has them."
)


@dataclass(frozen=True, slots=True)
class Weighting:
    """What is asked of a weighted comparison, and where its files are read."""

    table: ComparisonTable
    settings: SettingsTable
    evidence: Evidence
    folder: Path

    @property
    def adjust(self) -> TargetTable:
        """The table `adjust`."""
        assert self.table.adjust is not None
        return self.table.adjust


def record_weighted(prefix: str, sides: list[Side], asked: Weighting, recorder: Recorder) -> None:
    """Weight the treatment's patients, compare, and record the effect with its diagnostics.

    The naive comparison and the weighted one have the same comparator. Patients left out on
    request have weight 0; variances are of the others.
    """
    adjust = asked.adjust
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
    kept, own = without_left_out(treatment, weights)
    drawn = _bootstrapped(kept, sides[1], target, weights, asked)
    table = _variances(kept, comparator, target, own, asked)
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
        found = weighted_over_draws(kept, sides[1], target, own, lead, asked)
        record_drawn_effect(f"{path}/over_draws", found, shown, recorder)
    if drawn is not None:
        assert adjust.bootstrap is not None
        record_bootstrap(f"{path}/bootstrap", drawn, adjust.bootstrap, recorder)
    _record_beside(path, treatment, comparator, weights, asked, recorder)
    left = weighted_at_risk(treatment, weights, times=at_risk_times(sides).tolist())
    record_weighted_at_risk(f"{path}/km", left.rows, recorder)
    record_balance(f"{prefix}/balance", balance_table(treatment, target, weights), recorder)


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
    kept: IPD, comparator: IPD, target: Population, weights: Weights, asked: Weighting
) -> VarianceTable:
    named, level = asked.table.named_for_weights, asked.settings.level
    match = still_to_match(weights)
    if asked.adjust.kind != "within tolerance" and match:
        return maic_variances(
            kept,
            comparator,
            Matching(target, match=match, weighting=kind_of_weights(asked.adjust)),
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
    kept: IPD, other: Side, target: Population, weights: Weights, asked: Weighting
) -> MaicBootstrap | None:
    """Replicates, over draws of a rebuilt comparator where draws are asked for."""
    wanted = asked.adjust.bootstrap
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
        Matching(target, match=match, weighting=kind_of_weights(asked.adjust)),
        outcome=asked.table.endpoint,
        rng=np.random.default_rng(wanted.seed),
        resampling=Resampling(
            replicates=wanted.replicates, interval=wanted.interval, level=asked.settings.level
        ),
        assumptions=asked.table.named_for_weights,
    )


def weighted_over_draws(
    kept: IPD, other: Side, target: Population, own: Weights, lead: str, asked: Weighting
) -> Contrast | str:
    """The weighted effect over draws of the comparator, or in words why there is none."""
    if asked.settings.draws == 0:
        return NO_DRAWS
    method: DrawVariance = next(m for m in get_args(DrawVariance) if m == lead)
    try:
        draws = drawn_side(other, asked.settings)
        assert isinstance(draws, Ensemble)
        return pooled_maic(
            kept,
            draws,
            own,
            outcome=asked.table.endpoint,
            method=method,
            population=target if method == "M-estimation" else None,
            assumptions=asked.table.named_for_weights,
            level=asked.settings.level,
        )
    except (ContradictionError, InputError) as error:
        return COULD_NOT.format(error)


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
        found = replace(
            contrast,
            estimate=row.estimate,
            se=row.se,
            ci_low=row.ci_low,
            ci_high=row.ci_high,
            interval=f"{drawn.interval_label}; {WORDS['bootstrap']}",
            p=None,
            notes=(*contrast.notes, *drawn.notes),
        )
    else:
        row = next(row for row in table.rows if row.method == lead)
        found = table.apply(contrast, method=row.method)
    method = (
        f"unanchored MAIC, {weights.method}, matched on {', '.join(weights.matched)}; weighted Cox "
        f"model, Efron ties, weights on the {row.scale} scale; standard error: {WORDS[row.method]}"
    )
    return replace(found, method=method)


def record_variances(
    path: str,
    table: VarianceTable,
    drawn: MaicBootstrap | None,
    adjust: TargetTable,
    recorder: Recorder,
    *,
    rule: str = RULE,
) -> str:
    """Record every method, and return the one that leads."""
    lead = str(adjust.variance or table.default.method)
    rows = list(table.rows)
    if drawn is not None:
        rows.append(bootstrap_row(drawn))
    if lead not in [row.method for row in rows]:
        raise InputError(
            f"`adjust.variance` is {lead!r}; these weights have "
            f"{', '.join(row.method for row in rows)}."
        )
    for row in rows:
        here = f"{path}/{row.method}"
        kind = SIMULATED if row.method == "bootstrap" else FITTED
        recorder.text(f"{here}/words", row.words)
        recorder.text(f"{here}/scale", row.scale)
        recorder.add(f"{here}/leads", row.method == lead, "count")
        record_row(here, row, kind, recorder)
    recorder.text(
        f"{path}/rule",
        "chosen by the analysis" if adjust.variance else rule,
    )
    return lead


def record_row(
    path: str, row: object, kind: Kind, recorder: Recorder, *, measure: Measure = "log_hr"
) -> None:
    """Estimate, error and limits on the additive scale and, of a ratio, for the reader as one."""
    name, natural_unit = NATURAL.get(measure, ("", ""))
    for field in ("estimate", "se", "ci_low", "ci_high"):
        value = float(getattr(row, field))
        recorder.add(f"{path}/{measure}/{field}", value, kind, unit=UNIT[measure])
        if field != "se" and name:
            recorder.add(f"{path}/{name}/{field}", math.exp(value), kind, unit=natural_unit)


def bootstrap_row(drawn: MaicBootstrap) -> VarianceRow:
    """The bootstrap as one of the variances."""
    return VarianceRow(
        method="bootstrap",
        scale=drawn.scale,
        estimate=drawn.estimate,
        se=drawn.se,
        ci_low=drawn.ci_low,
        ci_high=drawn.ci_high,
        words=f"{WORDS['bootstrap']}; {drawn.kind} interval; resampled: {drawn.resampled}",
    )


def record_bootstrap(
    path: str, drawn: MaicBootstrap, asked: BootstrapTable, recorder: Recorder
) -> None:
    """Replicates, failures, and what was resampled."""
    recorder.add(f"{path}/replicates", drawn.replicates.size, "count")
    recorder.add(f"{path}/failed", drawn.n_failed, "count")
    recorder.add(f"{path}/seed", asked.seed, "count")
    recorder.text(f"{path}/interval_kind", drawn.kind)
    recorder.text(f"{path}/resampled", drawn.resampled)
    recorder.text(f"{path}/interval", drawn.interval_label)
    recorder.texts(f"{path}/notes", drawn.notes)


def record_weights(path: str, ipd: IPD, weights: Weights, recorder: Recorder) -> None:
    """How the weights were made, what they cost, and who carries them."""
    recorder.text(f"{path}/method", weights.method)
    recorder.texts(f"{path}/matched", weights.matched)
    left = len(weights.excluded)
    notes = [*weights.notes, *([LEFT_OUT.format(left=left, n=weights.n)] if left else [])]
    recorder.texts(f"{path}/notes", notes)
    summary = weight_summary(ipd, weights)
    group = summary.groups[0]
    for field in ("n", "excluded", "zero", "below_floor", "n_for_half"):
        recorder.add(f"{path}/{field}", getattr(group, field), "count", unit="patients")
    recorder.add(f"{path}/ess", group.ess, FITTED, unit="patients")
    _record_fields(
        path, group, ("reduction", "share_1", "share_5", "share_10"), recorder, "probability"
    )
    quantiles = ("minimum", "q25", "median", "q75", "p95", "p99", "maximum", "cv")
    _record_fields(path, group, quantiles, recorder, "")
    recorder.add(
        f"{path}/largest_imbalance", _no_noise(weights.largest_imbalance), FITTED, unit="SD"
    )
    histogram = weight_histogram(weights)
    recorder.add(f"{path}/histogram/edges", tuple(map(float, histogram.edges)), FITTED)
    counts = tuple(map(float, histogram.counts))
    recorder.add(f"{path}/histogram/counts", counts, "series", unit="patients")


def _record_fields(
    path: str, found: object, fields: Iterable[str], recorder: Recorder, unit: str
) -> None:
    for field in fields:
        recorder.add(f"{path}/{field}", float(getattr(found, field)), FITTED, unit=unit)


def _no_noise(value: float) -> float:
    return 0.0 if abs(value) < ROUNDING else value


def record_overlap(path: str, overlap: Overlap, recorder: Recorder) -> None:
    """Where the target lies among the patients before weighting."""
    recorder.text(f"{path}/verdict", overlap.verdict)
    recorder.add(f"{path}/mahalanobis", overlap.mahalanobis, FITTED, unit="SD")
    recorder.add(f"{path}/ess_ceiling", overlap.ess_ceiling, FITTED, unit="patients")
    recorder.add(f"{path}/effective_overlap", overlap.effective_overlap, FITTED, unit="probability")
    for index, row in enumerate(overlap.rows):
        here = f"{path}/row/{index}"
        recorder.text(f"{here}/column", row.column)
        for field in ("target", "mean", "low", "high"):
            recorder.add(f"{here}/{field}", getattr(row, field), EXACT)
        recorder.add(f"{here}/percentile", row.percentile, EXACT, unit="probability")
        recorder.add(f"{here}/difference", row.difference, EXACT, unit="SD")
        recorder.add(f"{here}/in_range", row.in_range, "count")


def record_weighted_at_risk(path: str, rows: Iterable[WeightedAtRisk], recorder: Recorder) -> None:
    """What those at risk at the times under the curves count after weighting, of one arm.

    The sum of the weights (mean 1 over all who are not left out) and the effective sample size.
    """
    found = tuple(rows)
    for name, field in (("at_risk_weighted", "weighted_at_risk"), ("at_risk_ess", "ess")):
        counts = tuple(float(getattr(row, field)) for row in found)
        recorder.add(f"{path}/{name}", counts, FITTED, unit="patients")


def _record_beside(
    path: str,
    treatment: IPD,
    comparator: IPD,
    weights: Weights,
    asked: Weighting,
    recorder: Recorder,
) -> None:
    """The weighted curve, RMST difference, and what the hazard ratio depends on."""
    unit = treatment.time_unit
    curve = kaplan_meier(treatment, weights=weights)
    recorder.add(f"{path}/km/time", tuple(map(float, curve.time)), "series", unit=unit)
    survival = tuple(map(float, curve.survival))
    recorder.add(f"{path}/km/survival", survival, FITTED, unit="probability")
    recorder.add(f"{path}/km/median", curve.median().estimate, EXACT, unit=unit)
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
        if row.measure == "log_hr":
            recorder.add(f"{here}/log_hr/level", table.level, "published")
            record_row(here, row, FITTED, recorder)
            continue
        recorder.add(f"{here}/rmst_difference/level", table.level, "published")
        for field in ("estimate", "se", "ci_low", "ci_high"):
            value = getattr(row, field)
            recorder.add(f"{here}/rmst_difference/{field}", value, FITTED, unit=table.time_unit)


def record_balance(path: str, balance: Balance, recorder: Recorder) -> None:
    """The baseline before and after weighting, with its cost."""
    recorder.text(f"{path}/population", balance.population)
    recorder.add(f"{path}/n", balance.n, "count", unit="patients")
    recorder.add(f"{path}/ess", balance.ess, FITTED, unit="patients")
    for field in ("reduction", "largest_share"):
        recorder.add(f"{path}/{field}", getattr(balance, field), FITTED, unit="probability")
    for index, row in enumerate(balance.rows):
        here = f"{path}/row/{index}"
        recorder.text(f"{here}/covariate", row.covariate)
        recorder.text(f"{here}/kind", row.kind)
        recorder.add(f"{here}/matched", row.matched, "count")
        recorder.add(f"{here}/target", row.target, "published")
        if row.note:
            recorder.text(f"{here}/note", row.note)
        for field in ("before", "after", "difference_before", "difference_after"):
            value = getattr(row, field)
            if math.isfinite(value):  # what is not is said in words by the note
                recorder.add(f"{here}/{field}", _no_noise(value), FITTED)
