"""One's own randomised trial weighted to the population of the published effect."""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np

from survcomp.adjustment import balance_table, target_overlap, two_stage_weights, weighted_at_risk
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
from survcomp.analysis.steps.parts.weighting import make_weights, still_to_match, without_left_out
from survcomp.comparison import (
    MaicBootstrap,
    Resampling,
    VarianceTable,
    anchor,
    anchored_maic,
    bootstrap_weighted_trial,
)
from survcomp.comparison.matching_adjusted.variance_result import WORDS, VarianceRow
from survcomp.comparison.reweighting.matching import Matching
from survcomp.errors import InputError
from survcomp.estimation import kaplan_meier
from survcomp.values.checks import FloatArray
from survcomp.values.contrast import Contrast
from survcomp.values.ipd import IPD
from survcomp.values.populations.population import Population
from survcomp.values.weights import Weights

RULE = "robust, where nothing else is asked for"
ADDED = "; the variance of the published effect is added"


@dataclass(frozen=True, slots=True, kw_only=True)
class Weighted:
    """One's own trial with its weights.

    Attributes
    ----------
    everybody, kept : IPD
        Both arms; without those left out of the weighting.
    weights, kept_weights : Weights
        Of everybody, and of those kept.
    target : Population
        What they are weighted to.
    """

    everybody: IPD
    kept: IPD
    weights: Weights
    kept_weights: Weights
    target: Population


def arm_names(task: Task[AnchoredTable]) -> tuple[str, str]:
    """Names of one's own two arms."""
    return task.table.patients.treatment_name, task.table.patients.comparator_name


def weighted_trial(task: Task[AnchoredTable], trial: IPD, target: Population) -> Weighted:
    """Both arms weighted together, in two stages where that is asked for."""
    adjust = task.table.adjust
    if adjust.two_stage:
        weights = two_stage_weights(
            trial,
            target,
            treatment=task.table.patients.treatment_name,
            match=adjust.match,
            all_or_none=adjust.all_or_none,
            missing=adjust.missing,
        )
    else:
        weights = make_weights(trial, target, adjust)
    kept, kept_weights = without_left_out(trial, weights)
    return Weighted(
        everybody=trial, kept=kept, weights=weights, kept_weights=kept_weights, target=target
    )


def record_weighted_trial(
    task: Task[AnchoredTable], weighted: Weighted, published: Contrast
) -> None:
    """Weights, balance, both weighted effects, and every standard error."""
    table, recorder, adjust = task.table, task.recorder, task.table.adjust
    path, level = f"{task.prefix}/maic", task.settings.level
    recorder.text(f"{task.prefix}/adjustment", f"weighted to {weighted.target.name}")
    record_weights(f"{path}/weights", weighted.everybody, weighted.weights, recorder)
    overlap = target_overlap(
        weighted.everybody,
        weighted.target,
        match=adjust.match,
        all_or_none=adjust.all_or_none,
        missing=adjust.missing,
    )
    record_overlap(f"{path}/overlap", overlap, recorder)
    balance = balance_table(weighted.everybody, weighted.target, weighted.weights)
    record_balance(f"{task.prefix}/balance", balance, recorder)
    _record_arms(task, weighted)
    effects = anchored_maic(
        weighted.everybody,
        weighted.weights,
        published,
        treatment=table.patients.treatment_name,
        outcome=table.endpoint,
        different_comparators=table.different_comparators,
        level=level,
    )
    drawn = _bootstrapped(task, weighted, published)
    rows = _variance_table(effects.indirect, weighted)
    lead = record_variances(f"{path}/variance", rows, drawn, adjust, recorder, rule=RULE)
    indirect = _with_variance(effects.indirect, drawn if lead == "bootstrap" else None)
    kind = SIMULATED if lead == "bootstrap" else FITTED
    recorder.contrast(
        f"{task.prefix}/own/weighted", effects.adjusted, kind=FITTED, sources=task.sources
    )
    recorder.contrast(path, indirect, kind=kind, sources=task.sources)
    if drawn is not None:
        assert adjust.bootstrap is not None
        record_bootstrap(f"{path}/bootstrap", drawn, adjust.bootstrap, recorder)


def _record_arms(task: Task[AnchoredTable], weighted: Weighted) -> None:
    """Balance of each arm by itself, and its weighted curve."""
    for name, path in zip(arm_names(task), task.sources, strict=True):
        arm = weighted.everybody.select_arm(name)
        rows = np.isin(weighted.weights.id, arm.id)
        excluded = tuple(id for id in weighted.weights.excluded if id in set(arm.id))
        values = np.asarray(weighted.weights.value)[rows]
        weights = replace(weighted.weights, id=arm.id, value=values, excluded=excluded)
        balance = balance_table(arm, weighted.target, weights)
        record_balance(f"{path}/balance", balance, task.recorder)
        curve = kaplan_meier(arm, weights=weights)
        here = f"{path}/weighted/km"
        times = tuple(map(float, curve.time))
        task.recorder.add(f"{here}/time", times, "series", unit=arm.time_unit)
        survival = tuple(map(float, curve.survival))
        task.recorder.add(f"{here}/survival", survival, FITTED, unit="probability")


def record_trial_at_risk(task: Task[AnchoredTable], weighted: Weighted, times: FloatArray) -> None:
    """What is left of each arm at the times under the curves."""
    rows = weighted_at_risk(weighted.everybody, weighted.weights, times=times.tolist()).rows
    for name, path in zip(arm_names(task), task.sources, strict=True):
        of_arm = [row for row in rows if row.arm == name]
        record_weighted_at_risk(f"{path}/weighted/km", of_arm, task.recorder)


def _variance_table(indirect: Contrast, weighted: Weighted) -> VarianceTable:
    """The robust standard error of the indirect effect as one of the variances."""
    row = VarianceRow(
        method="robust",
        scale="raw",
        numbers=indirect.numbers,
        words=WORDS["robust"] + ADDED,
    )
    return VarianceTable(
        treatment=indirect.treatment,
        comparator=indirect.comparator,
        outcome=indirect.outcome,
        population=indirect.population,
        measure=indirect.measure,
        n=weighted.weights.n,
        ess=weighted.weights.ess,
        level=indirect.level,
        rows=(row,),
        assumptions=indirect.assumptions,
    )


def _bootstrapped(
    task: Task[AnchoredTable], weighted: Weighted, published: Contrast
) -> MaicBootstrap | None:
    """Replicates of the weighted trial, each with a draw of the published effect."""
    wanted = task.table.adjust.bootstrap
    if wanted is None:
        return None
    match = still_to_match(weighted.kept_weights)
    if not match:
        raise InputError(
            "`adjust.bootstrap`: every covariate is matched by leaving patients out; there are no "
            "weights to estimate."
        )
    within = bootstrap_weighted_trial(
        weighted.kept,
        Matching(weighted.target, match=match),
        treatment=task.table.patients.treatment_name,
        outcome=task.table.endpoint,
        rng=np.random.default_rng(wanted.seed),
        resampling=Resampling(
            replicates=wanted.replicates, interval=wanted.interval, level=task.settings.level
        ),
    )
    return anchor(
        within,
        published,
        rng=np.random.default_rng([wanted.seed, 1]),
        different_comparators=task.table.different_comparators,
    )


def _with_variance(indirect: Contrast, drawn: MaicBootstrap | None) -> Contrast:
    """The indirect effect with the standard error that leads, and words on what it holds."""
    if drawn is None:
        return replace(indirect, interval=f"{indirect.interval}; {WORDS['robust']}")
    return replace(
        indirect.with_numbers(drawn.numbers),
        interval=f"{drawn.interval_label}; {WORDS['bootstrap']}",
        notes=(*indirect.notes, *(note for note in drawn.notes if note not in indirect.notes)),
    )
