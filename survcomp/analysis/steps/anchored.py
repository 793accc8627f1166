"""Anchored comparisons of an analysis: one's own randomised trial against a published effect."""

from __future__ import annotations

from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np

from survcomp.adjustment import balance_table, target_overlap, two_stage_weights, weighted_at_risk
from survcomp.analysis.plan.anchored import AnchoredTable, PublishedEffectTable
from survcomp.analysis.plan.evidence import Evidence
from survcomp.analysis.plan.load import FILE
from survcomp.analysis.plan.schema import SettingsTable
from survcomp.analysis.steps.comparisons import record_at_risk
from survcomp.analysis.steps.draws import SIMULATED
from survcomp.analysis.steps.models import AnchoredTrial, Outlook, record_anchored_models
from survcomp.analysis.steps.recorder import Recorder
from survcomp.analysis.steps.shape import record_shape
from survcomp.analysis.steps.sides import EXACT, Side, in_unit, record_side
from survcomp.analysis.steps.weighting import (
    bootstrap_row,
    make_weights,
    record_balance,
    record_bootstrap,
    record_overlap,
    record_variances,
    record_weighted_at_risk,
    record_weights,
    still_to_match,
    without_left_out,
)
from survcomp.comparison import (
    MaicBootstrap,
    Resampling,
    VarianceTable,
    anchor,
    anchored_maic,
    bootstrap_weighted_trial,
    bucher,
    within_trial_hazard_ratio,
)
from survcomp.comparison.matching_adjusted.variance_result import WORDS, VarianceRow
from survcomp.comparison.reweighting.matching import Matching
from survcomp.errors import IncompatibleError, InputError, SurvcompError
from survcomp.estimation import kaplan_meier, logrank
from survcomp.evidence.files import shown
from survcomp.values.checks import FloatArray
from survcomp.values.contrast import Contrast, Question
from survcomp.values.derivation import Derivation
from survcomp.values.frame_columns import Missing
from survcomp.values.ipd import IPD
from survcomp.values.populations.population import Population
from survcomp.values.records.results import Kind
from survcomp.values.weights import Weights

FITTED: Kind = "optimised"
RULE = "robust, where nothing else is asked for"
ADDED = "; the variance of the published effect is added"
SIDES = ("treatment", "comparator")


@dataclass(frozen=True, slots=True)
class AnchoredTask:
    """One anchored comparison to run, with what it needs.

    Attributes
    ----------
    table, settings : AnchoredTable, SettingsTable
        What is asked.
    evidence : Evidence
        Where trials and patients are read.
    folder : Path
        The analysis folder, for the user's own files.
    recorder : Recorder
        Where results go.
    """

    table: AnchoredTable
    settings: SettingsTable
    evidence: Evidence
    folder: Path
    recorder: Recorder

    @property
    def prefix(self) -> str:
        """Path of every record of this comparison."""
        return f"anchored/{self.table.id}"

    @property
    def sources(self) -> tuple[str, str]:
        """Paths of one's own two arms."""
        return f"{self.prefix}/treatment", f"{self.prefix}/comparator"


@dataclass(frozen=True, slots=True, kw_only=True)
class Weighted:
    """One's own trial with its weights.

    Attributes
    ----------
    everybody, kept : IPD
        Both arms; without those left out of the weighting.
    weights, own : Weights
        Of everybody, and of those kept.
    target : Population
        What they are weighted to.
    """

    everybody: IPD
    kept: IPD
    weights: Weights
    own: Weights
    target: Population


def run_anchored(task: AnchoredTask) -> None:
    """Compare one's own trial with a published effect and record everything about it."""
    try:
        _run(task)
    except SurvcompError as error:
        raise error.within(f"anchored {task.table.id!r}") from error


def _run(task: AnchoredTask) -> None:
    table, recorder, prefix = task.table, task.recorder, task.prefix
    published = _published(table.published, task)
    _check_common_comparator(table, published)
    target = task.evidence.baseline(table.adjust, base=task.folder)
    trial = _own_trial(task)
    arms = [replace(trial, ipd=trial.ipd.select_arm(arm), label=arm) for arm in _names(task)]
    recorder.texts(f"{prefix}/notes", trial.notes)
    for path, side in zip(task.sources, arms, strict=True):
        record_side(path, replace(side, notes=()), task.settings, recorder)
    times = record_at_risk(prefix, arms, recorder)
    record_shape(prefix, arms, times, task.settings, recorder)
    recorder.contrast(f"{prefix}/published", published, kind="published")
    recorder.text(f"{prefix}/kind", "exploratory" if table.different_comparators else "anchored")
    recorder.text(f"{prefix}/effect_modifiers", table.effect_modifiers)
    recorder.text(f"{prefix}/shared_effect_modifiers", _shared(published, target, task))
    _record_naive(task, arms, published, target)
    found = _weighted(task, trial.ipd, target)
    _record_weighted(task, found, published)
    _record_weighted_at_risk(task, found, times)
    if table.models is not None:
        outlook = Outlook(
            ipd=found.kept,
            population=target,
            match=still_to_match(found.own),
            endpoint=table.endpoint,
            level=task.settings.level,
            left_out=len(found.weights.excluded),
        )
        asked = AnchoredTrial(
            outlook=outlook,
            treatment=table.patients.treatment_name,
            published=published,
            different_comparators=table.different_comparators,
        )
        record_anchored_models(prefix, asked, table.models, recorder, sources=task.sources)


def _names(task: AnchoredTask) -> tuple[str, str]:
    return task.table.patients.treatment_name, task.table.patients.comparator_name


def _own_trial(task: AnchoredTask) -> Side:
    """Both arms as one side, in the unit asked for."""
    table = task.table.patients
    missing: Missing = "keep" if task.table.adjust.missing == "exclude" else "refuse"
    found = task.evidence.trial_patients(table, base=task.folder, missing=missing)
    side = Side(found.ipd, "both arms", table.study_name, None, None, found.notes)
    unit = task.table.time_unit
    return side if unit is None else in_unit(side, unit)


def _published(table: PublishedEffectTable, task: AnchoredTask) -> Contrast:
    """The published effect, with the words why it is taken to be marginal where it needs them."""
    found = _as_printed(table, task)
    words = table.taken_as_marginal
    if not words:
        return found
    if found.estimand != "not stated":
        raise InputError(
            "`published.taken_as_marginal` is for an effect whose estimand is not stated; it is "
            f"{found.estimand}: leave it out."
        )
    said = f"The published effect of {found.treatment} is taken to be marginal. {words}"
    return replace(found, estimand="marginal", assumptions=(*found.assumptions, said))


def _as_printed(table: PublishedEffectTable, task: AnchoredTask) -> Contrast:
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
        estimate=table.estimate,
        ci_low=table.ci[0],
        ci_high=table.ci[1],
        level=table.level,
        derivation=Derivation(
            method=table.source or "",
            sources=(f"file:{shown(task.folder / FILE, task.evidence.project)}",),
        ),
    )


def _check_common_comparator(table: AnchoredTable, published: Contrast) -> None:
    """Raise unless both declare the identical comparator, or the words for it are there."""
    own = table.patients.comparator_name
    if own != published.comparator and not table.different_comparators:
        raise IncompatibleError(
            f"no common comparator: that of your own trial is {own!r} (`patients.comparator`) and "
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


def _shared(published: Contrast, target: Population, task: AnchoredTask) -> str:
    treatment, other = task.table.patients.treatment_name, published.treatment
    return (
        f"The result is for {target.name}. In any other population it is the same only if "
        f"{treatment} and {other} share their effect modifiers and these act on both alike (shared "
        "effect modifier assumption)."
    )


def _record_naive(
    task: AnchoredTask, arms: list[Side], published: Contrast, target: Population
) -> None:
    """One's own effect as it is, and Bucher's difference from the published one."""
    own = within_trial_hazard_ratio(
        arms[0].ipd,
        arms[1].ipd,
        outcome=task.table.endpoint,
        trial=arms[0].study,
        level=task.settings.level,
    )
    naive = bucher(
        own,
        published,
        population=target.name,
        different_comparators=task.table.different_comparators,
        level=task.settings.level,
    )
    task.recorder.contrast(f"{task.prefix}/own/unadjusted", own, kind=FITTED, sources=task.sources)
    test = logrank(arms[0].ipd, arms[1].ipd)
    here = f"{task.prefix}/own/unadjusted/logrank"
    task.recorder.add(f"{here}/chi_squared", test.chi_squared, EXACT)
    task.recorder.add(f"{here}/p", test.p, EXACT, unit="p value")
    path = f"{task.prefix}/unadjusted"
    task.recorder.contrast(path, naive, kind=FITTED, sources=task.sources)


def _weighted(task: AnchoredTask, trial: IPD, target: Population) -> Weighted:
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
    kept, own = without_left_out(trial, weights)
    return Weighted(everybody=trial, kept=kept, weights=weights, own=own, target=target)


def _record_weighted(task: AnchoredTask, found: Weighted, published: Contrast) -> None:
    """Weights, balance, both weighted effects, and every standard error."""
    table, recorder, adjust = task.table, task.recorder, task.table.adjust
    path, level = f"{task.prefix}/maic", task.settings.level
    recorder.text(f"{task.prefix}/adjustment", f"weighted to {found.target.name}")
    record_weights(f"{path}/weights", found.everybody, found.weights, recorder)
    overlap = target_overlap(
        found.everybody,
        found.target,
        match=adjust.match,
        all_or_none=adjust.all_or_none,
        missing=adjust.missing,
    )
    record_overlap(f"{path}/overlap", overlap, recorder)
    balance = balance_table(found.everybody, found.target, found.weights)
    record_balance(f"{task.prefix}/balance", balance, recorder)
    _record_arms(task, found)
    effects = anchored_maic(
        found.everybody,
        found.weights,
        published,
        treatment=table.patients.treatment_name,
        outcome=table.endpoint,
        different_comparators=table.different_comparators,
        level=level,
    )
    drawn = _bootstrapped(task, found, published)
    rows = _variance_table(effects.indirect, found)
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


def _record_arms(task: AnchoredTask, found: Weighted) -> None:
    """Balance of each arm by itself, and its weighted curve."""
    for name, path in zip(_names(task), task.sources, strict=True):
        arm = found.everybody.select_arm(name)
        rows = np.isin(found.weights.id, arm.id)
        excluded = tuple(id for id in found.weights.excluded if id in set(arm.id))
        values = np.asarray(found.weights.value)[rows]
        weights = replace(found.weights, id=arm.id, value=values, excluded=excluded)
        balance = balance_table(arm, found.target, weights)
        record_balance(f"{path}/balance", balance, task.recorder)
        curve = kaplan_meier(arm, weights=weights)
        here = f"{path}/weighted/km"
        times = tuple(map(float, curve.time))
        task.recorder.add(f"{here}/time", times, "series", unit=arm.time_unit)
        survival = tuple(map(float, curve.survival))
        task.recorder.add(f"{here}/survival", survival, FITTED, unit="probability")


def _record_weighted_at_risk(task: AnchoredTask, found: Weighted, times: FloatArray) -> None:
    """What is left of each arm at the times under the curves."""
    rows = weighted_at_risk(found.everybody, found.weights, times=times.tolist()).rows
    for name, path in zip(_names(task), task.sources, strict=True):
        own = [row for row in rows if row.arm == name]
        record_weighted_at_risk(f"{path}/weighted/km", own, task.recorder)


def _variance_table(indirect: Contrast, found: Weighted) -> VarianceTable:
    """The robust standard error of the indirect effect as one of the variances."""
    assert indirect.se is not None
    assert indirect.ci_low is not None
    assert indirect.ci_high is not None
    row = VarianceRow(
        method="robust",
        scale="raw",
        estimate=indirect.estimate,
        se=indirect.se,
        ci_low=indirect.ci_low,
        ci_high=indirect.ci_high,
        words=WORDS["robust"] + ADDED,
    )
    return VarianceTable(
        treatment=indirect.treatment,
        comparator=indirect.comparator,
        outcome=indirect.outcome,
        population=indirect.population,
        measure=indirect.measure,
        n=found.weights.n,
        ess=found.weights.ess,
        level=indirect.level,
        rows=(row,),
        assumptions=indirect.assumptions,
    )


def _bootstrapped(task: AnchoredTask, found: Weighted, published: Contrast) -> MaicBootstrap | None:
    """Replicates of the weighted trial, each with a draw of the published effect."""
    wanted = task.table.adjust.bootstrap
    if wanted is None:
        return None
    match = still_to_match(found.own)
    if not match:
        raise InputError(
            "`adjust.bootstrap`: every covariate is matched by leaving patients out; there are no "
            "weights to estimate."
        )
    within = bootstrap_weighted_trial(
        found.kept,
        Matching(found.target, match=match),
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
    row = bootstrap_row(drawn)
    return replace(
        indirect,
        estimate=row.estimate,
        se=row.se,
        ci_low=row.ci_low,
        ci_high=row.ci_high,
        interval=f"{drawn.interval_label}; {WORDS['bootstrap']}",
        notes=(*indirect.notes, *(note for note in drawn.notes if note not in indirect.notes)),
    )
