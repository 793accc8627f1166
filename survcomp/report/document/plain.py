"""A table as plain text, for a terminal or a pipe."""

from __future__ import annotations

import textwrap

from survcomp.report.document.table import Table

WIDEST_COLUMN = 60


def printable(text: str) -> str:
    r"""Text without characters that a terminal would obey; line ends stay.

    Examples
    --------
    >>> printable("red\x1b[31m")
    'red?[31m'
    """
    return "".join(c if c.isprintable() or c == "\n" else "?" for c in text)


def plain_table(table: Table) -> str:
    """Lay out a table in columns; long cells are wrapped.

    Examples
    --------
    >>> from survcomp.report.document.table import make
    >>> print(plain_table(make("Ages", ["Arm", "Age"], [["drug", "61"], ["control", "59"]])))
    Arm      Age
    -------  ---
    drug     61
    control  59
    """
    rows = [[_wrapped(cell.text) for cell in row] for row in table.rows]
    heads = [_wrapped(column) for column in table.columns]
    widths = [
        max(len(line) for row in [heads, *rows] for line in row[i]) for i in range(len(heads))
    ]
    lines = [*_lines(heads, widths), "  ".join("-" * width for width in widths)]
    for row in rows:
        lines += _lines(row, widths)
    lines += [f"{note}" for note in table.notes]
    return "\n".join(lines)


def _wrapped(text: str) -> list[str]:
    return textwrap.wrap(text, WIDEST_COLUMN, break_long_words=False, break_on_hyphens=False) or [
        ""
    ]


def _lines(cells: list[list[str]], widths: list[int]) -> list[str]:
    height = max(len(cell) for cell in cells)
    return [
        "  ".join(
            (cell[i] if i < len(cell) else "").ljust(width)
            for cell, width in zip(cells, widths, strict=True)
        ).rstrip()
        for i in range(height)
    ]
