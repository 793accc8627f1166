"""Effects of two survival curves or two rates, of which one at least a model has predicted.

A marginal hazard ratio of two curves that are not proportional depends on who is followed
until when. It is defined here as the log hazard ratio that a Cox model (Breslow ties) tends
to in an endless trial of the target population, one half in each arm, with one stated
censoring distribution in both and everybody censored at the horizon. That limit is a Cox
model of two curves whose steps are patients with weights: no outcome has to be simulated, and
no error of simulation is in it.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal, NamedTuple, Protocol

import numpy as np

from survcomp.comparison.matching_adjusted.response import ArmMean, response_effect
from survcomp.errors import BeyondFollowUpError, InputError
from survcomp.estimation.cox.weighted import weighted_cox
from survcomp.estimation.outcome_models.survival import FittedSurvival
from survcomp.values.checks import BoolArray, FloatArray, TimeUnit, check_option
from survcomp.values.shown import in_a_line, in_a_table

ResponseMeasure = Literal["log_or", "log_rr", "risk_difference"]
SurvivalMeasure = Literal["log_hr", "rmst_difference", "survival_difference"]


@dataclass(frozen=True, slots=True, kw_only=True)
class SurvivalEffect:
    """What is estimated of two survival curves.

    Attributes
    ----------
    measure : {"log_hr", "rmst_difference", "survival_difference"}
        Log hazard ratio, difference in restricted mean survival time, or difference in the
        probability of no event at the horizon.
    horizon : float
        Time to which curves are used, in the IPD's unit, within the follow-up of both.

    Examples
    --------
    >>> from survcomp import SurvivalEffect
    >>> SurvivalEffect(measure="rmst_difference", horizon=24).horizon
    24
    """

    measure: SurvivalMeasure
    horizon: float

    def __post_init__(self) -> None:
        check_option(self.measure, SurvivalMeasure, name="effect.measure")
        if not (np.isfinite(self.horizon) and self.horizon > 0):
            raise InputError(f"`effect.horizon` must be a time above 0; got {self.horizon!r}.")

    def words(self, unit: TimeUnit) -> str:
        """What the number is, for the method of a result."""
        return {
            "log_hr": f"hazard ratio of an endless trial to {self.horizon:g} {unit}",
            "rmst_difference": "difference in areas",
            "survival_difference": "difference in survival, above 0 in favour of the treatment",
        }[self.measure]

    __repr__ = in_a_line
    _repr_html_ = in_a_table


class Steps(NamedTuple):
    """A curve that falls at some times: their times and its height after each, of shape (m,)."""

    time: FloatArray
    height: FloatArray

    def after(self, at: FloatArray) -> FloatArray:
        """Height at these times, a fall at the time itself included."""
        return np.append(1.0, self.height)[np.searchsorted(self.time, at, side="right")]

    def before(self, at: FloatArray) -> FloatArray:
        """Height just before these times."""
        return np.append(1.0, self.height)[np.searchsorted(self.time, at, side="left")]


def kaplan_meier_steps(time: FloatArray, event: BoolArray) -> Steps:
    """Kaplan-Meier curve of an arm."""
    at, place = np.unique(time, return_inverse=True)
    events = np.bincount(place, weights=event)
    left = np.cumsum(np.bincount(place)[::-1])[::-1]
    falls = events > 0
    return Steps(at[falls], np.asarray(np.cumprod(1 - events[falls] / left[falls]), float))


def censoring_steps(time: FloatArray, event: BoolArray) -> Steps:
    """Kaplan-Meier curve of being censored; at a tie events come before censorings."""
    at, place = np.unique(time, return_inverse=True)
    events = np.bincount(place, weights=event)
    censored = np.bincount(place, weights=~event)
    left = np.cumsum(np.bincount(place)[::-1])[::-1] - events
    falls = censored > 0
    return Steps(at[falls], np.cumprod(1 - censored[falls] / left[falls]))


def log_hr_of_curves(first: Steps, second: Steps, censoring: Steps, horizon: float) -> float:
    """Log hazard ratio of an endless trial with these curves in its two arms.

    Parameters
    ----------
    first, second : Steps
        Survival of each arm to the horizon.
    censoring : Steps
        Probability of not being censored, of both.
    horizon : float
        Everybody is censored there.

    Raises
    ------
    InputError
        If there is no finite hazard ratio.
    """
    arms = [_patients_of(curve, censoring, horizon) for curve in (first, second)]
    time, event, weight = (np.concatenate(column) for column in zip(*arms, strict=True))
    treated = np.repeat([True, False], [arms[0][0].size, arms[1][0].size])
    kept = weight > 0
    return weighted_cox(time[kept], event[kept], treated[kept], weight[kept], ties="breslow").log_hr


def _patients_of(
    curve: Steps, censoring: Steps, horizon: float
) -> tuple[FloatArray, BoolArray, FloatArray]:
    """Times, events and weights (their sum is 1) of patients who have this curve."""
    falls = curve.time[curve.time <= horizon]
    drop = curve.before(falls) - curve.after(falls)
    leaves = censoring.time[censoring.time < horizon]
    lost = censoring.before(leaves) - censoring.after(leaves)
    end = np.array([horizon])
    time = np.concatenate([falls, leaves, end])
    weight = np.concatenate(
        [
            drop * censoring.before(falls),
            curve.after(leaves) * lost,
            curve.after(end) * censoring.before(end),
        ]
    )
    return time, np.arange(time.size) < falls.size, weight


class Arm(Protocol):
    """An arm of which survival is known, observed or predicted."""

    def rmst(self, horizon: float) -> float:
        """Restricted mean survival time."""
        ...

    def survival(self, at: float) -> float:
        """Probability of no event to a time."""
        ...

    def steps(self, horizon: float) -> Steps:
        """The curve to the horizon."""
        ...


@dataclass(frozen=True, slots=True, eq=False)
class Predicted:
    """Mean survival that a model predicts for rows of covariates."""

    fitted: FittedSurvival
    x: FloatArray

    def rmst(self, horizon: float) -> float:
        """Mean of the rows' restricted mean survival times."""
        return float(self.fitted.rmst(self.x, horizon).mean())

    def survival(self, at: float) -> float:
        """Mean of the rows' survival."""
        return float(self.fitted.survival(self.x, np.array([at])).mean())

    def steps(self, horizon: float) -> Steps:
        """Mean curve of the rows."""
        grid = self.fitted.grid(horizon)
        if not grid.size:
            raise InputError(f"the model has no event to {horizon:g}.")
        return Steps(grid, self.fitted.survival(self.x, grid).mean(axis=0))


@dataclass(frozen=True, slots=True, eq=False)
class Observed:
    """Kaplan-Meier estimates of an arm."""

    time: FloatArray
    event: BoolArray

    def rmst(self, horizon: float) -> float:
        """Area under the curve."""
        curve = self.steps(horizon)
        inside = curve.time < horizon
        edges = np.concatenate([[0.0], curve.time[inside], [horizon]])
        return float(np.diff(edges) @ np.append(1.0, curve.height[inside]))

    def survival(self, at: float) -> float:
        """Height of the curve."""
        return float(self.steps(at).after(np.array([at]))[0])

    def mean(self, effect: SurvivalEffect) -> float:
        """Restricted mean survival time or survival, as the effect compares."""
        at = effect.horizon
        return self.rmst(at) if effect.measure == "rmst_difference" else self.survival(at)

    def steps(self, horizon: float) -> Steps:
        """The curve, if it goes to the horizon."""
        curve = kaplan_meier_steps(self.time, self.event)
        last = float(self.time.max())
        if horizon > last and not (curve.height.size and curve.height[-1] <= 0):
            raise BeyondFollowUpError(f"an arm is followed to {last:g} only, not to {horizon:g}.")
        return curve


def survival_effect(
    first: Arm, second: Arm, effect: SurvivalEffect, followed: tuple[FloatArray, BoolArray]
) -> float:
    """Effect of one arm against another, on its additive scale.

    Parameters
    ----------
    first, second : Arm
        Treatment and comparator.
    effect : SurvivalEffect
        What is estimated.
    followed : (ndarray of shape (n,), ndarray of shape (n,))
        Times and events of the patients whose censoring a hazard ratio is to have.
    """
    at = effect.horizon
    if effect.measure == "rmst_difference":
        return first.rmst(at) - second.rmst(at)
    if effect.measure == "survival_difference":
        return first.survival(at) - second.survival(at)
    return log_hr_of_curves(first.steps(at), second.steps(at), censoring_steps(*followed), at)


def rate_effect(rate: float, other: float, measure: ResponseMeasure) -> float:
    """Effect of one rate against another, on its additive scale.

    Raises
    ------
    InputError
        If the measure is not finite at these rates.
    """
    for value in (rate, other):
        finite = {"log_or": 0 < value < 1, "log_rr": value > 0, "risk_difference": True}
        if not finite[measure]:
            raise InputError(
                f"a rate is {value:g}: the {measure} is not finite; use the risk_difference."
            )
    return response_effect(ArmMean(rate, 0.0), ArmMean(other, 0.0), measure)[0]
