"""Kaplan-Meier figure of one comparison: rebuilt curves, what was published, at-risk table."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Any

from survcomp.report.cells import SIDES, comparison_settings
from survcomp.report.drawing import SIDE_COLOUR, SIDE_MARKER, house_style, to_svg
from survcomp.values.results import Results

if TYPE_CHECKING:
    from matplotlib.axes import Axes


def km_figure(results: Results, path: str) -> str:
    """Draw the curves of one comparison as SVG.

    The solid part of a curve ends at the last time that something published fixes; beyond
    it the line is dotted. Published rates and medians are marked with their intervals.
    """
    from matplotlib.figure import Figure

    settings = comparison_settings(results, path)
    times = results.value(f"{path}/at_risk/time")
    unit = results[f"{path}/at_risk/time"].unit
    with house_style():
        figure = Figure(figsize=(8.2, 5.2))
        axes = figure.add_axes((0.1, 0.3, 0.87, 0.66))
        for side in SIDES:
            _curve(axes, results, f"{path}/{side}", side)
            _published(axes, results, f"{path}/{side}", side)
        _weighted(axes, results, path)
        end = max(float(results.value(f"{path}/{side}/km/end")) for side in SIDES)
        axes.set_xlim(0, end * 1.02)
        axes.set_ylim(0, 1.02)
        axes.set_xticks(times)
        axes.set_yticks([0, 0.25, 0.5, 0.75, 1], ["0", "25", "50", "75", "100"])
        axes.set_xlabel(f"{unit.capitalize()} from {_time_zero(results, path)}")
        axes.set_ylabel(f"{settings['endpoint']}, %")
        axes.axhline(0.5, color="#DDDDDD", linewidth=0.8, zorder=0)
        axes.legend(loc="upper right", frameon=False, handlelength=1.8)
        _at_risk(figure.add_axes((0.1, 0.02, 0.87, 0.17)), results, path, axes.get_xlim())
        return to_svg(figure, title=f"Kaplan-Meier curves: {settings['label']}")


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
    points = list(zip(time, survival, strict=True))
    solid = [point for point in points if point[0] <= fixed]
    joint = (fixed, solid[-1][1])
    solid.append(joint)
    dotted = [joint, *(point for point in points if point[0] > fixed)]
    colour = SIDE_COLOUR[side]
    label = f"{results.value(f'{path}/study')}, {results.value(f'{path}/label')}"
    axes.step(*zip(*solid, strict=True), where="post", color=colour, linewidth=1.8, label=label)
    if len(dotted) > 1:
        axes.step(
            *zip(*dotted, strict=True), where="post", color=colour, linewidth=1.3, linestyle=":"
        )


def _weighted(axes: Axes, results: Results, path: str) -> None:
    """Curves after weighting, thinner and dashed: the treatment's, or of a trial both arms'."""
    for curve, side in (
        (f"{path}/maic/km", "treatment"),
        (f"{path}/treatment/weighted/km", "treatment"),
        (f"{path}/comparator/weighted/km", "comparator"),
    ):
        if f"{curve}/time" in results:
            _dashed(axes, results, path, curve, side)


def _dashed(axes: Axes, results: Results, path: str, curve: str, side: str) -> None:
    time = [0.0, *results.value(f"{curve}/time")]
    survival = [1.0, *results.value(f"{curve}/survival")]
    time.append(float(results.value(f"{path}/{side}/km/end")))
    survival.append(survival[-1])
    label = f"{results.value(f'{path}/{side}/label')}, weighted"
    colour, dash = SIDE_COLOUR[side], (0, (5, 2))
    axes.step(
        time, survival, where="post", color=colour, linewidth=1.2, linestyle=dash, label=label
    )


def _published(axes: Axes, results: Results, path: str, side: str) -> None:
    """Published rates with their intervals, and the median with its own."""
    look: dict[str, Any] = {
        "color": SIDE_COLOUR[side],
        "marker": SIDE_MARKER[side],
        "markersize": 6,
        "markerfacecolor": "white",
        "capsize": 3,
        "elinewidth": 1.1,
        "linestyle": "none",
        "zorder": 4,
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


def _at_risk(axes: Axes, results: Results, path: str, limits: tuple[float, float]) -> None:
    axes.set_xlim(limits)
    axes.set_ylim(0, 3)
    axes.axis("off")
    x = -0.005 * (limits[1] - limits[0])
    observed = [results.value(f"{path}/{side}/origin") == "observed" for side in SIDES]
    words = "At risk" if any(observed) else "At risk, rebuilt"
    axes.text(x, 2.55, words, fontsize=8.5, fontweight="bold", ha="left")
    times = results.value(f"{path}/at_risk/time")
    for row, side in enumerate(SIDES):
        height = 1.6 - row
        counts = results.value(f"{path}/at_risk/{side}")
        for time, count in zip(times, counts, strict=True):
            axes.text(
                time, height, f"{count:.0f}", fontsize=9, ha="center", color=SIDE_COLOUR[side]
            )
        axes.text(
            -0.045,
            height,
            "■" if SIDE_MARKER[side] == "s" else "●",
            transform=axes.get_yaxis_transform(),
            fontsize=9,
            color=SIDE_COLOUR[side],
            ha="right",
        )
