"""Whether the hazards of two arms are proportional: the score test of Grambsch and Therneau.

The test of the coefficient of x g(t) beside that of x in a Cox model, evaluated where it is 0
(Therneau and Grambsch 1994; the exact form of R's ``cox.zph`` since survival 3.0, ties by
Efron's method). lifelines tests an approximation that differs visibly with ties.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Literal

import numpy as np
import pandas as pd
from scipy.stats import chi2

from survcomp.errors import InputError
from survcomp.estimation.cox.two_arm import two_arm_log_hr
from survcomp.estimation.one_arm import check_two_arms
from survcomp.values.checks import FloatArray, check_option
from survcomp.values.patients.ipd import IPD
from survcomp.values.patients.one_outcome import one_outcome
from survcomp.values.shown import frame_as_table, in_a_line

TimeTransform = Literal["km", "identity", "log"]


@dataclass(frozen=True, slots=True, kw_only=True)
class ProportionalHazardsTest:
    """Test of proportional hazards of two arms.

    Attributes
    ----------
    chi_squared : float
        On one degree of freedom.
    p : float
        Two-sided p value; small where the hazard ratio changes with time.
    transform : {"km", "identity", "log"}
        Scale of time g(t): one minus the Kaplan-Meier estimate, time, or its logarithm.
    slope : float
        Change of the log hazard ratio for a unit of g(t), one step from constant; above 0 the
        treatment's hazard grows relative to the comparator's.

    Examples
    --------
    >>> import survcomp as sc
    >>> a = sc.IPD.from_times([5, 8, 12, 20], [24, 25], arm="A", time_unit="months")
    >>> b = sc.IPD.from_times([2, 3, 6, 9, 22], [10], arm="B", time_unit="months")
    >>> test = sc.proportional_hazards_test(a, b)
    >>> print(f"p = {test.p:.2f}, slope of the log hazard ratio {test.slope:+.2f}")
    p = 0.78, slope of the log hazard ratio +0.84
    """

    chi_squared: float
    p: float
    transform: TimeTransform
    slope: float

    def to_frame(self) -> pd.DataFrame:
        """One row: ``chi_squared p transform slope``."""
        return pd.DataFrame([{name: getattr(self, name) for name in self.__slots__}])

    __repr__ = in_a_line
    _repr_html_ = frame_as_table


def proportional_hazards_test(
    treatment: IPD, comparator: IPD, *, transform: TimeTransform = "km"
) -> ProportionalHazardsTest:
    """Test whether the hazard ratio of two arms is constant.

    Parameters
    ----------
    treatment, comparator : IPD
        Patients of one arm each, in the same time unit.
    transform : {"km", "identity", "log"}, default "km"
        Scale of time along which the log hazard ratio may change.

    Returns
    -------
    ProportionalHazardsTest

    Raises
    ------
    InputError
        If either is not one arm, the hazard ratio cannot be estimated, there are fewer than
        two different event times, or an event at time 0 has no logarithm.
    IncompatibleError
        If the time units or the outcomes differ.

    References
    ----------
    Grambsch and Therneau, Biometrika 1994;81:515-526.

    Examples
    --------
    >>> from survcomp import IPD, proportional_hazards_test
    >>> one = IPD.from_times([1, 2, 3, 6], [9], time_unit="months", arm="A")
    >>> two = IPD.from_times([2, 3, 4, 5, 7], [], time_unit="months", arm="B")
    >>> test = proportional_hazards_test(one, two)
    >>> print(f"{test.chi_squared:.3f} {test.p:.2f}")
    1.552 0.21
    """
    check_option(transform, TimeTransform, name="transform")
    check_two_arms(treatment, comparator)
    one_outcome(treatment, comparator)
    deaths = _deaths(treatment, comparator)
    if len(np.unique(deaths.time)) < 2:
        raise InputError("the hazard ratio cannot change: all events are at one time.")
    g = _scale(deaths, transform)
    g = g - g.mean()  # changes nothing but the rounding: the score at beta is 0
    score = float(np.sum(g * deaths.residual))
    both = float(np.sum(g * deaths.variance))
    left = float(np.sum(g**2 * deaths.variance)) - both**2 / float(np.sum(deaths.variance))
    if left <= 0:
        raise InputError(
            "the hazard ratio cannot be followed: only one arm is at risk at almost every event."
        )
    chi_squared = score**2 / left
    return ProportionalHazardsTest(
        chi_squared=chi_squared,
        p=float(chi2.sf(chi_squared, 1)),
        transform=transform,
        slope=score / left,
    )


@dataclass(frozen=True, slots=True)
class _Deaths:
    """One entry an event, in the order of time: Schoenfeld residual and variance of x at risk."""

    time: FloatArray
    residual: FloatArray
    variance: FloatArray
    survival_before: FloatArray


def _deaths(treatment: IPD, comparator: IPD) -> _Deaths:
    time = np.concatenate([treatment.time, comparator.time])
    event = np.concatenate([treatment.event, comparator.event])
    treated = np.repeat([1.0, 0.0], [treatment.n, comparator.n])
    hazard = np.exp(two_arm_log_hr(time, event, treated).log_hr * treated)
    parts: list[tuple[FloatArray, ...]] = []
    survival = 1.0
    for t in np.unique(time[event]):
        at_risk, dying = time >= t, event & (time == t)
        d = int(dying.sum())
        # Efron: of d tied deaths, the k-th leaves k/d of all of them out of the risk set
        gone = np.arange(d) / d
        total = hazard[at_risk].sum() - gone * hazard[dying].sum()
        share = ((hazard * treated)[at_risk].sum() - gone * (hazard * treated)[dying].sum()) / total
        mean = share.mean()
        residual = treated[dying] - mean
        variance = np.full(d, (share * (1 - share)).mean())
        parts.append((np.full(d, t), residual, variance, np.full(d, survival)))
        survival *= 1 - d / int(at_risk.sum())
    return _Deaths(*(np.concatenate(column) for column in zip(*parts, strict=True)))


def _scale(deaths: _Deaths, transform: TimeTransform) -> FloatArray:
    if transform == "km":
        return 1 - deaths.survival_before
    if transform == "identity":
        return deaths.time
    if deaths.time[0] <= 0:
        raise InputError(
            "`transform='log'`: an event at time 0 has no logarithm; 'km' or 'identity' can do."
        )
    return np.array([math.log(t) for t in deaths.time])
