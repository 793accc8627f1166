"""Columns of a data frame, read with care: nothing is guessed, and a bad cell is named."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

import numpy as np
import pandas as pd

from survcomp.errors import InputError
from survcomp.values.checks import BoolArray, FloatArray, check_option

Missing = Literal["refuse", "keep"]


@dataclass(frozen=True, slots=True)
class CovariateColumns:
    """Numeric columns of a frame that are kept as covariates.

    Attributes
    ----------
    names : sequence of str
        The columns.
    missing : {"refuse", "keep"}
        Empty cells: refused and counted, or kept as NaN, which what uses the covariate
        refuses, or leaves out when asked. Anything that is not a number is refused either
        way.
    """

    names: Sequence[str]
    missing: Missing = "refuse"

    def __post_init__(self) -> None:
        check_option(self.missing, Missing, name="missing")

    def read(self, frame: pd.DataFrame) -> list[FloatArray]:
        """Numbers of each column, in the order of the names."""
        read = numeric if self.missing == "refuse" else _numeric_or_empty
        return [read(frame, name) for name in self.names]


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
