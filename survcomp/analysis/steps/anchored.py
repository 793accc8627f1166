"""Anchored comparisons of an analysis: one's own randomised trial against a published effect."""

from __future__ import annotations

from dataclasses import replace

from survcomp.analysis.plan.step import Step
from survcomp.analysis.plan.tables.anchored import AnchoredTable, PublishedEffectTable
from survcomp.analysis.steps.comparisons import record_at_risk
from survcomp.analysis.steps.parts.anchored_models import AnchoredTrial, record_anchored_models
from survcomp.analysis.steps.parts.anchored_weighting import (
    arm_names,
    record_trial_at_risk,
    record_weighted_trial,
    weighted_trial,
)
from survcomp.analysis.steps.parts.anchors import contrast_anchor, file_anchors, target_anchor
from survcomp.analysis.steps.parts.context import Context, Task
from survcomp.analysis.steps.parts.models import Outlook
from survcomp.analysis.steps.parts.shape import record_shape
from survcomp.analysis.steps.parts.sides import EXACT, Side, in_unit, record_side
from survcomp.comparison import MAIC
from survcomp.errors import IncompatibleError, InputError, SurvcompError
from survcomp.estimation import logrank
from survcomp.values.contrasts.contrast import Contrast
from survcomp.values.contrasts.derivation import Derivation
from survcomp.values.contrasts.question import Question
from survcomp.values.patients.frame_columns import Missing
from survcomp.values.patients.one_outcome import one_outcome
from survcomp.values.populations.population import Population
from survcomp.values.records.results import Kind

FITTED: Kind = "optimised"
OBSERVED = ("at_risk", "proportional_hazards")
"""Parts of the records that rest on one's own patients alone."""


def run_anchored(context: Context, tables: tuple[AnchoredTable, ...]) -> None:
    """Compare one's own trials with published effects and record everything about them."""
    for table in tables:
        task = context.task(table, prefix=f"anchored/{table.id}", path=f"anchored.{table.id}")
        try:
            _run(task)
        except SurvcompError as error:
            raise error.within(f"anchored {table.id!r}") from error


def _run(task: Task[AnchoredTable]) -> None:
    table, recorder, prefix = task.table, task.recorder, task.prefix
    published = _published(table.published, task)
    _check_common_comparator(table, published)
    _say_what_it_rests_on(task)
    target = task.evidence.baseline(table.adjust, base=task.folder)
    trial = _own_trial(task)
    arms = [replace(trial, ipd=trial.ipd.select_arm(arm), label=arm) for arm in arm_names(task)]
    recorder.texts(f"{prefix}/notes", trial.notes)
    for path, side in zip(task.sources, arms, strict=True):
        record_side(path, replace(side, notes=()), task.settings, recorder)
    times = record_at_risk(prefix, arms, recorder)
    record_shape(prefix, arms, times, task.settings, recorder)
    recorder.contrast(f"{prefix}/published", published, kind="published")
    recorder.text(f"{prefix}/kind", "exploratory" if table.different_comparators else "anchored")
    recorder.text(f"{prefix}/effect_modifiers", table.effect_modifiers)
    recorder.text(f"{prefix}/shared_effect_modifiers", _shared(published, target, task))
    weighted = weighted_trial(task, trial.ipd, published, target)
    _record_naive(task, arms, weighted)
    record_weighted_trial(task, weighted)
    record_trial_at_risk(task, weighted, times)
    if table.models is not None:
        outlook = Outlook(
            ipd=weighted.weighted_patients[0],
            population=target,
            match=weighted.matched,
            endpoint=table.endpoint,
            level=task.settings.level,
            left_out=len(weighted.weights.excluded),
        )
        asked = AnchoredTrial(
            outlook=outlook,
            treatment=table.patients.treatment_name,
            published=published,
            different_comparators=table.different_comparators,
        )
        recorder.further(f"{prefix}/models", settings=task.keys("models"))
        record_anchored_models(prefix, asked, table.models, recorder, sources=task.sources)


def _say_what_it_rests_on(task: Task[AnchoredTable]) -> None:
    """One's own arms on the patients and the baseline, the effects on what is published too."""
    table, recorder, prefix = task.table, task.recorder, task.prefix
    published = _published_anchor(table.published, task)
    patients = file_anchors(table.patients.files.values(), task)
    weighted = (*patients, target_anchor(table.adjust, task))
    level = "settings.level"
    recorder.under(
        prefix,
        rests_on=dict.fromkeys((published, *weighted)),
        settings=[*task.keys("endpoint", "published", "patients", "adjust"), level],
    )
    for path in task.sources:
        keys = task.keys("endpoint", "patients", "adjust")
        recorder.under(path, rests_on=weighted, settings=keys)
        recorder.further(f"{path}/weighted/km", settings=["settings.ci_transform"])
    for part in OBSERVED:
        keys = task.keys("endpoint", "patients", "time_unit")
        recorder.under(f"{prefix}/{part}", rests_on=patients, settings=[*keys, level])
    recorder.under(
        f"{prefix}/published",
        rests_on=[published],
        settings=[*task.keys("endpoint", "published"), level],
    )


def _published_anchor(table: PublishedEffectTable, context: Context) -> str:
    if table.trial is None:  # its author typed it in, with its source in words
        return context.analysis_file
    assert table.contrast is not None
    return contrast_anchor(table.trial, table.contrast)


def _own_trial(task: Task[AnchoredTable]) -> Side:
    """Both arms as one side, in the unit asked for."""
    table = task.table.patients
    missing: Missing = "keep" if task.table.adjust.missing == "exclude" else "refuse"
    patients = task.evidence.trial_patients(table, base=task.folder, missing=missing)
    outcome = one_outcome(patients.ipd, outcome=task.table.endpoint)
    ipd = patients.ipd.with_study(trial=table.study_name, outcome=outcome)
    side = Side(ipd, "both arms", table.study_name, None, None, patients.notes)
    unit = task.table.time_unit
    return side if unit is None else in_unit(side, unit)


def _published(table: PublishedEffectTable, task: Task[AnchoredTable]) -> Contrast:
    """The published effect, with the words why it is taken to be marginal where it needs them."""
    printed = _as_printed(table, task)
    words = table.taken_as_marginal
    if not words:
        return printed
    if printed.estimand != "not stated":
        raise InputError(
            "`published.taken_as_marginal` is for an effect whose estimand is not stated; it is "
            f"{printed.estimand}: leave it out."
        )
    said = f"The published effect of {printed.treatment} is taken to be marginal. {words}"
    return replace(printed, estimand="marginal", assumptions=(*printed.assumptions, said))


def _as_printed(table: PublishedEffectTable, task: Task[AnchoredTable]) -> Contrast:
    if table.trial is not None:
        assert table.contrast is not None
        return task.evidence.trial(table.trial).contrast(table.contrast).contrast
    assert table.treatment is not None
    assert table.comparator is not None
    assert table.population is not None
    assert table.estimate is not None
    assert table.ci is not None
    return Contrast.from_interval(
        Question(
            treatment=table.treatment,
            comparator=table.comparator,
            outcome=task.table.endpoint,
            measure="log_hr",
            population=table.population,
            estimand=table.estimand,
        ),
        value=table.estimate,
        ci_low=table.ci[0],
        ci_high=table.ci[1],
        level=table.level,
        derivation=Derivation(method=table.source or "", sources=(task.analysis_file,)),
    )


def _check_common_comparator(table: AnchoredTable, published: Contrast) -> None:
    """Raise unless both declare the identical comparator, or the words for it are there."""
    comparator = table.patients.comparator_name
    if comparator != published.comparator and not table.different_comparators:
        raise IncompatibleError(
            f"no common comparator: that of your own trial is {comparator!r} "
            "(`patients.comparator`) and "
            f"that of the published effect {published.comparator!r} (`published.comparator`). If "
            "it is one and the same treatment, give both the same name; if not, nothing anchors "
            "the comparison: say in `different_comparators` why the figure is still shown, and it "
            "will be called exploratory."
        )
    if published.estimand == "not stated":
        raise IncompatibleError(
            "`published`: whether the effect is marginal or conditional is not stated, and the one "
            "it is set against is marginal; say in `published.taken_as_marginal` why it may be "
            "taken so (an unstratified hazard ratio without covariates is)."
        )


def _shared(published: Contrast, target: Population, task: Task[AnchoredTable]) -> str:
    treatment, other = task.table.patients.treatment_name, published.treatment
    return (
        f"The result is for {target.name}. In any other population it is the same only if "
        f"{treatment} and {other} share their effect modifiers and these act on both alike (shared "
        "effect modifier assumption)."
    )


def _record_naive(task: Task[AnchoredTable], arms: list[Side], weighted: MAIC) -> None:
    """One's own effect as it is, and Bucher's difference from the published one."""
    assert weighted.anchor is not None
    task.recorder.contrast(
        f"{task.prefix}/own/unadjusted",
        weighted.anchor.unadjusted,
        kind=FITTED,
        sources=task.sources,
    )
    test = logrank(arms[0].ipd, arms[1].ipd)
    here = f"{task.prefix}/own/unadjusted/logrank"
    task.recorder.add(f"{here}/chi_squared", test.chi_squared, EXACT)
    task.recorder.add(f"{here}/p", test.p, EXACT, unit="p value")
    path = f"{task.prefix}/unadjusted"
    task.recorder.contrast(path, weighted.naive, kind=FITTED, sources=task.sources)


STEP = Step(
    key="anchored",
    place=20,
    table=AnchoredTable,
    run=run_anchored,
    about="Survival, your own randomised trial against a published effect.",
)
