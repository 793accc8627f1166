"""The chapter of one anchored comparison: its figures, its tables, and what it rests on."""

from __future__ import annotations

from dataclasses import dataclass

from survcomp.report import anchored_tables, model_tables, weighting_tables
from survcomp.report.cells import anchored, comparison_settings
from survcomp.report.forest_figure import Row, draw_forest, forest_row
from survcomp.report.km_figure import km_figure
from survcomp.report.table import Table
from survcomp.report.weight_figure import weight_figure
from survcomp.values.results import Results


@dataclass(frozen=True, slots=True, kw_only=True)
class AnchoredChapter:
    """One anchored comparison in the report.

    Attributes
    ----------
    id, label : str
        Of the comparison.
    lead, warning : str
        The result in one line; that nothing anchors it, or empty.
    steps_figure, curves, histogram : str
        SVG: the effects it is made of, one's own two arms, the weights.
    first : tuple of Table
        The effects, and the other ways to adjust.
    weighting : tuple of Table
        Variances, balance, distribution of the weights, overlap.
    statements : tuple of str
        What it rests on.
    """

    id: str
    label: str
    lead: str
    warning: str
    steps_figure: str
    curves: str
    histogram: str
    first: tuple[Table, ...]
    weighting: tuple[Table, ...]
    statements: tuple[str, ...]


def anchored_chapters(results: Results) -> tuple[AnchoredChapter, ...]:
    """A chapter for each anchored comparison."""
    return tuple(_chapter(results, path) for path in anchored(results))


def anchored_heading(results: Results) -> str:
    """Heading of the chapters: nothing is called anchored that is not."""
    paths = anchored(results)
    if all(anchored_tables.is_exploratory(results, path) for path in paths):
        return "Exploratory comparison"
    return "Anchored comparison"


def _chapter(results: Results, path: str) -> AnchoredChapter:
    return AnchoredChapter(
        id=path.replace("/", "-"),
        label=str(comparison_settings(results, path)["label"]),
        lead=anchored_tables.headline(results, path),
        warning=_warning(results, path),
        steps_figure=steps_figure(results, path),
        curves=km_figure(results, path),
        histogram=weight_figure(results, path),
        first=(anchored_tables.steps(results, path), *model_tables.models(results, path)),
        weighting=(
            weighting_tables.variances(results, path),
            anchored_tables.balance_by_arm(results, path),
            weighting_tables.distribution(results, path),
            weighting_tables.overlap(results, path),
        ),
        statements=anchored_tables.statements(results, path),
    )


def _warning(results: Results, path: str) -> str:
    if not anchored_tables.is_exploratory(results, path):
        return ""
    return "The trials have no common comparator: this is exploratory, no anchored comparison."


def steps_figure(results: Results, path: str) -> str:
    """Draw the effects that the comparison is made of, as SVG."""
    outcome = str(comparison_settings(results, path)["endpoint"])

    def line(part: str, label: str, style: str) -> Row:
        return forest_row(results, f"{path}/{part}/log_hr", label, style)

    lines = [
        Row("Against the common comparator"),
        line("own/unadjusted", "Own trial, as it is", "other"),
        line("own/weighted", "Own trial, weighted", "main"),
        line("published", "Published", "published"),
        Row("Against each other"),
        line("unadjusted", "Bucher, not weighted", "other"),
        line("maic", anchored_tables.weighted_name(results, path), "main"),
    ]
    return draw_forest(
        lines,
        axis=f"Hazard ratio, {outcome} (log scale); below 1 favours the first of two",
        title=f"Effects that the anchored comparison is made of, {outcome}",
    )
