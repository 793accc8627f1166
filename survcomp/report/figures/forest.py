"""Forest plot: our contrasts beside the published ones, in different styles."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

from survcomp.report.document.drawing import BLUE, GREY, INK, Drawing
from survcomp.report.kinds.forest_row import Row, forest_row
from survcomp.report.kinds.registry import comparison_settings, kinds, label_of, survival_paths
from survcomp.values.records.results import Results

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure


def outcomes(results: Results) -> tuple[str, ...]:
    """Survival endpoints that have at least one effect of ours to draw."""
    paths = (path for _, path in survival_paths(results))
    return tuple(dict.fromkeys(_endpoint(results, path) for path in paths))


def _endpoint(results: Results, path: str) -> str:
    return str(comparison_settings(results, path)["endpoint"])


def rows(results: Results, outcome: str) -> list[Row]:
    """Lines of the forest plot of one outcome: ours first, then what is published."""
    ours = [
        row
        for survival, path in survival_paths(results)
        if _endpoint(results, path) == outcome
        for row in survival.rows(results, path)
    ]
    return [*ours, *_published(results, (outcome,))]


def headline_rows(results: Results) -> list[Row]:
    """One line for each main comparison or check, and what is published beside it."""
    ours: list[Row] = []
    endpoints: dict[str, None] = {}
    for kind in (kind for kind in kinds() if kind.survival is not None):
        for path in kind.paths(results, *kind.main):
            endpoints[_endpoint(results, path)] = None
            leading = kind.leads_with(results, path)
            ours.append(forest_row(results, leading, label_of(results, path), "main"))
            beside = f"{path}/check/published/log_hr"
            if f"{beside}/estimate" in results:
                ours.append(forest_row(results, beside, "the same, as published", "published"))
    return ours + _published(results, tuple(endpoints))


def _published(results: Results, endpoints: tuple[str, ...]) -> list[Row]:
    """Published hazard ratios of these endpoints, which are named where there are several."""
    lines: list[Row] = []
    published = [
        f"published/{index}"
        for index in results.children("published")
        if f"published/{index}/log_hr/estimate" in results
        and results.value(f"published/{index}/log_hr/outcome") in endpoints
    ]
    for role, heading in (
        ("same question", "Published for this question"),
        ("context", "Published, context only: other patients or methods"),
    ):
        chosen = [path for path in published if results.value(f"{path}/role") == role]
        if chosen:
            lines.append(Row(heading))
        for path in chosen:
            study, outcome = results.value(f"{path}/study"), results.value(f"{path}/log_hr/outcome")
            label = f"{study}, {outcome}" if len(endpoints) > 1 else str(study)
            lines.append(forest_row(results, f"{path}/log_hr", label, "published"))
    return lines


def forest_figure(results: Results, outcome: str) -> Drawing:
    """Drawing of the forest plot of one survival outcome."""
    favours = results.settings["treatment"]
    return forest_drawing(
        rows(results, outcome),
        axis=f"Hazard ratio, {outcome} (log scale); below 1 favours {favours}",
        title=f"Forest plot of hazard ratios, {outcome}",
    )


def headline_figure(results: Results) -> Drawing | None:
    """Drawing of the main hazard ratios beside the published ones, if there are any."""
    lines = headline_rows(results)
    if not lines:
        return None
    return forest_drawing(
        lines,
        axis=f"Hazard ratio (log scale); below 1 favours {results.settings['treatment']}",
        title=f"Forest plot of the main hazard ratios: {results.title}",
    )


def forest_drawing(lines: list[Row], *, axis: str, title: str) -> Drawing:
    """Drawing of lines of hazard ratios, with a label for the axis and one for the figure."""
    return Drawing(title, lambda: _draw(lines, axis))


def _draw(lines: list[Row], axis: str) -> Figure:
    from matplotlib.figure import Figure

    numbers = [v for r in lines for v in (r.estimate, r.low, r.high) if not math.isnan(v)]
    low, high = min(*numbers, 0.9) / 1.15, max(*numbers, 1.1) * 1.15
    height = 0.9 + 0.27 * len(lines)
    figure = Figure(figsize=(9.2, height))
    bottom = 0.62 / height
    axes = figure.add_axes((0.42, bottom, 0.32, 0.97 - bottom))
    axes.set_xscale("log")
    axes.set_xlim(low, high)
    axes.set_ylim(len(lines) - 0.4, -0.7)
    axes.axvline(1, color=INK, linewidth=0.8)
    axes.spines["left"].set_visible(False)
    axes.set_yticks([])
    ticks = [t for t in (0.05, 0.1, 0.2, 0.3, 0.5, 0.7, 1, 1.5, 2, 3, 5) if low <= t <= high]
    axes.set_xticks(ticks, [f"{t:g}" for t in ticks])
    axes.minorticks_off()
    axes.set_xlabel(axis)
    for y, row in enumerate(lines):
        _draw_row(axes, row, y)
    return figure


def _draw_row(axes: Axes, row: Row, y: int) -> None:
    heading = row.style == "heading"
    colour = {"main": BLUE, "published": GREY}.get(row.style, INK)
    axes.text(
        -1.28 if heading else -1.24,
        y,
        row.label,
        transform=axes.get_yaxis_transform(),
        va="center",
        fontsize=9,
        fontweight="bold" if heading else "normal",
        color=colour if row.style == "published" else INK,
    )
    if heading:
        return
    style = {
        "main": {"marker": "s", "markersize": 7, "markerfacecolor": BLUE},
        "other": {"marker": "s", "markersize": 5, "markerfacecolor": "white"},
        "bound": {"marker": "v", "markersize": 6, "markerfacecolor": "white"},
        "published": {"marker": "D", "markersize": 6, "markerfacecolor": "white"},
    }[row.style]
    if not math.isnan(row.low):
        dash = (0, (4, 2)) if row.style == "published" else "-"
        axes.plot([row.low, row.high], [y, y], color=colour, linewidth=1.3, linestyle=dash)
    axes.plot([row.estimate], [y], color=colour, linestyle="none", **style)  # type: ignore[arg-type]
    axes.text(
        1.04,
        y,
        row.text,
        transform=axes.get_yaxis_transform(),
        va="center",
        fontsize=9,
        color=colour if row.style == "published" else INK,
    )
