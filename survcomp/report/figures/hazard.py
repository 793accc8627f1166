"""Hazards of the two arms of a comparison, to judge by eye whether they are proportional."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from survcomp.plotting.marks import log_log_steps
from survcomp.plotting.style import label_log_time
from survcomp.report.document.cells import SIDES, weighted_curves
from survcomp.report.document.drawing import SIDE_LOOK, Drawing
from survcomp.report.kinds.registry import label_of
from survcomp.values.records.results import Results

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure


def has_hazards(results: Results, path: str) -> bool:
    """Whether the hazards of a comparison are those of data, and were recorded."""
    return all(f"{path}/{side}/hazard/estimate" in results for side in SIDES)


def hazard_figure(results: Results, path: str) -> Drawing:
    """Drawing of log(-log S) by log time, and of the hazard by interval with its limits."""
    label = label_of(results, path)
    return Drawing(f"Hazards by time: {label}", lambda: _draw(results, path))


def _draw(results: Results, path: str) -> Figure:
    from matplotlib.figure import Figure

    unit = results[f"{path}/at_risk/time"].unit
    figure = Figure(figsize=(9.2, 4.3))
    left = figure.add_axes((0.075, 0.25, 0.4, 0.67))
    right = figure.add_axes((0.575, 0.25, 0.41, 0.67))
    for side in SIDES:
        name = f"{results.value(f'{path}/{side}/study')}, {results.value(f'{path}/{side}/label')}"
        _log_log(left, results, f"{path}/{side}/km", SIDE_LOOK[side].colour, "-", name)
        _hazard(right, results, f"{path}/{side}", SIDE_LOOK[side].colour, side)
    for curve, side in weighted_curves(results, path):
        name = f"{results.value(f'{path}/{side}/label')}, weighted"
        _log_log(left, results, curve, SIDE_LOOK[side].colour, (0, (5, 2)), name)
    label_log_time(left, unit)
    left.set_ylabel("log(-log S)")
    # below both: inside, names of two arms would lie on the curves
    handles, labels = left.get_legend_handles_labels()
    figure.legend(handles, labels, loc="lower center", ncols=2, frameon=False, fontsize=8.5)
    left.set_title("Parallel where hazards are proportional", fontsize=9, loc="left")
    right.set_xlim(0, None)
    right.set_ylim(0, None)
    right.set_xticks(results.value(f"{path}/at_risk/time"))
    right.set_xlabel(unit.capitalize())
    right.set_ylabel(f"Events per {unit.removesuffix('s')} at risk")
    right.set_title("Hazard by interval, with its interval", fontsize=9, loc="left")
    return figure


def _log_log(axes: Axes, results: Results, path: str, colour: str, dash: Any, label: str) -> None:
    time, survival = (results.value(f"{path}/{name}") for name in ("time", "survival"))
    look = {"color": colour, "linewidth": 1.4, "linestyle": dash, "label": label}
    log_log_steps(axes, time, survival, **look)


def _hazard(axes: Axes, results: Results, path: str, colour: str, side: str) -> None:
    here = f"{path}/hazard"
    columns = [
        results.value(f"{here}/{f}") for f in ("start", "end", "estimate", "ci_low", "ci_high")
    ]
    shift = 0.012 if side == "treatment" else -0.012
    width = max(columns[1])
    for start, end, estimate, low, high in zip(*columns, strict=True):
        axes.plot([start, end], [estimate] * 2, color=colour, linewidth=1.8)
        middle = (start + end) / 2 + shift * width  # so that neither interval hides the other
        axes.plot([middle] * 2, [low, high], color=colour, linewidth=1)
