"""How wide the columns of a table want to be, and which of them hold numbers."""

from __future__ import annotations

import re
from typing import Literal

from survcomp.report.table import Table

# A number alone: 8.8, 76.6 %, -0.12, 1,024, 2.5e-05, <0.001; what stands for none is neutral.
_NUMBER = re.compile(r"[<>]?[-\u2212+]?\d[\d,]*(\.\d+)?(e[-+]?\d+)?( ?%)?")
_NONE = ("", "-", "\u2013", "not reached")


def numeric_columns(table: Table) -> tuple[bool, ...]:
    """Which columns hold nothing but numbers, and at least one; the first names the row.

    Examples
    --------
    >>> from survcomp.report.table import make
    >>> numeric_columns(make("t", ["Arm", "n", "Events"], [["A", "97", "23 (24 %)"]]))
    (False, True, False)
    """
    return tuple(
        index > 0 and _is_numeric([row[index].text for row in table.rows])
        for index in range(len(table.columns))
    )


ColumnKind = Literal["number", "short", "medium", "long"]


def column_kinds(table: Table) -> tuple[ColumnKind, ...]:
    """What stands in each column: numbers, or texts of up to 20, up to 60 or more letters."""
    return tuple(
        "number" if numeric else _kind(max(map(len, texts[1:]), default=0))
        for numeric, texts in zip(numeric_columns(table), _by_column(table), strict=True)
    )


def _kind(letters: int) -> ColumnKind:
    return "short" if letters <= 20 else "medium" if letters <= 60 else "long"


def _is_numeric(texts: list[str]) -> bool:
    told = [text for text in texts if text not in _NONE]
    return bool(told) and all(_NUMBER.fullmatch(text) for text in told)


def narrowest(table: Table) -> tuple[float, ...]:
    """Width of the longest word of each column, in small letters: below this, a word is cut."""
    return tuple(
        max(length(word) for text in texts for word in _words(text)) for texts in _by_column(table)
    )


def widths(table: Table, room: float) -> tuple[float, ...]:
    """Widths of columns that share a line, in small letters.

    A table that fits gets what its longest cells need. Else no column gets less than its
    longest word, and what is then left of the line is shared by what each column lacks of its
    longest cell; the shares grow less than in proportion, since a long cell can be broken into
    lines.

    Parameters
    ----------
    table : Table
        With at least one column.
    room : float
        Width of the line, in small letters.

    Returns
    -------
    tuple of float
        One for each column; their sum is `room` at most, unless the longest words need more.

    Examples
    --------
    >>> from survcomp.report.table import make
    >>> short, long = widths(make("t", ["n", "Remark"], [["97", "a few words " * 9]]), 60)
    >>> short < 5 and long > 50
    True
    """
    least = narrowest(table)
    wish = tuple(max(length(text) for text in texts) for texts in _by_column(table))
    if sum(wish) <= room:
        return wish
    if sum(least) >= room:
        return least
    lack = [(most - low) ** 0.8 for low, most in zip(least, wish, strict=True)]
    share = (room - sum(least)) / sum(lack)
    got = [low + share * part for low, part in zip(least, lack, strict=True)]
    capped = [min(given, most) for given, most in zip(got, wish, strict=True)]
    return tuple(width * room / sum(capped) for width in capped)


def length(text: str) -> float:
    """About how wide a text is, in small letters of mean width."""
    return sum(1.4 if letter.isupper() else 0.0 if letter == "\u200b" else 1.0 for letter in text)


def _by_column(table: Table) -> list[list[str]]:
    return [
        [heading, *(row[index].text for row in table.rows)]
        for index, heading in enumerate(table.columns)
    ]


def _words(text: str) -> list[str]:
    # not str.split(): a no-break space or a zero-width one is what the caller decided
    return re.split("[ \u200b]", text)
