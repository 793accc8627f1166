"""Curves as a publication would print them, from patients that a test knows."""

from __future__ import annotations

import numpy as np

from survcomp.estimation import kaplan_meier
from survcomp.values import IPD, AtRisk, Count, Curve, CurvePoints

END = 36.0
PIXELS = (240, 200)


def patients(time, event, *, arm="drug") -> IPD:
    time, event = np.asarray(time, float), np.asarray(event, bool)
    return IPD.from_times(time[event], time[~event], arm=arm, time_unit="months")


def simulate(n: int, rng, *, mean: float = 30.0) -> tuple[np.ndarray, np.ndarray]:
    """Times and events: exponential, entry over two years, all followed for one at least."""
    dies, leaves = rng.exponential(mean, n), rng.uniform(12, END, n)
    return np.minimum(dies, leaves), dies <= leaves


def published(ipd: IPD, *, table=True, events=False, every=6.0, **words) -> Curve:
    """The Kaplan-Meier curve of `ipd` traced off a grid of pixels."""
    km = kaplan_meier(ipd)
    survival = np.concatenate(([1.0], km.survival))
    last = float(ipd.time.max())
    time = np.arange(PIXELS[0] + 1) / PIXELS[0] * END
    time = time[time <= last]
    edges = [
        survival[np.searchsorted(km.time, at, side="right")]
        for at in (time - END / PIXELS[0], time)
    ]
    traced = np.round(np.column_stack(edges).ravel() * PIXELS[1]) / PIXELS[1]
    rows = np.arange(0.0, last, every)
    told = {"trial": "T", "arm": "a", "treatment": ipd.arms[0], "endpoint": "OS", **words}
    return Curve(
        n=ipd.n,
        points=CurvePoints.from_trace(np.repeat(time, 2), traced),
        at_risk=AtRisk.from_rows(rows, km.at_risk_at(rows)) if table else None,
        counts=(Count(count=ipd.n_events),) if events else (),
        **told,
    )
