"""The patients who are not in a subgroup, by taking the subgroup out of the whole.

Under censoring the curve of the rest is not the weighted difference of two Kaplan-Meier
curves; patients can be subtracted, curves cannot. Every rebuilt patient of the subgroup is
found again among the rebuilt patients of the whole (an event among the events, a censoring
among the censorings, at the nearest time), and those who are left are the rest. A pair of
data sets is taken only if the subgroup, at the times of the patients it was found among,
still meets everything published about it.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from survcomp.errors import ContradictionError, IncompatibleError, InputError
from survcomp.reconstruction.choose import reconstruct
from survcomp.reconstruction.fidelity import compare_with_published
from survcomp.reconstruction.join_cuts import refuse_earlier_cuts
from survcomp.reconstruction.result import Reconstruction
from survcomp.values.checks import FloatArray, read_only
from survcomp.values.curves.curve import Curve
from survcomp.values.ensemble import Ensemble
from survcomp.values.ipd import IPD

PARTNERS = 10
"""Data sets of the subgroup that are matched with one of the whole before it is given up;
those that have more events or censorings in an interval are passed over before."""

ROUNDS = 4
"""Times that both are drawn anew where too few pairs fit."""

SEARCH = 40
"""Draws of both that the shown data set is searched among where the two most likely ones do
not fit each other."""

APART = 100.0
"""Follow-ups that crossing a time at which both print numbers at risk counts for: a patient
is moved across one only where there is no other way."""

BASIS_FIELDS = ("analysis_set", "index_date", "assessor", "censoring_rule", "cut")


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


class _Taken(NamedTuple):
    """The others, and the subgroup at the times of the patients it was found among."""

    others: IPD
    moved: IPD
    largest_move: float


def complement(
    overall: Curve,
    subgroup: Curve,
    *,
    draws: int = 0,
    rng: np.random.Generator | int | None = None,
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
    >>> from survcomp.values import AtRisk, CurvePoints
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
    _check_same(overall, subgroup)
    if not subgroup.n < overall.n:
        raise InputError(
            f"the subgroup must have fewer patients than the whole; got {subgroup.n} of "
            f"{overall.n}."
        )
    for curve in (overall, subgroup):
        refuse_earlier_cuts(curve, method="`complement`")
    boundaries = _boundaries(overall, subgroup)
    _check_printed(overall, subgroup, boundaries)
    shown = _shown(overall, subgroup, boundaries)
    amplification = overall.n / (overall.n - subgroup.n)
    ensemble, tried, rejected = None, 0, 0
    if draws:
        found, tried = _draw(
            overall, subgroup, boundaries, draws=draws, rng=np.random.default_rng(rng)
        )
        ensemble = Ensemble(draws=found, method="complement", curve_id=overall.id)
        rejected = tried - len(found)
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


def _check_same(overall: Curve, subgroup: Curve) -> None:
    pairs = [
        *(
            (name, getattr(overall, name), getattr(subgroup, name))
            for name in ("trial", "arm", "endpoint", "time_unit")
        ),
        *(
            (name, getattr(overall.basis, name), getattr(subgroup.basis, name))
            for name in BASIS_FIELDS
        ),
    ]
    for name, whole, part in pairs:
        if whole != part:
            raise IncompatibleError(
                f"`overall` and `subgroup` must have the same {name}; got {_words(whole)} and "
                f"{_words(part)}."
            )


def _words(value: object) -> str:
    return repr(getattr(value, "label", value))


def _boundaries(overall: Curve, subgroup: Curve) -> FloatArray:
    """Times at which both print numbers at risk."""
    if overall.at_risk is None or subgroup.at_risk is None:
        return np.empty(0)
    return np.intersect1d(overall.at_risk.time, subgroup.at_risk.time)


def _check_printed(overall: Curve, subgroup: Curve, boundaries: FloatArray) -> None:
    """Raise if printed numbers of the subgroup exceed those of the whole."""
    problem = ""
    if boundaries.size:
        whole, part = (_printed(curve, boundaries) for curve in (overall, subgroup))
        problem = _more_at_risk(whole, part, boundaries, overall.time_unit)
    if overall.events is not None and subgroup.events is not None and not problem:
        lived = (overall.n - overall.events) - (subgroup.n - subgroup.events)
        if subgroup.events > overall.events or lived < 0:
            problem = (
                f"at the cut it has {subgroup.events} events of {subgroup.n} and the whole "
                f"{overall.events} of {overall.n}"
            )
    if problem:
        raise ContradictionError(
            f"{subgroup.id}: the subgroup does not fit into the whole: {problem}."
        )


def _printed(curve: Curve, times: FloatArray) -> FloatArray:
    assert curve.at_risk is not None
    return np.asarray(curve.at_risk.count[np.searchsorted(curve.at_risk.time, times)])


def _more_at_risk(whole: FloatArray, part: FloatArray, times: FloatArray, unit: str) -> str:
    """Where the part has more at risk than the whole, or loses more; else nothing."""
    for t, w, p in zip(times, whole, part, strict=True):
        if p > w:
            return f"at {t:g} {unit} it has {p:g} patients at risk and the whole {w:g}"
    lost, lost_of_whole = -np.diff(part), -np.diff(whole)
    for b in np.flatnonzero(lost > lost_of_whole):
        return (
            f"between {times[b]:g} and {times[b + 1]:g} {unit} it loses {lost[b]:g} patients and "
            f"the whole {lost_of_whole[b]:g}"
        )
    return ""


def _shown(overall: Curve, subgroup: Curve, boundaries: FloatArray) -> _Taken:
    """The two most likely data sets, or else the first of a fixed set of draws that fit."""
    whole, part = reconstruct(overall), reconstruct(subgroup)
    search = _Search(part, boundaries)
    taken = search.fitting(whole.ipd, part.ipd)
    if taken is not None:
        return taken
    problem = _problem(whole.ipd, part.ipd, boundaries)
    many = reconstruct(overall, draws=SEARCH, rng=0).ensemble
    parts = reconstruct(subgroup, draws=SEARCH, rng=0).ensemble
    for found in search.pairs(many, parts):
        if found is not None:
            return found
    raise ContradictionError(
        f"{subgroup.id}: none of {search.tried} pairs of data sets of the {subgroup.n} patients of "
        f"the subgroup and of all {overall.n} fit each other; in the most likely pair, {problem}."
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
    found: list[IPD] = []
    tried = 0
    for _ in range(ROUNDS):
        whole = reconstruct(overall, draws=draws, rng=rng)
        part = reconstruct(subgroup, draws=draws, rng=rng)
        search = _Search(part, boundaries)
        for taken in search.pairs(whole.ensemble, part.ensemble):
            if taken is not None:
                found.append(taken.others)
            if len(found) == draws:
                return tuple(found), tried + search.tried
        tried += search.tried
    raise ContradictionError(
        f"{subgroup.id}: only {len(found)} of {tried} pairs of draws fit each other, and {draws} "
        f"draws are asked for. The subgroup hardly fits into the whole; in the most likely pair, "
        f"{_problem(whole.ipd, part.ipd, boundaries)}."
    )


class _Search:
    """Pairs of data sets of which the one can be part of the other; counts what it tries."""

    def __init__(self, part: Reconstruction, boundaries: FloatArray) -> None:
        self.part = part
        self.used = frozenset(_kinds(part))
        self.boundaries = boundaries
        self.tried = 0

    def pairs(self, whole: Ensemble | None, part: Ensemble | None) -> Iterator[_Taken | None]:
        """For every draw of the whole: the others, or None where no draw of the part fits.

        The draws of an ensemble are in random order, so a neighbour is a random partner.
        """
        assert whole is not None
        assert part is not None
        needed = np.stack([self._losses(ipd) for ipd in part])
        missed = [self._missed(ipd) for ipd in part]
        for m, patients in enumerate(whole):
            there = self._losses(patients)
            taken, compared = None, 0
            for k in np.roll(np.arange(len(part)), -m).tolist():
                self.tried += 1
                if np.any(needed[k] > there):
                    continue
                taken = self._if_met(patients, part[k], missed[k])
                compared += 1
                if taken is not None or compared == PARTNERS:
                    break
            yield taken

    def fitting(self, whole: IPD, part: IPD) -> _Taken | None:
        """The others, if the subgroup still meets what is published where it was found."""
        self.tried += 1
        if np.any(self._losses(part) > self._losses(whole)):
            return None
        return self._if_met(whole, part, self._missed(part))

    def _if_met(self, whole: IPD, part: IPD, missed: set[str]) -> _Taken | None:
        taken = _take_out(whole, part, self.boundaries)
        return taken if self._missed(taken.moved) <= missed else None

    def _losses(self, ipd: IPD) -> NDArray[np.intp]:
        """Events and censorings between the boundaries: no part has more than the whole."""
        inner = self.boundaries[self.boundaries > 0]
        interval = np.searchsorted(inner, ipd.time, side="right")
        size = inner.size + 1
        return np.asarray(np.bincount(interval + size * ipd.event, minlength=2 * size))

    def _missed(self, ipd: IPD) -> set[str]:
        found = compare_with_published(self.part.curve, ipd, used=self.used)
        return {row.quantity for row in found.rows if row.verdict == "missed"}


def _kinds(about: Reconstruction) -> Iterator[str]:
    """Kinds of numbers that the reconstruction of the subgroup was made to fit."""
    names = {"S(": "landmarks", "median": "median", "events": "events", "at risk": "at_risk"}
    for row in about.fidelity.rows:
        if row.role == "used":
            yield from (kind for start, kind in names.items() if row.quantity.startswith(start))


def _take_out(whole: IPD, part: IPD, boundaries: FloatArray) -> _Taken:
    """Match the part's events and censorings with the whole's, by the least moves."""
    keep = np.ones(whole.n, dtype=bool)
    times = np.array(part.time)
    scale = max(float(whole.time.max()), float(part.time.max()), 1e-300)
    for kind in (True, False):
        of_whole, of_part = np.flatnonzero(whole.event == kind), np.flatnonzero(part.event == kind)
        here = _stretched(whole.time[of_whole], boundaries, scale)
        there = _stretched(part.time[of_part], boundaries, scale)
        chosen = of_whole[nearest(there, here)]
        keep[chosen] = False
        times[of_part] = whole.time[chosen]
    left, events = whole.time[keep], whole.event[keep]
    others = IPD.from_times(
        left[events],
        left[~events],
        arm=f"{whole.arms[0]}, not in the subgroup",
        time_unit=whole.time_unit,
        origin="reconstructed",
        censoring="assumed" if "assumed" in (whole.censoring, part.censoring) else whole.censoring,
        basis=whole.basis,
    )
    moved = replace(part, time=read_only(times, name="time"))
    return _Taken(others, moved, float(np.max(np.abs(times - part.time))))


def _stretched(time: FloatArray, boundaries: FloatArray, scale: float) -> FloatArray:
    """Time in follow-ups, with a gap at each boundary; at risk there means leaving after it."""
    crossed = np.searchsorted(boundaries, time, side="right")
    return np.asarray(time / scale + APART * crossed)


def nearest(few: FloatArray, many: FloatArray) -> NDArray[np.intp]:
    """Partners of `few` among `many`, each used once, with the least sum of squared distances.

    Parameters
    ----------
    few, many : ndarray of shape (k,) and (m,), k <= m
        Ascending.

    Returns
    -------
    ndarray of shape (k,)
        Ascending positions in `many`. For a convex distance on a line the best partners
        are in the same order as the points.

    Examples
    --------
    >>> import numpy as np
    >>> nearest(np.array([2.0, 2.1]), np.array([0.0, 2.0, 5.0])).tolist()
    [0, 1]
    """
    k, m = few.size, many.size
    cost = np.zeros(m + 1)  # of the points so far with partners among the first j
    taken = np.zeros((k, m), dtype=bool)
    for i in range(k):
        here = cost[:-1] + (many - few[i]) ** 2
        here[:i] = np.inf
        cost = np.concatenate(([np.inf], np.minimum.accumulate(here)))
        # where the best among the first j + 1 takes the last of them
        taken[i] = here < cost[:-1]
    partner = np.empty(k, dtype=np.intp)
    j = m - 1
    for i in range(k - 1, -1, -1):
        while not taken[i, j]:
            j -= 1
        partner[i] = j
        j -= 1
    return partner


def _problem(whole: IPD, part: IPD, boundaries: FloatArray) -> str:
    """Where the part has more than the whole, in words."""
    for words, counts in (
        ("patients at risk", _at_risk),
        ("events", lambda ipd, t: _gone(ipd.time[ipd.event], t)),
        ("censored patients", lambda ipd, t: _gone(ipd.time[~ipd.event], t)),
    ):
        times = np.unique(np.concatenate([part.time, whole.time, boundaries]))
        excess = counts(part, times) - counts(whole, times)
        if excess.max() > 0:
            # the first time at which it is clear, not the first by one patient
            at = float(times[int(np.argmax(excess))])
            mine, all_ = counts(part, np.array([at]))[0], counts(whole, np.array([at]))[0]
            until = "at" if words == "patients at risk" else "by"
            return f"{until} {at:g} {part.time_unit} it has {mine} {words} and the whole {all_}"
    return _worst_interval(whole, part, boundaries)


def _at_risk(ipd: IPD, times: FloatArray) -> NDArray[np.intp]:
    return np.asarray(ipd.n - np.searchsorted(np.sort(ipd.time), times, side="left"))


def _gone(times: FloatArray, until: FloatArray) -> NDArray[np.intp]:
    return np.asarray(np.searchsorted(np.sort(times), until, side="right"))


def _worst_interval(whole: IPD, part: IPD, boundaries: FloatArray) -> str:
    """Interval in which the part loses most more patients than the whole."""
    inner = boundaries if boundaries.size > 1 else np.linspace(0.0, float(part.time.max()), 11)
    edges = np.concatenate([inner, [np.inf]])
    worst, words = 0, ""
    for kind in (True, False):
        mine = np.histogram(part.time[part.event == kind], edges)[0]
        all_ = np.histogram(whole.time[whole.event == kind], edges)[0]
        b = int(np.argmax(mine - all_))
        if mine[b] - all_[b] > worst:
            worst = int(mine[b] - all_[b])
            words = (
                f"between {edges[b]:g} and {edges[b + 1]:g} {part.time_unit} it has {mine[b]} "
                f"{'events' if kind else 'censorings'} and the whole {all_[b]}"
            )
    return words or "its patients cannot be found among those of the whole near their own times"


def _notes(
    overall: Curve, subgroup: Curve, shown: _Taken, tried: int, rejected: int
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
