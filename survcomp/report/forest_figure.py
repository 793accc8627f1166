"""Forest plot: our contrasts beside the published ones, in different styles."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING

from survcomp.report.cells import comparison_settings, comparisons, is_weighted, naive_effect
from survcomp.report.drawing import BLUE, GREY, INK, Drawing
from survcomp.report.text import effect
from survcomp.values.results import Results

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure


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
    paths = comparisons(results, "main", "sensitivity")
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
            found.append(_row(results, f"{path}/maic/log_hr", "Weighted (MAIC)", "main"))
        found += _unadjusted(results, path)
        naive = "Naive: " if is_weighted(results, path) else ""
        for id in results.children(f"{path}/scenario"):
            here = f"{path}/scenario/{id}"
            label = f"{naive}{results.value(f'{here}/label')}"
            found.append(_row(results, f"{here}/log_hr", label, "other"))
        for name, label in (
            ("both", "Enrolled bound, both sides"),
            ("treatment_only", "Enrolled bound, treatment side only"),
            ("comparator_only", "Enrolled bound, comparator side only"),
        ):
            here = f"{path}/enrolled_bound/{name}/log_hr"
            if f"{here}/estimate" in results:
                found.append(_row(results, here, label, "bound"))
    published = [
        f"published/{index}"
        for index in results.children("published")
        if f"published/{index}/log_hr/estimate" in results
        and results.value(f"published/{index}/log_hr/outcome") == outcome
    ]
    for role, heading in (
        ("same question", "Published for this question"),
        ("context", "Published, context only: other patients or methods"),
    ):
        chosen = [path for path in published if results.value(f"{path}/role") == role]
        if chosen:
            found.append(Row(heading))
        for path in chosen:
            found.append(
                _row(results, f"{path}/log_hr", str(results.value(f"{path}/study")), "published")
            )
    return found


def _unadjusted(results: Results, path: str) -> list[Row]:
    """The unadjusted effect over draws, and that of one data set."""
    best, alone = naive_effect(results, path), f"{path}/unadjusted/log_hr"
    style = "other" if is_weighted(results, path) else "main"
    found = [_row(results, best, "Naive (unadjusted)", style)]
    if best != alone:
        found.append(_row(results, alone, "One data set: sampling error only", "other"))
    return found


def has_published(results: Results, outcome: str) -> bool:
    """Whether a published effect is drawn for this outcome."""
    return any(row.style == "published" for row in rows(results, outcome))


def _row(results: Results, path: str, label: str, style: str) -> Row:
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
    title = f"Forest plot of hazard ratios, {outcome}"
    return Drawing(title, lambda: _draw(results, outcome))


def _draw(results: Results, outcome: str) -> Figure:
    from matplotlib.figure import Figure

    lines = rows(results, outcome)
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
    axes.set_xlabel(
        f"Hazard ratio, {outcome} (log scale); below 1 favours {results.settings['treatment']}"
    )
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
