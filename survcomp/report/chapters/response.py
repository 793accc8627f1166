"""Comparisons of response, and curves of responders, which are shown and not compared."""

from __future__ import annotations

from survcomp.report.chapters.parts.weights import weights_of_the_treatment
from survcomp.report.document.cells import is_weighted
from survcomp.report.document.chapter import Chapter
from survcomp.report.document.sections import (
    Paragraph,
    Section,
    bullets,
    folded,
    present,
    reporting,
    section,
)
from survcomp.report.document.words import words
from survcomp.report.kinds.registry import label_of
from survcomp.report.kinds.response import responses
from survcomp.report.tables import models as model_tables
from survcomp.report.tables import responses as response_tables
from survcomp.report.tables import weighted_responses as weighted_response_tables
from survcomp.values.records.results import Results


def response(results: Results) -> tuple[Section, ...]:
    """One table of all, and a section for each that is weighted."""
    weighted = [path for path in responses(results) if is_weighted(results, path)]
    return present(
        section(
            "response",
            "Response",
            response_tables.response_rates(results),
            *(_weighted_response(results, path) for path in weighted),
            response_tables.descriptive(results),
        )
    )


def _weighted_response(results: Results, path: str) -> Section | None:
    return section(
        path.replace("/", "-"),
        label_of(results, path),
        Paragraph(words(f"Adjustment: {results.value(f'{path}/adjustment')}."), "banner"),
        *(reporting(table, "M-15") for table in model_tables.models(results, path)),
        *weighted_response_tables.weighting(results, path),
        weights_of_the_treatment(results, path),
        folded(
            "What this comparison assumes",
            bullets(weighted_response_tables.assumptions(results, path)),
        ),
    )


CHAPTER = Chapter(place=60, build=response)
