"""`Contrast`: a relative effect that carries its meaning with it.

A user gives and reads an effect on its natural scale (a hazard ratio of 0.42); standard errors
are on the link scale, on which effects are additive (its logarithm). What is worked out is
worked out there: the numbers of the link scale are kept as they were, and not taken back from
those of the natural one. What a contrast compares, in whom, under which assumptions and by
which method are fields, so that nonsense cannot be combined quietly and a report prints the
assumptions because they are in the value.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass, field, fields, replace
from typing import Any

import pandas as pd

from survcomp.errors import InputError
from survcomp.values.checks import (
    TimeUnit,
    check_interval,
    check_option,
    check_text,
)
from survcomp.values.contrasts.contrast_words import Fact, as_html, facts, one_line
from survcomp.values.contrasts.derivation import Adjustment, Derivation, OverDraws
from survcomp.values.contrasts.link_estimate import LinkEstimate
from survcomp.values.contrasts.measure import MEASURES, Measure, MeasureKey
from survcomp.values.contrasts.question import Estimand, Question, check_times, unstated_times
from survcomp.values.quantiles import normal_quantile


@dataclass(frozen=True, slots=True, kw_only=True, repr=False)
class Contrast:
    """Effect of `treatment` against `comparator` in `population`.

    Attributes
    ----------
    treatment, comparator : str
        What is compared; a hazard ratio below 1 is in favour of `treatment`.
    outcome : str
        Endpoint or response, such as "PFS" or "ORR".
    measure : str
        A key of `MEASURES`: "log_hr", "risk_difference", ... A difference in survival is one of
        probabilities of no event: above 0 it is in favour of `treatment`.
    population : str
        Whose answer this is.
    value : float
        On the natural scale of the measure: the hazard ratio itself.
    ci_low, ci_high : float or None
        Limits on the same scale; None where a publication prints none.
    se : float or None
        Total standard error on the link scale: of the logarithm of a ratio. Left out, it is
        made of its parts.
    se_sampling, se_reconstruction : float or None
        Its parts, sampling error and that of rebuilding curves; None where they are not told
        apart, or have not been worked out.
    df : float
        Degrees of freedom of the limits' Student's t; ``math.inf`` for the normal distribution.
    interval_method : str
        How the limits follow from the estimate: "Wald" (from `se`), "published", "Newcombe",
        "MOVER", "bootstrap percentile", ...
    level : float
        Confidence level.
    interval : str
        What the interval holds, in words: "sampling error only, under assumed censoring".
    time_unit : {"days", "weeks", "months", "years"} or None
        Unit of a difference of times, None where it is not stated; unit of the time at which
        survival is compared.
    horizon : float or None
        Upper limit of the areas of an RMST difference, None where it is not stated; the
        time at which survival is compared; in `time_unit`.
    p : float or None
        Two-sided p value, where one may be given.
    estimand : {"marginal", "conditional", "not stated"}
        Kind of effect.
    adjustment : {"none", "weighting", "matching", "regression", "standardisation", \
"standardisation and weighting", "not stated"}
        How differences between the populations were dealt with: "regression" is a
        coefficient, or a prediction at one set of covariates; "standardisation" averages a
        model's predictions over a population.
    method : str
        In words.
    assumptions : tuple of str
        What must hold for the number to mean what it says.
    notes : tuple of str
        Remarks a reader must see; `remarks` has what the draws add to them.
    sources : tuple of str
        Ids of curves, responses or citations it came from.
    trial : str
        The one trial whose patients are compared; "" where there is none.
    over_draws : OverDraws or None
        Draws that it was pooled over, and the share of the variance between them.
    is_published : bool
        Whether the numbers are as a publication prints them.
    assumes_censoring : bool
        Whether `interval` is one under assumed censoring.
    on_link : tuple of (float or None)
        Value and limits on the link scale as they were worked out, where `from_link` made it.

    Examples
    --------
    >>> from survcomp import Contrast
    >>> effect = Contrast(treatment="A", comparator="B", outcome="OS", measure="log_hr",
    ...                   population="T", value=1.45, ci_low=1.15, ci_high=1.82)
    >>> print(effect)
    HR 1.45 (95% CI 1.15 to 1.82)
    >>> effect.ci, round(effect.log, 3)
    ((1.15, 1.82), 0.372)
    """

    treatment: str
    comparator: str
    outcome: str
    measure: MeasureKey
    population: str
    value: float
    ci_low: float | None = None
    ci_high: float | None = None
    se: float | None = None
    se_sampling: float | None = None
    se_reconstruction: float | None = None
    df: float = math.inf
    interval_method: str = "not stated"
    level: float = 0.95
    interval: str = "sampling error"
    time_unit: TimeUnit | None = None
    horizon: float | None = None
    p: float | None = None
    estimand: Estimand = "marginal"
    adjustment: Adjustment = "none"
    method: str = ""
    assumptions: tuple[str, ...] = ()
    notes: tuple[str, ...] = ()
    sources: tuple[str, ...] = ()
    trial: str = ""
    over_draws: OverDraws | None = None
    is_published: bool = False
    assumes_censoring: bool = False
    on_link: tuple[float | None, ...] = field(default=(None, None, None), compare=False)
    """Value and limits as they were worked out; taken where they are those given."""

    def __post_init__(self) -> None:
        for name in ("treatment", "comparator", "outcome", "population", "interval"):
            check_text(getattr(self, name), name=f"contrast.{name}")
        check_text(self.interval_method, name="contrast.interval_method")
        check_option(self.measure, MeasureKey, name="contrast.measure")
        check_option(self.estimand, Estimand, name="contrast.estimand")
        check_option(self.adjustment, Adjustment, name="contrast.adjustment")
        normal_quantile(self.level)
        names = ("value", "ci_low", "ci_high")
        linked = tuple(
            self._linked(name, kept) for name, kept in zip(names, self.on_link, strict=True)
        )
        object.__setattr__(self, "on_link", linked)
        if not math.isfinite(self.link_value):
            raise InputError(f"`contrast.value` must be finite; got {self.value!r}.")
        check_interval(self.value, self.ci_low, self.ci_high, name="contrast")
        object.__setattr__(self, "se", self.numbers.se)
        check_times(self.measure, self.time_unit, self.horizon)

    def _linked(self, name: str, kept: float | None) -> float | None:
        """One number on the link scale: as it was worked out, where it is that one."""
        given, measure = getattr(self, name), MEASURES[self.measure]
        if given is None:
            return None
        if kept is not None and measure.to_natural(kept) == given:
            return kept
        if measure.is_ratio and not given > 0:
            raise InputError(f"`{name}` of a ratio must be above 0; got {given!r}.")
        return measure.to_link(given)

    @classmethod
    def from_interval(
        cls,
        question: Question,
        *,
        value: float,
        ci_low: float | None = None,
        ci_high: float | None = None,
        level: float = 0.95,
        derivation: Derivation | None = None,
    ) -> Contrast:
        """Make a contrast from numbers on the natural scale, as a publication prints them.

        The standard error is the width of the interval on the link scale over twice the normal
        quantile, which takes the interval to be a Wald interval.

        Raises
        ------
        InputError
            If a ratio is not positive, or the interval does not hold the value.

        Examples
        --------
        >>> from survcomp import Contrast, Question
        >>> question = Question(treatment="cilta-cel", comparator="ide-cel", outcome="PFS",
        ...                     measure="log_hr", population="KarMMa-3")
        >>> maic = Contrast.from_interval(question, value=0.42, ci_low=0.26, ci_high=0.68)
        >>> print(maic)
        HR 0.42 (95% CI 0.26 to 0.68)
        >>> round(maic.se, 3)
        0.245
        """
        made = derivation or Derivation()
        numbers = LinkEstimate(estimate=0.0, level=level, interval_method="published")
        printed = replace(
            cls._about(question, numbers, made),
            value=value,
            ci_low=ci_low,
            ci_high=ci_high,
            interval="as published",
            is_published=True,
        )
        if printed.link_ci is None:
            return printed
        low, high = printed.link_ci
        se = (high - low) / (2 * normal_quantile(level))
        return replace(printed, se=se, se_sampling=se)

    @classmethod
    def from_link(
        cls,
        question: Question,
        numbers: LinkEstimate,
        *,
        interval: str = "sampling error",
        derivation: Derivation | None = None,
        p: float | None = None,
        over_draws: OverDraws | None = None,
        assumes_censoring: bool = False,
    ) -> Contrast:
        """Make a contrast from numbers on the link scale: the logarithms of a ratio.

        Parameters
        ----------
        question : Question
        numbers : LinkEstimate
            Estimate, errors and limits, which are kept as they are.
        interval : str
            What the interval holds, in words.
        derivation : Derivation, optional
        p, over_draws, assumes_censoring
            As in `Contrast`.

        Examples
        --------
        >>> from survcomp import Contrast, Question
        >>> from survcomp.values import LinkEstimate
        >>> question = Question(treatment="A", comparator="B", outcome="OS", measure="log_hr",
        ...                     population="T")
        >>> numbers = LinkEstimate.sampling(-0.5, 0.1, level=0.95)
        >>> Contrast.from_link(question, numbers)
        <Contrast HR 0.61 (95% CI 0.50 to 0.74), A against B, OS>
        """
        return replace(
            cls._about(question, numbers, derivation or Derivation()),
            interval=interval,
            p=p,
            over_draws=over_draws,
            assumes_censoring=assumes_censoring,
        )

    @classmethod
    def _about(cls, question: Question, numbers: LinkEstimate, made: Derivation) -> Contrast:
        check_option(question.measure, MeasureKey, name="contrast.measure")
        return cls(
            treatment=question.treatment,
            comparator=question.comparator,
            outcome=question.outcome,
            measure=question.measure,
            population=question.population,
            time_unit=question.time_unit,
            horizon=question.horizon,
            estimand=question.estimand,
            trial=question.trial,
            adjustment=made.adjustment,
            method=made.method,
            assumptions=made.assumptions,
            notes=made.notes,
            sources=made.sources,
            **_fields(numbers, MEASURES[question.measure]),
        )

    def with_numbers(
        self, numbers: LinkEstimate, *, over_draws: OverDraws | None = None
    ) -> Contrast:
        """The same effect with another estimate, its errors and limits, and no p value."""
        given = _fields(numbers, MEASURES[self.measure])
        return replace(self, **given, p=None, over_draws=over_draws)

    @property
    def question(self) -> Question:
        """What it is about."""
        return Question(**{each.name: getattr(self, each.name) for each in fields(Question)})

    @property
    def numbers(self) -> LinkEstimate:
        """Estimate, errors and limits on the link scale."""
        return LinkEstimate(
            estimate=self.link_value,
            ci_low=self.on_link[1],
            ci_high=self.on_link[2],
            **{name: getattr(self, name) for name in ERRORS},
        )

    @property
    def link_value(self) -> float:
        """The estimate on the link scale: the logarithm of a ratio, a difference itself."""
        value = self.on_link[0]
        assert value is not None
        return value

    @property
    def link_ci(self) -> tuple[float, float] | None:
        """The limits on the link scale; None where one is missing."""
        return _both(self.on_link[1], self.on_link[2])

    @property
    def ci(self) -> tuple[float, float] | None:
        """The limits on the natural scale; None where one is missing."""
        return _both(self.ci_low, self.ci_high)

    @property
    def log(self) -> float | None:
        """Logarithm of a ratio; None of a difference."""
        return self.link_value if self.is_ratio else None

    @property
    def is_ratio(self) -> bool:
        """Whether the natural scale is a ratio."""
        return MEASURES[self.measure].is_ratio

    @property
    def unstated(self) -> tuple[str, ...]:
        """Which of the time unit and the horizon the measure should have, and has not."""
        return unstated_times(self.measure, self.time_unit, self.horizon)

    @property
    def remarks(self) -> tuple[str, ...]:
        """Its notes, and in words what rebuilding added to its variance."""
        return self.notes if self.over_draws is None else (*self.notes, self.over_draws.words)

    def __str__(self) -> str:
        return one_line(self.question, self.numbers)

    def __repr__(self) -> str:
        return f"<Contrast {self}, {self.treatment} against {self.comparator}, {self.outcome}>"

    def summary(self) -> str:
        """Everything that a reader of the number must know, on several lines."""
        return "\n".join([str(self), *(f"  {head}: {text}" for head, text in self._facts())])

    def _repr_html_(self) -> str:
        return as_html(str(self), self._facts())

    def _facts(self) -> list[Fact]:
        made = Derivation(
            method=self.method,
            adjustment=self.adjustment,
            assumptions=self.assumptions,
            notes=self.remarks,
        )
        return facts(self.question, self.numbers, interval=self.interval, p=self.p, made=made)

    def to_frame(self) -> pd.DataFrame:
        """One row: ``measure value ci_low ci_high se se_sampling se_reconstruction df ...``.

        Value and limits are on the natural scale; standard errors on the one in ``link``.
        """
        measure = MEASURES[self.measure]
        row = {name: getattr(self, name) for name in ("treatment", "comparator", "outcome")}
        row |= {"measure": measure.name, "population": self.population}
        row |= {name: getattr(self, name) for name in COLUMNS[:3]} | {"link": measure.link}
        return pd.DataFrame([row | {name: getattr(self, name) for name in COLUMNS[3:]}])


ERRORS = ("se", "se_sampling", "se_reconstruction", "df", "level", "interval_method")
COLUMNS = ("value", "ci_low", "ci_high", *ERRORS, "interval", "time_unit", "horizon", "p")


def _fields(numbers: LinkEstimate, measure: Measure) -> dict[str, Any]:
    """The fields of a contrast with these numbers."""
    on_link = (numbers.estimate, numbers.ci_low, numbers.ci_high)
    natural = (None if each is None else measure.to_natural(each) for each in on_link)
    return {
        **dict(zip(COLUMNS[:3], natural, strict=True)),
        **{name: getattr(numbers, name) for name in ERRORS},
        "on_link": on_link,
    }


def _both(low: float | None, high: float | None) -> tuple[float, float] | None:
    return None if low is None or high is None else (low, high)


def effects_frame(names: Sequence[str], effects: Sequence[Contrast]) -> pd.DataFrame:
    """One row an effect, as `Contrast.to_frame`, with its name in the column ``effect``."""
    frame = pd.DataFrame([each.to_frame().iloc[0].to_dict() for each in effects])
    frame.insert(0, "effect", list(names))
    return frame
