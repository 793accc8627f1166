"""Kaplan-Meier curves of draws: many data sets of one arm, one after another."""

from __future__ import annotations

import math

import numpy as np

from survcomp.errors import InputError
from survcomp.estimation.kaplan_meier import KMResult, greenwood
from survcomp.values.patients.ensemble import Ensemble
from survcomp.values.patients.ipd import IPD


def check_one_ensemble(ensemble: object) -> None:
    """Raise unless this is one ensemble of one arm: lists of them are never pooled.

    Raises
    ------
    InputError
        If it is something else; draws of two methods are scenarios, and have no common mean.
    """
    if not isinstance(ensemble, Ensemble):
        raise InputError(
            "`ensemble` must be one Ensemble, drawn by one method; got "
            f"{type(ensemble).__name__}. Draws of different methods are never pooled."
        )
    if len(ensemble[0].arms) != 1:
        raise InputError(
            f"`ensemble` must hold one arm; its draws hold {', '.join(ensemble[0].arms)}."
        )


def draw_curves(ensemble: Ensemble, *, level: float) -> tuple[KMResult, ...]:
    """Curve of every draw of one ensemble of one arm."""
    check_one_ensemble(ensemble)
    return tuple(draw_curve(draw, level=level) for draw in ensemble)


def draw_curve(draw: IPD, *, level: float = 0.95) -> KMResult:
    """Kaplan-Meier curve of a draw: the same as `kaplan_meier` gives, fifty times as quick."""
    distinct, index = np.unique(draw.time, return_inverse=True)
    left = np.bincount(index)
    died = np.bincount(index, weights=draw.event).astype(float)
    has_event = died > 0
    at_risk, events = (draw.n - np.cumsum(left) + left)[has_event].astype(float), died[has_event]
    survival = np.cumprod(1.0 - events / at_risk)
    return KMResult(
        arm=draw.arms[0],
        n=draw.n,
        n_events=draw.n_events,
        time=distinct[has_event],
        survival=survival,
        se=greenwood(survival, at_risk, events),
        at_risk=at_risk,
        events=events,
        follow_up=np.sort(draw.time),
        weighted=False,
        ci_transform="log-log",
        level=level,
        time_unit=draw.time_unit,
    )


def ends_at_zero(curve: KMResult) -> bool:
    """Whether everybody has had an event."""
    return curve.survival.size > 0 and bool(curve.survival[-1] <= 0)


def known_until(curve: KMResult) -> float:
    """Time to which a curve is known: endless where it ends at 0."""
    return math.inf if ends_at_zero(curve) else float(curve.follow_up[-1])
