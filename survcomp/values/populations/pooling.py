"""One baseline of several arms, from the baselines of each."""

from __future__ import annotations

import math
from collections.abc import Sequence

from survcomp.errors import IncompatibleError, InputError
from survcomp.values.populations.moments import SD, Mean, Moment, Proportion
from survcomp.values.populations.population import Population


def pooled_population(
    populations: Sequence[Population], *, name: str, without: Sequence[str] = ()
) -> Population:
    r"""Baseline of all patients of several arms together.

    Parameters
    ----------
    populations : sequence of Population
        At least two, of different patients.
    name : str
        Name of the pooled population.
    without : sequence of str
        Moments to leave out, such as "age (median)". Medians and other quantiles cannot be
        pooled, and neither can what only some of the arms state: each must be named here.

    Returns
    -------
    Population

    Raises
    ------
    InputError
        If there are fewer than two, a moment cannot be pooled and is not in `without`, or
        `without` names what is not there.
    IncompatibleError
        If the arms are of different analysis sets, index dates or data cuts, or define a
        covariate differently.

    Notes
    -----
    The variance has the part between the arms, which pooling by (n_k - 1) alone leaves out:

    .. math:: s^2 = \frac{\sum_k (n_k - 1) s_k^2 + \sum_k n_k (m_k - m)^2}{N - 1}

    with n_k in place of n_k - 1, and N of N - 1, where the SDs have the divisor n.

    Examples
    --------
    >>> from survcomp import SD, Mean, Population, pooled_population
    >>> arms = [Population.from_moments([Mean(name="age", value=m), SD(name="age", value=8,
    ...         divisor="n - 1")], n=n, name=str(m)) for m, n in ((60, 100), (64, 50))]
    >>> [round(moment.value, 3) for moment in pooled_population(arms, name="both").moments]
    [61.333, 8.195]
    """
    if len(populations) < 2:
        raise InputError(f"`populations` must be at least two; got {len(populations)}.")
    if len({population.basis for population in populations}) > 1:
        raise IncompatibleError(
            "`populations` count patients differently (analysis set, index date or data cut) and "
            "are not pooled."
        )
    keys = dict.fromkeys((m.name, m.kind) for p in populations for m in p.moments)
    absent = set(without) - {f"{covariate} ({kind})" for covariate, kind in keys}
    if absent:
        raise InputError(f"`without` names {sorted(absent)[0]!r}, which no population states.")
    return Population(
        name=name,
        n=sum(population.n for population in populations),
        moments=tuple(
            _pooled(populations, covariate, kind)
            for covariate, kind in keys
            if f"{covariate} ({kind})" not in without
        ),
        basis=populations[0].basis,
    )


def _pooled(populations: Sequence[Population], covariate: str, kind: str) -> Moment:
    moments = [_find(population, covariate, kind) for population in populations]
    first = moments[0]
    if len({moment.definition for moment in moments}) > 1:
        raise IncompatibleError(f"`populations` define {covariate!r} differently.")
    sizes = [m.n or p.n for m, p in zip(moments, populations, strict=True)]
    total = sum(sizes)
    value = sum(n * moment.value for n, moment in zip(sizes, moments, strict=True)) / total
    words = {"label": first.label, "definition": first.definition}
    if isinstance(first, Proportion):
        return _pooled_proportion([m for m in moments if isinstance(m, Proportion)], value, total)
    if isinstance(first, Mean):
        return Mean(name=covariate, value=value, n=total, **words)
    if isinstance(first, SD):
        sds = [moment for moment in moments if isinstance(moment, SD)]
        means = [_find(population, covariate, "mean").value for population in populations]
        return _pooled_sd(sds, means, sizes)
    raise InputError(
        f"the {kind} of {covariate!r} cannot be pooled from those of the arms; leave it out with "
        f"without=['{covariate} ({kind})']."
    )


def _pooled_proportion(proportions: list[Proportion], value: float, total: int) -> Proportion:
    counts = [moment.count for moment in proportions if moment.count is not None]
    return Proportion(
        name=proportions[0].name,
        value=value,
        n=total,
        count=sum(counts) if len(counts) == len(proportions) else None,
        label=proportions[0].label,
        definition=proportions[0].definition,
    )


def _pooled_sd(sds: list[SD], means: list[float], sizes: list[int]) -> SD:
    divisor = sds[0].divisor
    if any(moment.divisor != divisor for moment in sds):
        raise InputError(f"the SDs of {sds[0].name!r} have different divisors.")
    less = 1 if divisor == "n - 1" else 0
    total = sum(sizes)
    mean = sum(n * m for n, m in zip(sizes, means, strict=True)) / total
    within = sum((n - less) * moment.value**2 for n, moment in zip(sizes, sds, strict=True))
    between = sum(n * (m - mean) ** 2 for n, m in zip(sizes, means, strict=True))
    return SD(
        name=sds[0].name,
        value=math.sqrt((within + between) / (total - less)),
        n=total,
        divisor=divisor,
        label=sds[0].label,
        definition=sds[0].definition,
    )


def _find(population: Population, covariate: str, kind: str) -> Moment:
    for moment in population.moments:
        if (moment.name, moment.kind) == (covariate, kind):
            return moment
    raise InputError(
        f"{population.name!r} does not state the {kind} of {covariate!r}; leave it out with "
        f"without=['{covariate} ({kind})']."
    )
