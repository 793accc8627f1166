"""Kaplan-Meier curves of draws: many data sets of one arm, one after another."""

from __future__ import annotations

import numpy as np

from survcomp.estimation.survival_curve import KMResult, greenwood
from survcomp.values.draws import Draws
from survcomp.values.patients.ipd import IPD


def draw_curves(draws: Draws, *, level: float = 0.95) -> tuple[KMResult, ...]:
    """Curve of every data set."""
    return tuple(draw_curve(draw, level=level) for draw in draws.data)


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
        follow_up=(np.sort(draw.time),),
        weighted=False,
        ci_transform="log-log",
        level=level,
        time_unit=draw.time_unit,
    )
