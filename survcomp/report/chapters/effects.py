"""The effects of all comparisons, beside those that are published."""

from __future__ import annotations

from survcomp.report.document.chapter import Chapter
from survcomp.report.document.sections import (
    Figure,
    Paragraph,
    Section,
    present,
    reporting,
    section,
)
from survcomp.report.document.words import words
from survcomp.report.figures.forest import forest_figure, outcomes, rows
from survcomp.report.kinds.comparison import is_rebuilt
from survcomp.report.tables import published as published_tables
from survcomp.report.tables import survival as survival_tables
from survcomp.values.records.results import Results

NOTHING_PUBLISHED = (
    "No published effect for this pair in this population is at hand, so there is nothing to set "
    "beside these results."
)
SIGNS = {
    "main": "Filled squares: our comparison.",
    "other": "Open squares: the same by another method or with one assumption changed.",
    "bound": "Triangles: those never infused as early failures.",
    "published": "Diamonds with dashed lines: published.",
}
"""What each sign of a forest plot is, where it is drawn."""
ONE_DATA_SET = "Intervals from one rebuilt data set leave out the error of rebuilding the curves."


def effects(results: Results) -> tuple[Section, ...]:
    """The main table, a forest plot for each endpoint, checks, and what is published."""
    published = published_tables.published(results)
    asked = results.settings["published"] or not results.settings["comparisons"]
    missing = published is None and not asked
    return present(
        section(
            "results",
            "Results",
            reporting(survival_tables.survival_results(results), "O-03"),
            *(_forest(results, outcome) for outcome in outcomes(results)),
            survival_tables.checks(results),
            published,
            Paragraph(words(NOTHING_PUBLISHED), "banner") if missing else None,
            reporting(published_tables.exploratory(results), "M-14"),
        )
    )


def _forest(results: Results, outcome: str) -> Figure:
    drawn = rows(results, outcome)
    styles = {row.style for row in drawn}
    caption = f"{outcome}: our contrasts"
    if "published" in styles:
        caption += " beside the published ones"
    note = [text for style, text in SIGNS.items() if style in styles]
    if {"other", "bound"} & styles and is_rebuilt(results):
        note.append(ONE_DATA_SET)
    shows = tuple(row.record for row in drawn if row.record)
    return Figure(caption, forest_figure(results, outcome), " ".join(note), shows=shows)


CHAPTER = Chapter(place=30, build=effects)
