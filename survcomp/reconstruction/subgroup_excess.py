"""Whether one curve can be of a subgroup of another's patients, and where it has too many.

First by what is printed: one trial, arm, endpoint and data cut, and nowhere more patients than
the whole. Then, in words, by the rebuilt patients.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from survcomp.errors import ContradictionError, IncompatibleError, InputError
from survcomp.values.checks import FloatArray
from survcomp.values.curves.curve import Curve
from survcomp.values.patients.ipd import IPD

BASIS_FIELDS = ("analysis_set", "index_date", "assessor", "censoring_rule", "cut")


def check_same_basis(overall: Curve, subgroup: Curve) -> None:
    """Refuse curves of which the one cannot be of a part of the other's patients.

    Raises
    ------
    IncompatibleError
        If they are not of one trial, arm, endpoint, time unit and basis.
    InputError
        If the subgroup is not smaller than the whole.
    """
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
    if not subgroup.n < overall.n:
        raise InputError(
            f"the subgroup must have fewer patients than the whole; got {subgroup.n} of "
            f"{overall.n}."
        )


def _words(value: object) -> str:
    return repr(getattr(value, "label", value))


def common_times(overall: Curve, subgroup: Curve) -> FloatArray:
    """Times at which both print numbers at risk."""
    if overall.at_risk is None or subgroup.at_risk is None:
        return np.empty(0)
    return np.intersect1d(overall.at_risk.time, subgroup.at_risk.time)


def refuse_printed_excess(overall: Curve, subgroup: Curve, boundaries: FloatArray) -> None:
    """Refuse a subgroup whose printed numbers exceed those of the whole.

    Parameters
    ----------
    overall, subgroup : Curve
        The whole and the part.
    boundaries : ndarray
        Times at which both print numbers at risk.

    Raises
    ------
    ContradictionError
        Naming the first time at which it has too many.
    """
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


def excess_words(whole: IPD, part: IPD, boundaries: FloatArray) -> str:
    """Where the rebuilt part has more than the whole, in words.

    Parameters
    ----------
    whole, part : IPD
        Rebuilt patients.
    boundaries : ndarray
        Times at which both print numbers at risk.
    """
    for until, words, counts in (
        ("at", "patients at risk", _at_risk),
        ("by", "events", lambda ipd, t: _gone(ipd.time[ipd.event], t)),
        ("by", "censored patients", lambda ipd, t: _gone(ipd.time[~ipd.event], t)),
    ):
        times = np.unique(np.concatenate([part.time, whole.time, boundaries]))
        excess = counts(part, times) - counts(whole, times)
        if excess.max() > 0:
            # the first time at which it is clear, not the first by one patient
            at = float(times[int(np.argmax(excess))])
            of_part, of_whole = (counts(ipd, np.array([at]))[0] for ipd in (part, whole))
            return (
                f"{until} {at:g} {part.time_unit} it has {of_part} {words} and the whole {of_whole}"
            )
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
        of_part = np.histogram(part.time[part.event == kind], edges)[0]
        of_whole = np.histogram(whole.time[whole.event == kind], edges)[0]
        b = int(np.argmax(of_part - of_whole))
        if of_part[b] - of_whole[b] > worst:
            worst = int(of_part[b] - of_whole[b])
            words = (
                f"between {edges[b]:g} and {edges[b + 1]:g} {part.time_unit} it has {of_part[b]} "
                f"{'events' if kind else 'censorings'} and the whole {of_whole[b]}"
            )
    return words or "its patients cannot be found among those of the whole near their own times"
