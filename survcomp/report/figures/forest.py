"""Forest plot: our contrasts beside the published ones, in different styles."""

from __future__ import annotations

from typing import TYPE_CHECKING

from survcomp.plotting.effects import ForestLine, forest_lines
from survcomp.report.document.drawing import Drawing
from survcomp.report.kinds.forest_row import Row, forest_row
from survcomp.report.kinds.registry import comparison_settings, kinds, label_of, survival_paths
from survcomp.values.records.results import Results

if TYPE_CHECKING:
    from matplotlib.figure import Figure

WIDTH = 9.2
"""Inches of the figure."""
LABELS, AXES = 0.42, 0.32
"""Shares of it, for what stands left of the axes, and for the axes."""


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

    height = 0.9 + 0.27 * len(lines)
    figure = Figure(figsize=(WIDTH, height))
    bottom = 0.62 / height
    axes = figure.add_axes((LABELS, bottom, AXES, 0.97 - bottom))
    forest_lines(
        [ForestLine(r.label, r.text, r.estimate, r.low, r.high, r.style) for r in lines],
        axis=axis,
        ax=axes,
    )
    axes.tick_params(axis="y", pad=72 * WIDTH * (LABELS - 0.02))
    for label in axes.get_yticklabels():
        label.set_horizontalalignment("left")
    return figure
