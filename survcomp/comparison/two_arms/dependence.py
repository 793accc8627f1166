"""What the hazard ratio of an unanchored MAIC depends on, with the RMST difference beside it.

Against comparator patients who count 1 each, a weighted hazard ratio depends on the scale
of the weights, because the risk sets mix both arms; and where hazards are not proportional
it depends on how long patients were followed, because each hazard ratio is another average
over time. A difference of restricted mean survival times depends on neither: its horizon is
part of its definition.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal, get_args

import numpy as np
import pandas as pd

from survcomp.errors import InputError, SurvcompError
from survcomp.estimation.cox.two_arm import Ties
from survcomp.estimation.cox.weighted import weighted_cox
from survcomp.estimation.jackknife import jackknife_rmst
from survcomp.estimation.over_draws.pairs import check_units
from survcomp.values.patients.ipd import IPD
from survcomp.values.patients.one_outcome import one_outcome
from survcomp.values.quantiles import normal_quantile
from survcomp.values.shown import in_a_line
from survcomp.values.weights import Weights, WeightScale, check_weights


@dataclass(frozen=True, slots=True, kw_only=True)
class Dependence:
    """One effect under one choice.

    Attributes
    ----------
    measure : {"log_hr", "rmst_difference"}
        Which effect.
    followed_to : float
        Time at which everybody still followed was censored, and the RMST's horizon.
    scale : {"raw", "n", "ess", "any"}
        Scale of the weights; "any" where it does not matter.
    estimate, se, ci_low, ci_high : float
        With the robust standard error, the weights taken as known.
    """

    measure: Literal["log_hr", "rmst_difference"]
    followed_to: float
    scale: WeightScale | Literal["any"]
    estimate: float
    se: float
    ci_low: float
    ci_high: float


@dataclass(frozen=True, slots=True, kw_only=True)
class DependenceTable:
    """Hazard ratio by scale of the weights and by follow-up, and the RMST difference.

    Attributes
    ----------
    rows : tuple of Dependence
        For each follow-up the log hazard ratio on each scale, then the RMST difference.
    time_unit : str
        Unit of the times.
    level : float
        Confidence level.

    Examples
    --------
    >>> import survcomp as sc
    >>> a = sc.IPD.from_times([2, 3, 5, 8, 13, 21], [], arm="A", time_unit="months")
    >>> b = sc.IPD.from_times([1, 2, 3, 4, 6, 9, 21], [], arm="B", time_unit="months")
    >>> weights = sc.Weights(id=a.id, value=[2, 1, 1, 1, 2, 2], population="B's trial")
    >>> table = sc.hazard_ratio_dependence(a, b, weights)
    >>> round(table.spread(over="scale"), 2)
    0.02
    """

    rows: tuple[Dependence, ...]
    time_unit: str
    level: float

    def spread(self, *, over: Literal["scale", "followed_to"]) -> float:
        """Largest log hazard ratio less the smallest, over scales or over follow-ups.

        Over scales at the longest follow-up, over follow-ups on the raw scale.
        """
        longest = max(row.followed_to for row in self.rows)
        chosen = [
            row.estimate
            for row in self.rows
            if row.measure == "log_hr"
            and (row.followed_to == longest if over == "scale" else row.scale == "raw")
        ]
        return max(chosen) - min(chosen)

    def to_frame(self) -> pd.DataFrame:
        """``measure followed_to scale estimate se ci_low ci_high``, on the additive scale."""
        return pd.DataFrame([{n: getattr(row, n) for n in row.__slots__} for row in self.rows])

    def __str__(self) -> str:
        lines = []
        for row in self.rows:
            ratio = row.measure == "log_hr"
            value, low, high = (
                np.exp(v) if ratio else v for v in (row.estimate, row.ci_low, row.ci_high)
            )
            name = f"HR, weights {row.scale}" if ratio else f"RMST difference, {self.time_unit}"
            lines.append(
                f"followed to {row.followed_to:g}: {name}: {value:.4f} "
                f"({100 * self.level:g}% CI {low:.4f} to {high:.4f})"
            )
        return "\n".join(lines)

    def _repr_html_(self) -> str:
        return str(self.to_frame().to_html(index=False))

    __repr__ = in_a_line


def hazard_ratio_dependence(
    treatment: IPD,
    comparator: IPD,
    weights: Weights,
    *,
    followed_to: Sequence[float] = (),
    ties: Ties = "efron",
    level: float = 0.95,
) -> DependenceTable:
    """Hazard ratio under every scale of the weights and shorter follow-ups, RMST beside it.

    Parameters
    ----------
    treatment, comparator : IPD
        The weighted arm and the comparator's patients, one arm each, in one unit.
    weights : Weights
        Of the treatment's patients, joined by identifier.
    followed_to : sequence of float
        Shorter follow-ups to try, in the arms' unit. The longest that both arms have is
        always among the rows: what follows when one arm is gone is in no hazard ratio.
    ties : {"efron", "breslow"}
        How tied deaths are dealt with.
    level : float
        Confidence level.

    Returns
    -------
    DependenceTable

    Raises
    ------
    InputError
        If a follow-up is not positive or longer than that of an arm, or the arms are
        separated within it.
    IncompatibleError
        If units differ or the weights belong to other patients.

    Examples
    --------
    >>> import numpy as np
    >>> import pandas as pd
    >>> from survcomp import IPD, Weights, hazard_ratio_dependence
    >>> frame = pd.DataFrame({"t": [2, 3, 5, 8, 13, 21], "e": 1})
    >>> a = IPD.from_frame(frame, time="t", event="e", time_unit="months", origin="observed",
    ...                    label="A")
    >>> b = IPD.from_times([1, 2, 3, 4, 6, 9, 21], [], arm="B", time_unit="months")
    >>> weights = Weights(id=a.id, value=np.array([2.0, 1, 1, 1, 2, 2]), population="B's trial")
    >>> print(hazard_ratio_dependence(a, b, weights))
    followed to 21: HR, weights raw: 0.6867 (95% CI 0.2464 to 1.9139)
    followed to 21: HR, weights n: 0.7001 (95% CI 0.2568 to 1.9088)
    followed to 21: HR, weights ess: 0.7038 (95% CI 0.2597 to 1.9073)
    followed to 21: RMST difference, months: 3.2063 (95% CI -4.7401 to 11.1528)
    """
    check_weights(weights)
    one_outcome(treatment, comparator)
    check_units(treatment, comparator)
    longest = min(float(treatment.time.max()), float(comparator.time.max()))
    wrong = [time for time in followed_to if not 0 < time <= longest]
    if wrong:
        raise InputError(
            f"`followed_to` must lie above 0 and within both follow-ups, to {longest:g} "
            f"{treatment.time_unit}; got {wrong[0]:g}."
        )
    rows: list[Dependence] = []
    for end in sorted({longest, *followed_to}):
        pair = treatment.truncate(end), comparator.truncate(end)
        rows += [
            _log_hr(*pair, weights, scale, end, ties, level) for scale in get_args(WeightScale)
        ]
        rows.append(_rmst(*pair, weights, end, level))
    return DependenceTable(rows=tuple(rows), time_unit=treatment.time_unit, level=level)


def _log_hr(
    treatment: IPD,
    comparator: IPD,
    weights: Weights,
    scale: WeightScale,
    end: float,
    ties: Ties,
    level: float,
) -> Dependence:
    try:
        fit = weighted_cox(
            np.concatenate([treatment.time, comparator.time]),
            np.concatenate([treatment.event, comparator.event]),
            np.arange(treatment.n + comparator.n) < treatment.n,
            np.concatenate([weights.for_patients(treatment, scale=scale), np.ones(comparator.n)]),
            ties=ties,
        )
    except SurvcompError as error:
        raise error.within(f"followed to {end:g}") from error
    half = normal_quantile(level) * fit.se_robust
    return Dependence(
        measure="log_hr",
        followed_to=end,
        scale=scale,
        estimate=fit.log_hr,
        se=fit.se_robust,
        ci_low=fit.log_hr - half,
        ci_high=fit.log_hr + half,
    )


def _rmst(
    treatment: IPD, comparator: IPD, weights: Weights, end: float, level: float
) -> Dependence:
    weighted = jackknife_rmst(treatment, horizon=end, weights=weights)
    other = jackknife_rmst(comparator, horizon=end)
    estimate, se = weighted.estimate - other.estimate, float(np.hypot(weighted.se, other.se))
    half = normal_quantile(level) * se
    return Dependence(
        measure="rmst_difference",
        followed_to=end,
        scale="any",
        estimate=estimate,
        se=se,
        ci_low=estimate - half,
        ci_high=estimate + half,
    )
