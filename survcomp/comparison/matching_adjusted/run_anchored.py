"""An anchored MAIC, whole: `maic` of one's own trial against a published effect."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from survcomp.comparison.bootstrap.result import MaicBootstrap
from survcomp.comparison.matching_adjusted.anchored import anchored_maic, other_arm
from survcomp.comparison.matching_adjusted.anchored_bootstrap import (
    anchor,
    bootstrap_weighted_trial,
)
from survcomp.comparison.matching_adjusted.asked import (
    Asked,
    leading,
    matching_asked,
    overlap_asked,
    weights_asked,
)
from survcomp.comparison.matching_adjusted.left_out import without_left_out
from survcomp.comparison.matching_adjusted.result import MAIC, Anchor
from survcomp.comparison.matching_adjusted.variance_result import (
    WORDS,
    VarianceRow,
    VarianceTable,
    bootstrap_row,
)
from survcomp.comparison.networks.bucher import bucher
from survcomp.comparison.two_arms.compatibility import compared_outcome
from survcomp.comparison.two_arms.within_trial import within_trial_hazard_ratio
from survcomp.errors import IncompatibleError, InputError
from survcomp.values.checks import generator
from survcomp.values.contrasts.contrast import Contrast
from survcomp.values.patients.ipd import IPD
from survcomp.values.weights import Weights

ADDED = "; the variance of the published effect is added"


def run_anchored(trial: IPD, published: Contrast, asked: Asked) -> MAIC:
    """Weigh one's own trial to the target and go on by the published effect; see `maic`."""
    how = asked.how
    if how.assumptions:
        raise InputError(
            "`settings.assumptions` name mismatches of two groups of patients; an anchored "
            "comparison has one. Give those of the effect in its own `assumptions`."
        )
    arm = how.treatment_arm or _not_the_comparator(trial, published)
    other = other_arm(trial, arm)
    weights = weights_asked(trial, asked, arm)
    outcome = compared_outcome(trial, outcome=asked.outcome)
    shared: dict[str, Any] = {"outcome": outcome, "level": how.level}
    within = within_trial_hazard_ratio(
        trial.select_arm(arm), trial.select_arm(other), trial=trial.trial or "own trial", **shared
    )
    linked: dict[str, Any] = {
        "different_comparators": how.different_comparators,
        "level": how.level,
    }
    naive = bucher(within, published, population=asked.target.name, **linked)
    effects = anchored_maic(
        trial, weights, published, treatment=arm, outcome=asked.outcome, **linked
    )
    drawn = _anchored_bootstrap(trial, published, weights, arm, asked)
    table = _anchored_variances(effects.indirect, weights, drawn)
    leads = leading(table, how)
    return MAIC(
        kind="anchored",
        naive=naive,
        adjusted=_anchored_effect(effects.indirect, drawn if leads == "bootstrap" else None),
        weights=weights,
        overlap=overlap_asked(trial, asked),
        variances=table,
        leads=leads,
        bootstrap=drawn,
        anchor=Anchor(unadjusted=within, weighted=effects.adjusted, published=published),
        patients=trial,
        comparator=published,
        target=asked.target,
    )


def _not_the_comparator(trial: IPD, published: Contrast) -> str:
    """The arm of interest: the one that is not the published comparator."""
    arms = [arm for arm in trial.arms if arm != published.comparator]
    if len(trial.arms) != 2 or len(arms) != 1:
        raise IncompatibleError(
            "an anchored comparison needs both arms of your own trial, one of them the published "
            f"comparator {published.comparator!r}; `treatment` has {', '.join(trial.arms)}. Give "
            "the same treatment the same name; without a common comparator name `treatment_arm` "
            "and say in `different_comparators` why the figure is still shown."
        )
    return arms[0]


def _anchored_bootstrap(
    trial: IPD, published: Contrast, weights: Weights, arm: str, asked: Asked
) -> MaicBootstrap | None:
    """Replicates of the weighted trial, each with a draw of the published effect."""
    if asked.resampling is None:
        return None
    kept, kept_weights = without_left_out(trial, weights)
    random = generator(asked.rng)
    within = bootstrap_weighted_trial(
        kept,
        matching_asked(kept_weights, asked),
        treatment=arm,
        outcome=asked.outcome,
        rng=random,
        resampling=asked.resampling,
    )
    different = asked.how.different_comparators
    return anchor(within, published, rng=random, different_comparators=different)


def _anchored_variances(
    indirect: Contrast, weights: Weights, drawn: MaicBootstrap | None
) -> VarianceTable:
    """The robust standard error of the indirect effect, and the bootstrap."""
    rows = [
        VarianceRow(
            method="robust",
            scale="raw",
            numbers=indirect.numbers,
            words=WORDS["robust"] + ADDED,
        )
    ]
    if drawn is not None:
        rows.append(bootstrap_row(drawn))
    return VarianceTable(
        treatment=indirect.treatment,
        comparator=indirect.comparator,
        outcome=indirect.outcome,
        population=indirect.population,
        measure=indirect.measure,
        n=weights.n,
        ess=weights.ess,
        level=indirect.level,
        rows=tuple(rows),
        assumptions=indirect.assumptions,
    )


def _anchored_effect(indirect: Contrast, drawn: MaicBootstrap | None) -> Contrast:
    """The indirect effect with the standard error that leads, and words on what it holds."""
    if drawn is None:
        return replace(indirect, interval=f"{indirect.interval}; {WORDS['robust']}")
    return replace(
        indirect.with_numbers(drawn.numbers),
        interval=f"{drawn.interval_label}; {WORDS['bootstrap']}",
        notes=(*indirect.notes, *(note for note in drawn.notes if note not in indirect.notes)),
    )
