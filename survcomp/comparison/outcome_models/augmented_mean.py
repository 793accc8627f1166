"""Parts of an augmented estimator: the mean itself, its outcomes and its weights."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from survcomp.adjustment.imputed.target import TargetCovariates
from survcomp.adjustment.weighting.problem import matching_problem
from survcomp.comparison.outcome_models.effect import SurvivalEffect
from survcomp.comparison.outcome_models.estimate import IntArray
from survcomp.comparison.reweighting.batched import UNREACHED, batched_weights, start_from
from survcomp.errors import IncompatibleError, InputError
from survcomp.estimation.jackknife import jackknife_rmst, jackknife_survival
from survcomp.estimation.outcome_models.survival import FittedSurvival
from survcomp.values.checks import BoolArray, FloatArray, read_only
from survcomp.values.patients.ipd import IPD
from survcomp.values.populations.population import Population


def augmented_mean(y: FloatArray, model: FloatArray, weight: FloatArray, in_target: float) -> float:
    """Mean of a model in the target, plus the weighted mean residual of one's own patients.

    Examples
    --------
    >>> y, m = np.array([1.0, 0.0]), np.array([0.5, 0.5])
    >>> augmented_mean(y, m, np.array([3.0, 1.0]), 0.5)  # a constant model: the weighted mean
    0.75
    """
    if not np.any(weight > 0):
        raise InputError("no patient of an arm has weight.")
    return in_target + float(np.average(y - model, weights=weight))


def pseudo_observations(time: FloatArray, event: BoolArray, effect: SurvivalEffect) -> FloatArray:
    """Pseudo-observation of each patient of one arm, of shape (n,).

    The infinitesimal jackknife, as R's ``survival::pseudo``. Without censoring it is the
    patient's own min(time, horizon), or whether there was no event to the horizon.

    Examples
    --------
    >>> effect = SurvivalEffect(measure="rmst_difference", horizon=4)
    >>> values = pseudo_observations(np.array([1.0, 2, 6]), np.ones(3, dtype=bool), effect)
    >>> values.round(6).tolist()
    [1.0, 2.0, 4.0]
    """
    arm = IPD(
        id=tuple(map(str, range(time.size))),
        arm=("one arm",) * time.size,
        time=read_only(time, name="time"),
        event=event,
        time_unit="days",  # not used: estimates are in the unit of `time`
    )
    if effect.measure == "rmst_difference":
        jackknifed = jackknife_rmst(arm, horizon=effect.horizon)
    else:
        jackknifed = jackknife_survival(arm, at=effect.horizon)
    return jackknifed.estimate + time.size * jackknifed.influence


def predicted(fitted: FittedSurvival, x: FloatArray, effect: SurvivalEffect) -> FloatArray:
    """RMST or survival of each row of x, of shape (n,)."""
    if effect.measure == "rmst_difference":
        return fitted.rmst(x, effect.horizon)
    return fitted.survival(x, np.array([effect.horizon]))[:, 0]


class Weighing:
    """Weights of resampled patients of one trial, whose columns are made once."""

    def __init__(self, ipd: IPD, population: Population, match: Sequence[str]) -> None:
        self.z = matching_problem(ipd, population, match).z
        self.start = start_from(self.z)

    def __call__(self, rows: IntArray) -> FloatArray:
        """Weight of each of these rows."""
        count = np.bincount(rows, minlength=self.z.shape[0])[None].astype(float)
        weights = batched_weights(self.z, count, start=self.start)
        if not weights.reached[0]:
            raise InputError(f"{UNREACHED}.")
        return np.asarray(weights.value[0][rows])


def check_rate(rate: float) -> float:
    """The rate itself, if it is one.

    Raises
    ------
    InputError
        If it lies outside [0, 1], which a weighted residual may bring about.
    """
    if not 0 <= rate <= 1:
        raise InputError(
            "an augmented rate lies outside [0, 1]: model and weights disagree too much."
        )
    return rate


def check_mean(effect: SurvivalEffect) -> None:
    """Raise if the effect is no difference of means."""
    if effect.measure == "log_hr":
        raise InputError(
            "`effect.measure` must be 'rmst_difference' or 'survival_difference' for an augmented "
            "estimator: a hazard ratio is no difference of means; got 'log_hr'."
        )


def check_same_target(population: Population, target: TargetCovariates) -> None:
    """Raise if weights and model would aim at different populations."""
    if population.name != target.population or population.basis != target.basis:
        raise IncompatibleError(
            f"the weights would aim at {population.name!r} and the model at {target.population!r}: "
            "one target population is needed."
        )
