"""Weighted Cox models of two arms: one with its influence on each patient, or many at once.

With one covariate that is 0 or 1 the weighted partial likelihood needs only the weight of
each arm that is still at risk, so that the exponential enters as one number a data set. A
batch of resampled data sets is a matrix of counts beside one of weights, and Newton's
method runs on all of them together. Ties are Efron's (1977) or Breslow's (1974); the
weighted form of both is that of R's ``coxph``: at a time with d deaths of total weight W,
Efron has d denominators, the k-th without the share k/d of the dying, and each counts W/d.
A patient who was drawn twice is two tied deaths.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import ArrayLike, NDArray

from survcomp.errors import InputError
from survcomp.estimation.cox.two_arm import Ties
from survcomp.values.checks import BoolArray, FloatArray, check_option, read_only
from survcomp.values.shown import in_a_line, in_a_table

SAYS_NOTHING = 1e-4
"""Patients of a smaller share of their arm's largest weight cannot carry an estimate alone.

Where only their events, or only they at the other arm's events, keep the likelihood from
being monotone, the fit ends at a hazard ratio of about that share, or at its inverse, with
a robust interval that looks tight because it takes the weights as known.
"""

TOLERANCE = 1e-10
MAX_STEPS = 100

SEPARATED = (
    "no event of one arm happens while the other has anybody at risk, or only of patients who "
    f"carry less than {SAYS_NOTHING:g} of the largest weight"
)


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class WeightedCox:
    """Weighted Cox fit of two arms.

    Attributes
    ----------
    log_hr : float
        Log hazard ratio of the treated.
    se_model : float
        From the information, as if weights were counts of patients.
    se_robust : float
        Lin and Wei (1989): the weights are taken as known, and need not be counts.
    influence : ndarray of shape (n,)
        Each patient's weight times the derivative of `log_hr` for it (dfbeta), in the order
        of the input. It sums to 0, and its squares to the square of `se_robust`.

    Examples
    --------
    >>> import numpy as np
    >>> import survcomp as sc
    >>> time, event = [5, 8, 12, 14, 2, 3, 6, 10], [1, 1, 1, 0, 1, 1, 1, 0]
    >>> weight = [0.4, 1.9, 1.1, 0.6, 1, 1, 1, 1]
    >>> fit = sc.weighted_cox(time, event, [1] * 4 + [0] * 4, weight)
    >>> print(f"HR {np.exp(fit.log_hr):.2f}, robust standard error {fit.se_robust:.2f}")
    HR 0.38, robust standard error 0.78
    """

    log_hr: float
    se_model: float
    se_robust: float
    influence: FloatArray

    __repr__ = in_a_line
    _repr_html_ = in_a_table


def weighted_cox(
    time: ArrayLike,
    event: ArrayLike,
    treated: ArrayLike,
    weight: ArrayLike,
    *,
    ties: Ties = "efron",
) -> WeightedCox:
    """Weighted log hazard ratio of two arms, with model and robust standard errors.

    Parameters
    ----------
    time : array_like of shape (n,)
        Follow-up times, in any unit.
    event, treated : array_like of shape (n,), bool
        Event observed; patient of the treated arm.
    weight : array_like of shape (n,)
        Weights of at least 0.
    ties : {"efron", "breslow"}
        How tied deaths are dealt with.

    Returns
    -------
    WeightedCox
        Equal to R's ``coxph(..., weights, robust = TRUE)``.

    Raises
    ------
    InputError
        If columns differ in length, a weight is negative, or the likelihood has no maximum.

    References
    ----------
    Cox DR (1972), JRSS B 34:187. Efron B (1977), JASA 72:557. Breslow N (1974), Biometrics
    30:89. Lin DY, Wei LJ (1989), JASA 84:1074.

    Examples
    --------
    >>> import numpy as np
    >>> from survcomp import weighted_cox
    >>> fit = weighted_cox([2, 4, 1, 3], [1, 0, 1, 0], [1, 1, 0, 0], [1, 1, 1, 1])
    >>> round(float(np.exp(fit.log_hr)), 6)  # by hand: 1 / sqrt(2)
    0.707107
    """
    check_option(ties, Ties, name="ties")
    times, weights = read_only(time, name="time"), read_only(weight, name="weight")
    events, arms = np.asarray(event, dtype=bool), np.asarray(treated, dtype=bool)
    for name, column in (("event", events), ("treated", arms), ("weight", weights)):
        if column.shape != times.shape:
            raise InputError(f"`{name}` must hold {times.size} values; got {column.size}.")
    if np.any(weights < 0):
        raise InputError(f"`weight` must be at least 0; got {float(weights.min())!r}.")
    order = np.argsort(times, kind="stable")
    t, e, x, w = times[order], events[order], arms[order], weights[order]
    count = np.ones((1, t.size))
    log_hr = float(weighted_log_hrs(t[None], e[None], x[None], w[None], count, ties=ties)[0])
    if np.isnan(log_hr):
        raise InputError(f"the Cox model has no finite estimate: {SEPARATED}.")
    score, information = _score_residuals(t, e, x.astype(float), w, log_hr, ties)
    influence = np.empty(t.size)
    influence[order] = w * score / information
    return WeightedCox(
        log_hr=log_hr,
        se_model=float(information**-0.5),
        se_robust=float(np.sqrt(np.sum(influence**2))),
        influence=read_only(influence, name="influence"),
    )


def weighted_log_hr(
    time: FloatArray, event: BoolArray, treated: BoolArray, weight: FloatArray
) -> float:
    """Weighted log hazard ratio of two arms alone (Efron ties), for fits by the thousand.

    Parameters
    ----------
    time, weight : ndarray of shape (n,)
        Follow-up times, and weights of at least 0.
    event, treated : ndarray of shape (n,), bool
        Event observed; patient of the treated arm.

    Raises
    ------
    InputError
        If the likelihood has no maximum.

    Examples
    --------
    >>> log_hr = weighted_log_hr(
    ...     np.array([2.0, 4, 1, 3]), np.array([True, False, True, False]),
    ...     np.array([True, True, False, False]), np.ones(4))
    >>> round(float(np.exp(log_hr)), 6)  # by hand: 1 / sqrt(2)
    0.707107
    """
    order = np.argsort(time, kind="stable")[None]
    rows = time[order], event[order], treated[order], weight[order]
    log_hr = float(weighted_log_hrs(*rows, np.ones(order.shape))[0])
    if np.isnan(log_hr):
        raise InputError(f"the Cox model has no finite estimate: {SEPARATED}.")
    return log_hr


def _score_residuals(
    time: FloatArray, event: BoolArray, x: FloatArray, weight: FloatArray, beta: float, ties: Ties
) -> tuple[FloatArray, float]:
    """Derivative of the score for each patient's weight, and the information.

    Lin and Wei's residual with either form of ties: what a patient's own event says, less
    the expected of every event at which the patient was at risk. Under Efron the dying are
    at risk for the share 1 - k/d of the k-th of their d denominators.
    """
    risk = weight * np.exp(beta * x)
    starts = np.flatnonzero(np.r_[True, time[1:] > time[:-1]])
    block = np.repeat(np.arange(starts.size), np.diff(np.r_[starts, time.size]))

    def at_risk(values: FloatArray) -> FloatArray:
        return np.cumsum(values[::-1])[::-1][starts]

    def dying(values: FloatArray) -> FloatArray:
        return np.add.reduceat(values * event, starts)

    deaths = dying(np.ones(time.size)).astype(np.intp)
    rows = deaths if ties == "efron" else np.minimum(deaths, 1)
    of = np.repeat(np.arange(rows.size), rows)
    place = np.arange(of.size) - np.repeat(np.cumsum(rows) - rows, rows)
    taken = place / rows[of]
    denominator = at_risk(risk)[of] - taken * dying(risk)[of]
    mean = (at_risk(risk * x)[of] - taken * dying(risk * x)[of]) / denominator
    share = dying(weight)[of] / rows[of]
    hazard = share / denominator

    def total(values: FloatArray) -> FloatArray:
        return np.bincount(of, weights=values, minlength=starts.size).astype(float)

    # at an event time of one's own the share `taken` of the increment is not borne
    events = event.astype(float)
    cumulative = np.cumsum(total(hazard))[block] - events * total(hazard * taken)[block]
    drift = np.cumsum(total(hazard * mean))[block] - events * total(hazard * mean * taken)[block]
    expected = np.divide(total(mean), rows, out=np.zeros(rows.size), where=rows > 0)
    residual = events * (x - expected[block]) - np.exp(beta * x) * (x * cumulative - drift)
    return residual, float(np.sum(share * mean * (1.0 - mean)))


def weighted_log_hrs(
    time: FloatArray,
    event: BoolArray,
    treated: BoolArray,
    weight: FloatArray,
    count: FloatArray,
    *,
    ties: Ties = "efron",
) -> FloatArray:
    """Log hazard ratios of B data sets of n patients; NaN where there is no maximum.

    Parameters
    ----------
    time, event, treated : ndarray of shape (1, n) or (B, n)
        Patients of each data set, ascending in time; one row where all share it.
    weight : ndarray of shape (B, n)
        Weights of at least 0.
    count : ndarray of shape (B, n)
        How often each patient is in each data set, as whole numbers; 0 is absent.
    ties : {"efron", "breslow"}
        How tied deaths are dealt with.

    Returns
    -------
    ndarray of shape (B,)
    """
    log_hr = np.full(weight.shape[0], np.nan)
    fits = np.flatnonzero(~_separated(time, event, treated, weight, count))
    if fits.size:
        shared = slice(None) if time.shape[0] == 1 else fits
        rows = _deaths(
            time[shared], event[shared], treated[shared], weight[fits], count[fits], ties
        )
        log_hr[fits] = _newton(rows)
    return log_hr


def _separated(
    time: FloatArray, event: BoolArray, treated: BoolArray, weight: FloatArray, count: FloatArray
) -> BoolArray:
    """Whether the events of one arm all come after the other arm is gone."""
    drawn = count > 0
    rows = np.arange(weight.shape[0])
    times = np.broadcast_to(time, weight.shape)

    def first_event_and_last(arm: BoolArray) -> tuple[FloatArray, FloatArray]:
        in_arm = np.where(drawn & arm, weight, 0.0)
        least = SAYS_NOTHING * in_arm.max(axis=1, keepdims=True)
        counts = (in_arm >= least) & (in_arm > 0)
        dies = counts & event
        first = times[rows, dies.argmax(axis=1)]
        last = times[rows, counts.shape[1] - 1 - counts[:, ::-1].argmax(axis=1)]
        return (
            np.where(dies.any(axis=1), first, np.inf),
            np.where(counts.any(axis=1), last, -np.inf),
        )

    first1, last1 = first_event_and_last(treated)
    first0, last0 = first_event_and_last(~treated)
    return np.asarray((first1 > last0) | (first0 > last1))


class _Deaths(NamedTuple):
    """Denominators of every data set: the weight of each arm, and what each counts."""

    rows: NDArray[np.intp]
    """How many of each data set, of shape (B,)."""
    treated_at_risk: FloatArray
    others_at_risk: FloatArray
    share: FloatArray
    goal: FloatArray
    """Weight of the treated deaths of each data set, of shape (B,)."""


def _deaths(
    time: FloatArray,
    event: BoolArray,
    treated: BoolArray,
    weight: FloatArray,
    count: FloatArray,
    ties: Ties,
) -> _Deaths:
    size, n = weight.shape
    here = weight * count
    here1 = here * treated
    here0 = here - here1
    dead = np.flatnonzero((count > 0) & event)
    data_set = dead // n
    first = _first_of_time(time).ravel()[dead % n if time.shape[0] == 1 else dead]
    ends = np.flatnonzero(np.diff(data_set * n + first, prepend=-1))
    data_set, first = data_set[ends], first[ends]

    def at_risk(values: FloatArray) -> FloatArray:
        down = np.cumsum(values[:, ::-1], axis=1)
        return np.asarray(down.ravel()[(data_set + 1) * n - 1 - first])

    def total(values: FloatArray) -> FloatArray:
        return np.asarray(np.add.reduceat(values.ravel()[dead], ends))

    risk1, died1 = at_risk(here1), total(here1)
    risk0, died0 = at_risk(here0), total(here0)
    rows = total(count).astype(np.intp) if ties == "efron" else np.ones(first.size, np.intp)
    # a death with nobody of the other arm at risk could only be of its own: it says nothing
    rows[~((risk1 > 0) & (risk0 > 0))] = 0
    goal = np.bincount(data_set, weights=died1 * (rows > 0), minlength=size).astype(float)

    def each(values: NDArray[Any]) -> NDArray[Any]:
        return np.repeat(values, rows)

    if ties == "breslow" or rows.max(initial=0) <= 1:
        taken = np.zeros(1)
    else:
        place = np.arange(rows.sum()) - each(np.cumsum(rows) - rows)
        taken = place / each(rows)
    return _Deaths(
        rows=np.bincount(data_set, weights=rows, minlength=size).astype(np.intp),
        treated_at_risk=each(risk1) - taken * each(died1),
        others_at_risk=each(risk0) - taken * each(died0),
        share=each((died1 + died0) / np.maximum(rows, 1)),
        goal=goal,
    )


def _first_of_time(time: FloatArray) -> NDArray[np.intp]:
    """Place of the first patient with the same time, within each data set."""
    new = np.ones(time.shape, dtype=bool)
    new[:, 1:] = time[:, 1:] > time[:, :-1]
    place = np.where(new, np.arange(time.shape[1]), 0)
    return np.asarray(np.maximum.accumulate(place, axis=1))


def _newton(deaths: _Deaths) -> FloatArray:
    """Solve sum share * p = goal with p = a e^b / (a e^b + c), inside a bracket of b.

    The mean of p, weighted by `share`, is goal / total, so that b lies between the solutions
    for the largest and for the smallest a / c alone.
    """
    rows, a, c, share, goal = deaths
    starts = np.cumsum(rows) - rows

    def total(values: FloatArray) -> FloatArray:
        return np.asarray(np.add.reduceat(values, starts))

    ratio = a / c
    weight = total(share)
    level = np.log(goal / (weight - goal))
    low = level - np.log(np.maximum.reduceat(ratio, starts))
    high = level - np.log(np.minimum.reduceat(ratio, starts))
    beta = level - total(share * np.log(ratio)) / weight
    # A data set that has arrived stays where it is, so that its last digit does not depend
    # on how long the others take.
    arrived = np.zeros(goal.size, dtype=bool)
    for _ in range(MAX_STEPS):
        scaled = a * np.repeat(np.exp(beta), rows)
        p = scaled / (scaled + c)
        expected = share * p
        score = goal - total(expected)
        information = total(expected * (1.0 - p))
        low, high = np.where(score >= 0, beta, low), np.where(score <= 0, beta, high)
        with np.errstate(divide="ignore", invalid="ignore"):  # no information: bisect
            new = beta + score / information
        new = np.where((new >= low) & (new <= high), new, 0.5 * (low + high))
        new = np.where(arrived, beta, new)
        arrived |= np.abs(new - beta) < TOLERANCE
        beta = new
        if arrived.all():
            return beta
    raise InputError(f"the weighted Cox model did not converge in {MAX_STEPS} steps.")
