"""Contours of the hazard ratio under an unmeasured confounder, beside the measured covariates."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from survcomp.comparison.sensitivity_analyses.confounder import ConfounderGrid
from survcomp.comparison.sensitivity_analyses.picture import ConfounderPicture, confounder_picture
from survcomp.plotting.style import BLUE, GREY, INK, VERMILLION, house_style
from survcomp.report.document.drawing import Drawing

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure
    from matplotlib.text import Text

DASHED = (0, (4, 2))
MOST_TICKS = 13
LINE = 0.042
"""Height of a line of text, as a share of the axes'."""

HR_TICKS = (1, 1.25, 1.5, 2, 2.5, 3, 4, 5, 7, 10, 20, 50, 100)
LEVELS = (0.05, 0.1, 0.2, 0.3, 0.4, 0.5, 0.6, 0.7, 0.8, 0.9, 1.1, 1.25, 1.5, 2, 3, 5, 10)


def confounder_figure(grid: ConfounderGrid) -> str:
    """Draw the grid as SVG.

    Thin lines join confounders under which the hazard ratio would be the same; the shaded
    part is where the conclusion tips, and a dashed line where the estimate is 1. Each measured
    covariate is a point, on the side that weakens the result; one beyond an axis is an open
    point at its end, and says so.

    Parameters
    ----------
    grid : ConfounderGrid
        From `confounder_grid`; at least two differences in prevalence and two hazard ratios.

    Returns
    -------
    str
        An SVG element.

    Raises
    ------
    InputError
        If the grid is a single row or column.

    Examples
    --------
    >>> import survcomp as sc
    >>> from survcomp.report.figures.confounder import confounder_figure
    >>> a = sc.IPD.from_times(range(2, 42), [10] * 10, arm="A", time_unit="months")
    >>> b = sc.IPD.from_times(range(1, 30), [8] * 10, arm="B", time_unit="months")
    >>> grid = sc.confounder_grid(sc.comparison.unmatched_arms(a, b, outcome="PFS"))
    >>> svg = confounder_figure(grid)
    >>> print(svg[:4], "tips" in svg)
    <svg True
    """
    return picture_figure(confounder_picture(grid)).svg()


def picture_figure(picture: ConfounderPicture) -> Drawing:
    """Drawing of what `confounder_picture` made, or of what was recorded of it."""
    title = (
        f"Hazard ratio of {picture.treatment} against {picture.comparator}, {picture.outcome}, "
        "under an unmeasured confounder"
    )
    return Drawing(title, lambda: figure_of(picture))


def figure_of(picture: ConfounderPicture) -> Figure:
    """The figure itself."""
    from matplotlib.figure import Figure

    with house_style():
        figure = Figure(figsize=(8.2, 5.4))
        axes = figure.add_axes((0.09, 0.12, 0.88, 0.72))
        axes.set_xlim(float(picture.difference[0]), float(picture.difference[-1]))
        axes.set_yscale("log")
        axes.set_ylim(float(picture.hazard_ratio[0]), float(picture.hazard_ratio[-1]))
        numbers = _contours(axes, picture)
        _tipping(axes, picture)
        covariates = _benchmarks(axes, picture)
        _words(axes, picture)
        figure.draw_without_rendering()  # only now is it known where texts stand
        for number in numbers:
            if any(_cover(name, number) for name in covariates):
                number.set_visible(False)
        return figure


def _cover(name: Text, number: Text) -> bool:
    """Whether a name stands on the number of a line, which then goes without."""
    from matplotlib.text import Text

    # that of an annotation as such holds its leader line too
    return bool(Text.get_window_extent(name).overlaps(number.get_window_extent()))


def _contours(axes: Axes, picture: ConfounderPicture) -> list[Text]:
    """Lines of one hazard ratio; the numbers on them."""
    adjusted = np.exp(picture.estimate - picture.log_bias)
    levels = [v for v in LEVELS if adjusted.min() < v < adjusted.max()]
    if not levels:
        return []
    lines = axes.contour(
        picture.difference,
        picture.hazard_ratio,
        adjusted,
        levels,
        colors="#A8A8A8",
        linewidths=0.8,
    )
    return list(axes.clabel(lines, fmt="%g", fontsize=8, colors=GREY))


def _tipping(axes: Axes, picture: ConfounderPicture) -> None:
    """Where the interval, and where the estimate, reaches 1."""
    mesh = (picture.difference, picture.hazard_ratio, picture.log_bias)
    low, high = float(picture.log_bias.min()), float(picture.log_bias.max())
    near, estimate = picture.near, picture.estimate
    if near and low < near < high:
        beyond = [low, near] if near < 0 else [near, high]
        axes.contourf(*mesh, beyond, colors=[VERMILLION], alpha=0.13)
        axes.contour(*mesh, [near], colors=[VERMILLION], linewidths=2, linestyles="-")
        words = f"{100 * picture.level:g}% interval reaches 1; beyond it the conclusion tips"
        axes.plot([], [], color=VERMILLION, linewidth=2, label=words)
    elif near:
        axes.plot([], [], linestyle="none", label="No confounder shown here tips the conclusion")
    if low < estimate < high and estimate:
        axes.contour(*mesh, [estimate], colors=[INK], linewidths=1.3, linestyles=[DASHED])
        axes.plot([], [], color=INK, linewidth=1.3, linestyle=DASHED, label="HR is 1")


class _Point(NamedTuple):
    """A covariate in the figure."""

    x: float
    y: float
    name: str
    kind: str


MEASURED = "Measured covariate, before weighting"
NEEDED = "Published covariate, and the hazard ratio it would need"
MARKER = {MEASURED: "o", NEEDED: "D"}


def _points(picture: ConfounderPicture) -> list[_Point]:
    """Covariates on the side of 0 that weakens the result, the lowest first."""
    sign = math.copysign(1.0, picture.estimate)
    points = [
        _Point(
            sign * abs(each.difference),
            max(each.hazard_ratio, 1 / each.hazard_ratio),
            each.covariate,
            MEASURED,
        )
        for each in picture.benchmarks
    ]
    for each in picture.uneven:
        x = sign * abs(each.prevalence_treated - each.prevalence_comparator)
        finite = math.isfinite(each.hazard_ratio)
        needed = f"{each.hazard_ratio:.1f}" if finite else "none strong enough"
        points.append(_Point(x, each.hazard_ratio, f"{each.title}: {needed}", NEEDED))
    top = float(picture.hazard_ratio[-1])
    return sorted(points, key=lambda point: (min(point.y, top), -abs(point.x)))


def _benchmarks(axes: Axes, picture: ConfounderPicture) -> list[Text]:
    """Covariates as points, their names in a column on the other side of 0; the names."""
    points = _points(picture)
    low, high = axes.get_xlim()
    top = axes.get_ylim()[1]
    sign = math.copysign(1.0, picture.estimate)
    heights = _spread([_share(axes, min(point.y, top)) for point in points])
    column = -sign * 0.012 * (high - low)
    labelled: set[str] = set()
    covariates: list[Text] = []
    for point, height in zip(points, heights, strict=True):
        inside = low <= point.x <= high and point.y <= top
        x, y = min(max(point.x, low), high), min(point.y, top)
        axes.plot(
            [x], [y], linestyle="none", marker=MARKER[point.kind], markersize=6, color=BLUE,
            clip_on=False, markerfacecolor=BLUE if inside else "white",
            label=None if point.kind in labelled else point.kind,
        )  # fmt: skip
        labelled.add(point.kind)
        covariate = axes.annotate(
            point.name + ("" if inside or math.isinf(point.y) else " (off the grid)"),
            (x, y),
            xytext=(column, height),
            textcoords=axes.get_xaxis_transform(),
            fontsize=8.5,
            color=BLUE,
            va="center",
            ha="left" if sign < 0 else "right",
            zorder=5,  # above the numbers of the grey lines
            arrowprops={
                "arrowstyle": "-",
                "color": BLUE,
                "linewidth": 0.5,
                "alpha": 0.6,
                "relpos": (0, 0.5) if sign < 0 else (1, 0.5),
            },
            bbox={"facecolor": "white", "edgecolor": "none", "alpha": 0.85, "pad": 0.8},
        )
        covariates.append(covariate)
    return covariates


def _share(axes: Axes, ratio: float) -> float:
    """Height of a hazard ratio as a share of the axis."""
    low, high = axes.get_ylim()
    return math.log(ratio / low) / math.log(high / low)


def _spread(heights: list[float]) -> list[float]:
    """Ascending heights, moved up, or down from the top, to be LINE apart."""
    apart: list[float] = []
    for height in heights:
        apart.append(max(height, LINE / 2 if not apart else apart[-1] + LINE))
    highest = 1 - LINE / 2
    for i in range(len(apart) - 1, -1, -1):
        apart[i] = min(apart[i], highest)
        highest = apart[i] - LINE
    return apart


def _words(axes: Axes, picture: ConfounderPicture) -> None:
    low, high = axes.get_ylim()
    ticks = [t for t in HR_TICKS if low <= t <= high]
    axes.set_yticks(ticks, [f"{t:g}" for t in ticks])
    axes.minorticks_off()
    every = math.ceil(len(picture.ticks) / MOST_TICKS)
    places = picture.ticks[::every]
    axes.set_xticks(places, [f"{round(100 * d, 1):+g}" if d else "0" for d in places])
    axes.set_xlabel(
        f"Difference in prevalence, percentage points: {picture.treatment} less "
        f"{picture.comparator} (mean {100 * picture.mean_prevalence:g}%)"
    )
    axes.set_ylabel("Hazard ratio of the confounder")
    hr, ci_low, ci_high = (math.exp(v) for v in (picture.estimate, picture.ci_low, picture.ci_high))
    axes.set_title(
        f"{picture.outcome}: HR {hr:.2f} ({100 * picture.level:g}% CI {ci_low:.2f} to "
        f"{ci_high:.2f}) without it; grey lines: HR with it",
        loc="left",
        fontsize=10,
        pad=40,
    )
    if axes.get_legend_handles_labels()[0]:
        axes.legend(
            loc="lower left", bbox_to_anchor=(-0.01, 1.0), ncols=2, frameon=False, fontsize=8.5
        )
