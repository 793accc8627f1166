"""What estimators with an outcome model share: effects of two curves or rates, and bootstrap.

A marginal hazard ratio of two curves that are not proportional depends on who is followed
until when. It is defined here as the log hazard ratio that a Cox model (Breslow ties) tends
to in an endless trial of the target population, one half in each arm, with one stated
censoring distribution in both and everybody censored at the horizon. That limit is a Cox
model of two curves whose steps are patients with weights: no outcome has to be simulated, and
no error of simulation is in it.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from typing import Literal, NamedTuple, Protocol

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from survcomp.compare.bootstrap_draws import Resampling
from survcomp.compare.bootstrap_intervals import (
    acceleration,
    bca_interval,
    normal_interval,
    percentile_interval,
)
from survcomp.compare.bootstrap_result import Failures, failure_notes
from survcomp.compare.weighted_response import ArmMean, response_effect
from survcomp.errors import IncompatibleError, InputError
from survcomp.estimate.survival_models import FittedSurvival
from survcomp.estimate.weighted_cox import weighted_cox
from survcomp.values.basis import NOT_STATED, Basis
from survcomp.values.checks import BoolArray, FloatArray, TimeUnit, check_option
from survcomp.values.contrast import Contrast, Measure, normal_quantile

IntArray = NDArray[np.intp]
ResponseMeasure = Literal["log_or", "log_rr", "risk_difference"]
SurvivalMeasure = Literal["log_hr", "rmst_difference", "survival_difference"]
Variance = Literal["bootstrap", "sandwich"]

TARGET = "target_population"
UNANCHORED_MODELLED = (
    "Unanchored: every prognostic factor and effect modifier is measured and in the outcome model."
)
ANCHORED_MODELLED = "Anchored: every effect modifier is measured and in the outcome model."
MODEL_HOLDS = "The outcome model holds in the target population."
BOTH_SIDES = "both sides resampled, the model fitted every time; the target is held fixed"


@dataclass(frozen=True, slots=True, kw_only=True)
class SurvivalEffect:
    """What is estimated of two survival curves.

    Attributes
    ----------
    measure : {"log_hr", "rmst_difference", "survival_difference"}
        Log hazard ratio, difference in restricted mean survival time, or difference in the
        probability of no event at the horizon (a Contrast of measure "risk_difference").
    horizon : float
        Time to which curves are used, in the IPD's unit, within the follow-up of both.

    Examples
    --------
    >>> SurvivalEffect(measure="rmst_difference", horizon=24).horizon
    24
    """

    measure: SurvivalMeasure
    horizon: float

    def __post_init__(self) -> None:
        check_option(self.measure, SurvivalMeasure, name="effect.measure")
        if not (np.isfinite(self.horizon) and self.horizon > 0):
            raise InputError(f"`effect.horizon` must be a time above 0; got {self.horizon!r}.")

    @property
    def contrast_measure(self) -> Measure:
        """Measure of the Contrast."""
        return "risk_difference" if self.measure == "survival_difference" else self.measure

    def outcome(self, name: str, unit: TimeUnit) -> str:
        """Outcome of the Contrast, such as "OS at 12 months"."""
        at = f" at {self.horizon:g} {unit}" if self.measure == "survival_difference" else ""
        return name + at


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

    def steps(self, horizon: float) -> Steps:
        """The curve, if it goes to the horizon."""
        curve = kaplan_meier_steps(self.time, self.event)
        last = float(self.time.max())
        if horizon > last and not (curve.height.size and curve.height[-1] <= 0):
            raise InputError(f"an arm is followed to {last:g} only, not to {horizon:g}.")
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


class Uncertainty(NamedTuple):
    """Standard error and interval, in words and numbers."""

    se: float
    ci_low: float
    ci_high: float
    words: str
    notes: tuple[str, ...] = ()


def wald(estimate: float, se: float, level: float, words: str) -> Uncertainty:
    """Interval of a standard error."""
    half = normal_quantile(level) * se
    return Uncertainty(se, estimate - half, estimate + half, words)


def bootstrap(
    estimate: Callable[..., float],
    sizes: Sequence[int],
    *,
    rng: np.random.Generator,
    resampling: Resampling,
) -> tuple[float, Uncertainty]:
    """Estimate from everybody, and its spread over resampled groups of patients.

    Parameters
    ----------
    estimate : callable
        Of one array of row numbers a group.
    sizes : sequence of int
        Patients in each group; they are drawn with replacement within it.
    rng : Generator
        Source of one seed a replicate.
    resampling : Resampling
        Replicates, kind of interval and level; one worker.

    Raises
    ------
    InputError
        If everybody together has no estimate, or too few replicates have one.
    """
    if resampling.workers != 1:
        raise InputError(
            f"`resampling.workers` must be 1 for an outcome model; got {resampling.workers}."
        )
    everybody = [np.arange(size) for size in sizes]
    point = estimate(*everybody)
    found, failed = [], Counter[str]()
    for seed in np.random.SeedSequence(rng.integers(2**63)).spawn(resampling.replicates):
        own = np.random.default_rng(seed)
        try:
            found.append(estimate(*(own.integers(size, size=size) for size in sizes)))
        except InputError as error:
            failed[_reason(error)] += 1
    replicates = np.array(found)
    low, high = _limits(estimate, point, replicates, everybody, resampling)
    failures = tuple(Failures(reason=why, count=count) for why, count in failed.items())
    notes = failure_notes(failures, resampling.replicates)
    words = f"{resampling.interval} bootstrap of {resampling.replicates}, {BOTH_SIDES}"
    return point, Uncertainty(float(replicates.std(ddof=1)), low, high, words, notes)


def _reason(error: InputError) -> str:
    """The message, without the numbers that differ from replicate to replicate."""
    text = str(error).rstrip(".")
    return "the horizon lies beyond the follow-up" if "followed to" in text else text


def _limits(
    estimate: Callable[..., float],
    point: float,
    replicates: FloatArray,
    everybody: list[IntArray],
    resampling: Resampling,
) -> tuple[float, float]:
    level = resampling.level
    if resampling.interval == "percentile":
        return percentile_interval(replicates, level=level)
    if resampling.interval == "normal":
        return normal_interval(replicates, estimate=point, level=level)
    changes = [
        np.array(
            [
                estimate(*(np.delete(r, i) if h == g else r for h, r in enumerate(everybody)))
                for i in range(rows.size)
            ]
        )
        for g, rows in enumerate(everybody)
    ]
    return bca_interval(replicates, estimate=point, acceleration=acceleration(changes), level=level)


def check_target(
    target: Basis, population: str, comparator: Basis, arm: str, words: str
) -> tuple[str, ...]:
    """The target predicted in and the arm compared with must be of the same patients."""
    left, right = target.analysis_set, comparator.analysis_set
    if left == right and left != NOT_STATED:
        if words:
            raise InputError(
                f"`assumptions.{TARGET}` is named, but both sides have {left!r}: leave it out."
            )
        return ()
    if NOT_STATED in (left, right):
        return (
            words
            or f"Target population: whether {population} is of the patients of {arm} is not "
            "stated; taken to be so.",
        )
    if not words:
        raise IncompatibleError(
            f"the target is the {left} patients of {population} and {arm} is of {right} ones; "
            f"name it under assumptions ({TARGET}) to go on."
        )
    return (f"Target population: {left} patients predicted in, {right} ones compared. {words}",)


@dataclass(frozen=True, slots=True, kw_only=True)
class AnchoredModel:
    """An anchored comparison with an outcome model, and what it is made of.

    Attributes
    ----------
    adjusted : Contrast
        Treatment against the common comparator, in the target population.
    published : Contrast
        The other treatment against the common comparator.
    indirect : Contrast
        Treatment against the other treatment, by Bucher.
    """

    adjusted: Contrast
    published: Contrast
    indirect: Contrast

    def to_frame(self) -> pd.DataFrame:
        """One row for each of the three."""
        rows = (self.adjusted, self.published, self.indirect)
        frame = pd.DataFrame([row.to_frame().iloc[0].to_dict() for row in rows])
        frame.insert(0, "effect", ["adjusted", "published", "indirect"])
        return frame

    def _repr_html_(self) -> str:
        return str(self.to_frame().to_html(index=False))


def anchored_result(
    adjusted: Contrast, published: Contrast, indirect: Contrast, *, name: str
) -> AnchoredModel:
    """The three effects, the last named for how the first was made."""
    return AnchoredModel(
        adjusted=adjusted,
        published=published,
        indirect=replace(
            indirect,
            adjustment="regression",
            method=f"{indirect.method} of an effect by {name} and a published one",
        ),
    )
