"""The contrast of a modelled comparison, and its way to another treatment through an anchor."""

from __future__ import annotations

from dataclasses import dataclass, replace

from survcomp.adjustment.imputed.target import TargetCovariates
from survcomp.comparison.bootstrap.result import failure_notes
from survcomp.comparison.networks.anchored import AnchoredComparison
from survcomp.comparison.networks.bucher import bucher
from survcomp.comparison.outcome_models.effect import SurvivalEffect
from survcomp.comparison.outcome_models.estimate import Estimated
from survcomp.values.checks import TimeUnit
from survcomp.values.contrasts.contrast import Contrast
from survcomp.values.contrasts.derivation import Adjustment, Derivation, OverDraws
from survcomp.values.contrasts.measure import MEASURES, MeasureKey
from survcomp.values.contrasts.question import Estimand, Question

UNANCHORED_MODELLED = (
    "Unanchored: every prognostic factor and effect modifier is measured and in the outcome model."
)
ANCHORED_MODELLED = "Anchored: every effect modifier is measured and in the outcome model."
MODEL_HOLDS = "The outcome model holds in the target population."


@dataclass(frozen=True, slots=True, kw_only=True)
class Account:
    """How an adjusted effect was made, in words.

    Attributes
    ----------
    name : str
        Estimator and model, such as "G-computation, Cox model of age".
    assumptions : tuple of str
        What it rests on, besides what the arms and the target bring with them.
    adjustment : {"regression", "standardisation", "standardisation and weighting"}
        As in `Contrast`.
    estimand : {"marginal", "conditional"}
        Kind of effect.
    notes : tuple of str
        Remarks a reader must see.
    """

    name: str
    assumptions: tuple[str, ...]
    adjustment: Adjustment = "standardisation"
    estimand: Estimand = "marginal"
    notes: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Compared:
    """What is compared, and what the arms bring with them.

    Attributes
    ----------
    treatment, comparator, outcome, measure, time_unit, horizon, sources
        As in `Contrast`.
    shown : str
        What the number is, where the measure does not say it.
    holds : str
        What an interval from these patients holds.
    assumes_censoring : bool
        Whether that is under assumed censoring.
    assumptions : tuple of str
        What comparing the arms assumes.
    """

    treatment: str
    comparator: str
    outcome: str
    measure: MeasureKey
    time_unit: TimeUnit | None = None
    horizon: float | None = None
    shown: str = ""
    holds: str = "sampling error"
    assumes_censoring: bool = False
    assumptions: tuple[str, ...] = ()
    sources: tuple[str, ...] = ()

    @classmethod
    def of_survival(
        cls,
        treatment: str,
        comparator: str,
        effect: SurvivalEffect,
        unit: TimeUnit,
        *,
        outcome: str,
        holds: str,
        assumes_censoring: bool,
        assumptions: tuple[str, ...] = (),
    ) -> Compared:
        """Survival of two arms; a hazard ratio has its horizon in words alone."""
        in_time = bool(MEASURES[effect.measure].time_fields)
        return cls(
            treatment=treatment,
            comparator=comparator,
            outcome=outcome,
            measure=effect.measure,
            time_unit=unit if in_time else None,
            horizon=effect.horizon if in_time else None,
            shown=effect.words(unit),
            holds=holds,
            assumes_censoring=assumes_censoring,
            assumptions=assumptions,
        )


def modelled_contrast(
    estimated: Estimated,
    compared: Compared,
    account: Account,
    target: TargetCovariates,
    *,
    design: str,
) -> Contrast:
    """The effect in its target population; `design` begins its method."""
    method = (f"{design} {account.name}", target.method, compared.shown)
    return Contrast.from_link(
        Question(
            treatment=compared.treatment,
            comparator=compared.comparator,
            outcome=compared.outcome,
            measure=compared.measure,
            population=target.population,
            time_unit=compared.time_unit,
            horizon=compared.horizon,
            estimand=account.estimand,
        ),
        estimated.numbers,
        interval=f"{compared.holds}; {estimated.words}",
        derivation=Derivation(
            adjustment=account.adjustment,
            method="; ".join(words for words in method if words),
            assumptions=(*account.assumptions, *compared.assumptions, *target.assumptions),
            notes=(*account.notes, *_failure_notes(estimated), *target.notes),
            sources=compared.sources,
        ),
        over_draws=_over_draws(estimated),
        assumes_censoring=compared.assumes_censoring,
    )


def _failure_notes(estimated: Estimated) -> tuple[str, ...]:
    if not estimated.failures:
        return ()
    return failure_notes(estimated.failures, estimated.replicates)


def _over_draws(estimated: Estimated) -> OverDraws | None:
    """What rebuilding added to the variance, where it is known."""
    if estimated.se_reconstruction is None:
        return None
    between = estimated.se_reconstruction**2
    total = estimated.se_sampling**2 + between
    return OverDraws(draws=estimated.draws, share=between / total if total > 0 else 0.0)


def through_anchor(
    adjusted: Contrast,
    published: Contrast,
    *,
    name: str,
    different_comparators: str,
    taken: Contrast | None = None,
) -> AnchoredComparison:
    """Bucher's difference of an adjusted and a published effect, named for how it was made.

    `taken` is what the published effect is taken for, where that differs from what it is.
    """
    indirect = bucher(
        adjusted,
        taken or published,
        population=adjusted.population,
        different_comparators=different_comparators,
        level=adjusted.level,
    )
    return AnchoredComparison(
        adjusted=adjusted,
        published=published,
        indirect=replace(
            indirect,
            adjustment=adjusted.adjustment,
            method=f"{indirect.method} of an effect by {name} and a published one",
        ),
    )
