"""What carries a standardisation, in numbers and in words."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from survcomp.comparison.standardised.plan import Plan
from survcomp.comparison.standardised.result import CovariateShift


class Shift(NamedTuple):
    """Each covariate's part of the shift, their sum, and its error from the effects."""

    covariates: tuple[CovariateShift, ...]
    total: float
    se: float


def shift(plan: Plan) -> Shift:
    """What the adjustment amounts to on the log hazard ratio's scale."""
    sign = 1.0 if plan.weighted == "treatment" else -1.0
    rows, difference = [], np.empty(len(plan.choice.usable))
    for j, effect in enumerate(plan.choice.usable):
        moments = {moment.kind: moment for moment in plan.target.named(effect.covariate)}
        kind = next(k for k in ("proportion", "mean", "median") if k in moments)
        values = plan.marginals.values[:, j]
        imputed = float(np.median(values) if kind == "median" else values.mean())
        difference[j] = sign * (moments[kind].value - imputed)
        rows.append(
            CovariateShift(
                covariate=effect.covariate,
                definition=effect.definition,
                source=effect.source,
                moment=kind,
                log_hr=float(plan.effects.log_hr[j]),
                own=imputed,
                target=moments[kind].value,
                shift=float(plan.effects.log_hr[j] * difference[j]),
            )
        )
    total = float(sum(row.shift for row in rows))
    return Shift(tuple(rows), total, float(np.linalg.norm(difference @ plan.effects.root)))


def link_notes(plan: Plan) -> tuple[str, ...]:
    """What carries the link between the imputed covariates and the outcome."""
    carried = "; ".join(
        f"{e} (in {e.patients})" if e.patients else str(e) for e in plan.choice.usable
    )
    joined = (
        f"Covariates are joined by the correlations of {plan.correlation.source}, met to within "
        f"{plan.joined.departure:.2f}."
        if plan.correlation is not None
        else "Covariates are imputed as independent of each other."
        if len(plan.choice.usable) > 1
        else "One covariate is imputed."
    )
    skipped = tuple(
        f"Not used: {s.effect.covariate} [{s.effect.source}]: {s.reason}."
        for s in plan.choice.skipped
    )
    moved = shift(plan)
    return (
        "No patient's covariates are known: the link to the outcome is carried by published "
        f"effects alone: {carried}.",
        f"The adjustment amounts to a shift of the log hazard ratio by {moved.total:+.3f} (SE "
        f"{moved.se:.3f} from the effects), sum of beta (target mean - own mean).",
        joined,
        *skipped,
    )


def model_assumptions(plan: Plan, arm: str) -> tuple[str, ...]:
    """What must hold, besides what the arms' bases say."""
    names = ", ".join(plan.marginals.names)
    return (
        f"Unanchored: whatever is prognostic or modifies the effect, other than {names}, is "
        "taken to be distributed alike in the two groups.",
        f"The published effects hold for the patients of {arm}, are proportional and do not "
        "depend on each other; their errors are the published standard errors.",
        "Censoring does not depend on the covariates.",
        f"The moments of {plan.target.name} are taken as known.",
    )
