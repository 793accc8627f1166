"""Where long words may be broken into lines, and where a line may not end."""

from __future__ import annotations

import re
from dataclasses import replace

from survcomp.report.document.characters import unbroken
from survcomp.report.document.table import Cell, Table

LONGEST_WORD = 24  # of more characters, a word may be broken where it has a sign
ZERO_WIDTH_SPACE = "\u200b"


def breakable(table: Table) -> Table:
    """The table with words that may be broken where they are long, and intervals kept whole."""
    rows = tuple(tuple(_breakable_cell(cell) for cell in row) for row in table.rows)
    return replace(table, rows=rows)


def _breakable_cell(cell: Cell) -> Cell:
    parts = tuple(replace(span, text=unbroken(broken(span.text))) for span in cell.parts)
    return replace(cell, text=unbroken(broken(cell.text)), parts=parts)


def broken(text: str) -> str:
    """Text in which a long word (an address, a checksum) may be broken into lines."""
    return " ".join(
        _broken_word(word) if len(word) > LONGEST_WORD else word for word in text.split(" ")
    )


def _broken_word(word: str) -> str:
    after_signs = re.sub(r"(?<=[/_.?&=#:,;-])(?=[^/\s])", ZERO_WIDTH_SPACE, word)
    return re.sub(r"([^\u200b]{16})(?=[^\u200b])", "\\1\u200b", after_signs)
