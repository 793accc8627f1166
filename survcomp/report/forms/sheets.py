"""The report as sheets of a workbook: what stands in which cell, before any file is made.

A sheet holds real numbers where a cell shows one number of results.json, at its full
precision and with the decimals of the report; everything else is text.
"""

from __future__ import annotations

import math
import re
from collections.abc import Iterator
from dataclasses import dataclass

from survcomp.report.document.sections import (
    Block,
    Bullets,
    Document,
    Folded,
    Paragraph,
    Section,
    Terms,
    walk,
)
from survcomp.report.document.table import Cell, Table
from survcomp.report.document.text import shown
from survcomp.report.document.words import Words
from survcomp.report.kinds.registry import kinds, label_of
from survcomp.values.contrasts.measure import MEASURES
from survcomp.values.records.results import NOT_REACHED, Record, Results, Value

LONGEST_NAME = 31
HEADING_ROW = 2
"""Row of the headings, from 0: above it the title of the sheet and an empty row."""
WIDE = 260.0
"""Width of a sheet that is for looking up, not for paper."""
P_FORMAT = '[<0.001]"<0.001";[<0.1]0.000;0.00'

EFFECT_NUMBERS = (
    *("estimate", "ci_low", "ci_high", "se", "se_sampling", "se_reconstruction"),
    *("df", "level", "p"),
)
EFFECT_TEXTS = ("population", "interval", "interval_method", "method", "adjustment", "estimand")
EFFECT_COLUMNS = (
    *("id", "what", "treatment", "comparator", "outcome", "measure", "scale"),
    *EFFECT_NUMBERS,
    *("ratio", "ratio_ci_low", "ratio_ci_high", "horizon"),
    *EFFECT_TEXTS,
)


@dataclass(frozen=True, slots=True)
class Number:
    """A number with Excel's format of it."""

    value: float
    format: str = "General"


Entry = str | bool | Number


@dataclass(frozen=True, slots=True, kw_only=True)
class Sheet:
    """One sheet: headings, rows, and notes below them.

    Attributes
    ----------
    name : str
        Up to 31 characters that Excel takes.
    title : str
        Above the headings.
    columns : tuple of str
        Headings.
    rows : tuple of tuple of str, bool or Number
        As many a row as there are headings.
    notes : tuple of str
        Below the rows.
    flagged : frozenset of (int, int)
        Row and column, from 0, of the cells that ask for attention.
    items : tuple of str
        Items of the checklist that it reports.
    width : float
        Width in characters that the columns keep to where they can.
    """

    name: str
    title: str
    columns: tuple[str, ...]
    rows: tuple[tuple[Entry, ...], ...]
    notes: tuple[str, ...] = ()
    flagged: frozenset[tuple[int, int]] = frozenset()
    items: tuple[str, ...] = ()
    width: float = 130.0


def sheets(document: Document, results: Results) -> tuple[Sheet, ...]:
    """Every sheet but the first: tables in the order of reading, then effects and records."""
    tables = table_sheets(document, results)
    names = {id(table): sheet.name for table, sheet in tables}
    return (
        *(sheet for _, sheet in tables),
        effects(results),
        where_shown(document, results, names),
        records(results),
        series(results),
    )


def table_sheets(document: Document, results: Results) -> list[tuple[Table, Sheet]]:
    """A sheet for every table."""
    numbers = document.numbered()
    return [
        (block, _table_sheet(block, numbers[id(block)], results))
        for block in walk(document.sections)
        if isinstance(block, Table)
    ]


def _table_sheet(table: Table, number: int, results: Results) -> Sheet:
    return Sheet(
        name=sheet_name(number, table.caption),
        title=f"Table {number}. {table.caption}",
        items=table.items,
        columns=table.columns,
        rows=tuple(tuple(entry(cell, results) for cell in row) for row in table.rows),
        notes=table.notes,
        flagged=frozenset(
            (i, j) for i, row in enumerate(table.rows) for j, c in enumerate(row) if c.tone == "bad"
        ),
    )


def sheet_name(number: int, caption: str) -> str:
    """A name that Excel takes and, by its number, no other table has.

    Examples
    --------
    >>> sheet_name(3, "Overlap: where the target lies among the patients")
    'T3 Overlap where the target'
    """
    plain = " ".join(re.sub(r"[^\w ().,%+-]", " ", caption).split())
    name = f"T{number} {plain}"
    if len(name) > LONGEST_NAME:
        name = name[: LONGEST_NAME + 1].rsplit(" ", 1)[0][:LONGEST_NAME]
    return name.rstrip(" (,-.")


def entry(cell: Cell, results: Results) -> Entry:
    """The cell as a number where it shows one number and no more, else as text."""
    spans = cell.spans
    if len(spans) != 1 or spans[0].record not in results:
        return cell.text
    record = results[spans[0].record]
    if not is_number(record.value) or not _is_its_number(cell.text, record):
        return cell.text
    return Number(float(record.value), number_format(cell.text, record.unit))  # type: ignore[arg-type]


def _is_its_number(text: str, record: Record) -> bool:
    """Whether a text is the value of a record and nothing else, rounded to what it shows."""
    if text == shown(record):
        return True
    decimals = len(text.partition(".")[2])
    return re.fullmatch(r"-?\d+(\.\d+)?", text) is not None and float(text) == round(
        float(record.value),  # type: ignore[arg-type]
        decimals,
    )


def is_number(value: Value) -> bool:
    """Whether a value is one finite number."""
    return isinstance(value, (int, float)) and not isinstance(value, bool) and math.isfinite(value)


def number_format(text: str, unit: str) -> str:
    """Excel's format that shows a number as the report does.

    Examples
    --------
    >>> number_format("76.6 %", "probability"), number_format("0.42", "hazard ratio")
    ('0.0 %', '0.00')
    """
    if unit == "p value":
        return P_FORMAT
    mantissa = text.removesuffix(" %").split("e")[0]
    decimals = len(mantissa.partition(".")[2])
    digits = f"0.{'0' * decimals}" if decimals else "0"
    return digits + (" %" if text.endswith(" %") else "E+00" if "e" in text else "")


def effects(results: Results) -> Sheet:
    """Every contrast of the analysis, a number a cell."""
    ids = [r.id.removesuffix("/estimate") for r in results.records if r.id.endswith("/estimate")]
    paths = [id for id in ids if id.rsplit("/", 1)[-1] in MEASURES]
    return Sheet(
        name="Effects",
        title="Every effect of the analysis, in numbers",
        columns=EFFECT_COLUMNS,
        width=WIDE,
        rows=tuple(tuple(_effect(results, path)) for path in paths),
        notes=(
            "estimate, ci_low, ci_high and the standard errors are on the scale named (ratios as "
            "natural logarithms, risk differences as shares); ratio, ratio_ci_low and "
            "ratio_ci_high are on the natural scale.",
            "se is the total standard error; where they are told apart, se_sampling and "
            "se_reconstruction are its parts: sampling error, and that of rebuilding the curves. "
            "Where interval_method is Wald, the limits are the estimate plus and minus se times "
            "the quantile of Student's t with df degrees of freedom, or the normal one where df "
            "is empty.",
        ),
    )


def _effect(results: Results, path: str) -> Iterator[Entry]:
    measure = path.rsplit("/", 1)[-1]
    yield path
    yield _what(results, path)
    for field in ("treatment", "comparator", "outcome"):
        yield _text(results, f"{path}/{field}")
    yield measure
    yield results[f"{path}/estimate"].unit
    for field in EFFECT_NUMBERS:
        yield _number(results, f"{path}/{field}")
    is_ratio = MEASURES[measure].is_ratio
    natural = path.removesuffix(measure) + (MEASURES[measure].natural_key if is_ratio else "none")
    for field in ("estimate", "ci_low", "ci_high"):
        yield _number(results, f"{natural}/{field}")
    yield _number(results, f"{path}/horizon")
    for field in EFFECT_TEXTS:
        yield _text(results, f"{path}/{field}")


def _what(results: Results, path: str) -> str:
    """Title of the comparison or response that an effect belongs to, or the study it is of."""
    kind, id = path.split("/")[:2]
    if kind in {each.name for each in kinds()}:
        return label_of(results, path)
    return _text(results, f"{kind}/{id}/study") or _text(results, f"{kind}/{id}/label")


def _text(results: Results, id: str) -> str:
    return str(results.value(id)) if id in results else ""


def _number(results: Results, id: str) -> Entry:
    return value_entry(results.value(id)) if id in results else ""


def value_entry(value: Value) -> Entry:
    """A value of a record as it is, an infinite time as "not reached"."""
    if value is None or isinstance(value, (str, bool)):
        return value or "" if value is None else value
    if isinstance(value, tuple):
        return f"{len(value)} values, in the sheet Series"
    return Number(float(value)) if math.isfinite(value) else NOT_REACHED


def records(results: Results) -> Sheet:
    """Every record of results.json."""
    return Sheet(
        name="Records",
        title="Every record of results.json",
        columns=("id", "value", "unit", "kind", "sources"),
        width=WIDE,
        rows=tuple(
            (r.id, value_entry(r.value), r.unit, r.kind, "\n".join(r.sources))
            for r in results.records
        ),
    )


def series(results: Results) -> Sheet:
    """Curves, numbers at risk and the like: one value a row."""
    return Sheet(
        name="Series",
        title="Series of results.json: curves, numbers at risk and the like, one value a row",
        columns=("id", "position", "value", "unit"),
        width=WIDE,
        rows=tuple(
            (record.id, Number(position), value_entry(value), record.unit)
            for record in results.records
            if isinstance(record.value, tuple)
            for position, value in enumerate(record.value, 1)
        ),
    )


def where_shown(document: Document, results: Results, names: dict[int, str]) -> Sheet:
    """Each number that the report shows, with its record.

    Parameters
    ----------
    document : Document
    results : Results
        That the document was built from.
    names : dict
        Name of the sheet of each table, keyed by ``id()`` of the table.
    """
    passages = [("Summary", "", document.summary), *_texts_of(document.sections, "", names)]
    rows: list[tuple[Entry, ...]] = []
    for place, address, text in passages:
        for span in text:
            if span.record in results:
                record = results[span.record]
                rows.append((place, address, span.text, record.id, *_value_and_unit(record)))
    return Sheet(
        name="Where shown",
        title="Each number that the report shows, with its record in results.json",
        columns=("where", "cell", "shown", "record", "value", "unit"),
        width=WIDE,
        rows=tuple(rows),
        notes=(
            "An effect with its interval names the record of its estimate on the log scale; the "
            "sheet Effects has the rest of it.",
        ),
    )


def _value_and_unit(record: Record) -> tuple[Entry, Entry]:
    return value_entry(record.value), record.unit


def _texts_of(
    blocks: tuple[Block, ...], place: str, names: dict[int, str]
) -> Iterator[tuple[str, str, Words]]:
    """Every text, with the sheet or section it stands in and the cell of the sheet."""
    for block in blocks:
        match block:
            case Section():
                yield from _texts_of(block.blocks, block.title, names)
            case Folded():
                yield from _texts_of(block.blocks, place, names)
            case Table():
                for i, row in enumerate(block.rows):
                    for j, cell in enumerate(row):
                        yield names[id(block)], address(i + HEADING_ROW + 1, j), cell.spans
            case Paragraph():
                yield place, "", block.text
            case Bullets():
                yield from ((place, "", item) for item in block.items)
            case Terms():
                yield from ((place, "", text) for _, text in block.items)


def address(row: int, column: int) -> str:
    """A cell as Excel names it, from row and column counted from 0.

    Examples
    --------
    >>> address(3, 1), address(0, 26)
    ('B4', 'AA1')
    """
    letters = ""
    column += 1
    while column:
        column, rest = divmod(column - 1, 26)
        letters = chr(ord("A") + rest) + letters
    return f"{letters}{row + 1}"
