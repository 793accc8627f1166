"""`Question`: what an effect is about."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from survcomp.errors import InputError
from survcomp.values.checks import TimeUnit, check_option, check_time
from survcomp.values.contrasts.measure import MEASURES, MeasureKey

Estimand = Literal["marginal", "conditional", "not stated"]


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
    trial : str
        The one trial whose patients are compared; "" where there is none.
    estimand : {"marginal", "conditional", "not stated"}
        Kind of effect.

    Examples
    --------
    >>> import survcomp as sc
    >>> about = sc.Question(treatment="cilta-cel", comparator="ide-cel", outcome="PFS",
    ...                     measure="log_hr", population="KarMMa")
    >>> effect = sc.Contrast.from_interval(about, value=0.42, ci_low=0.26, ci_high=0.68)
    >>> print(effect.treatment, "against", effect.comparator, effect.outcome, effect)
    cilta-cel against ide-cel PFS HR 0.42 (95% CI 0.26 to 0.68)
    """

    treatment: str
    comparator: str
    outcome: str
    measure: MeasureKey
    population: str
    time_unit: TimeUnit | None = None
    horizon: float | None = None
    estimand: Estimand = "not stated"
    trial: str = ""


def unstated_times(
    measure: MeasureKey, time_unit: TimeUnit | None, horizon: float | None
) -> tuple[str, ...]:
    """Which of the time unit and the horizon a measure should have, and has not."""
    given = {"time_unit": time_unit, "horizon": horizon}
    return tuple(name for name in MEASURES[measure].time_fields if given[name] is None)


def check_times(measure: MeasureKey, time_unit: TimeUnit | None, horizon: float | None) -> None:
    """Raise unless the time unit and the horizon are those that the measure may have."""
    for name, given in (("time_unit", time_unit), ("horizon", horizon)):
        if given is not None and name not in MEASURES[measure].time_fields:
            known = (repr(key) for key, each in MEASURES.items() if name in each.time_fields)
            raise InputError(
                f"`contrast.{name}` does not go with the measure {measure!r}; only with "
                f"{', '.join(known)}."
            )
    if time_unit is not None:
        check_option(time_unit, TimeUnit, name="contrast.time_unit")
    if horizon is not None:
        check_time(horizon, name="contrast.horizon")
    missing = unstated_times(measure, time_unit, horizon)
    if measure == "survival_difference" and missing:
        raise InputError(
            f"`contrast.{missing[0]}` is missing: a difference in survival is one at a "
            "time, whose `horizon` and `time_unit` must be given."
        )
