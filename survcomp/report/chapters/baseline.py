"""Who was treated, and what could be adjusted for."""

from __future__ import annotations

from survcomp.report.document.chapter import Chapter
from survcomp.report.document.sections import Section, present, reporting, section
from survcomp.report.tables.authors import covariates
from survcomp.report.tables.evidence import baselines
from survcomp.values.records.results import Results


def baseline(results: Results) -> tuple[Section, ...]:
    """Published baselines, and the candidates for adjustment."""
    return present(
        section(
            "baseline",
            "Who was treated, and what could be adjusted for",
            reporting(baselines(results), "A-04"),
            reporting(covariates(results), "M-01", "M-02"),
        )
    )


CHAPTER = Chapter(place=70, build=baseline)
