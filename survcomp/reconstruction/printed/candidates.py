"""Longest follow-ups that the arms of a trial may have: one for all of them, each so likely."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np

from survcomp.errors import ContradictionError
from survcomp.reconstruction.printed.horizon import Horizon, find_horizon, followed_to
from survcomp.values.basis import FollowUp
from survcomp.values.checks import time_words
from survcomp.values.curves.curve import Curve
from survcomp.values.curves.printed import MedianTime

AFTER_MEDIAN, PER_MATURITY, AFTER_MEDIAN_SD = 0.77, 0.68, 0.4
"""log(longest / last printed time of a median or its limits), the later of the arms', by the share
p of patients with an event: 0.77 + 0.68 log(-log(1 - p)). In 209 comparisons of older randomised
trials, with 10 to 99 % events, the residual SD is 0.35, and 0.27 to 0.41 within fifths of p."""

AFTER_LIMIT, AFTER_LIMIT_SD = 0.97, 0.55
"""The same where no events are printed and every limit was reached: mean 0.97 and SD 0.52 over 182
comparisons; 1.00 and 0.54 over 392 single arms."""

UNREACHED, UNREACHED_SD = 0.2, 0.3
"""log(longest / last printed time of an arm whose median, or its upper limit, was not reached): had
its follow-up been much longer, it would have been. In 27 comparisons with such an arm the mean is
below 0.11 and the SD below 0.08; a plateau, which those trials do not have, may add to it."""

AFTER_RATE, AFTER_RATE_SD = 0.5, 0.5
"""The same where the last printed time is that of a rate or a count: authors choose it, mostly near
the median follow-up, and the longest is about 1.5 times that (`LONGEST_OVER_MEDIAN`)."""

MOST_EVENTS = 0.985
"""Cap on p: beyond it the share of patients that is left is too small to tell."""

CANDIDATES = 9
"""Stretches into which the prior of an unknown longest follow-up is cut."""

LEAST_BEYOND, MOST_BEYOND = 0.01, 2.2
"""The first begins at this log ratio; the last ends so many SDs above the mean."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Candidate:
    """One longest follow-up of a trial that may be the true one.

    Attributes
    ----------
    arms : tuple of Horizon
        Of each arm: one stretch for all of them where no follow-up is printed.
    log_prior : float
        Log of its prior probability.
    """

    arms: tuple[Horizon, ...]
    log_prior: float = 0.0


def find_candidates(curves: Sequence[Curve], *, assumed: bool) -> tuple[Candidate, ...]:
    """Longest follow-ups that the arms of one trial may have, at their latest cut.

    Arms of one trial share their calendar. A longest follow-up that is printed holds for
    its arm; an arm without one takes that of the other. Where none is printed in any, the
    log of the longest over the last time printed in either is normal a priori, and cut
    into stretches that what is printed will weigh.

    Parameters
    ----------
    curves : sequence of Curve
        Arms of one trial, or a single one.
    assumed : bool
        Whether the follow-up was assumed rather than published.
    """
    known = [find_horizon(curve, _follow_up(curve), assumed=assumed) for curve in curves]
    told = [horizon for horizon in known if horizon is not None]
    if not told:
        return _unknown(curves)
    least = max(map(followed_to, curves))
    surest = min(told, key=lambda horizon: horizon.log_sd)
    if surest.log_sd > 0:  # from median follow-ups alone: their mean
        alike = [math.log(horizon.longest) for horizon in told if horizon.log_sd == surest.log_sd]
        surest = replace(surest, longest=math.exp(sum(alike) / len(alike)), least=least)
    return (
        Candidate(
            arms=tuple(
                horizon
                if horizon is not None and (horizon.log_sd == 0 or len(curves) == 1)
                else _taken_over(surest, curve)
                for horizon, curve in zip(known, curves, strict=True)
            )
        ),
    )


def _taken_over(surest: Horizon, curve: Curve) -> Horizon:
    """The horizon of the trial, in an arm that does not print its own."""
    last = followed_to(curve)
    if surest.log_sd == 0:
        return replace(surest, longest=max(surest.longest, last), least=last)
    return replace(surest, longest=max(surest.longest, 1.02 * surest.least))


def _unknown(curves: Sequence[Curve]) -> tuple[Candidate, ...]:
    last = max(map(followed_to, curves))
    if last <= 0:
        raise ContradictionError(
            f"{curves[0].id}: no time is published, neither of the curve nor of the follow-up; "
            "give the follow-up, a survival rate or a median that was reached."
        )
    anchor, mean, sd = _prior(curves, last)
    mean += math.log(anchor / last)  # from here on of log(longest / last)
    edges = np.linspace(LEAST_BEYOND, max(mean, LEAST_BEYOND) + MOST_BEYOND * sd, CANDIDATES + 1)
    middle, half = 0.5 * (edges[1:] + edges[:-1]), 0.5 * float(edges[1] - edges[0])
    log_prior = -0.5 * ((middle - mean) / sd) ** 2
    log_prior -= np.logaddexp.reduce(log_prior)
    unit = curves[0].time_unit
    central = time_words(last * math.exp(float(np.exp(log_prior) @ middle)))
    words = (
        "no follow-up is published: the longest is taken to be about "
        f"{central} {unit} a priori, weighed by how well each fits what is published"
        + (", the same in every arm of the trial" if len(curves) > 1 else "")
        + ", and varied over the draws"
    )
    stretches = [
        Horizon(longest=last * math.exp(at), log_sd=0.0, least=last, words=words, half_width=half)
        for at in middle
    ]
    return tuple(
        Candidate(arms=(horizon,) * len(curves), log_prior=float(part))
        for horizon, part in zip(stretches, log_prior, strict=True)
    )


def _prior(curves: Sequence[Curve], last: float) -> tuple[float, float, float]:
    """A printed time, and mean and SD of the log of the longest follow-up over it."""
    medians = [curve.median for one in curves for curve in one.cuts if curve.median is not None]
    limits = [
        time
        for median in medians
        for time in (median.estimate, median.ci_low, median.ci_high)
        if time is not None and 0 < time < math.inf
    ]
    unreached = [max(times, default=0.0) for times in map(_unreached, medians)]
    if max(unreached, default=0.0) > 0:
        return max(unreached), UNREACHED, UNREACHED_SD
    counted = [curve for curve in curves if curve.events]
    if limits and counted:
        share = sum(c.events or 0 for c in counted) / sum(c.n for c in counted)
        maturity = math.log(-math.log(1.0 - min(share, MOST_EVENTS)))
        return max(limits), AFTER_MEDIAN + PER_MATURITY * maturity, AFTER_MEDIAN_SD
    if limits and max(limits) >= last:
        return last, AFTER_LIMIT, AFTER_LIMIT_SD
    return last, AFTER_RATE, AFTER_RATE_SD


def _unreached(median: MedianTime) -> list[float]:
    """Finite times printed of a median of which a time was not reached; else none."""
    times = (median.estimate, median.ci_low, median.ci_high)
    if math.inf not in times:
        return []
    return [time for time in times if time is not None and math.isfinite(time)]


def _follow_up(curve: Curve) -> FollowUp | None:
    return curve.basis.cut.follow_up if curve.basis.cut else None
