"""Items that guidance asks for: which of them are reported, and where in the report."""

from __future__ import annotations

from survcomp.report.document.chapter import Appendix
from survcomp.report.document.sections import Document, Paragraph, Section, present, section
from survcomp.report.document.words import words
from survcomp.report.tables import checklist as checklist_table
from survcomp.values.records.results import Results


def items_reported(results: Results, document: Document) -> tuple[Section, ...]:
    """The table of items, with places in the document of the chapters."""
    return present(
        section(
            "checklist",
            "Items reported",
            Paragraph(words(checklist_table.INTRODUCTION), "quiet"),
            checklist_table.checklist(results, document),
        )
    )


APPENDIX = Appendix(place=10, build=items_reported)
