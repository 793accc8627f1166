"""`Measure`: how an effect is measured, on which scale, and in which unit.

An effect is read on the natural scale (a hazard ratio, a difference of probabilities) and is
additive on the link scale: the logarithm of a ratio, a difference as it is. Standard errors are
on the link scale. `MEASURES` holds every measure by the key that ids of records use.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import Literal

MeasureKey = Literal[
    "log_hr",
    "log_or",
    "log_rr",
    "risk_difference",
    "survival_difference",
    "rmst_difference",
    "median_difference",
    "mean_difference",
]
Link = Literal["log", "identity"]
MeasureUnit = Literal["ratio", "probability", "time", "outcome"]
Timed = Literal["no", "unit", "horizon"]

MOST_DECIMALS = 6


@dataclass(frozen=True, slots=True, kw_only=True)
class Measure:
    """A way to measure an effect.

    Attributes
    ----------
    key : str
        By which `MEASURES` and ids of records name it: "log_hr".
    name, label : str
        As a result prints it, "HR", and in words, "hazard ratio".
    link : {"log", "identity"}
        From the natural scale to that on which effects are additive.
    unit : {"ratio", "probability", "time", "outcome"}
        Of the natural scale; that of a time or of an outcome is a matter of the effect.
    timed : {"no", "unit", "horizon"}
        Whether an effect has a time unit, or a time unit and a horizon.

    Examples
    --------
    >>> from survcomp.values import MEASURES
    >>> hr = MEASURES["log_hr"]
    >>> hr.label, hr.link_label, hr.to_natural(0.0), hr.natural_key
    ('hazard ratio', 'log hazard ratio', 1.0, 'hr')
    """

    key: MeasureKey
    name: str
    label: str
    link: Link
    unit: MeasureUnit
    timed: Timed = "no"

    @property
    def is_ratio(self) -> bool:
        """Whether the natural scale is one of ratios, with 1 for no difference."""
        return self.link == "log"

    @property
    def is_probability(self) -> bool:
        """Whether it is a difference of two probabilities.

        Of risks below 0, of survival above 0 is in favour of the treatment.
        """
        return self.unit == "probability"

    @property
    def time_fields(self) -> tuple[str, ...]:
        """Which of the time unit and the horizon an effect must have; it may have no other."""
        return {"no": (), "unit": ("time_unit",), "horizon": ("time_unit", "horizon")}[self.timed]

    @property
    def natural_key(self) -> str:
        """Under which ids of records name it on the natural scale: "hr" beside "log_hr"."""
        return self.key.removeprefix("log_")

    @property
    def link_label(self) -> str:
        """The link scale in words: "log hazard ratio"."""
        return f"log {self.label}" if self.is_ratio else self.label

    def link_unit(self, time_unit: str | None = None) -> str:
        """Unit of a number on the link scale, as a record names it."""
        if self.is_ratio:
            return self.link_label
        return "probability" if self.is_probability else time_unit or ""

    def natural_unit(self, time_unit: str | None = None) -> str:
        """Unit of a number on the natural scale, as a record names it."""
        return self.label if self.is_ratio else self.link_unit(time_unit)

    def to_natural(self, value: float) -> float:
        """A number of the link scale on the natural one."""
        if not self.is_ratio:
            return value
        try:
            return math.exp(value)
        except OverflowError:
            return math.inf

    def to_link(self, value: float) -> float:
        """A number of the natural scale on the link one."""
        return math.log(value) if self.is_ratio else value

    def decimals(self, value: float, limits: tuple[float, float] | None = None) -> int:
        """Decimals that tell an effect from its limits, two significant digits of their distance.

        Two of a ratio at least, three of a probability, one of all others.

        Examples
        --------
        >>> from survcomp.values import MEASURES
        >>> MEASURES["rmst_difference"].decimals(0.036, (-0.014, 0.086))
        3
        >>> MEASURES["rmst_difference"].decimals(2.6, (-1.9, 7.1))
        1
        """
        if self.is_ratio:
            return 2
        least = 3 if self.is_probability else 1
        size = abs(value) if limits is None else (limits[1] - limits[0]) / 2
        if not 0 < size < math.inf:
            return least
        return min(max(least, 1 - math.floor(math.log10(size))), MOST_DECIMALS)

    def shown(self, value: float, decimals: int) -> str:
        """A number of the natural scale; a ratio never as 0.00, no minus before a zero."""
        if self.is_ratio and 0 < value < 0.01:
            return f"{value:.2g}"
        text = f"{value:.{decimals}f}"
        return text.removeprefix("-") if float(text) == 0 else text


def _measures(*measures: Measure) -> Mapping[str, Measure]:
    return MappingProxyType({measure.key: measure for measure in measures})


MEASURES: Mapping[str, Measure] = _measures(
    Measure(key="log_hr", name="HR", label="hazard ratio", link="log", unit="ratio"),
    Measure(key="log_or", name="OR", label="odds ratio", link="log", unit="ratio"),
    Measure(key="log_rr", name="RR", label="risk ratio", link="log", unit="ratio"),
    Measure(
        key="risk_difference",
        name="RD",
        label="risk difference",
        link="identity",
        unit="probability",
    ),
    Measure(
        key="survival_difference",
        name="survival difference",
        label="difference in survival",
        link="identity",
        unit="probability",
        timed="horizon",
    ),
    Measure(
        key="rmst_difference",
        name="RMST difference",
        label="difference in restricted mean survival time",
        link="identity",
        unit="time",
        timed="horizon",
    ),
    Measure(
        key="median_difference",
        name="median difference",
        label="difference in median survival time",
        link="identity",
        unit="time",
        timed="unit",
    ),
    Measure(
        key="mean_difference",
        name="mean difference",
        label="difference in means",
        link="identity",
        unit="outcome",
    ),
)
"""Every measure, by its key."""

OF_NATURAL_KEY: Mapping[str, Measure] = MappingProxyType(
    {measure.natural_key: measure for measure in MEASURES.values()}
)
"""Every measure, by the key of its natural scale."""


def measure_name(key: str, *, horizon: float | None = None, time_unit: str | None = None) -> str:
    """Name of a measure as a report prints it, with its time.

    Examples
    --------
    >>> measure_name("survival_difference", horizon=24, time_unit="months")
    'S(24 months) difference'
    >>> measure_name("rmst_difference", horizon=24, time_unit="months")
    'RMST difference (to 24 months)'
    """
    name = MEASURES[key].name
    if horizon is None:
        return name
    time = f"{horizon:g}" if time_unit is None else f"{horizon:g} {time_unit}"
    return f"S({time}) difference" if key == "survival_difference" else f"{name} (to {time})"
