"""A weighted (MAIC) comparison of an analysis: everything that its report must show."""

from __future__ import annotations

from typing import get_args

from survcomp.adjustment import weighted_at_risk
from survcomp.analysis.plan.tables.comparisons import ComparisonTable
from survcomp.analysis.plan.tables.own import BaselineTargetTable, BootstrapTable, TargetTable
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
    record_bootstrap,
    record_row,
    record_variances,
)
from survcomp.comparison import (
    MAIC,
    DependenceTable,
    Entropy,
    MaicSettings,
    MaxESS,
    WithinTolerance,
    hazard_ratio_dependence,
    maic,
)
from survcomp.comparison.matching_adjusted.variance_result import MaicVariance
from survcomp.comparison.reweighting.kinds import MatchedWeighting
from survcomp.errors import ContradictionError, InputError
from survcomp.estimation import kaplan_meier
from survcomp.values.contrasts.contrast import Contrast
from survcomp.values.contrasts.link_estimate import LinkEstimate
from survcomp.values.draws import Patients
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
    recorder.text(f"{prefix}/adjustment", f"weighted to {target.name}")
    path = f"{prefix}/maic"
    asked_for = None if adjust.variance == "bootstrap" else _row_of(adjust)
    one = _maic(asked, treatment, comparator, target, variance=asked_for)
    record_weights(f"{path}/weights", treatment, one.weights, recorder)
    record_overlap(f"{path}/overlap", one.overlap, recorder)
    again = _resampled(asked, treatment, sides[1], target)
    rows = [*one.variances.rows, *([again.variances.row("bootstrap")] if again else [])]
    leads: MaicVariance = "bootstrap" if adjust.variance == "bootstrap" else one.leads
    record_variances(f"{path}/variance", rows, leads, adjust, recorder)
    shown, kind = one.adjusted, FITTED
    if leads == "bootstrap":
        assert again is not None
        shown, kind = again.adjusted, SIMULATED
    sources = (f"{prefix}/treatment", f"{prefix}/comparator")
    recorder.contrast(path, shown, kind=kind, sources=sources)
    if sides[1].rebuilt is not None and leads != "bootstrap":
        over_draws = _over_draws(asked, treatment, sides[1], target, leads)
        record_drawn_effect(f"{path}/over_draws", over_draws, shown, recorder)
    if again is not None:
        assert again.bootstrap is not None
        assert adjust.bootstrap is not None
        record_bootstrap(f"{path}/bootstrap", again.bootstrap, adjust.bootstrap, recorder)
    _record_beside(path, one, comparator, asked, recorder)
    left = weighted_at_risk(treatment, one.weights, times=at_risk_times(sides).tolist())
    record_weighted_at_risk(f"{path}/km", left.rows, recorder)
    record_balance(f"{prefix}/balance", one.balance, recorder)


def _row_of(adjust: TargetTable) -> MaicVariance | None:
    """The variance that is to lead, as `maic` knows it."""
    return next((each for each in get_args(MaicVariance) if each == adjust.variance), None)


def _maic(
    asked: Task[ComparisonTable],
    treatment: IPD,
    comparator: Patients,
    target: Population,
    *,
    variance: MaicVariance | None,
    bootstrap: BootstrapTable | None = None,
    horizon: float | None = None,
) -> MAIC:
    """The comparison, as its tables ask for it."""
    adjust, level = target_table(asked), asked.settings.level
    return maic(
        treatment,
        comparator,
        target,
        match=adjust.match,
        kind="unanchored",
        estimand="marginal HR" if horizon is None else "marginal RMST difference",
        outcome=asked.table.endpoint,
        horizon=horizon,
        bootstrap=bootstrap.resampling(level=level) if bootstrap else 0,
        rng=bootstrap.seed if bootstrap else 1,
        settings=MaicSettings(
            weighting=kind_of_weights(adjust),
            variance=variance,
            all_or_none=adjust.all_or_none,
            missing=adjust.missing,
            assumptions=asked.table.named_for_weights,
            level=level,
        ),
    )


def _resampled(
    asked: Task[ComparisonTable], treatment: IPD, other: Side, target: Population
) -> MAIC | None:
    """With replicates, over draws of a rebuilt comparator where draws are asked for."""
    wanted = target_table(asked).bootstrap
    if wanted is None:
        return None
    comparator = drawn_side(other, asked.settings) if asked.settings.draws else other.ipd
    return _maic(asked, treatment, comparator, target, variance="bootstrap", bootstrap=wanted)


def _over_draws(
    asked: Task[ComparisonTable],
    treatment: IPD,
    other: Side,
    target: Population,
    leads: MaicVariance,
) -> Contrast | Refused:
    """The weighted effect over draws of the comparator, or why there is none."""
    if asked.settings.draws == 0:
        return NO_DRAWS
    try:
        draws = drawn_side(other, asked.settings)
        return _maic(asked, treatment, draws, target, variance=leads).adjusted
    except (ContradictionError, InputError) as error:
        return could_not(error)


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


def _record_beside(
    path: str, one: MAIC, comparator: IPD, asked: Task[ComparisonTable], recorder: Recorder
) -> None:
    """The weighted curve, RMST difference, and what the hazard ratio depends on."""
    treatment, weights = one.patients, one.weights
    unit = treatment.time_unit
    curve = kaplan_meier(treatment, weights=weights)
    recorder.add(f"{path}/km/time", tuple(map(float, curve.time)), "series", unit=unit)
    survival = tuple(map(float, curve.survival))
    recorder.add(f"{path}/km/survival", survival, FITTED, unit="probability")
    recorder.add(f"{path}/km/median", curve.median().value, EXACT, unit=unit)
    horizon = asked.table.rmst_horizon
    if horizon is not None:
        area = _maic(asked, treatment, comparator, one.target, variance=None, horizon=horizon)
        recorder.contrast(path, area.adjusted, kind=FITTED)
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
