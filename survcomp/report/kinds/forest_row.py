"""Rows of a forest plot, as the kinds of comparisons make them and the figure draws them."""

from __future__ import annotations

import math
from dataclasses import dataclass

from survcomp.plotting.effects import Style
from survcomp.report.document.text import effect
from survcomp.values.records.results import Results


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
    style: Style = "heading"
    record: str = ""


def forest_row(results: Results, path: str, label: str, style: Style) -> Row:
    """The line of one hazard ratio, from its path."""
    base = path.removesuffix("log_hr") + "hr"
    limits = [
        results.value(f"{base}/{field}") if f"{base}/{field}" in results else math.nan
        for field in ("ci_low", "ci_high")
    ]
    text = effect(results, path).removeprefix("HR ")
    estimate = results.value(f"{base}/estimate")
    return Row(label, text, estimate, limits[0], limits[1], style, f"{path}/estimate")


def model_rows(results: Results, path: str) -> list[Row]:
    """Hazard ratios by a model of the outcome."""
    return [
        forest_row(results, f"{path}/models/{method}/log_hr", method, "other")
        for method in results.children(f"{path}/models")
        if f"{path}/models/{method}/log_hr/estimate" in results
    ]
