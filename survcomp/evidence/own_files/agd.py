"""Aggregate baseline data (AgD) from CSV files, as populations."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from survcomp.evidence.files import read_rows
from survcomp.values.basis import Basis
from survcomp.values.populations.agd import AgdTable, Row, read_long, read_wide
from survcomp.values.populations.population import Population


def read_wide_agd(
    path: Path | str,
    *,
    arm: str | None = None,
    name: str | None = None,
    basis: Basis | None = None,
    skip: Sequence[str] = (),
) -> Population:
    """Read one row of a CSV file with one row an arm and one column a moment.

    Parameters
    ----------
    path : path
        The file, with the columns of `Population.from_wide`.
    arm, name, basis, skip
        As for `Population.from_wide`.

    Returns
    -------
    Population

    Raises
    ------
    NotFoundError
        If the file does not exist.
    FileFaultError
        With every fault, and the file, row (the header is row 1) and column it is in.
    InputError
        If `arm` does not name exactly one row, or `skip` names no column.

    Examples
    --------
    >>> from pathlib import Path
    >>> import tempfile
    >>> import pandas as pd
    >>> import survcomp as sc
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     path = Path(folder) / "baseline.csv"
    ...     columns = {"STUDY": ["KarMMa"], "N": [128], "AGE_MEAN": [61], "MALE_COUNT": [76]}
    ...     pd.DataFrame(columns).to_csv(path, index=False)
    ...     target = sc.read_wide_agd(path)
    >>> print(target)
    <Population: of KarMMa, patients 128, covariates AGE, MALE>
    """
    row = read_wide(_table(Path(path)), arm=arm, skip=skip)
    return Population.from_row(row, name=name, basis=basis)


def read_long_agd(path: Path | str, *, n: int, name: str, basis: Basis | None = None) -> Population:
    """Read a CSV file with one row a moment: ``covariate,kind,value``.

    Parameters
    ----------
    path : path
        The file, with the columns of `Population.from_long`.
    n, name, basis
        As for `Population.from_long`.

    Returns
    -------
    Population

    Raises
    ------
    NotFoundError
        If the file does not exist.
    FileFaultError
        With every fault, and the file and row (the header is row 1) it is in.

    Examples
    --------
    >>> from pathlib import Path
    >>> import tempfile
    >>> import pandas as pd
    >>> import survcomp as sc
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     path = Path(folder) / "baseline.csv"
    ...     rows = pd.DataFrame({"covariate": ["age", "male"], "kind": ["mean", "proportion"],
    ...                          "value": [61, 0.59]})
    ...     rows.to_csv(path, index=False)
    ...     target = sc.read_long_agd(path, n=128, name="KarMMa")
    >>> print(target)
    <Population: of KarMMa, patients 128, covariates age, male>
    """
    moments = read_long(_table(Path(path)), n=n)
    return Population.from_moments(moments, n=n, name=name, basis=basis)


def _table(path: Path) -> AgdTable:
    header, rows = read_rows(path, name=path.name)
    return AgdTable(
        source=path.name,
        columns=tuple(header),
        rows=tuple(
            Row(place=f"row {number}", cells=dict(zip(header, cells, strict=True)))
            for number, cells in rows
        ),
    )
