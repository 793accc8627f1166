"""Other weights on the same covariates, and the same weights without one patient."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace
from typing import Literal, NamedTuple

import numpy as np

from survcomp.adjustment import (
    approximate_weights,
    balance_table,
    maic_weights,
    max_ess_weights,
)
from survcomp.adjustment.weighting.problem import matching_problem
from survcomp.comparison.reweighting.m_estimation import with_estimated_weights
from survcomp.comparison.sensitivity_analyses.arms import Matched, SensitivityArms
from survcomp.comparison.sensitivity_analyses.result import (
    SensitivityRow,
    SensitivityTable,
    attempt,
    effect_row,
    refused_row,
)
from survcomp.errors import InputError
from survcomp.estimation.cox.weighted import weighted_cox
from survcomp.values.checks import FloatArray, read_only
from survcomp.values.patients.ipd import IPD
from survcomp.values.populations.population import Population
from survcomp.values.weights import Weights, WeightScale, check_weights

LEAVE_ONE_OUT = "leave one patient out"
FORETOLD = "Influence foretells a log hazard ratio of {foretold:.4f}."
TRIMMED = "trimmed weights"
ALTERNATIVE = "alternative weights"
NO_WEIGHTS = "No covariates are matched, so there are no weights."

SCALES: tuple[tuple[WeightScale, str], ...] = (
    ("raw", "as fitted"),
    ("n", "scaled to sum to n"),
    ("ess", "scaled to sum to the effective sample size"),
)


def trim_weights(ipd: IPD, population: Population, weights: Weights, *, quantile: float) -> Weights:
    """Weights capped at a quantile of themselves. The balance is then no longer exact.

    Parameters
    ----------
    ipd : IPD
        The weighted patients.
    population : Population
        The target, to measure the imbalance that capping leaves.
    weights : Weights
        Joined by identifier.
    quantile : float
        Inside (0, 1); linear interpolation, over the patients who are not left out.

    Returns
    -------
    Weights
        Without coefficients of their own beyond those fitted; `largest_imbalance` and
        `notes` say how far from the target the matched columns now are.

    Raises
    ------
    InputError
        If `quantile` lies outside (0, 1).
    IncompatibleError
        If the weights belong to other patients.

    Examples
    --------
    >>> import pandas as pd
    >>> from survcomp import IPD, Mean, Population, maic_weights
    >>> from survcomp.comparison import trim_weights
    >>> frame = pd.DataFrame({"t": range(1, 11), "e": 1, "x": range(1, 11)})
    >>> ipd = IPD.from_frame(frame, time="t", event="e", time_unit="months", origin="observed",
    ...                      covariates=["x"])
    >>> target = Population.from_moments([Mean(name="x", value=8)], n=50, name="comparator")
    >>> weights = maic_weights(ipd, target, match=["x"])
    >>> capped = trim_weights(ipd, target, weights, quantile=0.9)
    >>> capped.notes[-1]
    '1 of 10 weights capped at the 0.9 quantile; x (mean) is 0.066 SD off its target.'
    """
    check_weights(weights)
    capped = _capped(ipd, population, weights, quantile)
    return replace(capped.weights, notes=(*weights.notes, capped.words))


class _Capped(NamedTuple):
    """Capped weights, and how many were capped and what that costs in words."""

    weights: Weights
    words: str


def _capped(ipd: IPD, population: Population, weights: Weights, quantile: float) -> _Capped:
    if not 0 < quantile < 1:
        raise InputError(f"`quantile` must lie inside (0, 1); got {quantile!r}.")
    value = weights.for_patients(ipd)
    gone = set(weights.excluded)
    counted = np.array([name not in gone for name in ipd.id])
    cap = float(np.quantile(value[counted], quantile))
    capped = replace(
        weights, id=ipd.id, value=read_only(np.minimum(value, cap), name="weights"),
        method=f"{weights.method}, capped at their {quantile:g} quantile",
    )  # fmt: skip
    off = _farthest(ipd, population, capped)
    count = (
        f"{int((value > cap).sum())} of {counted.sum()} weights capped at the {quantile:g} quantile"
    )
    words = f"{off.column} is {off.distance:.2g} SD off its target." if off.column else "no column."
    return _Capped(replace(capped, largest_imbalance=off.distance), f"{count}; {words}")


class _Off(NamedTuple):
    """The matched column that is farthest off its target, in standard deviations."""

    column: str
    distance: float


def _farthest(ipd: IPD, population: Population, weights: Weights) -> _Off:
    rows = [row for row in balance_table(ipd, population, weights).rows if row.matched]
    off = [_Off(f"{row.covariate} ({row.kind})", abs(row.difference_after)) for row in rows]
    return max(off, key=lambda column: column.distance, default=_Off("", 0.0))


def trimmed_weights(
    arms: SensitivityArms, *, quantiles: Sequence[float] = (0.99, 0.95, 0.9)
) -> SensitivityTable:
    """The effect with weights capped at quantiles of themselves.

    Each row's note says how many were capped and how far off balance that leaves the target.

    Parameters
    ----------
    arms : SensitivityArms
        From `matched_arms`; of unmatched ones the table is one refused row.
    quantiles : sequence of float
        Where weights are capped, each in (0, 1).

    Returns
    -------
    SensitivityTable
        One row a quantile.

    Raises
    ------
    InputError
        If a quantile lies outside (0, 1).

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
    >>> matching = sc.Matching(target, match=["age"])
    >>> arms = sc.comparison.matched_arms(mine, theirs, matching, outcome="PFS")
    >>> table = sc.comparison.trimmed_weights(arms, quantiles=[0.9])
    >>> table.rows[0].note
    'Balance is not exact: 4 of 40 weights capped at the 0.9 quantile; age (mean) is 0.023 SD off
    its target.'
    """
    if arms.matching is None:
        return SensitivityTable(rows=(refused_row(TRIMMED, "weights", NO_WEIGHTS),))
    matching = arms.matching
    return SensitivityTable(rows=tuple(_trimmed(arms, matching, q) for q in quantiles))


def _trimmed(arms: SensitivityArms, matching: Matched, quantile: float) -> SensitivityRow:
    capped = _capped(arms.treatment[0], matching.population, matching.weights, quantile)
    changed = f"capped at the {quantile:g} quantile"
    note = f"Balance is not exact: {capped.words}"
    return attempt(
        TRIMMED,
        changed,
        lambda: effect_row(TRIMMED, changed, arms.effect(capped.weights), note=note),
    )


def alternative_weights(arms: SensitivityArms, *, tolerance: float = 0.1) -> SensitivityTable:
    """The effect with other weights for the same target, and with other scales of the usual.

    Parameters
    ----------
    arms : SensitivityArms
        From `matched_arms`; of unmatched ones the table is one refused row.
    tolerance : float
        Largest imbalance of the approximate weights, in standard deviations; above 0.

    Returns
    -------
    SensitivityTable
        Weights of the largest effective sample size, two that balance to the tolerance, and
        the usual ones on the scales that the main analysis does not use.

    Raises
    ------
    InputError
        If `tolerance` is not above 0.

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
    >>> matching = sc.Matching(target, match=["age"])
    >>> arms = sc.comparison.matched_arms(mine, theirs, matching, outcome="PFS")
    >>> table = sc.comparison.alternative_weights(arms)
    >>> print(table.to_frame()[["changed", "estimate", "ess"]].round(2))
                                                 changed  estimate    ess
    0                      largest effective sample size     -0.49  37.45
    1   largest effective sample size, balance to 0.1 SD     -0.59  38.99
    2                 largest entropy, balance to 0.1 SD     -0.59  38.98
    3                          usual, scaled to sum to n     -0.50  37.40
    4  usual, scaled to sum to the effective sample size     -0.50  37.40
    """
    if arms.matching is None:
        return SensitivityTable(rows=(refused_row(ALTERNATIVE, "weights", NO_WEIGHTS),))
    population, match = arms.matching.population, arms.matching.match
    patients, usual = arms.treatment[0], arms.matching.weights
    near = f"balance to {tolerance:g} SD"

    def largest_ess() -> Weights:
        return max_ess_weights(patients, population, match=match)

    def near_ess() -> Weights:
        return approximate_weights(patients, population, match=match, tolerance=tolerance)

    def near_entropy() -> Weights:
        return approximate_weights(
            patients, population, match=match, tolerance=tolerance, maximise="entropy"
        )

    made = (
        ("largest effective sample size", largest_ess),
        (f"largest effective sample size, {near}", near_ess),
        (f"largest entropy, {near}", near_entropy),
    )
    rows = [_alternative(arms, changed, weights, arms.scale) for changed, weights in made]
    rows += [
        _alternative(arms, f"usual, {words}", lambda: usual, scale)
        for scale, words in SCALES
        if scale != arms.scale
    ]
    return SensitivityTable(rows=tuple(rows))


def _alternative(
    arms: SensitivityArms, changed: str, make: Callable[[], Weights], scale: WeightScale
) -> SensitivityRow:
    def row() -> SensitivityRow:
        weights = make()
        off = weights.largest_imbalance
        note = f"Largest imbalance {off:.2g} SD." if off > 1e-6 else ""
        return effect_row(ALTERNATIVE, changed, arms.effect(weights, scale=scale), note=note)

    return attempt(ALTERNATIVE, changed, row)


class PatientInfluence(NamedTuple):
    """What the log hazard ratio changes by, to first order, without each patient.

    Attributes
    ----------
    id : tuple of str
        The n patients of the treatment, then those of an observed comparator.
    change : ndarray of shape (n,)
        Minus the patient's influence, that through the weights included.
    """

    id: tuple[str, ...]
    change: FloatArray


def patient_influence(arms: SensitivityArms) -> PatientInfluence:
    """First-order change of the log hazard ratio without each patient.

    Over draws it is their mean. The patients of a rebuilt arm are nobody in particular and
    are not listed.

    Parameters
    ----------
    arms : SensitivityArms
        From `matched_arms` or `unmatched_arms`.

    Returns
    -------
    PatientInfluence
        Ids and changes, in the order of the patients.

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
    >>> matching = sc.Matching(target, match=["age"])
    >>> arms = sc.comparison.matched_arms(mine, theirs, matching, outcome="PFS")
    >>> influence = sc.comparison.patient_influence(arms)
    >>> change, patient = max(zip(influence.change, influence.id))
    >>> print(f"without patient {patient} the log HR would be {change:.3f} higher")
    without patient 29 the log HR would be 0.041 higher
    """
    parts = [
        _one_influence(a, b, arms) for a, b in zip(arms.treatment, arms.comparator, strict=True)
    ]
    total = np.mean(parts, axis=0)
    patients, other = arms.treatment[0], arms.comparator[0]
    sides = ((patients, -total[: patients.n]), (other, -total[patients.n :]))
    known = [(ipd, change) for ipd, change in sides if ipd.origin == "observed"]
    return PatientInfluence(
        id=tuple(name for ipd, _ in known for name in ipd.id),
        change=read_only(np.concatenate([np.zeros(0), *(c for _, c in known)]), name="change"),
    )


def leave_one_patient_out(arms: SensitivityArms, *, exact: int = 10) -> SensitivityTable:
    """The effect without each of the most influential patients, weights fitted anew.

    Parameters
    ----------
    arms : SensitivityArms
        From `matched_arms` or `unmatched_arms`.
    exact : int
        How many patients are left out in turn and everything fitted again; at least 1. All
        are ranked by their influence, which costs one fit; the note of a row has what the
        influence foretold.

    Returns
    -------
    SensitivityTable
        The most influential patient first.

    Raises
    ------
    InputError
        If `exact` is below 1.

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
    >>> matching = sc.Matching(target, match=["age"])
    >>> arms = sc.comparison.matched_arms(mine, theirs, matching, outcome="PFS")
    >>> table = sc.comparison.leave_one_patient_out(arms, exact=2)
    >>> print(table.to_frame()[["changed", "estimate", "ess"]].round(2))
                      changed  estimate    ess
    0  without patient 29 (A)     -0.45  36.40
    1  without patient 32 (A)     -0.46  36.52
    """
    if exact < 1:
        raise InputError(f"`exact` must be at least 1; got {exact!r}.")
    influence = patient_influence(arms)
    if not influence.id:
        why = "Both arms are rebuilt: their patients are nobody in particular."
        return SensitivityTable(rows=(refused_row(LEAVE_ONE_OUT, "patients", why),))
    order = np.argsort(-np.abs(influence.change), kind="stable")[:exact]
    before = arms.main().estimate
    n_own = arms.treatment[0].n if arms.treatment[0].origin == "observed" else 0
    return SensitivityTable(
        rows=tuple(
            _without(
                arms, influence, int(i), before, side="treatment" if i < n_own else "comparator"
            )
            for i in order
        )
    )


def _without(
    arms: SensitivityArms,
    influence: PatientInfluence,
    i: int,
    before: float,
    *,
    side: Literal["treatment", "comparator"],
) -> SensitivityRow:
    name, arm = influence.id[i], arms.names[0 if side == "treatment" else 1]
    changed = f"without patient {name} ({arm})"
    foretold = before + float(influence.change[i])

    def make() -> SensitivityRow:
        if side == "treatment":
            left = replace(arms, treatment=tuple(_drop(ipd, name) for ipd in arms.treatment))
        else:
            left = replace(arms, comparator=tuple(_drop(ipd, name) for ipd in arms.comparator))
        return effect_row(
            LEAVE_ONE_OUT, changed, left.effect(_weights(left)), note=FORETOLD, foretold=foretold
        )

    return attempt(LEAVE_ONE_OUT, changed, make)


def _drop(ipd: IPD, name: str) -> IPD:
    keep = np.array([other != name for other in ipd.id])
    if not keep.any():
        raise InputError(f"{name!r} is the only patient of arm {ipd.arms[0]!r}.")
    return replace(
        ipd,
        id=tuple(other for other in ipd.id if other != name),
        arm=tuple(np.array(ipd.arm)[keep].tolist()),
        time=read_only(ipd.time[keep], name="time"),
        event=ipd.event[keep],
        covariate_values=ipd.covariate_values[keep]
        if ipd.covariate_names
        else ipd.covariate_values,
    )


def _weights(arms: SensitivityArms) -> Weights | None:
    if arms.matching is None:
        return None
    return maic_weights(arms.treatment[0], arms.matching.population, match=arms.matching.match)


def _one_influence(treatment: IPD, comparator: IPD, arms: SensitivityArms) -> FloatArray:
    """Influence of every patient of one pair on the log hazard ratio, of shape (n + m,)."""
    weight = np.ones(treatment.n)
    if arms.matching is not None:
        weight = arms.matching.weights.for_ids(treatment.id, scale=arms.scale)
    time = np.concatenate([treatment.time, comparator.time])
    influence = weighted_cox(
        time,
        np.concatenate([treatment.event, comparator.event]),
        np.arange(time.size) < treatment.n,
        np.concatenate([weight, np.ones(comparator.n)]),
    ).influence
    if arms.matching is None:
        return influence
    z = matching_problem(treatment, arms.matching.population, arms.matching.match).z
    raw = arms.matching.weights.for_ids(treatment.id)
    estimated = with_estimated_weights(influence[: treatment.n], z, raw, scale=arms.scale)
    return np.concatenate([estimated, influence[treatment.n :]])
