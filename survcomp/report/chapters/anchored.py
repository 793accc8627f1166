"""The chapters of the anchored comparisons: their figures, their tables, what they rest on."""

from __future__ import annotations

from survcomp.plotting.effects import Style
from survcomp.report.chapters.parts.hazards import hazards
from survcomp.report.document.chapter import Chapter
from survcomp.report.document.drawing import Drawing
from survcomp.report.document.sections import (
    Figure,
    Paragraph,
    Section,
    bullets,
    folded_table,
    present,
    reporting,
    section,
)
from survcomp.report.document.words import words
from survcomp.report.figures.forest import forest_drawing
from survcomp.report.figures.kaplan_meier import km_figure
from survcomp.report.figures.weights import weight_figure
from survcomp.report.kinds.anchored import anchored, is_exploratory, weighted_name
from survcomp.report.kinds.forest_row import Row, forest_row
from survcomp.report.kinds.registry import comparison_settings, label_of
from survcomp.report.tables import anchored as anchored_tables
from survcomp.report.tables import models as model_tables
from survcomp.report.tables import shape as shape_tables
from survcomp.report.tables import weighting as weighting_tables
from survcomp.values.records.results import Results

STEPS = "Filled squares: weighted. Open squares: not weighted. Diamond, dashed line: published."
CURVES = "Solid: as observed. Dashed: weighted to the published population."
CURVE_PARTS = (
    "treatment/km",
    "comparator/km",
    "treatment/weighted",
    "comparator/weighted",
    "at_risk",
)
"""Groups of records that the figure of one's own trial draws."""
NO_ANCHOR = "The trials have no common comparator: this is exploratory, no anchored comparison."


def anchored_comparisons(results: Results) -> tuple[Section, ...]:
    """A section for each anchored comparison; nothing is called anchored that is not."""
    paths = anchored(results)
    exploratory = all(is_exploratory(results, path) for path in paths)
    heading = "Exploratory comparison" if exploratory else "Anchored comparison"
    return present(section("anchored", heading, *(_one(results, path) for path in paths)))


def _one(results: Results, path: str) -> Section | None:
    exploratory = is_exploratory(results, path)
    return section(
        path.replace("/", "-"),
        label_of(results, path),
        Paragraph(words(anchored_tables.headline(results, path))),
        Paragraph(words(NO_ANCHOR), "banner") if exploratory else None,
        Figure("The effects it is made of", steps_figure(results, path), STEPS, items=("M-14",)),
        reporting(anchored_tables.steps(results, path), "M-09", "M-14"),
        *(reporting(table, "M-15") for table in model_tables.models(results, path)),
        Figure(
            "Own trial, both arms",
            km_figure(results, path),
            CURVES,
            items=("O-01", "M-10"),
            shows=tuple(f"{path}/{part}" for part in CURVE_PARTS),
        ),
        reporting(shape_tables.observed(results, path), "O-02", "O-04"),
        reporting(weighting_tables.variances(results, path), "M-11"),
        reporting(anchored_tables.balance_by_arm(results, path), "A-04", "M-03", "M-04"),
        *weighting_tables.weights_and_overlap(results, path),
        Figure(
            "Weights of the patients of both arms, rescaled to mean 1",
            weight_figure(results, path),
            items=("M-05",),
        ),
        *hazards(results, path),
        folded_table(reporting(shape_tables.by_time(results, path), "O-02")),
        section(
            f"{path.replace('/', '-')}-rests-on",
            "What it rests on",
            bullets(anchored_tables.statements(results, path)),
            items=("A-02", "A-03"),
        ),
    )


def steps_figure(results: Results, path: str) -> Drawing:
    """Drawing of the effects that the comparison is made of."""
    outcome = str(comparison_settings(results, path)["endpoint"])

    def line(part: str, label: str, style: Style) -> Row:
        return forest_row(results, f"{path}/{part}/log_hr", label, style)

    lines = [
        Row("Against the common comparator"),
        line("own/unadjusted", "Own trial, as it is", "other"),
        line("own/weighted", "Own trial, weighted", "main"),
        line("published", "Published", "published"),
        Row("Against each other"),
        line("unadjusted", "Bucher, not weighted", "other"),
        line("maic", weighted_name(results, path), "main"),
    ]
    return forest_drawing(
        lines,
        axis=f"Hazard ratio, {outcome} (log scale); below 1 favours the first of two",
        title=f"Effects that the anchored comparison is made of, {outcome}",
    )


CHAPTER = Chapter(place=50, build=anchored_comparisons)
