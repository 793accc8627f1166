"""Reading files: safely, and with the row in every message."""

from __future__ import annotations

import csv
import errno
import hashlib
import io
import math
import tomllib
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from pydantic import BaseModel, ValidationError

from survcomp.errors import Fault, FileFaultError, InputError, NotFoundError

LARGEST_FILE = 20_000_000
"""Bytes; a larger input file is refused."""


def resolved(path: Path) -> Path:
    """The path without links and dots.

    Raises
    ------
    InputError
        If links lead in a circle, or the name cannot be that of a file.
    """
    # Python 3.13 resolves what leads in a circle without an error, and words a null byte otherwise
    if "\0" in str(path):
        raise InputError(f"{str(path)!r} cannot be the path of a file: embedded null byte.")
    try:
        whole = path.resolve()
        if _leads_in_a_circle(whole):
            raise RuntimeError(f"Symlink loop from {str(whole)!r}")
    except (OSError, RuntimeError, ValueError) as error:
        raise InputError(f"{str(path)!r} cannot be the path of a file: {error}.") from error
    return whole


def _leads_in_a_circle(path: Path) -> bool:
    try:
        path.stat()
    except OSError as error:
        return error.errno == errno.ELOOP
    return False


def inside(root: Path, relative: str, *, base: Path, file: str, field: str) -> Path:
    """Resolve a path named in a file; it must stay inside `root`.

    Parameters
    ----------
    root, base : Path
        The folder that bounds the path, and the one that `relative` starts from.
    relative : str
        The path as written.
    file, field : str
        Where it is written, for messages.

    Raises
    ------
    FileFaultError
        If the path is absolute, leads out of `root` by dots or by a symbolic link, or
        cannot be a path at all.
    """
    try:
        path = resolved(base / relative)
    except InputError as error:
        raise FileFaultError([Fault(file, field, str(error))]) from error
    if Path(relative).is_absolute() or not path.is_relative_to(root.resolve()):
        raise FileFaultError(
            [Fault(file, field, f"must stay inside {root.name}/; got {relative!r}")]
        )
    return path


def shown(path: Path, root: Path | None = None) -> str:
    """Path for messages: below the root where it lies there."""
    path = path.resolve()
    if root is not None and path.is_relative_to(root.resolve()):
        return str(path.relative_to(root.resolve()))
    return str(path)


def read_bytes(path: Path, *, name: str) -> bytes:
    """Content of a file of reasonable size; `name` is used in messages."""
    if not path.is_file():
        raise NotFoundError(f"{name}: no such file.")
    size = path.stat().st_size
    if size > LARGEST_FILE:
        raise FileFaultError([Fault(name, "", f"has {size} bytes; at most {LARGEST_FILE}")])
    return path.read_bytes()


def sha256(path: Path, *, name: str) -> str:
    """SHA-256 of a file, in hex."""
    return hashlib.sha256(read_bytes(path, name=name)).hexdigest()


def read_toml(path: Path, *, name: str) -> dict[str, Any]:
    """Parse a TOML file; faults of syntax name the line."""
    try:
        return tomllib.loads(read_bytes(path, name=name).decode("utf-8"))
    except (tomllib.TOMLDecodeError, UnicodeDecodeError, RecursionError) as error:
        raise FileFaultError([Fault(name, "", f"is not valid TOML: {error}")]) from error


def validate(model: type[BaseModel], data: dict[str, Any], *, name: str, keys: str) -> Any:
    """Check parsed data against a schema; every fault is reported, with its field.

    `keys` is the page that lists the keys, for messages.

    Raises
    ------
    FileFaultError
        With one fault for each field that is missing, unknown or not allowed.
    """
    try:
        return model.model_validate(data)
    except ValidationError as error:
        raise FileFaultError(
            [Fault(name, field_path(item["loc"]), _plain(item, keys)) for item in error.errors()]
        ) from error


def field_path(loc: Sequence[int | str]) -> str:
    """``('curves', 2, 'ci', 'float')`` as ``curves[2].ci``; pydantic's type tags are dropped."""
    path = ""
    for part in loc:
        if isinstance(part, int):
            path += f"[{part}]"
        elif part.isidentifier() and part not in {"float", "int", "str", "bool"}:
            path += f".{part}" if path else part
        elif "." in part or "-" in part:  # a quoted key
            path += f".{part}"
    return path


def _plain(item: Any, keys: str) -> str:
    message: str = item["msg"].removeprefix("Value error, ")
    if item["type"] == "extra_forbidden":
        return f"unknown key; see {keys} for the keys that exist"
    if item["type"] == "missing":
        return "is missing"
    if item["type"] in ("tuple_type", "list_type"):
        return f"must be a list, in [brackets]; got {item['input']!r}"
    if item["type"] == "model_type":
        return f"must be a table, in {{braces}} or under a header; got {item['input']!r}"
    got = "" if isinstance(item["input"], dict | list) else f"; got {item['input']!r}"
    return f"{message[0].lower()}{message[1:]}{got}"


def read_rows(path: Path, *, name: str) -> tuple[list[str], list[tuple[int, list[str]]]]:
    """Header and rows of a CSV file; every row has as many cells as the header.

    Parameters
    ----------
    path : Path
        The file: UTF-8, comma separated, one header row. Blank lines are passed over.
    name : str
        How messages name the file.

    Returns
    -------
    header : list of str
        Names of the columns, each once.
    rows : list of (int, list of str)
        Line of the file where each row ends (the header is row 1), and its cells.

    Raises
    ------
    NotFoundError
        If the file does not exist.
    FileFaultError
        If it is no such file, has no rows, names a column twice, or has rows with more or
        fewer cells than the header; the rows are named.
    """
    try:
        text = read_bytes(path, name=name).decode("utf-8-sig")
    except UnicodeDecodeError as error:
        problem = f"is not UTF-8 text: {error}; save it again as UTF-8"
        raise FileFaultError([Fault(name, "", problem)]) from error
    if "\0" in text:
        raise FileFaultError([Fault(name, "", "is not text: it holds a NUL character")])
    reader = csv.reader(io.StringIO(text, newline=""))
    try:
        lines = [(reader.line_num, cells) for cells in reader if cells]
    except csv.Error as error:
        fault = Fault(name, f"row {reader.line_num}", f"cannot be read: {error}")
        raise FileFaultError([fault]) from error
    if not lines:
        raise FileFaultError([Fault(name, "", "is empty")])
    header = [cell.strip() for cell in lines[0][1]]
    _refuse_other_separators(header, name)
    rows = lines[1:]
    faults = [
        Fault(name, f"row {number}", f"has {len(cells)} cells; {len(header)} expected")
        for number, cells in rows
        if len(cells) != len(header)
    ]
    twice = [column for column in dict.fromkeys(header) if header.count(column) > 1]
    faults += [Fault(name, "row 1", f"has the column {column!r} twice") for column in twice]
    if not rows:
        faults.append(Fault(name, "", "has a header but no rows"))
    if faults:
        raise FileFaultError(faults[:20])
    return header, rows


def _refuse_other_separators(header: list[str], name: str) -> None:
    """A header of one cell that holds what a spreadsheet may write in place of commas."""
    for sign, called in ((";", "semicolons"), ("\t", "tabs")):
        if len(header) == 1 and sign in header[0]:
            problem = f"is separated by {called}; save it with commas, and numbers with points"
            raise FileFaultError([Fault(name, "row 1", problem)])


def read_columns(path: Path, columns: Sequence[str], *, name: str) -> list[list[float]]:
    """Read a CSV file that has exactly these columns, all numbers.

    Parameters
    ----------
    path : Path
        The file: UTF-8, comma separated, one header row.
    columns : sequence of str
        Expected header.
    name : str
        How messages name the file.

    Returns
    -------
    list of list of float
        One list a column.

    Raises
    ------
    NotFoundError
        If the file does not exist.
    FileFaultError
        If it is empty, has other columns, or a cell that is not a finite number; the row
        is named (the header is row 1).
    """
    header, rows = read_rows(path, name=name)
    if header != list(columns):
        wanted = ",".join(columns)
        raise FileFaultError(
            [Fault(name, "row 1", f"must have the columns {wanted}; got {','.join(header)}")]
        )
    faults: list[Fault] = []
    numbers: list[list[float]] = [[] for _ in columns]
    for row, cells in rows:
        for index, cell in enumerate(cells):
            value = _number(cell)
            if value is None:
                came = f"got {cell!r}" if cell.strip() else "it is empty"
                faults.append(
                    Fault(name, f"row {row}, {columns[index]}", f"must be a number; {came}")
                )
            else:
                numbers[index].append(value)
    if faults:
        raise FileFaultError(faults[:20])
    return numbers


def _number(cell: str) -> float | None:
    try:
        value = float(cell)
    except ValueError:
        return None
    return value if math.isfinite(value) else None
