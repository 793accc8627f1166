"""Which rows of a user's table are read, and what its columns are called."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from difflib import get_close_matches

from survcomp.errors import Fault, FileFaultError
from survcomp.evidence.own_files.arms import some
from survcomp.evidence.own_files.sheet import Sheet, finite_number

Cell = str | float
"""Text, compared exactly as written, or a number, compared as a number."""


def renamed(sheet: Sheet, columns: Mapping[str, str]) -> Sheet:
    """The table with further names for some of its columns.

    Parameters
    ----------
    sheet : Sheet
        A table.
    columns : mapping of str to str
        The column of the file by its new name; the name in the file stays too.

    Raises
    ------
    FileFaultError
        If a column is not there, or a new name is that of another column.
    """
    faults = [_absent(sheet, old, "columns") for old in columns.values() if old not in sheet.cells]
    faults += [
        Fault(sheet.name, new, f"`columns` gives {old!r} a name that another column has")
        for new, old in columns.items()
        if new in sheet.cells and new != old
    ]
    if faults:
        raise FileFaultError(faults)
    return replace(sheet, cells={**sheet.cells, **{n: sheet.cells[o] for n, o in columns.items()}})


def picked(
    sheet: Sheet, where: Mapping[str, Cell | Sequence[Cell]]
) -> tuple[Sheet, tuple[str, ...]]:
    """The rows that meet every condition, and a sentence on how many they are.

    Parameters
    ----------
    sheet : Sheet
        A table.
    where : mapping of str to str, float or a sequence of these
        What the cell of a column must be, or what it must be one of. An empty cell meets no
        condition.

    Raises
    ------
    FileFaultError
        If a column is not there, or no row is left; what its cells are is listed.
    """
    if not where:
        return sheet, ()
    absent = [_absent(sheet, name, "where") for name in where if name not in sheet.cells]
    if absent:
        raise FileFaultError(absent)
    lines = list(range(sheet.n))
    for name, wanted in where.items():
        cells, allowed = sheet.cells[name], _several(wanted)
        kept = [line for line in lines if any(_is(cells[line], one) for one in allowed)]
        if not kept:
            names = ", ".join(map(repr, allowed))
            problem = f"`where` leaves no row: {names} is not among "
            raise FileFaultError(
                [Fault(sheet.name, name, problem + some(cells[line] for line in lines))]
            )
        lines = kept
    asked = " and ".join(_words(name, wanted) for name, wanted in where.items())
    return sheet.take(lines), (f"{sheet.name}: {len(lines)} of {sheet.n} rows with {asked}.",)


def _absent(sheet: Sheet, column: str, key: str) -> Fault:
    near = get_close_matches(column, sheet.cells, n=3, cutoff=0.6)
    hint = f"did you mean {', '.join(map(repr, near))}?" if near else f"it has {some(sheet.cells)}"
    return Fault(sheet.name, column, f"`{key}` names a column that is not there; {hint}")


def _several(wanted: Cell | Sequence[Cell]) -> tuple[Cell, ...]:
    return (wanted,) if isinstance(wanted, str | float | int) else tuple(wanted)


def _is(cell: str, wanted: Cell) -> bool:
    if isinstance(wanted, str):
        return cell == wanted
    return bool(cell.strip()) and finite_number(cell) == wanted


def _words(name: str, wanted: Cell | Sequence[Cell]) -> str:
    return f"{name} = {' or '.join(map(_shown, _several(wanted)))}"


def _shown(wanted: Cell) -> str:
    return repr(wanted) if isinstance(wanted, str) else f"{wanted:g}"
