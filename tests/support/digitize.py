"""Curves of known patients, traced as a hand traces them on a picture."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from survcomp.values import AtRisk, Count, Curve, CurvePoints, Ticks


@dataclass(frozen=True)
class Traced:
    """True patients and what a digitiser sees of them."""

    time: np.ndarray
    event: np.ndarray
    points: CurvePoints
    at_risk: AtRisk

    def curve(self, *, table: bool = True, events: bool = False, ticks: bool = False) -> Curve:
        counts = (Count(count=int(self.event.sum())),) if events else ()
        seen = Ticks.from_times(self.time[~self.event]) if ticks else None
        return Curve(
            trial="T",
            arm="a",
            treatment="drug",
            endpoint="OS",
            n=self.time.size,
            points=self.points,
            at_risk=self.at_risk if table else None,
            counts=counts,
            ticks=seen,
        )

    def survival(self, at: np.ndarray) -> np.ndarray:
        """True Kaplan-Meier curve."""
        return kaplan_meier_at(self.time, self.event, at)


def kaplan_meier_at(time: np.ndarray, event: np.ndarray, at: np.ndarray) -> np.ndarray:
    steps = np.unique(time[event])
    at_risk = (time[:, None] >= steps).sum(axis=0)
    died = ((time[:, None] == steps) & event[:, None]).sum(axis=0)
    level = np.concatenate(([1.0], np.cumprod(1.0 - died / at_risk)))
    return level[np.searchsorted(steps, at, side="right")]


def patients(
    n: int, rng: np.random.Generator, *, shape: float = 1.0, visits: float | None = None
) -> tuple[np.ndarray, np.ndarray]:
    """Weibull times with administrative censoring; `visits` rounds events up to visit times."""
    times = 15.0 * rng.weibull(shape, n)
    if visits:
        times = np.ceil(times / visits) * visits
    cut = rng.uniform(8.0, 36.0, n)
    return np.minimum(times, cut), times <= cut


def trace(
    time: np.ndarray,
    event: np.ndarray,
    rng: np.random.Generator,
    *,
    width: int = 680,
    height: int = 480,
    points: int = 200,
    columns: int = 7,
    noise: float = 0.5,
) -> Traced:
    """Points along the staircase, evenly by length, with a hand's noise, on whole pixels."""
    end, axis = float(time.max()), 1.05 * float(time.max())
    steps = np.unique(time[event])
    level = np.concatenate(([1.0], kaplan_meier_at(time, event, steps)))
    x = np.concatenate(([0.0], np.repeat(steps, 2), [end])) / axis * width
    y = np.repeat(level, 2)[: x.size] * height
    along = np.concatenate(([0.0], np.cumsum(np.abs(np.diff(x)) + np.abs(np.diff(y)))))
    at = np.linspace(0.0, along[-1], points)
    px = np.round(np.interp(at, along, x) + noise * rng.normal(size=points))
    py = np.round(np.interp(at, along, y) + noise * rng.normal(size=points))
    px[0], py[0] = 0.0, height
    rows = np.linspace(0.0, 1.02 * end, columns)
    return Traced(
        time=time,
        event=event,
        points=CurvePoints.from_trace(
            np.clip(px, 0, None) / width * axis, np.clip(py / height, 0.0, 1.0)
        ),
        at_risk=AtRisk.from_rows(rows, (time[:, None] >= rows).sum(axis=0)),
    )
