"""A survival curve of one arm, estimated: callable, with a band and a domain.

The transformation of the interval is always stated: log-log is SAS's and lifelines' default,
log is R's. A curve over the draws of a reconstruction is pooled on the complementary log-log
scale, and its band holds the error of the reconstruction too.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Literal

import numpy as np
import pandas as pd
from numpy.typing import ArrayLike

from survcomp.errors import InputError
from survcomp.values.checks import FloatArray, TimeUnit
from survcomp.values.estimate import Estimate
from survcomp.values.quantiles import normal_quantile
from survcomp.values.shown import frame_as_table, in_a_line

CITransform = Literal["log-log", "log", "plain"]


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class PooledBand:
    """What pooling over draws adds to a curve, at each of its times.

    Attributes
    ----------
    se_sampling, se_reconstruction : ndarray of shape (k,)
        The two parts of the standard error, on the scale of survival.
    ci_low, ci_high : ndarray of shape (k,)
        Limits, from the total on the complementary log-log scale.
    share, df : ndarray of shape (k,)
        B / T and Rubin's degrees of freedom, on that scale.
    draws : int
        Number of draws.
    known_until : float
        Time to which every draw is known; ``math.inf`` where all of them end at 0.
    """

    se_sampling: FloatArray
    se_reconstruction: FloatArray
    ci_low: FloatArray
    ci_high: FloatArray
    share: FloatArray
    df: FloatArray
    draws: int
    known_until: float


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class KMResult:
    """Kaplan-Meier estimate of one arm, from one data set or pooled over draws.

    Attributes
    ----------
    arm : str
        Name of the arm.
    n : int
        Patients.
    n_events : float
        Events, not weighted; the mean over draws.
    time : ndarray of shape (k,)
        Distinct event times, ascending, in `time_unit`; over draws those of all of them, as
        far as every draw is known.
    survival, se : ndarray of shape (k,)
        S(t) from each time on, and its standard error, of all that the band holds.
    at_risk, events : ndarray of shape (k,)
        Patients at risk just before each time and events at it; weighted where weights
        were given, the mean over draws.
    follow_up : tuple of ndarray of shape (n,)
        Every patient's time, ascending, in each data set.
    weighted : bool
        Whether weights were used; the standard error is then robust.
    ci_transform : {"log-log", "log", "plain"}
        Transformation on which the interval is symmetric.
    level : float
        Confidence level.
    time_unit : str
        Unit of every time.
    outcome : str
        Which outcome the times are of; "" where it is not stated.
    interval : str
        What the band holds, in words.
    pooled : PooledBand or None
        What pooling adds, for a curve over draws.

    Examples
    --------
    >>> import survcomp as sc
    >>> a = sc.IPD.from_times([2, 5, 7, 8, 14], [6, 12, 18], arm="A", time_unit="months")
    >>> curve = sc.kaplan_meier(a)
    >>> print(curve.at(12))
    survival at 12 months 45.0% (95% CI 10.8% to 75.1%)
    >>> print(curve.median())
    median 8.0 months (95% CI 2.0 to not reached)
    >>> print(curve.to_frame()[["time", "at_risk", "survival"]].round(3))
       time  at_risk  survival
    0   2.0      8.0     0.875
    1   5.0      7.0     0.750
    2   7.0      5.0     0.600
    3   8.0      4.0     0.450
    4  14.0      2.0     0.225
    """

    arm: str
    n: int
    n_events: float
    time: FloatArray
    survival: FloatArray
    se: FloatArray
    at_risk: FloatArray
    events: FloatArray
    follow_up: tuple[FloatArray, ...]
    weighted: bool
    ci_transform: CITransform
    level: float
    time_unit: TimeUnit
    outcome: str = ""
    interval: str = "sampling error"
    pooled: PooledBand | None = None

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

    @property
    def end(self) -> float:
        """Last time at which somebody is followed, in each data set."""
        return min(float(times[-1]) for times in self.follow_up)

    @property
    def known_until(self) -> float:
        """Time to which the curve is known: endless where it ends at 0."""
        if self.pooled is not None:
            return self.pooled.known_until
        return math.inf if self.ends_at_zero else self.end

    @property
    def ends_at_zero(self) -> bool:
        """Whether everybody has had an event."""
        return self.survival.size > 0 and bool(self.survival[-1] <= 0)

    @property
    def ci_low(self) -> FloatArray:
        """Lower pointwise limit at `time`."""
        return self.band()[0]

    @property
    def ci_high(self) -> FloatArray:
        """Upper pointwise limit at `time`."""
        return self.band()[1]

    def _check_domain(self, t: FloatArray) -> None:
        end = self.known_until
        bad = ~((t >= 0) & (t <= end))
        if np.any(bad):
            raise InputError(
                f"the curve of {self.arm!r} is known from 0 to {end:g} {self.time_unit}; got "
                f"{t[bad][0]:g}."
            )

    def at(self, time: float) -> Estimate:
        """Survival at one time, with its interval."""
        self._check_domain(np.array([time]))
        index = int(np.searchsorted(self.time, time, side="right")) - 1
        if index < 0:
            return self._survival(time, value=1.0, se=0.0, ci=(1.0, 1.0))
        low, high = self.band()
        return self._survival(
            time,
            value=float(self.survival[index]),
            se=float(self.se[index]),
            ci=(float(low[index]), float(high[index])),
            index=index,
        )

    def _survival(
        self, time: float, *, value: float, se: float, ci: tuple[float, float], index: int = -1
    ) -> Estimate:
        pooled, known = self.pooled, index >= 0
        return Estimate(
            quantity="survival",
            arm=self.arm,
            outcome=self.outcome,
            value=value,
            se=se,
            se_sampling=se if pooled is None or not known else float(pooled.se_sampling[index]),
            se_reconstruction=(
                float(pooled.se_reconstruction[index]) if pooled is not None and known else 0.0
            ),
            ci_low=ci[0],
            ci_high=ci[1],
            level=self.level,
            df=float(pooled.df[index]) if pooled is not None and known else math.inf,
            unit="probability",
            time=time,
            time_unit=self.time_unit,
            interval=self.interval,
            share=float(pooled.share[index]) if pooled is not None and known else 0.0,
            draws=len(self.follow_up),
        )

    def band(self) -> tuple[FloatArray, FloatArray]:
        """Pointwise limits at `time`.

        Where the curve has come down to 0 its variance is not defined: the lower limit is
        0 and the upper one stays where it was.
        """
        if self.pooled is not None:
            return self.pooled.ci_low, self.pooled.ci_high
        low, high = interval(self.survival, self.se, transform=self.ci_transform, level=self.level)
        if self.ends_at_zero:
            low[-1] = 0.0
            high[-1] = high[-2] if high.size > 1 else 1.0
        return low, high

    def quantile(self, share: float = 0.5) -> Estimate:
        """Time at which a share of the patients has had the event, with its interval.

        The first time with S(t) at most 1 - `share`; if the curve runs flat at exactly
        that level, the middle of the flat part, as in R. The interval inverts the pointwise
        band (Brookmeyer and Crowley 1982). The standard error is the width of the interval
        over twice the normal quantile, infinite where the upper limit is not reached; over
        draws it is divided between sampling and reconstruction as the variance of the curve is
        there, or at the end of the curve where the time is not reached.
        """
        if not 0 < share < 1:
            raise InputError(f"`share` must lie between 0 and 1; got {share!r}.")
        low, high = self.band()
        value, ci_low, ci_high = (
            first_at_most(self.time, curve, 1.0 - share, end=self.end)
            for curve in (self.survival, low, high)
        )
        finite = math.isfinite(ci_high)
        se = (ci_high - ci_low) / (2 * normal_quantile(self.level)) if finite else math.inf
        of_total, rebuilding = self._shares_at(value)
        return Estimate(
            quantity="median" if share == 0.5 else f"{100 * share:g}% quantile",
            arm=self.arm,
            outcome=self.outcome,
            value=value,
            se=se,
            se_sampling=se * math.sqrt(1 - rebuilding) if rebuilding < 1 else 0.0,
            se_reconstruction=se * math.sqrt(rebuilding) if rebuilding > 0 else 0.0,
            ci_low=ci_low,
            ci_high=ci_high,
            level=self.level,
            unit=self.time_unit,
            time_unit=self.time_unit,
            interval=self.interval,
            share=of_total,
            draws=len(self.follow_up),
        )

    def _shares_at(self, time: float) -> tuple[float, float]:
        """B / T and (1 + 1/M) B / T of the curve at a time, or at its end."""
        if self.pooled is None or self.time.size == 0:  # one data set, or no draw has an event
            return 0.0, 0.0
        at = max(int(np.searchsorted(self.time, time, side="right")) - 1, 0)
        total, part = float(self.se[at]), float(self.pooled.se_reconstruction[at])
        return float(self.pooled.share[at]), (part / total) ** 2 if total > 0 else 0.0

    def median(self) -> Estimate:
        """Median time, with its interval."""
        return self.quantile(0.5)

    def at_risk_at(self, times: ArrayLike) -> FloatArray:
        """Patients with a time of at least each of `times`, not weighted; median over draws."""
        t = np.atleast_1d(np.asarray(times, dtype=float))
        counts = [self.n - np.searchsorted(f, t, side="left") for f in self.follow_up]
        return np.asarray(np.median(counts, axis=0), dtype=float)

    def to_frame(self) -> pd.DataFrame:
        """One row an event time: the numbers, ``survival``, its errors and its interval."""
        low, high = self.band()
        none = np.zeros_like(self.se)
        pooled = self.pooled
        return pd.DataFrame(
            {
                "time": self.time,
                "at_risk": self.at_risk,
                "events": self.events,
                "survival": self.survival,
                "se": self.se,
                "se_sampling": self.se if pooled is None else pooled.se_sampling,
                "se_reconstruction": none if pooled is None else pooled.se_reconstruction,
                "ci_low": low,
                "ci_high": high,
            }
        )

    def _facts(self) -> dict[str, object]:
        median = first_at_most(self.time, self.survival, 0.5, end=self.end)
        return {
            "arm": self.arm,
            "outcome": self.outcome,
            "patients": self.n,
            "events": self.n_events,
            "median": f"{median:.4g} {self.time_unit}" if math.isfinite(median) else "not reached",
            "followed to": f"{self.end:.4g} {self.time_unit}",
            "weighted": "yes" if self.weighted else None,
            "draws": None if self.pooled is None else self.pooled.draws,
        }

    __repr__ = in_a_line
    _repr_html_ = frame_as_table


def greenwood(survival: FloatArray, at_risk: FloatArray, events: FloatArray) -> FloatArray:
    """Greenwood's formula; 0 where the curve has come down to 0."""
    left = at_risk - events
    terms = np.divide(events, at_risk * left, out=np.zeros_like(left), where=left > 0)
    return np.asarray(survival * np.sqrt(np.cumsum(terms)))


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
