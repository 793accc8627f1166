"""The likeliest curves behind printed numbers: which numbers they meet, and which conflict."""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np

from survcomp.errors import ContradictionError
from survcomp.reconstruction.printed.constraints import Share, guessed_shares, joined_constraints
from survcomp.reconstruction.printed.earlier_cuts import make_gap
from survcomp.reconstruction.printed.fit import Fitted, Problem, best_fit, fit_draws, missed_numbers
from survcomp.reconstruction.printed.frame import CrudeArm, ShapePrior, make_frame
from survcomp.reconstruction.printed.horizon import Horizon
from survcomp.reconstruction.printed.latent_curve import Censored, Curves
from survcomp.values.basis import FollowUp
from survcomp.values.curves.curve import Curve

DROPOUT = 0.08
"""Centre of the cumulative hazard of leaving before the cut; its log has SD 1."""


@dataclass(frozen=True, slots=True, eq=False)
class Centre:
    """The best fit of one curve's printed numbers.

    Attributes
    ----------
    problem : Problem
        The numbers that it was made to meet.
    fitted : Fitted
        One draw: the likeliest.
    set_aside : tuple of str
        Names of printed intervals that no curve through the other numbers has.
    """

    problem: Problem
    fitted: Fitted
    set_aside: tuple[str, ...] = ()


def find_centre(
    curve: Curve, follow: FollowUp | None, prior: ShapePrior, horizon: Horizon
) -> Centre:
    """The best fit; intervals that no curve through the other numbers has are set aside.

    Censoring keeps its three-parameter form where that meets every number.

    Parameters
    ----------
    curve : Curve
        What was published.
    follow : FollowUp or None
        Follow-up of the latest cut.
    prior : ShapePrior
        Prior of the shape of the hazard.
    horizon : Horizon
        Longest follow-up.

    Raises
    ------
    ContradictionError
        If the numbers that are left cannot all hold; the message names the fewest of them
        that conflict.
    """
    longest = horizon.longest
    shown = any(cut.at_risk is not None for cut in curve.cuts)
    problem = _problem(curve, follow, prior, horizon, bent=shown)
    fitted = best_fit(problem, longest)
    if not shown and missed_numbers(problem, fitted.curves):
        problem = _problem(curve, follow, prior, horizon, bent=True)
        fitted = best_fit(problem, longest)
    missed = [number for number in missed_numbers(problem, fitted.curves) if number.interval]
    if missed:
        kept = tuple(number for number in problem.constraints if number not in missed)
        problem = Problem(problem.curve, problem.frame, kept)
        fitted = best_fit(problem, longest)
    _refuse_contradiction(problem, fitted.curves, longest)
    return Centre(problem, fitted, tuple(sorted({number.name for number in missed})))


def _problem(
    curve: Curve, follow: FollowUp | None, prior: ShapePrior, horizon: Horizon, *, bent: bool
) -> Problem:
    """The printed numbers as constraints, whose tolerances follow a first fit's numbers at risk."""
    longest = horizon.longest
    time, survival = _one_point(curve, longest)
    guesses = guessed_shares(curve, follow, longest)
    arm = CrudeArm(
        n=curve.n,
        longest=horizon.end,
        events=float(curve.events or curve.n * (1 - survival)),
        rate=-math.log(survival) / time,
        share_followed=guesses[0],
    )
    frame = make_frame(
        arm,
        prior=prior,
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
    first = Problem(curve, frame, tuple(joined_constraints(curve, follow, longest, guesses)))
    crude = fit_draws(first, np.zeros((1, frame.size)), 0.0, np.array([longest])).curves
    fitted = [_share(latent.censoring) for latent in (crude, *crude.earlier)]
    return Problem(curve, frame, tuple(joined_constraints(curve, follow, longest, fitted)))


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


def _refuse_contradiction(problem: Problem, latent: Curves, longest: float) -> None:
    """Refuse printed numbers that the best fit misses, naming the fewest that conflict."""
    missed = missed_numbers(problem, latent)
    if not missed:
        return
    names = [c.name for c in problem.constraints]
    culprits = []
    for left_out in range(len(names)):
        rest = tuple(c for i, c in enumerate(problem.constraints) if i != left_out)
        smaller = Problem(problem.curve, problem.frame, rest)
        if not missed_numbers(smaller, best_fit(smaller, longest).curves):
            culprits.append(names[left_out])
    missed_names = "; ".join(number.name for number in missed)
    if culprits:
        raise ContradictionError(
            f"{problem.curve.id}: the printed numbers cannot all hold ({missed_names} is "
            f"missed); they can without any one of: {'; '.join(culprits)}."
        )
    raise ContradictionError(
        f"{problem.curve.id}: the printed numbers cannot all hold together: {'; '.join(names)}; "
        f"missed are {missed_names}."
    )
