"""An estimate with its errors: from a standard error, or from resampled patients.

Of an ensemble there is one estimator a draw. The estimate is the mean over the draws, from
everybody, and a replicate resamples the patients and takes one draw, so that the variance of
the replicates is, by the law of total variance, that within draws (sampling) and that between
them (reconstruction). The two are told apart by each draw's own estimate. The draws' departures
from their mean are stretched by sqrt((M + 1) / (M - 1)), which makes their variance the
(1 + 1/M) B of Rubin's rules, as everywhere else where M draws are pooled.
"""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Callable, Sequence
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from survcomp.comparison.bootstrap.draws import Resampling
from survcomp.comparison.bootstrap.intervals import (
    Limits,
    acceleration,
    bca_interval,
    normal_interval,
    percentile_interval,
)
from survcomp.comparison.bootstrap.result import Failures
from survcomp.errors import BeyondFollowUpError, InputError
from survcomp.values.checks import FloatArray, Rng, generator
from survcomp.values.contrasts.link_estimate import WALD, LinkEstimate
from survcomp.values.quantiles import normal_quantile

IntArray = NDArray[np.intp]
Estimator = Callable[..., float]
"""From one array of row numbers a group of patients to an estimate."""

BOTH_SIDES = "both sides resampled"
REFITTED = "the model fitted every time; the target is held fixed"


class Estimated(NamedTuple):
    """An estimate, its errors and its interval, with words on what the interval is.

    `method` is how the limits were made.
    `se_reconstruction` is None where no draws of a reconstruction were estimated from; `draws`
    of them are behind it otherwise. `failures` of the bootstrap's `replicates` have no estimate.
    """

    value: float
    se_sampling: float
    ci_low: float
    ci_high: float
    level: float
    words: str
    replicates: int = 0
    failures: tuple[Failures, ...] = ()
    se_reconstruction: float | None = None
    draws: int = 1
    method: str = WALD

    @property
    def numbers(self) -> LinkEstimate:
        """The same with the total standard error."""
        return LinkEstimate(
            estimate=self.value,
            se_sampling=self.se_sampling,
            se_reconstruction=self.se_reconstruction,
            ci_low=self.ci_low,
            ci_high=self.ci_high,
            level=self.level,
            interval_method=self.method,
        )


def wald(value: float, se: float, level: float, words: str) -> Estimated:
    """Interval of a standard error."""
    half = normal_quantile(level) * se
    return Estimated(value, se, value - half, value + half, level, words)


def bootstrap(
    estimators: Sequence[Estimator],
    sizes: Sequence[int],
    *,
    rng: Rng,
    resampling: Resampling,
    resampled: str = BOTH_SIDES,
) -> Estimated:
    """Estimate from everybody, and its spread over resampled groups of patients.

    Parameters
    ----------
    estimators : sequence of callable
        One a draw of a reconstruction; one alone where there are no draws.
    sizes : sequence of int
        Patients in each group; they are drawn with replacement within it.
    rng : Generator
        Source of one seed a replicate.
    resampling : Resampling
        Replicates, kind of interval and level; one worker.
    resampled : str
        What is drawn again, in words.

    Raises
    ------
    InputError
        If everybody together has no estimate, too few replicates have one, or BCa is asked
        for of draws.
    """
    if resampling.workers != 1:
        raise InputError(
            f"`resampling.workers` must be 1 for an outcome model; got {resampling.workers}."
        )
    numbers = generator(rng)
    draws = len(estimators)
    if draws > 1 and resampling.interval == "BCa":
        raise InputError(
            "`interval`: BCa leaves out one patient at a time, and patients of different draws of "
            "an ensemble are not the same; use 'percentile' or 'normal'."
        )
    everybody = [np.arange(size) for size in sizes]
    centre = _Centre.of(
        [_in_draw(number, draws, f, everybody) for number, f in enumerate(estimators)]
    )
    drawn = _replicates(estimators, sizes, numbers, resampling.replicates)
    within = drawn.value - centre.departure[drawn.draw]
    replicates = within + centre.stretched[drawn.draw]
    low, high = _limits(estimators[0], centre.value, replicates, everybody, resampling)
    estimated = Estimated(
        value=centre.value,
        se_sampling=float(within.std(ddof=1)),
        ci_low=low,
        ci_high=high,
        level=resampling.level,
        words=f"{resampling.interval} bootstrap of {resampling.replicates}, {resampled}, "
        f"{REFITTED}",
        replicates=resampling.replicates,
        failures=drawn.failures,
        method=f"bootstrap {resampling.interval}",
    )
    if draws == 1:
        return estimated
    between = float(np.mean(centre.stretched**2))
    return estimated._replace(se_reconstruction=math.sqrt(between), draws=draws)


class _Centre(NamedTuple):
    """Mean of the draws' estimates, and each draw's departure from it, of shape (M,)."""

    value: float
    departure: FloatArray

    @classmethod
    def of(cls, estimates: Sequence[float]) -> _Centre:
        shift = np.array(estimates) - estimates[0]  # so that draws that agree depart by 0 exactly
        mean = float(shift.mean())
        return cls(estimates[0] + mean, shift - mean)

    @property
    def stretched(self) -> FloatArray:
        """Departures whose mean square is (1 + 1/M) B."""
        m = self.departure.size
        return self.departure * math.sqrt((m + 1) / (m - 1)) if m > 1 else self.departure


def _in_draw(number: int, draws: int, estimator: Estimator, rows: list[IntArray]) -> float:
    """Estimate from these rows; an error names the draw where there are several."""
    try:
        return estimator(*rows)
    except InputError as error:
        if draws == 1:
            raise
        raise error.within(f"draw {number + 1}") from error


class _Replicates(NamedTuple):
    """Estimates of the replicates that have one, and the draw of each."""

    value: FloatArray
    draw: IntArray
    failures: tuple[Failures, ...]


def _replicates(
    estimators: Sequence[Estimator], sizes: Sequence[int], rng: np.random.Generator, count: int
) -> _Replicates:
    estimates: list[float] = []
    drawn: list[int] = []
    failed = Counter[str]()
    for seed in np.random.SeedSequence(rng.integers(2**63)).spawn(count):
        rng_of_one = np.random.default_rng(seed)
        rows = [rng_of_one.integers(size, size=size) for size in sizes]
        draw = int(rng_of_one.integers(len(estimators)))  # last, so that draws change no patient
        try:
            estimates.append(estimators[draw](*rows))
        except InputError as error:
            failed[_reason(error)] += 1
        else:
            drawn.append(draw)
    return _Replicates(
        np.array(estimates),
        np.array(drawn, dtype=np.intp),
        tuple(Failures(reason=why, count=times) for why, times in failed.items()),
    )


def _reason(error: InputError) -> str:
    """The message, without the numbers that differ from replicate to replicate."""
    if isinstance(error, BeyondFollowUpError):
        return "the horizon lies beyond the follow-up"
    return str(error).rstrip(".")


def _limits(
    estimator: Estimator,
    value: float,
    replicates: FloatArray,
    everybody: list[IntArray],
    resampling: Resampling,
) -> Limits:
    level = resampling.level
    if resampling.interval == "percentile":
        return percentile_interval(replicates, level=level)
    if resampling.interval == "normal":
        return normal_interval(replicates, estimate=value, level=level)
    changes = [
        np.array(
            [
                estimator(*(np.delete(r, i) if h == g else r for h, r in enumerate(everybody)))
                for i in range(rows.size)
            ]
        )
        for g, rows in enumerate(everybody)
    ]
    return bca_interval(replicates, estimate=value, acceleration=acceleration(changes), level=level)
