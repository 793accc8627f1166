"""`Contrast`: a relative effect that carries its meaning with it.

Estimates are stored on the scale on which they are additive (log hazard ratio, log odds
ratio, difference) and shown on the natural one. What a contrast compares, in whom, under
which assumptions and by which method are fields, so that nonsense cannot be combined
quietly and a report prints the assumptions because they are in the value.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Literal

import pandas as pd

from survcomp.errors import InputError
from survcomp.values.checks import (
    TimeUnit,
    check_interval,
    check_option,
    check_text,
    check_time,
)
from survcomp.values.derivation import Adjustment, Derivation, OverDraws

Measure = Literal[
    "log_hr",
    "log_or",
    "log_rr",
    "risk_difference",
    "survival_difference",
    "rmst_difference",
    "median_difference",
    "mean_difference",
]
Estimand = Literal["marginal", "conditional", "not stated"]

MEASURE_NAME: dict[str, str] = {
    "log_hr": "HR",
    "log_or": "OR",
    "log_rr": "RR",
    "risk_difference": "RD",
    "survival_difference": "survival difference",
    "rmst_difference": "RMST difference",
    "median_difference": "median difference",
    "mean_difference": "mean difference",
}
RATIO_MEASURES = frozenset({"log_hr", "log_or", "log_rr"})
PROBABILITY_DIFFERENCES = frozenset({"risk_difference", "survival_difference"})
"""Differences of two probabilities; of risks below 0, of survival above 0 favours treatment."""

TIME_FIELDS: dict[str, tuple[str, ...]] = {
    "survival_difference": ("time_unit", "horizon"),
    "rmst_difference": ("time_unit", "horizon"),
    "median_difference": ("time_unit",),
}
"""Which of these fields a measure has; the others have neither."""


def measure_name(
    measure: str, *, horizon: float | None = None, time_unit: str | None = None
) -> str:
    """Name of a measure as a report prints it, with its time.

    Examples
    --------
    >>> measure_name("survival_difference", horizon=24, time_unit="months")
    'S(24 months) difference'
    >>> measure_name("rmst_difference", horizon=24, time_unit="months")
    'RMST difference (to 24 months)'
    """
    name = MEASURE_NAME[measure]
    if horizon is None:
        return name
    time = f"{horizon:g}" if time_unit is None else f"{horizon:g} {time_unit}"
    return f"S({time}) difference" if measure == "survival_difference" else f"{name} (to {time})"


def normal_quantile(level: float) -> float:
    """Two-sided standard normal quantile, 1.96 for 0.95."""
    if not 0 < level < 1:
        raise InputError(f"`level` must lie between 0 and 1; got {level!r}.")
    from scipy.special import ndtri  # here: importing the values would take twice the time

    return float(ndtri(0.5 + level / 2))


@dataclass(frozen=True, slots=True, kw_only=True)
class Question:
    """What an effect is about: of which treatment against which, on what, in whom.

    It is checked when a `Contrast` is made of it, whose attributes these are.

    Attributes
    ----------
    treatment, comparator, outcome, population : str
        What is compared, on which endpoint or response, and whose answer it is.
    measure : str
        How the effect is measured.
    time_unit, horizon
        Those of the measure, where it has them.
    estimand : {"marginal", "conditional", "not stated"}
        Kind of effect.
    """

    treatment: str
    comparator: str
    outcome: str
    measure: Measure
    population: str
    time_unit: TimeUnit | None = None
    horizon: float | None = None
    estimand: Estimand = "not stated"


@dataclass(frozen=True, slots=True, kw_only=True)
class Contrast:
    """Effect of `treatment` against `comparator` in `population`.

    Attributes
    ----------
    treatment, comparator : str
        What is compared; a ratio below 1 is in favour of `treatment` for a hazard.
    outcome : str
        Endpoint or response, such as "PFS" or "ORR".
    measure : str
        "log_hr", "log_or", "log_rr", "risk_difference", "survival_difference",
        "rmst_difference", "median_difference" or "mean_difference". A difference in survival
        is one of probabilities of no event: above 0 it is in favour of `treatment`.
    population : str
        Whose answer this is.
    estimate : float
        On the additive scale of `measure`.
    ci_low, ci_high : float or None
        Interval on the same scale; None where a publication prints none.
    se : float or None
        Sampling standard error on the same scale.
    se_reconstruction : float or None
        Standard error of the reconstruction, kept apart from `se`; None where it has not
        been worked out.
    level : float
        Confidence level.
    interval : str
        What the interval holds, in words, such as "sampling error only, under assumed
        censoring" or "as published".
    time_unit : {"days", "weeks", "months", "years"} or None
        Unit of an RMST or a median difference, None where it is not stated; unit of the
        time at which survival is compared; None for the other measures.
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
    over_draws : OverDraws or None
        Draws that it was pooled over, and the share of the variance between them.
    is_published : bool
        Whether the numbers are as a publication prints them.
    assumes_censoring : bool
        Whether `interval` is one under assumed censoring.
    """

    treatment: str
    comparator: str
    outcome: str
    measure: Measure
    population: str
    estimate: float
    ci_low: float | None = None
    ci_high: float | None = None
    se: float | None = None
    se_reconstruction: float | None = None
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
    over_draws: OverDraws | None = None
    is_published: bool = False
    assumes_censoring: bool = False

    def __post_init__(self) -> None:
        for name in ("treatment", "comparator", "outcome", "population", "interval"):
            check_text(getattr(self, name), name=f"contrast.{name}")
        check_option(self.measure, Measure, name="contrast.measure")
        check_option(self.estimand, Estimand, name="contrast.estimand")
        check_option(self.adjustment, Adjustment, name="contrast.adjustment")
        normal_quantile(self.level)
        if not math.isfinite(self.estimate):
            raise InputError(f"`contrast.estimate` must be finite; got {self.estimate!r}.")
        check_interval(self.estimate, self.ci_low, self.ci_high, name="contrast")
        for name in ("se", "se_reconstruction"):
            value = getattr(self, name)
            if value is not None and not (math.isfinite(value) and value >= 0):
                raise InputError(f"`contrast.{name}` must be at least 0; got {value!r}.")
        self._check_time()

    def _check_time(self) -> None:
        for name in ("time_unit", "horizon"):
            if getattr(self, name) is not None and name not in TIME_FIELDS.get(self.measure, ()):
                known = (repr(m) for m, fields in TIME_FIELDS.items() if name in fields)
                raise InputError(
                    f"`contrast.{name}` does not go with the measure {self.measure!r}; only with "
                    f"{', '.join(known)}."
                )
        if self.time_unit is not None:
            check_option(self.time_unit, TimeUnit, name="contrast.time_unit")
        if self.horizon is not None:
            check_time(self.horizon, name="contrast.horizon")
        if self.measure == "survival_difference" and self.unstated:
            raise InputError(
                f"`contrast.{self.unstated[0]}` is missing: a difference in survival is one at a "
                "time, whose `horizon` and `time_unit` must be given."
            )

    @property
    def unstated(self) -> tuple[str, ...]:
        """Which of the time unit and the horizon the measure should have, and has not."""
        fields = TIME_FIELDS.get(self.measure, ())
        return tuple(name for name in fields if getattr(self, name) is None)

    @classmethod
    def from_interval(
        cls,
        question: Question,
        *,
        estimate: float,
        ci_low: float | None = None,
        ci_high: float | None = None,
        level: float = 0.95,
        derivation: Derivation | None = None,
    ) -> Contrast:
        """Make a contrast from numbers on the natural scale, as a publication prints them.

        The standard error is the width of the interval on the additive scale over twice
        the normal quantile, which takes the interval to be a Wald interval.

        Raises
        ------
        InputError
            If a ratio is not positive, or the interval does not hold the estimate.

        Examples
        --------
        >>> question = Question(treatment="cilta-cel", comparator="ide-cel", outcome="PFS",
        ...                     measure="log_hr", population="KarMMa-3")
        >>> maic = Contrast.from_interval(question, estimate=0.42, ci_low=0.26, ci_high=0.68)
        >>> print(maic)
        HR 0.42 (95% CI 0.26 to 0.68)
        >>> round(maic.se, 3)
        0.245
        """
        made = derivation or Derivation()
        is_ratio = question.measure in RATIO_MEASURES
        if is_ratio:
            for name, value in (("estimate", estimate), ("ci_low", ci_low), ("ci_high", ci_high)):
                if value is not None and not value > 0:
                    raise InputError(f"`{name}` of a ratio must be above 0; got {value!r}.")
        scale: Callable[[float], float] = math.log if is_ratio else float
        low = None if ci_low is None else scale(ci_low)
        high = None if ci_high is None else scale(ci_high)
        se = None
        if low is not None and high is not None:
            se = (high - low) / (2 * normal_quantile(level))
        return cls(
            treatment=question.treatment,
            comparator=question.comparator,
            outcome=question.outcome,
            measure=question.measure,
            population=question.population,
            estimate=scale(estimate),
            ci_low=low,
            ci_high=high,
            se=se,
            level=level,
            interval="as published",
            time_unit=question.time_unit,
            horizon=question.horizon,
            estimand=question.estimand,
            adjustment=made.adjustment,
            method=made.method,
            assumptions=made.assumptions,
            notes=made.notes,
            sources=made.sources,
            is_published=True,
        )

    @property
    def remarks(self) -> tuple[str, ...]:
        """Its notes, and in words what rebuilding added to its variance."""
        return self.notes if self.over_draws is None else (*self.notes, self.over_draws.words)

    @property
    def is_ratio(self) -> bool:
        """Whether the natural scale is a ratio."""
        return self.measure in RATIO_MEASURES

    @property
    def se_total(self) -> float | None:
        """Sampling and reconstruction standard errors together, as far as they are known."""
        if self.se is None:
            return None
        return math.hypot(self.se, self.se_reconstruction or 0.0)

    def natural(self, value: float) -> float:
        """A number of the additive scale on the natural scale."""
        return math.exp(value) if self.is_ratio else value

    def __str__(self) -> str:
        name = measure_name(self.measure, horizon=self.horizon, time_unit=self.time_unit)
        is_probability = self.measure in PROBABILITY_DIFFERENCES
        unit = "" if self.time_unit is None or is_probability else f" {self.time_unit}"
        digits = 2 if self.is_ratio else 3 if is_probability else 1
        text = f"{name} {self.natural(self.estimate):.{digits}f}{unit}"
        if self.ci_low is None or self.ci_high is None:
            return f"{text} (no interval)"
        low, high = self.natural(self.ci_low), self.natural(self.ci_high)
        return f"{text} ({100 * self.level:g}% CI {low:.{digits}f} to {high:.{digits}f})"

    def to_frame(self) -> pd.DataFrame:
        """One row with ``estimate se se_reconstruction ci_low ci_high``, on the additive scale."""
        return pd.DataFrame(
            [
                {
                    "treatment": self.treatment,
                    "comparator": self.comparator,
                    "outcome": self.outcome,
                    "measure": self.measure,
                    "population": self.population,
                    "estimate": self.estimate,
                    "se": self.se,
                    "se_reconstruction": self.se_reconstruction,
                    "ci_low": self.ci_low,
                    "ci_high": self.ci_high,
                    "level": self.level,
                    "interval": self.interval,
                    "time_unit": self.time_unit,
                    "horizon": self.horizon,
                    "p": self.p,
                }
            ]
        )

    def _repr_html_(self) -> str:
        return str(self.to_frame().to_html(index=False))


def effects_frame(names: Sequence[str], effects: Sequence[Contrast]) -> pd.DataFrame:
    """One row an effect, as `Contrast.to_frame`, with its name in the column ``effect``."""
    frame = pd.DataFrame([each.to_frame().iloc[0].to_dict() for each in effects])
    frame.insert(0, "effect", list(names))
    return frame
