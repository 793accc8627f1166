"""Each survival comparison by itself: its curves, its tables, and what it assumes."""

from __future__ import annotations

from survcomp.report.chapters.parts.hazards import hazards
from survcomp.report.chapters.parts.sensitivity import sensitivity_section
from survcomp.report.chapters.parts.weights import weights_of_the_treatment
from survcomp.report.document.cells import SIDES, is_weighted, texts
from survcomp.report.document.chapter import Chapter
from survcomp.report.document.sections import (
    Block,
    Figure,
    Folded,
    Paragraph,
    Section,
    bullets,
    folded,
    folded_table,
    present,
    reporting,
    section,
)
from survcomp.report.document.words import Span, words
from survcomp.report.figures.kaplan_meier import km_figure
from survcomp.report.kinds.comparison import comparisons, is_rebuilt
from survcomp.report.kinds.registry import comparison_settings
from survcomp.report.tables import models as model_tables
from survcomp.report.tables import shape as shape_tables
from survcomp.report.tables import survival as survival_tables
from survcomp.report.tables import weighting as weighting_tables
from survcomp.values.records.results import Results

CURVES = (
    "Curves are rebuilt from printed numbers. The solid line ends where the last published number "
    "fixes it; beyond, the dotted line is an assumption. Open markers are published rates and "
    "medians with their intervals."
)
FIDELITY = ("D-05", "D-06", "D-07")
CURVE_PARTS = ("treatment/km", "comparator/km", "maic/km", "at_risk")
"""Groups of records of a comparison that the figure of its curves draws."""


def curves(results: Results) -> tuple[Section, ...]:
    """A section for each comparison."""
    paths = comparisons(results)
    if not paths:
        return ()
    rebuilt = is_rebuilt(results)
    return present(
        section(
            "curves",
            "Curves and reconstruction" if rebuilt else "Curves",
            Paragraph(words(CURVES), "quiet") if rebuilt else None,
            *(_comparison(results, path) for path in paths),
        )
    )


def _comparison(results: Results, path: str) -> Section | None:
    settings = comparison_settings(results, path)
    weighted = is_weighted(results, path)
    adjustment = f"{path}/adjustment"
    return section(
        path.split("/")[1],
        str(settings["label"]),
        Figure(
            f"Kaplan-Meier curves: {settings['label']}",
            km_figure(results, path),
            items=("O-01", "M-10") if weighted else ("O-01",),
            shows=tuple(f"{path}/{part}" for part in CURVE_PARTS),
        ),
        Paragraph(words(_sentence(str(results.value(adjustment)))), "banner")
        if adjustment in results
        else None,
        *_disagreements(results, path),
        Paragraph(words(str(settings["note"]))) if settings["note"] else None,
        reporting(shape_tables.observed(results, path), "O-02", "O-04"),
        reporting(survival_tables.variants(results, path), "D-08", "H-05"),
        *(reporting(table, "M-15") for table in model_tables.models(results, path)),
        *weighting_tables.weighting(results, path),
        weights_of_the_treatment(results, path) if weighted else None,
        *hazards(results, path),
        _assumptions(results, path),
        folded_table(reporting(shape_tables.by_time(results, path), "O-02")),
        folded_table(reporting(survival_tables.fidelity(results, path), *FIDELITY)),
        sensitivity_section(results, path),
    )


def _disagreements(results: Results, path: str) -> tuple[Block, ...]:
    """That the draws and the one data set of the figure do not go together."""
    ids = (f"{path}/over_draws/disagreement", f"{path}/maic/over_draws/disagreement")
    warnings = dict.fromkeys(str(results.value(id)) for id in ids if id in results)
    return tuple(Paragraph(words(text), "banner") for text in warnings)


def _sentence(text: str) -> str:
    return f"{text[:1].upper()}{text[1:]}."


def _assumptions(results: Results, path: str) -> Folded | None:
    effect = "maic" if is_weighted(results, path) else "unadjusted"
    blocks: list[Block | None] = [bullets(texts(results, f"{path}/{effect}/log_hr/assumptions"))]
    for side in SIDES:
        here = f"{path}/{side}"
        sentences = [
            *texts(results, f"{here}/notes"),
            *texts(results, f"{here}/joined"),
            *texts(results, f"{here}/reconstruction/notes"),
        ]
        if f"{here}/reconstruction/censoring" in results:
            sentences.append(f"Censoring: {results.value(f'{here}/reconstruction/censoring')}.")
        if sentences:
            name = f"{results.value(f'{here}/study')}, {results.value(f'{here}/label')}"
            blocks += [Paragraph(words(Span(name, strong=True))), bullets(tuple(sentences))]
    return folded("What this comparison assumes", *blocks)


CHAPTER = Chapter(place=40, build=curves)
