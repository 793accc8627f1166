"""The report of an analysis as a `Document`, from results alone: nothing is computed here.

Each chapter is a module of this package that declares ``CHAPTER``, or ``APPENDIX`` where it is
about the other chapters. They are collected, put in order and numbered; none is named here.
"""

from __future__ import annotations

from dataclasses import replace

from survcomp.report import chapters
from survcomp.report.document.attached import attached
from survcomp.report.document.chapter import Appendix, Chapter
from survcomp.report.document.sections import Document, told_apart
from survcomp.report.document.text import fill
from survcomp.values.records.results import Results


def build_document(results: Results) -> Document:
    """Lay out the report of an analysis.

    Parameters
    ----------
    results : Results
        From `survcomp.analysis.run`; nothing else is read and nothing is computed.

    Returns
    -------
    Document
        Sections without content are left out.

    Raises
    ------
    InputError
        If a placeholder in the analysis names a record that does not exist.
    """
    sections = tuple(
        part
        for chapter in attached(chapters, "CHAPTER", Chapter)
        for part in chapter.build(results)
    )
    document = Document(
        title=f"{results.title} [changed settings]" if results.changes else results.title,
        analysis=results.analysis,
        summary=fill(results.settings["summary"], results, where="summary"),
        sections=sections,
    )
    appended = (
        part
        for appendix in attached(chapters, "APPENDIX", Appendix)
        for part in appendix.build(results, document)
    )
    return told_apart(replace(document, sections=(*sections, *appended)))
