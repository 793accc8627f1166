"""A Cox fit of two arms as a contrast; what it means is said by the caller."""

from __future__ import annotations

from dataclasses import replace

from survcomp.estimation.cox.hazard_ratio import hazard_ratio
from survcomp.values.contrasts.contrast import Contrast
from survcomp.values.contrasts.derivation import Derivation
from survcomp.values.contrasts.link_estimate import LinkEstimate
from survcomp.values.contrasts.question import Question
from survcomp.values.patients.ipd import IPD
from survcomp.values.weights import Weights, WeightScale, check_weights

PROPORTIONAL = "Hazards are taken to be proportional."


def interval_label(*patients: IPD) -> str:
    """What an interval from these patients holds, in words."""
    if all(ipd.origin == "observed" for ipd in patients):
        return "sampling error"
    if assumes_censoring(*patients):
        return "sampling error only, under assumed censoring"
    return "sampling error only; the error of the reconstruction is not in it"


def assumes_censoring(*patients: IPD) -> bool:
    """Whether an interval from these patients is one under assumed censoring."""
    rebuilt = any(ipd.origin != "observed" for ipd in patients)
    return rebuilt and any(ipd.censoring == "assumed" for ipd in patients)


def may_have_p(*patients: IPD) -> bool:
    """A p value is given only where no censoring had to be assumed."""
    return all(ipd.censoring != "assumed" for ipd in patients)


def cox_contrast(
    treatment: IPD,
    comparator: IPD,
    *,
    outcome: str,
    population: str,
    derivation: Derivation,
    weights: Weights | None = None,
    scale: WeightScale = "raw",
    level: float = 0.95,
) -> Contrast:
    """Hazard ratio of two arms (Efron ties) with the label that its interval deserves."""
    check_weights(weights, optional=True)
    fit = hazard_ratio(treatment, comparator, weights=weights, scale=scale, level=level)
    known = "" if weights is None else "; weights taken as known"
    return Contrast.from_link(
        Question(
            treatment=fit.treatment,
            comparator=fit.comparator,
            outcome=outcome,
            measure="log_hr",
            population=population,
            estimand="marginal",
        ),
        LinkEstimate.sampling(fit.estimate, fit.se, level=level),
        interval=interval_label(treatment, comparator) + known,
        derivation=replace(derivation, assumptions=(*derivation.assumptions, PROPORTIONAL)),
        p=fit.p if may_have_p(treatment, comparator) else None,
        assumes_censoring=assumes_censoring(treatment, comparator),
    )
