"""Figure of one reconstruction: what was published over the rebuilt curve, and numbers at risk."""

from __future__ import annotations

import io
import math
from typing import TYPE_CHECKING, Any, Literal, NamedTuple

import numpy as np

from survcomp.estimation.kaplan_meier import kaplan_meier
from survcomp.estimation.survival_curve import KMResult
from survcomp.report.document.drawing import BLUE, INK, VERMILLION, house_style, to_svg
from survcomp.values.checks import FloatArray
from survcomp.values.ensemble import Ensemble
from survcomp.values.reconstruction import Reconstruction

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

Format = Literal["svg", "png"]

COLUMN = 0.055
"""Least distance of two columns of the at-risk table, as a share of the time axis."""

GRID = 400
"""Times at which the band of the draws is worked out."""

STILL_FOLLOWED = 0.5
"""The band ends where fewer than this share of the draws have anybody left."""

DPI = 200

Limits = tuple[tuple[float], tuple[float]]
"""How far an interval reaches below and above."""
LEFT, WIDTH = 0.13, 0.84


class _Columns(NamedTuple):
    time: FloatArray
    is_all: bool


def reconstruction_figure(reconstruction: Reconstruction) -> Figure:
    """Draw what was published over the curve of the rebuilt patients.

    Parameters
    ----------
    reconstruction : Reconstruction
        With or without an ensemble, from a figure or from printed numbers only.

    Returns
    -------
    matplotlib.figure.Figure
        Traced points, printed rates and the printed median with their intervals, the rebuilt
        Kaplan-Meier curve (dotted where nothing published fixes it), the pointwise band that
        holds 95 % of the draws, and the published and rebuilt numbers at risk below.

    Notes
    -----
    The band is the error of the reconstruction alone; sampling error is not in it.
    """
    from matplotlib.figure import Figure

    with house_style():
        figure = Figure(figsize=(8.2, 5.6))
        axes = figure.add_axes((LEFT, 0.29, WIDTH, 0.66))
        curve = reconstruction.curve
        estimate = kaplan_meier(reconstruction.ipd)
        end = _end(reconstruction, estimate)
        axes.set_xlim(0, 1.02 * end)
        axes.set_ylim(0, 1.02)
        axes.set_yticks([0, 0.25, 0.5, 0.75, 1], ["0", "25", "50", "75", "100"])
        axes.set_xlabel(f"{curve.time_unit.capitalize()} from {_time_zero(reconstruction)}")
        axes.set_ylabel(f"{curve.endpoint}, %")
        axes.axhline(0.5, color="#DDDDDD", linewidth=0.8, zorder=0)
        if reconstruction.ensemble is not None:
            _band(axes, reconstruction.ensemble, min(end, reconstruction.published_to))
        _rebuilt(axes, reconstruction, estimate)
        _points(axes, reconstruction)
        _landmarks(axes, reconstruction)
        _median(axes, reconstruction)
        times = _columns(reconstruction, axes)
        axes.set_xticks(times.time)
        _legend(axes, estimate)
        _at_risk(figure.add_axes((LEFT, 0.015, WIDTH, 0.16)), reconstruction, estimate, times, axes)
    return figure


def figure_bytes(reconstruction: Reconstruction, format: Format) -> bytes:
    """The figure as the content of an SVG or PNG file, the same on every run."""
    figure = reconstruction_figure(reconstruction)
    title = f"Published and rebuilt: {reconstruction.curve.id}"
    with house_style():
        if format == "svg":
            return to_svg(figure, title=title).encode("utf-8")
        buffer = io.BytesIO()
        figure.savefig(buffer, format="png", dpi=DPI, metadata={"Software": None})
        return buffer.getvalue()


def _end(reconstruction: Reconstruction, estimate: KMResult) -> float:
    curve = reconstruction.curve
    ends = [estimate.end, *(mark.time for mark in curve.landmarks)]
    if curve.at_risk is not None:
        ends.append(float(curve.at_risk.time[-1]))
    if curve.points is not None:
        ends.append(float(curve.points.time[-1]))
    if curve.median is not None and curve.median.is_reached:
        ends.append(curve.median.estimate)
    return max(ends) or 1.0


def _time_zero(reconstruction: Reconstruction) -> str:
    zero = reconstruction.curve.basis.index_date
    return "time zero" if zero == "not stated" else zero


def _band(axes: Axes, ensemble: Ensemble, end: float) -> None:
    """Pointwise limits of 95 % of the draws, up to `end` or until half of them have ended."""
    grid = np.linspace(0.0, end, GRID)
    curves = np.stack([_on_grid(kaplan_meier(draw), grid) for draw in ensemble])
    known = np.isfinite(curves).mean(axis=0) >= STILL_FOLLOWED
    low, high = np.nanpercentile(curves[:, known], [2.5, 97.5], axis=0)
    axes.fill_between(
        grid[known],
        low,
        high,
        step="post",
        color=BLUE,
        alpha=0.22,
        linewidth=0,
        label=f"95 % of {len(ensemble)} draws (error of the reconstruction)",
        zorder=1,
    )


def _on_grid(estimate: KMResult, grid: FloatArray) -> FloatArray:
    """S(t) on the grid; NaN where nobody is followed any more."""
    last = estimate.end
    survival = np.concatenate(([1.0], estimate.survival))
    at_grid = survival[np.searchsorted(estimate.time, grid, side="right")]
    return np.where((grid <= last) | (at_grid <= 0), at_grid, np.nan)


def _rebuilt(axes: Axes, reconstruction: Reconstruction, estimate: KMResult) -> None:
    end = estimate.end
    fixed = min(reconstruction.published_to, end)
    survival = np.concatenate(([1.0], estimate.survival, estimate.survival[-1:]))
    survival = survival if estimate.survival.size else np.ones(2)
    time = np.concatenate(([0.0], estimate.time, [end]))
    before = time <= fixed
    joint = survival[before][-1]
    axes.step(
        [*time[before], fixed],
        [*survival[before], joint],
        where="post",
        color=BLUE,
        linewidth=1.8,
        label=_rebuilt_words(reconstruction),
        zorder=3,
    )
    if fixed < end:
        axes.step(
            [fixed, *time[~before]],
            [joint, *survival[~before]],
            where="post",
            color=BLUE,
            linewidth=1.3,
            linestyle=":",
            label="Rebuilt, beyond what is published",
            zorder=3,
        )
    censored = np.unique(reconstruction.ipd.time[~reconstruction.ipd.event])
    axes.plot(
        censored, _on_grid(estimate, censored), "|", color=BLUE, markersize=5, alpha=0.5, zorder=2
    )


def _rebuilt_words(reconstruction: Reconstruction) -> str:
    words = f"Rebuilt: {reconstruction.ipd.n} patients, {reconstruction.ipd.n_events} events"
    if reconstruction.ensemble is None:
        return words
    events = [draw.n_events for draw in reconstruction.ensemble]
    low, high = min(events), max(events)
    return words + (f" (draws: {low} to {high})" if low < high else " in every draw")


def _points(axes: Axes, reconstruction: Reconstruction) -> None:
    points = reconstruction.curve.points
    if points is None:
        return
    axes.plot(
        points.time,
        points.survival,
        ".",
        color=VERMILLION,
        markersize=3.2,
        markeredgewidth=0,
        label=f"Published: {points.time.size} traced points",
        zorder=4,
    )
    ticks = reconstruction.curve.ticks
    if ticks is not None:
        axes.plot(
            ticks.time,
            [points.at(time) + 0.02 for time in ticks.time],
            "|",
            color=VERMILLION,
            markersize=5,
            label="Published: censoring ticks",
            zorder=4,
        )


def _landmarks(axes: Axes, reconstruction: Reconstruction) -> None:
    for index, mark in enumerate(reconstruction.curve.landmarks):
        low = mark.survival if mark.ci_low is None else mark.ci_low
        high = mark.survival if mark.ci_high is None else mark.ci_high
        label = None if index else "Published: rates, with intervals where printed"
        limits = ((mark.survival - low,), (high - mark.survival,))
        _published(axes, mark.time, mark.survival, "o", label, yerr=limits, markersize=6)


def _median(axes: Axes, reconstruction: Reconstruction) -> None:
    """The median on the line of one half; a limit that is not reached runs to the edge."""
    median = reconstruction.curve.median
    if median is None or not median.is_reached:
        return
    low = median.estimate if median.ci_low is None else median.ci_low
    high = median.estimate if median.ci_high is None else median.ci_high
    if math.isinf(high):
        high = max(2 * axes.get_xlim()[1], median.estimate)
    label = "Published: median, with its interval where printed"
    limits = ((median.estimate - low,), (high - median.estimate,))
    _published(axes, median.estimate, 0.5, "D", label, xerr=limits, markersize=5.5)


def _published(
    axes: Axes,
    time: float,
    survival: float,
    sign: str,
    label: str | None,
    *,
    markersize: float,
    xerr: Limits | None = None,
    yerr: Limits | None = None,
) -> None:
    """A published number: an open sign with its interval."""
    axes.errorbar(
        [time],
        [survival],
        xerr=xerr,
        yerr=yerr,
        fmt=sign,
        color=INK,
        markersize=markersize,
        markerfacecolor="white",
        capsize=3,
        elinewidth=1.1,
        label=label,
        zorder=5,
    )


def _legend(axes: Axes, estimate: KMResult) -> None:
    """In the corner that the curve leaves free: above where it falls, below where it stays up."""
    half = 0.5 * axes.get_xlim()[1]
    stays = float(_on_grid(estimate, np.array([min(half, estimate.end)]))[0]) > 0.62
    axes.legend(
        loc="lower left" if stays else "upper right",
        frameon=False,
        handlelength=1.8,
        fontsize=9,
        markerscale=1.3,
    )


def _columns(reconstruction: Reconstruction, axes: Axes) -> _Columns:
    """Times of the at-risk table: the published ones, as many as have room, or round ones."""
    table = reconstruction.curve.at_risk
    end = axes.get_xlim()[1]
    if table is None:
        step = _round_step(end)
        return _Columns(np.arange(0.0, end, step), is_all=True)
    kept = [float(table.time[0])]
    for time in table.time[1:]:
        if time - kept[-1] >= COLUMN * end:
            kept.append(float(time))
    return _Columns(np.array(kept), is_all=len(kept) == table.time.size)


def _round_step(end: float) -> float:
    """A step of 1, 2, 3, 6 or 12 times a power of ten that makes at most ten columns."""
    power = 10.0 ** math.floor(math.log10(end / 10))
    return next(
        factor * power for factor in (1, 2, 3, 6, 12, 24, 60) if end / (factor * power) <= 10
    )


def _at_risk(
    axes: Axes, reconstruction: Reconstruction, estimate: KMResult, columns: _Columns, above: Axes
) -> None:
    axes.set_xlim(above.get_xlim())
    axes.set_ylim(0, 3)
    axes.axis("off")
    table = reconstruction.curve.at_risk
    heading = "At risk" + ("" if table is not None else " (none published)")
    heading += "" if columns.is_all else " (not all published times are shown)"
    left: dict[str, Any] = {"transform": axes.get_yaxis_transform(), "fontsize": 9, "ha": "left"}
    axes.text(-0.14, 2.5, heading, fontweight="bold", **left)
    rows = [("Rebuilt", BLUE, estimate.at_risk_at(columns.time))]
    if table is not None:
        published = table.count[np.searchsorted(table.time, columns.time)]
        rows.insert(0, ("Published", VERMILLION, published))
    for row, (name, colour, counts) in enumerate(rows):
        height = 1.55 - row
        axes.text(-0.14, height, name, color=colour, **left)
        for time, count in zip(columns.time, counts, strict=True):
            axes.text(time, height, f"{count:.0f}", fontsize=9, ha="center", color=colour)
