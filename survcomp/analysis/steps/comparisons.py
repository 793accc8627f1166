"""Survival comparisons of an analysis: from the plan's tables to records."""

from __future__ import annotations

import math

from survcomp.analysis.plan.step import Step
from survcomp.analysis.plan.tables.comparisons import CheckTable, ComparisonTable, ScenarioTable
from survcomp.analysis.steps.parts.anchors import check_anchor, side_anchors
from survcomp.analysis.steps.parts.context import SIDES, Context, Task
from survcomp.analysis.steps.parts.draws import drawn_effect, record_drawn_effect
from survcomp.analysis.steps.parts.models import record_models
from survcomp.analysis.steps.parts.recorder import Recorder
from survcomp.analysis.steps.parts.sensitivity import record_sensitivity
from survcomp.analysis.steps.parts.shape import record_shape
from survcomp.analysis.steps.parts.sides import EXACT, Side, at_risk_times, read_sides, record_side
from survcomp.analysis.steps.parts.standardise import record_standardised
from survcomp.analysis.steps.parts.weighting import record_weighted
from survcomp.comparison import (
    enrolled_scenario,
    naive_hazard_ratio,
    naive_rmst_difference,
    within_trial_hazard_ratio,
)
from survcomp.comparison.two_arms.cox import may_have_p
from survcomp.comparison.two_arms.naive import NO_ADJUSTMENT
from survcomp.errors import InputError, SurvcompError
from survcomp.estimation import kaplan_meier, logrank
from survcomp.values.checks import FloatArray
from survcomp.values.contrasts.contrast import Contrast
from survcomp.values.patients.ipd import IPD
from survcomp.values.records.results import Kind

FITTED: Kind = "optimised"


DRAWS = ("settings.draws", "settings.seed")


def run_comparisons(context: Context, tables: tuple[ComparisonTable, ...]) -> None:
    """Compare pairs of survival arms and record everything about them."""
    for table in tables:
        task = context.task(table, prefix=f"comparison/{table.id}", path=f"comparisons.{table.id}")
        try:
            _run(task)
        except SurvcompError as error:
            raise error.within(f"comparison {table.id!r}") from error


def _run(task: Task[ComparisonTable]) -> None:
    _say_what_it_rests_on(task)
    sides = read_sides(task.table, task.evidence, task.folder)
    for path, side in zip(task.sources, sides, strict=True):
        record_side(path, side, task.settings, task.recorder)
    times = record_at_risk(task.prefix, sides, task.recorder)
    record_shape(task.prefix, sides, times, task.settings, task.recorder)
    _record_effects(task, sides)
    _record_over_draws(task, sides)
    if task.table.standardise is not None:
        record_standardised(task, sides)
    for scenario in task.table.scenarios:
        _record_scenario(task, scenario)
    if task.table.sensitivity is not None:
        record_sensitivity(task, sides)


def _say_what_it_rests_on(task: Task[ComparisonTable]) -> None:
    """Each side on its own curve or files, and everything else on both."""
    both: list[str] = []
    for name, path in zip(SIDES, task.sources, strict=True):
        anchors = side_anchors(getattr(task.table, name), task.table.endpoint, task)
        both += anchors
        task.recorder.under(path, rests_on=anchors, settings=task.keys("endpoint", name))
    task.recorder.under(
        task.prefix,
        rests_on=dict.fromkeys(both),
        settings=[*task.keys("endpoint", *SIDES, "assumptions"), "settings.level"],
        simulated=DRAWS,
    )


def _hazard_ratio(task: Task[ComparisonTable], treatment: IPD, comparator: IPD) -> Contrast:
    """The effect that this comparison is about, unadjusted."""
    if task.table.role == "check":
        return within_trial_hazard_ratio(
            treatment,
            comparator,
            outcome=task.table.endpoint,
            trial=str(task.table.treatment.trial),
            level=task.settings.level,
        )
    return naive_hazard_ratio(
        treatment,
        comparator,
        outcome=task.table.endpoint,
        assumptions=task.table.named,
        level=task.settings.level,
    )


def record_at_risk(path: str, sides: list[Side], recorder: Recorder) -> FloatArray:
    """Numbers at risk at round times, for the table under the curves; returns the times."""
    times = at_risk_times(sides)
    prefix = f"{path}/at_risk"
    unit = sides[0].ipd.time_unit
    recorder.add(f"{prefix}/time", tuple(map(float, times)), "series", unit=unit)
    for name, side in zip(("treatment", "comparator"), sides, strict=True):
        counts = tuple(map(float, kaplan_meier(side.ipd).at_risk_at(times)))
        recorder.add(f"{prefix}/{name}", counts, "series", unit="patients")
    return times


def _record_effects(task: Task[ComparisonTable], sides: list[Side]) -> None:
    treatment, comparator = sides[0].ipd, sides[1].ipd
    contrast = _hazard_ratio(task, treatment, comparator)
    path = f"{task.prefix}/unadjusted"
    task.recorder.contrast(path, contrast, kind=FITTED, sources=task.sources)
    if may_have_p(treatment, comparator):
        test = logrank(treatment, comparator)
        task.recorder.add(f"{path}/logrank/chi_squared", test.chi_squared, EXACT)
        task.recorder.add(f"{path}/logrank/p", test.p, EXACT, unit="p value")
    if task.table.rmst_horizon is not None:
        area = naive_rmst_difference(
            treatment,
            comparator,
            outcome=task.table.endpoint,
            horizon=task.table.rmst_horizon,
            assumptions=task.table.named,
            level=task.settings.level,
        )
        task.recorder.further(f"{path}/rmst_difference", settings=task.keys("rmst_horizon"))
        task.recorder.contrast(path, area, kind=EXACT, sources=task.sources)
    if task.table.role == "check":
        _record_check(task, contrast)
    elif task.table.adjust is None:
        words = "none asked for" if treatment.covariate_names else NO_ADJUSTMENT
        task.recorder.text(f"{task.prefix}/adjustment", words)
    else:
        record_weighted(task, sides)
        if task.table.models is not None:
            record_models(task, sides, task.table.models)
    if task.table.enrolled_scenario:
        _record_enrolled(task, sides)


def _record_over_draws(task: Task[ComparisonTable], sides: list[Side]) -> None:
    if all(side.rebuilt is None for side in sides):
        return  # observed patients: nothing was rebuilt
    drawn = drawn_effect(sides, task.table, task.settings)
    alone = _hazard_ratio(task, sides[0].ipd, sides[1].ipd)
    record_drawn_effect(f"{task.prefix}/over_draws", drawn, alone, task.recorder)


def _record_enrolled(task: Task[ComparisonTable], sides: list[Side]) -> None:
    missing = [side.study for side in sides if side.enrolled is None]
    if missing:
        raise InputError(
            "`enrolled_scenario`: the number enrolled is not in the evidence for "
            f"{' and '.join(missing)}."
        )
    bound = enrolled_scenario(
        sides[0].ipd,
        sides[1].ipd,
        enrolled=(sides[0].enrolled or 0, sides[1].enrolled or 0),
        outcome=task.table.endpoint,
        assumptions=task.table.named,
        level=task.settings.level,
    )
    path = f"{task.prefix}/enrolled_scenario"
    task.recorder.further(path, settings=task.keys("enrolled_scenario"))
    for side in ("treatment", "comparator"):
        added = getattr(bound, f"added_{side}")
        task.recorder.add(f"{path}/added_{side}", added, "count", unit="patients")
    for name in ("both", "treatment_only", "comparator_only"):
        contrast = getattr(bound, name)
        task.recorder.contrast(f"{path}/{name}", contrast, kind=FITTED, sources=task.sources)


def _record_check(task: Task[ComparisonTable], rebuilt: Contrast) -> None:
    """The trial's own published effect beside the one from its rebuilt arms."""
    assert task.table.check is not None
    published = task.evidence.trial(task.table.check.trial).contrast(task.table.check.contrast)
    if not published.is_plain:
        raise InputError(
            f"`check.contrast`: {task.table.check.contrast!r} is not what the printed curves "
            f"estimate ({published.why_not_plain}); rebuilt arms are never checked against it."
        )
    path = f"{task.prefix}/check"
    _say_what_a_check_rests_on(path, task, task.table.check)
    task.recorder.contrast(f"{path}/published", published.contrast, kind="published")
    difference = rebuilt.link_value - published.contrast.link_value
    task.recorder.add(f"{path}/difference", difference, FITTED, unit="log hazard ratio")
    if published.contrast.se:
        in_se = difference / published.contrast.se
        task.recorder.add(f"{path}/difference_in_se", in_se, FITTED, unit="standard errors")
    ratio = math.exp(difference)
    task.recorder.add(f"{path}/ratio", ratio, FITTED, unit="ratio of hazard ratios")


def _say_what_a_check_rests_on(path: str, task: Task[ComparisonTable], check: CheckTable) -> None:
    """The published effect by itself, and what it is set against on both sides too."""
    anchor, keys = check_anchor(check), task.keys("endpoint", *SIDES, "assumptions", "check")
    sides = task.recorder.ground(task.prefix).anchors
    task.recorder.under(path, rests_on=[anchor, *sides], settings=[*keys, "settings.level"])
    task.recorder.under(f"{path}/published", rests_on=[anchor], settings=keys)


def _record_scenario(task: Task[ComparisonTable], scenario: ScenarioTable) -> None:
    tails = {"treatment": scenario.treatment_tail, "comparator": scenario.comparator_tail}
    changed = {
        name: getattr(task.table, name).model_copy(update={"tail": tail})
        for name, tail in tails.items()
        if tail is not None
    }
    sides = read_sides(task.table.model_copy(update=changed), task.evidence, task.folder)
    patients = [side.ipd for side in sides]
    path = f"{task.prefix}/scenario/{scenario.id}"
    task.recorder.further(path, settings=task.keys(f"scenarios.{scenario.id}"))
    task.recorder.text(f"{path}/label", scenario.label)
    if scenario.truncate_at is not None:
        horizon = (
            min(side.published_to for side in sides)
            if scenario.truncate_at == "published"
            else scenario.truncate_at
        )
        patients = [ipd.truncate(horizon) for ipd in patients]
        unit = patients[0].time_unit
        task.recorder.add(f"{path}/truncated_at", horizon, EXACT, unit=unit)
    if scenario.start_at is not None:
        patients = [ipd.after(scenario.start_at) for ipd in patients]
        unit = patients[0].time_unit
        task.recorder.add(f"{path}/starts_at", scenario.start_at, EXACT, unit=unit)
    contrast = _hazard_ratio(task, *patients)
    task.recorder.contrast(path, contrast, kind=FITTED, sources=task.sources)


STEP = Step(
    key="comparisons",
    place=10,
    table=ComparisonTable,
    run=run_comparisons,
    about="Survival.",
)
