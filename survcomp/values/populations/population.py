"""`Population`: aggregate baseline data (AgD), as typed moments with their definitions.

A moment knows what it is (a proportion, a mean, a standard deviation, a median), of how
many patients, and how the publication defines it: "extramedullary disease" in one trial
is not "any plasmacytoma" in another, and only equal definitions may be matched.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field

import pandas as pd

from survcomp.errors import InputError, NotFoundError
from survcomp.values.basis import Basis
from survcomp.values.checks import check_count, check_text, check_type
from survcomp.values.populations.agd import AgdTable, WideRow, read_long, read_wide
from survcomp.values.populations.moments import (
    SD,
    Mean,
    Median,
    Moment,
    Proportion,
    Quantile,
    Spread,
)
from survcomp.values.shown import frame_as_table, in_a_line

__all__ = ["SD", "Mean", "Median", "Moment", "Population", "Proportion", "Quantile", "Spread"]

MOMENTS = (Proportion, Mean, SD, Median, Quantile)


@dataclass(frozen=True, slots=True, kw_only=True)
class Population:
    """Published baseline characteristics of one group of patients.

    Attributes
    ----------
    name : str
        Whose baseline it is, such as "KarMMa, 128 infused".
    n : int
        Patients in the group.
    moments : tuple of Proportion, Mean, SD or Median
        At most one of a kind for each covariate.
    basis : Basis
        Analysis set, index date and data cut.

    Examples
    --------
    >>> from survcomp import SD, Mean, Population, Proportion
    >>> target = Population.from_moments(
    ...     [Mean(name="age", value=63.2), SD(name="age", value=8.1),
    ...      Proportion.from_count("male", 81, 128)],
    ...     n=128, name="comparator trial")
    >>> [moment.kind for moment in target.named("age")]
    ['mean', 'SD']
    """

    name: str
    n: int
    moments: tuple[Moment, ...]
    basis: Basis = field(default_factory=Basis)

    def __post_init__(self) -> None:
        for row, moment in enumerate(self.moments):
            taken = "a Mean, SD, Median, Quantile or Proportion"
            check_type(moment, MOMENTS, name=f"moments[{row}]", taken=taken)
        check_text(self.name, name="population.name")
        check_count(self.n, name="population.n", at_least=1)
        seen: set[tuple[str, str]] = set()
        for moment in self.moments:
            key = (moment.name, moment.kind)
            if key in seen:
                raise InputError(
                    f"population {self.name!r} has two of {moment.kind} {moment.name!r}."
                )
            seen.add(key)
            if moment.n is not None and moment.n > self.n:
                raise InputError(
                    f"`{moment.name}`: {moment.n} patients of a population of {self.n} cannot be."
                )

    @classmethod
    def from_moments(
        cls, moments: Sequence[Moment], *, n: int, name: str, basis: Basis | None = None
    ) -> Population:
        """Make a population from a list of moments.

        Raises
        ------
        InputError
            If it is anything else: a bare number does not say whether it is a mean, a median
            or a proportion. `from_long` and `from_wide` read data frames.
        """
        given: object = moments
        if isinstance(given, Mapping | pd.DataFrame | str) or not isinstance(given, Iterable):
            raise InputError(
                "`moments` must be a list such as [Mean(name='age', value=63.2), "
                f"Proportion.from_count('male', 81, 128)]; got {type(given).__name__}. A data "
                "frame is read with from_long (one row a moment) or from_wide (one row an arm)."
            )
        return cls(name=name, n=n, moments=tuple(moments), basis=basis or Basis())

    @classmethod
    def from_wide(
        cls,
        frame: pd.DataFrame,
        *,
        arm: str | None = None,
        name: str | None = None,
        basis: Basis | None = None,
        skip: Sequence[str] = (),
    ) -> Population:
        """Read one row of a wide table, as maicplus takes it.

        Parameters
        ----------
        frame : DataFrame
            One row an arm, with the columns N (patients), STUDY and ARM (optional), and
            ``<covariate>_MEAN``, ``_SD``, ``_MEDIAN``, ``_P25`` (any percentile), ``_COUNT``,
            ``_PROP`` (a fraction) and ``_N`` (patients with the covariate known, where that
            is not N). Empty cells and NA say nothing.
        arm : str, optional
            ARM of the row; when left out, the only row, or among several the one with the
            ARM "Total".
        name : str, optional
            Name of the population; study and arm when left out.
        basis : Basis, optional
            Who is counted; "not stated" throughout when left out.
        skip : sequence of str
            Columns to pass over.

        Returns
        -------
        Population
            A count beside a proportion that agrees with it is kept, the proportion is not.

        Raises
        ------
        FileFaultError
            With every fault and its row and column: columns that are none of these, cells
            that are no numbers, percentages, counts that are too large or disagree.
        InputError
            If `arm` does not name exactly one row, or `skip` names no column.

        Examples
        --------
        >>> import pandas as pd
        >>> from survcomp import Population
        >>> frame = pd.DataFrame({"STUDY": ["B"], "ARM": ["Total"], "N": [300],
        ...                       "AGE_MEAN": [51], "AGE_SD": [3.25], "MALE_COUNT": [147]})
        >>> Population.from_wide(frame).to_frame()["value"].tolist()
        [51.0, 3.25, 0.49]
        """
        row = read_wide(AgdTable.from_frame(frame), arm=arm, skip=skip)
        return cls.from_row(row, name=name, basis=basis)

    @classmethod
    def from_long(
        cls, frame: pd.DataFrame, *, n: int, name: str, basis: Basis | None = None
    ) -> Population:
        """Read a long table, one row a moment.

        Parameters
        ----------
        frame : DataFrame
            Columns ``covariate``, ``kind`` (mean, SD, median, proportion, count, quantile
            0.25), ``value``; optional ``n``, ``label``, ``definition``, ``source``, ``note``.
        n : int
            Patients in the population.
        name : str
            Name of the population.
        basis : Basis, optional
            Who is counted; "not stated" throughout when left out.

        Returns
        -------
        Population

        Raises
        ------
        FileFaultError
            With every fault and its row.

        Examples
        --------
        >>> import pandas as pd
        >>> from survcomp import Population
        >>> frame = pd.DataFrame({"covariate": ["age", "age", "male"],
        ...                       "kind": ["mean", "quantile 0.25", "count"],
        ...                       "value": [51, 46, 147]})
        >>> [m.kind for m in Population.from_long(frame, n=300, name="B").moments]
        ['mean', 'quantile 0.25', 'proportion']
        """
        moments = read_long(AgdTable.from_frame(frame), n=n)
        return cls(name=name, n=n, moments=moments, basis=basis or Basis())

    @classmethod
    def from_row(cls, row: WideRow, *, name: str | None, basis: Basis | None) -> Population:
        """Make a population of one row of a wide table; see `from_wide`.

        Raises
        ------
        InputError
            If there is no name and the table has neither STUDY nor ARM.

        Examples
        --------
        >>> import pandas as pd
        >>> from survcomp import Population
        >>> from survcomp.values.populations.agd import AgdTable, read_wide
        >>> frame = pd.DataFrame({"STUDY": ["B"], "N": [300], "AGE_MEAN": [51]})
        >>> row = read_wide(AgdTable.from_frame(frame), arm=None, skip=())
        >>> print(Population.from_row(row, name=None, basis=None))
        <Population: of B, patients 300, covariates AGE>
        """
        title = name or ", ".join(part for part in (row.study, row.arm) if part)
        if not title:
            raise InputError("`name` is needed: the table has no STUDY and no ARM.")
        return cls(name=title, n=row.n, moments=row.moments, basis=basis or Basis())

    @property
    def covariates(self) -> tuple[str, ...]:
        """Names of the covariates, each once."""
        return tuple(dict.fromkeys(moment.name for moment in self.moments))

    def named(self, name: str) -> tuple[Moment, ...]:
        """All moments published about one covariate."""
        named = tuple(moment for moment in self.moments if moment.name == name)
        if not named:
            raise NotFoundError(
                f"population {self.name!r} says nothing about {name!r}; it has "
                f"{', '.join(self.covariates) or 'no covariate'}."
            )
        return named

    def to_frame(self) -> pd.DataFrame:
        """One row a moment: ``name kind value n definition source``."""
        columns = ("name", "kind", "value", "n", "definition", "source")
        return pd.DataFrame(
            [{c: getattr(m, c) for c in columns} for m in self.moments], columns=list(columns)
        )

    def _facts(self) -> dict[str, object]:
        return {"of": self.name, "patients": self.n, "covariates": ", ".join(self.covariates)}

    __repr__ = in_a_line
    _repr_html_ = frame_as_table
