"""What the figures of survival take: patients, draws of a reconstruction, or curves."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

import numpy as np

from survcomp.errors import InputError
from survcomp.estimation.kaplan_meier import KMResult, kaplan_meier
from survcomp.estimation.over_draws.curve import pooled_survival
from survcomp.reconstruction.result import Reconstruction
from survcomp.values.checks import FloatArray
from survcomp.values.curves.curve import Curve
from survcomp.values.patients.ensemble import Ensemble
from survcomp.values.patients.ipd import IPD
from survcomp.values.weights import Weights

Arm = IPD | Ensemble | Reconstruction | KMResult
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
            raise _no_arm(arms)  # by its own type, not by that of what it holds
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
    if isinstance(arm, Reconstruction):
        return arm.ipd.arms[0]
    if isinstance(arm, Ensemble | KMResult):
        return arm.arm
    if isinstance(arm, IPD):
        return arm.arms[0]
    raise _no_arm(arm)


def _no_arm(came: object) -> InputError:
    return InputError(
        "`arms` takes IPD, a Reconstruction, an Ensemble or a Kaplan-Meier estimate, several of "
        f"them in a list, or in a dict by their names; got {type(came).__name__}."
    )


def line_of(name: str, arm: Arm, weights: Weights | None, *, level: float) -> Line:
    """What is drawn of an arm: over its draws, where it has any."""
    if isinstance(arm, KMResult):
        return _of_estimate(name, arm, np.empty(0))
    if isinstance(arm, IPD):
        estimate = kaplan_meier(arm, weights=weights, level=level)
        rebuilt = arm.origin != "observed"
        return _of_estimate(name, arm=estimate, censored=_censored(arm, shown=not rebuilt))
    if weights is not None:
        raise InputError(f"`weights` are given for {name!r}, which has no covariates.")
    if isinstance(arm, Ensemble):
        return _of_draws(name, arm, level, fixed_until=math.inf, published=None)
    if arm.ensemble is None:
        estimate = kaplan_meier(arm.ipd, level=level)
        line = _of_estimate(name, estimate, np.empty(0))
        return _with_print(line, arm)
    return _of_draws(name, arm.ensemble, level, fixed_until=arm.published_to, published=arm.curve)


def _with_print(line: Line, arm: Reconstruction) -> Line:
    return replace(line, fixed_until=arm.published_to, published=arm.curve)


def _censored(ipd: IPD, *, shown: bool) -> FloatArray:
    return np.unique(ipd.time[~ipd.event]) if shown else np.empty(0)


def _of_estimate(name: str, arm: KMResult, censored: FloatArray) -> Line:
    low, high = arm.band()
    end = float(arm.follow_up[-1])
    last = arm.survival[-1:] if arm.survival.size else np.ones(1)
    tails = (low[-1:] if low.size else last, high[-1:] if high.size else last)
    return Line(
        name=name,
        time=np.concatenate(([0.0], arm.time, [end])),
        survival=np.concatenate(([1.0], arm.survival, last)),
        low=np.concatenate(([1.0], low, tails[0])),
        high=np.concatenate(([1.0], high, tails[1])),
        fixed_until=math.inf,
        censored=censored,
        follow_up=(np.asarray(arm.follow_up),),
        time_unit=arm.time_unit,
    )


def _of_draws(
    name: str, draws: Ensemble, level: float, *, fixed_until: float, published: Curve | None
) -> Line:
    """The pooled curve on a grid, to where the first of the draws ends."""
    end = min(float(draw.time.max()) for draw in draws)
    grid = np.linspace(0.0, end, GRID)
    pooled = pooled_survival(draws, grid, level=level)
    return Line(
        name=name,
        time=grid,
        survival=np.asarray(pooled.estimate),
        low=np.asarray(pooled.ci_low),
        high=np.asarray(pooled.ci_high),
        fixed_until=fixed_until,
        censored=np.empty(0),
        follow_up=tuple(np.sort(draw.time) for draw in draws),
        time_unit=draws.time_unit,
        over_draws=True,
        published=published,
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
