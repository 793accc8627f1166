"""A chapter that no module of survcomp knows, for the step of the same name."""

from __future__ import annotations

from survcomp.report.document.cells import cell
from survcomp.report.document.chapter import Chapter
from survcomp.report.document.sections import Section
from survcomp.report.document.table import make
from survcomp.values.records.results import Results


def build(results: Results) -> tuple[Section, ...]:
    """How many patients twice as many are."""
    ids = results.children("twice_as_many")
    rows = [[id, cell(results, f"twice_as_many/{id}/many")] for id in ids]
    if not rows:
        return ()
    table = make("Twice as many patients", ["Which", "Patients"], rows)
    return (Section("twice", "Twice as many", (table,)),)


CHAPTER = Chapter(place=35, build=build)
