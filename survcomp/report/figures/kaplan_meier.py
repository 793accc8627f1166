"""Kaplan-Meier figure of one comparison: rebuilt curves, what was published, at-risk table."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Any, NamedTuple

from survcomp.plotting.marks import PRINTED, per_cent_axis, step_until
from survcomp.plotting.style import SIGN
from survcomp.report.document.cells import SIDES, weighted_curves
from survcomp.report.document.drawing import SIDE_LOOK, Drawing
from survcomp.report.kinds.registry import comparison_settings, label_of
from survcomp.values.records.results import Results

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure


CURVES_HEIGHT = 4.3
AXES_HEIGHT = 3.45
LINE_HEIGHT = 0.28
"""Inches: of the curves with what is written around them, of the axes alone, of a line of the
table."""


def km_figure(results: Results, path: str) -> Drawing:
    """Drawing of the curves of one comparison.

    The solid part of a curve ends at the last time that something published fixes; beyond
    it the line is dotted. Published rates and medians are marked with their intervals.
    """
    label = label_of(results, path)
    return Drawing(f"Kaplan-Meier curves: {label}", lambda: _draw(results, path))


class _Line(NamedTuple):
    """A line of the table under the curves."""

    side: str
    name: str
    counts: str


def _lines(results: Results, path: str) -> list[_Line]:
    """Numbers at risk of both arms; of a weighted one also what they count after weighting.

    They have no name where nothing is weighted and there is one line an arm.
    """
    curves = {side: curve for curve, side in weighted_curves(results, path)}
    worth = {s: c for s, c in curves.items() if f"{c}/at_risk_ess" in results}
    lines = []
    for side in SIDES:
        lines.append(_Line(side, "n" if worth else "", f"{path}/at_risk/{side}"))
        if side in worth:
            lines.append(_Line(side, "weighted n", f"{worth[side]}/at_risk_weighted"))
            lines.append(_Line(side, "ESS", f"{worth[side]}/at_risk_ess"))
    return lines


def _draw(results: Results, path: str) -> Figure:
    from matplotlib.figure import Figure

    settings = comparison_settings(results, path)
    times = results.value(f"{path}/at_risk/time")
    unit = results[f"{path}/at_risk/time"].unit
    lines = _lines(results, path)
    height = CURVES_HEIGHT + LINE_HEIGHT * (len(lines) + 1)
    left = 0.15 if lines[0].name else 0.1
    figure = Figure(figsize=(8.2, height))
    table = LINE_HEIGHT * (len(lines) + 1) / height
    bottom = table + (CURVES_HEIGHT - AXES_HEIGHT - 0.2) / height
    axes = figure.add_axes((left, bottom, 0.97 - left, AXES_HEIGHT / height))
    for side in SIDES:
        _curve(axes, results, f"{path}/{side}", side)
        _published(axes, results, f"{path}/{side}", side)
    _weighted(axes, results, path)
    end = max(float(results.value(f"{path}/{side}/km/end")) for side in SIDES)
    per_cent_axis(axes, end)
    axes.set_xticks(times)
    axes.set_xlabel(f"{unit.capitalize()} from {_time_zero(results, path)}")
    axes.set_ylabel(f"{settings['endpoint']}, %")
    axes.legend(loc="upper right", frameon=False, handlelength=1.8)
    below = figure.add_axes((left, 0.1 / height, 0.97 - left, table))
    _at_risk(below, results, path, lines, axes.get_xlim())
    return figure


def _time_zero(results: Results, path: str) -> str:
    zeros = dict.fromkeys(str(results.value(f"{path}/{s}/basis/index_date")) for s in SIDES)
    known = [zero for zero in zeros if zero != "not stated"]
    return " or ".join(known) if known else "time zero"


def _curve(axes: Axes, results: Results, path: str, side: str) -> None:
    end = float(results.value(f"{path}/km/end"))
    fixed = min(float(results.value(f"{path}/published_to")), end)
    time = [0.0, *results.value(f"{path}/km/time"), end]
    survival = [1.0, *results.value(f"{path}/km/survival")]
    survival.append(survival[-1])
    label = f"{results.value(f'{path}/study')}, {results.value(f'{path}/label')}"
    colour = SIDE_LOOK[side].colour
    step_until(
        axes,
        time,
        survival,
        fixed,
        inside={"color": colour, "linewidth": 1.8, "label": label},
        beyond={"color": colour, "linewidth": 1.3, "linestyle": ":"},
    )


def _weighted(axes: Axes, results: Results, path: str) -> None:
    """Curves after weighting, thinner and dashed."""
    for curve, side in weighted_curves(results, path):
        _dashed(axes, results, path, curve, side)


def _dashed(axes: Axes, results: Results, path: str, curve: str, side: str) -> None:
    time = [0.0, *results.value(f"{curve}/time")]
    survival = [1.0, *results.value(f"{curve}/survival")]
    time.append(float(results.value(f"{path}/{side}/km/end")))
    survival.append(survival[-1])
    label = f"{results.value(f'{path}/{side}/label')}, weighted"
    colour, dash = SIDE_LOOK[side].colour, (0, (5, 2))
    axes.step(
        time, survival, where="post", color=colour, linewidth=1.2, linestyle=dash, label=label
    )


def _published(axes: Axes, results: Results, path: str, side: str) -> None:
    """Published rates with their intervals, and the median with its own."""
    about = SIDE_LOOK[side]
    look: dict[str, Any] = {
        **PRINTED,
        "color": about.colour,
        "marker": about.marker,
        "markersize": 6,
    }
    for index in results.children(f"{path}/published/landmark"):
        here = f"{path}/published/landmark/{index}"
        time, survival = results.value(f"{here}/time"), results.value(f"{here}/survival")
        error = _error(results, here, survival)
        axes.errorbar([time], [survival], yerr=error, **look)
    here = f"{path}/published/median"
    if f"{here}/estimate" in results:
        median = results.value(f"{here}/estimate")
        if math.isfinite(median):
            # the two arms' intervals lie a little apart, so that neither hides the other
            height = 0.5 + (0.012 if side == "treatment" else -0.012)
            bar = {**look, "marker": "none"}
            axes.errorbar([median], [height], xerr=_error(results, here, median, axes), **bar)
            axes.errorbar([median], [0.5], **look)


def _error(
    results: Results, path: str, centre: float, axes: Axes | None = None
) -> list[list[float]] | None:
    if f"{path}/ci_low" not in results or f"{path}/ci_high" not in results:
        return None
    low, high = results.value(f"{path}/ci_low"), results.value(f"{path}/ci_high")
    if math.isinf(high):  # the limit was not reached: draw to the edge
        assert axes is not None
        high = max(axes.get_xlim()[1] * 2, centre)
    return [[centre - low], [high - centre]]


def _at_risk(
    axes: Axes, results: Results, path: str, lines: list[_Line], limits: tuple[float, float]
) -> None:
    top = len(lines) + 1
    axes.set_xlim(limits)
    axes.set_ylim(0, top)
    axes.axis("off")
    x = -0.005 * (limits[1] - limits[0])
    axes.text(x, top - 0.5, _heading(results, path, lines), fontsize=8.5, fontweight="bold")
    times = results.value(f"{path}/at_risk/time")
    for row, line in enumerate(lines):
        height, colour = top - 1.5 - row, SIDE_LOOK[line.side].colour
        for time, count in zip(times, results.value(line.counts), strict=True):
            axes.text(time, height, _count(count), fontsize=9, ha="center", color=colour)
        mark = SIGN[SIDE_LOOK[line.side].marker]
        axes.text(
            -0.045,
            height,
            f"{line.name} {mark}".strip(),
            transform=axes.get_yaxis_transform(),
            fontsize=9,
            color=colour,
            ha="right",
        )


def _count(value: float) -> str:
    """A number at risk; what is left of one patient's weight is not nobody."""
    return f"{value:.1f}" if 0 < value < 1 else f"{value:.0f}"


def _heading(results: Results, path: str, lines: list[_Line]) -> str:
    observed = [results.value(f"{path}/{side}/origin") == "observed" for side in SIDES]
    words = "At risk" if any(observed) else "At risk, rebuilt"
    if not lines[0].name:
        return words
    return (
        f"{words}: patients (n), sum of weights of mean 1 (weighted n), effective sample size (ESS)"
    )
