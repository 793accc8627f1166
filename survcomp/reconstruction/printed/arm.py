"""What one arm brings to the fit of its trial: its curve, the prior, and the printed numbers."""

from __future__ import annotations

import math
from dataclasses import dataclass, replace

import numpy as np

from survcomp.errors import ContradictionError
from survcomp.reconstruction.printed.constraints import Share, guessed_shares, joined_constraints
from survcomp.reconstruction.printed.earlier_cuts import make_gap
from survcomp.reconstruction.printed.fit import Problem, fit_draws
from survcomp.reconstruction.printed.frame import CrudeArm, Frame, ShapePrior, make_frame
from survcomp.reconstruction.printed.horizon import Horizon
from survcomp.reconstruction.printed.latent_curve import Censored
from survcomp.values.basis import FollowUp
from survcomp.values.curves.curve import SUPPORT_MEANING, Curve

DROPOUT = 0.08
"""Centre of the cumulative hazard of leaving before the cut; its log has SD 1."""


@dataclass(frozen=True, slots=True, eq=False)
class PrintedArm:
    """One arm before anything is fitted.

    Attributes
    ----------
    curve : Curve
        What was published.
    follow_up : FollowUp or None
        Of the latest cut, published or assumed.
    prior : ShapePrior
        Of the shape of the hazard.
    """

    curve: Curve
    follow_up: FollowUp | None
    prior: ShapePrior

    @property
    def shows_at_risk(self) -> bool:
        """Whether numbers at risk are printed at some cut."""
        return any(cut.at_risk is not None for cut in self.curve.cuts)


def printed_arm(curve: Curve, *, follow_up: FollowUp | None, prior: ShapePrior) -> PrintedArm:
    """The arm of a curve that can be rebuilt.

    Parameters
    ----------
    curve : Curve
        What was published.
    follow_up : FollowUp or None
        To assume in place of the published one.
    prior : ShapePrior
        Of the shape of the hazard.

    Raises
    ------
    ContradictionError
        If no cut has a survival rate, or a median that says enough.
    """
    _refuse_unfixed(curve)
    if follow_up is not None:
        curve.check_within(follow_up)
        curve = replace(curve, basis=curve.basis.with_follow_up(follow_up))
    return PrintedArm(curve, curve.basis.cut.follow_up if curve.basis.cut else None, prior)


def _refuse_unfixed(curve: Curve) -> None:
    """Refuse a curve of which no cut has a survival rate, or a median that says enough."""
    for cut in curve.cuts:
        median = cut.median
        if cut.landmarks or (median is not None and (median.is_reached or cut.events is not None)):
            return
    raise ContradictionError(
        f"{curve.id}: rests on {SUPPORT_MEANING['counts']}; give a survival rate, a median "
        "that was reached, or one that was not with the number of events."
    )


def make_problem(arm: PrintedArm, horizon: Horizon, *, bent: bool) -> Problem:
    """The printed numbers as constraints, whose tolerances follow a first fit's numbers at risk.

    Parameters
    ----------
    arm : PrintedArm
        The arm.
    horizon : Horizon
        Longest follow-up.
    bent : bool
        Whether censoring may leave its three-parameter form.
    """
    curve, follow_up, longest = arm.curve, arm.follow_up, horizon.longest
    frame = arm_frame(arm, horizon, bent=bent)
    guesses = guessed_shares(curve, follow_up, longest)
    first = Problem(curve, frame, tuple(joined_constraints(curve, follow_up, longest, guesses)))
    crude = fit_draws(first, np.zeros((1, frame.size)), 0.0, np.array([longest])).curves
    fitted = [_share(latent.censoring) for latent in (crude, *crude.earlier)]
    return Problem(curve, frame, tuple(joined_constraints(curve, follow_up, longest, fitted)))


def arm_frame(arm: PrintedArm, horizon: Horizon, *, bent: bool) -> Frame:
    """Grid and prior of an arm under one longest follow-up.

    Parameters
    ----------
    arm : PrintedArm
        The arm.
    horizon : Horizon
        Longest follow-up.
    bent : bool
        Whether censoring may leave its three-parameter form.
    """
    curve, longest = arm.curve, horizon.longest
    time, survival = _one_point(curve, longest)
    crude = CrudeArm(
        n=curve.n,
        longest=horizon.end,
        events=float(curve.events or curve.n * (1 - survival)),
        rate=-math.log(survival) / time,
        share_followed=guessed_shares(curve, arm.follow_up, longest)[0],
    )
    return make_frame(
        crude,
        prior=arm.prior,
        tail_from=curve.last_published_time,
        dropout=DROPOUT,
        bent=bent,
        gaps=tuple(
            make_gap(
                before=cut.time_before,
                se=cut.se,
                last=cut.curve.last_published_time,
                longest=longest,
            )
            for cut in reversed(curve.earlier)
        ),
    )


def _share(censoring: Censored) -> Share:
    return lambda time: float(censoring.at(np.array([time]))[0, 0])


def _one_point(curve: Curve, longest: float) -> tuple[float, float]:
    """A printed point of the curve, for the crude scale of the hazard."""
    for cut in curve.cuts:
        inside = [m for m in cut.landmarks if 0 < m.survival < 1 and m.time > 0]
        if cut.median is not None and cut.median.is_reached and cut.median.estimate > 0:
            return cut.median.estimate, 0.5
        if inside:
            mark = min(inside, key=lambda m: abs(m.survival - 0.5))
            return mark.time, mark.survival
    # nothing is printed inside the curve: three quarters event-free at the longest known time
    return longest, 0.75
