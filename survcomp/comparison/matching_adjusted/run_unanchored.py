"""An unanchored MAIC, whole: `maic` of patients against patients."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from survcomp.comparison.bootstrap.effects import RMSTDifferenceEffect
from survcomp.comparison.bootstrap.result import MaicBootstrap
from survcomp.comparison.matching_adjusted.asked import (
    Asked,
    leading,
    matching_asked,
    overlap_asked,
    weights_asked,
)
from survcomp.comparison.matching_adjusted.bootstrap import bootstrap_maic
from survcomp.comparison.matching_adjusted.hazard_ratio import unanchored_maic
from survcomp.comparison.matching_adjusted.left_out import still_to_match, without_left_out
from survcomp.comparison.matching_adjusted.result import MAIC
from survcomp.comparison.matching_adjusted.unanchored import (
    TARGET,
    unanchored_maic_rmst,
    weighted_pairs,
)
from survcomp.comparison.matching_adjusted.variance import (
    known_weight_variances,
    maic_variances,
)
from survcomp.comparison.matching_adjusted.variance_result import (
    WORDS,
    VarianceRow,
    VarianceTable,
)
from survcomp.comparison.reweighting.kinds import WithinTolerance
from survcomp.comparison.reweighting.matching import Matching
from survcomp.comparison.two_arms.cox import over_draws_method
from survcomp.comparison.two_arms.naive import naive_hazard_ratio, naive_rmst_difference
from survcomp.errors import InputError
from survcomp.values.contrasts.contrast import Contrast
from survcomp.values.draws import Patients, assumes_censoring
from survcomp.values.patients.ipd import IPD
from survcomp.values.weights import Weights


def run_unanchored(treatment: IPD, comparator: Patients, asked: Asked) -> MAIC:
    """Weigh the treatment's patients to the target and compare; see `maic`."""
    how = asked.how
    if how.treatment_arm is not None or how.different_comparators:
        raise InputError(
            "`settings`: treatment_arm and different_comparators are of an anchored comparison."
        )
    weights = weights_asked(treatment, asked)
    kept, kept_weights = without_left_out(treatment, weights)
    naive_words = {key: words for key, words in (how.assumptions or {}).items() if key != TARGET}
    shared: dict[str, Any] = {"outcome": asked.outcome, "level": how.level}
    naive: Contrast
    if isinstance(asked.effect, RMSTDifferenceEffect):
        horizon = asked.effect.horizon
        naive = naive_rmst_difference(
            treatment, comparator, horizon=horizon, assumptions=naive_words or None, **shared
        )
    else:
        naive = naive_hazard_ratio(treatment, comparator, assumptions=naive_words or None, **shared)
    drawn = None
    if asked.resampling is not None:
        drawn = bootstrap_maic(
            kept,
            comparator,
            matching_asked(kept_weights, asked),
            outcome=asked.outcome,
            rng=asked.rng,
            resampling=asked.resampling,
            effect=asked.effect,
            assumptions=how.assumptions,
        )
    table = _variances(kept, comparator, kept_weights, drawn, asked)
    leads = leading(table, how)
    return MAIC(
        kind="unanchored",
        naive=naive,
        adjusted=_adjusted(kept, comparator, kept_weights, table, table.row(leads), drawn, asked),
        weights=weights,
        overlap=overlap_asked(treatment, asked),
        variances=table,
        leads=leads,
        bootstrap=drawn,
        anchor=None,
        patients=treatment,
        comparator=comparator,
        target=asked.target,
    )


def _variances(
    kept: IPD,
    comparator: Patients,
    weights: Weights,
    drawn: MaicBootstrap | None,
    asked: Asked,
) -> VarianceTable:
    """Every standard error that these weights have."""
    match, kind = still_to_match(weights), asked.how.weighting
    shared: dict[str, Any] = {
        "outcome": asked.outcome,
        "effect": asked.effect,
        "bootstrap": drawn,
        "assumptions": asked.how.assumptions,
        "level": asked.how.level,
    }
    if match and not isinstance(kind, WithinTolerance):
        matching = Matching(asked.target, match=match, weighting=kind)
        return maic_variances(kept, comparator, matching, **shared)
    return known_weight_variances(kept, comparator, weights, **shared)


def _adjusted(
    kept: IPD,
    comparator: Patients,
    weights: Weights,
    table: VarianceTable,
    row: VarianceRow,
    drawn: MaicBootstrap | None,
    asked: Asked,
) -> Contrast:
    """The effect with the numbers of the method that leads, and what they hold."""
    pairs = weighted_pairs(kept, comparator, weights)
    shared: dict[str, Any] = {
        "outcome": asked.outcome,
        "assumptions": asked.how.assumptions,
        "level": asked.how.level,
    }
    one = pairs.comparator[0]  # its numbers are replaced by those over all draws
    if isinstance(asked.effect, RMSTDifferenceEffect):
        base = unanchored_maic_rmst(kept, one, weights, horizon=asked.effect.horizon, **shared)
        estimator = "areas under the (weighted) Kaplan-Meier curves"
    else:
        base = unanchored_maic(kept, one, weights, **shared)
        estimator = f"weighted Cox model, Efron ties, weights on the {row.scale} scale"
    # a replicate of a bootstrap takes one draw, and nothing is pooled
    pooled = pairs.several and row.method != "bootstrap"
    method = (
        f"unanchored MAIC, {weights.method}, matched on {', '.join(weights.matched)}; "
        f"{estimator}; standard error{' in each draw' * pooled}: {WORDS[row.method]}"
    )
    led = table.apply(base, method=row.method)
    if row.method == "bootstrap":
        assert drawn is not None
        led = replace(
            led,
            interval=f"{drawn.interval_label}; {WORDS['bootstrap']}",
            notes=(*base.notes, *drawn.notes),
        )
    return replace(
        led,
        method=over_draws_method(method, pairs) if pooled else method,
        assumes_censoring=assumes_censoring(*pairs.patients),
    )
