"""Several data cuts of one trial as one curve: one cohort, censored earlier and later.

A patient censored by the data cut at time C at the latest cut was censored at C - D at a cut
made D earlier. So numbers of two cuts may not be put on one curve as they stand, but both
are numbers of one latent cohort (`earlier_cuts`), once D is known: from the dates of the cuts,
else from the difference of the median follow-ups, else from the user.
"""

from __future__ import annotations

import math
import re
from collections.abc import Mapping, Sequence
from dataclasses import replace
from itertools import pairwise

import numpy as np

from survcomp.errors import InputError
from survcomp.values.basis import Cut, FollowUp
from survcomp.values.checks import DAYS_IN, check_type, printed_step
from survcomp.values.curves.cohort import check_same_patients
from survcomp.values.curves.curve import Curve, EarlierCut

LONGEST_OVER_MEDIAN = 1.5
"""Longest over median follow-up where only the median is printed: seven cuts with both in
data/digitized have 1.33 to 1.72."""

MEDIANS_SD = 1.5
"""SD of the difference of two reverse Kaplan-Meier medians of the same n patients about the true
time between the cuts, in units of (longest - median follow-up) / sqrt(n). In simulated cohorts of
97 and 208 it is 0.5 to 2.7, most where few patients are left without event."""

MEDIANS_RELATIVE_SD = 0.15
"""The difference of published medians also errs as a whole, as the method is seldom printed and
patients leave: it is 0.79 (CARTITUDE-1) and 0.98 (CARTITUDE-4) of the time between the dates."""

DATE = re.compile(r"\d{4}-\d{2}(?P<day>-\d{2})?", re.ASCII)

DAY_SD = 1.0
"""Data are not all of one day: SD in days of a cut whose date is printed."""


def join_cuts(
    curves: Sequence[Curve], *, time_before_latest: Mapping[str, float] | None = None
) -> Curve:
    """Join the curves of several data cuts of one trial arm and endpoint.

    Parameters
    ----------
    curves : sequence of Curve
        Two or more of the same trial, arm, treatment, endpoint, n, time unit, analysis set,
        index date, assessor and censoring rule, in order of time: the latest cut last.
    time_before_latest : mapping of str to float, optional
        Time from an earlier cut, by its label, to the latest cut, in the curves' time unit.
        Goes before the dates and the medians of follow-up.

    Returns
    -------
    Curve
        The latest cut's, with the other cuts in `earlier`, each with its time before the
        latest, the standard error of that time and where it comes from. `reconstruct` makes
        patients at the latest cut from it.

    Raises
    ------
    InputError
        If the curves are not of the same patients and outcome (the message names what
        differs), are out of order, or the time between two cuts is not known.
    ContradictionError
        If events, or numbers at risk at one time, fall from a cut to a later one.

    Notes
    -----
    A traced figure is used at the latest cut only: where an earlier cut has one and the
    latest has none, the cuts are refused, as the figure would be lost.

    Examples
    --------
    >>> from survcomp import Basis, Curve, Cut, FollowUp, Landmark, MedianTime, join_cuts
    >>> def curve(label, date, follow_up, **printed):
    ...     cut = Cut(label=label, date=date, follow_up=FollowUp(median=follow_up))
    ...     return Curve(trial="T", arm="a", treatment="drug", endpoint="PFS", n=97,
    ...                  basis=Basis(cut=cut), **printed)
    >>> early = curve("first", "2021-07-22", 21.7, landmarks=(Landmark(time=24, survival=0.605),))
    >>> late = curve("last", "2022-10-14", 33.4, median=MedianTime(estimate=34.9))
    >>> joined = join_cuts([early, late])
    >>> joined.id, joined.support, [round(cut.time_before, 1) for cut in joined.earlier]
    ('T/a/PFS/last', 'landmarks', [14.8])
    """
    check_type(curves, (list, tuple), name="curves", taken="a list of curves")
    for curve in curves:
        check_type(curve, Curve, name="curves", taken="a list of curves")
    if len(curves) < 2:
        raise InputError(f"`curves` must be of two data cuts or more; got {len(curves)}.")
    latest = curves[-1]
    for curve in curves[:-1]:
        check_same_patients(curve, latest)
    for curve in curves:
        if curve.earlier:
            raise InputError(
                f"`curves`: {curve.id} holds earlier cuts already; give each cut by itself."
            )
    labels = [_cut(curve).label for curve in curves]
    if len(set(labels)) < len(labels):
        raise InputError(f"`curves` must be of different data cuts; got {', '.join(labels)}.")
    given = _given(time_before_latest or {}, labels)
    _refuse_lost_figure(curves)
    _check_order(curves)
    earlier = tuple(_earlier(curve, latest, given) for curve in curves[:-1])
    return replace(latest, earlier=earlier)


def _cut(curve: Curve) -> Cut:
    if curve.basis.cut is None:
        raise InputError(f"`curves`: {curve.id} names no data cut (`basis.cut`), which it must.")
    return curve.basis.cut


def _given(times: Mapping[str, float], labels: Sequence[str]) -> Mapping[str, float]:
    unknown = [label for label in times if label not in labels[:-1]]
    if unknown:
        raise InputError(
            f"`time_before_latest` names {', '.join(map(repr, unknown))}; the earlier cuts are "
            f"{', '.join(map(repr, labels[:-1]))}."
        )
    return times


def _refuse_lost_figure(curves: Sequence[Curve]) -> None:
    latest = curves[-1]
    traced = [curve.id for curve in curves[:-1] if curve.points is not None]
    if traced and latest.points is None:
        raise InputError(
            f"`curves`: {', '.join(traced)} has a traced figure and the latest cut, {latest.id}, "
            "has none. A figure of an earlier cut is not joined to printed numbers of a later "
            "one: reconstruct the cuts apart."
        )


def _check_order(curves: Sequence[Curve]) -> None:
    """Refuse dates or median follow-ups that fall along the curves as given."""
    known: dict[str, list[tuple[str, float]]] = {"date": [], "median follow-up": []}
    for curve in curves:
        cut = _cut(curve)
        if cut.date is not None:
            known["date"].append((curve.id, _day(cut.date, curve)[0]))
        if cut.follow_up is not None:
            known["median follow-up"].append((curve.id, cut.follow_up.median))
    for measure, dated in known.items():
        for (first, before), (second, after) in pairwise(dated):
            if after <= before:
                raise InputError(
                    f"`curves` must be in order of time, the latest cut last; the {measure} of "
                    f"{second} is not after that of {first}."
                )


def _day(text: str, curve: Curve) -> tuple[float, float]:
    """A cut's date in days, and its standard error; a month alone is its middle."""
    parts = DATE.fullmatch(text)
    try:
        if parts is None:
            raise ValueError(text)
        day = np.datetime64(text if parts["day"] else f"{text}-15").astype("datetime64[D]")
    except ValueError:  # also of a day that its month does not have
        raise InputError(
            f"{curve.id}: `cut.date` must be a day such as '2021-02-28' or a month such as "
            f"'2021-02'; got {text!r}."
        ) from None
    of_month = 0.0 if parts["day"] else DAYS_IN["months"] / math.sqrt(12.0)
    return float(day.astype(np.int64)), math.hypot(DAY_SD, of_month)


def _earlier(curve: Curve, latest: Curve, given: Mapping[str, float]) -> EarlierCut:
    cut, last = _cut(curve), _cut(latest)
    if cut.label in given:
        time = given[cut.label]
        return EarlierCut(curve=curve, time_before=time, se=_rounding(time), origin="given")
    if cut.date is not None and last.date is not None:
        unit = DAYS_IN[curve.time_unit]
        (first, error), (second, other) = _day(cut.date, curve), _day(last.date, latest)
        return EarlierCut(
            curve=curve,
            time_before=(second - first) / unit,
            se=math.hypot(error, other) / unit,
            origin="cut dates",
        )
    if cut.follow_up is not None and last.follow_up is not None:
        _refuse_observed_times(curve, latest)
        difference = last.follow_up.median - cut.follow_up.median
        return EarlierCut(
            curve=curve,
            time_before=difference,
            se=_medians_se(cut.follow_up, last.follow_up, curve.n),
            origin="median follow-ups",
        )
    raise InputError(
        f"the time between {curve.id} and {latest.id} is not known: neither dates nor median "
        f"follow-ups of both cuts are published. Give it, in {curve.time_unit}, as "
        f"`time_before_latest={{{cut.label!r}: ...}}`."
    )


def _refuse_observed_times(curve: Curve, latest: Curve) -> None:
    """Medians of observed times end with the event: they do not move with the cut."""
    for one in (curve, latest):
        follow_up = _cut(one).follow_up
        if follow_up is not None and follow_up.method == "observed times":
            raise InputError(
                f"{one.id}: its median follow-up is of observed times, which end with the event, "
                "so that it does not tell the time between the cuts. Give it as "
                f"`time_before_latest={{{_cut(curve).label!r}: ...}}`."
            )


def _rounding(value: float) -> float:
    return printed_step(value) / math.sqrt(12.0)


def _medians_se(early: FollowUp, late: FollowUp, n: int) -> float:
    """Standard error of the time between two cuts that their median follow-ups imply."""
    longest = late.longest or LONGEST_OVER_MEDIAN * late.median
    sampling = MEDIANS_SD * max(longest - late.median, 0.0) / math.sqrt(n)
    relative = MEDIANS_RELATIVE_SD * (late.median - early.median)
    return math.hypot(
        math.hypot(_rounding(early.median), _rounding(late.median)), math.hypot(sampling, relative)
    )


def refuse_earlier_cuts(curve: Curve, *, method: str) -> None:
    """Raise if a curve holds earlier cuts, for a method that has no place for them.

    Raises
    ------
    InputError
        Naming the method and the cuts.
    """
    if curve.earlier:
        labels = ", ".join(repr(cut.label) for cut in curve.earlier)
        raise InputError(
            f"{curve.id}: {method} does not use earlier cuts, and this curve holds {labels}. "
            "Give it the latest cut by itself, or reconstruct by 'summary' or 'integer'."
        )
