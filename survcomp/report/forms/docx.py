"""The report as a Word document that can be edited and referred to.

Headings, captions, lists and tables have Word's own styles; the numbers of tables and figures
are fields, so that Word's "Cross-reference" finds them. Detail that the page on a screen folds
away is printed in smaller type. The same results give the same bytes.
"""

from __future__ import annotations

import io
import zipfile
from collections.abc import Iterator
from typing import TYPE_CHECKING

from survcomp.report.chapters.build import build_document
from survcomp.report.document.sections import Document
from survcomp.values.records.results import Results

if TYPE_CHECKING:
    from docx.document import Document as WordDocument


def render_docx(results: Results) -> bytes:
    """Render the report of an analysis for Word.

    Parameters
    ----------
    results : Results
        From `survcomp.analysis.run`; nothing else is read and nothing is computed.

    Returns
    -------
    bytes
        A DOCX file. A character that the format cannot hold is shown as U+FFFD.

    Raises
    ------
    InputError
        If a placeholder in the analysis names a record that does not exist.
    """
    return docx_file(build_document(results))


def docx_file(document: Document) -> bytes:
    """Lay out a document as a DOCX file.

    Examples
    --------
    >>> from survcomp.report.document.words import words
    >>> document = Document(title="T", analysis="a", summary=words("Short."), sections=())
    >>> docx_file(document) == docx_file(document)
    True
    """
    from survcomp.report.forms.word.layout import lay_out  # python-docx on first use

    return _settled(lay_out(document))


def _settled(document: WordDocument) -> bytes:
    """The file with entries in a fixed order and of a fixed date: the same bytes every time."""
    raw, settled = io.BytesIO(), io.BytesIO()
    document.save(raw)
    with zipfile.ZipFile(raw) as old, zipfile.ZipFile(settled, "w") as new:
        for name in _in_order(old.namelist()):
            entry = zipfile.ZipInfo(name, date_time=(1980, 1, 1, 0, 0, 0))
            entry.compress_type, entry.create_system = zipfile.ZIP_DEFLATED, 0
            new.writestr(entry, old.read(name))
    return settled.getvalue()


def _in_order(names: list[str]) -> Iterator[str]:
    """By name; what says what the parts are comes first, as readers expect."""
    first = "[Content_Types].xml"
    yield first
    yield from sorted(name for name in names if name != first)
