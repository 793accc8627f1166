"""Reading the files of a data root: safely, and with the row in every message."""

from __future__ import annotations

import csv
import hashlib
import math
import tomllib
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from pydantic import BaseModel, ValidationError

from survcomp.errors import Fault, FileFaultError, NotFoundError

LARGEST_FILE = 20_000_000
"""Bytes; a larger input file is refused."""


def inside(root: Path, relative: str, *, base: Path) -> Path:
    """Resolve a path named in a file; it must stay inside `root`.

    Raises
    ------
    FileFaultError
        If the path is absolute or leads out of `root`, by dots or by a symbolic link.
    """
    path = (base / relative).resolve()
    if Path(relative).is_absolute() or not path.is_relative_to(root.resolve()):
        raise FileFaultError([Fault(relative, "", f"must stay inside {root.name}/")])
    return path


def shown(path: Path, root: Path | None = None) -> str:
    """Path for messages: below the data root where it lies there."""
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
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise FileFaultError([Fault(name, "", f"is not valid TOML: {error}")]) from error


def validate(model: type[BaseModel], data: dict[str, Any], *, name: str) -> Any:
    """Check parsed data against a schema; every fault is reported, with its field.

    Raises
    ------
    FileFaultError
        With one fault for each field that is missing, unknown or not allowed.
    """
    try:
        return model.model_validate(data)
    except ValidationError as error:
        raise FileFaultError(
            [Fault(name, field_path(item["loc"]), _plain(item)) for item in error.errors()]
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


def _plain(item: Any) -> str:
    message: str = item["msg"].removeprefix("Value error, ")
    if item["type"] == "extra_forbidden":
        return "unknown key; see data/digitized/README.md for the keys that exist"
    if item["type"] == "missing":
        return "is missing"
    return f"{message[0].lower()}{message[1:]}; got {item['input']!r}"


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
    try:
        text = read_bytes(path, name=name).decode("utf-8-sig")
    except UnicodeDecodeError as error:
        raise FileFaultError([Fault(name, "", f"is not UTF-8 text: {error}")]) from error
    rows = [row for row in csv.reader(text.splitlines()) if row]
    if not rows:
        raise FileFaultError([Fault(name, "", "is empty")])
    header = [cell.strip() for cell in rows[0]]
    if header != list(columns):
        wanted = ",".join(columns)
        raise FileFaultError(
            [Fault(name, "row 1", f"must have the columns {wanted}; got {','.join(header)}")]
        )
    if len(rows) == 1:
        raise FileFaultError([Fault(name, "", "has a header but no rows")])
    faults: list[Fault] = []
    numbers: list[list[float]] = [[] for _ in columns]
    for index, row in enumerate(rows[1:], start=2):
        if len(row) != len(columns):
            faults.append(
                Fault(name, f"row {index}", f"has {len(row)} cells; {len(columns)} expected")
            )
            continue
        for column, cell in zip(range(len(columns)), row, strict=True):
            value = _number(cell)
            if value is None:
                faults.append(
                    Fault(
                        name, f"row {index}, {columns[column]}", f"must be a number; got {cell!r}"
                    )
                )
            else:
                numbers[column].append(value)
    if faults:
        raise FileFaultError(faults[:20])
    return numbers


def _number(cell: str) -> float | None:
    try:
        value = float(cell)
    except ValueError:
        return None
    return value if math.isfinite(value) else None
