"""What a bootstrap replicate is asked for: one number of two weighted arms, a batch at a time.

Each effect is a small frozen setting with one function, `of`, from two arms of B replicates
to B estimates; NaN where a replicate has none.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, ClassVar, Literal, Protocol

import numpy as np
from numpy.typing import NDArray

from survcomp.comparison.bootstrap.resampled import Sampled
from survcomp.errors import InputError
from survcomp.estimation.cox.two_arm import Ties
from survcomp.estimation.cox.weighted import weighted_log_hrs
from survcomp.values.checks import BoolArray, FloatArray, check_option, check_time
from survcomp.values.contrasts.measure import MeasureKey

AnyArray = NDArray[Any]
ResponseMeasure = Literal["log_or", "log_rr", "risk_difference"]


class Effect(Protocol):
    """A number of two arms.

    Attributes
    ----------
    measure : str
        Name of the number, as in `Contrast`.
    none : str
        Why a replicate may have none.
    """

    @property
    def measure(self) -> MeasureKey:
        """Name of the number."""
        ...

    @property
    def none(self) -> str:
        """Why a replicate may have none."""
        ...

    def of(self, first: Sampled, second: Sampled) -> FloatArray:
        """Estimates of B replicates."""
        ...


@dataclass(frozen=True, slots=True, kw_only=True)
class HazardRatioEffect:
    """Log hazard ratio of a weighted Cox model.

    Attributes
    ----------
    ties : {"efron", "breslow"}
        How tied events are dealt with.

    Examples
    --------
    >>> import pandas as pd
    >>> import survcomp as sc
    >>> frame = pd.DataFrame({"months": range(1, 41), "pfs": 1})
    >>> frame["age"] = 70 - frame["months"] // 2 + 6 * (frame["months"] % 3)
    >>> mine = sc.IPD.from_frame(frame, time="months", event="pfs", time_unit="months",
    ...                          origin="observed", covariates=["age"], label="A")
    >>> theirs = sc.IPD.from_times(range(1, 30), [], arm="B", time_unit="months")
    >>> target = sc.Population.from_moments([sc.Mean(name="age", value=68)], n=29, name="B trial")
    >>> matching = sc.Matching(target, match=["age"])
    >>> drawn = sc.bootstrap_maic(mine, theirs, matching, outcome="PFS", rng=1,
    ...                           resampling=sc.Resampling(replicates=100),
    ...                           effect=sc.HazardRatioEffect(ties="breslow"))
    >>> print(drawn.to_contrast())
    HR 0.62 (95% CI 0.46 to 0.92)
    """

    ties: Ties = "efron"

    measure: ClassVar[MeasureKey] = "log_hr"
    none: ClassVar[str] = "the arms are separated: the hazard ratio has no finite estimate"

    def __post_init__(self) -> None:
        check_option(self.ties, Ties, name="ties")

    def of(self, first: Sampled, second: Sampled) -> FloatArray:
        """Estimates of B replicates."""
        rows = max(first.time.shape[0], second.time.shape[0])

        def beside(left: AnyArray, right: AnyArray) -> AnyArray:
            size = rows if left.shape[0] != right.shape[0] else left.shape[0]
            return np.hstack([np.broadcast_to(v, (size, v.shape[1])) for v in (left, right)])

        time = beside(first.time, second.time)
        order = np.argsort(time, axis=1, kind="stable")

        def sort(values: AnyArray) -> AnyArray:
            if order.shape[0] == 1:  # many times faster than along an axis
                return values[:, order[0]]
            return np.take_along_axis(values, order, axis=1)

        treated = np.broadcast_to(np.arange(time.shape[1]) < first.time.shape[1], time.shape)
        return weighted_log_hrs(
            sort(time),
            sort(beside(first.event, second.event)),
            sort(treated),
            sort(np.hstack([first.weight, second.weight])),
            sort(np.hstack([first.times_drawn, second.times_drawn])),
            ties=self.ties,
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class SurvivalDifferenceEffect:
    """Difference of survival probabilities at the time `at`, in the arms' unit.

    Attributes
    ----------
    at : float
        The time, within the follow-up of both arms.

    Examples
    --------
    >>> import pandas as pd
    >>> import survcomp as sc
    >>> frame = pd.DataFrame({"months": range(1, 41), "pfs": 1})
    >>> frame["age"] = 70 - frame["months"] // 2 + 6 * (frame["months"] % 3)
    >>> mine = sc.IPD.from_frame(frame, time="months", event="pfs", time_unit="months",
    ...                          origin="observed", covariates=["age"], label="A")
    >>> theirs = sc.IPD.from_times(range(1, 30), [], arm="B", time_unit="months")
    >>> target = sc.Population.from_moments([sc.Mean(name="age", value=68)], n=29, name="B trial")
    >>> matching = sc.Matching(target, match=["age"])
    >>> drawn = sc.bootstrap_maic(mine, theirs, matching, outcome="PFS", rng=1,
    ...                           resampling=sc.Resampling(replicates=100),
    ...                           effect=sc.SurvivalDifferenceEffect(at=12))
    >>> print(drawn.to_contrast())
    S(12 months) difference 0.039 (95% CI -0.185 to 0.262)
    """

    at: float

    measure: ClassVar[MeasureKey] = "survival_difference"
    none: ClassVar[str] = "the follow-up of an arm ends before the time"

    def __post_init__(self) -> None:
        _check_above_zero(self.at, "at")

    def of(self, first: Sampled, second: Sampled) -> FloatArray:
        """Estimates of B replicates."""
        return self._survival(first) - self._survival(second)

    def _survival(self, arm: Sampled) -> FloatArray:
        survival = kaplan_meier_paths(arm)
        # the last row with a time of at most `at`, counted over rows of ascending times
        place = np.broadcast_to(np.sum(arm.time <= self.at, axis=1), survival.shape[:1])
        path = np.hstack([np.ones((survival.shape[0], 1)), survival])
        value = np.take_along_axis(path, place[:, None], axis=1)[:, 0]
        return np.where((_last_time(arm) >= self.at) | (value <= 0), value, np.nan)


@dataclass(frozen=True, slots=True, kw_only=True)
class RMSTDifferenceEffect:
    """Difference of restricted mean survival times to `horizon`, in the arms' unit.

    Attributes
    ----------
    horizon : float
        Upper limit of both areas, within the follow-up of both arms, in the arms' unit.

    Examples
    --------
    >>> import pandas as pd
    >>> import survcomp as sc
    >>> frame = pd.DataFrame({"months": range(1, 41), "pfs": 1})
    >>> frame["age"] = 70 - frame["months"] // 2 + 6 * (frame["months"] % 3)
    >>> mine = sc.IPD.from_frame(frame, time="months", event="pfs", time_unit="months",
    ...                          origin="observed", covariates=["age"], label="A")
    >>> theirs = sc.IPD.from_times(range(1, 30), [], arm="B", time_unit="months")
    >>> target = sc.Population.from_moments([sc.Mean(name="age", value=68)], n=29, name="B trial")
    >>> matching = sc.Matching(target, match=["age"])
    >>> drawn = sc.bootstrap_maic(mine, theirs, matching, outcome="PFS", rng=1,
    ...                           resampling=sc.Resampling(replicates=100),
    ...                           effect=sc.RMSTDifferenceEffect(horizon=24))
    >>> print(drawn.to_contrast())
    RMST difference (to 24 months) 1.1 months (95% CI -2.5 to 4.2)
    """

    horizon: float

    measure: ClassVar[MeasureKey] = "rmst_difference"
    none: ClassVar[str] = "the follow-up of an arm ends before the horizon"

    def __post_init__(self) -> None:
        _check_above_zero(self.horizon, "horizon")

    def of(self, first: Sampled, second: Sampled) -> FloatArray:
        """Estimates of B replicates."""
        return self._rmst(first) - self._rmst(second)

    def _rmst(self, arm: Sampled) -> FloatArray:
        survival = kaplan_meier_paths(arm)
        inside = np.minimum(arm.time, self.horizon)
        end = np.full((inside.shape[0], 1), self.horizon)
        width = np.diff(np.hstack([np.zeros_like(end), inside, end]), axis=1)
        area = width[:, 0] + np.sum(survival * width[:, 1:], axis=1)
        known = (_last_time(arm) >= self.horizon) | (survival[:, -1] <= 0)
        return np.where(known, area, np.nan)


@dataclass(frozen=True, slots=True, kw_only=True)
class MedianDifferenceEffect:
    """Difference of median times, in the arms' unit.

    Examples
    --------
    >>> import pandas as pd
    >>> import survcomp as sc
    >>> frame = pd.DataFrame({"months": range(1, 41), "pfs": 1})
    >>> frame["age"] = 70 - frame["months"] // 2 + 6 * (frame["months"] % 3)
    >>> mine = sc.IPD.from_frame(frame, time="months", event="pfs", time_unit="months",
    ...                          origin="observed", covariates=["age"], label="A")
    >>> theirs = sc.IPD.from_times(range(1, 30), [], arm="B", time_unit="months")
    >>> target = sc.Population.from_moments([sc.Mean(name="age", value=68)], n=29, name="B trial")
    >>> matching = sc.Matching(target, match=["age"])
    >>> drawn = sc.bootstrap_maic(mine, theirs, matching, outcome="PFS", rng=1,
    ...                           resampling=sc.Resampling(replicates=100),
    ...                           effect=sc.MedianDifferenceEffect())
    >>> print(drawn.to_contrast())
    median difference 2.0 months (95% CI -6.0 to 9.4)
    """

    measure: ClassVar[MeasureKey] = "median_difference"
    none: ClassVar[str] = "the curve of an arm does not come down to one half"

    def of(self, first: Sampled, second: Sampled) -> FloatArray:
        """Estimates of B replicates."""
        return self._median(first) - self._median(second)

    def _median(self, arm: Sampled) -> FloatArray:
        """First time at most at one half; the middle of a flat part at one half, as in R."""
        survival = kaplan_meier_paths(arm)
        time = np.broadcast_to(arm.time, survival.shape)
        at_most, below = survival <= 0.5 + 1e-12, survival < 0.5 - 1e-12
        rows = np.arange(survival.shape[0])
        left = time[rows, np.argmax(at_most, axis=1)]
        right = np.where(below.any(axis=1), time[rows, np.argmax(below, axis=1)], _last_time(arm))
        return np.where(at_most.any(axis=1), 0.5 * (left + right), np.nan)


@dataclass(frozen=True, slots=True, kw_only=True)
class ResponseEffect:
    """Log odds ratio, log risk ratio or risk difference of two (weighted) proportions.

    Attributes
    ----------
    measure : {"log_or", "log_rr", "risk_difference"}
        Which effect.

    Examples
    --------
    >>> import numpy as np
    >>> import pandas as pd
    >>> import survcomp as sc
    >>> frame = pd.DataFrame({"months": 12, "died": 0, "age": [52, 58, 63, 66, 71, 75] * 8})
    >>> mine = sc.IPD.from_frame(frame, time="months", event="died", time_unit="months",
    ...                          origin="observed", covariates=["age"], label="A")
    >>> orr = sc.PatientOutcome(id=mine.id, value=np.array([1, 1, 1, 0, 1, 0] * 8), name="ORR")
    >>> arm = sc.TrialArm(trial="T", arm="b", treatment="B")
    >>> theirs = sc.Response.from_published(arm, outcome="ORR", n=128, events=64)
    >>> target = sc.Population.from_moments([sc.Mean(name="age", value=61)], n=128, name="T")
    >>> drawn = sc.bootstrap_response_maic(
    ...     mine, orr, theirs, sc.Matching(target, match=["age"]), rng=1,
    ...     effect=sc.ResponseEffect(measure="log_rr"), resampling=sc.Resampling(replicates=100))
    >>> print(drawn.to_contrast())
    RR 1.55 (95% CI 1.28 to 1.96)
    """

    measure: ResponseMeasure = "log_or"

    none: ClassVar[str] = "nobody or everybody of an arm responds: the ratio is not finite"

    def __post_init__(self) -> None:
        check_option(self.measure, ResponseMeasure, name="measure")

    def of(self, first: Sampled, second: Sampled) -> FloatArray:
        """Estimates of B replicates."""
        p, q = (_proportion(arm) for arm in (first, second))
        if self.measure == "risk_difference":
            return p - q
        with np.errstate(divide="ignore", invalid="ignore"):
            ratio = np.log(p) - np.log(q)
            if self.measure == "log_or":
                ratio -= np.log1p(-p) - np.log1p(-q)
        return np.where(np.isfinite(ratio), ratio, np.nan)


def _check_above_zero(time: float, name: str) -> None:
    check_time(time, name=name)
    if time == 0:
        raise InputError(f"`{name}` must be above 0; got {time!r}.")


def _proportion(arm: Sampled) -> FloatArray:
    drawn = arm.weight * arm.times_drawn
    total = drawn.sum(axis=1)
    events = np.sum(drawn * arm.event, axis=1)
    return np.asarray(np.divide(events, total, out=np.full(total.size, np.nan), where=total > 0))


def kaplan_meier_paths(arm: Sampled) -> FloatArray:
    """Weighted Kaplan-Meier survival after each patient, of shape (B, n).

    Patients of one time follow each other, events first, so that the factors of tied events
    multiply to the one factor of Kaplan and Meier: (Y - d1)/Y (Y - d1 - d2)/(Y - d1) = ...
    """
    drawn = arm.weight * arm.times_drawn
    at_risk = np.cumsum(drawn[:, ::-1], axis=1)[:, ::-1]
    dies = drawn * arm.event
    share = np.divide(dies, at_risk, out=np.zeros_like(dies), where=at_risk > 0)
    return np.asarray(np.cumprod(1.0 - share, axis=1))


def _last_time(arm: Sampled) -> FloatArray:
    there: BoolArray = (arm.times_drawn > 0) & (arm.weight > 0)
    return np.asarray(np.where(there, arm.time, -np.inf).max(axis=1))
