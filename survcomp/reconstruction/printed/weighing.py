"""Longest follow-ups that a trial may have, weighed by how well each goes with what is printed."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from survcomp.reconstruction.printed.arm import PrintedArm, arm_frame, make_problem
from survcomp.reconstruction.printed.candidates import Candidate
from survcomp.reconstruction.printed.fit import Problem, move_draws
from survcomp.reconstruction.printed.shared_design import Joint, log_evidence
from survcomp.values.checks import FloatArray

NEGLIGIBLE = 6.0
"""A candidate of the follow-up whose log weight lies so far below the best one's is left out."""


@dataclass(frozen=True, slots=True, eq=False)
class Weighed:
    """A candidate of the follow-up, and how likely the printed numbers make it.

    Attributes
    ----------
    candidate : Candidate
        The longest follow-up of each arm.
    joint : Joint
        Problems of the arms under it.
    best : ndarray of shape (1, joint.size)
        Their joint best fit.
    cost : float
        What that costs.
    log_weight : float
        Log of the posterior probability, up to a constant that candidates have in common.
    """

    candidate: Candidate
    joint: Joint
    best: FloatArray
    cost: float
    log_weight: float


def plausible_candidates(
    arms: Sequence[PrintedArm], candidates: Sequence[Candidate]
) -> list[Candidate]:
    """The candidates that the printed numbers allow; first the likeliest, for the one data set.

    Parameters
    ----------
    arms : sequence of PrintedArm
        Arms of one trial.
    candidates : sequence of Candidate
        A priori.
    """
    if len(candidates) == 1:
        return list(candidates)
    middle = max(candidates, key=lambda candidate: candidate.log_prior)
    problems = [
        make_problem(arm, horizon, bent=arm.shows_at_risk)
        for arm, horizon in zip(arms, middle.arms, strict=True)
    ]
    weighed = weigh_candidates(arms, problems, candidates)
    weighed.sort(key=lambda one: -one.log_weight)
    least = weighed[0].log_weight - NEGLIGIBLE
    return [one.candidate for one in weighed if one.log_weight > least]


def weigh_candidates(
    arms: Sequence[PrintedArm], problems: Sequence[Problem], candidates: Sequence[Candidate]
) -> list[Weighed]:
    """Each candidate by its prior and by how well the arms together fit what is printed.

    Parameters
    ----------
    arms : sequence of PrintedArm
        Arms of one trial.
    problems : sequence of Problem
        Their printed numbers. The tolerances are kept, so that the candidates are measured
        by one scale.
    candidates : sequence of Candidate
        What to weigh.
    """
    weighed = []
    for candidate in candidates:
        joint = Joint(
            tuple(
                Problem(
                    problem.curve,
                    arm_frame(arm, horizon, bent=problem.frame.bent),
                    problem.constraints,
                )
                for arm, problem, horizon in zip(arms, problems, candidate.arms, strict=True)
            )
        )
        longest = np.array([[horizon.longest for horizon in candidate.arms]])
        best, cost = move_draws(joint, np.zeros((1, joint.size)), 0.0, longest)
        log_weight = candidate.log_prior + log_evidence(joint, best, longest)
        weighed.append(Weighed(candidate, joint, best, float(cost[0]), log_weight))
    return weighed
