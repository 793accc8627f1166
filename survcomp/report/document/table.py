"""A table as a description: built once, laid out by each form of the report."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from survcomp.errors import InputError
from survcomp.report.document.words import Span, Words, plain, words


@dataclass(frozen=True, slots=True)
class Cell:
    """One cell: what is shown, and the record it shows.

    Attributes
    ----------
    text : str
        What a reader sees.
    record : str
        Id of the record behind it; empty for words.
    tone : str
        "", "good" or "bad": how the cell is coloured (never the only sign).
    parts : Words
        Where several records are shown: the text in parts, each with its own.
    """

    text: str
    record: str = ""
    tone: str = ""
    parts: Words = ()

    @property
    def spans(self) -> Words:
        """The text with its records."""
        return self.parts or (Span(self.text, self.record),)


def joined(*parts: str | Span, tone: str = "") -> Cell:
    """A cell of several parts, each with the record that it shows."""
    text = words(*parts)
    first = next((span.record for span in text if span.record), "")
    return Cell(plain(text), record=first, tone=tone, parts=text)


@dataclass(frozen=True, slots=True, kw_only=True)
class Table:
    """A table with its caption and notes.

    Attributes
    ----------
    caption : str
        What it shows.
    columns : tuple of str
        Headings; the first column names the row.
    rows : tuple of tuple of Cell
        As many cells a row as there are columns.
    notes : tuple of str
        Printed under the table.
    items : tuple of str
        Items of the checklist that it reports.
    """

    caption: str
    columns: tuple[str, ...]
    rows: tuple[tuple[Cell, ...], ...]
    notes: tuple[str, ...] = ()
    items: tuple[str, ...] = ()

    def __post_init__(self) -> None:
        for row in self.rows:
            if len(row) != len(self.columns):
                raise InputError(
                    f"table {self.caption!r}: a row has {len(row)} cells for "
                    f"{len(self.columns)} columns."
                )


def make(
    caption: str,
    columns: Sequence[str],
    rows: Sequence[Sequence[Cell | str]],
    *,
    notes: Sequence[str] = (),
) -> Table:
    """Make a table from cells and plain strings."""
    return Table(
        caption=caption,
        columns=tuple(columns),
        rows=tuple(tuple(c if isinstance(c, Cell) else Cell(c) for c in row) for row in rows),
        notes=tuple(notes),
    )


def make_if_any(
    caption: str,
    columns: Sequence[str],
    rows: Sequence[Sequence[Cell | str]],
    *,
    notes: Sequence[str] = (),
) -> Table | None:
    """The table of these rows, or none where there is not one of them."""
    return make(caption, columns, rows, notes=notes) if rows else None
