"""How long the patients of the latest data cut were followed, and what is known of it."""

from __future__ import annotations

import math
from dataclasses import dataclass, replace

import numpy as np
from scipy.special import ndtr

from survcomp.errors import ContradictionError
from survcomp.reconstruction.join_cuts import LONGEST_OVER_MEDIAN
from survcomp.reconstruction.printed.constraints import LONGEST_ERROR
from survcomp.values.basis import FollowUp
from survcomp.values.checks import FloatArray, printed_step, time_words
from survcomp.values.curves.curve import Curve, EarlierCut

LONGEST_LOG_SD = 0.12
"""Spread of the longest follow-up over its median, where only the median is printed."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Horizon:
    """Longest follow-up of the latest cut: its centre, and how it varies over the draws.

    Attributes
    ----------
    longest : float
        Central value.
    log_sd : float
        Spread of its log; 0 where it is published.
    least : float
        Somebody was followed to this time.
    words : str
        Where it comes from.
    half_width : float
        Of a stretch of its log about the centre, in which every value is as likely: one
        candidate of an unknown horizon.
    """

    longest: float
    log_sd: float
    least: float
    words: str
    half_width: float = 0.0

    @property
    def end(self) -> float:
        """End of the grid: no draw is followed longer."""
        if self.log_sd == 0:
            return self.longest * math.exp(self.half_width)
        return max(self.longest, self.least) * math.exp(2.5 * self.log_sd)

    def at(self, moved: FloatArray) -> FloatArray:
        """Longest follow-ups for standard normals, shape (size,)."""
        if self.half_width > 0:
            return np.asarray(self.longest * np.exp(self.half_width * (2.0 * ndtr(moved) - 1.0)))
        if self.log_sd == 0:
            return np.full(moved.size, self.longest)
        drawn = np.maximum(self.longest * np.exp(self.log_sd * moved), 1.001 * self.least)
        return np.minimum(drawn, self.end)


def find_horizon(curve: Curve, follow: FollowUp | None, *, assumed: bool) -> Horizon | None:
    """Longest follow-up of one arm's latest cut, and where it comes from; None if not known.

    Parameters
    ----------
    curve : Curve
        The latest cut, with any earlier ones.
    follow : FollowUp or None
        Follow-up of the latest cut.
    assumed : bool
        Whether it was assumed rather than published.
    """
    unit = curve.time_unit
    last = followed_to(curve)
    origin = "assumed" if assumed else "published"
    if follow is not None and follow.longest is not None and follow.longest >= _own_last(curve):
        words = (
            f"administrative, from the {origin} follow-up: median {follow.median:g}, longest "
            f"{follow.longest:g} {unit}"
        )
        return Horizon(longest=follow.longest, log_sd=0.0, least=last, words=words)
    known = _follow_up_before(curve, printed_longest=follow is not None)
    if known is not None:
        return _from_earlier(known, last, unit)
    if follow is None:
        return None
    longest = max(LONGEST_OVER_MEDIAN * follow.median, 1.02 * last)
    words = (
        f"administrative, from the {origin} median follow-up of {follow.median:g} {unit}; the "
        f"longest is taken to be about {time_words(longest)} and varied over the draws"
    )
    return Horizon(longest=longest, log_sd=LONGEST_LOG_SD, least=last, words=words)


def followed_to(curve: Curve) -> float:
    """Somebody was followed so far at the latest cut: seen then, or at an earlier cut.

    Parameters
    ----------
    curve : Curve
        The latest cut, with any earlier ones.
    """
    beyond = [cut.curve.last_published_time + cut.time_before for cut in curve.earlier]
    return max([curve.last_published_time, *beyond])


def _own_last(curve: Curve) -> float:
    return replace(curve, earlier=()).last_published_time


def _follow_up_before(curve: Curve, *, printed_longest: bool) -> tuple[EarlierCut, FollowUp] | None:
    """The latest earlier cut with a follow-up, or with a longest one."""
    for cut in reversed(curve.earlier):
        follow = cut.follow_up
        if follow is not None and (follow.longest is not None or not printed_longest):
            return cut, follow
    return None


def _from_earlier(known: tuple[EarlierCut, FollowUp], last: float, unit: str) -> Horizon:
    """Longest follow-up of an earlier cut, moved to the latest."""
    cut, follow = known
    then = follow.longest or LONGEST_OVER_MEDIAN * follow.median
    spread = LONGEST_ERROR if follow.longest is not None else LONGEST_LOG_SD
    longest = max(then + cut.time_before, 1.02 * last)
    return Horizon(
        longest=longest,
        log_sd=math.hypot(spread * then, cut.se) / longest,
        least=last,
        words=(
            f"administrative, from the follow-up at the cut {cut.label!r}, "
            f"{time_words(cut.time_before)} {unit} before the latest; the longest is taken to be "
            f"about {time_words(longest)} and varied over the draws"
        ),
    )


def refuse_beyond(curve: Curve, horizon: Horizon) -> None:
    """Refuse an earlier cut so long before the latest that its printed times were not reached.

    Raises
    ------
    ContradictionError
        Naming the cut, its last printed time and what is left of the longest follow-up.
    """
    for cut in curve.earlier:
        last = cut.curve.last_published_time
        left = horizon.longest - cut.time_before
        if last > left + 3.0 * cut.se + 0.5 * printed_step(horizon.longest):
            raise ContradictionError(
                f"{curve.id}: the longest follow-up of {horizon.longest:g} {curve.time_unit} "
                f"leaves {time_words(left)} at the cut {cut.label!r}, "
                f"{time_words(cut.time_before)} earlier, which prints something at {last:g}."
            )
