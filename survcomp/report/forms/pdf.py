"""The report as a PDF: tagged, with bookmarks, its figures as vectors, the same on every run."""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Mapping
from dataclasses import replace
from importlib import import_module, resources
from pathlib import Path
from typing import Any

from survcomp.report.chapters.build import build_document
from survcomp.report.document.characters import unbroken
from survcomp.report.document.columns import (
    column_widths,
    comfortable_width,
    extents,
    numeric_columns,
    row_lines,
)
from survcomp.report.document.sections import (
    CLOSING,
    Block,
    Bullets,
    Document,
    Figure,
    Folded,
    Paragraph,
    Section,
    Terms,
)
from survcomp.report.document.table import Cell, Table
from survcomp.report.document.words import Span, Words, plain, web_address
from survcomp.report.forms.available import need_packages
from survcomp.values.records.results import Results

Data = dict[str, Any]

# Points. What pdf.typ sets: A4 less its margins, and the room that a cell keeps clear.
UPRIGHT, LANDSCAPE, HEIGHT = 470.0, 717.0, 600.0
GUTTER = 7.0
SIZES, SMALLEST = (8.5, 8.0, 7.5, 7.0), 5.5
FACE = 0.9  # how wide the type of the PDF runs, beside that which columns are measured in
TOGETHER = 26  # a table of up to about so many lines stays on one page, and so does a row

LONGEST_WORD = 24  # of more characters, a word may be broken where it has a sign
_ZERO_WIDTH_SPACE = "\u200b"


def render_pdf(results: Results) -> bytes:
    """Render the report of an analysis as PDF.

    Needs the `typst` package: ``pip install 'survcomp[pdf]'``.

    Parameters
    ----------
    results : Results
        From `survcomp.analysis.run`; nothing else is read and nothing is computed.

    Returns
    -------
    bytes
        A tagged PDF (PDF/UA-1) without a date, the same for the same results and versions.

    Raises
    ------
    InputError
        If `typst` is not installed, or a placeholder in the analysis names a record that does
        not exist.
    """
    return pdf_file(build_document(results))


def pdf_file(document: Document) -> bytes:
    """Lay out a document as a PDF."""
    need_packages(["pdf"])
    import matplotlib

    typst: Any = import_module("typst")  # its stubs want fonts' paths of the type of the source
    source = (resources.files("survcomp.report.forms") / "pdf.typ").read_text("utf-8")
    file = typst.compile(
        source.encode("utf-8"),
        format="pdf",
        sys_inputs={"report": json.dumps(as_data(document))},
        # the fonts that figures are laid out with, and no others that a machine may have
        font_paths=[str(Path(matplotlib.get_data_path()) / "fonts" / "ttf")],
        ignore_system_fonts=True,
        pdf_standards=["ua-1"],
    )
    assert isinstance(file, bytes)
    return file


def as_data(document: Document) -> Data:
    """A document as data for the layout: strings, numbers and lists of these."""
    return {
        "title": document.title,
        "analysis": document.analysis,
        "subtitle": f"Analysis {document.analysis}",
        "description": plain(document.summary),
        "summary": _words(document.summary),
        "sections": _blocks(document.sections),
        "closing": CLOSING,
    }


def _blocks(blocks: tuple[Block, ...]) -> list[Data]:
    return [_LAYOUT[type(block)](block) for block in blocks]


def _section(section: Section) -> Data:
    return {
        "kind": "section",
        "title": section.title,
        "items": list(section.items),
        "blocks": _blocks(section.blocks),
    }


def _part(part: Folded) -> Data:
    """On paper nothing is folded; a title that only repeats a caption is not said twice."""
    title = "" if part.table else part.title
    return {"kind": "part", "title": title, "blocks": _blocks(part.blocks)}


def _paragraph(paragraph: Paragraph) -> Data:
    return {
        "kind": "paragraph",
        "style": paragraph.style,
        "text": _words(paragraph.text),
        "items": list(paragraph.items),
    }


def _bullets(bullets: Bullets) -> Data:
    return {"kind": "bullets", "items": [_words(item) for item in bullets.items]}


def _terms(terms: Terms) -> Data:
    items = [{"term": term, "text": _words(text)} for term, text in terms.items]
    return {"kind": "terms", "layout": terms.layout, "items": items}


def _figure(figure: Figure) -> Data:
    svg = figure.drawing.svg()
    width, height = _size(svg)
    return {
        "kind": "figure",
        "caption": figure.caption,
        "items": list(figure.items),
        "note": figure.note,
        "alt": figure.drawing.title,
        "svg": svg,
        "width": min(1.0, HEIGHT / (UPRIGHT * height / width)),
    }


def _size(svg: str) -> tuple[float, float]:
    box = re.search(r'viewBox="([^"]+)"', svg)
    assert box is not None
    _, _, width, height = map(float, box.group(1).split())
    return width, height


def _table(table: Table) -> Data:
    table = _breakable(table)
    width, size = _fit(table)
    em = size * FACE
    widths = column_widths(table, available=width / em, padding=GUTTER / em)
    heights = [row_lines(row, widths, padding=GUTTER / em) for row in table.rows]
    return {
        "kind": "table",
        "caption": table.caption,
        "items": list(table.items),
        "columns": list(table.columns),
        "numeric": list(numeric_columns(table)),
        "widths": [width * em for width in widths],
        "rows": [[_cell(cell) for cell in row] for row in table.rows],
        "whole": [height <= TOGETHER for height in heights],
        "together": sum(heights) <= TOGETHER,
        "notes": list(table.notes),
        "landscape": width == LANDSCAPE,
        "size": size,
        "hyphenate": _cut(table, width, size),
    }


def _fit(table: Table) -> tuple[float, float]:
    """Width of the page and size of the type in which a table reads best."""
    for width in (UPRIGHT, LANDSCAPE):
        for size in SIZES:
            em = size * FACE
            if comfortable_width(table, padding=GUTTER / em) * em <= width:
                return width, size
    size = SIZES[0]
    while size > SMALLEST and _cut(table, LANDSCAPE, size):
        size -= 0.5
    return LANDSCAPE, size


def _cut(table: Table, width: float, size: float) -> bool:
    """Whether a word is too long for its column."""
    columns = extents(table)
    return sum(column.word for column in columns) * size * FACE + GUTTER * len(columns) > width


def _cell(cell: Cell) -> Data:
    return {"text": _words(cell.spans), "bad": cell.tone == "bad"}


def _words(text: Words) -> list[Data]:
    return [_span(span) for span in text]


def _span(span: Span) -> Data:
    link = web_address(span.text.replace(_ZERO_WIDTH_SPACE, ""))
    text = span.text if _ZERO_WIDTH_SPACE in span.text else _broken(span.text)
    return {"text": text, "strong": span.strong, "link": link}


def _breakable(table: Table) -> Table:
    """The table with words that may be broken where they are long, and intervals kept whole."""
    rows = tuple(tuple(_breakable_cell(cell) for cell in row) for row in table.rows)
    return replace(table, rows=rows)


def _breakable_cell(cell: Cell) -> Cell:
    parts = tuple(replace(span, text=unbroken(_broken(span.text))) for span in cell.parts)
    return replace(cell, text=unbroken(_broken(cell.text)), parts=parts)


def _broken(text: str) -> str:
    """Text in which a long word (an address, a checksum) may be broken into lines."""
    return " ".join(
        _broken_word(word) if len(word) > LONGEST_WORD else word for word in text.split(" ")
    )


def _broken_word(word: str) -> str:
    after_signs = re.sub(r"(?<=[/_.?&=#:,;-])(?=[^/\s])", _ZERO_WIDTH_SPACE, word)
    return re.sub(r"([^\u200b]{16})(?=[^\u200b])", "\\1\u200b", after_signs)


_LAYOUT: Mapping[type, Callable[[Any], Data]] = {
    Bullets: _bullets,
    Figure: _figure,
    Folded: _part,
    Paragraph: _paragraph,
    Section: _section,
    Table: _table,
    Terms: _terms,
}
