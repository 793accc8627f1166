"""A user's table from a CSV or Parquet file: every cell as text, with the row for messages."""

from __future__ import annotations

import io
import math
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from survcomp.errors import Fault, FileFaultError, InputError
from survcomp.evidence.files import read_bytes, read_rows
from survcomp.values.checks import LARGEST_COUNT

MOST_FAULTS = 20
MOST_CELLS = 20_000_000
"""Cells of a Parquet file, which may be far larger in memory than on disk."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Sheet:
    """A table whose cells are text; an empty cell is "".

    Attributes
    ----------
    name : str
        File, as messages name it.
    rows : tuple of int
        Row of the file of each of the n lines; the header is row 1.
    cells : dict of str to tuple of str
        n cells of each column.
    """

    name: str
    rows: tuple[int, ...]
    cells: dict[str, tuple[str, ...]]

    @property
    def n(self) -> int:
        """Number of lines."""
        return len(self.rows)

    def column(self, name: str) -> tuple[str, ...]:
        """Cells of one column.

        Raises
        ------
        InputError
            If there is none of this name; the columns are listed.
        """
        if name not in self.cells:
            known = ", ".join(map(repr, self.cells))
            raise InputError(f"column(s) {name!r} not found; the frame has {known}.")
        return self.cells[name]

    def take(self, picked: Sequence[int]) -> Sheet:
        """Some of the lines, in the order asked for."""
        return Sheet(
            name=self.name,
            rows=tuple(self.rows[i] for i in picked),
            cells={name: tuple(cells[i] for i in picked) for name, cells in self.cells.items()},
        )

    def fault(self, line: int, column: str, problem: str) -> Fault:
        """What is wrong with one cell."""
        return Fault(self.name, f"row {self.rows[line]}, {column}", problem)

    def numbers(self, name: str) -> tuple[float, ...]:
        """Numbers of one column, NaN where the cell is empty.

        Raises
        ------
        FileFaultError
            With every cell that is neither empty nor a finite number.
        """
        cells = self.column(name)
        numbers = tuple(finite_number(cell) for cell in cells)
        raise_faults(
            self.fault(line, name, f"must be a number; got {cells[line]!r}")
            for line, value in enumerate(numbers)
            if value is None
        )
        return tuple(math.nan if value is None else value for value in numbers)


def finite_number(cell: str) -> float | None:
    """A cell as a number, NaN where it is empty, None where it is anything else."""
    if not cell.strip():
        return math.nan
    try:
        value = math.inf if "_" in cell else float(cell)  # Python reads 1_000 as a number
    except ValueError:
        return None
    return value if math.isfinite(value) else None


def raise_faults(faults: Any) -> None:
    """Raise the first faults, where there are any."""
    collected = list(faults)
    if collected:
        raise FileFaultError(collected[:MOST_FAULTS])


def read_sheet(path: Path, *, name: str) -> Sheet:
    """Read a table of text.

    Parameters
    ----------
    path : Path
        A .csv file (UTF-8, comma separated, one header row) or a .parquet file.
    name : str
        How messages name the file.

    Returns
    -------
    Sheet
        Whole numbers of a Parquet file are written without a decimal point, true and false
        as 1 and 0.

    Raises
    ------
    NotFoundError
        If the file does not exist.
    FileFaultError
        If it is of another kind, is broken, or holds no rows; of a Parquet file also if a
        cell is neither text nor a number.
    InputError
        If a Parquet file cannot be read because pyarrow is not installed.
    """
    suffix = path.suffix.lower()
    if suffix == ".csv":
        header, lines = read_rows(path, name=name)
        columns = zip(*(cells for _, cells in lines), strict=True)
        return Sheet(
            name=name,
            rows=tuple(number for number, _ in lines),
            cells={
                h: tuple(map(_trimmed, cells)) for h, cells in zip(header, columns, strict=True)
            },
        )
    if suffix == ".parquet":
        return _parquet(read_bytes(path, name=name), name)
    raise FileFaultError([Fault(name, "", f"must be a .csv or a .parquet file; got {suffix!r}")])


def _trimmed(cell: str) -> str:
    """An empty cell is "", whatever blanks it holds; other cells stay as they are."""
    return cell if cell.strip() else ""


def _parquet(content: bytes, name: str) -> Sheet:
    try:
        import pyarrow as pa
        import pyarrow.parquet as pq
    except ImportError as error:
        raise InputError(
            f"{name}: Parquet files are read by pyarrow, which is not installed: "
            "pip install 'survcomp[parquet]', or give the table as a .csv file."
        ) from error
    try:
        file = pq.ParquetFile(io.BytesIO(content))
        _check_size(file.metadata.num_rows, file.metadata.num_columns, name)
        table = file.read()
    except (pa.ArrowException, OSError) as error:
        raise FileFaultError([Fault(name, "", f"is not a Parquet file: {error}")]) from error
    twice = [column for column in table.column_names if table.column_names.count(column) > 1]
    raise_faults(Fault(name, "", f"has the column {c!r} twice") for c in dict.fromkeys(twice))
    rows = tuple(range(2, table.num_rows + 2))
    columns = zip(table.column_names, table.columns, strict=True)
    return Sheet(
        name=name, rows=rows, cells={c: _texts(v.to_pylist(), c, name) for c, v in columns}
    )


def _check_size(rows: int, columns: int, name: str) -> None:
    if rows == 0:
        raise FileFaultError([Fault(name, "", "has a header but no rows")])
    if rows > LARGEST_COUNT or rows * columns > MOST_CELLS:
        problem = f"has {rows} rows of {columns} columns; at most {LARGEST_COUNT} rows"
        raise FileFaultError([Fault(name, "", f"{problem} and {MOST_CELLS} cells")])


def _texts(values: list[Any], column: str, name: str) -> tuple[str, ...]:
    texts = [_text(value) for value in values]
    raise_faults(
        Fault(name, f"row {i + 2}, {column}", f"must be text or a number; got {values[i]!r}")
        for i, text in enumerate(texts)
        if text is None
    )
    return tuple(text or "" for text in texts)


def _text(value: object) -> str | None:
    if value is None or (isinstance(value, float) and math.isnan(value)):
        return ""
    if isinstance(value, str):
        return _trimmed(value)
    if isinstance(value, bool):
        return str(int(value))
    if isinstance(value, float):
        return str(int(value)) if value.is_integer() and abs(value) < 1e15 else repr(value)
    return str(value) if isinstance(value, int) else None
