"""What makes the effect of an STC conditional, and what may then be set beside it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from survcomp.adjustment.imputed.target import TargetCovariates
from survcomp.adjustment.weighting.matching import check_binary, covariate_of
from survcomp.comparison.networks.anchored import AnchoredComparison
from survcomp.comparison.outcome_models.anchored import AnchoredResponse, AnchoredSurvival
from survcomp.comparison.outcome_models.contrast import MODEL_HOLDS, Account, through_anchor
from survcomp.comparison.outcome_models.estimate import Estimated, wald
from survcomp.errors import IncompatibleError, InputError
from survcomp.values.checks import read_only_matrix
from survcomp.values.contrasts.contrast import Contrast
from survcomp.values.patients.ipd import IPD
from survcomp.values.populations.moments import Mean, Proportion
from survcomp.values.populations.population import Population

CONDITIONAL = (
    "Conditional: for a patient with the target's mean of every covariate of the model, not for "
    "its patients as a whole; an odds or hazard ratio of the two is not the same."
)
SANDWICH = "sandwich, the target's means held fixed"
DESIGN = "conditional effect by"


def at_means(ipd: IPD, population: Population, covariates: Sequence[str]) -> TargetCovariates:
    """One row: the target's means."""
    columns = []
    for name in covariates:
        moments = population.named(name)
        usable = [m for m in moments if isinstance(m, Mean | Proportion)]
        if not usable:
            raise InputError(
                f"`population` states only the {', '.join(m.kind for m in moments)} of {name!r}; "
                "STC puts in means and proportions."
            )
        if isinstance(usable[0], Proportion):
            check_binary(name, covariate_of(ipd, name))
        columns.append([usable[0].value])
    return TargetCovariates(
        names=tuple(covariates),
        values=read_only_matrix(columns, columns=len(columns)),
        population=population.name,
        basis=population.basis,
        method="at the target's means",
    )


def coefficient(value: float, variance: float, level: float) -> Estimated:
    """A coefficient and its sandwich standard error."""
    return wald(float(value), float(variance) ** 0.5, level, SANDWICH)


def stc_account(model: str, terms: str, assumption: str, *more: str) -> Account:
    """What an STC says of itself."""
    return Account(
        name=f"STC, {model} of {terms}",
        assumptions=(assumption, MODEL_HOLDS, *more),
        adjustment="regression",
        estimand="conditional",
        notes=(CONDITIONAL,),
    )


def indirect_stc(
    adjusted: Contrast, trial: AnchoredSurvival | AnchoredResponse, words: str
) -> AnchoredComparison:
    """The effect through the anchor, if the published one may stand for a conditional one."""
    published = trial.published
    if published.estimand == "conditional" and words:
        raise InputError(
            "`marginal_as_conditional` is named, but the published effect is conditional: leave it "
            "out."
        )
    if published.estimand != "conditional":
        refuse_marginal(
            f"the published effect of {published.treatment} (estimand {published.estimand!r})",
            words,
        )
    taken = replace(published, estimand="conditional")
    if words:
        taken = replace(taken, assumptions=(*published.assumptions, as_conditional(words)))
    return through_anchor(
        adjusted,
        published,
        taken=taken,
        name="STC",
        different_comparators=trial.different_comparators,
    )


def refuse_marginal(what: str, words: str) -> None:
    """Raise unless it is said why a marginal effect may stand for a conditional one."""
    if not words.strip():
        raise IncompatibleError(
            f"{what} is marginal or not stated, and an STC's effect is conditional: odds and "
            "hazard ratios are not collapsible, so that their difference is biased. Use "
            "G-computation, or say in `marginal_as_conditional` why the one may stand for the "
            "other."
        )


def as_conditional(words: str) -> str:
    """What the reason assumes."""
    return f"A marginal result stands for a conditional one. {words}"
