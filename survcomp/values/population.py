"""`Population`: aggregate baseline data (AgD), as typed moments with their definitions.

A moment knows what it is (a proportion, a mean, a standard deviation, a median), of how
many patients, and how the publication defines it: "extramedullary disease" in one trial
is not "any plasmacytoma" in another, and only equal definitions may be matched.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

import pandas as pd

from survcomp.errors import InputError, NotFoundError
from survcomp.values.basis import Basis
from survcomp.values.checks import check_count, check_text
from survcomp.values.moments import SD, Mean, Median, Moment, Proportion, Quantile, Spread

__all__ = ["SD", "Mean", "Median", "Moment", "Population", "Proportion", "Quantile", "Spread"]


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
        """Make a population from a list of moments."""
        return cls(name=name, n=n, moments=tuple(moments), basis=basis or Basis())

    @property
    def covariates(self) -> tuple[str, ...]:
        """Names of the covariates, each once."""
        return tuple(dict.fromkeys(moment.name for moment in self.moments))

    def named(self, name: str) -> tuple[Moment, ...]:
        """All moments published about one covariate."""
        found = tuple(moment for moment in self.moments if moment.name == name)
        if not found:
            raise NotFoundError(
                f"population {self.name!r} says nothing about {name!r}; it has "
                f"{', '.join(self.covariates) or 'no covariate'}."
            )
        return found

    def to_frame(self) -> pd.DataFrame:
        """One row a moment: ``name kind value n definition source``."""
        columns = ("name", "kind", "value", "n", "definition", "source")
        return pd.DataFrame(
            [{c: getattr(m, c) for c in columns} for m in self.moments], columns=list(columns)
        )
