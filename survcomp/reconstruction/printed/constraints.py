"""Printed numbers as constraints on the latent curves, each scaled by its own tolerance.

A residual of 1 is what rounding, and the steps of a curve of whole patients, explain.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace

import numpy as np

from survcomp.reconstruction.printed.ci_transform import ci_scale, greenwood_sum, with_interval
from survcomp.reconstruction.printed.latent_curve import LEAST_AT_RISK, Curves
from survcomp.values.basis import FollowUp
from survcomp.values.checks import FloatArray, printed_step
from survcomp.values.curves.curve import Curve, EarlierCut
from survcomp.values.curves.printed import Count, Landmark, MedianTime
from survcomp.values.quantiles import normal_quantile

STEP_SD = 0.29
"""A printed level lies anywhere within the step of one patient: uniform, SD 0.29."""

VARIANCE_ERROR = 0.03
"""Relative error of the variance integral against the sum over whole patients."""

COUNT_SD = 0.3
"""A count of whole patients, as a real number."""

LONGEST_ERROR = 0.06
"""Relative error of taking the longest followed at two cuts for the same patient: in simulated
cohorts the one who was followed longest has the event in between, and the next entered later."""


@dataclass(frozen=True, slots=True)
class Constraint:
    """One printed number.

    Attributes
    ----------
    name : str
        In words, as in the fidelity table.
    residual : callable
        Curves to an array of shape (draws,), in tolerances.
    one_sided : bool
        Whether only negative residuals count (a bound).
    interval : bool
        Whether it rests on a printed interval, whose method is seldom printed.
    """

    name: str
    residual: Callable[[Curves], FloatArray]
    one_sided: bool = False
    interval: bool = False


Share = Callable[[float], float]
"""About which share of the patients is not censored before a time."""


def joined_constraints(
    curve: Curve, follow_up: FollowUp | None, longest: float, shares: Sequence[Share]
) -> list[Constraint]:
    """Everything printed about a curve and its earlier cuts, as constraints.

    Parameters
    ----------
    curve : Curve
        The latest cut, with those before it in `earlier`.
    follow_up : FollowUp or None
        Follow-up of the latest cut, or an assumed one.
    longest : float
        Central longest follow-up of the latest cut.
    shares : sequence of callable
        Share followed at each cut, the latest first.
    """
    printed = constraints(curve, follow_up, shares[0])
    cuts = reversed(curve.earlier)
    for index, (cut, share) in enumerate(zip(cuts, shares[1:], strict=True)):
        printed += [
            _at_cut(constraint, index, cut.label)
            for constraint in _of_cut(cut, follow_up, longest, share)
        ]
    return printed


def guessed_shares(curve: Curve, follow_up: FollowUp | None, longest: float) -> list[Share]:
    """First guesses of the share followed at each cut, the latest first."""

    def guess(follow: FollowUp | None, end: float) -> Share:
        return lambda time: guessed_share_followed(time, follow, end)

    earlier = [guess(cut.follow_up, longest - cut.time_before) for cut in reversed(curve.earlier)]
    return [guess(follow_up, longest), *earlier]


def _of_cut(
    cut: EarlierCut, latest: FollowUp | None, longest: float, share: Share
) -> list[Constraint]:
    """What an earlier cut printed; a median that gave the time between cuts is not used twice."""
    follow_up = cut.follow_up
    printed = constraints(
        cut.curve,
        follow_up,
        share,
        with_follow_up=cut.origin != "median follow-ups",
    )
    then = None if follow_up is None else follow_up.longest
    if then is not None and latest is not None and latest.longest == longest:
        printed.append(_longest_follow_up(then))
    return printed


def _at_cut(constraint: Constraint, index: int, label: str) -> Constraint:
    return replace(
        constraint,
        name=f"{label}: {constraint.name}",
        residual=lambda c: constraint.residual(c.earlier[index]),
    )


def _longest_follow_up(time: float) -> Constraint:
    """Who was followed longest at the latest cut was so at the earlier, the gap sooner."""
    tolerance = math.hypot(LONGEST_ERROR * time, printed_step(time) / math.sqrt(12.0))
    return Constraint(
        f"longest follow-up {time:g}",
        lambda c: (c.censoring.longest[:, 0] - time) / tolerance,
    )


def constraints(
    curve: Curve,
    follow_up: FollowUp | None,
    share_followed: Share,
    *,
    with_follow_up: bool = True,
) -> list[Constraint]:
    """Everything printed about a curve at one data cut, without a figure, as constraints.

    Parameters
    ----------
    curve : Curve
        What was published.
    follow_up : FollowUp or None
        Its follow-up, or an assumed one.
    share_followed : callable
        About which share of the patients is not censored before a time: how far one patient
        moves the curve, and with it how exactly a number can be met, depends on it.
    with_follow_up : bool
        Whether the median follow-up is one of them.
    """

    def followed(time: float) -> float:
        return curve.n * share_followed(time)

    scale = ci_scale(curve.landmarks)
    printed = [
        _landmark(mark, followed(mark.time)) for mark in curve.landmarks if 0 < mark.survival < 1
    ]
    printed += [
        _variance(mark, greenwood_sum(mark, scale)) for mark in with_interval(curve.landmarks)
    ]
    if curve.median is not None:
        printed += _median(curve.median, followed)
    for count in curve.counts:
        printed += _count(count)
    if curve.at_risk is not None:
        printed += [
            _at_risk(float(time), float(number))
            for time, number in zip(curve.at_risk.time, curve.at_risk.count, strict=True)
            if time > 0
        ]
    if with_follow_up and follow_up is not None and follow_up.method != "observed times":
        printed.append(_follow_up(follow_up, curve.n))
    return printed


def guessed_share_followed(time: float, follow_up: FollowUp | None, longest: float) -> float:
    """A first guess of the share not censored: straight lines through the median follow-up."""
    median = 0.6 * longest if follow_up is None else min(follow_up.median, 0.95 * longest)
    start = max(2 * median - longest, 0.0)
    guess = np.interp(time, [start, median, longest], [1.0, 0.5, 0.02])
    return float(guess)


def cloglog(log_survival: FloatArray) -> FloatArray:
    """log(-log S) of log S."""
    return np.asarray(np.log(np.maximum(-log_survival, 1e-12)))


def _level_tolerance(survival: float, half_step: float, at_risk: float) -> float:
    """Tolerance of a level on the cloglog scale: rounding, and one patient's step."""
    slope = 1.0 / (survival * abs(math.log(survival)))
    step = STEP_SD * survival / max(at_risk, 1.0)
    return slope * math.hypot(half_step / math.sqrt(3.0), step)


def _landmark(mark: Landmark, followed: float) -> Constraint:
    target = math.log(-math.log(mark.survival))
    tolerance = _level_tolerance(mark.survival, mark.half_step, followed * mark.survival)
    time = np.array([mark.time])

    def residual(curves: Curves) -> FloatArray:
        return (cloglog(curves.log_survival(time))[:, 0] - target) / tolerance

    return Constraint(f"S({mark.time:g}) = {mark.survival:g}", residual)


def _variance_sum(curves: Curves, time: FloatArray) -> FloatArray:
    floor = np.maximum(curves.at_risk, LEAST_AT_RISK)
    return curves.up_to(time, curves.leaving / floor**2)


def _variance(mark: Landmark, implied: tuple[float, float]) -> Constraint:
    value, error = implied
    tolerance = math.hypot(error, VARIANCE_ERROR)
    time = np.array([mark.time])

    def residual(curves: Curves) -> FloatArray:
        total = np.maximum(_variance_sum(curves, time)[:, 0], 1e-12)
        return (np.log(total) - math.log(value)) / tolerance

    return Constraint(f"interval of S({mark.time:g})", residual, interval=True)


def _median(median: MedianTime, followed: Callable[[float], float]) -> list[Constraint]:
    printed = []
    half = math.log(math.log(2.0))
    if median.is_reached:
        printed.append(_median_level(median.estimate, followed(median.estimate)))
    else:
        printed.append(_not_reached())
    z = normal_quantile(median.level)
    for limit, sign, words in (
        (median.ci_low, 1.0, "lower limit"),
        (median.ci_high, -1.0, "upper limit"),
    ):
        if limit is not None and math.isfinite(limit) and limit > 0:
            printed.append(_median_limit(limit, sign * z, half, followed(limit), words))
    return printed


def _median_level(time: float, followed: float) -> Constraint:
    at = np.array([time])
    half_step = 0.5 * printed_step(time)
    step = _level_tolerance(0.5, 0.0, 0.5 * followed)

    def residual(curves: Curves) -> FloatArray:
        log_survival = curves.log_survival(at)[:, 0]
        hazard = _hazard_at(curves, time)
        # an error in time moves cloglog S by hazard / cumulative hazard
        moved = hazard / np.maximum(-log_survival, 1e-6) * half_step / math.sqrt(3.0)
        return (cloglog(log_survival) - math.log(math.log(2.0))) / np.hypot(moved, step)

    return Constraint(f"median {time:g}", residual)


def _hazard_at(curves: Curves, time: float) -> FloatArray:
    edges = curves.frame.edges
    cell = int(np.clip(np.searchsorted(edges, time, side="right") - 1, 0, edges.size - 2))
    return curves.hazard[:, cell]


def _not_reached() -> Constraint:
    def residual(curves: Curves) -> FloatArray:
        return (math.log(math.log(2.0)) - cloglog(curves.log_survival_at_end())) / 0.05

    return Constraint("median not reached", residual, one_sided=True)


def _median_limit(time: float, z: float, half: float, followed: float, words: str) -> Constraint:
    """Brookmeyer-Crowley: where the band of S on the cloglog scale crosses one half."""
    at = np.array([time])
    # log, log-log and plain bands put the limits a tenth of their distance apart
    unknown_method = 0.1 * abs(z) / (math.log(2.0) * math.sqrt(max(0.5 * followed, 1.0)))
    tolerance = math.hypot(_level_tolerance(0.5, 0.0, 0.5 * followed), unknown_method)
    half_step = 0.5 * printed_step(time)

    def residual(curves: Curves) -> FloatArray:
        log_survival = np.minimum(curves.log_survival(at)[:, 0], -1e-6)
        se = np.sqrt(_variance_sum(curves, at)[:, 0]) / -log_survival
        moved = _hazard_at(curves, time) / -log_survival * half_step / math.sqrt(3.0)
        return (cloglog(log_survival) + z * se - half) / np.hypot(moved, tolerance)

    return Constraint(f"median's {words} {time:g}", residual, interval=True)


def _count(count: Count) -> list[Constraint]:
    """Totals and bounds; progressions leave out deaths, so that they bound events from below."""
    number = float(count.count)
    if count.kind == "events":
        return [
            Constraint(f"{number:g} events", lambda c: (c.leaving.sum(axis=1) - number) / COUNT_SD)
        ]
    if count.kind in ("event-free at cut", "event-free and followed at cut"):
        # who left the study event-free is not in the second: n less the events may be larger
        bound = count.kind == "event-free and followed at cut"
        return [
            Constraint(
                f"{'at least ' * bound}{number:g} event-free at the cut",
                lambda c: (c.frame.n - c.leaving.sum(axis=1) - number) / COUNT_SD,
                one_sided=bound,
            )
        ]
    assert count.time is not None
    at = np.array([count.time])
    if count.kind == "events by time":
        return [
            Constraint(
                f"{number:g} events by {count.time:g}",
                lambda c: (c.up_to(at, c.leaving)[:, 0] - number) / COUNT_SD,
            )
        ]
    if count.kind == "progressions by time":
        return [
            Constraint(
                f"at least {number:g} events by {count.time:g}",
                lambda c: (c.up_to(at, c.leaving)[:, 0] - number) / COUNT_SD,
                one_sided=True,
            )
        ]
    return [
        Constraint(
            f"at least {number:g} at risk at {count.time:g}",
            lambda c: (_at_risk_now(c, at) - number) / COUNT_SD,
            one_sided=True,
        )
    ]


def _at_risk_now(curves: Curves, at: FloatArray) -> FloatArray:
    survival = np.exp(curves.log_survival(at)) * curves.followed(at)
    return np.asarray(curves.frame.n * survival[:, 0])


def _at_risk(time: float, number: float) -> Constraint:
    at = np.array([time])
    return Constraint(
        f"{number:g} at risk at {time:g}",
        lambda c: (_at_risk_now(c, at) - number) / COUNT_SD,
    )


def _follow_up(follow_up: FollowUp, n: int) -> Constraint:
    """Half of the patients are not censored before the reverse Kaplan-Meier median.

    Where it is the longest follow-up itself, more than half of that curve's last step is left
    at the end, and nothing says how much: a bound, a step of print before the end.
    """
    step = printed_step(follow_up.median)
    at_end = follow_up.longest is not None and follow_up.median > follow_up.longest - 1.5 * step
    at = np.array([follow_up.median - (2.0 * step if at_end else 0.0)])
    error = STEP_SD / max(0.3 * n, 1.0) + 0.01 + (0.05 if follow_up.method == "not stated" else 0)

    def residual(curves: Curves) -> FloatArray:
        # one patient's step of G is G / Y, which is 1 / (n S)
        event_free = n * np.exp(curves.log_survival(at)[:, 0])
        tolerance = np.hypot(error, STEP_SD / np.maximum(event_free, 2.0))
        return np.asarray((curves.followed(at)[:, 0] - 0.5) / tolerance)

    return Constraint(f"median follow-up {follow_up.median:g}", residual, one_sided=at_end)
