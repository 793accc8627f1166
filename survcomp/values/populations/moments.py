"""Typed moments: what a publication prints about one covariate of one group of patients.

A moment knows what it is (a proportion, a mean, a standard deviation, a median, another
quantile), of how many patients, and how the publication defines it.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import ClassVar, Literal

from survcomp.errors import InputError
from survcomp.values.checks import (
    check_count,
    check_interval,
    check_option,
    check_text,
)

Spread = Literal["range", "interquartile range", "not stated", "none"]
Divisor = Literal["n", "n - 1"]
Ties = Literal["below", "half"]


@dataclass(frozen=True, slots=True, kw_only=True)
class _Moment:
    name: str
    value: float
    n: int | None = None
    label: str = ""
    definition: str = ""
    source: str = ""
    note: str = ""

    _kind: ClassVar[str] = "moment"

    def __post_init__(self) -> None:
        check_text(self.name, name="moment.name")
        if not math.isfinite(self.value):
            raise InputError(f"`{self.name}`: a {self.kind} must be a number; got {self.value!r}.")
        if self.n is not None:
            check_count(self.n, name=f"{self.name}.n", at_least=1)

    @property
    def kind(self) -> str:
        """What it is: "proportion", "mean", "SD", "median" or "quantile 0.25"."""
        return self._kind

    @property
    def title(self) -> str:
        """The label, or the name where there is none."""
        return self.label or self.name


@dataclass(frozen=True, slots=True, kw_only=True)
class Proportion(_Moment):
    """Share of patients with a characteristic.

    Attributes
    ----------
    name : str
        Name of the covariate, as in the IPD it is matched with.
    value : float
        In [0, 1].
    count : int or None
        Patients with the characteristic, where printed.
    n : int or None
        Denominator: patients with the characteristic known.
    label, definition, source, note : str
        Words for tables; how the publication defines it; citation id; remark.

    Examples
    --------
    >>> import survcomp as sc
    >>> male = sc.Proportion.from_count("male", 76, 128)
    >>> round(male.value, 3)
    0.594
    >>> sc.Proportion(name="male", value=59)
    Traceback (most recent call last):
        ...
    survcomp.errors.InputError: `male`: a proportion is a fraction in [0, 1]; got 59; if that is per
    cent, write 0.59.
    """

    count: int | None = None

    _kind: ClassVar[str] = "proportion"

    def __post_init__(self) -> None:
        _Moment.__post_init__(self)
        if not 0.0 <= self.value <= 1.0:
            hint = (
                f"; if that is per cent, write {self.value / 100:g}"
                if 1 < self.value <= 100
                else ""
            )
            raise InputError(
                f"`{self.name}`: a proportion is a fraction in [0, 1]; got {self.value:g}{hint}."
            )
        if self.count is None:
            return
        check_count(self.count, name=f"{self.name}.count")
        if self.n is None or self.count > self.n:
            raise InputError(
                f"`{self.name}`: count {self.count} needs n of at least that; got {self.n}."
            )

    @classmethod
    def from_count(
        cls,
        name: str,
        count: int,
        n: int,
        *,
        label: str = "",
        definition: str = "",
        source: str = "",
    ) -> Proportion:
        """Make a proportion from a count and its denominator."""
        check_count(n, name=f"{name}.n", at_least=1)
        return cls(
            name=name,
            value=count / n,
            count=count,
            n=n,
            label=label,
            definition=definition,
            source=source,
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class Mean(_Moment):
    """Arithmetic mean of a covariate, in the covariate's unit.

    Attributes
    ----------
    name : str
        Name of the covariate, as in the IPD it is matched with.
    value : float
        In the covariate's unit.
    n : int or None
        Patients with the covariate known.
    label, definition, source, note : str
        Words for tables; how the publication defines it; citation id; remark.

    Examples
    --------
    >>> import survcomp as sc
    >>> age = sc.Mean(name="age", value=61.0, label="Age, years")
    >>> age.title, age.kind
    ('Age, years', 'mean')
    """

    _kind: ClassVar[str] = "mean"


@dataclass(frozen=True, slots=True, kw_only=True)
class SD(_Moment):
    """Standard deviation of a covariate.

    Attributes
    ----------
    name, value, n, label, definition, source, note
        As for every moment; `value` above 0, in the covariate's unit.
    divisor : {"n", "n - 1"}
        What the printed sum of squares was divided by. Publications divide by n - 1;
        every published implementation of MAIC nevertheless weights the patients to the
        printed value with the divisor sum(w), which is "n", the default. With "n - 1" they
        are weighted to the printed value times sqrt((n - 1) / n), where n is that of the
        moment or else of the population.

    Examples
    --------
    >>> import survcomp as sc
    >>> age = [sc.Mean(name="age", value=61.0), sc.SD(name="age", value=9.1)]
    >>> target = sc.Population.from_moments(age, n=128, name="KarMMa")
    >>> print(target.to_frame()[["name", "kind", "value"]])
      name  kind  value
    0  age  mean   61.0
    1  age    SD    9.1
    """

    divisor: Divisor = "n"

    _kind: ClassVar[str] = "SD"

    def __post_init__(self) -> None:
        _Moment.__post_init__(self)
        check_option(self.divisor, Divisor, name=f"{self.name}.divisor")
        if not self.value > 0:
            raise InputError(f"`{self.name}`: an SD must be above 0; got {self.value!r}.")

    def with_divisor_n(self, n: int) -> float:
        """The standard deviation with the divisor n, for a population of `n` patients."""
        known = self.n or n
        return self.value * (math.sqrt((known - 1) / known) if self.divisor == "n - 1" else 1.0)


@dataclass(frozen=True, slots=True, kw_only=True)
class Median(_Moment):
    """Median of a covariate, with the spread printed beside it.

    Attributes
    ----------
    name, value, n, label, definition, source, note
        As for every moment; `value` in the covariate's unit.
    low, high : float or None
        The spread printed beside it.
    spread : str
        What `low` and `high` are: "range", "interquartile range", "not stated", "none".
    ties : {"below", "half"}
        How patients at the median itself count when it is matched: all of them as not
        above it, or one half of them. Under "below" one half of the weight lies above the
        median, which asks too much of a covariate of few values (previous lines, ECOG);
        "half" suits those.

    Examples
    --------
    >>> import survcomp as sc
    >>> lines = sc.Median(name="prior_lines", value=6, low=3, high=16, spread="range")
    >>> target = sc.Population.from_moments([lines], n=128, name="KarMMa")
    >>> print(target.named("prior_lines")[0].kind, target.named("prior_lines")[0].value)
    median 6
    """

    low: float | None = None
    high: float | None = None
    spread: Spread = "none"
    ties: Ties = "below"

    _kind: ClassVar[str] = "median"

    def __post_init__(self) -> None:
        _Moment.__post_init__(self)
        check_option(self.ties, Ties, name=f"{self.name}.ties")
        check_option(self.spread, Spread, name=f"{self.name}.spread")
        check_interval(self.value, self.low, self.high, name=self.name)


@dataclass(frozen=True, slots=True, kw_only=True)
class Quantile(_Moment):
    """A quantile of a covariate other than its median.

    Attributes
    ----------
    name, value, n, label, definition, source, note
        As for every moment; `value` in the covariate's unit.
    probability : float
        Share of the patients at or below `value`, inside (0, 1): 0.25 for a lower quartile.
    ties : {"below", "half"}
        As for `Median`.

    Examples
    --------
    >>> from survcomp import Quantile
    >>> Quantile(name="age", value=56.0, probability=0.25).kind
    'quantile 0.25'
    """

    probability: float
    ties: Ties = "below"

    def __post_init__(self) -> None:
        _Moment.__post_init__(self)
        check_option(self.ties, Ties, name=f"{self.name}.ties")
        if not 0.0 < self.probability < 1.0:
            raise InputError(
                f"`{self.name}.probability` must lie inside (0, 1); got {self.probability!r}."
            )

    @property
    def kind(self) -> str:
        """Such as "quantile 0.25"."""
        return f"quantile {self.probability:g}"


Moment = Proportion | Mean | SD | Median | Quantile
