"""Kaplan-Meier estimate of one arm: a callable curve with a domain.

Kaplan and Meier 1958; variance of Greenwood, or, with weights, the infinitesimal
jackknife (Therneau, R's ``survfit(robust = TRUE)``). The transformation of the interval
is always stated: log-log is SAS's and lifelines' default, log is R's.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Literal

import numpy as np
import pandas as pd
from numpy.typing import ArrayLike

from survcomp.errors import InputError
from survcomp.estimation.lifelines_adapter import kaplan_meier_table
from survcomp.values.checks import FloatArray, TimeUnit, check_option, read_only
from survcomp.values.patients.ipd import IPD
from survcomp.values.quantiles import normal_quantile
from survcomp.values.shown import in_a_line
from survcomp.values.weights import Weights, check_weights

CITransform = Literal["log-log", "log", "plain"]

NO_WEIGHT = 1e-12
"""A smaller share of the weight at risk is nobody: rounding leaves about 1e-16 of it."""


@dataclass(frozen=True, slots=True, kw_only=True)
class TimeEstimate:
    """A time at which a curve reaches a level, with its interval.

    Attributes
    ----------
    estimate, ci_low, ci_high : float
        In the curve's time unit; ``math.inf`` where the curve or its band does not come
        down that far.
    """

    estimate: float
    ci_low: float
    ci_high: float


@dataclass(frozen=True, slots=True, kw_only=True)
class SurvivalEstimate:
    """Survival at one time: ``survival``, ``se`` and the interval, in [0, 1]."""

    time: float
    survival: float
    se: float
    ci_low: float
    ci_high: float


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class KMResult:
    """Kaplan-Meier estimate of one arm.

    Attributes
    ----------
    arm : str
        Name of the arm.
    n, n_events : int
        Patients and events, not weighted.
    time : ndarray of shape (k,)
        Distinct event times, ascending, in `time_unit`.
    survival, se : ndarray of shape (k,)
        S(t) from each time on, and its standard error.
    at_risk, events : ndarray of shape (k,)
        Patients at risk just before each time and events at it; weighted where weights
        were given.
    follow_up : ndarray of shape (n,)
        Every patient's time, ascending.
    weighted : bool
        Whether weights were used; the standard error is then robust.
    ci_transform : {"log-log", "log", "plain"}
        Transformation on which the interval is symmetric.
    level : float
        Confidence level.
    time_unit : str
        Unit of every time.
    """

    arm: str
    n: int
    n_events: int
    time: FloatArray
    survival: FloatArray
    se: FloatArray
    at_risk: FloatArray
    events: FloatArray
    follow_up: FloatArray
    weighted: bool
    ci_transform: CITransform
    level: float
    time_unit: TimeUnit

    def __call__(self, time: ArrayLike) -> FloatArray:
        """S(t); times beyond the follow-up are refused unless everybody has had the event.

        Raises
        ------
        InputError
            If a time is negative or beyond the last observed time.
        """
        t = np.atleast_1d(np.asarray(time, dtype=float))
        self._check_domain(t)
        return np.concatenate(([1.0], self.survival))[np.searchsorted(self.time, t, side="right")]

    def _check_domain(self, t: FloatArray) -> None:
        end = math.inf if self._ends_at_zero else float(self.follow_up[-1])
        bad = ~((t >= 0) & (t <= end))
        if np.any(bad):
            raise InputError(
                f"the curve of {self.arm!r} is known from 0 to {end:g} {self.time_unit}; got "
                f"{t[bad][0]:g}."
            )

    @property
    def _ends_at_zero(self) -> bool:
        return self.survival.size > 0 and self.survival[-1] <= 0

    def at(self, time: float) -> SurvivalEstimate:
        """Survival at one time, with its interval."""
        self._check_domain(np.array([time]))
        index = int(np.searchsorted(self.time, time, side="right")) - 1
        if index < 0:
            return SurvivalEstimate(time=time, survival=1.0, se=0.0, ci_low=1.0, ci_high=1.0)
        low, high = self.band()
        return SurvivalEstimate(
            time=time,
            survival=float(self.survival[index]),
            se=float(self.se[index]),
            ci_low=float(low[index]),
            ci_high=float(high[index]),
        )

    def band(self) -> tuple[FloatArray, FloatArray]:
        """Pointwise limits at `time`.

        Where the curve has come down to 0 its variance is not defined: the lower limit is
        0 and the upper one stays where it was.
        """
        low, high = interval(self.survival, self.se, transform=self.ci_transform, level=self.level)
        if self._ends_at_zero:
            low[-1] = 0.0
            high[-1] = high[-2] if high.size > 1 else 1.0
        return low, high

    def quantile(self, share: float = 0.5) -> TimeEstimate:
        """Time at which a share of the patients has had the event, with its interval.

        The first time with S(t) at most 1 - `share`; if the curve runs flat at exactly
        that level, the middle of the flat part, as in R. The interval inverts the pointwise
        band (Brookmeyer and Crowley 1982).
        """
        if not 0 < share < 1:
            raise InputError(f"`share` must lie between 0 and 1; got {share!r}.")
        low, high = self.band()
        level = 1.0 - share
        end = float(self.follow_up[-1])
        return TimeEstimate(
            estimate=first_at_most(self.time, self.survival, level, end=end),
            ci_low=first_at_most(self.time, low, level, end=end),
            ci_high=first_at_most(self.time, high, level, end=end),
        )

    def median(self) -> TimeEstimate:
        """Median time, with its interval."""
        return self.quantile(0.5)

    def at_risk_at(self, times: ArrayLike) -> FloatArray:
        """Patients with a time of at least each of `times`, not weighted."""
        t = np.atleast_1d(np.asarray(times, dtype=float))
        return (self.n - np.searchsorted(self.follow_up, t, side="left")).astype(float)

    def to_frame(self) -> pd.DataFrame:
        """One row an event time: ``time at_risk events estimate se ci_low ci_high``."""
        low, high = self.band()
        return pd.DataFrame(
            {
                "time": self.time,
                "at_risk": self.at_risk,
                "events": self.events,
                "estimate": self.survival,
                "se": self.se,
                "ci_low": low,
                "ci_high": high,
            }
        )

    def _repr_html_(self) -> str:
        return str(self.to_frame().to_html(index=False))

    def _facts(self) -> dict[str, object]:
        end = float(self.follow_up[-1])
        median = first_at_most(self.time, self.survival, 0.5, end=end)
        return {
            "arm": self.arm,
            "patients": self.n,
            "events": self.n_events,
            "median": f"{median:.4g} {self.time_unit}" if math.isfinite(median) else "not reached",
            "followed to": f"{end:.4g} {self.time_unit}",
            "weighted": "yes" if self.weighted else None,
        }

    __repr__ = in_a_line


def kaplan_meier(
    ipd: IPD,
    *,
    weights: Weights | None = None,
    ci_transform: CITransform = "log-log",
    level: float = 0.95,
) -> KMResult:
    """Kaplan-Meier estimate of one arm.

    Parameters
    ----------
    ipd : IPD
        Patients of one arm.
    weights : Weights, optional
        One weight a patient, joined by identifier. The standard error is then robust.
    ci_transform : {"log-log", "log", "plain"}
        Scale on which the interval is symmetric.
    level : float
        Confidence level.

    Returns
    -------
    KMResult

    Raises
    ------
    InputError
        If there is more than one arm, or an option is not allowed.
    IncompatibleError
        If the weights belong to other patients.

    References
    ----------
    Kaplan EL, Meier P (1958), JASA 53:457. Greenwood M (1926). Therneau TM, A package for
    survival analysis in R, section on robust variance.

    Examples
    --------
    >>> from survcomp.values import IPD
    >>> ipd = IPD.from_times([1, 2, 3], [2.5, 4], arm="A", time_unit="months")
    >>> kaplan_meier(ipd).median().estimate
    3.0
    """
    check_weights(weights, optional=True)
    check_option(ci_transform, CITransform, name="ci_transform")
    normal_quantile(level)
    if len(ipd.arms) != 1:
        raise InputError(f"`ipd` must hold one arm; got {', '.join(ipd.arms)}. Use select_arm.")
    w = None if weights is None else weights.for_patients(ipd)
    table = kaplan_meier_table(ipd.time, ipd.event, w)
    at_event = table.events > 0
    time, survival = table.time[at_event], np.clip(table.survival[at_event], 0.0, 1.0)
    at_risk, events = table.at_risk[at_event], table.events[at_event]
    if time.size and _nobody_is_left(ipd, np.ones(ipd.n) if w is None else w, after=time[-1]):
        survival[-1] = 0.0  # and not what rounding makes of the weights
    if w is None:
        se = greenwood(survival, at_risk, events)
    else:
        se = _infinitesimal_jackknife(ipd, w, time, survival, at_risk, events)
    return KMResult(
        arm=ipd.arms[0],
        n=ipd.n,
        n_events=ipd.n_events,
        time=read_only(time, name="time"),
        survival=read_only(survival, name="survival"),
        se=read_only(se, name="se"),
        at_risk=read_only(at_risk, name="at_risk"),
        events=read_only(events, name="events"),
        follow_up=read_only(np.sort(ipd.time), name="follow_up"),
        weighted=w is not None,
        ci_transform=ci_transform,
        level=level,
        time_unit=ipd.time_unit,
    )


def _nobody_is_left(ipd: IPD, weights: FloatArray, *, after: float) -> bool:
    """Whether all the weight at risk at the last event time has its event there."""
    at_risk = ipd.time >= after
    left = at_risk & ~(ipd.event & (ipd.time == after))
    return bool(weights[left].sum() <= NO_WEIGHT * weights[at_risk].sum())


def greenwood(survival: FloatArray, at_risk: FloatArray, events: FloatArray) -> FloatArray:
    """Greenwood's formula; 0 where the curve has come down to 0."""
    left = at_risk - events
    terms = np.divide(events, at_risk * left, out=np.zeros_like(left), where=left > 0)
    return np.asarray(survival * np.sqrt(np.cumsum(terms)))


def _infinitesimal_jackknife(
    ipd: IPD,
    weights: FloatArray,
    time: FloatArray,
    survival: FloatArray,
    at_risk: FloatArray,
    events: FloatArray,
) -> FloatArray:
    """Robust standard error of the weighted curve.

    The derivative of log S(t) for weight i is minus the sum over event times s up to t of
    (dN_i(s) - Y_i(s) dN(s) / Y(s)) / (Y(s) - dN(s)); the variance of log S(t) is the sum
    over patients of (weight times derivative) squared.
    """
    left = at_risk - events
    inverse = np.divide(1.0, left, out=np.zeros_like(left), where=left > NO_WEIGHT * at_risk)
    own_event = (ipd.time[:, None] == time[None, :]) & ipd.event[:, None]
    own_risk = ipd.time[:, None] >= time[None, :]
    terms = (own_event - own_risk * (events / at_risk)[None, :]) * inverse[None, :]
    influence = weights[:, None] * np.cumsum(terms, axis=1)
    return np.asarray(survival * np.sqrt(np.sum(influence**2, axis=0)))


def interval(
    survival: FloatArray, se: FloatArray, *, transform: CITransform, level: float
) -> tuple[FloatArray, FloatArray]:
    """Limits of survival probabilities, symmetric on the transformed scale."""
    z = normal_quantile(level)
    inner = (survival > 0) & (survival < 1)
    s = np.where(inner, survival, 0.5)  # 0 and 1 have no finite transform; put back below
    if transform == "plain":
        low, high = s - z * se, s + z * se
    elif transform == "log":
        low, high = s * np.exp(-z * se / s), s * np.exp(z * se / s)
    else:
        width = z * se / (s * np.abs(np.log(s)))
        low, high = s ** np.exp(width), s ** np.exp(-width)
    low, high = np.where(inner, low, survival), np.where(inner, high, survival)
    return np.clip(low, 0.0, 1.0), np.clip(high, 0.0, 1.0)


def first_at_most(time: FloatArray, curve: FloatArray, level: float, *, end: float) -> float:
    """First time at which a step function is at most `level`.

    Where it runs flat at exactly `level`: the middle of that part, which ends at the next
    drop or at the `end` of follow-up, as in R.
    """
    below = np.flatnonzero(curve <= level + 1e-12)
    if below.size == 0:
        return math.inf
    first = int(below[0])
    if abs(curve[first] - level) > 1e-12:
        return float(time[first])
    under = np.flatnonzero(curve < level - 1e-12)
    return 0.5 * float(time[first] + (time[under[0]] if under.size else end))
