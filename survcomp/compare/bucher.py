"""Bucher's indirect comparison through a common comparator (1997).

Without a common comparator it is not an anchored comparison: it can then be computed as an
exploratory figure only, and says so.
"""

from __future__ import annotations

import math

from survcomp.errors import IncompatibleError
from survcomp.values.contrast import Contrast, normal_quantile


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
        and estimand, each with a standard error.
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

    Raises
    ------
    IncompatibleError
        If measure, outcome, estimand or (without `different_comparators`) comparator
        differ, or a standard error is missing.

    References
    ----------
    Bucher HC, Guyatt GH, Griffith LE, Walter SD (1997), J Clin Epidemiol 50:683.

    Examples
    --------
    >>> from survcomp.values import Contrast
    >>> def effect(treatment, hr, low, high):
    ...     return Contrast.from_interval(
    ...         treatment=treatment, comparator="standard", outcome="PFS", measure="log_hr",
    ...         population="own trial", estimate=hr, ci_low=low, ci_high=high)
    >>> print(bucher(effect("A", 0.40, 0.29, 0.55), effect("B", 0.49, 0.38, 0.63),
    ...              population="own trials"))
    HR 0.82 (95% CI 0.54 to 1.23)
    """
    for field in ("measure", "outcome", "estimand"):
        left, right = getattr(first, field), getattr(second, field)
        if left != right:
            raise IncompatibleError(f"the two effects differ in {field}: {left!r} and {right!r}.")
    same = first.comparator == second.comparator
    if not same and not different_comparators:
        raise IncompatibleError(
            f"no common comparator: {first.comparator!r} and {second.comparator!r}. A Bucher "
            "comparison would not be anchored; say in `different_comparators` why the figure is "
            "still shown, and it will be called exploratory."
        )
    if first.se is None or second.se is None:
        raise IncompatibleError("an effect has no standard error (no interval was published).")
    estimate = first.estimate - second.estimate
    se = math.hypot(first.se, second.se)
    reconstruction = _reconstruction(first, second)
    half = normal_quantile(level) * math.hypot(se, reconstruction or 0.0)
    assumptions = [
        f"The effect of {c.treatment} against {c.comparator} is the same in {c.population} and in "
        f"{population}."
        for c in (first, second)
        if c.population != population
    ]
    if not same:
        assumptions.insert(0, different_comparators)
    return Contrast(
        treatment=first.treatment,
        comparator=second.treatment,
        outcome=first.outcome,
        measure=first.measure,
        population=population,
        estimate=estimate,
        se=se,
        se_reconstruction=reconstruction,
        ci_low=estimate - half,
        ci_high=estimate + half,
        level=level,
        interval="sampling error of the two published effects"
        if reconstruction is None
        else "sampling and reconstruction error of the two effects",
        estimand=first.estimand,
        adjustment="none",
        method="Bucher comparison" if same else "exploratory: Bucher without common comparator",
        assumptions=(*assumptions, *first.assumptions, *second.assumptions),
        notes=(*first.notes, *second.notes),
        sources=(*first.sources, *second.sources),
    )


def _reconstruction(first: Contrast, second: Contrast) -> float | None:
    """Reconstruction error of both effects, where that of one at least is known."""
    known = [c.se_reconstruction for c in (first, second) if c.se_reconstruction is not None]
    return math.hypot(*known) if known else None
