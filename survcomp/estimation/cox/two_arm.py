"""Cox models of one binary covariate, many data sets at once.

With two arms the partial likelihood of Cox (1972) is that of a logistic regression: each
death is a draw of an arm in which the treated weigh `a` exp(log HR) and the others `b`,
where `a` and `b` are the patients at risk, less the share of the tied deaths that Efron's
method has already taken away. One sort therefore turns any number of data sets into rows
of log(a / b), and Newton's method runs on all of them together. It exists for ensembles
and bootstraps; `survcomp.estimation.hazard_ratio` gives the same numbers for one pair.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal, NamedTuple

import numpy as np
import pandas as pd
from numpy.typing import ArrayLike, NDArray
from scipy.special import expit, logit

from survcomp.errors import IncompatibleError, InputError
from survcomp.values.checks import BoolArray, FloatArray, check_option, read_only
from survcomp.values.patients.ipd import IPD
from survcomp.values.patients.one_outcome import one_outcome
from survcomp.values.shown import frame_as_table, in_a_line

Ties = Literal["efron", "breslow"]
IntArray = NDArray[np.intp]

TOLERANCE = 1e-10
"""Newton's method stops at steps of the log hazard ratio below this."""

MAX_STEPS = 100
"""Guarded Newton steps; six are usual, and each guarded one halves the bracket at worst."""


class LogHazardRatio(NamedTuple):
    """Log hazard ratio of the treated and its model standard error.

    Attributes
    ----------
    log_hr : float
        Log hazard ratio of the treated.
    se : float
        Its standard error, from the information at the estimate.

    Examples
    --------
    >>> import numpy as np
    >>> from survcomp.estimation import two_arm_log_hr
    >>> time, event = [5, 8, 12, 14, 2, 3, 6, 10], [1, 1, 1, 0, 1, 1, 1, 0]
    >>> fit = two_arm_log_hr(time, event, [1] * 4 + [0] * 4)
    >>> print(f"HR {np.exp(fit.log_hr):.2f}, standard error of its logarithm {fit.se:.2f}")
    HR 0.40, standard error of its logarithm 0.93
    """

    log_hr: float
    se: float


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class LogHazardRatios:
    """Log hazard ratios of M data sets.

    Attributes
    ----------
    log_hr, se : ndarray of shape (M,)
        Estimate and model standard error; NaN where `fault` says why there is none.
    fault : tuple of str
        M texts: empty, or why the likelihood of the data set has no maximum.

    Examples
    --------
    >>> import numpy as np
    >>> import survcomp as sc
    >>> from survcomp.estimation import two_arm_log_hrs
    >>> a = sc.IPD.from_times([5, 8, 12], [14, 15], arm="A", time_unit="months")
    >>> b = sc.IPD.from_times([2, 3, 6, 9], [10], arm="B", time_unit="months")
    >>> nobody_died = sc.IPD.from_times([], [14, 15], arm="A", time_unit="months")
    >>> fits = two_arm_log_hrs([a, nobody_died], [b, b])
    >>> fits.n_failed, np.exp(fits.log_hr).round(2).tolist()
    (1, [0.35, nan])
    """

    log_hr: FloatArray
    se: FloatArray
    fault: tuple[str, ...]

    @property
    def n_failed(self) -> int:
        """Data sets without a finite estimate."""
        return sum(1 for text in self.fault if text)

    def to_frame(self) -> pd.DataFrame:
        """One row a data set: ``data_set estimate se fault``, numbered from 1."""
        return pd.DataFrame(
            {
                "data_set": np.arange(1, self.log_hr.size + 1),
                "estimate": self.log_hr,
                "se": self.se,
                "fault": self.fault,
            }
        )

    __repr__ = in_a_line
    _repr_html_ = frame_as_table


class _Deaths(NamedTuple):
    """Every death of every data set, with the patients it was drawn from."""

    data_set: IntArray
    treated_at_risk: FloatArray
    others_at_risk: FloatArray


def two_arm_log_hr(
    time: ArrayLike, event: ArrayLike, treated: ArrayLike, *, ties: Ties = "efron"
) -> LogHazardRatio:
    """Log hazard ratio of the treated against the others in one data set.

    Parameters
    ----------
    time : array_like of shape (n,)
        Follow-up times, in any unit.
    event, treated : array_like of shape (n,), bool
        Event observed; patient of the treated arm.
    ties : {"efron", "breslow"}
        How tied deaths are dealt with.

    Returns
    -------
    LogHazardRatio
        ``(log_hr, se)``, the standard error from the information at the estimate.

    Raises
    ------
    InputError
        If the likelihood is monotone, such as when an arm has no event.

    References
    ----------
    Cox DR (1972), JRSS B 34:187. Efron B (1977), JASA 72:557.

    Examples
    --------
    >>> import numpy as np
    >>> from survcomp.estimation import two_arm_log_hr
    >>> log_hr, se = two_arm_log_hr([2, 4, 1, 3], [1, 0, 1, 0], [1, 1, 0, 0])
    >>> round(float(np.exp(log_hr)), 6)  # by hand: 1 / sqrt(2)
    0.707107
    """
    times = read_only(time, name="time")
    fits = fit_data_sets(times, event, treated, np.zeros(times.size, np.intp), n=1, ties=ties)
    if fits.fault[0]:
        raise InputError(f"the Cox model has no finite estimate: {fits.fault[0]}.")
    return LogHazardRatio(float(fits.log_hr[0]), float(fits.se[0]))


def two_arm_log_hrs(
    treatment: Sequence[IPD], comparator: Sequence[IPD], *, ties: Ties = "efron"
) -> LogHazardRatios:
    """Log hazard ratios of M pairs of arms, the first of one with the first of the other.

    Parameters
    ----------
    treatment, comparator : sequence of IPD
        M arms each, such as the draws of two ensembles; sizes may differ.
    ties : {"efron", "breslow"}
        How tied deaths are dealt with.

    Returns
    -------
    LogHazardRatios
        A pair without a finite estimate is named in `fault`, not left out.

    Raises
    ------
    InputError
        If there are none, or the two sides differ in number.
    IncompatibleError
        If time units differ.

    Examples
    --------
    >>> from survcomp import IPD
    >>> from survcomp.estimation import two_arm_log_hrs
    >>> a = IPD.from_times([5, 8, 12], [14, 15], arm="A", time_unit="months")
    >>> b = IPD.from_times([2, 3, 6, 9], [10], arm="B", time_unit="months")
    >>> two_arm_log_hrs([a, a], [b, b]).log_hr.round(3).tolist()
    [-1.055, -1.055]
    """
    if len(treatment) != len(comparator) or not len(treatment):
        raise InputError(
            f"`treatment` and `comparator` must hold equally many arms, at least 1; got "
            f"{len(treatment)} and {len(comparator)}."
        )
    arms = [*treatment, *comparator]
    one_outcome(*arms)
    units = sorted({ipd.time_unit for ipd in arms})
    if len(units) > 1:
        raise IncompatibleError(
            f"the arms are in {' and '.join(units)}; convert them to one unit with in_unit."
        )
    sizes = np.array([ipd.n for ipd in arms])
    number = np.concatenate([np.arange(len(treatment)), np.arange(len(comparator))])
    return fit_data_sets(
        np.concatenate([ipd.time for ipd in arms]),
        np.concatenate([ipd.event for ipd in arms]),
        np.repeat(np.arange(len(arms)) < len(treatment), sizes),
        np.repeat(number, sizes),
        n=len(treatment),
        ties=ties,
    )


def fit_data_sets(
    time: ArrayLike,
    event: ArrayLike,
    treated: ArrayLike,
    data_set: ArrayLike,
    *,
    n: int,
    ties: Ties = "efron",
) -> LogHazardRatios:
    """Log hazard ratios of `n` data sets laid end to end.

    Parameters
    ----------
    time, event, treated : array_like of shape (k,)
        As for `two_arm_log_hr`, for the patients of all data sets.
    data_set : array_like of shape (k,), int
        Data set of each patient, from 0 to ``n - 1``, in any order.
    n : int
        Number of data sets.
    ties : {"efron", "breslow"}
        How tied deaths are dealt with.

    Returns
    -------
    LogHazardRatios

    Raises
    ------
    InputError
        If the columns differ in length or hold something that is not allowed.
    """
    check_option(ties, Ties, name="ties")
    times = read_only(time, name="time")
    events, arms = _flags(event, "event", times.size), _flags(treated, "treated", times.size)
    sets = np.asarray(data_set, dtype=np.intp)
    if sets.shape != times.shape or (sets.size and not 0 <= sets.min() <= sets.max() < n):
        raise InputError(f"`data_set` must hold {times.size} whole numbers from 0 to {n - 1}.")
    return _maximise(_deaths(times, events, arms, sets, n=n, ties=ties), n, events, arms, sets)


def _flags(values: ArrayLike, name: str, size: int) -> BoolArray:
    array = np.asarray(values)
    if array.shape != (size,) or not np.isin(array, (0, 1)).all():
        raise InputError(f"`{name}` must hold {size} values, each True or False (1 or 0).")
    return array.astype(bool)


def _deaths(
    time: FloatArray, event: BoolArray, treated: BoolArray, data_set: IntArray, *, n: int, ties: str
) -> _Deaths:
    """One row a death, from one sort by data set and time."""
    order = np.lexsort((time, data_set))
    t, s = time[order], data_set[order]
    starts = np.flatnonzero(np.r_[True, (t[1:] != t[:-1]) | (s[1:] != s[:-1])][: t.size])
    block_set = s[starts]

    def at_blocks(flags: BoolArray) -> tuple[FloatArray, FloatArray]:
        """Patients of a kind still at risk at each distinct time, and those who die there."""
        kind = flags[order].astype(float)
        left_before = np.cumsum(kind) - kind
        in_set = np.bincount(s, weights=kind, minlength=n)
        before_set = np.cumsum(in_set) - in_set
        at_risk = before_set[block_set] + in_set[block_set] - left_before[starts]
        died = np.add.reduceat(kind * event[order], starts)
        return at_risk, died

    risk1, died1 = at_blocks(treated)
    risk0, died0 = at_blocks(~treated)
    count = (died1 + died0).astype(np.intp)
    block = np.repeat(np.arange(count.size), count)
    place = np.arange(block.size) - np.repeat(np.cumsum(count) - count, count)
    # Efron: the k-th of d tied deaths is drawn from those at risk less the share k/d of the d.
    taken = place / count[block] if ties == "efron" else np.zeros(block.size)
    return _Deaths(
        data_set=block_set[block],
        treated_at_risk=risk1[block] - taken * died1[block],
        others_at_risk=risk0[block] - taken * died0[block],
    )


def _maximise(
    deaths: _Deaths, n: int, event: BoolArray, treated: BoolArray, data_set: IntArray
) -> LogHazardRatios:
    """Newton's method on every data set at once, inside a bracket that holds the maximum.

    The score is (deaths of the treated) - sum of expit(log HR + log(a / b)). A death with
    nobody of one arm at risk could only be of the other: it says nothing, and is dropped.
    """
    both = (deaths.treated_at_risk > 0) & (deaths.others_at_risk > 0)
    row_set = deaths.data_set[both]
    offset = np.log(deaths.treated_at_risk[both] / deaths.others_at_risk[both])
    rows = np.bincount(row_set, minlength=n)
    certain = np.bincount(deaths.data_set[deaths.others_at_risk <= 0], minlength=n)
    treated_deaths = np.bincount(data_set[event & treated], minlength=n)
    goal = treated_deaths - certain
    fault = _faults(treated_deaths, np.bincount(data_set[event], minlength=n), goal, rows)
    fits = np.array([not text for text in fault], dtype=bool)
    log_hr, se = np.full(n, np.nan), np.full(n, np.nan)
    if fits.any():
        kept = fits[row_set]
        renumber = np.cumsum(fits) - 1
        log_hr[fits], se[fits] = _newton(
            offset[kept], renumber[row_set[kept]], goal[fits].astype(float), rows[fits]
        )
    return LogHazardRatios(log_hr=_locked(log_hr), se=_locked(se), fault=fault)


def _locked(values: FloatArray) -> FloatArray:
    """The array itself, read-only; it may hold NaN, which `read_only` refuses."""
    values.flags.writeable = False
    return values


def _faults(
    treated_deaths: IntArray, deaths: IntArray, goal: IntArray, rows: IntArray
) -> tuple[str, ...]:
    """Why the likelihood of each data set has no maximum, or nothing.

    It has one when, of the deaths with both arms at risk, some but not all are of the
    treated; with Efron's ties a death that is tied across the arms counts as both.
    """
    cases = [
        (deaths == 0, "neither arm has an event"),
        (treated_deaths == 0, "the treated arm has no event"),
        (treated_deaths == deaths, "the comparator arm has no event"),
        (
            goal <= 0,
            "no event of the treated arm happens while the comparator has anybody at risk",
        ),
        (
            goal >= rows,
            "no event of the comparator arm happens while the treated has anybody at risk",
        ),
    ]
    chosen = np.select([c for c, _ in cases], list(range(1, len(cases) + 1)), default=0)
    texts = ("", *(text for _, text in cases))
    return tuple(texts[i] for i in chosen)


def _newton(
    offset: FloatArray, row_set: IntArray, goal: FloatArray, rows: IntArray
) -> tuple[FloatArray, FloatArray]:
    """Solve sum expit(beta + offset) = goal in each data set; beta and its standard error."""
    n = goal.size

    def total(values: FloatArray) -> FloatArray:
        return np.bincount(row_set, weights=values, minlength=n).astype(float)

    # The mean probability is goal / rows, so beta lies between the solutions for the largest
    # and for the smallest offset alone.
    level = logit(goal / rows)
    largest, smallest = np.full(n, -np.inf), np.full(n, np.inf)
    np.maximum.at(largest, row_set, offset)
    np.minimum.at(smallest, row_set, offset)
    low, high = level - largest, level - smallest
    beta = level - total(offset) / rows
    # A data set that has arrived stays where it is, so that its last digit does not depend
    # on how long the others take.
    arrived = np.zeros(n, dtype=bool)
    for _ in range(MAX_STEPS):
        p = expit(beta[row_set] + offset)
        score, information = goal - total(p), total(p * (1.0 - p))
        low, high = np.where(score >= 0, beta, low), np.where(score <= 0, beta, high)
        step = score / information
        inside = (beta + step >= low) & (beta + step <= high)
        new = np.where(inside, beta + step, 0.5 * (low + high))
        new = np.where(arrived, beta, new)
        arrived |= np.abs(new - beta) < TOLERANCE
        beta = new
        if arrived.all():
            break
    else:
        raise InputError(f"the Cox model did not converge in {MAX_STEPS} steps.")
    p = expit(beta[row_set] + offset)
    return beta, np.asarray(1.0 / np.sqrt(total(p * (1.0 - p))))
