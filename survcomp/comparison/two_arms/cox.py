"""A Cox fit of two arms as a contrast; what it means is said by the caller."""

from __future__ import annotations

from dataclasses import replace

from survcomp.estimation.cox.hazard_ratio import hazard_ratio
from survcomp.estimation.over_draws.pairs import PairedDraws, paired_draws
from survcomp.values.checks import Rng
from survcomp.values.contrasts.contrast import Contrast
from survcomp.values.contrasts.derivation import Derivation, OverDraws
from survcomp.values.contrasts.question import Question
from survcomp.values.draws import Patients, assumes_censoring
from survcomp.values.patients.ipd import IPD
from survcomp.values.weights import Weights, WeightScale, check_weights

PROPORTIONAL = "Hazards are taken to be proportional."


def may_have_p(*patients: IPD) -> bool:
    """A p value is given only where no censoring had to be assumed."""
    return all(ipd.censoring != "assumed" for ipd in patients)


def cox_contrast(
    treatment: Patients,
    comparator: Patients,
    *,
    outcome: str,
    population: str,
    derivation: Derivation,
    weights: Weights | None = None,
    scale: WeightScale = "raw",
    level: float = 0.95,
    rng: Rng = None,
) -> Contrast:
    """Hazard ratio of two arms (Efron ties) with the label that its interval deserves."""
    check_weights(weights, optional=True)
    pairs = paired_draws(treatment, comparator)
    fit = hazard_ratio(treatment, comparator, weights=weights, scale=scale, level=level, rng=rng)
    return Contrast.from_link(
        Question(
            treatment=fit.treatment,
            comparator=fit.comparator,
            outcome=outcome,
            measure="log_hr",
            population=population,
            estimand="marginal",
        ),
        fit.numbers,
        interval=fit.interval,
        derivation=replace(
            derivation,
            method=over_draws_method(derivation.method, pairs),
            assumptions=(*derivation.assumptions, PROPORTIONAL),
        ),
        p=fit.p if may_have_p(*pairs.patients) else None,
        over_draws=OverDraws(draws=fit.draws, share=fit.share) if pairs.several else None,
        assumes_censoring=assumes_censoring(*pairs.patients),
    )


def over_draws_method(method: str, pairs: PairedDraws) -> str:
    """The method in words, with the pooling where there is any."""
    return f"{method}; pooled by Rubin's rules over {pairs.words}" if pairs.several else method
