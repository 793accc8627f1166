"""Columns of a table: which of them hold numbers, and how wide each should be.

Every form of the report follows these rules. Widths are counted in em, the size of the type, so
that they hold for type of any size; a form whose type runs narrower says so by its em.
"""

from __future__ import annotations

import math
import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

from survcomp.report.document.characters import unbroken
from survcomp.report.document.table import Cell, Table

LONGEST_WORD = 14.0
"""Longest word, in em, that a column is widened for; a longer one (an address) is broken."""
LONGEST_LINE = 40.0
"""Longest line, in em, that a column is widened for; a longer text wraps."""
HEADING_LINES = 2.7
"""Lines of a heading at most, by its mean; the words of a line are never equal."""
BOLD = 1.08
COMFORT = 10.0
"""Width, in em, at which a text in a cell reads well."""
SHORT, MEDIUM = 20, 60
"""Letters of the longest text of a column that counts as short, and as medium."""

POWERS = (0.5, 0.0, 0.25, 0.75, 1.0)
"""Shares that are tried for a table, the first of the best being taken."""

ColumnKind = Literal["number", "short", "medium", "long"]

# A number alone: 8.8, 76.6 %, -0.12, 1,024, 2.5e-05, <0.001; what stands for none is neutral.
_NUMBER = re.compile(r"[<>]?[-\u2212+]?\d[\d,]*(\.\d+)?(e[-+]?\d+)?( ?%)?")
_NONE = ("", "-", "\u2013", "not reached")
_NARROW = frozenset("fijlrt.,;:|()[]{}'/\\!-I \u00a0")
_WIDE = frozenset("mwMWABCDEGHKNOPQRSUVXYZ%@\u00d7")
_NO_WIDTH = "\u200b"


@dataclass(frozen=True, slots=True)
class Extent:
    """How far the texts of a column reach, in em.

    Attributes
    ----------
    word : float
        Longest word: with less, it would be cut.
    line : float
        Longest line: with more, nothing is gained.
    heading : float
        The heading in one line, if it is not long.
    """

    word: float
    line: float
    heading: float = 0.0

    @property
    def full(self) -> float:
        """Width with which nothing wraps that need not."""
        return max(self.word, self.line, self.heading)


def numeric_columns(table: Table) -> tuple[bool, ...]:
    """Which columns hold nothing but numbers, and at least one; the first names the row.

    Examples
    --------
    >>> from survcomp.report.document.table import make
    >>> numeric_columns(make("t", ["Arm", "n", "Events"], [["A", "97", "23 (24 %)"]]))
    (False, True, False)
    """
    return tuple(
        index > 0 and _is_numeric([row[index].text for row in table.rows])
        for index in range(len(table.columns))
    )


def _is_numeric(texts: Sequence[str]) -> bool:
    told = [text for text in texts if text not in _NONE]
    return bool(told) and all(_NUMBER.fullmatch(text) for text in told)


def column_kinds(table: Table) -> tuple[ColumnKind, ...]:
    """What stands in each column: numbers, or texts of up to 20, up to 60 or more letters."""
    return tuple(
        "number" if numeric else _kind(max(map(len, texts), default=0))
        for numeric, (_, texts) in zip(numeric_columns(table), _by_column(table), strict=True)
    )


def _kind(letters: int) -> ColumnKind:
    return "short" if letters <= SHORT else "medium" if letters <= MEDIUM else "long"


def text_width(text: str) -> float:
    """Width of a line in em, about right for Arial and its like."""
    return sum(
        0.32 if c in _NARROW else 0.76 if c in _WIDE else 0.0 if c == _NO_WIDTH else 0.57
        for c in text
    )


def extent(heading: str, texts: Sequence[str]) -> Extent:
    """How far the texts of a column and its heading reach, each up to its limit.

    What belongs together ("HR 0.42", an interval) counts as one word.
    """
    kept = [unbroken(text) for text in texts]
    # a heading is bold and may wrap, on about three lines at most
    head = BOLD * max(_longest_word((heading,)), text_width(heading) / HEADING_LINES)
    word = min(max(head, _longest_word(kept)), LONGEST_WORD)
    line = max((text_width(part) for text in kept for part in text.split("\n")), default=0.0)
    one_line = min(BOLD * text_width(heading), COMFORT)  # where there is room
    return Extent(word, min(line, LONGEST_LINE), one_line)


def extents(table: Table) -> tuple[Extent, ...]:
    """How far the texts of each column reach."""
    return tuple(extent(heading, texts) for heading, texts in _by_column(table))


def share(
    columns: Sequence[Extent], *, available: float, padding: float, power: float = 0.5
) -> tuple[float, ...]:
    """Widths of columns that share a line.

    Every column gets its longest word, and none more than its longest line. In between, widths
    are as a power of the longest line.

    Parameters
    ----------
    columns : sequence of Extent
        At least one.
    available : float
        Width of the line, in em.
    padding : float
        Left and right of the text of one column, together, in em.
    power : float
        0: all alike, so that short texts keep to one line. 1: in proportion, so that long ones
        get most. In between, with 0.5, two long texts take the fewest lines together.

    Returns
    -------
    tuple of float
        In em, padding included; their sum is at most `available`.

    Examples
    --------
    >>> short, long = share((Extent(2, 3), Extent(2, 30)), available=30, padding=1)
    >>> short, round(long, 3)
    (4, 26.0)
    """
    room = available - padding * len(columns)
    if sum(column.full for column in columns) <= room:
        return tuple(column.full + padding for column in columns)
    words = [column.word + padding for column in columns]
    if sum(words) >= available:  # even the longest words must be broken
        return tuple(width * available / sum(words) for width in words)
    low, high = 0.0, max(1.0, max(column.full for column in columns)) ** (1 - power)
    for _ in range(50):
        middle = (low + high) / 2
        fits = sum(_grown(column, middle, power) for column in columns) <= room
        low, high = (middle, high) if fits else (low, middle)
    return tuple(_grown(column, low, power) + padding for column in columns)


def _grown(column: Extent, factor: float, power: float) -> float:
    grown: float = factor * max(1.0, column.full) ** power
    return min(column.full, max(column.word, grown))


def column_widths(table: Table, *, available: float, padding: float) -> tuple[float, ...]:
    """Widths of the columns of a table, in em, padding included: of several shares the best.

    The best is the one in which the rows take the fewest lines.
    """
    columns = extents(table)
    shares = [share(columns, available=available, padding=padding, power=p) for p in POWERS]
    return min(shares, key=lambda widths: lines(table, widths, padding=padding))


def comfortable_width(table: Table, *, padding: float) -> float:
    """Width, in em, from which a table reads well: no word is cut, no text in a thin column."""
    return sum(max(c.word, min(c.line, COMFORT)) + padding for c in extents(table))


def row_lines(row: Sequence[Cell], widths: Sequence[float], *, padding: float) -> int:
    """Lines that a row takes in columns of these widths (em, padding included), about."""
    return max(
        math.ceil(text_width(cell.text) / max(width - padding, 1.0) + 0.1)
        for cell, width in zip(row, widths, strict=True)
    )


def lines(table: Table, widths: Sequence[float], *, padding: float) -> int:
    """Lines that all rows together take in columns of these widths, about."""
    return sum(row_lines(row, widths, padding=padding) for row in table.rows)


def _by_column(table: Table) -> list[tuple[str, list[str]]]:
    """Heading and texts of each column."""
    return [
        (heading, [row[index].text for row in table.rows])
        for index, heading in enumerate(table.columns)
    ]


def _longest_word(texts: Sequence[str]) -> float:
    # not str.split(): a no-break space is what the caller decided
    return max(
        (text_width(word) for text in texts for word in re.split("[ \n\t\u200b]", text)),
        default=0.0,
    )
