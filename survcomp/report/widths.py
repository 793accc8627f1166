"""How wide the columns of a table should be, from the text in them."""

from __future__ import annotations

import math
import re
from collections.abc import Sequence

from survcomp.report.characters import unbroken
from survcomp.report.table import Table

LONGEST_WORD = 14.0
"""Longest word, in em, that a column is widened for; a longer one (an address) is broken."""
LONGEST_LINE = 40.0
"""Longest line, in em, that a column is widened for; a longer text wraps."""
HEADING_LINES = 2.7
"""Lines of a heading at most, by its mean; the words of a line are never equal."""
BOLD = 1.08
COMFORT = 10.0
"""Width, in em, at which a text in a cell reads well."""

_NUMBER = re.compile(r"[<>-]?\d[\d.,]*( %| \(.*\))?|-|not reached|")
_NARROW = frozenset("fijlrt.,;:|()[]{}'/\\!-I \u00a0")
_WIDE = frozenset("mwMWABCDEGHKNOPQRSUVXYZ%@\u00d7")


def text_width(text: str) -> float:
    """Width of a line in em, about right for Arial and its like."""
    return sum(0.32 if c in _NARROW else 0.76 if c in _WIDE else 0.57 for c in text)


def is_numeric(table: Table, column: int) -> bool:
    """Whether a column holds numbers only, and at least one."""
    texts = [row[column].text for row in table.rows]
    return any(c.isdigit() for t in texts for c in t) and all(_NUMBER.fullmatch(t) for t in texts)


def is_wide(table: Table, *, available: float, padding: float) -> bool:
    """Whether the table reads badly in a width (em, as is the padding of one column)."""
    least = [max(min(line, COMFORT), word) + padding for word, line in _extents(table)]
    return sum(least) > available


def column_widths(table: Table, *, available: float, padding: float) -> tuple[float, ...]:
    """Widths of the columns.

    Every column gets its longest word; what is left is shared out by how much longer the
    longest line is. A table of short texts stays narrower than what is available.

    Parameters
    ----------
    table : Table
        With at least one column.
    available : float
        Width of the page, in em of the table's type.
    padding : float
        Left and right of the text of one column, together, in em.

    Returns
    -------
    tuple of float
        In em, padding included; their sum is at most `available`.
    """
    extents = _extents(table)
    lines = [line + padding for _, line in extents]
    if sum(lines) <= available:
        return tuple(lines)
    words = [word + padding for word, _ in extents]
    spare = available - sum(words)
    if spare <= 0:
        return tuple(width * available / sum(words) for width in words)
    wanted = [line - word for line, word in zip(lines, words, strict=True)]
    return tuple(w + spare * more / sum(wanted) for w, more in zip(words, wanted, strict=True))


def lines(table: Table, widths: Sequence[float], *, padding: float) -> int:
    """Lines that the rows take in columns of these widths (em, padding included), about."""
    return sum(
        max(
            math.ceil(text_width(cell.text) / max(width - padding, 1.0) + 0.1)
            for cell, width in zip(row, widths, strict=True)
        )
        for row in table.rows
    )


def _extents(table: Table) -> list[tuple[float, float]]:
    """Longest word and longest line of each column, in em, each up to its limit."""
    return [
        _extent(heading, [unbroken(row[i].text) for row in table.rows])
        for i, heading in enumerate(table.columns)
    ]


def _extent(heading: str, texts: Sequence[str]) -> tuple[float, float]:
    # a heading is bold and may wrap, on about three lines at most
    head = BOLD * max(_longest_word((heading,)), text_width(heading) / HEADING_LINES)
    word = max(head, _longest_word(texts))
    line = max((text_width(part) for text in texts for part in text.split("\n")), default=0.0)
    return min(word, LONGEST_WORD), max(min(word, LONGEST_WORD), min(line, LONGEST_LINE))


def _longest_word(texts: Sequence[str]) -> float:
    return max((text_width(w) for text in texts for w in re.split(r"[ \n\t]", text)), default=0.0)
