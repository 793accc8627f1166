"""Kinds of weights, and how each is estimated again in every replicate of a bootstrap.

Each kind is a small frozen setting with the function that makes such weights of one data set
and with one that makes those of many resampled data sets, by counts of patients: those that
the first gives on the patients drawn, written out. Entropy weights have a solver for a whole
batch (`survcomp.comparison.reweighting.batched`); the others are solved one data set at a time.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import ClassVar, NamedTuple, Protocol

import numpy as np
from numpy.typing import NDArray

from survcomp.adjustment.weighting.approximate import Maximum, approximate_weights, within_tolerance
from survcomp.adjustment.weighting.maic import BALANCE, maic_weights
from survcomp.adjustment.weighting.matching import columns_for, covariate_of
from survcomp.adjustment.weighting.max_ess import Solved, largest_ess, max_ess_weights
from survcomp.adjustment.weighting.problem import Leave, refuse_dependent, standardise
from survcomp.adjustment.weighting.two_stage import (
    inverse_propensity,
    propensity_names,
    truncated,
    two_stage_weights,
)
from survcomp.comparison.reweighting.batched import UNREACHED, batched_weights, start_from
from survcomp.comparison.reweighting.m_estimation import WeightForm
from survcomp.errors import InputError
from survcomp.values.checks import BoolArray, FloatArray
from survcomp.values.patients.ipd import IPD
from survcomp.values.populations.population import Population
from survcomp.values.weights import Weights

IntArray = NDArray[np.intp]


class Patients(NamedTuple):
    """What weights of n patients are made of.

    Attributes
    ----------
    z : ndarray of shape (n, p)
        Columns to balance less their targets, in standard deviations.
    treated : ndarray of shape (n,), bool
        Patients of the first arm.
    x : ndarray of shape (n, q)
        Covariates of a treatment model; q is 0 where there is none.
    """

    z: FloatArray
    treated: BoolArray
    x: FloatArray


class Reweighted(NamedTuple):
    """Weights of B data sets of n patients.

    Attributes
    ----------
    value : ndarray of shape (B, n)
        0 for patients who were not drawn, and where there are no weights.
    reached : ndarray of shape (B,), bool
        Where there are.
    """

    value: FloatArray
    reached: BoolArray


class Reweighting(Protocol):
    """A kind of weights.

    Attributes
    ----------
    words : str
        What is estimated in every replicate.
    fails : str
        Why a replicate may have no weights.
    """

    @property
    def words(self) -> str:
        """What is estimated in every replicate."""
        ...

    @property
    def fails(self) -> str:
        """Why a replicate may have no weights."""
        ...

    def start(self, z: FloatArray) -> FloatArray:
        """Coefficients to start every replicate from, of shape (p,)."""
        ...

    def batch(self, patients: Patients, count: FloatArray, start: FloatArray) -> Reweighted:
        """Weights of B data sets, from counts of the patients (B, n)."""
        ...


@dataclass(frozen=True, slots=True, kw_only=True)
class Entropy:
    """The usual weights, as `maic_weights`.

    Examples
    --------
    >>> import pandas as pd
    >>> import survcomp as sc
    >>> frame = pd.DataFrame({"months": range(1, 41), "pfs": 1})
    >>> frame["age"] = 70 - frame["months"] // 2 + 6 * (frame["months"] % 3)
    >>> mine = sc.IPD.from_frame(frame, time="months", event="pfs", time_unit="months",
    ...                          origin="observed", covariates=["age"], label="A")
    >>> theirs = sc.IPD.from_times(range(1, 30), [], arm="B", time_unit="months")
    >>> target = sc.Population.from_moments([sc.Mean(name="age", value=68)], n=29, name="B trial")
    >>> weights = sc.Entropy().of(mine, target, match=["age"])
    >>> print(f"ESS {weights.ess:.2f}")
    ESS 37.40
    """

    form: ClassVar[WeightForm] = "exponential"
    words: ClassVar[str] = "the weights"
    fails: ClassVar[str] = UNREACHED

    def of(
        self,
        ipd: IPD,
        population: Population,
        *,
        match: Sequence[str],
        all_or_none: Leave = "refuse",
        missing: Leave = "refuse",
    ) -> Weights:
        """Weights of one data set."""
        return maic_weights(ipd, population, match=match, all_or_none=all_or_none, missing=missing)

    def start(self, z: FloatArray) -> FloatArray:
        """Coefficients of all patients."""
        return start_from(z)

    def batch(self, patients: Patients, count: FloatArray, start: FloatArray) -> Reweighted:
        """Weights of B data sets, all at once."""
        weights = batched_weights(patients.z, count, start=start)
        return Reweighted(weights.value, weights.reached)


@dataclass(frozen=True, slots=True, kw_only=True)
class MaxESS:
    """Weights of the largest effective sample size, as `max_ess_weights`.

    Examples
    --------
    >>> import pandas as pd
    >>> import survcomp as sc
    >>> frame = pd.DataFrame({"months": range(1, 41), "pfs": 1})
    >>> frame["age"] = 70 - frame["months"] // 2 + 6 * (frame["months"] % 3)
    >>> mine = sc.IPD.from_frame(frame, time="months", event="pfs", time_unit="months",
    ...                          origin="observed", covariates=["age"], label="A")
    >>> theirs = sc.IPD.from_times(range(1, 30), [], arm="B", time_unit="months")
    >>> target = sc.Population.from_moments([sc.Mean(name="age", value=68)], n=29, name="B trial")
    >>> weights = sc.MaxESS().of(mine, target, match=["age"])
    >>> print(f"ESS {weights.ess:.2f}")
    ESS 37.45
    """

    form: ClassVar[WeightForm] = "linear"
    words: ClassVar[str] = "the weights of the largest effective sample size"
    fails: ClassVar[str] = UNREACHED

    def of(
        self,
        ipd: IPD,
        population: Population,
        *,
        match: Sequence[str],
        all_or_none: Leave = "refuse",
        missing: Leave = "refuse",
    ) -> Weights:
        """Weights of one data set."""
        return max_ess_weights(
            ipd, population, match=match, all_or_none=all_or_none, missing=missing
        )

    def start(self, z: FloatArray) -> FloatArray:
        """Nothing: each data set starts from equal weights."""
        return np.zeros(z.shape[1])

    def batch(self, patients: Patients, count: FloatArray, start: FloatArray) -> Reweighted:
        """Weights of B data sets, one after the other."""
        return _each(count, lambda rows: _accepted(largest_ess(_columns(patients.z[rows]))))


@dataclass(frozen=True, slots=True, kw_only=True)
class WithinTolerance:
    """Weights that balance to a tolerance, as `approximate_weights`.

    Attributes
    ----------
    tolerance : float
        Largest imbalance allowed, in standard deviations among the patients drawn.
    maximise : {"ess", "entropy"}
        Which of the weights within it.

    Examples
    --------
    >>> import pandas as pd
    >>> import survcomp as sc
    >>> frame = pd.DataFrame({"months": range(1, 41), "pfs": 1})
    >>> frame["age"] = 70 - frame["months"] // 2 + 6 * (frame["months"] % 3)
    >>> mine = sc.IPD.from_frame(frame, time="months", event="pfs", time_unit="months",
    ...                          origin="observed", covariates=["age"], label="A")
    >>> theirs = sc.IPD.from_times(range(1, 30), [], arm="B", time_unit="months")
    >>> target = sc.Population.from_moments([sc.Mean(name="age", value=68)], n=29, name="B trial")
    >>> matching = sc.Matching(target, match=["age"], weighting=sc.WithinTolerance(tolerance=0.1))
    >>> weights = matching.weighting.of(mine, target, match=["age"])
    >>> print(f"ESS {weights.ess:.2f}, off by {weights.largest_imbalance:.2f} SD")
    ESS 38.99, off by 0.10 SD
    """

    tolerance: float
    maximise: Maximum = "ess"

    fails: ClassVar[str] = f"{UNREACHED}, within the tolerance"

    @property
    def words(self) -> str:
        """What is estimated in every replicate."""
        return f"the weights within {self.tolerance:g} SD of the target"

    def of(
        self,
        ipd: IPD,
        population: Population,
        *,
        match: Sequence[str],
        all_or_none: Leave = "refuse",
        missing: Leave = "refuse",
    ) -> Weights:
        """Weights of one data set."""
        return approximate_weights(
            ipd,
            population,
            match=match,
            tolerance=self.tolerance,
            maximise=self.maximise,
            all_or_none=all_or_none,
            missing=missing,
        )

    def start(self, z: FloatArray) -> FloatArray:
        """Nothing: each data set starts from equal weights."""
        return np.zeros(z.shape[1])

    def batch(self, patients: Patients, count: FloatArray, start: FloatArray) -> Reweighted:
        """Weights of B data sets, one after the other."""

        def weights(rows: IntArray) -> FloatArray:
            z = _columns(patients.z[rows])
            return _accepted(within_tolerance(z, self.tolerance, self.maximise))

        return _each(count, weights)


@dataclass(frozen=True, slots=True, kw_only=True)
class TwoStage:
    """Two-stage weights of a trial of two arms, as `two_stage_weights`.

    Attributes
    ----------
    propensity : tuple of str, optional
        Covariates of the treatment model; those that are matched when left out.
    truncate_at : float, optional
        Quantile of the weights drawn to which larger ones are set.

    Examples
    --------
    >>> import pandas as pd
    >>> import survcomp as sc
    >>> frame = pd.DataFrame({"months": range(1, 41), "pfs": 1, "age": [55, 70, 60, 65] * 10,
    ...                       "arm": ["A", "C", "C", "A", "A"] * 8})
    >>> trial = sc.IPD.from_frame(frame, time="months", event="pfs", time_unit="months",
    ...                           origin="observed", covariates=["age"], arm="arm")
    >>> target = sc.Population.from_moments([sc.Mean(name="age", value=64)], n=29, name="B trial")
    >>> weights = sc.TwoStage(truncate_at=0.95).of(trial, target, match=["age"], treatment="A")
    >>> print(f"ESS {weights.ess:.1f} of {weights.n}")
    ESS 35.8 of 40
    """

    propensity: tuple[str, ...] | None = None
    truncate_at: float | None = None

    words: ClassVar[str] = "both stages of the weights"
    fails: ClassVar[str] = f"{UNREACHED}, or their covariates separate the arms"

    def of(
        self,
        ipd: IPD,
        population: Population,
        *,
        match: Sequence[str],
        treatment: str,
        all_or_none: Leave = "refuse",
        missing: Leave = "refuse",
    ) -> Weights:
        """Weights of one data set."""
        return two_stage_weights(
            ipd,
            population,
            treatment=treatment,
            match=match,
            propensity=self.propensity,
            truncate_at=self.truncate_at,
            all_or_none=all_or_none,
            missing=missing,
        )

    def covariates(self, ipd: IPD, population: Population, match: Sequence[str]) -> FloatArray:
        """Covariates of the treatment model, of shape (n, q)."""
        names = propensity_names(columns_for(ipd, population, match), self.propensity)
        columns = [covariate_of(ipd, name, argument="propensity") for name in names]
        return np.reshape(columns, (len(names), ipd.n)).T

    def start(self, z: FloatArray) -> FloatArray:
        """Coefficients of the second stage, of all patients."""
        return start_from(z)

    def batch(self, patients: Patients, count: FloatArray, start: FloatArray) -> Reweighted:
        """Weights of B data sets: the second stage all at once, the first one by one."""
        second = batched_weights(patients.z, count, start=start)
        names = [f"covariate {j}" for j in range(patients.x.shape[1])]
        first = _each(
            count * second.reached[:, None],
            lambda rows: inverse_propensity(patients.x[rows], patients.treated[rows], names),
        )
        value = first.value * second.value
        if self.truncate_at is not None:
            for row in np.flatnonzero(first.reached):
                drawn = _written_out(count[row])
                value[row, drawn] = truncated(value[row, drawn], self.truncate_at)[0]
        return Reweighted(value, first.reached)


MatchedWeighting = Entropy | MaxESS | WithinTolerance
"""Kinds that weight patients to a target and nothing else."""


def check_matched(weighting: MatchedWeighting | TwoStage) -> MatchedWeighting:
    """The kind, if it may be used without a comparator of one's own.

    Raises
    ------
    InputError
        If it may not.
    """
    if not isinstance(weighting, MatchedWeighting):
        raise InputError(
            "`weighting` must be Entropy(), MaxESS() or WithinTolerance(tolerance=...); got "
            f"{weighting!r}."
        )
    return weighting


def _written_out(count: FloatArray) -> IntArray:
    """Number of each patient drawn, as often as drawn."""
    return np.repeat(np.arange(count.size), count.astype(np.intp))


def _each(count: FloatArray, weights: Callable[[IntArray], FloatArray]) -> Reweighted:
    """Weights of one data set after the other; none where `weights` refuses."""
    value, reached = np.zeros(count.shape), np.zeros(count.shape[0], dtype=bool)
    for row, counted in enumerate(count):
        drawn = _written_out(counted)
        if not drawn.size:
            continue
        try:
            value[row, drawn] = weights(drawn)  # the same for each time a patient was drawn
        except InputError:
            continue  # counted by the caller, by its reason
        reached[row] = True
    return Reweighted(value, reached)


def _columns(z: FloatArray) -> FloatArray:
    """Columns of the patients drawn, in their own standard deviations.

    Raises
    ------
    InputError
        If one is constant or follows from the others, as for one data set.
    """
    standard, spread = standardise(z)
    if np.any(spread <= 1e-12 * np.maximum(1.0, np.abs(z[0]))):
        raise InputError("a column is the same for every patient drawn.")
    refuse_dependent([f"column {j}" for j in range(z.shape[1])], standard, what="match")
    return np.asarray(standard + z.mean(axis=0) / spread)


def _accepted(solved: Solved) -> FloatArray:
    if not solved.missed <= BALANCE:
        raise InputError("the target is out of reach.")
    return solved.value
