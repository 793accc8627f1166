"""Covariates for patients of whom only an outcome is known.

Rows of covariates are made with the published marginals exactly, joined by a Gaussian
copula, and handed to patients by the permutation algorithm: in ascending time, a patient
with an event gets a row drawn with probability proportional to its hazard exp(beta . x)
from the rows not yet given, a censored one any of them. That is the conditional law of who
is who under a Cox model with censoring that does not depend on the covariates. Without
effects beta the rows say nothing about the outcome, and neither does any weighting by them.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy.optimize import brentq
from scipy.special import ndtr
from scipy.stats import norm

from survcomp.errors import InputError
from survcomp.values.checks import BoolArray, FloatArray, read_only_matrix
from survcomp.values.populations.population import SD, Mean, Median, Moment, Population, Proportion
from survcomp.values.prognostic.correlation import Correlation

IntArray = NDArray[np.intp]

LARGEST_SCORE = 0.95
"""Correlations of normal scores beyond this are not looked for."""

REPAIRED = 0.1
"""Largest change of a correlation to fit the marginals and the others; it is reported."""

NODES = 100
"""Points of the second covariate's normal in an expected product; errors stay below 0.002."""


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Marginals:
    """Values of p covariates for n patients, each column by itself.

    Attributes
    ----------
    names : tuple of str
        The covariates.
    values : ndarray of shape (n, p)
        Each column ascending: a set of values, not yet rows of patients.
    """

    names: tuple[str, ...]
    values: FloatArray

    @property
    def n(self) -> int:
        """Number of patients."""
        return int(self.values.shape[0])


def why_no_marginal(moments: Sequence[Moment]) -> str:
    """Why these moments of one covariate do not give its distribution, or nothing.

    A proportion does, a mean with its SD, and a median with a range or interquartile range.
    """
    kinds = {moment.kind: moment for moment in moments}
    if "proportion" in kinds:
        p = kinds["proportion"].value
        return "" if 0 < p < 1 else f"it is {p:g} for every patient of the baseline"
    if "mean" in kinds and "SD" in kinds:
        return ""
    median = kinds.get("median")
    if isinstance(median, Median):
        if median.spread not in ("range", "interquartile range"):
            return "its median has no range or interquartile range"
        if median.low is None or median.high is None:
            return f"a limit of its {median.spread} is missing"
        if not median.low < median.value < median.high:
            return f"its median lies on a limit of its {median.spread}"
        return ""
    return f"the baseline has only its {', '.join(kinds)}"


def marginals(population: Population, names: Sequence[str], *, n: int) -> Marginals:
    """Values for n patients that have a population's published marginals.

    Parameters
    ----------
    population : Population
        Baseline of the patients.
    names : sequence of str
        Covariates, each with a proportion, a mean and SD, or a median with its spread.
    n : int
        Number of patients.

    Returns
    -------
    Marginals
        A proportion becomes the nearest whole number of ones. A mean and SD (divisor
        n - 1) are met exactly by normal scores. A median is met by two halves of normals,
        each as wide as the printed range (whose limits are met) or interquartile range asks.

    Raises
    ------
    InputError
        If moments do not give a distribution, or the n patients would all be alike.
    NotFoundError
        If the population says nothing about a covariate.

    Examples
    --------
    >>> population = Population.from_moments(
    ...     [Proportion.from_count("male", 59, 100), Mean(name="age", value=61),
    ...      SD(name="age", value=9)], n=100, name="trial")
    >>> marginal = marginals(population, ["male", "age"], n=40)
    >>> marginal.values.mean(axis=0).round(6).tolist()
    [0.6, 61.0]
    """
    columns = []
    for name in names:
        moments = population.named(name)
        why = why_no_marginal(moments)
        if why:
            raise InputError(f"`baseline` cannot give values of {name!r}: {why}.")
        columns.append(_column(name, moments, n))
    return Marginals(names=tuple(names), values=read_only_matrix(columns, columns=len(columns)))


def _column(name: str, moments: Sequence[Moment], n: int) -> FloatArray:
    by_kind = {type(moment): moment for moment in moments}
    score = np.asarray(norm.ppf((np.arange(n) + 0.5) / n))
    if Proportion in by_kind:
        ones = int(np.floor(by_kind[Proportion].value * n + 0.5))
        if not 0 < ones < n:
            raise InputError(
                f"{name!r} at {by_kind[Proportion].value:g} is the same for all of {n} patients."
            )
        return (np.arange(n) >= n - ones).astype(float)
    if Mean in by_kind and SD in by_kind:
        return np.asarray(by_kind[Mean].value + by_kind[SD].value * score / score.std(ddof=1))
    median = by_kind[Median]
    assert isinstance(median, Median)
    assert median.low is not None
    assert median.high is not None
    edge = score[-1] if median.spread == "range" else float(norm.ppf(0.75))
    wide = np.where(score < 0, median.value - median.low, median.high - median.value)
    return np.asarray(median.value + wide * score / edge)


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Copula:
    """Gaussian copula of p covariates.

    Attributes
    ----------
    factor : ndarray of shape (p, p)
        A, which turns independent normals into normal scores of correlation A A'.
    departure : float
        Largest difference between a correlation that was asked for and the one reached.
    """

    factor: FloatArray
    departure: float


def copula(marginal: Marginals, correlation: Correlation | None) -> Copula:
    """Copula that gives covariates of known marginals the wanted correlations.

    Parameters
    ----------
    marginal : Marginals
        The covariates.
    correlation : Correlation or None
        Must have every covariate; None stands for independence.

    Returns
    -------
    Copula
        Worked out pair by pair. Correlations of a cohort with other marginals may be a little
        out of reach, and tables with an empty cell ask for normal scores that go together
        almost wholly and need not fit with the other pairs; the nearest ones that do are
        taken, and `departure` says how far they are from what was asked for.

    Raises
    ------
    InputError
        If a covariate is not in the correlation, or a correlation would have to change by
        more than 0.1 to be in reach of the marginals or to fit with the others.

    References
    ----------
    Cario MC, Nelson BL (1997), "Modeling and generating random vectors with arbitrary
    marginal distributions and correlation matrix".
    """
    p = len(marginal.names)
    if correlation is None:
        return Copula(factor=np.eye(p), departure=0.0)
    pairs = [(i, j) for i in range(p) for j in range(i)]
    wanted = [correlation.between(marginal.names[i], marginal.names[j]) for i, j in pairs]
    of_scores = correlation.scale == "normal scores"
    scores = np.eye(p)
    for (i, j), r in zip(pairs, wanted, strict=True):
        scores[i, j] = scores[j, i] = r if of_scores else _score_correlation(marginal, i, j, r)
    factor = _nearest_factor(scores)
    reached = factor @ factor.T
    got = [
        reached[i, j] if of_scores else _expected(marginal, i, j, reached[i, j]) for i, j in pairs
    ]
    departures = np.abs(np.array(got) - np.array(wanted))
    worst = int(departures.argmax()) if pairs else 0
    if pairs and departures[worst] > REPAIRED:
        i, j = pairs[worst]
        raise InputError(
            f"the correlations of {correlation.source} cannot all hold at once: that of "
            f"{marginal.names[j]!r} and {marginal.names[i]!r} would have to be {got[worst]:.2f} "
            f"instead of {wanted[worst]:.2f}; use fewer covariates."
        )
    return Copula(factor=factor, departure=float(departures.max(initial=0.0)))


def _score_correlation(marginal: Marginals, i: int, j: int, wanted: float) -> float:
    """Correlation of normal scores that gives two covariates the wanted one."""
    low, high = (_expected(marginal, i, j, rho) for rho in (-LARGEST_SCORE, LARGEST_SCORE))
    if not low - REPAIRED <= wanted <= high + REPAIRED:
        first, second = marginal.names[i], marginal.names[j]
        raise InputError(
            f"a correlation of {wanted:.2f} between {first!r} and {second!r} is "
            f"out of reach of their published marginals, which allow {low:.2f} to {high:.2f}."
        )
    if not low < wanted < high:
        return LARGEST_SCORE if wanted >= high else -LARGEST_SCORE
    return float(
        brentq(
            lambda rho: _expected(marginal, i, j, rho) - wanted,
            -LARGEST_SCORE,
            LARGEST_SCORE,
            xtol=1e-3,
        )
    )


def _expected(marginal: Marginals, i: int, j: int, rho: float) -> float:
    """Correlation of two covariates whose normal scores have the correlation rho."""
    n = marginal.n
    left, right = marginal.values[:, i], marginal.values[:, j]
    score = norm.ppf((np.arange(n) + 0.5) / n)
    noise = norm.ppf((np.arange(NODES) + 0.5) / NODES)
    share = ndtr(rho * score[:, None] + np.sqrt(1 - rho**2) * noise)
    picked = right[np.minimum((share * n).astype(np.intp), n - 1)]
    product = np.mean((left - left.mean())[:, None] * (picked - right.mean()))
    return float(product / (left.std() * right.std()))


def _nearest_factor(scores: FloatArray) -> FloatArray:
    """Factor of a correlation matrix, with negative eigenvalues taken as 0.

    Pairs that are worked out one at a time, above all of tables with an empty cell, need not
    fit together exactly; the caller checks what is left of them.
    """
    value, vector = np.linalg.eigh(scores)
    root = vector * np.sqrt(np.maximum(value, 1e-9))
    return np.asarray(root / np.sqrt((root**2).sum(axis=1, keepdims=True)))


def draw_ranks(n: int, joined: Copula, rng: np.random.Generator) -> IntArray:
    """Which value of each column a row gets: n rows, by normal scores.

    Returns
    -------
    ndarray of shape (n, p), int
        Each column a permutation of 0 to n - 1, so that marginals stay exact.
    """
    scores = rng.standard_normal((n, joined.factor.shape[0])) @ joined.factor.T
    return np.asarray(scores.argsort(axis=0).argsort(axis=0))


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Keys:
    """Random numbers that one assignment of rows to patients uses.

    With the same keys, assignments under different effects differ by the effects only.

    Attributes
    ----------
    race : ndarray of shape (n,)
        Standard exponential times.
    shuffled : ndarray of shape (n,), int
        A random order of the rows.
    """

    race: FloatArray
    shuffled: IntArray

    @classmethod
    def draw(cls, n: int, rng: np.random.Generator) -> Keys:
        """Keys for n rows."""
        return cls(race=rng.standard_exponential(n), shuffled=rng.permutation(n))


def assign_rows(event: BoolArray, linear_predictor: FloatArray, keys: Keys) -> IntArray:
    r"""Give each patient a row of covariates: the permutation algorithm.

    Parameters
    ----------
    event : ndarray of shape (n,), bool
        Patients in ascending time; at a tie, events come before censorings.
    linear_predictor : ndarray of shape (n,)
        beta . x of each row.
    keys : Keys
        The randomness.

    Returns
    -------
    ndarray of shape (n,), int
        Row of each patient: a permutation.

    Notes
    -----
    Drawing in turn with probability proportional to exp(beta . x) is a race: row j arrives
    at an exponential time of rate exp(beta . x_j), and the next event takes the first to
    arrive of those left. A censored patient takes the next of a random order, which tells
    nothing about arrivals, so that what is left is again a race from anew. Two sorts replace
    n draws from n rows.

    References
    ----------
    Abrahamowicz M, MacKenzie T, Esdaile JM (1996), JASA 91:1432. Sylvestre MP,
    Abrahamowicz M (2008), Stat Med 27:2618.

    Examples
    --------
    >>> keys = Keys.draw(4, np.random.default_rng(1))
    >>> sorted(assign_rows(np.array([True, False, True, False]), np.zeros(4), keys).tolist())
    [0, 1, 2, 3]
    """
    arrival = np.argsort(np.log(keys.race) - linear_predictor)
    free = bytearray(b"\x01") * event.size
    waiting = (iter(keys.shuffled.tolist()), iter(arrival.tolist()))
    given = np.empty(event.size, dtype=np.intp)
    for patient, has_event in enumerate(event.tolist()):
        row = next(candidate for candidate in waiting[has_event] if free[candidate])
        free[row] = 0
        given[patient] = row
    return given
