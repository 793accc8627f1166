"""The patients who are not in a subgroup, by taking the subgroup out of the whole.

Under censoring the curve of the rest is not the weighted difference of two Kaplan-Meier
curves; patients can be subtracted, curves cannot. Every rebuilt patient of the subgroup is
found again among the rebuilt patients of the whole (an event among the events, a censoring
among the censorings, at the nearest time), and those who are left are the rest. A pair of
data sets is taken only if the subgroup, at the times of the patients it was found among,
still meets everything published about it.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from survcomp.errors import ContradictionError
from survcomp.reconstruction.choose import reconstruct
from survcomp.reconstruction.join_cuts import refuse_earlier_cuts
from survcomp.reconstruction.matched_subgroup import Search, Taken
from survcomp.reconstruction.subgroup_excess import (
    check_same_basis,
    common_times,
    excess_words,
    refuse_printed_excess,
)
from survcomp.values.checks import FloatArray, Rng, check_type, generator
from survcomp.values.curves.curve import Curve
from survcomp.values.patients.ensemble import Ensemble
from survcomp.values.patients.ipd import IPD
from survcomp.values.shown import in_a_line, in_a_table

ROUNDS = 4
"""Times that both are drawn anew where too few pairs fit."""

SEARCH = 40
"""Draws of both that the shown data set is searched among where the two most likely ones do
not fit each other."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Complement:
    """Patients who are not in a subgroup.

    Attributes
    ----------
    overall, subgroup : Curve
        What was published about the whole and about the part.
    ipd : IPD
        The others, `overall.n` - `subgroup.n` of them, with the times they have in the
        reconstruction of the whole.
    ensemble : Ensemble or None
        Data sets of the others, each from one draw of the whole and one of the subgroup
        that fit each other, where asked for.
    amplification : float
        n / (n - n_s): how much an error in S of the whole is magnified. One in S of the
        subgroup is magnified `amplification` - 1 times.
    tried, rejected : int
        Pairs of draws that were tried for the ensemble, and those that did not fit.
    largest_move : float
        Furthest that a patient of the subgroup was moved in time for `ipd`, in the curves'
        time unit. Censoring times between two numbers at risk are not known, so theirs may
        be long.
    notes : tuple of str
        In words that a report prints.

    Examples
    --------
    >>> import survcomp as sc
    >>> def curve(n, survival, at_risk):
    ...     points = sc.CurvePoints.from_trace([0, 2, 2, 4, 4, 6], survival)
    ...     return sc.Curve(trial="T", arm="a", treatment="drug", endpoint="OS", n=n, points=points,
    ...                     at_risk={0: at_risk[0], 3: at_risk[1], 6: at_risk[2]})
    >>> whole = curve(10, [1, 1, 0.9, 0.9, 0.8, 0.8], [10, 9, 8])
    >>> without_lesions = sc.complement(whole, curve(5, [1, 1, 1, 1, 0.8, 0.8], [5, 5, 4]))
    >>> print(without_lesions.ipd)
    <IPD: arm drug, not in the subgroup, patients 5, events 1, followed to 6 months, origin
    reconstructed>
    >>> print(f"an error of the whole counts {without_lesions.amplification:g} times")
    an error of the whole counts 2 times
    """

    overall: Curve
    subgroup: Curve
    ipd: IPD
    ensemble: Ensemble | None
    amplification: float
    tried: int
    rejected: int
    largest_move: float
    notes: tuple[str, ...]

    __repr__ = in_a_line
    _repr_html_ = in_a_table


def complement(
    overall: Curve,
    subgroup: Curve,
    *,
    draws: int = 0,
    rng: Rng = None,
) -> Complement:
    """Rebuild the patients of `overall` who are not in `subgroup`.

    Parameters
    ----------
    overall, subgroup : Curve
        Published for the same trial, arm, endpoint, analysis set and data cut; all patients
        of the subgroup are among those of the whole.
    draws : int
        Data sets to draw; 0 for none, else at least 2.
    rng : Generator or int, optional
        Source of the draws, or its seed. `ipd` does not depend on it.

    Returns
    -------
    Complement

    Raises
    ------
    IncompatibleError
        If the two are not of one trial, arm, endpoint, time unit and basis.
    InputError
        If the subgroup is not smaller than the whole.
    ContradictionError
        If no such subgroup fits into the whole, or too few pairs of draws do; the message
        names the time at which it has too many.

    Notes
    -----
    The pairing minimises the sum of squared moves in time, in which a time at which both
    print numbers at risk is crossed only where there is no other way.

    Examples
    --------
    >>> from survcomp import AtRisk, Curve, CurvePoints, complement
    >>> def curve(n, survival, at_risk):
    ...     points = CurvePoints.from_trace([0, 2, 2, 4, 4, 6], survival)
    ...     return Curve(trial="T", arm="a", treatment="drug", endpoint="OS", n=n, points=points,
    ...                  at_risk=AtRisk.from_rows([0, 3, 6], at_risk))
    >>> whole = curve(10, [1, 1, 0.9, 0.9, 0.8, 0.8], [10, 9, 8])
    >>> part = curve(5, [1, 1, 1, 1, 0.8, 0.8], [5, 5, 4])
    >>> others = complement(whole, part)
    >>> others.ipd.n, others.ipd.n_events, others.amplification
    (5, 1, 2.0)
    """
    for name, curve in (("overall", overall), ("subgroup", subgroup)):
        check_type(curve, Curve, name=name, taken="a Curve")
    check_same_basis(overall, subgroup)
    for curve in (overall, subgroup):
        refuse_earlier_cuts(curve, method="`complement`")
    boundaries = common_times(overall, subgroup)
    refuse_printed_excess(overall, subgroup, boundaries)
    shown = _shown(overall, subgroup, boundaries)
    amplification = overall.n / (overall.n - subgroup.n)
    ensemble, tried, rejected = None, 0, 0
    if draws:
        others, tried = _draw(overall, subgroup, boundaries, draws=draws, rng=generator(rng))
        ensemble = Ensemble(draws=others, method="complement", curve_id=overall.id)
        rejected = tried - len(others)
    return Complement(
        overall=overall,
        subgroup=subgroup,
        ipd=shown.others,
        ensemble=ensemble,
        amplification=amplification,
        tried=tried,
        rejected=rejected,
        largest_move=shown.largest_move,
        notes=_notes(overall, subgroup, shown, tried, rejected),
    )


def _shown(overall: Curve, subgroup: Curve, boundaries: FloatArray) -> Taken:
    """The two most likely data sets, or else the first of a fixed set of draws that fit."""
    whole, part = reconstruct(overall, draws=0), reconstruct(subgroup, draws=0)
    search = Search(part, boundaries)
    taken = search.fitting(whole.ipd, part.ipd)
    if taken is not None:
        return taken
    excess = excess_words(whole.ipd, part.ipd, boundaries)
    many = reconstruct(overall, draws=SEARCH, rng=0).ensemble
    parts = reconstruct(subgroup, draws=SEARCH, rng=0).ensemble
    for taken in search.pairs(many, parts):
        if taken is not None:
            return taken
    raise ContradictionError(
        f"{subgroup.id}: none of {search.tried} pairs of data sets of the {subgroup.n} patients of "
        f"the subgroup and of all {overall.n} fit each other; in the most likely pair, {excess}."
    )


def _draw(
    overall: Curve,
    subgroup: Curve,
    boundaries: FloatArray,
    *,
    draws: int,
    rng: np.random.Generator,
) -> tuple[tuple[IPD, ...], int]:
    """As many draws of the others as asked for, and how many pairs were tried."""
    others: list[IPD] = []
    tried = 0
    for _ in range(ROUNDS):
        whole = reconstruct(overall, draws=draws, rng=rng)
        part = reconstruct(subgroup, draws=draws, rng=rng)
        search = Search(part, boundaries)
        for taken in search.pairs(whole.ensemble, part.ensemble):
            if taken is not None:
                others.append(taken.others)
            if len(others) == draws:
                return tuple(others), tried + search.tried
        tried += search.tried
    raise ContradictionError(
        f"{subgroup.id}: only {len(others)} of {tried} pairs of draws fit each other, and {draws} "
        f"draws are asked for. The subgroup hardly fits into the whole; in the most likely pair, "
        f"{excess_words(whole.ipd, part.ipd, boundaries)}."
    )


def _notes(
    overall: Curve, subgroup: Curve, shown: Taken, tried: int, rejected: int
) -> tuple[str, ...]:
    rest = overall.n - subgroup.n
    factor = overall.n / rest
    notes = [
        f"{rest} patients are what is left of {overall.n} without the {subgroup.n} of the "
        f"subgroup: an error in S of the whole is magnified {factor:.3g} times, one in S of the "
        f"subgroup {factor - 1:.3g} times",
        f"patients of the subgroup were found again at times up to {shown.largest_move:.3g} "
        f"{overall.time_unit} from their own",
    ]
    if tried:
        notes.append(
            f"{rejected} of {tried} pairs of draws did not fit each other and were left out"
        )
    if overall.basis.cut is None:
        notes.append("the data cut is not stated; both curves are taken to be of one cut")
    return tuple(notes)
