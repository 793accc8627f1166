"""The question, and what was decided about it beforehand."""

from __future__ import annotations

from survcomp.report.document.chapter import Chapter
from survcomp.report.document.sections import Section, Terms, present, section
from survcomp.report.document.words import words
from survcomp.report.tables.authors import protocol
from survcomp.values.records.results import Results

PICO = ("population", "intervention", "comparator", "outcomes", "estimand")


def question(results: Results) -> tuple[Section, ...]:
    """Population, intervention, comparator, outcomes and estimand; the protocol."""
    asked = results.settings["question"]
    items = tuple((name.capitalize(), words(asked[name])) for name in PICO)
    decided = protocol(results)
    return present(
        section(
            "question",
            "Question",
            Terms(items, layout="beside"),
            section(
                "protocol",
                "Protocol",
                Terms(decided, layout="beside") if decided else None,
                items=("A-05",),
            ),
            items=("A-01", "M-13"),
        )
    )


CHAPTER = Chapter(place=20, build=question)
