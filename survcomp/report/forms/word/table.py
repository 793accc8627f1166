"""A table as a Word table that can be edited: fixed widths, a heading on every page."""

from __future__ import annotations

from docx.document import Document as WordDocument
from docx.enum.text import WD_ALIGN_PARAGRAPH
from docx.oxml.ns import qn
from docx.shared import Emu, Length, Pt, RGBColor
from docx.table import Table as WordTable
from docx.table import _Cell, _Row
from docx.text.paragraph import Paragraph

from survcomp.report.document.characters import printable, typeset
from survcomp.report.document.columns import (
    column_widths,
    comfortable_width,
    lines,
    numeric_columns,
)
from survcomp.report.document.table import Cell, Table
from survcomp.report.document.words import Words
from survcomp.report.forms.word.fields import element
from survcomp.report.forms.word.styles import PORTRAIT_WIDTH, TABLE_STYLE, WARNING

TEXT_SIZE = {"Table Text": Pt(8.5), "Table Text Small": Pt(7.5)}
PADDING = Pt(8)
"""Left and right of the text of a cell, together: twice 70 twips of the style, and a little."""
TOGETHER = 24
"""A table of up to about so many lines stays on one page."""


def needs_landscape(table: Table) -> bool:
    """Whether a table reads badly on an upright page, even in small type."""
    return not is_comfortable(table, PORTRAIT_WIDTH, style="Table Text Small")


def is_comfortable(table: Table, width: int, *, style: str = "Table Text") -> bool:
    """Whether a table reads well in a width (EMU)."""
    size = TEXT_SIZE[style]
    return comfortable_width(table, padding=PADDING / size) * size <= width


def add_words(paragraph: Paragraph, text: Words) -> None:
    """Running text, emphasis included."""
    for span in text:
        run = paragraph.add_run(typeset(span.text))
        if span.strong:
            run.bold = True


def add_table(document: WordDocument, table: Table, *, width: Length, style: str) -> WordTable:
    """Add a table of the width that its text needs, up to `width`."""
    size = TEXT_SIZE[style]
    em = column_widths(table, available=width / size, padding=PADDING / size)
    widths = [Emu(int(w * size)) for w in em]
    made: WordTable = document.add_table(rows=len(table.rows) + 1, cols=len(table.columns))
    made.style = document.styles[TABLE_STYLE]
    made.autofit = False
    _describe(made, table.caption, widths)
    numeric = numeric_columns(table)
    # by their ids: python-docx looks a name up anew for every cell, which takes half the time
    names = (style.replace("Text", "Heading"), style)
    looks = [document.styles[name].style_id for name in names]
    cells = [tuple(Cell(text) for text in table.columns), *table.rows]
    last = len(cells) - 1
    short = lines(table, em, padding=PADDING / size) <= TOGETHER
    for index, (row, content) in enumerate(zip(made.rows, cells, strict=True)):
        # the heading stays with the first row, a short table in one piece, the last row with
        # the notes
        keep = index == 0 or (index < last and short) or (index == last and table.notes)
        _fill_row(row, content, widths, numeric, style=looks[index > 0], keep=bool(keep))
    made.rows[0]._tr.get_or_add_trPr().append(element("w:tblHeader"))
    return made


def _describe(made: WordTable, caption: str, widths: list[Emu]) -> None:
    """Total width, grid, and a name for those who cannot see it."""
    properties = made._tbl.tblPr
    for old in properties.findall(qn("w:tblW")):
        properties.remove(old)
    total = str(sum(_twips(w) for w in widths))
    properties.find(qn("w:tblStyle")).addnext(element("w:tblW", w=total, type="dxa"))
    properties.append(element("w:tblCaption", val=printable(caption)))
    for column, width in zip(made._tbl.tblGrid, widths, strict=True):
        column.set(qn("w:w"), str(_twips(width)))


def _twips(width: Length) -> int:
    return int(width) // 635


def _fill_row(
    row: _Row,
    content: tuple[Cell, ...],
    widths: list[Emu],
    numeric: tuple[bool, ...],
    *,
    style: str,
    keep: bool,
) -> None:
    row._tr.get_or_add_trPr().append(element("w:cantSplit"))
    for i, (cell, shown) in enumerate(zip(row.cells, content, strict=True)):
        cell.width = widths[i]
        _fill_cell(cell, shown, style=style)
        layout = cell.paragraphs[0].paragraph_format
        layout.keep_with_next = keep or None
        if numeric[i]:
            layout.alignment = WD_ALIGN_PARAGRAPH.RIGHT


def _fill_cell(cell: _Cell, shown: Cell, *, style: str) -> None:
    paragraph = cell.paragraphs[0]
    paragraph._p.style = style
    add_words(paragraph, shown.spans)
    if shown.tone == "bad":
        for run in paragraph.runs:
            run.font.color.rgb = RGBColor.from_string(WARNING)
            run.font.bold = True
