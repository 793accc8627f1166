"""One reconstruction: what was published over the rebuilt curve, and numbers at risk."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np

from survcomp.errors import InputError
from survcomp.estimation.kaplan_meier import kaplan_meier
from survcomp.estimation.survival_curve import KMResult
from survcomp.plotting.marks import (
    WIDTH,
    below,
    legend_above,
    per_cent_axis,
    printed_median,
    printed_rates,
    room_for,
    step_until,
)
from survcomp.plotting.style import BLUE, INK, VERMILLION, house_style, round_step
from survcomp.values.checks import FloatArray
from survcomp.values.patients.ensemble import Ensemble
from survcomp.values.reconstruction import Reconstruction

if TYPE_CHECKING:
    from matplotlib.axes import Axes

COLUMN = 0.055
"""Least distance of two columns of the at-risk table, as a share of the time axis."""

GRID = 400
"""Times at which the band of the draws is worked out."""

STILL_FOLLOWED = 0.5
"""The band ends where fewer than this share of the draws have anybody left."""

ROWS, NAMES, LEGEND = 3, 9, 0.95
"""Rows under the axes, characters of their names, and inches of the legend above."""


class _Columns(NamedTuple):
    time: FloatArray
    is_all: bool


def reconstruction(rebuilt: Reconstruction, *, ax: Axes | None = None) -> Axes:
    """What was published over the curve of the rebuilt patients.

    Traced points, printed rates and the printed median with their intervals, the rebuilt
    Kaplan-Meier curve (dotted where nothing published fixes it), the pointwise band that holds
    95 % of the draws, and the published and rebuilt numbers at risk below.

    Parameters
    ----------
    rebuilt : Reconstruction
        With or without draws, from a figure or from printed numbers only.
    ax : Axes, optional
        A new figure's when left out; `room_for_reconstruction` says how large.

    Returns
    -------
    Axes

    Raises
    ------
    InputError
        If this is no reconstruction.

    Notes
    -----
    The band is the error of the reconstruction alone; sampling error is not in it.

    Examples
    --------
    >>> import matplotlib
    >>> from survcomp import Curve, MedianTime, reconstruct
    >>> from survcomp.plotting import reconstruction
    >>> matplotlib.use("agg")
    >>> curve = Curve(trial="T", arm="a", treatment="drug", endpoint="PFS", n=50,
    ...               median=MedianTime(estimate=8.8, ci_low=5.6, ci_high=11.6))
    >>> reconstruction(reconstruct(curve, draws=20)).get_ylabel()
    'PFS, %'
    """
    if not isinstance(rebuilt, Reconstruction):
        raise InputError(f"`rebuilt` takes a Reconstruction; got {type(rebuilt).__name__}.")
    with house_style():
        ax = _new_axes() if ax is None else ax
        curve = rebuilt.curve
        estimate = kaplan_meier(rebuilt.ipd)
        end = _end(rebuilt, estimate)
        per_cent_axis(ax, end)
        ax.set_xlabel(f"{curve.time_unit.capitalize()} from {_time_zero(rebuilt)}")
        ax.set_ylabel(f"{curve.endpoint}, %")
        if rebuilt.ensemble is not None:
            _band(ax, rebuilt.ensemble, min(end, rebuilt.published_to))
        _rebuilt(ax, rebuilt, estimate)
        _points(ax, rebuilt)
        sign: dict[str, Any] = {"color": INK, "marker": "o", "markersize": 6}
        rates = "Published: rates, with interval"
        printed_rates(ax, curve, **sign, label=rates)
        median = "Published: median, with interval"
        printed_median(ax, curve, **{**sign, "marker": "D", "markersize": 5.5}, label=median)
        columns = _columns(rebuilt, ax)
        ax.set_xticks(columns.time)
        legend_above(ax, ax.get_legend_handles_labels()[0], left=-0.1)
        _at_risk(ax, rebuilt, estimate, columns)
    return ax


def room_for_reconstruction() -> tuple[tuple[float, float], dict[str, float]]:
    """Width and height in inches of the figure, and where the axes lie in it."""
    height, place = room_for(ROWS, longest=NAMES, above=LEGEND)
    return (WIDTH, height), place


def _new_axes() -> Axes:
    import matplotlib.pyplot as plt

    size, place = room_for_reconstruction()
    figure, ax = plt.subplots(figsize=size)
    figure.subplots_adjust(**place)
    return ax


def _end(rebuilt: Reconstruction, estimate: KMResult) -> float:
    curve = rebuilt.curve
    ends = [estimate.end, *(mark.time for mark in curve.landmarks)]
    if curve.at_risk is not None:
        ends.append(float(curve.at_risk.time[-1]))
    if curve.points is not None:
        ends.append(float(curve.points.time[-1]))
    if curve.median is not None and curve.median.is_reached:
        ends.append(curve.median.estimate)
    return max(ends) or 1.0


def _time_zero(rebuilt: Reconstruction) -> str:
    zero = rebuilt.curve.basis.index_date
    return "time zero" if zero == "not stated" else zero


def _band(ax: Axes, draws: Ensemble, end: float) -> None:
    """Pointwise limits of 95 % of the draws, up to `end` or until half of them have ended."""
    grid = np.linspace(0.0, end, GRID)
    curves = np.stack([_on_grid(kaplan_meier(draw), grid) for draw in draws])
    known = np.isfinite(curves).mean(axis=0) >= STILL_FOLLOWED
    low, high = np.nanpercentile(curves[:, known], [2.5, 97.5], axis=0)
    ax.fill_between(
        grid[known],
        low,
        high,
        step="post",
        color=BLUE,
        alpha=0.22,
        linewidth=0,
        label=f"95 % of {len(draws)} draws (error of the reconstruction)",
        zorder=1,
    )


def _on_grid(estimate: KMResult, grid: FloatArray) -> FloatArray:
    """S(t) on the grid; NaN where nobody is followed any more."""
    last = estimate.end
    survival = np.concatenate(([1.0], estimate.survival))
    at_grid = survival[np.searchsorted(estimate.time, grid, side="right")]
    return np.where((grid <= last) | (at_grid <= 0), at_grid, np.nan)


def _rebuilt(ax: Axes, rebuilt: Reconstruction, estimate: KMResult) -> None:
    end = estimate.end
    last = estimate.survival[-1:] if estimate.survival.size else np.ones(1)
    same = {"color": BLUE, "zorder": 3}
    beyond = "Rebuilt, beyond what is published"
    step_until(
        ax,
        np.concatenate(([0.0], estimate.time, [end])),
        np.concatenate(([1.0], estimate.survival, last)),
        min(rebuilt.published_to, end),
        inside={**same, "linewidth": 1.8, "label": _rebuilt_words(rebuilt)},
        beyond={**same, "linewidth": 1.3, "linestyle": ":", "label": beyond},
    )
    censored = np.unique(rebuilt.ipd.time[~rebuilt.ipd.event])
    if censored.size:
        ax.plot(
            censored,
            _on_grid(estimate, censored),
            "|",
            color=BLUE,
            markersize=5,
            alpha=0.5,
            label="Rebuilt: censored",
            zorder=2,
        )


def _rebuilt_words(rebuilt: Reconstruction) -> str:
    words = f"Rebuilt: {rebuilt.ipd.n} patients, {rebuilt.ipd.n_events} events"
    if rebuilt.ensemble is None:
        return words
    events = [draw.n_events for draw in rebuilt.ensemble]
    low, high = min(events), max(events)
    return words + (f" (draws: {low} to {high})" if low < high else " in every draw")


def _points(ax: Axes, rebuilt: Reconstruction) -> None:
    points = rebuilt.curve.points
    if points is None:
        return
    ax.plot(
        points.time,
        points.survival,
        ".",
        color=VERMILLION,
        markersize=3.2,
        markeredgewidth=0,
        label=f"Published: {points.time.size} traced points",
        zorder=4,
    )
    ticks = rebuilt.curve.ticks
    if ticks is not None:
        ax.plot(
            ticks.time,
            [points.at(time) + 0.02 for time in ticks.time],
            "|",
            color=VERMILLION,
            markersize=5,
            label="Published: censoring ticks",
            zorder=4,
        )


def _columns(rebuilt: Reconstruction, ax: Axes) -> _Columns:
    """Times of the at-risk table: the published ones, as many as have room, or round ones.

    Where the table ends long before the axis, round times label the rest.
    """
    table = rebuilt.curve.at_risk
    end = ax.get_xlim()[1]
    step = round_step(end)
    if table is None:
        return _Columns(np.arange(0.0, end, step), is_all=True)
    kept = [float(table.time[0])]
    for time in table.time[1:]:
        if time - kept[-1] >= COLUMN * end:
            kept.append(float(time))
    is_all = len(kept) == table.time.size
    beyond = np.arange(np.floor(kept[-1] / step) + 1, np.floor(end / step) + 1) * step
    kept += [float(time) for time in beyond if time - kept[-1] >= COLUMN * end]
    return _Columns(np.array(kept), is_all=is_all)


def _at_risk(ax: Axes, rebuilt: Reconstruction, estimate: KMResult, columns: _Columns) -> None:
    table = rebuilt.curve.at_risk
    heading = "At risk" + ("" if table is not None else " (none published)")
    heading += "" if columns.is_all else " (not all published times are shown)"
    below(ax, 0, 0, heading, x_in="axes", fontweight="bold", ha="left")
    rows = [("Rebuilt", BLUE, columns.time, estimate.at_risk_at(columns.time))]
    if table is not None:
        known = np.isin(columns.time, table.time)
        published = table.count[np.searchsorted(table.time, columns.time[known])]
        rows.insert(0, ("Published", VERMILLION, columns.time[known], published))
    for row, (name, colour, times, counts) in enumerate(rows, start=1):
        below(ax, row, -0.035, name, x_in="axes", color=colour, ha="right")
        for time, count in zip(times, counts, strict=True):
            below(ax, row, time, f"{count:.0f}", x_in="data", color=colour, ha="center")
