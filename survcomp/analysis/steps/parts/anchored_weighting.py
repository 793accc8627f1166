"""One's own randomised trial weighted to the population of the published effect."""

from __future__ import annotations

from survcomp.adjustment import balance_table, weighted_at_risk
from survcomp.analysis.plan.tables.anchored import AnchoredTable
from survcomp.analysis.steps.parts.context import Task
from survcomp.analysis.steps.parts.diagnostics import (
    FITTED,
    record_balance,
    record_overlap,
    record_weighted_at_risk,
    record_weights,
)
from survcomp.analysis.steps.parts.draws import SIMULATED
from survcomp.analysis.steps.parts.variances import record_bootstrap, record_variances
from survcomp.analysis.steps.parts.weighting import kind_of_weights
from survcomp.comparison import MAIC, MaicSettings, TwoStage, maic
from survcomp.comparison.matching_adjusted.left_out import weights_of_arm
from survcomp.estimation import kaplan_meier
from survcomp.values.checks import FloatArray
from survcomp.values.contrasts.contrast import Contrast
from survcomp.values.patients.ipd import IPD
from survcomp.values.populations.population import Population

RULE = "robust, where nothing else is asked for"


def arm_names(task: Task[AnchoredTable]) -> tuple[str, str]:
    """Names of one's own two arms."""
    return task.table.patients.treatment_name, task.table.patients.comparator_name


def weighted_trial(
    task: Task[AnchoredTable], trial: IPD, published: Contrast, target: Population
) -> MAIC:
    """Both arms weighted together, in two stages where that is asked for, and compared."""
    table, adjust = task.table, task.table.adjust
    wanted, level = adjust.bootstrap, task.settings.level
    return maic(
        trial,
        published,
        target,
        match=adjust.match,
        kind="anchored",
        estimand="marginal HR",
        outcome=table.endpoint,
        bootstrap=wanted.resampling(level=level) if wanted else 0,
        rng=wanted.seed if wanted else 1,
        settings=MaicSettings(
            weighting=TwoStage() if adjust.two_stage else kind_of_weights(adjust),
            variance=adjust.variance,
            all_or_none=adjust.all_or_none,
            missing=adjust.missing,
            treatment_arm=table.patients.treatment_name,
            different_comparators=table.different_comparators,
            level=level,
        ),
    )


def record_weighted_trial(task: Task[AnchoredTable], weighted: MAIC) -> None:
    """Weights, balance, both weighted effects, and every standard error."""
    recorder, adjust, path = task.recorder, task.table.adjust, f"{task.prefix}/maic"
    assert weighted.anchor is not None
    recorder.text(f"{task.prefix}/adjustment", f"weighted to {weighted.target.name}")
    record_weights(f"{path}/weights", weighted.patients, weighted.weights, recorder)
    record_overlap(f"{path}/overlap", weighted.overlap, recorder)
    record_balance(f"{task.prefix}/balance", weighted.balance, recorder)
    _record_arms(task, weighted)
    record_variances(
        f"{path}/variance", weighted.variances.rows, weighted.leads, adjust, recorder, rule=RULE
    )
    recorder.contrast(
        f"{task.prefix}/own/weighted", weighted.anchor.weighted, kind=FITTED, sources=task.sources
    )
    kind = SIMULATED if weighted.leads == "bootstrap" else FITTED
    recorder.contrast(path, weighted.adjusted, kind=kind, sources=task.sources)
    if weighted.bootstrap is not None:
        assert adjust.bootstrap is not None
        record_bootstrap(f"{path}/bootstrap", weighted.bootstrap, adjust.bootstrap, recorder)


def _record_arms(task: Task[AnchoredTable], weighted: MAIC) -> None:
    """Balance of each arm by itself, and its weighted curve."""
    for name, path in zip(arm_names(task), task.sources, strict=True):
        arm, weights = weights_of_arm(weighted.patients, weighted.weights, name)
        record_balance(
            f"{path}/balance", balance_table(arm, weighted.target, weights), task.recorder
        )
        curve = kaplan_meier(arm, weights=weights)
        here = f"{path}/weighted/km"
        times = tuple(map(float, curve.time))
        task.recorder.add(f"{here}/time", times, "series", unit=arm.time_unit)
        survival = tuple(map(float, curve.survival))
        task.recorder.add(f"{here}/survival", survival, FITTED, unit="probability")


def record_trial_at_risk(task: Task[AnchoredTable], weighted: MAIC, times: FloatArray) -> None:
    """What is left of each arm at the times under the curves."""
    rows = weighted_at_risk(weighted.patients, weighted.weights, times=times.tolist()).rows
    for name, path in zip(arm_names(task), task.sources, strict=True):
        of_arm = [row for row in rows if row.arm == name]
        record_weighted_at_risk(f"{path}/weighted/km", of_arm, task.recorder)
