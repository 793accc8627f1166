"""Aggregate baseline data (AgD) as tables: cells to moments, with the row and column of faults.

Two layouts: wide, one row an arm and one column a moment (`AGE_MEAN`, `SEX_MALE_COUNT`; the
layout of maicplus), and long, one row a moment (`covariate, kind, value`).
"""

from __future__ import annotations

import math
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import pandas as pd

from survcomp.errors import Fault, FileFaultError, InputError
from survcomp.values.checks import printed_step
from survcomp.values.populations.moments import SD, Mean, Median, Moment, Proportion, Quantile

WIDE = re.compile(r"(?P<covariate>.+)_(?P<what>MEAN|SD|MEDIAN|COUNT|PROP|N|P\d{1,2})")
ABOUT_THE_ROW = ("STUDY", "ARM", "N")
LONG_NEEDED = ("covariate", "kind", "value")
LONG_TEXT = ("label", "definition", "source", "note")
LONG_ALLOWED = (*LONG_NEEDED, "n", *LONG_TEXT)
KINDS = "mean, SD, median, proportion, count, quantile 0.25 (or another probability)"


@dataclass(frozen=True, slots=True, kw_only=True)
class Row:
    """One row of a table.

    Attributes
    ----------
    place : str
        For messages, such as "row 2".
    cells : mapping of str to object
        By column; an empty cell is "", None or NaN.
    """

    place: str
    cells: Mapping[str, Any]


@dataclass(frozen=True, slots=True, kw_only=True)
class AgdTable:
    """A table of aggregate data.

    Attributes
    ----------
    source : str
        File name, or what else messages call it.
    columns : tuple of str
        Its columns.
    rows : tuple of Row
        Its rows.
    """

    source: str
    columns: tuple[str, ...]
    rows: tuple[Row, ...]

    @classmethod
    def from_frame(cls, frame: pd.DataFrame) -> AgdTable:
        """Table of a data frame; rows are counted from 1."""
        columns = tuple(str(column) for column in frame.columns)
        if len(set(columns)) < len(columns):
            twice = next(column for column in columns if columns.count(column) > 1)
            raise InputError(f"the frame has the column {twice!r} twice.")
        rows = tuple(
            Row(place=f"row {number}", cells=dict(zip(columns, cells, strict=True)))
            for number, cells in enumerate(frame.itertuples(index=False, name=None), start=1)
        )
        return cls(source="the frame", columns=columns, rows=rows)

    def fault(self, place: str, problem: str) -> FileFaultError:
        """Error with one fault."""
        return FileFaultError([Fault(self.source, place, problem)])


@dataclass(frozen=True, slots=True, kw_only=True)
class WideRow:
    """What a row of a wide table says: arm and study (or ""), patients, moments."""

    study: str
    arm: str
    n: int
    moments: tuple[Moment, ...]


def read_wide(table: AgdTable, *, arm: str | None, skip: Sequence[str]) -> WideRow:
    """Moments of one row of a wide table.

    Raises
    ------
    FileFaultError
        With every fault: columns that are none of the layout, cells that are no numbers,
        percentages, counts above the number of patients; and if the row cannot be told.
    """
    _check_wide_columns(table, skip)
    row = _pick(table, arm)
    faults: list[Fault] = []
    n = _count(table, row, "N", faults)
    if faults or n is None:
        raise FileFaultError(faults or [Fault(table.source, f"{row.place}, N", "is empty")])
    denominators = {}
    for column, covariate, what in _wide_columns(table, skip):
        if what == "N" and not is_empty(row.cells[column]):
            denominators[covariate] = _count(table, row, column, faults)
    moments = []
    for column, covariate, what in _wide_columns(table, skip):
        if what == "N" or is_empty(row.cells[column]):
            continue
        known = denominators.get(covariate)
        try:
            moments.append(_wide_moment(row, column, covariate, what, n=n, known=known))
        except InputError as error:
            faults.append(Fault(table.source, f"{row.place}, {column}", str(error)))
    if not moments and not faults:
        faults = [Fault(table.source, row.place, "says nothing about any covariate")]
    if faults:
        raise FileFaultError(faults)
    return WideRow(
        study=_text(row, "STUDY"), arm=_text(row, "ARM"), n=n, moments=_agreed(table, row, moments)
    )


def read_long(table: AgdTable, *, n: int) -> tuple[Moment, ...]:
    """Moments of a long table, of a population of `n` patients.

    Raises
    ------
    FileFaultError
        With every fault: columns missing or unknown, kinds that do not exist, cells that are
        no numbers, percentages, counts above the number of patients.
    """
    missing = [column for column in LONG_NEEDED if column not in table.columns]
    unknown = [column for column in table.columns if column not in LONG_ALLOWED]
    if missing or unknown:
        raise table.fault(
            "columns",
            f"must be {', '.join(LONG_NEEDED)} and may be {', '.join(LONG_ALLOWED[3:])}; "
            f"missing: {', '.join(missing) or 'none'}; unknown: {', '.join(unknown) or 'none'}",
        )
    faults: list[Fault] = []
    moments = []
    for row in table.rows:
        try:
            moments.append(_long_moment(row, n=n))
        except InputError as error:
            faults.append(Fault(table.source, row.place, str(error)))
    if not moments and not faults:
        faults = [Fault(table.source, "", "has no rows")]
    if faults:
        raise FileFaultError(faults)
    return tuple(moments)


def is_empty(cell: Any) -> bool:
    """Whether a cell holds nothing: "", NA, NaN or None."""
    if isinstance(cell, str):
        return cell.strip() in ("", "NA")
    return cell is None or bool(pd.isna(cell))


def _check_wide_columns(table: AgdTable, skip: Sequence[str]) -> None:
    absent = [column for column in skip if column not in table.columns]
    if absent:
        raise InputError(f"`skip` names {absent[0]!r}; the columns are {', '.join(table.columns)}.")
    if "N" not in table.columns:
        raise table.fault("columns", f"must have N, the patients; got {', '.join(table.columns)}")
    unknown = [
        column
        for column in table.columns
        if column not in (*ABOUT_THE_ROW, *skip) and not WIDE.fullmatch(column)
    ]
    if unknown:
        raise table.fault(
            "columns",
            f"{', '.join(unknown)}: must be STUDY, ARM, N or end in _MEAN, _SD, _MEDIAN, _P25 "
            "(or another percentile), _COUNT, _PROP or _N; name what is to be passed over in "
            "`skip`",
        )


def _wide_columns(table: AgdTable, skip: Sequence[str]) -> list[tuple[str, str, str]]:
    """Column, covariate and kind of every column that is a moment or a denominator."""
    parts = []
    for column in table.columns:
        match = WIDE.fullmatch(column)
        if match and column not in skip:
            parts.append((column, match["covariate"], match["what"]))
    return parts


def _pick(table: AgdTable, arm: str | None) -> Row:
    """The row of an arm, the only row, or the row of all arms ("Total")."""
    arms = [_text(row, "ARM") for row in table.rows]
    if arm is None and len(table.rows) == 1:
        return table.rows[0]
    wanted = "Total" if arm is None else arm
    matching = [
        row
        for row, name in zip(table.rows, arms, strict=True)
        if name == wanted or (arm is None and name.lower() == "total")
    ]
    if len(matching) == 1:
        return matching[0]
    raise InputError(
        f"`arm` must name one of the {len(arms)} rows of {table.source} by its ARM "
        f"({', '.join(map(repr, arms))}); {len(matching)} are {wanted!r}."
    )


def _wide_moment(
    row: Row, column: str, covariate: str, what: str, *, n: int, known: int | None
) -> Moment:
    value = _number(row.cells[column])
    if what == "COUNT":
        return _proportion_of(covariate, value, known or n)
    if what == "PROP":
        return Proportion(name=covariate, value=value, n=known)
    if what == "MEAN":
        return Mean(name=covariate, value=value, n=known)
    if what == "SD":
        return SD(name=covariate, value=value, n=known)
    if what in ("MEDIAN", "P50"):
        return Median(name=covariate, value=value, n=known)
    return Quantile(name=covariate, value=value, probability=int(what[1:]) / 100, n=known)


def _agreed(table: AgdTable, row: Row, moments: list[Moment]) -> tuple[Moment, ...]:
    """The moments, with a proportion that repeats a count taken out; they must agree."""
    counted = {
        m.name: m.value for m in moments if isinstance(m, Proportion) and m.count is not None
    }
    kept: list[Moment] = []
    for moment in moments:
        if isinstance(moment, Proportion) and moment.count is None and moment.name in counted:
            apart = abs(moment.value - counted[moment.name])
            if apart > 0.5 * printed_step(moment.value) + 1e-12:
                raise table.fault(
                    f"{row.place}, {moment.name}_PROP",
                    f"is {moment.value:g}, but the count makes {counted[moment.name]:.6g}",
                )
            continue
        kept.append(moment)
    return tuple(kept)


def _long_moment(row: Row, *, n: int) -> Moment:
    kind = _text(row, "kind")
    value = _number(row.cells["value"])
    known = None if is_empty(row.cells.get("n")) else _whole(_number(row.cells["n"]), "n")
    name = _text(row, "covariate")
    text: dict[str, Any] = {column: _text(row, column) for column in LONG_TEXT}
    simple: dict[str, type[Mean | SD | Median | Proportion]] = {
        "mean": Mean,
        "SD": SD,
        "median": Median,
        "proportion": Proportion,
    }
    if kind in simple:
        return simple[kind](name=name, value=value, n=known, **text)
    if kind == "count":
        return _proportion_of(name, value, known or n, **text)
    if match := re.fullmatch(r"quantile (0?\.\d+)", kind):
        probability = float(match[1])
        return Quantile(name=name, value=value, n=known, probability=probability, **text)
    raise InputError(f"`kind` must be one of {KINDS}; got {kind!r}.")


def _proportion_of(name: str, value: float, n: int, **text: str) -> Proportion:
    count = _whole(value, name)
    if count > n:
        raise InputError(f"`{name}`: {count} of {n} patients cannot be.")
    return Proportion(name=name, value=count / n, count=count, n=n, **text)


def _count(table: AgdTable, row: Row, column: str, faults: list[Fault]) -> int | None:
    try:
        return _whole(_number(row.cells[column]), column)
    except InputError as error:
        faults.append(Fault(table.source, f"{row.place}, {column}", str(error)))
        return None


def _whole(value: float, name: str) -> int:
    if value < 0 or value != int(value):
        raise InputError(f"`{name}` must be a whole number of patients; got {value:g}.")
    return int(value)


def _number(cell: Any) -> float:
    try:
        value = float(cell)
    except (TypeError, ValueError):
        value = math.nan
    if is_empty(cell) or not math.isfinite(value):
        came = "it is empty" if is_empty(cell) else f"got {cell!r}"
        raise InputError(f"must be a number; {came}.")
    return value


def _text(row: Row, column: str) -> str:
    cell = row.cells.get(column, "")
    return "" if is_empty(cell) else str(cell).strip()
