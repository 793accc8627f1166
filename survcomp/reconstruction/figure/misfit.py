"""How well a step of the curve goes with the traced points of its column."""

from __future__ import annotations

import numpy as np
from scipy.special import ndtr

from survcomp.reconstruction.figure.trace import Columns
from survcomp.values.checks import FloatArray

_ROOT = float(np.sqrt(2.0 * np.pi))
_FLOOR = 1e-12


def misfit(trace: Columns, column: int, before: FloatArray, after: FloatArray) -> FloatArray:
    """Minus the log density of a column's points, given the levels before and after it.

    A point of a column without event lies on the flat. Of a column with events, the first
    point lies on the flat above or on the drop, the last on the flat below or on the drop,
    and those between on the drop; a lone point may be any of these. The very last point of
    the trace is the level at which the curve ends.
    """
    unit = trace.noise_survival
    points = trace.point_survival[trace.first[column] : trace.first[column + 1]] / unit
    top, bottom = before / unit, after / unit
    drop = np.maximum(top - bottom, 0.3)
    ends = column == trace.time.size - 1
    flat = 0.5 * np.sum((points[:, None] - bottom) ** 2, axis=0) + points.size * np.log(_ROOT)
    if points.size == 1:
        on_drop = _between(points[0], bottom, top) / drop
        density = (
            _normal(points[0] - bottom)
            if ends
            else 0.25 * _normal(points[0] - top)
            + 0.25 * _normal(points[0] - bottom)
            + 0.5 * on_drop
        )
        cost = -np.log(density + _FLOOR)
    else:
        near = np.minimum(drop, trace.spacing)
        first = 0.5 * _normal(points[0] - top) + 0.5 * _between(points[0], top - near, top) / near
        last = (
            _normal(points[-1] - bottom)
            if ends
            else 0.5 * _normal(points[-1] - bottom)
            + 0.5 * _between(points[-1], bottom, bottom + near) / near
        )
        cost = -np.log(first + _FLOOR) - np.log(last + _FLOOR)
        for point in points[1:-1]:
            cost = cost - np.log(_between(point, bottom, top) / drop + _FLOOR)
    for point in points:  # the floor would make a far point cheap: keep it quadratic
        beyond = np.maximum(np.maximum(point - top, bottom - point), 0.0)
        cost = cost + 0.5 * np.maximum(beyond * beyond - 40.0, 0.0)
    return np.asarray(np.where(top - bottom < 1e-9, flat, cost))


def _normal(distance: FloatArray) -> FloatArray:
    return np.asarray(np.exp(-0.5 * distance * distance) / _ROOT)


def _between(point: float, low: FloatArray, high: FloatArray) -> FloatArray:
    return np.asarray(ndtr(point - low) - ndtr(point - high))
