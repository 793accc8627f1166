"""What the figures of survival take: patients, draws of a reconstruction, or curves."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

import numpy as np

from survcomp.errors import InputError
from survcomp.estimation.kaplan_meier import curve_of
from survcomp.estimation.over_draws.curve import pooled_curve
from survcomp.estimation.survival_curve import KMResult
from survcomp.values.checks import FloatArray
from survcomp.values.curves.curve import Curve
from survcomp.values.draws import Draws, Patients, as_draws
from survcomp.values.reconstruction import Reconstruction
from survcomp.values.weights import Weights

Arm = Patients | KMResult
"""One arm: observed patients, a reconstruction with or without draws, or an estimate."""

GRID = 300
"""Times at which a curve over draws is worked out."""


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Line:
    """One arm's curve as it is drawn.

    Attributes
    ----------
    name : str
        For the legend and the table.
    time, survival, low, high : ndarray of shape (k,)
        Step function from time 0 with its band.
    fixed_until : float
        Last time that something published fixes; ``math.inf`` for observed patients.
    censored : ndarray
        Times of censoring, where they are the patients' own; empty for rebuilt ones.
    follow_up : tuple of ndarray
        Every patient's time, in each data set, ascending: what the numbers at risk are
        counted in.
    time_unit : str
        Unit of every time.
    over_draws : bool
        Whether the band holds the error of the reconstruction.
    published : Curve or None
        What was printed of it.
    """

    name: str
    time: FloatArray
    survival: FloatArray
    low: FloatArray
    high: FloatArray
    fixed_until: float
    censored: FloatArray
    follow_up: tuple[FloatArray, ...]
    time_unit: str
    over_draws: bool = False
    published: Curve | None = None

    @property
    def end(self) -> float:
        """End of the curve."""
        return float(self.time[-1])

    def at_risk(self, times: FloatArray) -> FloatArray:
        """Numbers at risk just before each time, the median over the data sets."""
        counts = [f.size - np.searchsorted(f, times, side="left") for f in self.follow_up]
        return np.asarray(np.median(counts, axis=0), dtype=float)


def named_arms(arms: Mapping[str, Arm] | Sequence[Arm] | Arm) -> dict[str, Arm]:
    """The arms by their names, those of the data where none are given.

    Raises
    ------
    InputError
        If there is none, two have one name, or one is no arm.
    """
    if isinstance(arms, Mapping):
        named = dict(arms)
    else:
        if not isinstance(arms, Arm | list | tuple):
            raise InputError(
                "`arms` takes the patients of one arm or a Kaplan-Meier estimate, several of them "
                f"in a list, or in a dict by their names; got {type(arms).__name__}."
            )
        each = [arms] if isinstance(arms, Arm) else list(arms)
        names = [_name(arm) for arm in each]
        twice = [name for name in names if names.count(name) > 1]
        if twice:
            raise InputError(
                f"`arms` holds {twice[0]!r} more than once; give a dict with a name for each."
            )
        named = dict(zip(names, each, strict=True))
    if not named:
        raise InputError("`arms` is empty; give at least one arm.")
    for arm in named.values():
        _name(arm)
    return named


def _name(arm: Arm) -> str:
    return arm.arm if isinstance(arm, KMResult) else as_draws(arm, name="arms").arm


def line_of(name: str, arm: Arm, weights: Weights | None, *, level: float) -> Line:
    """What is drawn of an arm: over its draws, where it has any."""
    if isinstance(arm, KMResult):
        return _of_curve(name, arm, np.empty(0))
    draws = as_draws(arm, weights, name="arms")
    if draws.several:
        line = _of_draws(name, draws, level)
    else:
        line = _of_curve(name, curve_of(draws, level=level), _censored(draws))
    if isinstance(arm, Reconstruction):
        return replace(line, fixed_until=arm.published_to, published=arm.curve)
    return line


def _censored(draws: Draws) -> FloatArray:
    """Times of censoring where they are the patients' own."""
    ipd = draws.data[0]
    return np.empty(0) if draws.rebuilt else np.unique(ipd.time[~ipd.event])


def _of_curve(name: str, curve: KMResult, censored: FloatArray) -> Line:
    low, high = curve.band()
    last = curve.survival[-1:] if curve.survival.size else np.ones(1)
    tails = (low[-1:] if low.size else last, high[-1:] if high.size else last)
    return Line(
        name=name,
        time=np.concatenate(([0.0], curve.time, [curve.end])),
        survival=np.concatenate(([1.0], curve.survival, last)),
        low=np.concatenate(([1.0], low, tails[0])),
        high=np.concatenate(([1.0], high, tails[1])),
        fixed_until=math.inf,
        censored=censored,
        follow_up=curve.follow_up,
        time_unit=curve.time_unit,
        over_draws=curve.pooled is not None,
    )


def _of_draws(name: str, draws: Draws, level: float) -> Line:
    """The pooled curve on a grid, to where the first of the draws ends."""
    end = min(float(draw.time.max()) for draw in draws.data)
    pooled = pooled_curve(draws, times=np.linspace(0.0, end, GRID), level=level)
    return Line(
        name=name,
        time=pooled.time,
        survival=pooled.survival,
        low=pooled.ci_low,
        high=pooled.ci_high,
        fixed_until=math.inf,
        censored=np.empty(0),
        follow_up=pooled.follow_up,
        time_unit=draws.time_unit,
        over_draws=True,
    )


def one_unit(lines: Sequence[Line]) -> str:
    """The time unit of all of them.

    Raises
    ------
    InputError
        If they differ.
    """
    units = dict.fromkeys(line.time_unit for line in lines)
    if len(units) > 1:
        raise InputError(
            f"the arms are in different time units ({', '.join(units)}); convert with in_unit."
        )
    return next(iter(units))
