"""The likeliest curves behind printed numbers: which numbers they meet, and which conflict."""

from __future__ import annotations

from dataclasses import dataclass

from survcomp.errors import ContradictionError
from survcomp.reconstruction.printed.arm import PrintedArm, make_problem
from survcomp.reconstruction.printed.fit import Fitted, Problem, best_fit, missed_numbers
from survcomp.reconstruction.printed.horizon import Horizon
from survcomp.reconstruction.printed.latent_curve import Curves


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


def find_centre(arm: PrintedArm, horizon: Horizon) -> Centre:
    """The best fit; intervals that no curve through the other numbers has are set aside.

    Censoring keeps its three-parameter form where that meets every number.

    Parameters
    ----------
    arm : PrintedArm
        What was published, and the prior.
    horizon : Horizon
        Longest follow-up.

    Raises
    ------
    ContradictionError
        If the numbers that are left cannot all hold; the message names the fewest of them
        that conflict.
    """
    longest = horizon.longest
    problem = make_problem(arm, horizon, bent=arm.shows_at_risk)
    fitted = best_fit(problem, longest)
    if not arm.shows_at_risk and missed_numbers(problem, fitted.curves):
        problem = make_problem(arm, horizon, bent=True)
        fitted = best_fit(problem, longest)
    missed = [number for number in missed_numbers(problem, fitted.curves) if number.interval]
    if missed:
        kept = tuple(number for number in problem.constraints if number not in missed)
        problem = Problem(problem.curve, problem.frame, kept)
        fitted = best_fit(problem, longest)
    _refuse_contradiction(problem, fitted.curves, longest)
    return Centre(problem, fitted, tuple(sorted({number.name for number in missed})))


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
