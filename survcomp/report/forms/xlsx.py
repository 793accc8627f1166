"""The report as a workbook: every table, every effect and every record as cells.

No cell is a formula. A text that a spreadsheet would take for one, because it starts with
``= + - @`` or a tab, is stored as text and gets an apostrophe in front: stored as text it is
safe in the workbook, and the apostrophe keeps it safe when a sheet is saved as CSV, where the
type is lost, and opened again. (Excel's own hidden prefix is lost in CSV too, so it would not
do.) Plain numbers and a lone dash are left as they are.
"""

from __future__ import annotations

import io
import math
from collections.abc import Sequence
from datetime import datetime
from typing import TYPE_CHECKING, Any

from survcomp import __version__
from survcomp.report.chapters.build import build_document
from survcomp.report.document.characters import printable
from survcomp.report.document.columns import BOLD, extent, share, text_width
from survcomp.report.document.sections import CLOSING, Document
from survcomp.report.document.words import plain
from survcomp.report.forms.sheets import HEADING_ROW, Entry, Number, Sheet, sheets
from survcomp.values.records.results import Results

if TYPE_CHECKING:
    from xlsxwriter import Workbook
    from xlsxwriter.worksheet import Worksheet

LONGEST_TEXT = 32_767
"""Characters (of UTF-16) that a cell of Excel holds."""
NEVER = datetime(1980, 1, 1)
"""When the file was made, as its properties say: always the same, so that the bytes are."""
STARTS_A_FORMULA = tuple("=+-@\t\r\uff1d\uff0b\uff0d\uff20")
NARROWEST, NOTE_WIDTH = 8.0, 90.0
"""Widths of columns and of notes, in characters."""
DIGIT = 0.59
"""Width of a digit, the unit of Excel's columns, in em."""
PADDING = 3 * DIGIT
LINE, TALLEST = 13.0, 409.0
"""Heights of a line and of a row at most, in points."""
A4 = 9
READ_ME, READ_ME_WIDTH, ITEMS_WIDTH = "Read me", 100.0, 30.0
ITEMS = "Items of the checklist"
APOSTROPHE = (
    "Every text is stored as text and no cell is a formula. A text that starts with = + - @ or a "
    "tab has an apostrophe in front, so that it stays text when a sheet is saved as CSV and "
    "opened again."
)
PRECISION = (
    "A cell that shows one number holds it as results.json does (Excel keeps 15 digits) and shows "
    "the decimals of the report. An effect with its interval is text in its table; the sheet "
    "Effects has each in numbers."
)
OTHER_SHEETS = {
    "Effects": "every effect: estimate, interval, standard errors, population, method",
    "Where shown": "each number that the report shows, with its record",
    "Records": "every record of results.json",
    "Series": "curves and numbers at risk of results.json, one value a row",
}


def render_xlsx(results: Results) -> bytes:
    """Render the report of an analysis as a workbook.

    Parameters
    ----------
    results : Results
        From `survcomp.analysis.run`; nothing else is read and nothing is computed.

    Returns
    -------
    bytes
        An XLSX file, the same bytes for the same results. A character that the format cannot
        hold is shown as U+FFFD; a text too long for a cell is cut, and says so.

    Raises
    ------
    InputError
        If a placeholder in the analysis names a record that does not exist.
    """
    return xlsx_file(build_document(results), results)


def xlsx_file(document: Document, results: Results) -> bytes:
    """Lay out a document, and the results it was built from, as an XLSX file."""
    from xlsxwriter import Workbook

    file = io.BytesIO()
    options = {"in_memory": True, "strings_to_formulas": False, "strings_to_urls": False}
    with Workbook(file, options) as book:
        book.set_properties(
            {
                "title": printable(document.title)[:255],
                "subject": printable(document.analysis)[:255],
                "author": "survcomp",
                "comments": f"Made with survcomp {__version__}",
                "created": NEVER,
            }
        )
        styles = Styles(book)
        made = sheets(document, results)
        _read_me(book, styles, document, made)
        for sheet in made:
            _sheet(book, styles, sheet)
    return file.getvalue()


class Styles:
    """Formats of a workbook, each made once."""

    def __init__(self, book: Workbook) -> None:
        self._book = book
        self._made: dict[str, Any] = {}
        cell = {"text_wrap": True, "valign": "top", "font_name": "Arial", "font_size": 10}
        self._cell = cell
        self.title = book.add_format({**cell, "bold": True, "font_size": 13, "text_wrap": False})
        self.heading = book.add_format(
            {**cell, "bold": True, "bottom": 1, "bg_color": "#E8EBEF", "valign": "bottom"}
        )
        self.text = book.add_format(cell)
        self.heading_right = book.add_format(
            {**cell, "bold": True, "bottom": 1, "bg_color": "#E8EBEF", "valign": "bottom"}
            | {"align": "right", "indent": 2}
        )
        self.strong = book.add_format({**cell, "bold": True})
        self.flagged = book.add_format({**cell, "bold": True, "font_color": "#8A3B00"})
        self.note = book.add_format({**cell, "font_size": 9, "font_color": "#5A606B"})
        self.mark = book.add_format(
            {**cell, "font_size": 8, "font_color": "#5A606B", "text_wrap": False}
        )
        self.link = book.add_format({**cell, "font_color": "#005A8F", "underline": 1})

    def number(self, format: str) -> Any:
        """Format of a number."""
        if format not in self._made:
            look = {**self._cell, "num_format": format, "text_wrap": False, "align": "right"}
            look["indent"] = 2
            self._made[format] = self._book.add_format(look)
        return self._made[format]


def safe_text(text: str) -> str:
    """A text as a cell may hold it: printable, no formula anywhere, and not too long.

    Examples
    --------
    >>> safe_text("=1+1"), safe_text("-"), safe_text("-0.5"), safe_text("HR 0.42")
    ("'=1+1", '-', '-0.5', 'HR 0.42')
    """
    text = printable(text)
    if text.lstrip(" \n").startswith(STARTS_A_FORMULA) and text != "-" and not _is_number(text):
        text = f"'{text}"
    units = text.encode("utf-16-le")
    if len(units) <= 2 * LONGEST_TEXT:
        return text
    mark = f" [cut here: {len(text):,} characters in results.json]"
    return units[: 2 * (LONGEST_TEXT - len(mark))].decode("utf-16-le", "ignore") + mark


def _is_number(text: str) -> bool:
    try:
        float(text)
    except ValueError:
        return False
    return "_" not in text


def _write(page: Worksheet, row: int, column: int, entry: Entry, styles: Styles, look: Any) -> None:
    if isinstance(entry, Number):
        page.write_number(row, column, entry.value, styles.number(entry.format))
    elif isinstance(entry, bool):
        page.write_boolean(row, column, entry, look)
    elif entry:
        page.write_string(row, column, safe_text(entry), look)
    else:
        page.write_blank(row, column, None, look)


def _sheet(book: Workbook, styles: Styles, sheet: Sheet) -> None:
    page = book.add_worksheet(sheet.name)
    widths = _widths(sheet)
    for column, (heading, width) in enumerate(zip(sheet.columns, widths, strict=True)):
        numeric = any(isinstance(row[column], Number) for row in sheet.rows)
        look = styles.heading_right if numeric else styles.heading
        page.set_column(column, column, width)
        page.write_string(HEADING_ROW, column, safe_text(heading), look)
    page.set_row(HEADING_ROW, _height(sheet.columns, widths, letters=BOLD))
    page.write_string(0, 0, safe_text(sheet.title), styles.title)
    if sheet.items:
        page.write_string(1, 0, f"{ITEMS}: {', '.join(sheet.items)}", styles.mark)
    for i, row in enumerate(sheet.rows):
        page.set_row(i + HEADING_ROW + 1, _height(row, widths))
        for j, entry in enumerate(row):
            look = styles.flagged if (i, j) in sheet.flagged else styles.text
            _write(page, i + HEADING_ROW + 1, j, entry, styles, look)
    last = HEADING_ROW + len(sheet.rows)
    _notes(page, styles, sheet.notes, first=last + 2, widths=widths)
    page.freeze_panes(HEADING_ROW + 1, 1)
    page.autofilter(HEADING_ROW, 0, last, len(sheet.columns) - 1)
    page.repeat_rows(HEADING_ROW)
    page.ignore_errors({"number_stored_as_text": "A1:XFD1048576"})
    _print_setup(page)


def _print_setup(page: Worksheet) -> None:
    page.set_landscape()
    page.set_paper(A4)
    page.fit_to_pages(1, 0)
    page.set_margins(left=0.5, right=0.5, top=0.6, bottom=0.6)
    page.set_footer("&L&8&A&R&8Page &P of &N")


def _widths(sheet: Sheet) -> list[float]:
    """Width of each column, in characters."""
    columns = [
        extent(heading, [_shown(row[i]) for row in sheet.rows])
        for i, heading in enumerate(sheet.columns)
    ]
    widths = share(columns, available=sheet.width * DIGIT, padding=PADDING)
    return [max(NARROWEST, width / DIGIT) for width in widths]


def _height(row: Sequence[Entry], widths: Sequence[float], *, letters: float = 1.0) -> float:
    """Height of a row in points: Excel, but not every program, would find it by itself."""
    lines = max(
        sum(math.ceil(letters * _characters(part) / (width - 1.0)) or 1 for part in parts)
        for parts, width in zip((_shown(e).split("\n") for e in row), widths, strict=True)
    )
    return min(LINE * lines + 2.0, TALLEST)


def _shown(entry: Entry) -> str:
    """About what a cell shows, for its width."""
    return f"{entry.value:.9g}" if isinstance(entry, Number) else str(entry)


def _characters(text: str) -> float:
    return text_width(text) / DIGIT


def _notes(
    page: Worksheet, styles: Styles, notes: tuple[str, ...], *, first: int, widths: list[float]
) -> None:
    """Notes across as many columns as are needed for short paragraphs."""
    last, width = 0, widths[0]
    while width < NOTE_WIDTH:
        last += 1
        width += widths[last] if last < len(widths) else NARROWEST
    for row, note in enumerate(notes, first):
        if last:
            page.merge_range(row, 0, row, last, "", styles.note)
        page.write_string(row, 0, safe_text(note), styles.note)
        page.set_row(row, _height((note,), (width,)))


def _read_me(book: Workbook, styles: Styles, document: Document, made: tuple[Sheet, ...]) -> None:
    page = book.add_worksheet(READ_ME)
    page.set_column(0, 0, 34)
    page.set_column(1, 1, READ_ME_WIDTH)
    page.set_column(2, 2, ITEMS_WIDTH)
    page.write_string(0, 0, safe_text(document.title), styles.title)
    about = (
        ("Summary", plain(document.summary)),
        ("Analysis", document.analysis),
        ("Made with", f"survcomp {__version__}"),
        ("How to rerun", f"survcomp run analyses/{document.analysis}"),
        ("How to check", f"survcomp check analyses/{document.analysis}"),
        ("Numbers", PRECISION),
        ("Texts", APOSTROPHE),
        ("Use", CLOSING),
    )
    for row, (name, text) in enumerate(about, 2):
        page.write_string(row, 0, name, styles.strong)
        page.write_string(row, 1, safe_text(text), styles.text)
        page.set_row(row, _height((text,), (READ_ME_WIDTH,)))
    first = len(about) + 3
    page.write_string(first, 0, "Sheet", styles.heading)
    page.write_string(first, 1, "What it holds", styles.heading)
    page.write_string(first, 2, ITEMS, styles.heading)
    for row, sheet in enumerate(made, first + 1):
        page.write_url(row, 0, f"internal:'{sheet.name}'!A1", styles.link, sheet.name)
        page.write_string(row, 1, safe_text(OTHER_SHEETS.get(sheet.name, sheet.title)), styles.text)
        if sheet.items:
            page.write_string(row, 2, ", ".join(sheet.items), styles.note)
    _print_setup(page)
