"""Bucher's indirect comparison through a common comparator (1997).

Of two differences of probabilities (of risk, or of survival at a time) the limits are
combined, not the standard errors (MOVER, Zou and Donner 2008): with every or no patient
responding, or nobody dead, a Wald standard error is 0, while limits such as Newcombe's are not.

Without a common comparator it is not an anchored comparison: it can then be computed as an
exploratory figure only, and says so.
"""

from __future__ import annotations

import math

from survcomp.errors import IncompatibleError
from survcomp.values.checks import check_type
from survcomp.values.contrasts.contrast import (
    Contrast,
)
from survcomp.values.contrasts.derivation import Derivation
from survcomp.values.contrasts.link_estimate import WALD, LinkEstimate
from survcomp.values.contrasts.measure import MEASURES
from survcomp.values.contrasts.question import Question
from survcomp.values.quantiles import normal_quantile


def bucher(
    first: Contrast,
    second: Contrast,
    *,
    population: str,
    different_comparators: str = "",
    level: float = 0.95,
) -> Contrast:
    """Effect of `first.treatment` against `second.treatment` through their comparators.

    Parameters
    ----------
    first, second : Contrast
        Effects against what should be the same comparator, on the same measure, outcome
        and estimand, each with a standard error; two differences of probabilities each with
        an interval at `level`; differences of times in one time unit, of RMST to one horizon,
        of survival at one time.
    population : str
        Whose answer the result is meant to be.
    different_comparators : str
        If the comparators differ: why the figure is still shown. The result is then
        exploratory, not anchored.
    level : float
        Confidence level.

    Returns
    -------
    Contrast
        Its interval is that of Wald; of differences of probabilities d1 and d2 with limits l
        and u it is, by MOVER, d1 - d2 - sqrt((d1 - l1)^2 + (u2 - d2)^2) to
        d1 - d2 + sqrt((u1 - d1)^2 + (d2 - l2)^2), and need not be symmetric. `interval`
        says where censoring was assumed, and the notes what the two intervals hold.

    Raises
    ------
    IncompatibleError
        If measure, outcome, estimand, time unit, horizon or (without
        `different_comparators`) comparator differ, a time unit or horizon that the measure
        has is not stated, or a standard error or interval that is needed is missing.

    References
    ----------
    Bucher HC, Guyatt GH, Griffith LE, Walter SD (1997), J Clin Epidemiol 50:683.
    Zou GY, Donner A (2008), Stat Med 27:1693.

    Examples
    --------
    >>> from survcomp import Contrast, Question, bucher
    >>> def effect(treatment, hr, low, high):
    ...     question = Question(treatment=treatment, comparator="standard", outcome="PFS",
    ...                         measure="log_hr", population="own trial")
    ...     return Contrast.from_interval(question, value=hr, ci_low=low, ci_high=high)
    >>> print(bucher(effect("A", 0.40, 0.29, 0.55), effect("B", 0.49, 0.38, 0.63),
    ...              population="own trials"))
    HR 0.82 (95% CI 0.54 to 1.23)
    """
    for name, effect in (("first", first), ("second", second)):
        check_type(effect, Contrast, name=name, taken="a Contrast, an effect with its meaning")
    _check_alike(first, second)
    same = first.comparator == second.comparator
    if not same and not different_comparators:
        raise IncompatibleError(
            f"no common comparator: {first.comparator!r} and {second.comparator!r}. A Bucher "
            "comparison would not be anchored; say in `different_comparators` why the figure is "
            "still shown, and it will be called exploratory."
        )
    return Contrast.from_link(
        Question(
            treatment=first.treatment,
            comparator=second.treatment,
            outcome=first.outcome,
            measure=first.measure,
            population=population,
            time_unit=first.time_unit,
            horizon=first.horizon,
            estimand=first.estimand,
        ),
        _difference(first, second, level),
        interval=_interval(first, second),
        derivation=Derivation(
            adjustment="none",
            method="Bucher comparison" if same else "exploratory: Bucher without common comparator",
            assumptions=(
                *([] if same else [different_comparators]),
                *_transported(first, second, population),
                *first.assumptions,
                *second.assumptions,
            ),
            notes=(*_notes(first, second), *first.remarks, *second.remarks),
            sources=(*first.sources, *second.sources),
        ),
        assumes_censoring=first.assumes_censoring or second.assumes_censoring,
    )


def _check_alike(first: Contrast, second: Contrast) -> None:
    for field in ("measure", "outcome", "estimand", "time_unit", "horizon"):
        left, right = getattr(first, field), getattr(second, field)
        if left != right:
            raise IncompatibleError(f"the two effects differ in {field}: {left!r} and {right!r}.")
    if first.unstated:
        raise IncompatibleError(
            f"the {' and the '.join(first.unstated)} of two {MEASURES[first.measure].name}s is not "
            "stated: times in other units, or areas to other times, cannot be subtracted."
        )


def _transported(first: Contrast, second: Contrast, population: str) -> list[str]:
    return [
        f"The effect of {c.treatment} against {c.comparator} is the same in {c.population} and in "
        f"{population}."
        for c in (first, second)
        if c.population != population
    ]


def _difference(first: Contrast, second: Contrast, level: float) -> LinkEstimate:
    """First less second on the link scale, with both errors."""
    mover = MEASURES[first.measure].is_probability
    low, high = _mover(first, second, level) if mover else _wald(first, second, level)
    return LinkEstimate(
        estimate=first.link_value - second.link_value,
        se=_root_sum(first.se, second.se),
        se_sampling=_root_sum(first.se_sampling, second.se_sampling),
        se_reconstruction=_reconstruction(first, second),
        ci_low=low,
        ci_high=high,
        level=level,
        interval_method="MOVER" if mover else WALD,
    )


def _wald(first: Contrast, second: Contrast, level: float) -> tuple[float, float]:
    if first.se is None or second.se is None:
        raise IncompatibleError(
            "an effect has no standard error: no interval was published, or it was not given; "
            "Contrast.from_interval makes it from one."
        )
    estimate = first.link_value - second.link_value
    half = normal_quantile(level) * math.hypot(first.se, second.se)
    return estimate - half, estimate + half


def _mover(first: Contrast, second: Contrast, level: float) -> tuple[float, float]:
    """Limits of a difference from the distances of each limit to its estimate."""
    (below_first, above_first), (below_second, above_second) = (
        _distances(c, level) for c in (first, second)
    )
    estimate = first.link_value - second.link_value
    return (
        estimate - math.hypot(below_first, above_second),
        estimate + math.hypot(above_first, below_second),
    )


def _distances(contrast: Contrast, level: float) -> tuple[float, float]:
    if contrast.link_ci is None:
        raise IncompatibleError(
            f"the {_kind(contrast)} difference of {contrast.treatment} against "
            f"{contrast.comparator} has no interval; its limits are what is combined."
        )
    if contrast.level != level:
        raise IncompatibleError(
            f"the interval of {contrast.treatment} against {contrast.comparator} has the level "
            f"{contrast.level:g}; limits of {_kind(contrast)} differences are combined at their "
            f"own level, so `level` must be the same; got {level:g}."
        )
    low, high = contrast.link_ci
    return contrast.link_value - low, high - contrast.link_value


def _kind(contrast: Contrast) -> str:
    """Which probabilities a difference is of."""
    return "risk" if contrast.measure == "risk_difference" else "survival"


def _root_sum(first: float | None, second: float | None) -> float | None:
    return None if first is None or second is None else math.hypot(first, second)


def _reconstruction(first: Contrast, second: Contrast) -> float | None:
    """Reconstruction error of both effects, where that of one at least is known."""
    known = [c.se_reconstruction for c in (first, second) if c.se_reconstruction is not None]
    return math.hypot(*known) if known else None


def _interval(first: Contrast, second: Contrast) -> str:
    """What the interval holds; an effect from assumed censoring keeps saying so."""
    error = "sampling error"
    if _reconstruction(first, second) is not None:
        error = "sampling and reconstruction error"
    published = "published " * (first.is_published and second.is_published)
    assumed = ", under assumed censoring" * (first.assumes_censoring or second.assumes_censoring)
    return f"{error} of the two {published}effects{assumed}"


def _notes(first: Contrast, second: Contrast) -> list[str]:
    notes = []
    if not (first.is_published and second.is_published):
        notes += [
            f"The interval of {c.treatment} against {c.comparator} holds: {c.interval}."
            for c in (first, second)
        ]
    if MEASURES[first.measure].is_probability:
        notes.append(
            f"The limits of the two {_kind(first)} differences are combined (MOVER, Zou and Donner "
            "2008), not their standard errors."
        )
    return notes
