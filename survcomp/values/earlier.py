"""`EarlierCut`: what a trial had printed of the same patients at a data cut before the latest.

The patients of two data cuts are the same; the earlier cut saw each of them for a shorter
time. What must be equal for two curves to be cuts of one cohort is checked here, and so is
what cannot go down while patients are followed longer.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from itertools import pairwise
from typing import TYPE_CHECKING, Literal

from survcomp.errors import ContradictionError, InputError
from survcomp.values.basis import FollowUp
from survcomp.values.checks import check_option, check_time

if TYPE_CHECKING:  # a curve holds its earlier cuts, and an earlier cut holds a curve
    from survcomp.values.curve import Curve

TimeOrigin = Literal["cut dates", "median follow-ups", "given"]

SAME_CURVE = ("trial", "arm", "treatment", "endpoint", "n", "time_unit")
SAME_BASIS = ("analysis_set", "index_date", "assessor", "censoring_rule")
"""What two cuts of one cohort have in common; all else may differ."""


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class EarlierCut:
    """An earlier data cut of the same patients, and how long before the latest it was made.

    Attributes
    ----------
    curve : Curve
        What was published then; it holds no earlier cuts itself.
    time_before : float
        Time from this cut to the latest, in the curve's time unit; above 0.
    se : float
        Standard error of that time.
    origin : {"cut dates", "median follow-ups", "given"}
        Where it comes from.

    Raises
    ------
    InputError
        If a field is not allowed.

    Examples
    --------
    >>> from survcomp.values.curve import Curve
    >>> curve = Curve(trial="T", arm="a", treatment="drug", endpoint="PFS", n=97)
    >>> EarlierCut(curve=curve, time_before=14.8, se=0.02, origin="cut dates").time_before
    14.8
    """

    curve: Curve
    time_before: float
    se: float
    origin: TimeOrigin

    def __post_init__(self) -> None:
        check_time(self.time_before, name="time_before")
        check_time(self.se, name="se")
        check_option(self.origin, TimeOrigin, name="origin")
        if self.time_before <= 0:
            raise InputError(
                f"`time_before` must be above 0; got {self.time_before!r} for {self.curve.id}."
            )
        if self.curve.earlier:
            raise InputError(
                f"`curve` of an earlier cut holds earlier cuts itself ({self.curve.id}); give all "
                "of them to the latest curve."
            )

    @property
    def label(self) -> str:
        """Label of the cut."""
        cut = self.curve.basis.cut
        return cut.label if cut else "no cut"

    @property
    def follow_up(self) -> FollowUp | None:
        """Follow-up at the cut, if published."""
        cut = self.curve.basis.cut
        return cut.follow_up if cut else None


def check_earlier(curve: Curve) -> None:
    """Raise unless the earlier cuts of a curve are of the same patients, and can be.

    Parameters
    ----------
    curve : Curve
        The latest cut, with `earlier`.

    Raises
    ------
    InputError
        If a cut differs in what must be the same, or the cuts are not in order of time.
    ContradictionError
        If an earlier cut has more events, or more patients at risk at the same time, than
        a later one.
    """
    for cut in curve.earlier:
        check_same_patients(cut.curve, curve)
    for first, second in pairwise(curve.earlier):
        if first.time_before <= second.time_before:
            raise InputError(
                f"{curve.id}: `earlier` must be in order of time, the first cut first; "
                f"{first.label!r} lies {first.time_before:g} {curve.time_unit} before the latest "
                f"and {second.label!r}, which follows it, {second.time_before:g}."
            )
    cuts = [*(cut.curve for cut in curve.earlier), curve]
    for index, before in enumerate(cuts):
        for after in cuts[index + 1 :]:
            _check_events(before, after)
            _check_numbers_at_risk(before, after)


def check_same_patients(earlier: Curve, latest: Curve) -> None:
    """Raise unless two curves are of the same patients and the same outcome.

    Raises
    ------
    InputError
        The message names what differs, all of it.
    """
    pairs = [(name, getattr(earlier, name), getattr(latest, name)) for name in SAME_CURVE]
    pairs += [
        (name, getattr(earlier.basis, name), getattr(latest.basis, name)) for name in SAME_BASIS
    ]
    differing = [f"`{name}` is {a!r} and {b!r}" for name, a, b in pairs if a != b]
    if differing:
        raise InputError(
            f"{earlier.id} and {latest.id} are not two data cuts of the same patients and outcome: "
            f"{'; '.join(differing)}. All of this must be the same."
        )


def _check_events(before: Curve, after: Curve) -> None:
    least = max(
        (c.count for c in before.counts if c.kind in ("events", "events by time")), default=0
    )
    ongoing = [c.count for c in before.counts if c.kind == "event-free at cut"]
    least = max([least, *(before.n - count for count in ongoing)])
    most = [after.events] if after.events is not None else []
    most += [after.n - c.count for c in after.counts if c.kind == "event-free at cut"]
    found = [m for m in most if m is not None]
    if found and least > min(found):
        raise ContradictionError(
            f"{before.id} has {least} events and the later {after.id} has {min(found)}: events do "
            "not go away with longer follow-up."
        )


def _check_numbers_at_risk(before: Curve, after: Curve) -> None:
    """Who was at risk at a time at the earlier cut is still so counted at the later one."""
    if before.at_risk is None or after.at_risk is None:
        return
    later = dict(zip(after.at_risk.time.tolist(), after.at_risk.count.tolist(), strict=True))
    for time, count in zip(before.at_risk.time, before.at_risk.count, strict=True):
        known = later.get(float(time), math.inf)
        if count > known:
            raise ContradictionError(
                f"{before.id} has {count:g} at risk at {time:g} and the later {after.id} has "
                f"{known:g}: longer follow-up does not lower a number at risk."
            )
