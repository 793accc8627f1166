"""The evidence that was used, and where every number came from."""

from __future__ import annotations

from survcomp.report.document.chapter import Chapter
from survcomp.report.document.sections import (
    Paragraph,
    Section,
    folded_table,
    present,
    reporting,
    section,
)
from survcomp.report.document.words import Span, words
from survcomp.report.tables import evidence as evidence_tables
from survcomp.values.records.results import Results


def evidence(results: Results) -> tuple[Section, ...]:
    """The curves and studies, then the sources, files and defaults."""
    return present(_used(results), _provenance(results))


def _used(results: Results) -> Section | None:
    return section(
        "evidence",
        "Evidence used",
        reporting(evidence_tables.evidence(results), "A-03", "D-03"),
        reporting(evidence_tables.studies(results), "A-04"),
        folded_table(evidence_tables.set_aside(results)),
    )


def _provenance(results: Results) -> Section | None:
    return section(
        "provenance",
        "Provenance",
        Paragraph(
            words(
                "Every number above comes from results.json beside this report, where it has an "
                "id. Where a number comes from, a click on it says on a screen, and so does ",
                Span(f"survcomp trace reports/{results.analysis} ID", strong=True),
                ". Whether the analysis still gives the same numbers, ",
                Span(f"survcomp check analyses/{results.analysis}", strong=True),
                " says.",
            )
        ),
        evidence_tables.sources(results),
        folded_table(evidence_tables.inputs(results)),
        folded_table(evidence_tables.defaults(results)),
    )


CHAPTER = Chapter(place=110, build=evidence)
