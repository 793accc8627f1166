"""Pages and sizes of type: in which of them a table reads best."""

from __future__ import annotations

from survcomp.report.document.columns import comfortable_width, extents
from survcomp.report.document.table import Table

# Points. What pdf.typ sets: A4 less its margins, and the room that a cell keeps clear.
UPRIGHT, LANDSCAPE = 470.0, 717.0
GUTTER = 7.0
SIZES, SMALLEST = (8.5, 8.0, 7.5, 7.0), 5.5
FACE = 0.9  # how wide the type of the PDF runs, beside that which columns are measured in


def fit(table: Table) -> tuple[float, float]:
    """Width of the page and size of the type in which a table reads best."""
    for width in (UPRIGHT, LANDSCAPE):
        for size in SIZES:
            em = size * FACE
            if comfortable_width(table, padding=GUTTER / em) * em <= width:
                return width, size
    size = SIZES[0]
    while size > SMALLEST and has_cut_word(table, LANDSCAPE, size):
        size -= 0.5
    return LANDSCAPE, size


def has_cut_word(table: Table, width: float, size: float) -> bool:
    """Whether a word is too long for its column."""
    columns = extents(table)
    return sum(column.word for column in columns) * size * FACE + GUTTER * len(columns) > width
