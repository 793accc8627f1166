"""Blocks of a document as strings, numbers and lists of these, for `pdf.typ` to lay out."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from typing import Any

from survcomp.report.document.columns import column_widths, numeric_columns, row_lines
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
from survcomp.report.forms.typeset.breaks import ZERO_WIDTH_SPACE, breakable, broken
from survcomp.report.forms.typeset.fit import FACE, GUTTER, LANDSCAPE, UPRIGHT, fit, has_cut_word

Fields = dict[str, Any]
"""One block, or one part of a block: its kind, and what it says."""

HEIGHT = 600.0  # points, of A4 less its margins: what a figure may fill
TOGETHER = 26  # a table of up to about so many lines stays on one page, and so does a row


def typst_input(document: Document) -> Fields:
    """All that the layout is told of a document."""
    return {
        "title": document.title,
        "analysis": document.analysis,
        "subtitle": f"Analysis {document.analysis}",
        "description": plain(document.summary),
        "summary": _words(document.summary),
        "sections": _blocks(document.sections),
        "closing": CLOSING,
    }


def _blocks(blocks: tuple[Block, ...]) -> list[Fields]:
    return [_LAYOUT[type(block)](block) for block in blocks]


def _section(section: Section) -> Fields:
    return {
        "kind": "section",
        "title": section.title,
        "items": list(section.items),
        "blocks": _blocks(section.blocks),
    }


def _part(part: Folded) -> Fields:
    """On paper nothing is folded; a title that only repeats a caption is not said twice."""
    title = "" if part.table else part.title
    return {"kind": "part", "title": title, "blocks": _blocks(part.blocks)}


def _paragraph(paragraph: Paragraph) -> Fields:
    return {
        "kind": "paragraph",
        "style": paragraph.style,
        "text": _words(paragraph.text),
        "items": list(paragraph.items),
    }


def _bullets(bullets: Bullets) -> Fields:
    return {"kind": "bullets", "items": [_words(item) for item in bullets.items]}


def _terms(terms: Terms) -> Fields:
    items = [{"term": term, "text": _words(text)} for term, text in terms.items]
    return {"kind": "terms", "layout": terms.layout, "items": items}


def _figure(figure: Figure) -> Fields:
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


def _table(table: Table) -> Fields:
    table = breakable(table)
    width, size = fit(table)
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
        "hyphenate": has_cut_word(table, width, size),
    }


def _cell(cell: Cell) -> Fields:
    return {"text": _words(cell.spans), "bad": cell.tone == "bad"}


def _words(text: Words) -> list[Fields]:
    return [_span(span) for span in text]


def _span(span: Span) -> Fields:
    link = web_address(span.text.replace(ZERO_WIDTH_SPACE, ""))
    text = span.text if ZERO_WIDTH_SPACE in span.text else broken(span.text)
    return {"text": text, "strong": span.strong, "link": link}


_LAYOUT: Mapping[type, Callable[[Any], Fields]] = {
    Bullets: _bullets,
    Figure: _figure,
    Folded: _part,
    Paragraph: _paragraph,
    Section: _section,
    Table: _table,
    Terms: _terms,
}
