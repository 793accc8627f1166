"""Columns of a data frame, read with care: nothing is guessed, and a bad cell is named."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

import numpy as np
import pandas as pd

from survcomp.errors import InputError
from survcomp.values.checks import BoolArray, FloatArray, check_option

Missing = Literal["refuse", "keep"]


YES = ("yes", "y", "true")
NO = ("no", "n", "false")
"""Text that says itself what it means; capitals do not matter."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Indicator:
    """A 0/1 covariate made from a column by a rule that names every value.

    Attributes
    ----------
    name : str
        The covariate.
    column : str
        Where it is read.
    yes, no : tuple of str
        Cells that are 1, and cells that are 0; any other is refused. One text may stand for
        a tuple of one.
    at_least : float or None
        In their place: 1 from this number on, 0 below it.

    Examples
    --------
    >>> import pandas as pd
    >>> from survcomp import CovariateColumns
    >>> from survcomp.values import Indicator
    >>> frame = pd.DataFrame({"sex": ["M", "F", "M"]})
    >>> male = Indicator(name="male", column="sex", yes="M", no="F")
    >>> CovariateColumns([male]).read(frame)[0].tolist()
    [1.0, 0.0, 1.0]
    """

    name: str
    column: str
    yes: Sequence[str] = ()
    no: Sequence[str] = ()
    at_least: float | None = None

    def __post_init__(self) -> None:
        for side in ("yes", "no"):
            cells = getattr(self, side)
            object.__setattr__(self, side, (cells,) if isinstance(cells, str) else tuple(cells))
        if (self.at_least is None) != bool(self.yes and self.no):
            raise InputError(f"indicator {self.name!r} needs `yes` and `no`, or `at_least`.")

    def read(self, frame: pd.DataFrame) -> FloatArray:
        """1, 0, or NaN where the cell is empty.

        Raises
        ------
        InputError
            If a cell is not one that the rule names.
        """
        if self.at_least is not None:
            numbers = _numeric_or_empty(frame, self.column)
            return np.where(np.isnan(numbers), np.nan, numbers >= self.at_least)
        code = dict.fromkeys(self.no, 0.0) | dict.fromkeys(self.yes, 1.0)
        return _coded(frame[self.column], code, rule=f"as indicator {self.name!r} names them")


@dataclass(frozen=True, slots=True)
class CovariateColumns:
    """Columns of a frame that are kept as covariates.

    Attributes
    ----------
    names : sequence of str or Indicator
        Numeric columns (or of yes and no), and 0/1 covariates that are made from columns.
    missing : {"refuse", "keep"}
        Empty cells: refused and counted, or kept as NaN, which what uses the covariate
        refuses, or leaves out when asked. Anything that is not a number is refused either
        way.

    Examples
    --------
    >>> import pandas as pd
    >>> import survcomp as sc
    >>> from survcomp.values import Indicator
    >>> frame = pd.DataFrame({"months": [4, 9, 16], "pfs": [1, 0, 1], "age": [61, None, 58],
    ...                       "sex": ["M", "F", "M"]})
    >>> names = ["age", Indicator(name="male", column="sex", yes=["M"], no=["F"])]
    >>> kept = sc.CovariateColumns(names=names, missing="keep")
    >>> ipd = sc.IPD.from_frame(frame, time="months", event="pfs", time_unit="months",
    ...                         origin="observed", covariates=kept, label="A")
    >>> ipd.covariates["male"].tolist()
    [1.0, 0.0, 1.0]
    """

    names: Sequence[str | Indicator]
    missing: Missing = "refuse"

    def __post_init__(self) -> None:
        check_option(self.missing, Missing, name="missing")
        if isinstance(self.names, str):
            raise InputError(
                f"`covariates` must be a list of columns; got {self.names!r}. Write "
                f"[{self.names!r}]."
            )

    @property
    def columns(self) -> tuple[str, ...]:
        """Columns that are read."""
        return tuple(
            entry.column if isinstance(entry, Indicator) else entry for entry in self.names
        )

    @property
    def kept(self) -> tuple[str, ...]:
        """Names of the covariates."""
        return tuple(entry.name if isinstance(entry, Indicator) else entry for entry in self.names)

    def read(self, frame: pd.DataFrame) -> list[FloatArray]:
        """Numbers of each covariate, in the order of the names."""
        return [self._read(frame, entry) for entry in self.names]

    def _read(self, frame: pd.DataFrame, entry: str | Indicator) -> FloatArray:
        made = _rule_of(frame, entry) if isinstance(entry, str) else entry
        if made is None:
            assert isinstance(entry, str)
            return (numeric if self.missing == "refuse" else _numeric_or_empty)(frame, entry)
        values = made.read(frame)
        if self.missing == "refuse":
            empty = np.flatnonzero(np.isnan(values))
            if empty.size:
                raise InputError(
                    f"column {made.column!r} must not have gaps; {empty.size} of {len(frame)} "
                    f"rows are empty, the first is data row {empty[0] + 1}."
                )
        return values


def _rule_of(frame: pd.DataFrame, column: str) -> Indicator | None:
    """How a column of text becomes 0 and 1; None for one of numbers.

    Raises
    ------
    InputError
        If it is text of two values that do not say which of them is 1.
    """
    cells = [cell for cell in dict.fromkeys(frame[column]) if not _is_blank(cell)]
    if not cells or not all(isinstance(cell, str) and not _is_number(cell) for cell in cells):
        return None
    yes = tuple(cell for cell in cells if cell.strip().lower() in YES)
    no = tuple(cell for cell in cells if cell.strip().lower() in NO)
    if len(yes) + len(no) == len(cells):
        return Indicator(name=column, column=column, yes=yes or ("yes",), no=no or ("no",))
    if len(cells) != 2:
        return None  # named as not a number, with its row
    one, other = sorted(cells)
    raise InputError(
        f"column {column!r} holds the texts {one!r} and {other!r}, and which of them is 1 is not "
        f"said. Write Indicator(name={f'{column}_{other}'!r}, column={column!r}, yes={other!r}, "
        f"no={one!r}) in place of {column!r} in `covariates`, under the name that the published "
        "baseline has."
    )


def _is_number(cell: str) -> bool:
    try:
        return math.isfinite(float(cell))
    except ValueError:
        return False


def _coded(cells: pd.Series, code: dict[str, float], *, rule: str) -> FloatArray:
    bad = [row for row, cell in enumerate(cells) if not _is_blank(cell) and str(cell) not in code]
    if bad:
        raise InputError(
            f"column {cells.name!r} must be one of {', '.join(map(repr, code))}, {rule}; data row "
            f"{bad[0] + 1} is {_plain(cells.iloc[bad[0]])!r}."
        )
    return np.array([np.nan if _is_blank(cell) else code[str(cell)] for cell in cells])


def check_columns(frame: pd.DataFrame, names: list[str]) -> None:
    """Raise unless each of the columns is there once."""
    if not isinstance(frame, pd.DataFrame):
        raise InputError(f"`frame` must be a pandas DataFrame; got {type(frame).__name__}.")
    twice = [name for name in names if list(frame.columns).count(name) > 1]
    if twice:
        raise InputError(f"column {twice[0]!r} occurs more than once in the frame.")
    missing = [name for name in names if name not in frame.columns]
    if missing:
        raise InputError(
            f"column(s) {', '.join(map(repr, missing))} not found; the frame has "
            f"{', '.join(map(repr, map(str, frame.columns)))}."
        )


def ids_of(frame: pd.DataFrame, name: str) -> tuple[str, ...]:
    """Identifiers as text; none may be empty."""
    empty = np.flatnonzero([_is_blank(cell) for cell in frame[name]])
    if empty.size:
        raise InputError(
            f"column {name!r} must hold an id for every patient; {empty.size} of {len(frame)} rows "
            f"have none, the first is data row {empty[0] + 1}."
        )
    return tuple(frame[name].astype(str))


def numeric(frame: pd.DataFrame, name: str) -> FloatArray:
    """Numbers of a column; an empty cell, or one that is no number, is named."""
    numbers = pd.to_numeric(frame[name], errors="coerce").to_numpy(dtype=float)
    bad = np.flatnonzero(~np.isfinite(numbers))
    if bad.size:
        raise InputError(
            f"column {name!r} must hold numbers without gaps; {bad.size} of {len(frame)} rows do "
            f"not, the first is data row {bad[0] + 1}{_came(frame[name].iloc[bad[0]])}."
        )
    return numbers


def _numeric_or_empty(frame: pd.DataFrame, name: str) -> FloatArray:
    """Numbers, and NaN where the cell is empty; anything else is refused."""
    blank = np.array([_is_blank(cell) for cell in frame[name]], dtype=bool)
    filled = [0.0 if empty else cell for empty, cell in zip(blank, frame[name], strict=True)]
    return np.where(blank, np.nan, numeric(pd.DataFrame({name: filled}), name))


def _is_blank(cell: object) -> bool:
    return bool(pd.isna(cell)) or (isinstance(cell, str) and not cell.strip())  # type: ignore[call-overload]


def _came(cell: object) -> str:
    return ", which is empty" if _is_blank(cell) else f" with {_plain(cell)!r}"


def _plain(cell: object) -> object:
    """A cell as Python writes it: 2, not np.int64(2)."""
    return cell.item() if isinstance(cell, np.generic) else cell


def events_of(frame: pd.DataFrame, name: str) -> BoolArray:
    """True where a column has 1 (event observed), False where it has 0 (censored)."""
    numbers = numeric(frame, name)
    bad = np.flatnonzero((numbers != 0) & (numbers != 1))
    if bad.size:
        raise InputError(
            f"column {name!r} must be 1 (event observed) or 0 (censored); data row {bad[0] + 1} is "
            f"{_plain(frame[name].iloc[bad[0]])!r}. Recode it before: survcomp does not guess "
            "which value means an event."
        )
    return np.asarray(numbers == 1, dtype=np.bool_)
