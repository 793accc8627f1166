"""Forest plot: our contrasts beside the published ones, in different styles."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING

from survcomp.report.document.cells import (
    anchored,
    best_effect,
    comparison_settings,
    comparisons,
    is_weighted,
    naive_effect,
    weighted_effect,
    weighted_name,
)
from survcomp.report.document.drawing import BLUE, GREY, INK, Drawing
from survcomp.report.document.text import effect
from survcomp.values.records.results import Results

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

ONE_DATA_SET = "one data set: sampling error only"
ONE_ALONE = "One data set: sampling error only"


@dataclass(frozen=True, slots=True)
class Row:
    """One line of a forest plot.

    Attributes
    ----------
    label, text : str
        Left and right of the interval.
    estimate, low, high : float
        Hazard ratio and limits; NaN limits where none are published.
    style : str
        "main", "other" (same data, another assumption), "bound", "published" or "heading".
    record : str
        Id of the record of the estimate.
    """

    label: str
    text: str = ""
    estimate: float = math.nan
    low: float = math.nan
    high: float = math.nan
    style: str = "heading"
    record: str = ""


def outcomes(results: Results) -> tuple[str, ...]:
    """Survival endpoints that have at least one effect of ours to draw."""
    paths = (*comparisons(results, "main", "sensitivity"), *anchored(results))
    return tuple(dict.fromkeys(str(comparison_settings(results, p)["endpoint"]) for p in paths))


def rows(results: Results, outcome: str) -> list[Row]:
    """Lines of the forest plot of one outcome: ours first, then what is published."""
    found: list[Row] = []
    for path in comparisons(results, "main", "sensitivity"):
        settings = comparison_settings(results, path)
        if settings["endpoint"] != outcome:
            continue
        found.append(Row(str(settings["label"])))
        if is_weighted(results, path):
            found += _weighted(results, path)
        found += _by_models(results, path)
        found += _unadjusted(results, path)
        naive = "Naive: " if is_weighted(results, path) else ""
        for id in results.children(f"{path}/scenario"):
            here = f"{path}/scenario/{id}"
            label = f"{naive}{results.value(f'{here}/label')}"
            found.append(forest_row(results, f"{here}/log_hr", label, "other"))
        for name, label in (
            ("both", "Enrolled bound, both sides"),
            ("treatment_only", "Enrolled bound, treatment side only"),
            ("comparator_only", "Enrolled bound, comparator side only"),
        ):
            here = f"{path}/enrolled_bound/{name}/log_hr"
            if f"{here}/estimate" in results:
                found.append(forest_row(results, here, label, "bound"))
    return [*found, *_anchored(results, outcome), *_published(results, (outcome,))]


def _anchored(results: Results, outcome: str) -> list[Row]:
    """Anchored comparisons: the weighted effect first."""
    found: list[Row] = []
    for path in anchored(results):
        settings = comparison_settings(results, path)
        if settings["endpoint"] == outcome:
            name = weighted_name(results, path)
            found.append(Row(str(settings["label"])))
            found.append(forest_row(results, f"{path}/maic/log_hr", name, "main"))
            found += _by_models(results, path)
            found.append(
                forest_row(results, f"{path}/unadjusted/log_hr", "Bucher, not weighted", "other")
            )
    return found


def headline_rows(results: Results) -> list[Row]:
    """One line for each main comparison or check, and what is published beside it."""
    paths = (*comparisons(results, "main", "check"), *anchored(results))
    found: list[Row] = []
    for path in paths:
        label = str(comparison_settings(results, path)["label"])
        found.append(forest_row(results, best_effect(results, path), label, "main"))
        beside = f"{path}/check/published/log_hr"
        if f"{beside}/estimate" in results:
            found.append(forest_row(results, beside, "the same, as published", "published"))
    endpoints = tuple(str(comparison_settings(results, path)["endpoint"]) for path in paths)
    return found + _published(results, tuple(dict.fromkeys(endpoints)))


def _published(results: Results, endpoints: tuple[str, ...]) -> list[Row]:
    """Published hazard ratios of these endpoints, which are named where there are several."""
    found: list[Row] = []
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
            found.append(Row(heading))
        for path in chosen:
            study, outcome = results.value(f"{path}/study"), results.value(f"{path}/log_hr/outcome")
            label = f"{study}, {outcome}" if len(endpoints) > 1 else str(study)
            found.append(forest_row(results, f"{path}/log_hr", label, "published"))
    return found


def _by_models(results: Results, path: str) -> list[Row]:
    """Hazard ratios by a model of the outcome."""
    return [
        forest_row(results, f"{path}/models/{method}/log_hr", method, "other")
        for method in results.children(f"{path}/models")
        if f"{path}/models/{method}/log_hr/estimate" in results
    ]


def _weighted(results: Results, path: str) -> list[Row]:
    """The weighted effect over draws, and that of one data set."""
    best, alone = weighted_effect(results, path), f"{path}/maic/log_hr"
    found = [forest_row(results, best, "Weighted (MAIC)", "main")]
    if best != alone:
        found.append(forest_row(results, alone, f"Weighted, {ONE_DATA_SET}", "other"))
    return found


def _unadjusted(results: Results, path: str) -> list[Row]:
    """The unadjusted effect over draws, and that of one data set."""
    best, alone = naive_effect(results, path), f"{path}/unadjusted/log_hr"
    weighted = is_weighted(results, path)
    style, alone_label = ("other", f"Naive, {ONE_DATA_SET}") if weighted else ("main", ONE_ALONE)
    found = [forest_row(results, best, "Naive (unadjusted)", style)]
    if best != alone:
        found.append(forest_row(results, alone, alone_label, "other"))
    return found


def forest_row(results: Results, path: str, label: str, style: str) -> Row:
    """The line of one hazard ratio, from its path."""
    base = path.removesuffix("log_hr") + "hr"
    limits = [
        results.value(f"{base}/{field}") if f"{base}/{field}" in results else math.nan
        for field in ("ci_low", "ci_high")
    ]
    text = effect(results, path).removeprefix("HR ")
    estimate = results.value(f"{base}/estimate")
    return Row(label, text, estimate, limits[0], limits[1], style, f"{path}/estimate")


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
